//! What a simulation tells.

use serde::{Deserialize, Serialize};

use super::{HeldPosition, MonteCarloRules, PathFigures, PathShare};

/// How often something happened, and between which limits its probability lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frequency {
    /// On how many paths.
    pub paths: u64,
    /// As a share of all.
    pub probability: f64,
    /// Lower end of the interval that holds the model's true probability in 95 of 100 cases. It knows the number of paths,
    /// not how well the model fits.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Frequency {
    /// `hits` of `paths`, with Wilson's interval
    /// `(p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)` at `z = 1.96`.
    /// Source: Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    ///
    /// ```
    /// use autotrading_backtest::monte_carlo::Frequency;
    /// let seen = Frequency::of(10, 100);
    /// assert_eq!(seen.probability, 0.1);
    /// assert!((seen.low - 0.0552).abs() < 1e-4 && (seen.high - 0.1744).abs() < 1e-4);
    /// ```
    pub fn of(hits: u64, paths: u64) -> Self {
        let n = paths.max(1) as f64;
        let p = hits as f64 / n;
        let z = 1.959_963_984_540_054_f64;
        let centre = p + z * z / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).max(0.0).sqrt();
        let whole = 1.0 + z * z / n;
        Self {
            paths: hits,
            probability: p,
            low: ((centre - half) / whole).clamp(0.0, p),
            high: ((centre + half) / whole).clamp(p, 1.0),
        }
    }
}

/// Where the paths are after some steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FanPoint {
    /// After how many steps.
    pub step: usize,
    /// The levels at the rules' quantiles, in their order.
    pub levels: Vec<f64>,
}

/// How probable a fall is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawdownChance {
    /// The fall from a high, as a share of it.
    pub drawdown: f64,
    /// How often it was as deep.
    pub frequency: Frequency,
}

/// How probable a liquidation is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiquidationChance {
    /// The position.
    pub position: HeldPosition,
    /// The level at which it is liquidated.
    pub barrier: f64,
    /// How often that was reached after a step. What happens between steps is not seen, so the truth is no lower.
    pub frequency: Frequency,
}

/// What a simulation tells. Levels are relative to the beginning, which is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonteCarloOutcome {
    /// What made the paths.
    pub maker: String,
    /// What a step is: a period of the returns, or a trade.
    pub step: String,
    /// How many paths.
    pub paths: u64,
    /// Steps of a path.
    pub horizon: usize,
    /// Seed of all chance.
    pub seed: u64,
    /// The quantiles that are told.
    pub quantiles: Vec<f64>,
    /// Where the paths are over time; the last point is the end.
    pub fan: Vec<FanPoint>,
    /// Mean level at the end.
    pub mean_terminal: f64,
    /// How often the end is below the beginning.
    pub loss: Frequency,
    /// How often the level was at or below the rules' ruin.
    pub ruin: Frequency,
    /// How often falls were as deep as the rules ask.
    pub drawdowns: Vec<DrawdownChance>,
    /// The largest falls at the rules' quantiles.
    pub drawdown_quantiles: Vec<f64>,
    /// How often the rules' positions were liquidated.
    pub liquidations: Vec<LiquidationChance>,
    /// The level at the end of each path, in the order of their numbers, for a histogram.
    pub terminals: Vec<f64>,
}

impl MonteCarloOutcome {
    /// Counts over shares that are in order and whole.
    pub(super) fn of(
        [maker, step]: [&str; 2],
        rules: &MonteCarloRules,
        fan_steps: &[usize],
        shares: &[PathShare],
    ) -> Self {
        let figures = || shares.iter().flat_map(|share| &share.figures);
        let frequency = |hit: &dyn Fn(&PathFigures) -> bool| {
            Frequency::of(figures().filter(|path| hit(path)).count() as u64, rules.paths)
        };
        let fan = fan_steps.iter().enumerate().map(|(point, step)| {
            let levels = shares.iter().flat_map(|share| share.levels_at(point));
            FanPoint { step: *step, levels: quantiles(levels.copied(), &rules.quantiles) }
        });
        let liquidation = |position: &HeldPosition| {
            let barrier = position.barrier();
            let long = position.direction.sign() > 0.0;
            let reached = |path: &PathFigures| {
                if long { barrier > 0.0 && path.lowest <= barrier } else { path.highest >= barrier }
            };
            LiquidationChance { position: *position, barrier, frequency: frequency(&reached) }
        };
        let drawdown = |drawdown: &f64| DrawdownChance {
            drawdown: *drawdown,
            frequency: frequency(&|path| path.drawdown >= *drawdown),
        };
        let terminals: Vec<f64> = figures().map(|path| path.terminal).collect();
        Self {
            maker: maker.to_owned(),
            step: step.to_owned(),
            paths: rules.paths,
            horizon: rules.horizon,
            seed: rules.seed,
            quantiles: rules.quantiles.clone(),
            fan: fan.collect(),
            // In the order of the paths, so that the last digit does not depend on how they were shared.
            mean_terminal: terminals.iter().sum::<f64>() / terminals.len().max(1) as f64,
            loss: frequency(&|path| path.terminal < 1.0),
            ruin: frequency(&|path| path.lowest <= rules.ruin),
            drawdowns: rules.drawdowns.iter().map(drawdown).collect(),
            drawdown_quantiles: quantiles(figures().map(|path| path.drawdown), &rules.quantiles),
            liquidations: rules.positions.iter().map(liquidation).collect(),
            terminals,
        }
    }
}

/// Quantiles of type 7 of numbers that are not negative, whose bits are in the order of their size.
fn quantiles(values: impl Iterator<Item = f64>, at: &[f64]) -> Vec<f64> {
    // Adding zero makes a negative one positive.
    let mut bits: Vec<u64> = values.map(|value| (value + 0.0).to_bits()).collect();
    let mut ascending: Vec<(usize, f64)> = at.iter().copied().enumerate().collect();
    ascending.sort_by(|a, b| a.1.total_cmp(&b.1));
    let last = bits.len().saturating_sub(1);
    let mut found = vec![0.0; at.len()];
    let (mut left, mut passed) = (bits.as_mut_slice(), 0);
    for (asked, p) in ascending {
        let position = p * last as f64;
        let low = (position.floor() as usize).min(last);
        if left.is_empty() {
            break;
        }
        // What is below an earlier quantile is not looked at again.
        left.select_nth_unstable(low - passed);
        let (_, rest) = left.split_at_mut(low - passed);
        (left, passed) = (rest, low);
        let below = left.first().copied().map_or(0.0, f64::from_bits);
        let above = left.iter().skip(1).min().copied().map_or(below, f64::from_bits);
        if let Some(slot) = found.get_mut(asked) {
            *slot = below + (position - low as f64) * (above - below);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use autotrading_statistics::{QuantileMethod, SortedSample};

    #[test]
    fn quantiles_are_those_of_the_statistics() {
        let values: Vec<f64> = (0..97).map(|i| f64::from(i * 31 % 97) / 7.0).collect();
        let at = [0.5, 0.01, 0.99, 0.05, 0.77, 0.77];
        let sample = SortedSample::new(values.clone()).unwrap();
        for (got, p) in quantiles(values.into_iter(), &at).into_iter().zip(at) {
            assert!((got - sample.quantile(p, QuantileMethod::Linear).unwrap()).abs() < 1e-14);
        }
    }

    #[test]
    fn what_never_happened_may_still_happen() {
        let never = Frequency::of(0, 10_000);
        assert_eq!((never.probability, never.low), (0.0, 0.0));
        assert!((never.high - 3.84e-4).abs() < 1e-6); // z^2 / (n + z^2)
    }
}
