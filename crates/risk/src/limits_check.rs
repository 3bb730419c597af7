//! Limits that contradict themselves, or each other, are refused by key.

use autotrading_domain::{Money, Rate};
use rust_decimal::Decimal;

use crate::{Cap, LossLadder, RateLimit, RiskLimits, repeat::LONGEST_MEMORY};

/// Why limits are refused: the key as written in the configuration, its value, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {value}: {reason}")]
pub struct LimitsError {
    /// The key, dotted where it is nested.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}

impl LimitsError {
    /// The same error, of limits that stand in a section of a larger configuration.
    ///
    /// ```
    /// use autotrading_risk::RiskLimits;
    /// let limits: RiskLimits = serde_json::from_str(r#"{ "collar": "2" }"#)?;
    /// let error = limits.check().unwrap_err().within("risk");
    /// assert_eq!(error.to_string(), "risk.collar = 2: must lie between 0 and 1");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn within(self, section: &str) -> Self {
        Self { key: format!("{section}.{}", self.key), ..self }
    }
}

pub(crate) fn refuse<T>(
    key: &str,
    value: impl ToString,
    reason: impl Into<String>,
) -> Result<T, LimitsError> {
    Err(LimitsError { key: key.to_owned(), value: value.to_string(), reason: reason.into() })
}

impl RiskLimits {
    /// Checks every value, and each against the others.
    ///
    /// # Errors
    /// The first [`LimitsError`].
    pub fn check(&self) -> Result<(), LimitsError> {
        check_collar("collar", &self.collar)?;
        check_money("order_notional", &self.order_notional)?;
        check_money("instrument_notional", &self.instrument_notional)?;
        check_money("strategy_notional", &self.strategy_notional)?;
        check_money("gross", &self.gross)?;
        check_money("net", &self.net)?;
        check_above_zero("volume_multiple", self.volume_multiple.at().copied())?;
        check_above_zero("concentration", self.concentration.at().map(|rate| rate.get()))?;
        if let Cap::At(cluster) = &self.cluster {
            check_above_zero("cluster.share", Some(cluster.share.get()))?;
            check_correlation("cluster.correlation", cluster.correlation)?;
        }
        check_ladder("daily_loss", &self.daily_loss)?;
        check_ladder("drawdown", &self.drawdown)?;
        check_rate("order_rate", &self.order_rate)?;
        check_rate("message_rate", &self.message_rate)?;
        if let Cap::At(breakers) = &self.breakers {
            breakers.check()?;
        }
        self.check_counts()?;
        self.check_between()?;
        self.check_instruments()
    }

    fn check_counts(&self) -> Result<(), LimitsError> {
        if self.day_starts_minutes >= 24 * 60 {
            return refuse("day_starts_minutes", self.day_starts_minutes, "a day has 1440 minutes, from 0");
        }
        if let Cap::At(repeats) = &self.repeats {
            if repeats.count == 0 || repeats.count > LONGEST_MEMORY {
                return refuse(
                    "repeats.count",
                    repeats.count,
                    format!("must lie between 1 and {LONGEST_MEMORY}"),
                );
            }
            if repeats.window_ms == 0 {
                return refuse("repeats.window_ms", 0, "must be above zero");
            }
        }
        Ok(())
    }

    /// What one limit says about another.
    fn check_between(&self) -> Result<(), LimitsError> {
        if let (Cap::At(net), Cap::At(gross)) = (self.net, self.gross)
            && net > gross
        {
            return refuse("net", net, format!("must not exceed gross = {gross}"));
        }
        if let (Cap::At(one), Cap::At(gross)) = (self.instrument_notional, self.gross)
            && one > gross
        {
            return refuse("instrument_notional", one, format!("must not exceed gross = {gross}"));
        }
        if let (Cap::At(share), Cap::At(leverage)) = (self.concentration, self.gross_leverage)
            && share.get() > leverage.get()
        {
            return refuse("concentration", share, format!("must not exceed gross_leverage = {leverage}"));
        }
        if let (Cap::At(one), Cap::At(all)) = (self.instrument_open_orders, self.open_orders)
            && one > all
        {
            return refuse("instrument_open_orders", one, format!("must not exceed open_orders = {all}"));
        }
        Ok(())
    }

    fn check_instruments(&self) -> Result<(), LimitsError> {
        for (symbol, own) in &self.instruments {
            let key = |name: &str| format!("instruments.{symbol}.{name}");
            if let Some(cap) = &own.order_notional {
                check_money(&key("order_notional"), cap)?;
            }
            if let Some(cap) = &own.notional {
                check_money(&key("notional"), cap)?;
            }
            if let Some(cap) = &own.concentration {
                check_above_zero(&key("concentration"), cap.at().map(|rate| rate.get()))?;
            }
            if let Some(cap) = &own.collar {
                check_collar(&key("collar"), cap)?;
            }
        }
        Ok(())
    }
}

/// Above 0 and at most 1; at 0 everything would be one cluster, told or not.
fn check_correlation(key: &str, rate: Rate) -> Result<(), LimitsError> {
    if rate.get() > Decimal::ZERO && rate.get() <= Decimal::ONE {
        Ok(())
    } else {
        refuse(key, rate, "must lie above 0 and not above 1")
    }
}

fn check_above_zero(key: &str, value: Option<Decimal>) -> Result<(), LimitsError> {
    match value {
        Some(value) if value <= Decimal::ZERO => refuse(key, value, "must be above zero"),
        _ => Ok(()),
    }
}

fn check_money(key: &str, cap: &Cap<Money>) -> Result<(), LimitsError> {
    check_above_zero(key, cap.at().map(|money| money.get()))
}

fn check_collar(key: &str, cap: &Cap<Rate>) -> Result<(), LimitsError> {
    match cap {
        Cap::At(rate) if rate.get() <= Decimal::ZERO || rate.get() >= Decimal::ONE => {
            refuse(key, rate, "must lie between 0 and 1")
        }
        _ => Ok(()),
    }
}

fn check_ladder(key: &str, ladder: &LossLadder) -> Result<(), LimitsError> {
    for (name, cap) in [("reduce_only", ladder.reduce_only), ("halted", ladder.halted)] {
        if let Cap::At(rate) = cap
            && (rate.get() <= Decimal::ZERO || rate.get() > Decimal::ONE)
        {
            return refuse(&format!("{key}.{name}"), rate, "must lie above 0 and not above 1");
        }
    }
    match (ladder.reduce_only, ladder.halted) {
        (Cap::At(reduce), Cap::At(halt)) if halt < reduce => {
            refuse(&format!("{key}.halted"), halt, format!("must not lie below reduce_only = {reduce}"))
        }
        _ => Ok(()),
    }
}

fn check_rate(key: &str, cap: &Cap<RateLimit>) -> Result<(), LimitsError> {
    let Cap::At(rate) = cap else { return Ok(()) };
    if rate.burst == 0 || rate.per_second == 0 {
        return refuse(
            key,
            format!("{}/{}", rate.burst, rate.per_second),
            "burst and per_second must be above zero",
        );
    }
    if rate.reserve >= rate.burst {
        return refuse(
            &format!("{key}.reserve"),
            rate.reserve,
            format!("must lie below burst = {}", rate.burst),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_consistent_and_none_is_looser_than_production() {
        for limits in [RiskLimits::production(), RiskLimits::staging(), RiskLimits::paper()] {
            assert_eq!(limits.check(), Ok(()));
            assert_eq!(limits.check_no_looser_than(&RiskLimits::production()), Ok(()));
        }
        assert_eq!(RiskLimits::research_wide().check(), Ok(()));
        let error = RiskLimits::research_wide().check_no_looser_than(&RiskLimits::production()).unwrap_err();
        assert_eq!(error.to_string(), "collar = off: looser than 0.05");
    }

    #[test]
    fn a_contradiction_is_refused_by_key_value_and_reason() {
        let refused =
            |json: &str| serde_json::from_str::<RiskLimits>(json).unwrap().check().unwrap_err().to_string();
        assert_eq!(refused(r#"{"collar": "-0.1"}"#), "collar = -0.1: must lie between 0 and 1");
        assert_eq!(refused(r#"{"net": "5", "gross": "4"}"#), "net = 5: must not exceed gross = 4");
        assert_eq!(
            refused(r#"{"drawdown": {"reduce_only": "0.2", "halted": "0.1"}}"#),
            "drawdown.halted = 0.1: must not lie below reduce_only = 0.2"
        );
        assert_eq!(
            refused(r#"{"order_rate": {"burst": 5, "per_second": 1, "reserve": 5}}"#),
            "order_rate.reserve = 5: must lie below burst = 5"
        );
        assert_eq!(
            refused(r#"{"instruments": {"BTCUSDT": {"notional": "0"}}}"#),
            "instruments.BTCUSDT.notional = 0: must be above zero"
        );
        assert_eq!(refused(r#"{"breakers": {"breaches": 0}}"#), "breakers.breaches = 0: must be above zero");
        for key in ["breach_days", "least_requests", "error_seconds", "losing_streak"] {
            assert!(
                refused(&format!(r#"{{"breakers": {{"{key}": 0}}}}"#))
                    .starts_with(&format!("breakers.{key} ="))
            );
        }
        assert!(refused(r#"{"breakers": {"volatility_multiple": 1.0}}"#).contains("above 1"));
        assert!(refused(r#"{"breakers": {"error_share": 0.0}}"#).contains("above 0"));
        assert!(refused(r#"{"breakers": {"error_share": 1.1}}"#).contains("not above 1"));
        assert!(refused(r#"{"concentration": "11"}"#).contains("gross_leverage = 10"));
        assert!(refused(r#"{"day_starts_minutes": 1440}"#).contains("1440"));
    }

    #[test]
    fn limits_read_back_as_they_were_written() {
        for limits in [RiskLimits::production(), RiskLimits::research_wide()] {
            let text = serde_json::to_string(&limits).unwrap();
            assert_eq!(serde_json::from_str::<RiskLimits>(&text).unwrap(), limits);
        }
    }
}
