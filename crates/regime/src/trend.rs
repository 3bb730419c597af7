//! Is there a trend? The significance of an exponentially weighted mean return.

use autotrading_statistics::{Decay, ExponentialMoments, normal};

use crate::RegimeError;

/// Filtered probabilities of bull, bear and sideways from the significance of the mean return.
///
/// `t = m * sqrt(n_eff) / s` with exponentially weighted mean `m`, standard deviation `s` and effective count `n_eff`;
/// `P(bull) = Phi(t - c)`, `P(bear) = Phi(-t - c)`, sideways is the rest. `c` is the threshold in standard errors: a
/// mean less significant than that is more likely noise than trend.
#[derive(Clone, Debug)]
pub struct Trend {
    returns: ExponentialMoments,
    threshold: f64,
}

impl Trend {
    /// A trend that forgets half of what it saw every `half_life` bars.
    ///
    /// # Errors
    /// The half-life is not above zero.
    pub fn new(half_life: f64, threshold: f64) -> Result<Self, RegimeError> {
        Ok(Self { returns: ExponentialMoments::new(Decay::from_half_life(half_life)?), threshold })
    }

    /// Takes the newest return (a decimal fraction).
    ///
    /// # Errors
    /// The return is not finite; nothing changes.
    pub fn observe(&mut self, log_return: f64) -> Result<(), RegimeError> {
        Ok(self.returns.push(log_return)?)
    }

    /// Signed significance of the mean return, in standard errors; zero while there is no variance.
    pub fn significance(&self) -> f64 {
        let (Ok(mean), Ok(deviation)) = (self.returns.mean(), self.returns.corrected_standard_deviation())
        else {
            return 0.0;
        };
        let t = mean * self.returns.effective_count().sqrt() / deviation;
        if t.is_finite() { t.clamp(-30.0, 30.0) } else { 0.0 }
    }

    /// Probabilities of bull, bear and sideways; they sum to 1.
    ///
    /// # Errors
    /// None for a finite threshold.
    pub fn probabilities(&self) -> Result<[f64; 3], RegimeError> {
        let t = self.significance();
        let (bull, bear) = (normal::cdf(t - self.threshold)?, normal::cdf(-t - self.threshold)?);
        let total = (bull + bear).max(1.0);
        let (bull, bear) = (bull / total, bear / total);
        Ok([bull, bear, (1.0 - bull - bear).max(0.0)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(returns: impl IntoIterator<Item = f64>) -> [f64; 3] {
        let mut trend = Trend::new(50.0, 1.0).unwrap();
        for value in returns {
            trend.observe(value).unwrap();
        }
        trend.probabilities().unwrap()
    }

    #[test]
    fn a_steady_rise_is_a_bull_and_its_mirror_a_bear() {
        let rise = |sign: f64| (0..200).map(move |i| sign * (0.01 + 0.002 * f64::from(i % 3)));
        let ([bull, ..], [_, bear, _]) = (after(rise(1.0)), after(rise(-1.0)));
        assert!(bull > 0.99 && (bull - bear).abs() < 1e-12);
    }

    #[test]
    fn a_market_that_goes_nowhere_is_sideways() {
        let [bull, bear, sideways] = after((0..200).map(|i| if i % 2 == 0 { 0.01 } else { -0.01 }));
        assert!(sideways > 0.6 && bull < 0.25 && bear < 0.25);
    }

    #[test]
    fn scale_does_not_matter() {
        let noisy = |scale: f64| (0..300).map(move |i| scale * (f64::from(i * 7919 % 101) - 45.0));
        let (decimals, percent) = (after(noisy(1e-4)), after(noisy(1e-2)));
        for (left, right) in decimals.iter().zip(percent) {
            assert!((left - right).abs() < 1e-12);
        }
    }

    #[test]
    fn a_constant_market_has_no_trend() {
        assert_eq!(Trend::new(50.0, 1.0).unwrap().significance(), 0.0);
        let [bull, bear, _] = after([0.0; 100]);
        assert_eq!(bull, bear);
    }
}
