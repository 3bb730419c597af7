//! Densities of standardised errors, with their slopes in the error and in the shape.
//!
//! Each log density is `constant + linear(z) - tail * ln inside(z)`; the logarithms of many observations are then taken
//! at once. Shape parameters: degrees of freedom `nu` and skewness `lambda`.

use std::f64::consts::TAU;

use autotrading_statistics::StudentT;
use statrs::function::gamma::digamma;

use crate::RegimeError;

/// One error seen through a density: what remains of its log density but the constant, and the slopes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    /// The part of the log density that needs no logarithm.
    pub(super) linear: f64,
    /// The argument of the logarithm that is left.
    pub(super) inside: f64,
    /// Slope of the log density in the error.
    pub(super) slope: f64,
    /// Slopes in `nu` and `lambda`, without those of the constant and of the factor `tail`.
    pub(super) shape: [f64; 2],
}

/// The law of errors with mean zero and variance one.
pub(super) trait Density {
    /// The factor of the logarithm.
    fn tail(&self) -> f64;
    /// Slope of that factor in `nu`.
    fn tail_slope(&self) -> f64;
    /// The log density's constant.
    fn constant(&self) -> f64;
    /// Its slopes in `nu` and `lambda`.
    fn constant_slopes(&self) -> [f64; 2];
    /// The rest, at an error `z`.
    fn at(&self, z: f64) -> Kernel;

    /// The log density at `z`.
    fn ln_pdf(&self, z: f64) -> f64 {
        let kernel = self.at(z);
        self.constant() + kernel.linear - self.tail() * kernel.inside.ln()
    }
}

/// The standard normal law.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normal;

impl Density for Normal {
    fn tail(&self) -> f64 {
        0.0
    }

    fn tail_slope(&self) -> f64 {
        0.0
    }

    fn constant(&self) -> f64 {
        -0.5 * TAU.ln()
    }

    fn constant_slopes(&self) -> [f64; 2] {
        [0.0; 2]
    }

    #[inline(always)]
    fn at(&self, z: f64) -> Kernel {
        Kernel { linear: -0.5 * z * z, inside: 1.0, slope: -z, shape: [0.0; 2] }
    }
}

/// Student's t scaled to variance one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Student {
    nu: f64,
    ln_peak: f64,
    ln_peak_slope: f64,
    inverse_spread: f64,
}

impl Student {
    /// Errors: degrees of freedom not above 2.
    pub(super) fn new(nu: f64) -> Result<Self, RegimeError> {
        let ln_peak = StudentT::standardised(nu)?.ln_pdf(0.0)?;
        let ln_peak_slope = 0.5 * (digamma(0.5 * (nu + 1.0)) - digamma(0.5 * nu)) - 0.5 / (nu - 2.0);
        Ok(Self { nu, ln_peak, ln_peak_slope, inverse_spread: 1.0 / (nu - 2.0) })
    }
}

impl Density for Student {
    fn tail(&self) -> f64 {
        0.5 * (self.nu + 1.0)
    }

    fn tail_slope(&self) -> f64 {
        0.5
    }

    fn constant(&self) -> f64 {
        self.ln_peak
    }

    fn constant_slopes(&self) -> [f64; 2] {
        [self.ln_peak_slope, 0.0]
    }

    #[inline(always)]
    fn at(&self, z: f64) -> Kernel {
        let inside = 1.0 + z * z * self.inverse_spread;
        // The slope is -(nu + 1) z / (nu - 2 + z^2).
        let pull = (self.nu + 1.0) * self.inverse_spread / inside;
        Kernel {
            linear: 0.0,
            inside,
            slope: -pull * z,
            shape: [0.5 * pull * z * z * self.inverse_spread, 0.0],
        }
    }
}

/// Hansen's skewed t: two halves of Student's t of different width, moved and scaled to mean zero and variance one.
///
/// `f(z) = b c (1 + u^2 / (nu - 2))^(-(nu + 1) / 2)`, `u = (b z + a) / (1 + sign(b z + a) lambda)`,
/// `a = 4 lambda c (nu - 2) / (nu - 1)`, `b^2 = 1 + 3 lambda^2 - a^2`, `c` the peak of the standardised t.
/// Source: Hansen (1994), International Economic Review 35, 705-730.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skewed {
    student: Student,
    lambda: f64,
    pub(super) shift: f64,
    pub(super) scale: f64,
    shift_slopes: [f64; 2],
    scale_slopes: [f64; 2],
}

impl Skewed {
    /// Errors: degrees of freedom not above 2; skewness outside (-1, 1).
    pub(super) fn new(nu: f64, lambda: f64) -> Result<Self, RegimeError> {
        if !(lambda > -1.0 && lambda < 1.0) {
            let allowed = "above -1 and below 1";
            return Err(RegimeError::Parameter { name: "skewness", got: lambda, allowed });
        }
        let student = Student::new(nu)?;
        let c = student.ln_peak.exp();
        let share = (nu - 2.0) / (nu - 1.0);
        let shift = 4.0 * lambda * c * share;
        let scale = (1.0 + 3.0 * lambda * lambda - shift * shift).sqrt();
        let share_slope = 1.0 / ((nu - 1.0) * (nu - 1.0));
        let shift_slopes =
            [4.0 * lambda * c * (student.ln_peak_slope * share + share_slope), 4.0 * c * share];
        let scale_slopes =
            [-shift * shift_slopes[0] / scale, (3.0 * lambda - shift * shift_slopes[1]) / scale];
        Ok(Self { student, lambda, shift, scale, shift_slopes, scale_slopes })
    }
}

impl Density for Skewed {
    fn tail(&self) -> f64 {
        self.student.tail()
    }

    fn tail_slope(&self) -> f64 {
        0.5
    }

    fn constant(&self) -> f64 {
        self.student.ln_peak + self.scale.ln()
    }

    fn constant_slopes(&self) -> [f64; 2] {
        [self.student.ln_peak_slope + self.scale_slopes[0] / self.scale, self.scale_slopes[1] / self.scale]
    }

    #[inline(always)]
    fn at(&self, z: f64) -> Kernel {
        let moved = self.scale * z + self.shift;
        let side = if moved < 0.0 { -1.0 } else { 1.0 };
        let width = 1.0 / (1.0 + side * self.lambda);
        let u = moved * width;
        let inner = self.student.at(u);
        let in_nu = (self.scale_slopes[0] * z + self.shift_slopes[0]) * width;
        let in_lambda = (self.scale_slopes[1] * z + self.shift_slopes[1] - u * side) * width;
        Kernel {
            linear: 0.0,
            inside: inner.inside,
            slope: inner.slope * self.scale * width,
            shape: [inner.shape[0] + inner.slope * in_nu, inner.slope * in_lambda],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Moments of a density by the midpoint rule on `z = tan(x)`.
    fn moments(density: &impl Density) -> [f64; 3] {
        let steps = 40_000;
        let width = std::f64::consts::PI / f64::from(steps);
        (0..steps).fold([0.0; 3], |[total, mean, square], i| {
            let x = -0.5 * std::f64::consts::PI + (f64::from(i) + 0.5) * width;
            let z = x.tan();
            let mass = density.ln_pdf(z).exp() * width / (x.cos() * x.cos());
            [total + mass, mean + mass * z, square + mass * z * z]
        })
    }

    fn assert_standard(density: &impl Density) {
        let [total, mean, square] = moments(density);
        assert!((total - 1.0).abs() < 1e-7, "total {total}");
        assert!(mean.abs() < 1e-7, "mean {mean}");
        assert!((square - 1.0).abs() < 1e-4, "variance {square}");
    }

    #[test]
    fn every_law_has_mean_zero_and_variance_one() {
        assert_standard(&Normal);
        assert_standard(&Student::new(5.0).unwrap());
        assert_standard(&Student::new(80.0).unwrap());
        assert_standard(&Skewed::new(6.0, -0.3).unwrap());
        assert_standard(&Skewed::new(12.0, 0.7).unwrap());
    }

    #[test]
    fn without_skew_it_is_students_t() {
        let (skewed, student) = (Skewed::new(7.0, 0.0).unwrap(), Student::new(7.0).unwrap());
        for z in [-4.0, -0.3, 0.0, 1.0, 9.0] {
            assert!((skewed.ln_pdf(z) - student.ln_pdf(z)).abs() < 1e-14);
        }
    }

    #[test]
    fn a_shape_that_has_no_variance_is_refused() {
        assert!(Student::new(2.0).is_err());
        assert!(Skewed::new(5.0, 1.0).is_err());
        assert!(Skewed::new(5.0, f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn slopes_are_those_that_small_steps_show(z in -8.0_f64..8.0, nu in 2.3_f64..60.0, lambda in -0.8_f64..0.8) {
            let law = Skewed::new(nu, lambda).unwrap();
            prop_assume!((law.scale * z + law.shift).abs() > 1e-3);
            let h = 1e-5;
            let kernel = law.at(z);
            let constant = law.constant_slopes();
            let in_z = (law.ln_pdf(z + h) - law.ln_pdf(z - h)) / (2.0 * h);
            let at = |nu: f64, lambda: f64| Skewed::new(nu, lambda).unwrap().ln_pdf(z);
            let in_nu = (at(nu + h, lambda) - at(nu - h, lambda)) / (2.0 * h);
            let in_lambda = (at(nu, lambda + h) - at(nu, lambda - h)) / (2.0 * h);
            let own_nu = constant[0] + kernel.shape[0] - law.tail_slope() * kernel.inside.ln();
            prop_assert!((kernel.slope - in_z).abs() < 1e-6 * (1.0 + in_z.abs()));
            prop_assert!((own_nu - in_nu).abs() < 1e-5 * (1.0 + in_nu.abs()), "{own_nu} {in_nu}");
            prop_assert!((constant[1] + kernel.shape[1] - in_lambda).abs() < 1e-6 * (1.0 + in_lambda.abs()));
        }
    }
}
