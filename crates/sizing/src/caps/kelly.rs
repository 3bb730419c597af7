//! Growth-optimal size from an estimated edge, cut for what the estimate is worth.

use std::borrow::Cow;

use autotrading_domain::{RegimeLabel, Side};
use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, Edge, Refusal, SizeRequest, ceiling};

/// `ceiling = equity * capital_share * f / mark`, in base units, with
///
/// `f = mean / variance * max(0, 1 - 2 / n_eff) * max(0, 1 - 1 / t^2) * fraction`, `t = mean * sqrt(n_eff) / sigma`,
/// clipped to the regime's cap for the side. No edge, no bet: a mean at or below zero gives zero.
///
/// Sources: Kelly (1956); Thorp (2006), "The Kelly criterion in blackjack, sports betting and the stock market", for
/// `mean / variance`. The two shrinkages keep an edge that the sample cannot tell from luck from being bet on.
///
/// ```
/// use autotrading_sizing::{Edge, Kelly};
/// let edge = Edge { mean: 0.001, variance: 0.0004, n_eff: 1000.0, observations: 2000 };
/// // 0.001 / 0.0004 = 2.5; t^2 = 2.5, so 0.6 of it counts; 0.998 of that for the sample; a quarter of that
/// assert!((Kelly::default().fraction_of(&edge)? - 2.5 * 0.6 * 0.998 * 0.25).abs() < 1e-12);
/// # Ok::<(), autotrading_sizing::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Kelly {
    /// Part of the full Kelly bet that is taken; 0.25 unless told otherwise.
    pub fraction: f64,
    /// Whether the estimate is shrunk by its significance; on unless told otherwise.
    pub significance: bool,
    /// Returns below which nothing is known; 30 unless told otherwise.
    pub min_observations: u64,
    /// Largest `f` by regime and side.
    pub caps: RegimeCaps,
    /// Multiplies all caps; 1 unless told otherwise.
    pub cap_scale: f64,
    /// Whether shorts get nothing.
    pub long_only: bool,
}

/// Largest Kelly fraction of the equity on each side, both above zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideCaps {
    /// Of a long.
    pub long: f64,
    /// Of a short.
    pub short: f64,
}

/// Largest Kelly fraction by regime.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegimeCaps {
    /// Prices rise: 0.15 long, 0.05 short unless told otherwise.
    pub bull: SideCaps,
    /// Prices fall: 0.05 long, 0.15 short unless told otherwise.
    pub bear: SideCaps,
    /// Prices go nowhere: 0.10 each unless told otherwise.
    pub sideways: SideCaps,
    /// Nobody can tell: 0.08 each unless told otherwise.
    pub neutral: SideCaps,
}

impl Default for RegimeCaps {
    fn default() -> Self {
        Self {
            bull: SideCaps { long: 0.15, short: 0.05 },
            bear: SideCaps { long: 0.05, short: 0.15 },
            sideways: SideCaps { long: 0.10, short: 0.10 },
            neutral: SideCaps { long: 0.08, short: 0.08 },
        }
    }
}

impl RegimeCaps {
    /// The cap of a regime and side.
    pub const fn of(&self, regime: RegimeLabel, side: Side) -> f64 {
        let caps = match regime {
            RegimeLabel::Bull => self.bull,
            RegimeLabel::Bear => self.bear,
            RegimeLabel::Sideways => self.sideways,
            RegimeLabel::Neutral => self.neutral,
        };
        match side {
            Side::Buy => caps.long,
            Side::Sell => caps.short,
        }
    }

    /// All eight, with their names.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [
            ("kelly.caps.bull", self.bull),
            ("kelly.caps.bear", self.bear),
            ("kelly.caps.sideways", self.sideways),
            ("kelly.caps.neutral", self.neutral),
        ]
        .into_iter()
        .flat_map(|(name, caps)| [(name, caps.long), (name, caps.short)])
    }
}

impl Default for Kelly {
    fn default() -> Self {
        Self {
            fraction: 0.25,
            significance: true,
            min_observations: 30,
            caps: RegimeCaps::default(),
            cap_scale: 1.0,
            long_only: false,
        }
    }
}

/// Below this variance per bar the estimate divides by rounding errors.
const LEAST_VARIANCE: f64 = 1e-10;

impl Kelly {
    /// The shrunk fraction of the equity to bet, before the regime's cap; zero without an edge.
    ///
    /// # Errors
    /// Too few returns, a figure that is not finite, a variance below 1e-10.
    pub fn fraction_of(&self, edge: &Edge) -> Result<f64, Refusal> {
        if edge.observations < self.min_observations {
            return Err(Refusal::TooFew { got: edge.observations, required: self.min_observations });
        }
        let mean = ceiling::finite("mean return", edge.mean)?;
        let variance = ceiling::finite("variance of returns", edge.variance)?;
        let n_eff = ceiling::positive("effective sample size", edge.n_eff)?;
        if variance < LEAST_VARIANCE {
            let (input, expected) = ("variance of returns".into(), Cow::Borrowed("at least 1e-10"));
            return Err(Refusal::OutOfRange { input, got: variance, expected });
        }
        if mean <= 0.0 {
            return Ok(0.0);
        }
        let shrunk = (1.0 - 2.0 / n_eff).max(0.0);
        let t_squared = mean * mean * n_eff / variance;
        let significant = if self.significance { (1.0 - 1.0 / t_squared).max(0.0) } else { 1.0 };
        ceiling::finite("Kelly fraction", mean / variance * shrunk * significant * self.fraction)
    }

    fn largest(&self, request: &SizeRequest<'_>) -> Result<Ceiling, Refusal> {
        if self.long_only && request.side == Side::Sell {
            return Err(Refusal::no_room("long only"));
        }
        let edge = request.edge.ok_or(Refusal::missing("edge"))?;
        let fraction = self.fraction_of(&edge)?;
        if fraction <= 0.0 {
            let why = if edge.mean <= 0.0 {
                "no edge: the mean return is not above zero"
            } else {
                "no significant edge"
            };
            return Err(Refusal::no_room(why));
        }
        let cap = self.cap_scale * self.caps.of(request.regime, request.side);
        let (taken, note) =
            if fraction > cap { (cap, "clipped by the regime's cap") } else { (fraction, "") };
        let quantity = request.capital()? * taken / ceiling::positive("mark", request.mark)?;
        Ok(Ceiling::at(quantity).noted(note))
    }
}

impl Cap for Kelly {
    fn name(&self) -> CapName {
        CapName::new("kelly")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).unwrap_or_else(Ceiling::from)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Instrument;

    use super::*;

    fn edge(mean: f64, variance: f64) -> Edge {
        Edge { mean, variance, n_eff: 500.0, observations: 1_000 }
    }

    fn ceiling_of(kelly: Kelly, side: Side, regime: RegimeLabel, edge: Option<Edge>) -> Ceiling {
        let instrument =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        let request = SizeRequest { regime, edge, ..SizeRequest::new(&instrument, side, 100.0, 1_000.0) };
        kelly.ceiling(&request)
    }

    fn refusal(edge: Option<Edge>) -> String {
        match ceiling_of(Kelly::default(), Side::Buy, RegimeLabel::Bull, edge) {
            Ceiling::Zero { refusal } => refusal.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_known_is_not_bet_on() {
        let good = edge(0.002, 1e-4);
        assert_eq!(refusal(None), "edge is missing");
        assert_eq!(refusal(Some(Edge { observations: 29, ..good })), "29 observations, at least 30 required");
        assert!(Kelly::default().fraction_of(&Edge { observations: 30, ..good }).is_ok());
        assert_eq!(refusal(Some(edge(f64::NAN, 1e-4))), "mean return is NaN, expected a finite number");
        assert!(refusal(Some(edge(0.002, 0.9e-10))).contains("at least 1e-10"));
        assert!(refusal(Some(edge(-0.002, 1e-4))).starts_with("no edge"));
        assert_eq!(refusal(Some(edge(1e-5, 1e-4))), "no significant edge");
        assert_eq!(refusal(Some(Edge { n_eff: 1.5, ..good })), "no significant edge");
    }

    #[test]
    fn each_regime_and_side_has_its_cap() {
        let strong = Some(edge(0.01, 1e-4));
        let caps = |side| {
            RegimeLabel::ALL.map(|regime| {
                let quantity = ceiling_of(Kelly::default(), side, regime, strong).quantity().unwrap();
                (quantity * 10.0).round() / 100.0
            })
        };
        assert_eq!(caps(Side::Buy), [0.15, 0.05, 0.10, 0.08]);
        assert_eq!(caps(Side::Sell), [0.05, 0.15, 0.10, 0.08]);
    }

    #[test]
    fn the_caps_scale_and_a_long_only_rule_sells_nothing() {
        let strong = Some(edge(0.01, 1e-4));
        let wide = Kelly { cap_scale: 4.0, long_only: true, ..Kelly::default() };
        assert_eq!(ceiling_of(wide, Side::Buy, RegimeLabel::Bull, strong).quantity(), Some(6.0));
        assert_eq!(ceiling_of(wide, Side::Sell, RegimeLabel::Bear, strong).quantity(), Some(0.0));
    }

    #[test]
    fn significance_can_be_switched_off() {
        let weak = edge(0.0005, 1e-4); // t^2 = 1.25
        let on = Kelly::default().fraction_of(&weak).unwrap();
        let off = Kelly { significance: false, ..Kelly::default() }.fraction_of(&weak).unwrap();
        assert!((on / off - 0.2).abs() < 1e-12);
        assert!((off - 5.0 * 0.996 * 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_mean_so_small_that_its_square_vanishes_is_no_edge() {
        assert_eq!(Kelly::default().fraction_of(&edge(1e-200, 1e-4)), Ok(0.0));
    }
}
