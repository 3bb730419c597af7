//! Kelly for those who cannot bear Kelly's drawdowns.

use serde::{Deserialize, Serialize};

use super::GrowthError;

/// How deep a fall is tolerated, and how likely: the probability of *ever* falling below `floor` times the wealth is
/// to be at most `probability`.
///
/// The bet maximises `E ln(1 + f r)` subject to `E (1 + f r)^(-lambda) <= 1` and `1 + f r > 0` with
/// `lambda = ln(probability) / ln(floor)`, which is sufficient for that probability when bets are independent.
/// Source: Busseti, Ryu and Boyd (2016), "Risk-constrained Kelly gambling".
///
/// ```
/// use autotrading_sizing::DrawdownTolerance;
/// let tolerance = DrawdownTolerance::default(); // below 70 % of the wealth with at most 10 %
/// assert!((tolerance.risk_aversion() - 6.455696).abs() < 1e-6);
/// // Even money, won three times of five: Kelly bets 20 %, this 5.4 %.
/// let bet = tolerance.fraction(&[1.0, 1.0, 1.0, -1.0, -1.0])?;
/// assert!((bet - 0.0542572854).abs() < 1e-9);
/// # Ok::<(), autotrading_sizing::GrowthError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parameters", into = "Parameters")]
pub struct DrawdownTolerance {
    floor: f64,
    probability: f64,
}

/// The same, unchecked, as configuration writes it.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Parameters {
    floor: f64,
    probability: f64,
}

impl Default for DrawdownTolerance {
    fn default() -> Self {
        Self { floor: 0.7, probability: 0.1 }
    }
}

/// Halvings of the bracket: as many as a mantissa has bits.
const HALVINGS: usize = 54;

impl DrawdownTolerance {
    /// A tolerance from the share of the wealth not to fall below and the probability allowed for it.
    ///
    /// # Errors
    /// [`GrowthError::OutOfRange`]: either outside the open interval (0, 1).
    pub fn new(floor: f64, probability: f64) -> Result<Self, GrowthError> {
        for (what, got) in [("drawdown floor", floor), ("drawdown probability", probability)] {
            if !(got > 0.0 && got < 1.0) {
                return Err(GrowthError::OutOfRange { what, got, expected: "above 0 and below 1" });
            }
        }
        Ok(Self { floor, probability })
    }

    /// `lambda = ln(probability) / ln(floor)`: zero would be plain Kelly.
    pub fn risk_aversion(self) -> f64 {
        self.probability.ln() / self.floor.ln()
    }

    /// `min(1, 2 / (1 + lambda))`: the part of the full Kelly bet that satisfies the constraint when returns are small
    /// and normal; a `fraction` for [`Kelly`](crate::Kelly).
    ///
    /// ```
    /// let part = autotrading_sizing::DrawdownTolerance::default().part_of_full_kelly();
    /// assert!((part - 0.2682513).abs() < 1e-7); // 2 / 7.455696
    /// ```
    pub fn part_of_full_kelly(self) -> f64 {
        (2.0 / (1.0 + self.risk_aversion())).min(1.0)
    }

    /// The fraction of the wealth to bet each time, from equally likely returns of the bet; zero without an edge.
    ///
    /// Growth rises and the constraint holds up to a single point each, so the smaller of the two is found by halving;
    /// the lower end is given, where both still hold.
    ///
    /// # Errors
    /// Fewer than two returns, one that is not finite or below -1, none below zero.
    pub fn fraction(self, returns: &[f64]) -> Result<f64, GrowthError> {
        let worst = worst_of(returns)?;
        if returns.iter().sum::<f64>() <= 0.0 {
            return Ok(0.0);
        }
        if worst >= 0.0 {
            return Err(GrowthError::NoLoss);
        }
        let (mut low, mut high) = (0.0, -1.0 / worst);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            let better = grows(returns, middle) && self.is_tolerable(returns, middle);
            (low, high) = if better { (middle, high) } else { (low, middle) };
        }
        Ok(low)
    }

    /// Whether `E (1 + f r)^(-lambda) <= 1`.
    fn is_tolerable(self, returns: &[f64], fraction: f64) -> bool {
        let lambda = self.risk_aversion();
        returns.iter().map(|r| (-lambda * (fraction * r).ln_1p()).exp_m1()).sum::<f64>() <= 0.0
    }
}

/// Whether betting more would still grow faster: `E r / (1 + f r) >= 0`.
fn grows(returns: &[f64], fraction: f64) -> bool {
    returns.iter().map(|r| r / (1.0 + fraction * r)).sum::<f64>() >= 0.0
}

fn worst_of(returns: &[f64]) -> Result<f64, GrowthError> {
    if returns.len() < 2 {
        return Err(GrowthError::TooFew { got: returns.len(), required: 2 });
    }
    let illegal = |(_, got): &(usize, &f64)| !(got.is_finite() && **got >= -1.0);
    if let Some((index, got)) = returns.iter().enumerate().find(illegal) {
        let expected = "a finite number not below -1";
        return Err(GrowthError::Element { what: "return", index, got: *got, expected });
    }
    Ok(returns.iter().copied().fold(f64::INFINITY, f64::min))
}

impl TryFrom<Parameters> for DrawdownTolerance {
    type Error = GrowthError;
    fn try_from(Parameters { floor, probability }: Parameters) -> Result<Self, GrowthError> {
        Self::new(floor, probability)
    }
}

impl From<DrawdownTolerance> for Parameters {
    fn from(DrawdownTolerance { floor, probability }: DrawdownTolerance) -> Self {
        Self { floor, probability }
    }
}

impl Default for Parameters {
    fn default() -> Self {
        DrawdownTolerance::default().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn without_an_edge_or_without_a_loss_there_is_no_bet() {
        let tolerance = DrawdownTolerance::default();
        assert_eq!(tolerance.fraction(&[0.1, -0.1]), Ok(0.0));
        assert_eq!(tolerance.fraction(&[0.1, 0.2]), Err(GrowthError::NoLoss));
        assert_eq!(tolerance.fraction(&[0.1]), Err(GrowthError::TooFew { got: 1, required: 2 }));
        let error = tolerance.fraction(&[0.1, f64::NAN]).unwrap_err();
        assert_eq!(error.to_string(), "return 1 is NaN, expected a finite number not below -1");
        assert!(DrawdownTolerance::new(1.0, 0.1).is_err());
        assert!(serde_json::from_str::<DrawdownTolerance>(r#"{ "floor": 2.0 }"#).is_err());
        assert_eq!(serde_json::from_str::<DrawdownTolerance>("{}").unwrap(), tolerance);
    }

    #[test]
    fn a_tolerance_of_almost_everything_is_plain_kelly() {
        let careless = DrawdownTolerance::new(0.01, 0.99).unwrap();
        let bet = careless.fraction(&[1.0, 1.0, 1.0, -1.0, -1.0]).unwrap();
        assert!((bet - 0.2).abs() < 1e-12);
    }

    #[test]
    fn small_returns_come_near_the_normal_rule() {
        let returns: Vec<f64> = (0..400).map(|k| 1e-4 + if k % 2 == 0 { 0.01 } else { -0.01 }).collect();
        let tolerance = DrawdownTolerance::default();
        let full = 1e-4 / 1e-4;
        let bet = tolerance.fraction(&returns).unwrap();
        assert!((bet / (full * tolerance.part_of_full_kelly()) - 1.0).abs() < 0.01, "{bet}");
    }

    #[test]
    fn the_wealth_falls_below_the_floor_no_more_often_than_tolerated() {
        let (paths, steps, returns) = (1_000, 500, [0.5, 0.5, 0.5, -0.5, -0.5]);
        let bet = DrawdownTolerance::default().fraction(&returns).unwrap();
        let mut dice = ChaCha8Rng::seed_from_u64(7);
        let mut fallen = 0;
        for _ in 0..paths {
            let mut wealth = 1.0;
            fallen += i32::from((0..steps).any(|_| {
                wealth *= 1.0 + bet * returns[dice.random_range(0..returns.len())];
                wealth < 0.7
            }));
        }
        assert!(fallen > 20 && f64::from(fallen) / 1_000.0 < 0.1, "{fallen} of {paths}");
    }

    proptest! {
        #[test]
        fn a_lower_tolerance_never_bets_more(
            returns in prop::collection::vec(-0.5_f64..0.6, 5..40),
            floor in 0.2_f64..0.9, probability in 0.05_f64..0.9,
        ) {
            prop_assume!(returns.iter().any(|r| *r < 0.0));
            let bet = |floor, probability| DrawdownTolerance::new(floor, probability).unwrap().fraction(&returns).unwrap();
            let base = bet(floor, probability);
            prop_assert!(bet(floor, probability * 0.5) <= base);
            prop_assert!(bet(floor + (1.0 - floor) * 0.5, probability) <= base);
            prop_assert!(returns.iter().all(|r| 1.0 + base * r > 0.0));
        }
    }
}
