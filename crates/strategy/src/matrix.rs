//! Which strategy is listened to in which market: configured data, weighed by how likely each market is.

use std::collections::BTreeMap;

use autotrading_domain::{RegimeEstimate, RegimeLabel, VolatilityLevel};
use serde::{Deserialize, Serialize};

/// The name under which a row gives weight to no strategy at all.
pub const CASH: &str = "cash";

/// Below this confidence in the regime, weights shrink toward cash.
const TRUSTED: f64 = 0.6;

const LEVELS: usize = 3;

/// How the probabilities of the regimes are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// Rows are mixed by the probability of their regime.
    #[default]
    Mixture,
    /// The row of the most likely regime counts alone.
    Hard,
}

/// The weights in one kind of market, by name of the strategy; [`CASH`] may have one too. They are normalised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixRow {
    /// What kind of market.
    pub regime: RegimeLabel,
    /// How much it moves. A row for [`VolatilityLevel::Normal`] may be left out: it is then the mean of the other two.
    pub volatility: VolatilityLevel,
    /// Weight by name.
    pub weights: BTreeMap<String, f64>,
}

/// Why a matrix, or a strategy in it, was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MatrixError {
    /// A weight that is no weight.
    #[error("weight of {strategy} in {regime:?}/{volatility:?} is {got}: must be a number in 0..=1")]
    Weight {
        /// In which regime.
        regime: RegimeLabel,
        /// At which volatility.
        volatility: VolatilityLevel,
        /// Whose weight.
        strategy: String,
        /// The weight.
        got: f64,
    },
    /// A row whose weights are all zero.
    #[error("the weights of {regime:?}/{volatility:?} add up to nothing")]
    Empty {
        /// In which regime.
        regime: RegimeLabel,
        /// At which volatility.
        volatility: VolatilityLevel,
    },
    /// A row that is missing or there twice.
    #[error("{regime:?}/{volatility:?} has {got} rows: must have one")]
    Rows {
        /// In which regime.
        regime: RegimeLabel,
        /// At which volatility.
        volatility: VolatilityLevel,
        /// How many it has.
        got: usize,
    },
    /// A strategy that would never be heard.
    #[error("no row of the strategy matrix gives any weight to {strategy}")]
    Unlisted {
        /// Which strategy.
        strategy: String,
    },
}

/// Weights of strategies by regime and volatility level.
///
/// ```
/// use autotrading_domain::{RegimeEstimate, RegimeLabel, VolatilityLevel};
/// use autotrading_strategy::StrategyMatrix;
///
/// let weighing = StrategyMatrix::standard().weighing(&["trend-following", "momentum"])?;
/// let bull = RegimeEstimate {
///     label: RegimeLabel::Bull,
///     probabilities: [1.0, 0.0, 0.0, 0.0],
///     confidence: 0.9,
///     volatility_level: VolatilityLevel::Low,
///     ..RegimeEstimate::UNKNOWN
/// };
/// let mut weights = [0.0; 2];
/// let cash = weighing.weigh(&bull, &mut weights);
/// assert_eq!((weights, cash), ([0.7, 0.3], 0.0));
/// # Ok::<(), autotrading_strategy::MatrixError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyMatrix {
    /// How probabilities are used.
    #[serde(default)]
    pub blend: Blend,
    /// One row per regime and volatility level.
    pub rows: Vec<MatrixRow>,
}

impl StrategyMatrix {
    /// The built-in weights: with the trend in a rise, against excesses in a fall, funding where nothing else is reliable.
    #[must_use]
    pub fn standard() -> Self {
        use RegimeLabel::{Bear, Bull, Neutral, Sideways};
        use VolatilityLevel::{High, Low};
        let funding = "funding-arbitrage";
        let (trend, reversion, range) = ("trend-following", "mean-reversion", "range-trading");
        let row = |regime, volatility, weights: [(&str, f64); 2]| MatrixRow {
            regime,
            volatility,
            weights: weights.into_iter().map(|(name, weight)| (name.to_owned(), weight)).collect(),
        };
        let rows = vec![
            row(Bull, Low, [(trend, 0.7), ("momentum", 0.3)]),
            row(Bull, High, [(trend, 0.4), (funding, 0.6)]),
            row(Bear, Low, [(reversion, 0.6), (funding, 0.4)]),
            row(Bear, High, [(reversion, 0.3), (funding, 0.7)]),
            row(Sideways, Low, [(range, 0.7), (funding, 0.3)]),
            row(Sideways, High, [(range, 0.4), (funding, 0.6)]),
            row(Neutral, Low, [(CASH, 0.5), (funding, 0.5)]),
            row(Neutral, High, [(CASH, 0.0), (funding, 1.0)]),
        ];
        Self { blend: Blend::Mixture, rows }
    }

    /// Sets the matrix up for the strategies of a run, in the order of their numbers. Strategies of the same name share its
    /// weight; the weight of a strategy that does not run goes to cash.
    ///
    /// # Errors
    /// [`MatrixError`] for a bad weight, a missing or double row, or a strategy that no row mentions.
    pub fn weighing(&self, strategies: &[&str]) -> Result<Weighing, MatrixError> {
        let mut table = Vec::with_capacity(RegimeLabel::ALL.len() * LEVELS * strategies.len());
        for regime in RegimeLabel::ALL {
            let low = self.row(regime, VolatilityLevel::Low, strategies)?;
            let high = self.row(regime, VolatilityLevel::High, strategies)?;
            let normal = if self.rows_of(regime, VolatilityLevel::Normal).next().is_some() {
                self.row(regime, VolatilityLevel::Normal, strategies)?
            } else {
                low.iter().zip(&high).map(|(low, high)| (low + high) / 2.0).collect()
            };
            table.extend([low, normal, high].concat());
        }
        let count = strategies.len();
        let silent = |place: usize| table.iter().skip(place).step_by(count).all(|weight| *weight == 0.0);
        if let Some((_, name)) = strategies.iter().enumerate().find(|(place, _)| silent(*place)) {
            return Err(MatrixError::Unlisted { strategy: (*name).to_owned() });
        }
        Ok(Weighing { blend: self.blend, trusted: Some(TRUSTED), count, table: table.into_boxed_slice() })
    }

    fn rows_of(&self, regime: RegimeLabel, volatility: VolatilityLevel) -> impl Iterator<Item = &MatrixRow> {
        self.rows.iter().filter(move |row| row.regime == regime && row.volatility == volatility)
    }

    /// The normalised weights of one row, strategy by strategy.
    fn row(
        &self,
        regime: RegimeLabel,
        volatility: VolatilityLevel,
        strategies: &[&str],
    ) -> Result<Vec<f64>, MatrixError> {
        let mut rows = self.rows_of(regime, volatility);
        let (Some(row), None) = (rows.next(), rows.next()) else {
            let got = self.rows_of(regime, volatility).count();
            return Err(MatrixError::Rows { regime, volatility, got });
        };
        if let Some((strategy, got)) = row.weights.iter().find(|(_, weight)| !(0.0..=1.0).contains(*weight)) {
            return Err(MatrixError::Weight { regime, volatility, strategy: strategy.clone(), got: *got });
        }
        let all: f64 = row.weights.values().sum();
        if all <= 0.0 {
            return Err(MatrixError::Empty { regime, volatility });
        }
        let share = |name: &&str| {
            let bearers = strategies.iter().filter(|other| *other == name).count();
            row.weights.get(*name).map_or(0.0, |weight| weight / all / bearers as f64)
        };
        Ok(strategies.iter().map(share).collect())
    }
}

/// A matrix set up for the strategies of a run; weighing allocates nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighing {
    blend: Blend,
    /// Confidence below which weights shrink; they never do if `None`.
    trusted: Option<f64>,
    count: usize,
    /// Weights by regime, then level, then strategy.
    table: Box<[f64]>,
}

impl Weighing {
    /// The same weight for each of `count` strategies whatever the market, and nothing in cash.
    #[must_use]
    pub fn even(count: usize) -> Self {
        let weight = 1.0 / count.max(1) as f64;
        let cells = RegimeLabel::ALL.len() * LEVELS * count;
        let table = vec![weight; cells].into_boxed_slice();
        Self { blend: Blend::Hard, trusted: None, count, table }
    }

    /// For how many strategies.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Writes the weight of each strategy now, by its number, and tells the weight of cash; together they are 1.
    /// Strategies beyond [`Weighing::count`] get nothing.
    ///
    /// Below a confidence of 0.6 in the regime every weight is multiplied by the confidence, and the rest goes to cash.
    pub fn weigh(&self, regime: &RegimeEstimate, weights: &mut [f64]) -> f64 {
        weights.fill(0.0);
        let chances = self.chances(regime);
        let confidence = regime.confidence.max(0.0); // NaN too becomes zero
        let trust = if self.trusted.is_some_and(|least| confidence < least) { confidence } else { 1.0 };
        let level = match regime.volatility_level {
            VolatilityLevel::Low => 0,
            VolatilityLevel::Normal => 1,
            VolatilityLevel::High => 2,
        };
        for (label, chance) in chances.into_iter().enumerate() {
            let row = self.table.iter().skip((label * LEVELS + level) * self.count).take(self.count);
            for (weight, cell) in weights.iter_mut().zip(row) {
                *weight += chance * trust * cell;
            }
        }
        (1.0 - weights.iter().sum::<f64>()).clamp(0.0, 1.0)
    }

    /// Multiplies each weight by a share in [0, 1], such as that of its stage of life, and tells the weight of cash: what
    /// was taken away goes there, never to the others. A share that is none counts as zero.
    ///
    /// ```
    /// use autotrading_strategy::Weighing;
    ///
    /// let mut weights = [0.5, 0.3];
    /// let cash = Weighing::temper(&mut weights, [0.25, 1.0]); // the first is in incubation
    /// assert_eq!(weights, [0.125, 0.3]);
    /// assert!((cash - 0.575).abs() < 1e-12);
    /// ```
    pub fn temper(weights: &mut [f64], shares: impl IntoIterator<Item = f64>) -> f64 {
        for (weight, share) in weights.iter_mut().zip(shares) {
            *weight *= if share > 0.0 { share.min(1.0) } else { 0.0 };
        }
        (1.0 - weights.iter().sum::<f64>()).clamp(0.0, 1.0)
    }

    /// How much each regime counts; adds up to 1. Probabilities that are none give way to the label.
    fn chances(&self, regime: &RegimeEstimate) -> [f64; RegimeLabel::ALL.len()] {
        let all: f64 = regime.probabilities.iter().sum();
        let sound = regime.probabilities.iter().all(|chance| *chance >= 0.0) && all > 0.0 && all.is_finite();
        if self.blend == Blend::Mixture && sound {
            regime.probabilities.map(|chance| chance / all)
        } else {
            RegimeLabel::ALL.map(|label| f64::from(u8::from(label == regime.label)))
        }
    }
}
