//! When a strategy moves from one stage to the next.

use serde::{Deserialize, Serialize};

use super::stage::Stage;

/// How much of its weight a strategy has in each stage, in [0, 1]; the rest is cash.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StageWeights {
    /// In incubation.
    pub incubation: f64,
    /// In growth.
    pub growth: f64,
    /// When mature.
    pub mature: f64,
    /// In decay.
    pub decay: f64,
}

impl Default for StageWeights {
    fn default() -> Self {
        Self { incubation: 0.25, growth: 0.75, mature: 1.0, decay: 0.25 }
    }
}

/// The thresholds of the life cycle. Sharpe ratios are annualised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LifeCycleRules {
    /// Days of the rolling Sharpe ratio, and of the slope through its values.
    pub window: usize,
    /// Days of a year on which there is trading.
    pub year: f64,
    /// Growth: the rolling ratio above this, and rising.
    pub growth: f64,
    /// Mature: the rolling ratio above this, and flat.
    pub mature: f64,
    /// Decay: the rolling ratio below this, or falling.
    pub decay: f64,
    /// Retired: the rolling ratio below this.
    pub retired: f64,
    /// Retired: or the rolling ratio negative for so many days in a row.
    pub negative_days: u32,
    /// Slopes up to this are flat, in annualised Sharpe ratio a day.
    pub flat: f64,
    /// How sure a move must be, by all live days: the probability that the true ratio lies above zero to move up, below
    /// the threshold to move down.
    pub significance: f64,
    /// Whether that holds over all days on which it is asked together, instead of on each alone: for moving up, and for
    /// retirement, from which nobody comes back. (Decay is no end; one look is enough.) Asked every day, luck
    /// comes by sooner or later: of 400 simulated strategies that earn nothing, 35 % were promoted within a year at 0.9,
    /// and 2 % with this bound. The price is time: of those with a true ratio of 2, 44 % grow within a year instead of
    /// 86 %.
    pub anytime: bool,
    /// What each stage weighs.
    pub weights: StageWeights,
}

impl Default for LifeCycleRules {
    fn default() -> Self {
        Self {
            window: 30,
            year: 365.0,
            growth: 1.0,
            mature: 1.5,
            decay: 0.8,
            retired: 0.5,
            negative_days: 60,
            flat: 0.05,
            significance: 0.9,
            anytime: true,
            weights: StageWeights::default(),
        }
    }
}

/// Why rules, or a day, were refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LifeCycleError {
    /// A number out of its range.
    #[error("life cycle: {what} is {got}, must lie in {least}..={most}")]
    Rule {
        /// Which.
        what: &'static str,
        /// Its value.
        got: f64,
        /// Smallest allowed.
        least: f64,
        /// Largest allowed.
        most: f64,
    },
    /// Thresholds in the wrong order.
    #[error("life cycle: retired {retired}, decay {decay}, growth {growth}, mature {mature} must rise")]
    Order {
        /// Threshold of retirement.
        retired: f64,
        /// Threshold of decay.
        decay: f64,
        /// Threshold of growth.
        growth: f64,
        /// Threshold of maturity.
        mature: f64,
    },
    /// A day's return that cannot be.
    #[error("return of a day is {got}: must be a number in -1..=1000000")]
    Day {
        /// The return.
        got: f64,
    },
    /// A kept state that cannot have come from these rules.
    #[error("kept life cycle: {what}")]
    Kept {
        /// What is wrong with it.
        what: &'static str,
    },
}

impl LifeCycleRules {
    /// Checks all ranges.
    ///
    /// # Errors
    /// [`LifeCycleError::Rule`] or [`LifeCycleError::Order`].
    pub fn check(&self) -> Result<(), LifeCycleError> {
        let within = |what, got: f64, least: f64, most: f64| {
            if (least..=most).contains(&got) {
                Ok(())
            } else {
                Err(LifeCycleError::Rule { what, got, least, most })
            }
        };
        within("window", self.window as f64, 3.0, 1_000.0)?;
        within("year", self.year, 1.0, 366.0)?;
        within("negative_days", f64::from(self.negative_days), 1.0, 10_000.0)?;
        within("flat", self.flat, 0.0, 10.0)?;
        within("significance", self.significance, 0.5, 0.9999)?;
        for (what, threshold) in [("retired", self.retired), ("mature", self.mature)] {
            within(what, threshold, -20.0, 20.0)?;
        }
        let StageWeights { incubation, growth, mature, decay } = self.weights;
        for (what, weight) in [
            ("weight of incubation", incubation),
            ("weight of growth", growth),
            ("weight of mature", mature),
            ("weight of decay", decay),
        ] {
            within(what, weight, 0.0, 1.0)?;
        }
        let (retired, decay, growth, mature) = (self.retired, self.decay, self.growth, self.mature);
        if retired <= decay && decay <= growth && growth <= mature {
            Ok(())
        } else {
            Err(LifeCycleError::Order { retired, decay, growth, mature })
        }
    }

    /// What a stage weighs; the retired weigh nothing.
    #[must_use]
    pub const fn weight(&self, stage: Stage) -> f64 {
        match stage {
            Stage::Incubation => self.weights.incubation,
            Stage::Growth => self.weights.growth,
            Stage::Mature => self.weights.mature,
            Stage::Decay => self.weights.decay,
            Stage::Retired => 0.0,
        }
    }

    /// How many standard errors above zero are enough after so many days, asked every day: a bound that a sum of
    /// independent days without merit ever crosses with probability `1 - significance` at most,
    /// `sqrt(2 (1 + r / n) ln(1 + sqrt(1 + n / r) / (2 a)))` with `a = 1 - significance` and `r` a quarter of a year, the
    /// age at which the bound is tightest. About 2.5 at 0.9, against 1.28 for a single look.
    ///
    /// Source: the one-sided normal mixture of Robbins (1970), in the form of Howard, Ramdas, McAuliffe and Sekhon
    /// (2021), *Time-uniform, nonparametric, nonasymptotic confidence sequences*, Annals of Statistics 49(2).
    ///
    /// ```
    /// use autotrading_strategy::LifeCycleRules;
    /// let rules = LifeCycleRules::default();
    /// assert!((rules.anytime_bound(365) - 2.4999).abs() < 1e-4); // sqrt(2 * 1.25 * ln(1 + 5 * sqrt(5)))
    /// ```
    #[must_use]
    pub fn anytime_bound(&self, days: u32) -> f64 {
        let (age, luck) = (f64::from(days.max(1)) / (self.year / 4.0), 1.0 - self.significance);
        (2.0 * (1.0 + 1.0 / age) * (1.0 + (1.0 + age).sqrt() / (2.0 * luck)).ln()).sqrt()
    }
}
