//! Whether one set of limits allows more than another, key by key.

use crate::{
    Cap, InstrumentLimits, LimitsError, RiskLimits,
    limits_check::refuse,
    widening::{age_is_looser, rate_is_looser},
};

impl RiskLimits {
    /// Checks that no limit is looser than the same limit of `other`: what staging must show against production.
    ///
    /// # Errors
    /// A [`LimitsError`] that names the first looser key.
    pub fn check_no_looser_than(&self, other: &Self) -> Result<(), LimitsError> {
        no_looser("collar", &self.collar, &other.collar)?;
        no_looser("order_notional", &self.order_notional, &other.order_notional)?;
        no_looser("volume_multiple", &self.volume_multiple, &other.volume_multiple)?;
        no_looser("instrument_notional", &self.instrument_notional, &other.instrument_notional)?;
        no_looser("concentration", &self.concentration, &other.concentration)?;
        self.check_cluster_no_looser(other)?;
        no_looser("strategy_notional", &self.strategy_notional, &other.strategy_notional)?;
        no_looser("gross", &self.gross, &other.gross)?;
        no_looser("net", &self.net, &other.net)?;
        no_looser("gross_leverage", &self.gross_leverage, &other.gross_leverage)?;
        no_looser("margin_leverage", &self.margin_leverage, &other.margin_leverage)?;
        let (daily, drawdown) = (&self.daily_loss, &self.drawdown);
        no_looser("daily_loss.reduce_only", &daily.reduce_only, &other.daily_loss.reduce_only)?;
        no_looser("daily_loss.halted", &daily.halted, &other.daily_loss.halted)?;
        no_looser("drawdown.reduce_only", &drawdown.reduce_only, &other.drawdown.reduce_only)?;
        no_looser("drawdown.halted", &drawdown.halted, &other.drawdown.halted)?;
        no_looser("open_orders", &self.open_orders, &other.open_orders)?;
        no_looser("instrument_open_orders", &self.instrument_open_orders, &other.instrument_open_orders)?;
        no_looser("clock_skew_ms", &self.clock_skew_ms, &other.clock_skew_ms)?;
        if other.prevent_self_trade && !self.prevent_self_trade {
            return refuse("prevent_self_trade", false, "looser than true");
        }
        if other.require_dead_man && !self.require_dead_man {
            return refuse("require_dead_man", false, "looser than true");
        }
        self.check_traffic_no_looser(other)?;
        self.check_instruments_no_looser(other)
    }

    /// A lower correlation makes larger clusters, and so is tighter.
    fn check_cluster_no_looser(&self, other: &Self) -> Result<(), LimitsError> {
        match (&self.cluster, &other.cluster) {
            (_, Cap::Off) => Ok(()),
            (Cap::Off, Cap::At(_)) => refuse("cluster", "off", "looser than what stands"),
            (Cap::At(own), Cap::At(limit)) => {
                no_looser("cluster.share", &Cap::At(own.share), &Cap::At(limit.share))?;
                if own.correlation > limit.correlation {
                    let reason = format!("looser than {}", limit.correlation);
                    return refuse("cluster.correlation", own.correlation, reason);
                }
                Ok(())
            }
        }
    }

    fn check_traffic_no_looser(&self, other: &Self) -> Result<(), LimitsError> {
        let looser = |key: &str| refuse(key, "{..}", "looser than what stands");
        if rate_is_looser(&self.order_rate, &other.order_rate) {
            return looser("order_rate");
        }
        if rate_is_looser(&self.message_rate, &other.message_rate) {
            return looser("message_rate");
        }
        if age_is_looser(&self.price_age, &other.price_age) {
            return looser("price_age");
        }
        match (&self.breakers, &other.breakers) {
            (_, Cap::Off) => {}
            (Cap::Off, Cap::At(_)) => return looser("breakers"),
            (Cap::At(own), Cap::At(limit)) => {
                if let Some(key) = own.looser_than(limit) {
                    return looser(&format!("breakers.{key}"));
                }
            }
        }
        match (&self.repeats, &other.repeats) {
            (Cap::Off, Cap::At(_)) => looser("repeats"),
            (Cap::At(own), Cap::At(limit)) if own.count > limit.count || own.window_ms < limit.window_ms => {
                looser("repeats")
            }
            (Cap::Off | Cap::At(_), Cap::Off) | (Cap::At(_), Cap::At(_)) => Ok(()),
        }
    }

    /// Compares what holds for every instrument that either side names.
    fn check_instruments_no_looser(&self, other: &Self) -> Result<(), LimitsError> {
        let none = InstrumentLimits::default();
        for symbol in self.instruments.keys().chain(other.instruments.keys()) {
            let key = |name: &str| format!("instruments.{symbol}.{name}");
            let own = self.instruments.get(symbol).unwrap_or(&none);
            let limit = other.instruments.get(symbol).unwrap_or(&none);
            no_looser(&key("position"), &own.position, &limit.position)?;
            no_looser(&key("order_quantity"), &own.order_quantity, &limit.order_quantity)?;
            no_looser(
                &key("order_notional"),
                &own.order_notional.unwrap_or(self.order_notional),
                &limit.order_notional.unwrap_or(other.order_notional),
            )?;
            no_looser(
                &key("notional"),
                &own.notional.unwrap_or(self.instrument_notional),
                &limit.notional.unwrap_or(other.instrument_notional),
            )?;
            no_looser(
                &key("concentration"),
                &own.concentration.unwrap_or(self.concentration),
                &limit.concentration.unwrap_or(other.concentration),
            )?;
            no_looser(
                &key("collar"),
                &own.collar.unwrap_or(self.collar),
                &limit.collar.unwrap_or(other.collar),
            )?;
        }
        Ok(())
    }
}

fn no_looser<T: PartialOrd + ToString>(key: &str, ours: &Cap<T>, theirs: &Cap<T>) -> Result<(), LimitsError> {
    match (ours, theirs) {
        (_, Cap::Off) => Ok(()),
        (Cap::Off, Cap::At(limit)) => refuse(key, "off", format!("looser than {}", limit.to_string())),
        (Cap::At(own), Cap::At(limit)) if own > limit => {
            refuse(key, own.to_string(), format!("looser than {}", limit.to_string()))
        }
        (Cap::At(_), Cap::At(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Money;
    use rust_decimal::Decimal;

    use super::*;

    #[test]
    fn breakers_that_trip_later_are_looser_key_by_key() {
        let with = |json: &str| serde_json::from_str::<RiskLimits>(json).unwrap();
        let standing = RiskLimits::production();
        for (json, key) in [
            (r#"{"breakers": "off"}"#, "breakers"),
            (r#"{"breakers": {"volatility_multiple": 3.1}}"#, "breakers.volatility_multiple"),
            (r#"{"breakers": {"breaches": 4}}"#, "breakers.breaches"),
            (r#"{"breakers": {"breach_days": 29}}"#, "breakers.breach_days"),
            (r#"{"breakers": {"error_share": 0.11}}"#, "breakers.error_share"),
            (r#"{"breakers": {"least_requests": 51}}"#, "breakers.least_requests"),
            (r#"{"breakers": {"error_seconds": 299}}"#, "breakers.error_seconds"),
            (r#"{"breakers": {"losing_streak": 9}}"#, "breakers.losing_streak"),
        ] {
            assert_eq!(with(json).check_no_looser_than(&standing).unwrap_err().key, key);
            assert_eq!(standing.check_no_looser_than(&with(json)), Ok(()), "{key}");
        }
    }

    /// Each row: what stands, what is looser, and the key that says so. Standing limits are no looser than the others.
    const LOOSER: [(&str, &str, &str); 27] = [
        (r#""collar": "0.04""#, r#""collar": "0.05""#, "collar"),
        (r#""order_notional": "5""#, r#""order_notional": "off""#, "order_notional"),
        (r#""volume_multiple": "1""#, r#""volume_multiple": "1.1""#, "volume_multiple"),
        (r#""instrument_notional": "5""#, r#""instrument_notional": "6""#, "instrument_notional"),
        (r#""cluster": {"share": "2"}"#, r#""cluster": {"share": "2.1"}"#, "cluster.share"),
        (
            r#""cluster": {"correlation": "0.5"}"#,
            r#""cluster": {"correlation": "0.6"}"#,
            "cluster.correlation",
        ),
        (r#""cluster": {}"#, r#""cluster": "off""#, "cluster"),
        (r#""strategy_notional": "5""#, r#""strategy_notional": "6""#, "strategy_notional"),
        (r#""gross": "5""#, r#""gross": "6""#, "gross"),
        (r#""net": "5""#, r#""net": "6""#, "net"),
        (r#""gross_leverage": "2""#, r#""gross_leverage": "3""#, "gross_leverage"),
        (r#""margin_leverage": "2""#, r#""margin_leverage": "3""#, "margin_leverage"),
        (r#""open_orders": 900"#, r#""open_orders": 901"#, "open_orders"),
        (r#""instrument_open_orders": 9"#, r#""instrument_open_orders": 10"#, "instrument_open_orders"),
        (r#""clock_skew_ms": 9"#, r#""clock_skew_ms": 10"#, "clock_skew_ms"),
        (
            r#""daily_loss": {"reduce_only": "0.01", "halted": "0.02"}"#,
            r#""daily_loss": {"reduce_only": "0.01", "halted": "0.03"}"#,
            "daily_loss.halted",
        ),
        (
            r#""drawdown": {"reduce_only": "0.01", "halted": "0.04"}"#,
            r#""drawdown": {"reduce_only": "0.02", "halted": "0.04"}"#,
            "drawdown.reduce_only",
        ),
        (
            r#""order_rate": {"burst": 9, "per_second": 2, "reserve": 3}"#,
            r#""order_rate": {"burst": 10, "per_second": 2, "reserve": 3}"#,
            "order_rate",
        ),
        (
            r#""order_rate": {"burst": 9, "per_second": 2, "reserve": 3}"#,
            r#""order_rate": {"burst": 9, "per_second": 3, "reserve": 3}"#,
            "order_rate",
        ),
        (
            r#""message_rate": {"burst": 9, "per_second": 2, "reserve": 3}"#,
            r#""message_rate": {"burst": 9, "per_second": 2, "reserve": 2}"#,
            "message_rate",
        ),
        (r#""price_age": {"milliseconds": 9}"#, r#""price_age": {"milliseconds": 10}"#, "price_age"),
        (r#""price_age": {"intervals": 2}"#, r#""price_age": {"intervals": 3}"#, "price_age"),
        (
            r#""repeats": {"count": 5, "window_ms": 9}"#,
            r#""repeats": {"count": 6, "window_ms": 9}"#,
            "repeats",
        ),
        (
            r#""repeats": {"count": 5, "window_ms": 9}"#,
            r#""repeats": {"count": 5, "window_ms": 8}"#,
            "repeats",
        ),
        (r#""repeats": {"count": 5, "window_ms": 9}"#, r#""repeats": "off""#, "repeats"),
        (r#""instruments": {"X": {"position": "5"}}"#, r#""instruments": {}"#, "instruments.X.position"),
        (
            r#""instruments": {"X": {"order_quantity": "5"}}"#,
            r#""instruments": {"X": {"order_quantity": "6"}}"#,
            "instruments.X.order_quantity",
        ),
    ];

    #[test]
    fn what_is_looser_is_named_and_the_other_way_round_is_not() {
        let read = |body: &str| serde_json::from_str::<RiskLimits>(&format!("{{{body}}}")).unwrap();
        for (standing, proposed, key) in LOOSER {
            let (standing, proposed) = (read(standing), read(proposed));
            assert_eq!(proposed.check_no_looser_than(&standing).unwrap_err().key, key);
            assert_eq!(standing.check_no_looser_than(&proposed), Ok(()), "{key}");
            assert_eq!(standing.check_no_looser_than(&standing), Ok(()), "{key}");
        }
        // Ages in different units cannot be compared: each counts as looser than the other.
        let (time, bars) =
            (read(r#""price_age": {"milliseconds": 9}"#), read(r#""price_age": {"intervals": 1}"#));
        assert!(time.check_no_looser_than(&bars).is_err() && bars.check_no_looser_than(&time).is_err());
    }

    #[test]
    fn an_instrument_is_compared_by_what_holds_for_it() {
        let read = |own: &str| {
            serde_json::from_str::<RiskLimits>(&format!(r#"{{"instruments": {{"X": {{{own}}}}}}}"#)).unwrap()
        };
        let standing = RiskLimits { instrument_notional: Cap::At(Money::new(Decimal::TEN)), ..read("") };
        for (own, key) in [
            (r#""order_notional": "1000001""#, "order_notional"),
            (r#""notional": "11""#, "notional"),
            (r#""concentration": "0.21""#, "concentration"),
            (r#""collar": "0.051""#, "collar"),
        ] {
            let proposed = RiskLimits { instrument_notional: standing.instrument_notional, ..read(own) };
            let error = proposed.check_no_looser_than(&standing).unwrap_err();
            assert_eq!(error.key, format!("instruments.X.{key}"));
            assert_eq!(standing.check_no_looser_than(&proposed), Ok(()), "{key}");
        }
    }

    #[test]
    fn switching_a_protection_off_is_looser_and_on_is_not() {
        let (mut with, mut without) = (RiskLimits::production(), RiskLimits::production());
        (with.prevent_self_trade, without.prevent_self_trade) = (true, false);
        assert_eq!(without.check_no_looser_than(&with).unwrap_err().key, "prevent_self_trade");
        assert_eq!(with.check_no_looser_than(&without), Ok(()));
        (with.require_dead_man, without.prevent_self_trade) = (true, true);
        assert_eq!(without.check_no_looser_than(&with).unwrap_err().key, "require_dead_man");
        for same in [&with, &without] {
            assert_eq!(same.check_no_looser_than(same), Ok(()));
        }
        assert_eq!(with.check_no_looser_than(&without), Ok(()));
    }
}
