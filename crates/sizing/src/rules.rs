//! The rules of sizing as configuration.

use serde::{Deserialize, Serialize};

use crate::{
    AtrRisk, Concentration, DrawdownThrottle, Fixed, GrossLeverage, Kelly, LiquidationDistance, Sizer,
    VolatilityTarget,
};

/// Which caps and multipliers there are, with their parameters. A rule that is absent does not exist: read from a
/// file, only what is written there applies. [`Default`] is the whole standard set except `fixed`.
///
/// ```
/// use autotrading_sizing::{Sizer, SizingRules};
/// let rules: SizingRules = serde_json::from_str(r#"{ "atr_risk": { "risk_per_trade": 0.02 }, "leverage": {} }"#)?;
/// assert_eq!(rules.leverage.map(|leverage| leverage.maximum), Some(10.0));
/// assert!(rules.kelly.is_none());
/// assert!(Sizer::new(rules).is_ok());
/// assert!(serde_json::from_str::<SizingRules>(r#"{ "atr_rsk": {} }"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizingRules {
    /// Always the same size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Fixed>,
    /// A stop must not cost more than a share of the equity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub atr_risk: Option<AtrRisk>,
    /// Growth-optimal size from the estimated edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kelly: Option<Kelly>,
    /// The liquidation price stays far from mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidation_distance: Option<LiquidationDistance>,
    /// No instrument is more than a share of the equity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concentration: Option<Concentration>,
    /// Gross leverage of the account and tiers of the venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leverage: Option<GrossLeverage>,
    /// The position alone moves the equity by a set volatility.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volatility_target: Option<VolatilityTarget>,
    /// Smaller while losing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawdown: Option<DrawdownThrottle>,
}

impl Default for SizingRules {
    fn default() -> Self {
        Self {
            fixed: None,
            atr_risk: Some(AtrRisk::default()),
            kelly: Some(Kelly::default()),
            liquidation_distance: Some(LiquidationDistance::default()),
            concentration: Some(Concentration::default()),
            leverage: Some(GrossLeverage::default()),
            volatility_target: Some(VolatilityTarget::default()),
            drawdown: Some(DrawdownThrottle::default()),
        }
    }
}

/// Why rules cannot be followed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SizingRulesError {
    /// A parameter lies outside its range.
    #[error("sizing.{field} is {got}, expected {expected}")]
    OutOfRange {
        /// Rule and parameter.
        field: &'static str,
        /// Its value.
        got: f64,
        /// What would have been accepted.
        expected: &'static str,
    },
    /// Without a cap there is no size.
    #[error("sizing has no cap: at least one of {known} is needed")]
    NoCap {
        /// The caps there are.
        known: &'static str,
    },
}

/// Ranges of parameters, by the words that an error uses for them.
const ABOVE_ZERO: &str = "a number above zero";
const SHARE: &str = "above 0 and at most 1";
const NOT_NEGATIVE: &str = "a number not below zero";

const KNOWN_CAPS: &str =
    "fixed, atr_risk, kelly, liquidation_distance, concentration, leverage, volatility_target";

impl SizingRules {
    /// No rule at all; a start for choosing some.
    pub const NONE: Self = Self {
        fixed: None,
        atr_risk: None,
        kelly: None,
        liquidation_distance: None,
        concentration: None,
        leverage: None,
        volatility_target: None,
        drawdown: None,
    };

    /// Checks every parameter.
    ///
    /// # Errors
    /// The first one that lies outside its range; no cap at all.
    pub fn check(&self) -> Result<(), SizingRulesError> {
        for (field, got, expected) in self.parameters() {
            let legal = match expected {
                SHARE => got > 0.0 && got <= 1.0,
                NOT_NEGATIVE => got >= 0.0 && got.is_finite(),
                _ => got > 0.0 && got.is_finite(),
            };
            if !legal {
                return Err(SizingRulesError::OutOfRange { field, got, expected });
            }
        }
        Ok(())
    }

    /// Every parameter with its name, value and range.
    fn parameters(&self) -> Vec<(&'static str, f64, &'static str)> {
        let mut all = Vec::new();
        let mut add = |field, got, expected| all.push((field, got, expected));
        if let Some(fixed) = &self.fixed {
            add("fixed.quantity", fixed.quantity, ABOVE_ZERO);
        }
        if let Some(atr) = &self.atr_risk {
            add("atr_risk.risk_per_trade", atr.risk_per_trade, SHARE);
            add("atr_risk.multiple", atr.multiple, ABOVE_ZERO);
        }
        if let Some(kelly) = &self.kelly {
            add("kelly.fraction", kelly.fraction, SHARE);
            add("kelly.cap_scale", kelly.cap_scale, NOT_NEGATIVE);
            kelly.caps.each().for_each(|(field, cap)| add(field, cap, NOT_NEGATIVE));
        }
        if let Some(liquidation) = &self.liquidation_distance {
            add("liquidation_distance.multiple", liquidation.multiple, NOT_NEGATIVE);
        }
        if let Some(concentration) = &self.concentration {
            add("concentration.share", concentration.share, ABOVE_ZERO);
        }
        if let Some(leverage) = &self.leverage {
            add("leverage.maximum", leverage.maximum, ABOVE_ZERO);
        }
        if let Some(target) = &self.volatility_target {
            add("volatility_target.annual", target.annual, ABOVE_ZERO);
        }
        if let Some(drawdown) = &self.drawdown {
            add("drawdown.limit", drawdown.limit, SHARE);
        }
        all
    }

    /// The rules, ready to be asked.
    pub(crate) fn into_sizer(self) -> Result<Sizer, SizingRulesError> {
        self.check()?;
        let mut sizer = Sizer::empty();
        if let Some(cap) = self.fixed {
            sizer = sizer.with_cap(cap);
        }
        if let Some(cap) = self.atr_risk {
            sizer = sizer.with_cap(cap);
        }
        if let Some(cap) = self.kelly {
            sizer = sizer.with_cap(cap);
        }
        if let Some(cap) = self.liquidation_distance {
            sizer = sizer.with_cap(cap);
        }
        if let Some(cap) = self.concentration {
            sizer = sizer.with_cap(cap);
        }
        if let Some(cap) = self.leverage {
            sizer = sizer.with_cap(cap);
        }
        if let Some(cap) = self.volatility_target {
            sizer = sizer.with_cap(cap);
        }
        if let Some(multiplier) = self.drawdown {
            sizer = sizer.with_multiplier(multiplier);
        }
        if sizer.has_cap() { Ok(sizer) } else { Err(SizingRulesError::NoCap { known: KNOWN_CAPS }) }
    }
}
