//! Heterogeneous autoregression of realized variance.

use autotrading_statistics::LeastSquares;
use autotrading_statistics::regression::newey_west_lags;
use ndarray::Array2;

use crate::garch::check_finite;
use crate::{RegimeError, RollingMean};

/// `RV' = c + d RV + w RV_week + m RV_month`: tomorrow's realized variance from today's and its means over 5 and 22
/// days, which stand for traders of different patience. Source: Corsi (2009), Journal of Financial Econometrics 7,
/// 174-196.
#[derive(Clone, Debug, PartialEq)]
pub struct HarModel {
    /// Constant, and the weights of the day, the week and the month.
    pub coefficients: [f64; 4],
    /// Their standard errors, right for errors that are correlated and of unequal variance (Newey and West).
    pub standard_errors: [f64; 4],
    /// Share of the variation that is explained, in [0, 1].
    pub r_squared: f64,
    smallest: f64,
}

const WEEK: usize = 5;
const MONTH: usize = 22;
/// Days that a fit needs: a month to look back on and as many days again as make four weights known.
const FEWEST: usize = MONTH + 20;

impl HarModel {
    /// Fits by least squares to daily realized variances, oldest first, in any unit.
    ///
    /// # Errors
    /// Fewer than 42 days; one that is not finite or below zero; variances that do not vary.
    pub fn fit(variances: &[f64]) -> Result<Self, RegimeError> {
        let got = variances.len();
        if got < FEWEST {
            return Err(RegimeError::TooFew { what: "realized variances", got, required: FEWEST });
        }
        check_finite("realized variances", variances)?;
        if let Some(got) = variances.iter().copied().find(|v| *v < 0.0) {
            return Err(RegimeError::Parameter { name: "realized variance", got, allowed: "0 or more" });
        }
        let mean = variances.iter().map(|v| v / got as f64).sum::<f64>();
        if mean <= 0.0 || variances.iter().all(|v| (v - mean).abs() <= 1e-12 * mean) {
            return Err(RegimeError::Constant { what: "realized variances", column: 0 });
        }
        // In units of the mean, so that the columns are of one size.
        let mut stream = HarStream::new()?;
        let (mut rows, mut next) = (Vec::new(), Vec::new());
        for pair in variances.windows(2) {
            let [today, tomorrow] = pair else { continue };
            if let Some(row) = stream.observe(today / mean)? {
                rows.extend(row);
                next.push(tomorrow / mean);
            }
        }
        let design =
            Array2::from_shape_fn((next.len(), 4), |(t, j)| rows.get(4 * t + j).copied().unwrap_or(0.0));
        let fit = LeastSquares::fit(design.view(), &next)?;
        let errors = fit.newey_west_errors(design.view(), newey_west_lags(next.len()))?;
        let four = |from: &ndarray::Array1<f64>| {
            let mut four = [0.0; 4];
            four.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            let [constant, ..] = &mut four;
            *constant *= mean;
            four
        };
        Ok(Self {
            coefficients: four(fit.coefficients()),
            standard_errors: four(&errors),
            r_squared: fit.r_squared(),
            smallest: variances.iter().copied().fold(f64::INFINITY, f64::min),
        })
    }

    /// Expected realized variance of the next day from its row; never below the smallest day of the fit, which a sum
    /// of weights of either sign could be.
    pub fn expect(&self, row: &[f64; 4]) -> f64 {
        row.iter().zip(self.coefficients).map(|(x, b)| x * b).sum::<f64>().max(self.smallest)
    }
}

/// Makes the regressors of each day; O(1), without allocation once warm.
///
/// ```
/// use autotrading_regime::HarStream;
///
/// let mut days = HarStream::new()?;
/// let row = (1..=22).map(|day| days.observe(f64::from(day))).last().transpose()?.flatten();
/// assert_eq!(row, Some([1.0, 22.0, 20.0, 11.5])); // one, the day, the means of 18..22 and of 1..22
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct HarStream {
    week: RollingMean,
    month: RollingMean,
}

impl HarStream {
    /// A stream that has seen nothing. Errors: none.
    pub fn new() -> Result<Self, RegimeError> {
        Ok(Self { week: RollingMean::new(WEEK)?, month: RollingMean::new(MONTH)? })
    }

    /// Takes the day's realized variance and gives `1`, the day, the week's and the month's mean; `None` until there
    /// is a month.
    ///
    /// # Errors
    /// A variance that is not finite; nothing changes.
    pub fn observe(&mut self, variance: f64) -> Result<Option<[f64; 4]>, RegimeError> {
        let (week, month) = (self.week.observe(variance)?, self.month.observe(variance)?);
        Ok(week.zip(month).map(|(week, month)| [1.0, variance, week, month]))
    }
}

/// Realized variance of a day: the sum of its squared log returns. Errors: a return that is not finite; overflow.
///
/// ```
/// let variance = autotrading_regime::realized_variance(&[0.01, -0.02, 0.005])?;
/// assert!((variance - 0.000525).abs() < 1e-18);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
pub fn realized_variance(log_returns: &[f64]) -> Result<f64, RegimeError> {
    check_finite("log returns", log_returns)?;
    let sum: f64 = log_returns.iter().map(|r| r * r).sum();
    if sum.is_finite() { Ok(sum) } else { Err(RegimeError::Overflow { what: "the realized variance" }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days that obey the model but for a small wave that has nothing to do with them.
    fn days(scale: f64) -> Vec<f64> {
        let mut days: Vec<f64> = (0..22).map(|i| 1.0 + 0.5 * f64::from(i % 7)).collect();
        for t in 22..1500 {
            let mean = |n: usize| days[t - n..].iter().sum::<f64>() / n as f64;
            let noise = 0.4 * ((t * t * 31 % 199) as f64 / 99.0 - 1.0);
            days.push((0.2 + 0.4 * days[t - 1] + 0.3 * mean(5) + 0.15 * mean(22) + noise).max(0.01));
        }
        days.into_iter().map(|day| scale * day).collect()
    }

    #[test]
    fn the_weights_that_made_the_days_are_found_again_in_any_unit() {
        for scale in [1.0, 1e-4] {
            let model = HarModel::fit(&days(scale)).unwrap();
            let [constant, day, week, month] = model.coefficients;
            let errors = model.standard_errors;
            assert!((constant / scale - 0.2).abs() < 4.0 * errors[0] / scale, "{model:?}");
            assert!((day - 0.4).abs() < 4.0 * errors[1], "{model:?}");
            assert!((week - 0.3).abs() < 4.0 * errors[2], "{model:?}");
            assert!((month - 0.15).abs() < 4.0 * errors[3], "{model:?}");
            assert!(errors.iter().all(|e| *e > 0.0) && model.r_squared > 0.1);
        }
    }

    #[test]
    fn a_single_huge_day_leaves_numbers() {
        for size in [1e3, 1e12, 1e100] {
            let mut all = days(1.0);
            all[700] = size;
            let model = HarModel::fit(&all).unwrap();
            let numbers = model.coefficients.iter().chain(&model.standard_errors).chain([&model.r_squared]);
            assert!(numbers.copied().all(f64::is_finite), "{size}: {model:?}");
            assert!(model.r_squared <= 1.0 && model.expect(&[1.0, 2.0, 2.0, 2.0]).is_finite());
        }
    }

    #[test]
    fn an_expectation_is_never_below_the_smallest_day() {
        let model = HarModel::fit(&days(1.0)).unwrap();
        assert!(model.expect(&[1.0, -100.0, -100.0, -100.0]) > 0.0);
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert!(matches!(HarModel::fit(&[1.0; 41]), Err(RegimeError::TooFew { got: 41, .. })));
        assert!(matches!(HarModel::fit(&[1.0; 100]), Err(RegimeError::Constant { .. })));
        assert!(matches!(HarModel::fit(&[0.0; 100]), Err(RegimeError::Constant { .. })));
        let mut bad = days(1.0);
        bad[70] = f64::NAN;
        assert!(matches!(HarModel::fit(&bad), Err(RegimeError::NotFinite { index: 70, .. })));
        bad[70] = -1.0;
        assert!(HarModel::fit(&bad).is_err());
        assert!(realized_variance(&[f64::MAX]).is_err());
    }
}
