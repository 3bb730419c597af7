//! Where a held position is liquidated.

use autotrading_domain::Direction;
use serde::{Deserialize, Serialize};

use super::MonteCarloError;

/// A position on margin, opened at the beginning of a path and held, alone on its margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldPosition {
    /// Long or short.
    pub direction: Direction,
    /// Notional over margin at the entry.
    pub leverage: f64,
    /// Maintenance margin as a share of the notional.
    pub maintenance: f64,
}

impl HeldPosition {
    /// The price, per entry price, at which the margin is down to maintenance:
    /// `(1 - side / leverage) / (1 - side * maintenance)`, `side` +1 for a long and -1 for a short.
    ///
    /// The formula of [`domain::liquidation`](autotrading_domain) for one tier, fees left out. Zero where a long cannot be
    /// liquidated.
    ///
    /// ```
    /// use autotrading_backtest::monte_carlo::HeldPosition;
    /// use autotrading_domain::Direction;
    ///
    /// let held = HeldPosition { direction: Direction::Long, leverage: 5.0, maintenance: 0.005 };
    /// assert!((held.barrier() - 0.804_020_100_503).abs() < 1e-12); // 0.8 / 0.995
    /// ```
    pub fn barrier(&self) -> f64 {
        let side = self.direction.sign();
        (1.0 - side / self.leverage) / (1.0 - side * self.maintenance)
    }

    pub(super) fn check(&self) -> Result<(), MonteCarloError> {
        let rules = [
            (
                "side of the position",
                self.direction.sign(),
                self.direction != Direction::Flat,
                "long or short",
            ),
            (
                "leverage",
                self.leverage,
                self.leverage >= 1.0 && self.leverage.is_finite(),
                "1 or more and finite",
            ),
            (
                "maintenance",
                self.maintenance,
                (0.0..1.0).contains(&(self.maintenance * self.leverage)),
                "0 or more, and below 1 / leverage",
            ),
        ];
        match rules.into_iter().find(|(_, _, legal, _)| !legal) {
            Some((key, got, _, allowed)) => Err(MonteCarloError::Rule { key, got, allowed }),
            None => Ok(()),
        }
    }
}
