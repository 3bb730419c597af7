//! Moments of one side of the errors: how large they are on average, and how much of the variance is losses.

use autotrading_statistics::StudentT;

use super::density::{Density, Skewed, Student};
use super::{Errors, GarchParameters};
use crate::RegimeError;

/// `E |z|`: `sqrt(2 / pi)` for normal errors, less for fat tails.
pub(super) fn absolute_mean(errors: Errors, p: &GarchParameters) -> Result<f64, RegimeError> {
    match errors {
        Errors::Normal => Ok(std::f64::consts::FRAC_2_PI.sqrt()),
        Errors::StudentT => Ok(2.0 * UpperSide::of(p.nu, 0.0)?.mean),
        Errors::SkewedT => Ok(2.0 * UpperSide::of(p.nu, p.lambda.abs())?.mean),
    }
}

/// `E z^2 [z < 0]`: one half unless the errors are skewed.
pub(super) fn loss_share(errors: Errors, p: &GarchParameters) -> Result<f64, RegimeError> {
    match errors {
        Errors::Normal | Errors::StudentT => Ok(0.5),
        Errors::SkewedT => {
            let upper = UpperSide::of(p.nu, p.lambda.abs())?.square;
            Ok(if p.lambda < 0.0 { upper } else { 1.0 - upper })
        }
    }
}

/// `E z [z > 0]` and `E z^2 [z > 0]` of a skewed t with `lambda >= 0`.
struct UpperSide {
    mean: f64,
    square: f64,
}

impl UpperSide {
    /// With `y = b z + a`, `s = 1 + lambda` and `k = a / s`, both are integrals of `(u - k)^n` against the standardised
    /// t beyond `k`. That of `u` is the density of a t with `nu - 2` degrees of freedom, so that of `u^2` follows by
    /// parts from its tail.
    fn of(nu: f64, lambda: f64) -> Result<Self, RegimeError> {
        let law = Skewed::new(nu, lambda)?;
        let width = 1.0 + lambda;
        let k = law.shift / width;
        let inside = 1.0 + k * k / (nu - 2.0);
        let peak = Student::new(nu)?.constant().exp();
        let first = peak * (nu - 2.0) / (nu - 1.0) * inside.powf(-0.5 * (nu - 1.0));
        let beyond = StudentT::standardised(nu)?.survival(k)?;
        let second = k * first + StudentT::new(nu - 2.0)?.survival(k)?;
        let scale = law.scale;
        Ok(Self {
            mean: width * width / scale * (first - k * beyond),
            square: width.powi(3) / (scale * scale) * (second - 2.0 * k * first + k * k * beyond),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by the midpoint rule on `z = tan(x)`, split at zero.
    fn oracle(nu: f64, lambda: f64) -> (f64, f64) {
        let law = Skewed::new(nu, lambda).unwrap();
        let steps = 60_000;
        let width = 0.5 * std::f64::consts::PI / f64::from(steps);
        let mut sums = (0.0, 0.0);
        for i in 0..steps {
            let x = (f64::from(i) + 0.5) * width;
            let z = x.tan();
            let stretch = width / (x.cos() * x.cos());
            sums.0 += z * (law.ln_pdf(z).exp() + law.ln_pdf(-z).exp()) * stretch;
            sums.1 += z * z * law.ln_pdf(-z).exp() * stretch;
        }
        sums
    }

    #[test]
    fn closed_forms_agree_with_plain_integration() {
        for (nu, lambda) in [(6.0, 0.0), (6.0, 0.4), (7.0, -0.08), (12.0, -0.7)] {
            let p = GarchParameters { nu, lambda, ..GarchParameters::ZERO };
            let (mean, losses) = oracle(nu, lambda);
            assert!((absolute_mean(Errors::SkewedT, &p).unwrap() - mean).abs() < 1e-6, "{nu} {lambda}");
            assert!((loss_share(Errors::SkewedT, &p).unwrap() - losses).abs() < 1e-5, "{nu} {lambda}");
        }
    }

    #[test]
    fn a_t_of_many_degrees_of_freedom_is_nearly_normal() {
        let p = GarchParameters { nu: 1e5, ..GarchParameters::ZERO };
        let normal = absolute_mean(Errors::Normal, &p).unwrap();
        assert!((absolute_mean(Errors::StudentT, &p).unwrap() - normal).abs() < 1e-5);
    }
}
