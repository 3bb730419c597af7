//! How near the positions of a book are to liquidation, each alone and all together.

use autotrading_domain::Liquidation;
use ndarray::Array2;

use crate::{Barrier, JointRules, MonitoredPosition, joint_liquidation_risk, liquidation_risk};

/// Probabilities of a liquidation within a day, and what is needed to join them.
pub(crate) struct Nearness<'a> {
    each: Vec<f64>,
    /// Those with a barrier: the signed log distance, and the past of log returns.
    barriers: Vec<(f64, &'a [f64])>,
    bars: f64,
}

impl<'a> Nearness<'a> {
    /// Of positions, each with the past returns of its instrument, of which a day has so many.
    pub(crate) fn of(positions: &[MonitoredPosition], past: &'a [Vec<f64>], bars: u32) -> Self {
        let bars = f64::from(bars);
        let alone = |(held, returns): (&MonitoredPosition, &Vec<f64>)| match held.liquidation {
            Liquidation::Never => 0.0,
            Liquidation::Already => 1.0,
            Liquidation::At(price) => {
                let barrier = Barrier {
                    mark: held.mark,
                    liquidation: price.to_f64(),
                    volatility: product(returns, returns).sqrt(),
                    drift_away: 0.0,
                    horizon: bars,
                };
                liquidation_risk(&barrier).map_or(f64::NAN, |risk| risk.probability())
            }
        };
        let barrier = |(held, returns): (&MonitoredPosition, &'a Vec<f64>)| match held.liquidation {
            Liquidation::At(price) => Some(((price.to_f64() / held.mark).ln(), returns.as_slice())),
            Liquidation::Never | Liquidation::Already => None,
        };
        Self {
            each: positions.iter().zip(past).map(alone).collect(),
            barriers: positions.iter().zip(past).filter_map(barrier).collect(),
            bars,
        }
    }

    /// The sum over positions, at most 1: no joint probability is larger, however they move together.
    pub(crate) fn sum(&self) -> f64 {
        let sum: f64 = self.each.iter().sum();
        if sum > 1.0 { 1.0 } else { sum }
    }

    /// The joint probability by simulation, held between that of the likeliest position and the sum, where it must lie
    /// whatever was drawn. Without a second barrier, or where nothing can be drawn, the sum.
    pub(crate) fn joint(&self, rules: &JointRules) -> f64 {
        let sum = self.sum();
        if self.barriers.len() < 2 || sum.is_nan() {
            return sum;
        }
        let least = self.each.iter().copied().fold(0.0, f64::max);
        let distances: Vec<f64> = self.barriers.iter().map(|(distance, _)| *distance).collect();
        let covariance = Array2::from_shape_fn((distances.len(), distances.len()), |(row, column)| {
            match (self.barriers.get(row), self.barriers.get(column)) {
                (Some((_, one)), Some((_, other))) => self.bars * product(one, other),
                _ => f64::NAN,
            }
        });
        match joint_liquidation_risk(&distances, covariance.view(), rules) {
            Ok(risk) => risk.probability().max(least).min(sum),
            Err(_) => sum,
        }
    }
}

/// Mean product of the log returns of two, about zero.
fn product(one: &[f64], other: &[f64]) -> f64 {
    let sum: f64 = one.iter().zip(other).map(|(a, b)| a.ln_1p() * b.ln_1p()).sum();
    sum / one.len() as f64
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{InstrumentId, Price};

    use super::*;

    fn held(instrument: u32, liquidation: &str) -> MonitoredPosition {
        MonitoredPosition {
            instrument: InstrumentId(instrument),
            notional: 100.0,
            mark: 100.0,
            liquidation: Liquidation::At(Price::new(liquidation.parse().unwrap()).unwrap()),
        }
    }

    /// Returns of two instruments: the second does what the first does, with this sign, or what it likes.
    fn past(like: f64, own: f64) -> Vec<Vec<f64>> {
        let up = |bit: bool| if bit { 0.05 } else { -0.05 };
        let one: Vec<f64> = (0..400).map(|k| up(k % 2 == 0)).collect();
        let other = (0..400).map(|k| like * up(k % 2 == 0) + own * up(k / 2 % 2 == 0)).collect();
        vec![one, other]
    }

    #[test]
    fn positions_that_fall_together_are_as_likely_liquidated_as_one_and_others_as_their_sum() {
        let rules = JointRules { paths: 8_000, ..JointRules::default() };
        let book = [held(0, "90.5"), held(1, "90.5")];
        let of = |past: &[Vec<f64>]| {
            let nearness = Nearness::of(&book, past, 1);
            (nearness.each[0], nearness.sum(), nearness.joint(&rules))
        };
        let (alone, sum, together) = of(&past(0.999, 0.04));
        assert!((sum / (2.0 * alone) - 1.0).abs() < 0.02);
        assert!(together < 1.25 * alone, "{alone} {together}");
        let (alone, sum, apart) = of(&past(0.0, 1.0));
        let independent = 1.0 - (1.0 - alone) * (1.0 - alone);
        assert!((apart / independent - 1.0).abs() < 0.1 && apart <= sum, "{independent} {apart}");
        let (alone, sum, against) = of(&past(-0.999, 0.04));
        assert!(against > 1.7 * alone && against <= sum, "two that cannot fall together: {against} of {sum}");
    }

    #[test]
    fn what_cannot_be_drawn_is_bounded_by_the_sum_and_what_is_over_is_certain() {
        let rules = JointRules::default();
        let twins = past(1.0, 0.0);
        let book = [held(0, "90.5"), held(1, "90.5")];
        let nearness = Nearness::of(&book, &twins, 1);
        assert_eq!(nearness.joint(&rules), nearness.sum(), "one instrument twice has no factor");
        let over = MonitoredPosition { liquidation: Liquidation::Already, ..held(1, "90.5") };
        assert_eq!(Nearness::of(&[held(0, "90.5"), over], &twins, 1).joint(&rules), 1.0);
        let safe = MonitoredPosition { liquidation: Liquidation::Never, ..over };
        assert_eq!(Nearness::of(&[safe, safe], &twins, 1).joint(&rules), 0.0);
        let broken = MonitoredPosition { mark: f64::NAN, ..held(1, "90.5") };
        assert!(Nearness::of(&[held(0, "90.5"), broken], &twins, 1).joint(&rules).is_nan());
    }
}
