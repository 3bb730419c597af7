//! How performance seen carries over to performance to come.

use crate::sum::sum_of;

/// The line `out of sample = intercept + slope * in sample` over all splits, by least squares.
///
/// A slope below zero says that the better a trial looked, the worse it did afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degradation {
    /// Change out of sample for one more in sample.
    pub slope: f64,
    /// What is expected out of sample of a ratio of zero in sample, per period.
    pub intercept: f64,
    /// Share of the variation out of sample that the line explains, in [0, 1].
    pub r_squared: f64,
}

impl Degradation {
    /// The line through pairs of equal number; `None` where the first do not vary.
    pub(super) fn of(seen: &[f64], came: &[f64]) -> Option<Self> {
        let n = seen.len() as f64;
        let mean = |values: &[f64]| sum_of(values.iter().copied()) / n;
        let (centre_x, centre_y) = (mean(seen), mean(came));
        let product = |f: fn(f64, f64) -> f64| {
            sum_of(seen.iter().zip(came).map(|(x, y)| f(x - centre_x, y - centre_y)))
        };
        let (xx, xy, yy) = (product(|x, _| x * x), product(|x, y| x * y), product(|_, y| y * y));
        if xx <= n * (centre_x * 1e-12).powi(2) {
            return None;
        }
        let slope = xy / xx;
        let line = Self {
            slope,
            intercept: centre_y - slope * centre_x,
            r_squared: if yy > 0.0 { (xy / yy * slope).clamp(0.0, 1.0) } else { 0.0 },
        };
        (line.slope.is_finite() && line.intercept.is_finite() && line.r_squared.is_finite()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LeastSquares;

    #[test]
    fn the_line_is_that_of_the_general_solver() {
        let seen = [0.3, 0.1, 0.25, 0.4, 0.2];
        let came = [0.0, 0.1, 0.02, -0.1, 0.07];
        let line = Degradation::of(&seen, &came).unwrap();
        let fit = LeastSquares::line(&seen, &came).unwrap();
        assert!((line.intercept - fit.coefficients()[0]).abs() < 1e-14);
        assert!((line.slope - fit.coefficients()[1]).abs() < 1e-14);
        assert!((line.r_squared - fit.r_squared()).abs() < 1e-13);
    }

    #[test]
    fn points_above_each_other_have_no_line() {
        assert_eq!(Degradation::of(&[0.2; 4], &[0.0, 1.0, 2.0, 3.0]), None);
    }
}
