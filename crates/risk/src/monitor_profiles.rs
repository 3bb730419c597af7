//! Limits of measured risk for each stage on the way to real money.

use autotrading_domain::Leverage;
use rust_decimal::Decimal;

use crate::{Cap, LimitsError, MonitorLimits, limits_check::refuse};

impl MonitorLimits {
    /// Real money: the defaults.
    pub fn production() -> Self {
        Self::default()
    }

    /// A venue's test network or small money: production with 3x gross leverage.
    pub fn staging() -> Self {
        Self { gross_leverage: times(3), ..Self::production() }
    }

    /// No money: production with 2x gross leverage.
    pub fn paper() -> Self {
        Self { gross_leverage: times(2), ..Self::production() }
    }

    /// Whether nothing here allows more, or warns later, than `other`.
    ///
    /// ```
    /// use autotrading_risk::MonitorLimits;
    /// assert!(MonitorLimits::paper().check_no_looser_than(&MonitorLimits::production()).is_ok());
    /// let error = MonitorLimits::production().check_no_looser_than(&MonitorLimits::paper()).unwrap_err();
    /// assert_eq!(error.to_string(), "gross_leverage = 10: looser than 2");
    /// ```
    ///
    /// # Errors
    /// The first limit that is looser.
    pub fn check_no_looser_than(&self, other: &Self) -> Result<(), LimitsError> {
        for ((measure, own), (_, limit)) in self.all().into_iter().zip(other.all()) {
            let Some(limit) = limit else { continue };
            if own.is_none_or(|own| own > limit) {
                let own = own.map_or_else(|| "off".to_owned(), |own| own.to_string());
                return refuse(measure.name(), own, format!("looser than {limit}"));
            }
        }
        let (own, limit) = (self.levels, other.levels);
        if own.warning > limit.warning || own.critical > limit.critical {
            return refuse(
                "levels",
                format!("{}, {}", own.warning, own.critical),
                format!("looser than {}, {}", limit.warning, limit.critical),
            );
        }
        Ok(())
    }
}

fn times(leverage: i64) -> Cap<Leverage> {
    Leverage::new(Decimal::from(leverage)).map_or(Cap::Off, Cap::At)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_looser_key_is_named() {
        let read = |body: &str| serde_json::from_str::<MonitorLimits>(&format!("{{{body}}}")).unwrap();
        let standing = MonitorLimits::production();
        for (json, key) in [
            (r#""value_at_risk": "0.021""#, "value_at_risk"),
            (r#""expected_shortfall": "off""#, "expected_shortfall"),
            (r#""drawdown": "0.11""#, "drawdown"),
            (r#""daily_loss": "0.021""#, "daily_loss"),
            (r#""concentration": "0.21""#, "concentration"),
            (r#""correlation": "0.71""#, "correlation"),
            (r#""liquidation_probability": "0.006""#, "liquidation_probability"),
            (r#""levels": {"warning": 0.71, "critical": 0.9}"#, "levels"),
            (r#""levels": {"warning": 0.7, "critical": 0.91}"#, "levels"),
        ] {
            assert_eq!(read(json).check_no_looser_than(&standing).unwrap_err().key, key);
            assert_eq!(standing.check_no_looser_than(&read(json)), Ok(()), "{key}");
        }
    }
}
