//! The rules of sizing as configuration.

use serde::{Deserialize, Serialize};

use crate::{
    AtrRisk, Concentration, CorrelationThrottle, DrawdownKelly, DrawdownThrottle, Fixed, GrossLeverage,
    Kelly, LiquidationDistance, Liquidity, Sizer, ValueAtRisk, ValueAtRiskRoom, VolatilityTarget,
};

/// Which caps and multipliers there are, with their parameters. A rule that is absent does not exist: read from a
/// file, only what is written there applies. [`Default`] is the whole standard set: all but `fixed` and `drawdown_kelly`,
/// which stands in for `kelly` where somebody can say how deep a fall is bearable.
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
    /// Growth-optimal size from past outcomes, under a tolerance for drawdowns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawdown_kelly: Option<DrawdownKelly>,
    /// Room below the value-at-risk limit of the whole book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_at_risk: Option<ValueAtRisk>,
    /// The liquidation price stays far from mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidation_distance: Option<LiquidationDistance>,
    /// No instrument is more than a share of the equity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concentration: Option<Concentration>,
    /// Gross leverage of the account and tiers of the venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leverage: Option<GrossLeverage>,
    /// A trade stays small beside volume and depth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidity: Option<Liquidity>,
    /// The position alone moves the equity by a set volatility.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volatility_target: Option<VolatilityTarget>,
    /// Smaller when it would be more of the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<CorrelationThrottle>,
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
            drawdown_kelly: None,
            value_at_risk: Some(ValueAtRisk::default()),
            liquidation_distance: Some(LiquidationDistance::default()),
            concentration: Some(Concentration::default()),
            leverage: Some(GrossLeverage::default()),
            liquidity: Some(Liquidity::default()),
            volatility_target: Some(VolatilityTarget::default()),
            correlation: Some(CorrelationThrottle::default()),
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
    /// A rule lacks what it needs.
    #[error("sizing.{rule} needs {expected}")]
    Incomplete {
        /// Which rule.
        rule: &'static str,
        /// What it needs.
        expected: &'static str,
    },
    /// Correlation steps must rise, and their factors must not.
    #[error(
        "sizing.correlation.steps: the step above {above} follows that above {after}; correlations must rise and factors fall"
    )]
    Unsorted {
        /// The offending step.
        above: f64,
        /// The one before it.
        after: f64,
    },
    /// Without a cap there is no size.
    #[error("sizing has no cap: at least one of {known} is needed")]
    NoCap {
        /// The caps there are.
        known: &'static str,
    },
}

impl SizingRulesError {
    /// The key of the configuration that is refused.
    ///
    /// ```
    /// use autotrading_sizing::{Fixed, Sizer, SizingRules};
    /// let rules = SizingRules { fixed: Some(Fixed { quantity: -1.0 }), ..SizingRules::NONE };
    /// assert_eq!(Sizer::new(rules).unwrap_err().key(), "sizing.fixed.quantity");
    /// ```
    pub fn key(&self) -> String {
        match self {
            Self::OutOfRange { field, .. } => format!("sizing.{field}"),
            Self::Incomplete { rule, .. } => format!("sizing.{rule}"),
            Self::Unsorted { .. } => "sizing.correlation.steps".to_owned(),
            Self::NoCap { .. } => "sizing".to_owned(),
        }
    }
}

const KNOWN_CAPS: &str = "fixed, atr_risk, kelly, drawdown_kelly, value_at_risk, liquidation_distance, concentration, \
                          leverage, liquidity, volatility_target";

impl SizingRules {
    /// No rule at all; a start for choosing some.
    pub const NONE: Self = Self {
        fixed: None,
        atr_risk: None,
        kelly: None,
        drawdown_kelly: None,
        value_at_risk: None,
        liquidation_distance: None,
        concentration: None,
        leverage: None,
        liquidity: None,
        volatility_target: None,
        correlation: None,
        drawdown: None,
    };

    /// Checks every parameter.
    ///
    /// # Errors
    /// The first one that lies outside its range; no cap at all.
    pub fn check(&self) -> Result<(), SizingRulesError> {
        self.parameters().into_iter().try_for_each(|(field, got, range)| range.check(field, got))?;
        if self.liquidity.is_some_and(|rule| rule.volume_share.is_none() && rule.depth_share.is_none()) {
            let expected = "volume_share, depth_share or both";
            return Err(SizingRulesError::Incomplete { rule: "liquidity", expected });
        }
        let steps = self.correlation.iter().flat_map(|rule| rule.steps.windows(2));
        for pair in steps {
            if let [low, high] = pair
                && (high.above <= low.above || high.factor > low.factor)
            {
                return Err(SizingRulesError::Unsorted { above: high.above, after: low.above });
            }
        }
        Ok(())
    }

    /// Every parameter with its name, value and range.
    fn parameters(&self) -> Vec<(&'static str, f64, Range)> {
        let mut all = Vec::new();
        let mut add = |field, got, range| all.push((field, got, range));
        if let Some(rule) = &self.fixed {
            add("fixed.quantity", rule.quantity, Range::AboveZero);
        }
        if let Some(rule) = &self.atr_risk {
            add("atr_risk.risk_per_trade", rule.risk_per_trade, Range::Share);
            add("atr_risk.multiple", rule.multiple, Range::AboveZero);
        }
        if let Some(rule) = &self.kelly {
            add("kelly.fraction", rule.fraction, Range::Share);
            add("kelly.cap_scale", rule.cap_scale, Range::NotNegative);
            rule.caps.each().for_each(|(field, cap)| add(field, cap, Range::NotNegative));
        }
        if let Some(rule) = &self.drawdown_kelly {
            add("drawdown_kelly.floor", rule.floor, Range::Inside);
            add("drawdown_kelly.probability", rule.probability, Range::Inside);
            add("drawdown_kelly.most", rule.most, Range::AboveZero);
        }
        if let Some(rule) = &self.value_at_risk {
            add("value_at_risk.confidence", rule.confidence, Range::Confidence);
            add("value_at_risk.limit", rule.limit, Range::Share);
        }
        if let Some(rule) = &self.liquidation_distance {
            add("liquidation_distance.multiple", rule.multiple, Range::NotNegative);
        }
        if let Some(rule) = &self.concentration {
            add("concentration.share", rule.share, Range::AboveZero);
        }
        if let Some(rule) = &self.leverage {
            add("leverage.maximum", rule.maximum, Range::AboveZero);
        }
        if let Some(rule) = &self.liquidity {
            rule.volume_share.iter().for_each(|share| add("liquidity.volume_share", *share, Range::Share));
            rule.depth_share.iter().for_each(|share| add("liquidity.depth_share", *share, Range::Share));
        }
        if let Some(rule) = &self.volatility_target {
            add("volatility_target.annual", rule.annual, Range::AboveZero);
        }
        for step in self.correlation.iter().flat_map(|rule| &rule.steps) {
            add("correlation.steps.above", step.above, Range::Correlation);
            add("correlation.steps.factor", step.factor, Range::Factor);
        }
        if let Some(rule) = &self.drawdown {
            add("drawdown.limit", rule.limit, Range::Share);
        }
        all
    }

    /// The rules, ready to be asked.
    pub(crate) fn into_sizer(self) -> Result<Sizer, SizingRulesError> {
        self.check()?;
        let sizer = Sizer::empty()
            .with_cap_if(self.fixed)
            .with_cap_if(self.atr_risk)
            .with_cap_if(self.kelly)
            .with_cap_if(self.drawdown_kelly)
            .with_cap_if(self.value_at_risk.map(ValueAtRiskRoom::new))
            .with_cap_if(self.liquidation_distance)
            .with_cap_if(self.concentration)
            .with_cap_if(self.leverage)
            .with_cap_if(self.liquidity)
            .with_cap_if(self.volatility_target)
            .with_multiplier_if(self.correlation)
            .with_multiplier_if(self.drawdown);
        if sizer.has_cap() { Ok(sizer) } else { Err(SizingRulesError::NoCap { known: KNOWN_CAPS }) }
    }
}

/// Where a parameter may lie.
#[derive(Clone, Copy, Debug)]
enum Range {
    AboveZero,
    NotNegative,
    Share,
    Inside,
    Factor,
    Confidence,
    Correlation,
}

impl Range {
    fn check(self, field: &'static str, got: f64) -> Result<(), SizingRulesError> {
        let (legal, expected) = match self {
            Self::AboveZero => (got > 0.0 && got.is_finite(), "a number above zero"),
            Self::NotNegative => (got >= 0.0 && got.is_finite(), "a number not below zero"),
            Self::Share => (got > 0.0 && got <= 1.0, "above 0 and at most 1"),
            Self::Inside => (got > 0.0 && got < 1.0, "above 0 and below 1"),
            Self::Factor => ((0.0..=1.0).contains(&got), "0 to 1"),
            Self::Confidence => (got > 0.5 && got < 1.0, "above 0.5 and below 1"),
            Self::Correlation => (got > -1.0 && got < 1.0, "between -1 and 1"),
        };
        if legal { Ok(()) } else { Err(SizingRulesError::OutOfRange { field, got, expected }) }
    }
}
