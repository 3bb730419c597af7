//! What is true of the simulated venue, as a configuration states it.

use autotrading_domain::{Leverage, Rate, Span};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::VenueError;

/// How the simulated venue treats us.
///
/// [`VenueRules::default`] is a cautious perpetual venue: 1 bp half spread, impact, a tenth of each bar's volume, 0.01 %
/// funding, isolated 5x with liquidation. [`VenueRules::research`] is the frictionless one that other programs assume.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VenueRules {
    /// Time that requests and answers travel.
    pub latency: Latency,
    /// Half of the bid-ask spread, in basis points of the price; whoever takes pays it.
    pub half_spread_bps: f64,
    /// The square-root law of impact: taking `q` moves the price by the rate `k * sqrt(q / bar volume)`. `k` is the move
    /// for a whole bar's volume (0.01: taking 1 % of the volume costs 10 bp). A bar without volume counts as if our
    /// order were all of it.
    pub impact_coefficient: f64,
    /// Share of a bar's volume that all our orders together may trade in that bar, in (0, 1]. `None`: no bound.
    pub participation: Option<f64>,
    /// Whether a limit order fills when the price only touches it. Default: the market must trade through it.
    pub touch_fills: bool,
    /// Paid at each multiple of the instrument's funding interval (from the epoch, UTC), unless a series of real rates
    /// was given. `None` or zero: no funding.
    pub default_funding_rate: Option<Rate>,
    /// What margin an order needs.
    pub margin: MarginRule,
    /// Whether positions are liquidated. Mark is the bar's price, so the bar's extremes decide.
    pub liquidation: bool,
    /// Fee per notional of a liquidation, in place of the taker fee.
    pub liquidation_fee: Rate,
    /// Faults on demand.
    pub faults: Option<FaultRules>,
}

/// Time that words travel between us and the venue.
///
/// A bar shows nothing shorter than itself: a market order that arrives after a bar's open, by a nanosecond even, meets
/// the next bar's open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Latency {
    /// From our command to its arrival at the venue.
    pub entry: Span,
    /// From what happened at the venue to our hearing of it.
    pub response: Span,
}

/// What margin an order needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MarginRule {
    /// None: every order that the instrument allows is taken.
    #[default]
    Off,
    /// Each position carries its own margin, `open cost / leverage`, and can lose no more than that.
    Isolated {
        /// Notional per unit of margin.
        leverage: Leverage,
    },
    /// All positions share the wallet: an order needs `notional / leverage` of what is free, losses that are not
    /// realized yet count against it, and the account is liquidated when it does not cover their maintenance any more.
    Cross {
        /// Notional per unit of margin that an order needs.
        leverage: Leverage,
    },
}

impl MarginRule {
    /// Notional per unit of margin; `None` while the rule is off.
    pub const fn leverage(&self) -> Option<Leverage> {
        match self {
            Self::Off => None,
            Self::Isolated { leverage } | Self::Cross { leverage } => Some(*leverage),
        }
    }

    pub(super) const fn is_cross(&self) -> bool {
        matches!(self, Self::Cross { .. })
    }
}

/// What goes wrong, and how often: chances in [0, 1] per request or report, drawn from the venue's seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultRules {
    /// A command does not leave: the gateway says so.
    pub disconnect: f64,
    /// A new order is refused for no reason of ours.
    pub reject: f64,
    /// A request gets no answer. In half of the cases it was lost, in the others the venue has it all the same.
    pub timeout: f64,
    /// A report comes twice.
    pub duplicate: f64,
    /// A report comes later than the others.
    pub late: f64,
    /// How much later.
    pub late_by: Span,
}

impl Default for VenueRules {
    fn default() -> Self {
        let leverage = Leverage::new(Decimal::from(5)).unwrap_or(Leverage::ONE);
        Self {
            latency: Latency::default(),
            half_spread_bps: 1.0,
            impact_coefficient: 0.01,
            participation: Some(0.1),
            touch_fills: false,
            default_funding_rate: Some(Rate::basis_points(1)),
            margin: MarginRule::Isolated { leverage },
            liquidation: true,
            liquidation_fee: Rate::basis_points(50),
            faults: None,
        }
    }
}

impl VenueRules {
    /// Fees alone: no latency, spread, impact, participation, funding, margin, liquidation or faults.
    pub const fn research() -> Self {
        Self {
            latency: Latency { entry: Span::ZERO, response: Span::ZERO },
            half_spread_bps: 0.0,
            impact_coefficient: 0.0,
            participation: None,
            touch_fills: false,
            default_funding_rate: None,
            margin: MarginRule::Off,
            liquidation: false,
            liquidation_fee: Rate::ZERO,
            faults: None,
        }
    }

    /// Checks that every rule lies in its range and that none contradicts another.
    ///
    /// # Errors
    /// [`VenueError::Rule`] names the rule, its value and what was expected.
    pub fn check(&self) -> Result<(), VenueError> {
        let wrong = |field, got: String, expected| Err(VenueError::Rule { field, got, expected });
        if self.latency.entry < Span::ZERO || self.latency.response < Span::ZERO {
            return wrong("latency", format!("{:?}", self.latency), "not negative");
        }
        if !(0.0..1_000.0).contains(&self.half_spread_bps) {
            return wrong("half_spread_bps", self.half_spread_bps.to_string(), "in [0, 1000)");
        }
        if !(0.0..=1.0).contains(&self.impact_coefficient) {
            return wrong("impact_coefficient", self.impact_coefficient.to_string(), "in [0, 1]");
        }
        if let Some(share) = self.participation
            && !(share > 0.0 && share <= 1.0)
        {
            return wrong("participation", share.to_string(), "in (0, 1]");
        }
        if self.liquidation && self.margin == MarginRule::Off {
            return wrong("liquidation", "true".to_owned(), "false while margin is off");
        }
        if self.liquidation_fee < Rate::ZERO || self.liquidation_fee.get() >= Decimal::ONE {
            return wrong("liquidation_fee", self.liquidation_fee.to_string(), "in [0, 1)");
        }
        self.faults.map_or(Ok(()), |faults| faults.check())
    }
}

impl FaultRules {
    fn check(&self) -> Result<(), VenueError> {
        let chances = [
            ("faults.disconnect", self.disconnect),
            ("faults.reject", self.reject),
            ("faults.timeout", self.timeout),
            ("faults.duplicate", self.duplicate),
            ("faults.late", self.late),
        ];
        for (field, chance) in chances {
            if !(0.0..=1.0).contains(&chance) {
                return Err(VenueError::Rule { field, got: chance.to_string(), expected: "in [0, 1]" });
            }
        }
        if self.late_by < Span::ZERO {
            let got = self.late_by.to_string();
            return Err(VenueError::Rule { field: "faults.late_by", got, expected: "not negative" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_profiles_are_consistent() {
        assert_eq!(VenueRules::default().check(), Ok(()));
        assert_eq!(VenueRules::research().check(), Ok(()));
    }

    #[test]
    fn rules_read_back_as_they_were_written_and_unknown_keys_are_refused() {
        let rules = VenueRules { faults: Some(FaultRules::default()), ..VenueRules::default() };
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<VenueRules>(&text).unwrap(), rules);
        let some = r#"{"margin": {"isolated": {"leverage": "3"}}, "participation": 0.5}"#;
        let read: VenueRules = serde_json::from_str(some).unwrap();
        assert_eq!((read.participation, read.half_spread_bps), (Some(0.5), 1.0));
        let error = serde_json::from_str::<VenueRules>(r#"{"half_spread": 1}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `half_spread`"), "{error}");
    }

    #[test]
    fn a_rule_out_of_range_is_refused_by_name() {
        let research = VenueRules::research();
        let chance = FaultRules { timeout: 1.5, ..FaultRules::default() };
        for (bad, field) in [
            (VenueRules { half_spread_bps: f64::NAN, ..research }, "half_spread_bps"),
            (VenueRules { impact_coefficient: -0.1, ..research }, "impact_coefficient"),
            (VenueRules { participation: Some(0.0), ..research }, "participation"),
            (VenueRules { liquidation: true, ..research }, "liquidation"),
            (VenueRules { liquidation_fee: Rate::new(Decimal::ONE), ..research }, "liquidation_fee"),
            (VenueRules { faults: Some(chance), ..research }, "faults.timeout"),
        ] {
            assert!(bad.check().unwrap_err().to_string().contains(field), "{field}");
        }
    }
}
