//! What a state emits: a Gaussian over the features.

use autotrading_statistics::Cholesky;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use crate::RegimeError;

/// A Gaussian law over a few features, with what its log density needs precomputed.
///
/// ```
/// use autotrading_regime::hmm::Gaussian;
///
/// let calm = Gaussian::diagonal(&[0.0], &[4.0])?;
/// // -ln(2 pi 4) / 2 - 2^2 / (2 * 4)
/// assert!((calm.ln_density(&[2.0]) + 2.112085713764618).abs() < 1e-15);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gaussian {
    mean: Vec<f64>,
    covariance: Array2<f64>,
    /// Inverse of the Cholesky factor, row by row; its diagonal alone where features are independent.
    whitener: Vec<f64>,
    diagonal: bool,
    constant: f64,
}

impl Gaussian {
    /// Independent features with given means and variances.
    ///
    /// # Errors
    /// No feature; lengths that differ; a mean not finite; a variance not above zero and finite.
    pub fn diagonal(mean: &[f64], variances: &[f64]) -> Result<Self, RegimeError> {
        check_mean(mean, variances.len())?;
        if let Some(&got) = variances.iter().find(|v| !(**v > 0.0 && v.is_finite())) {
            return Err(RegimeError::Parameter { name: "variance", got, allowed: "above 0 and finite" });
        }
        Ok(Self {
            mean: mean.to_vec(),
            covariance: Array2::from_diag(&Array1::from(variances.to_vec())),
            whitener: variances.iter().map(|v| 1.0 / v.sqrt()).collect(),
            diagonal: true,
            constant: constant(mean.len(), variances.iter().map(|v| v.ln()).sum()),
        })
    }

    /// Features that move together.
    ///
    /// # Errors
    /// No feature; shapes that differ; a covariance that is not symmetric positive definite.
    pub fn full(mean: &[f64], covariance: ArrayView2<'_, f64>) -> Result<Self, RegimeError> {
        check_mean(mean, covariance.nrows())?;
        let factor = Cholesky::of(covariance)?;
        let mut inverse = Array2::zeros(covariance.dim());
        for (mut column, unit) in inverse.columns_mut().into_iter().zip(Array2::<f64>::eye(mean.len()).rows())
        {
            column.assign(&factor.whiten(unit)?);
        }
        Ok(Self {
            mean: mean.to_vec(),
            covariance: covariance.to_owned(),
            whitener: inverse.iter().copied().collect(),
            diagonal: false,
            constant: constant(mean.len(), factor.ln_determinant()),
        })
    }

    /// The means, one for each feature.
    pub fn mean(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(self.mean.as_slice())
    }

    /// The covariance matrix.
    pub fn covariance(&self) -> ArrayView2<'_, f64> {
        self.covariance.view()
    }

    /// Variance of a feature; zero if there is no such feature.
    pub fn variance(&self, feature: usize) -> f64 {
        self.covariance.get([feature, feature]).copied().unwrap_or(0.0)
    }

    /// How many features there are.
    pub fn features(&self) -> usize {
        self.mean.len()
    }

    /// Whether the features are taken as independent.
    pub const fn is_diagonal(&self) -> bool {
        self.diagonal
    }

    /// Natural logarithm of the density. Features beyond the law's own are not looked at. Allocates nothing.
    #[inline]
    pub fn ln_density(&self, x: &[f64]) -> f64 {
        let distance: f64 = if self.diagonal {
            self.mean.iter().zip(x).zip(&self.whitener).map(|((m, x), w)| ((x - m) * w).powi(2)).sum()
        } else {
            self.whitener
                .chunks_exact(self.mean.len().max(1))
                .map(|row| {
                    let white: f64 = row.iter().zip(x).zip(&self.mean).map(|((w, x), m)| w * (x - m)).sum();
                    white * white
                })
                .sum()
        };
        // A distance beyond all numbers is as far as any number tells.
        self.constant - 0.5 * distance.min(FARTHEST)
    }

    /// Mean, inverse deviation and the log density's constant of a law of one feature.
    pub(super) fn first(&self) -> (f64, f64, f64) {
        let of = |values: &[f64]| values.first().copied().unwrap_or(0.0);
        (of(&self.mean), of(&self.whitener), self.constant)
    }

    /// The same law for features `centre + scale * x`, each with its own.
    pub(super) fn rescaled(&self, centre: &[f64], scale: &[f64]) -> Result<Self, RegimeError> {
        let mean: Vec<f64> = self.mean.iter().zip(centre).zip(scale).map(|((m, c), s)| c + s * m).collect();
        if self.diagonal {
            let variances: Vec<f64> =
                self.covariance.diag().iter().zip(scale).map(|(v, s)| v * s * s).collect();
            return Self::diagonal(&mean, &variances);
        }
        let scale = ArrayView1::from(scale);
        let row = scale.insert_axis(ndarray::Axis(0));
        let column = scale.insert_axis(ndarray::Axis(1));
        Self::full(&mean, (&self.covariance * &row * column).view())
    }
}

/// The largest squared distance that is told from others.
pub(super) const FARTHEST: f64 = 1e300;

fn constant(features: usize, ln_determinant: f64) -> f64 {
    -0.5 * (features as f64 * std::f64::consts::TAU.ln() + ln_determinant)
}

fn check_mean(mean: &[f64], features: usize) -> Result<(), RegimeError> {
    if mean.is_empty() || mean.len() != features {
        return Err(RegimeError::Features { got: mean.len(), required: features.max(1) });
    }
    crate::garch::check_finite("mean", mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_full_covariance_without_correlation_is_a_diagonal_one() {
        let diagonal = Gaussian::diagonal(&[1.0, -2.0], &[0.5, 3.0]).unwrap();
        let full = Gaussian::full(&[1.0, -2.0], array![[0.5, 0.0], [0.0, 3.0]].view()).unwrap();
        for x in [[0.0, 0.0], [1.5, -7.0]] {
            assert!((diagonal.ln_density(&x) - full.ln_density(&x)).abs() < 1e-13);
        }
    }

    #[test]
    fn correlated_features_have_the_textbook_density() {
        let law = Gaussian::full(&[0.0, 0.0], array![[1.0, 0.6], [0.6, 1.0]].view()).unwrap();
        // Quadratic form at (1, 2): (1 - 2 * 0.6 * 2 + 4) / (1 - 0.36) = 4.0625.
        let want = -std::f64::consts::TAU.ln() - 0.5 * 0.64_f64.ln() - 0.5 * 4.0625;
        assert!((law.ln_density(&[1.0, 2.0]) - want).abs() < 1e-13);
    }

    #[test]
    fn what_is_no_law_is_refused() {
        assert!(Gaussian::diagonal(&[0.0], &[0.0]).is_err());
        assert!(Gaussian::diagonal(&[0.0, 1.0], &[1.0]).is_err());
        assert!(Gaussian::diagonal(&[], &[]).is_err());
        assert!(Gaussian::diagonal(&[f64::NAN], &[1.0]).is_err());
        assert!(Gaussian::full(&[0.0, 0.0], array![[1.0, 2.0], [2.0, 1.0]].view()).is_err());
    }

    #[test]
    fn even_the_largest_number_has_a_log_density() {
        let law = Gaussian::diagonal(&[0.0], &[1e-300]).unwrap();
        assert!(law.ln_density(&[f64::MAX]).is_finite());
    }
}
