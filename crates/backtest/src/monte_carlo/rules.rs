//! How much is simulated, and what is asked of it.

use serde::{Deserialize, Serialize};

use super::{HeldPosition, MonteCarloError};

/// How many paths of what length, and what is counted on them. Levels are relative to the beginning, which is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonteCarloRules {
    /// How many paths. Default 10 000.
    pub paths: u64,
    /// Steps of a path. Default 365.
    pub horizon: usize,
    /// Seed of all chance. Default 1.
    pub seed: u64,
    /// Level at or below which an account is ruined. Default 0.5.
    pub ruin: f64,
    /// Falls from a high whose probability is asked. Default 10, 20, 30 and 50 %.
    pub drawdowns: Vec<f64>,
    /// Positions whose liquidation is asked. Default none.
    pub positions: Vec<HeldPosition>,
    /// Quantiles of the fan. Default 5, 25, 50, 75 and 95 %.
    pub quantiles: Vec<f64>,
    /// Moments, evenly over the horizon, at which the fan is measured. Default 32.
    pub fan_points: usize,
}

impl Default for MonteCarloRules {
    fn default() -> Self {
        Self {
            paths: 10_000,
            horizon: 365,
            seed: 1,
            ruin: 0.5,
            drawdowns: vec![0.1, 0.2, 0.3, 0.5],
            positions: Vec::new(),
            quantiles: vec![0.05, 0.25, 0.5, 0.75, 0.95],
            fan_points: 32,
        }
    }
}

/// More levels than this are not kept: a quarter of a gibibyte.
const MOST_LEVELS: u64 = 1 << 25;

impl MonteCarloRules {
    /// Steps after which the fan is measured; the last is the horizon.
    pub fn fan_steps(&self) -> Vec<usize> {
        let points = self.fan_points.min(self.horizon).max(1);
        (1..=points).map(|point| (point * self.horizon).div_ceil(points)).collect()
    }

    pub(super) fn check(&self) -> Result<(), MonteCarloError> {
        let share = |x: f64| x > 0.0 && x < 1.0;
        let levels = self.paths.saturating_mul(self.fan_steps().len() as u64);
        let rules = [
            ("paths", self.paths as f64, (1..=10_000_000).contains(&self.paths), "1 to 10 000 000"),
            ("horizon", self.horizon as f64, (1..=1_000_000).contains(&self.horizon), "1 to 1 000 000"),
            ("ruin", self.ruin, share(self.ruin), "above 0 and below 1"),
            ("fan_points", self.fan_points as f64, self.fan_points > 0, "1 or more"),
            ("paths times fan_points", levels as f64, levels <= MOST_LEVELS, "up to 33 554 432"),
        ];
        let shares = self
            .drawdowns
            .iter()
            .map(|got| ("drawdowns", *got))
            .chain(self.quantiles.iter().map(|got| ("quantiles", *got)));
        let shares = shares.map(|(key, got)| (key, got, share(got), "above 0 and below 1"));
        if let Some((key, got, _, allowed)) = rules.into_iter().chain(shares).find(|(_, _, legal, _)| !legal)
        {
            return Err(MonteCarloError::Rule { key, got, allowed });
        }
        self.positions.iter().try_for_each(HeldPosition::check)
    }
}
