//! What a crash would do to the book: shocks that happened, and shocks of the user's own.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use crate::{
    RiskError,
    error::{finite, positive},
};

/// A named shock: by how much each asset falls or rises, as a share of its price (-0.4 is a fall of 40 %).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// Where the figures come from.
    pub source: Cow<'static, str>,
    /// Shock by base asset.
    pub shocks: BTreeMap<Cow<'static, str>, f64>,
    /// Shock of every asset that is not named: its beta times this.
    pub others: f64,
}

/// A position under stress.
#[derive(Clone, Debug, PartialEq)]
pub struct StressedPosition<'a> {
    /// Base asset, such as `BTC`.
    pub asset: &'a str,
    /// Signed notional at mark, in settlement currency.
    pub notional: f64,
    /// Sensitivity to the shock of unnamed assets, usually its beta to the market; 1 when in doubt.
    pub beta: f64,
}

/// What a scenario would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StressResult {
    /// Which one.
    pub scenario: String,
    /// Profit of the book, negative for a loss, in settlement currency.
    pub profit: f64,
    /// As a share of equity.
    pub share: f64,
    /// Equity afterwards.
    pub equity_after: f64,
    /// Profit by position, in the order given.
    pub by_position: Vec<f64>,
}

/// Falls to the low of each crash, rounded to whole percents from press reports: venues differed by several percent, so
/// they say how bad it was and are no price record. Where it matters, write your own venue's figures as a [`Scenario`].
const CRASHES: [Crash; 4] = [
    Crash {
        name: "2020-03-12 Black Thursday",
        source: "fall from 11 to 13 March 2020, rounded",
        shocks: [("BTC", -0.50), ("ETH", -0.55), ("XRP", -0.46), ("LTC", -0.50)],
        others: -0.55,
    },
    Crash {
        name: "2021-05-19 leverage flush",
        source: "fall within 19 May 2021, rounded",
        shocks: [("BTC", -0.31), ("ETH", -0.46), ("XRP", -0.45), ("LTC", -0.51)],
        others: -0.50,
    },
    Crash {
        name: "2022-11-08 exchange failure",
        source: "fall from 7 to 9 November 2022, rounded",
        shocks: [("BTC", -0.25), ("ETH", -0.31), ("SOL", -0.60), ("XRP", -0.28)],
        others: -0.35,
    },
    Crash {
        name: "2025-10-10 liquidation cascade",
        source: "fall within 10 October 2025, rounded",
        shocks: [("BTC", -0.17), ("ETH", -0.21), ("SOL", -0.40), ("XRP", -0.40)],
        others: -0.60,
    },
];

/// A crash as it stands in the program.
struct Crash {
    name: &'static str,
    source: &'static str,
    shocks: [(&'static str, f64); 4],
    others: f64,
}

impl Scenario {
    /// The crashes of March 2020, May 2021, November 2022 and October 2025, rounded.
    pub fn historical() -> Vec<Self> {
        let scenario = |crash: Crash| Self {
            name: Cow::Borrowed(crash.name),
            source: Cow::Borrowed(crash.source),
            shocks: crash.shocks.into_iter().map(|(asset, shock)| (Cow::Borrowed(asset), shock)).collect(),
            others: crash.others,
        };
        CRASHES.into_iter().map(scenario).collect()
    }

    /// What the scenario would do to a book.
    ///
    /// ```
    /// use autotrading_risk::{Scenario, StressedPosition};
    /// let crash = Scenario { name: "mine".into(), source: "me".into(), shocks: [("BTC".into(), -0.4)].into(), others: -0.5 };
    /// let book = [
    ///     StressedPosition { asset: "BTC", notional: 1_000.0, beta: 1.0 },
    ///     StressedPosition { asset: "ABC", notional: -200.0, beta: 1.2 },
    /// ];
    /// let result = crash.apply(&book, 500.0)?;
    /// assert_eq!(result.by_position, [-400.0, 120.0]); // the short gains 200 * 0.6
    /// assert_eq!((result.share, result.equity_after), (-0.56, 220.0));
    /// # Ok::<(), autotrading_risk::RiskError>(())
    /// ```
    ///
    /// # Errors
    /// An equity that is not above zero; a notional, beta or shock that is not finite; a shock below -1.
    pub fn apply(&self, book: &[StressedPosition<'_>], equity: f64) -> Result<StressResult, RiskError> {
        positive("equity", equity)?;
        let by_position =
            book.iter().map(|position| self.profit_of(position)).collect::<Result<Vec<f64>, RiskError>>()?;
        let profit = finite("profit under stress", by_position.iter().sum())?;
        Ok(StressResult {
            scenario: self.name.clone().into_owned(),
            profit,
            share: profit / equity,
            equity_after: equity + profit,
            by_position,
        })
    }

    fn profit_of(&self, position: &StressedPosition<'_>) -> Result<f64, RiskError> {
        let shock = match self.shocks.get(position.asset) {
            Some(shock) => *shock,
            // Nothing falls below zero, whatever its beta.
            None => (finite("beta", position.beta)? * finite("shock", self.others)?).max(-1.0),
        };
        if !(shock.is_finite() && shock >= -1.0) {
            return Err(RiskError::OutOfRange { what: "shock", got: shock, required: "at least -1" });
        }
        finite("profit under stress", finite("notional", position.notional)? * shock)
    }
}
