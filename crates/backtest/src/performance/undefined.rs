//! Why a figure is not there.

use serde::{Deserialize, Serialize};

use super::Performance;

/// A figure that is `None`, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undefined {
    /// The figure, by its key.
    pub figure: String,
    /// What is missing, with how much there is and how much it takes.
    pub reason: String,
}

/// Lags of the correction for autocorrelation; it takes two returns more.
const LAGS: usize = 10;

impl Performance {
    /// Every figure of an equity curve that is undefined, with the reason.
    ///
    /// ```
    /// use autotrading_backtest::Performance;
    /// use autotrading_domain::Timestamp;
    ///
    /// let times = [0, 3600].map(Timestamp::from_secs);
    /// let lacking = Performance::of(&times, &[100.0, 101.0]).undefined();
    /// assert_eq!(lacking[0].figure, "annual_volatility");
    /// assert_eq!(lacking[0].reason, "1 return, at least 2 are needed");
    /// ```
    pub fn undefined(&self) -> Vec<Undefined> {
        let figures = [
            ("annual_return", self.annual_return, Needs::Growth),
            ("annual_volatility", self.annual_volatility, Needs::Returns(2)),
            ("sharpe", self.sharpe, Needs::Variation(2)),
            ("sharpe_standard_error", self.sharpe_standard_error, Needs::Variation(2)),
            ("sharpe_interval", self.sharpe_interval.map(|interval| interval.low), Needs::Variation(2)),
            ("sharpe_autocorrelated", self.sharpe_autocorrelated, Needs::Lags),
            ("probabilistic_sharpe", self.probabilistic_sharpe, Needs::Variation(2)),
            ("minimum_track_record_years", self.minimum_track_record_years, Needs::Gain),
            ("sortino", self.sortino, Needs::Loss),
            ("calmar", self.calmar, Needs::Fall),
            ("omega", self.omega, Needs::Loss),
            ("tail_ratio", self.tail_ratio, Needs::Tail),
            ("ulcer_index", self.ulcer_index, Needs::Returns(1)),
            ("value_at_risk_95", self.value_at_risk_95, Needs::Returns(1)),
            ("expected_shortfall_95", self.expected_shortfall_95, Needs::Returns(1)),
            ("skewness", self.skewness, Needs::Variation(2)),
            ("excess_kurtosis", self.excess_kurtosis, Needs::Variation(2)),
            ("best_return", self.best_return, Needs::Returns(1)),
            ("worst_return", self.worst_return, Needs::Returns(1)),
        ];
        let missing = figures.into_iter().filter(|(_, value, _)| value.is_none());
        missing
            .map(|(figure, _, needs)| Undefined { figure: figure.to_owned(), reason: self.lacks(needs) })
            .collect()
    }

    fn lacks(&self, needs: Needs) -> String {
        let least = match needs {
            Needs::Returns(least) | Needs::Variation(least) => least,
            Needs::Lags => LAGS + 2,
            Needs::Gain => 2,
            Needs::Growth | Needs::Loss | Needs::Fall | Needs::Tail => 1,
        };
        let seen = self.observations;
        if seen < least {
            let returns = if seen == 1 { "return" } else { "returns" };
            let needed = if least == 1 { "is" } else { "are" };
            return format!("{seen} {returns}, at least {least} {needed} needed");
        }
        match needs {
            Needs::Growth => "nothing was left, or no time passed".to_owned(),
            Needs::Loss => "no return was a loss".to_owned(),
            Needs::Fall => "equity never fell, or nothing was left".to_owned(),
            Needs::Tail => "the 5 % quantile of returns is zero".to_owned(),
            Needs::Gain if self.sharpe.is_some_and(|ratio| ratio <= 0.0) => {
                "the Sharpe ratio is not above zero, and no length makes it so".to_owned()
            }
            Needs::Lags if self.sharpe.is_some() => "the autocorrelations leave no variance".to_owned(),
            Needs::Variation(_) if self.sharpe.is_some() => "the returns take two values only".to_owned(),
            Needs::Returns(_) | Needs::Variation(_) | Needs::Lags | Needs::Gain => {
                "the returns do not vary".to_owned()
            }
        }
    }
}

/// What a figure cannot be without.
#[derive(Clone, Copy, Debug)]
enum Needs {
    /// So many returns.
    Returns(usize),
    /// So many returns that are not all the same.
    Variation(usize),
    /// Returns for all lags, and some variance after them.
    Lags,
    /// A Sharpe ratio above zero.
    Gain,
    /// Money at the end, and time in between.
    Growth,
    /// A return below zero.
    Loss,
    /// A fall from a high.
    Fall,
    /// A lower tail.
    Tail,
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Timestamp;

    use super::*;

    fn lacking(equity: &[f64]) -> Vec<(String, String)> {
        let times: Vec<Timestamp> =
            (0i64..).map(|hour| Timestamp::from_secs(3600 * hour)).take(equity.len()).collect();
        let undefined = Performance::of(&times, equity).undefined();
        undefined.into_iter().map(|one| (one.figure, one.reason)).collect()
    }

    fn reason(equity: &[f64], figure: &str) -> String {
        lacking(equity).into_iter().find(|(name, _)| name == figure).unwrap().1
    }

    #[test]
    fn too_few_returns_are_counted() {
        assert_eq!(reason(&[], "sharpe"), "0 returns, at least 2 are needed");
        assert_eq!(reason(&[100.0, 101.0], "sharpe"), "1 return, at least 2 are needed");
        assert_eq!(reason(&[100.0], "best_return"), "0 returns, at least 1 is needed");
        let few: Vec<f64> = (0..8).map(|i| 100.0 + f64::from(i * 3 % 5)).collect();
        assert_eq!(reason(&few, "sharpe_autocorrelated"), "7 returns, at least 12 are needed");
        assert_eq!(lacking(&few).len(), 1, "{:?}", lacking(&few));
    }

    #[test]
    fn what_never_happened_is_named() {
        let still = [100.0; 30];
        assert_eq!(reason(&still, "sharpe"), "the returns do not vary");
        assert_eq!(reason(&still, "calmar"), "equity never fell, or nothing was left");
        let risen: Vec<f64> = (0..30).map(|i| 100.0 + f64::from(i) + f64::from(i % 2) * 0.5).collect();
        assert_eq!(reason(&risen, "omega"), "no return was a loss");
        let fallen: Vec<f64> = (0..30).map(|i| 100.0 - f64::from(i) + f64::from(i % 3)).collect();
        assert!(reason(&fallen, "minimum_track_record_years").contains("not above zero"));
    }

    #[test]
    fn a_curve_with_everything_lacks_nothing() {
        let noise = |i: i64| ((i * 7919 + i * i * 104_729).rem_euclid(1009) as f64) / 100.0;
        let equity: Vec<f64> = (0..200).map(|i| 100.0 + 0.1 * i as f64 + noise(i)).collect();
        assert_eq!(lacking(&equity), []);
    }
}
