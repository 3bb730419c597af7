//! How positions shall end, as a configuration says it.

use autotrading_domain::{Direction, Span, Timestamp, TriggerSource};
use serde::{Deserialize, Serialize};

/// How far away a level lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// A fraction of the price: 0.03 is 3 %.
    Rate(f64),
    /// A multiple of the average true range.
    Atr(f64),
    /// What the signal that opened the position asked for.
    Signal,
}

/// A stop that stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopRule {
    /// Distance below a long's entry, above a short's.
    pub distance: Distance,
    /// Which price sets it off.
    #[serde(default)]
    pub source: TriggerSource,
}

/// A profit to be taken whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetRule {
    /// Distance above a long's entry, below a short's. A short's that is as wide as its price or wider is left out: no
    /// price gets there.
    pub distance: Distance,
    /// Which price sets it off.
    #[serde(default)]
    pub source: TriggerSource,
}

/// A stop that follows the best price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailingRule {
    /// Follows only once the price has gone this far from entry in favour; at once when `None`.
    #[serde(default)]
    pub activation: Option<Distance>,
    /// Distance behind the best price; a rate is one of the best price, an ATR the latest one.
    pub distance: Distance,
    /// Which price sets it off, and which it follows.
    #[serde(default)]
    pub source: TriggerSource,
}

/// Moves the stop to entry once the position is safely ahead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakEvenRule {
    /// How far ahead the price must be.
    pub trigger: Distance,
    /// Profit that the moved stop keeps, as a fraction of entry; enough for the fees, say 0.001.
    #[serde(default)]
    pub keep: f64,
    /// Which price sets it off.
    #[serde(default)]
    pub source: TriggerSource,
}

/// One rung of the ladder of partial profits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Gain from entry as a fraction: 0.03 is +3 %.
    pub gain: f64,
    /// Share of what is then still held: 0.3 takes 30 % of the rest.
    pub share: f64,
}

/// How positions shall end. Everything is optional; together the tightest stop and the nearest target count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExitRules {
    /// A fixed stop.
    pub stop: Option<StopRule>,
    /// A fixed target.
    pub target: Option<TargetRule>,
    /// A trailing stop.
    pub trailing: Option<TrailingRule>,
    /// A move to break-even.
    pub break_even: Option<BreakEvenRule>,
    /// Partial profits, by rising gain.
    pub ladder: Vec<Rung>,
    /// Which price sets off the ladder.
    pub ladder_source: TriggerSource,
    /// Profits are not taken before; stops always are.
    pub min_holding: Option<Span>,
    /// The position is closed when it has been held so long.
    pub max_holding: Option<Span>,
}

impl ExitRules {
    /// The ladder of the handbook: 30 % at +3 %, half of the rest at +6 %.
    pub fn usual_ladder() -> Vec<Rung> {
        vec![Rung { gain: 0.03, share: 0.3 }, Rung { gain: 0.06, share: 0.5 }]
    }
}

/// What is known when a position is opened. Prices and distances in quote currency per base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntryFacts {
    /// Long or short.
    pub direction: Direction,
    /// Average entry.
    pub price: f64,
    /// Distance of the stop that the signal asked for, if it did.
    pub stop_distance: Option<f64>,
    /// Distance of the target that the signal asked for, if it did.
    pub target_distance: Option<f64>,
    /// The average true range now, if it is known.
    pub atr: Option<f64>,
    /// When the position was opened.
    pub at: Timestamp,
}

/// Why there is no plan, or no answer.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ExitError {
    /// Nothing is held that could be exited.
    #[error("a flat position has no exit")]
    Flat,
    /// A figure is not a finite number in its range.
    #[error("{what} is {got}, expected {expected}")]
    Figure {
        /// The figure.
        what: &'static str,
        /// Its value.
        got: f64,
        /// What was expected.
        expected: &'static str,
    },
    /// A rule needs a distance that was not given: an ATR, or one from the signal.
    #[error("{what} needs {missing}, which is not known")]
    Missing {
        /// The rule.
        what: &'static str,
        /// What it needs.
        missing: &'static str,
    },
    /// The rungs of the ladder do not rise.
    #[error("rung {rung} of the ladder is at {got}, not above the one before at {before}")]
    Ladder {
        /// Its place, from 0.
        rung: usize,
        /// Its gain.
        got: f64,
        /// The gain of the rung before.
        before: f64,
    },
    /// The shortest holding time is above the longest.
    #[error("a position cannot be held at least {min} and at most {max}")]
    Holding {
        /// The shortest.
        min: Span,
        /// The longest.
        max: Span,
    },
    /// High, low and close are not a range of prices.
    #[error("high {high}, low {low}, close {close} is no range of prices")]
    Range {
        /// The high.
        high: f64,
        /// The low.
        low: f64,
        /// The close.
        close: f64,
    },
}

/// A figure that must be finite and above zero.
pub(super) fn positive(what: &'static str, got: f64) -> Result<f64, ExitError> {
    if got.is_finite() && got > 0.0 {
        Ok(got)
    } else {
        Err(ExitError::Figure { what, got, expected: "a finite number above zero" })
    }
}

impl Distance {
    /// The distance in quote currency per base unit, of a price and with what the signal asked for.
    pub(super) fn resolve(
        self,
        what: &'static str,
        price: f64,
        atr: Option<f64>,
        signal: Option<f64>,
    ) -> Result<f64, ExitError> {
        let distance = match self {
            Self::Rate(rate) => positive(what, rate)? * price.abs(),
            Self::Atr(multiple) => {
                let atr = atr.ok_or(ExitError::Missing { what, missing: "an average true range" })?;
                positive(what, multiple)? * positive("average true range", atr)?
            }
            Self::Signal => {
                signal.ok_or(ExitError::Missing { what, missing: "a distance from the signal" })?
            }
        };
        positive(what, distance)
    }
}
