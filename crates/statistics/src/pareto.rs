//! The generalised Pareto distribution: what losses beyond a high threshold look like, whatever the rest does.

use crate::sum::sum_of;
use crate::{StatisticsError, brent, sample};

/// Generalised Pareto distribution of an excess `y >= 0`: `P(Y > y) = (1 + xi y / beta)^(-1/xi)`.
///
/// The shape `xi` says how heavy the tail is (0: exponential; above 1: infinite mean), the scale `beta` is in units of
/// the excess. Source: Pickands (1975), Annals of Statistics 3, 119-131.
///
/// ```
/// use autotrading_statistics::GeneralisedPareto;
/// let tail = GeneralisedPareto::new(0.5, 2.0)?;
/// assert_eq!(tail.survival(4.0)?, 0.25); // (1 + 0.5 * 4 / 2)^-2
/// assert_eq!(tail.excess_at(0.25)?, 4.0);
/// assert_eq!(tail.mean()?, 4.0); // 2 / (1 - 0.5)
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneralisedPareto {
    shape: f64,
    scale: f64,
}

/// A generalised Pareto distribution fitted by maximum likelihood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoFit {
    /// The distribution.
    pub distribution: GeneralisedPareto,
    /// Its log likelihood.
    pub ln_likelihood: f64,
    /// Standard error of the shape, `(1 + xi) / sqrt(n)`.
    pub shape_error: f64,
    /// Standard error of the scale, `beta sqrt(2 (1 + xi) / n)`.
    pub scale_error: f64,
}

/// Shapes nearer to zero than this are treated as zero: the exponential distribution.
const EXPONENTIAL: f64 = 1e-9;

impl GeneralisedPareto {
    /// From shape (finite) and scale (above zero).
    pub fn new(shape: f64, scale: f64) -> Result<Self, StatisticsError> {
        sample::check_finite("shape", shape)?;
        sample::check_positive("scale", scale)?;
        Ok(Self { shape, scale })
    }

    /// Fits excesses (each above zero) by maximum likelihood, for shapes above -1/2, where its errors are normal.
    ///
    /// Grimshaw's reduction to one parameter `theta = xi / beta`: for given `theta` the best shape is
    /// `xi = mean ln(1 + theta y)`. A grid finds the highest of possibly several peaks, the zero of the slope then
    /// gives full precision. Source: Grimshaw (1993), Technometrics 35, 185-191.
    ///
    /// # Errors
    /// Fewer than ten excesses; one that is not finite and above zero; all equal; a likelihood without an inner peak
    /// (a tail that ends abruptly: shape at or below -1/2).
    pub fn fit(excesses: &[f64]) -> Result<ParetoFit, StatisticsError> {
        sample::check("excesses", excesses, 10)?;
        if let Some((index, &got)) = excesses.iter().enumerate().find(|(_, y)| **y <= 0.0) {
            return Err(StatisticsError::OutOfRange { what: "excesses", index, got, required: "(0, inf)" });
        }
        let n = excesses.len() as f64;
        let mean = sample::finite_result("mean excess", sum_of(excesses.iter().copied()) / n)?;
        // Excesses in units of their mean, so that nothing below depends on the unit.
        let unit: Vec<f64> = excesses.iter().map(|y| y / mean).collect();
        let profile = Profile { unit: &unit };
        let theta = profile.peak()?;
        let shape = profile.shape(theta);
        let scale = if shape.abs() < EXPONENTIAL { 1.0 } else { shape / theta };
        if shape <= -0.5 {
            return Err(sample::out_of_range("shape", shape, "(-1/2, inf)"));
        }
        let distribution = Self::new(shape, sample::check_positive("scale", scale * mean)?)?;
        Ok(ParetoFit {
            distribution,
            ln_likelihood: sample::finite_result(
                "log likelihood",
                profile.ln_likelihood(theta) - n * mean.ln(),
            )?,
            shape_error: (1.0 + shape) / n.sqrt(),
            scale_error: distribution.scale * (2.0 * (1.0 + shape) / n).sqrt(),
        })
    }

    /// The shape `xi`.
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// The scale `beta`, in units of the excess.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Probability of an excess above `y`; one at or below zero. Errors: `y` not finite.
    pub fn survival(&self, y: f64) -> Result<f64, StatisticsError> {
        let z = sample::check_finite("excess", y)?.max(0.0) / self.scale;
        if self.shape.abs() < EXPONENTIAL {
            return Ok((-z).exp());
        }
        let base = 1.0 + self.shape * z;
        Ok(if base <= 0.0 { 0.0 } else { base.powf(-1.0 / self.shape) })
    }

    /// The excess that is exceeded with a given probability: `beta / xi (p^-xi - 1)`, `beta ln(1/p)` for shape zero.
    ///
    /// # Errors
    /// A probability outside (0, 1]; overflow.
    pub fn excess_at(&self, probability: f64) -> Result<f64, StatisticsError> {
        sample::check_positive("probability", probability)?;
        if probability > 1.0 {
            return Err(sample::out_of_range("probability", probability, "(0, 1]"));
        }
        let rarity = -probability.ln();
        let excess = if self.shape.abs() < EXPONENTIAL {
            self.scale * rarity
        } else {
            self.scale / self.shape * (self.shape * rarity).exp_m1()
        };
        sample::finite_result("excess", excess)
    }

    /// Mean excess `beta / (1 - xi)`. Errors: a shape of one or more, whose mean is infinite.
    pub fn mean(&self) -> Result<f64, StatisticsError> {
        if self.shape >= 1.0 {
            return Err(sample::out_of_range("shape", self.shape, "(-inf, 1)"));
        }
        sample::finite_result("mean excess", self.scale / (1.0 - self.shape))
    }
}

/// The likelihood as a function of `theta` alone, for excesses of mean one.
struct Profile<'a> {
    unit: &'a [f64],
}

impl Profile<'_> {
    fn count(&self) -> f64 {
        self.unit.len() as f64
    }

    /// The shape that is best for a given `theta`.
    fn shape(&self, theta: f64) -> f64 {
        sum_of(self.unit.iter().map(|y| (theta * y).ln_1p())) / self.count()
    }

    fn ln_likelihood(&self, theta: f64) -> f64 {
        let shape = self.shape(theta);
        let scale = if shape.abs() < EXPONENTIAL { 1.0 } else { shape / theta };
        -self.count() * (scale.ln() + shape + 1.0)
    }

    /// Slope of the log likelihood over `theta`, `(xi - theta (1 + xi) mean(y / (1 + theta y))) / (theta xi)` for each
    /// observation, with `theta^2` in place of `theta xi`: the same sign, and no false root at zero.
    fn slope(&self, theta: f64) -> f64 {
        if theta.abs() < 1e-7 {
            // Its limit: (mean y^2 - 2) / 2 for a mean of one.
            return 0.5 * sum_of(self.unit.iter().map(|y| y * y)) / self.count() - 1.0;
        }
        let share = sum_of(self.unit.iter().map(|y| y / (1.0 + theta * y))) / self.count();
        let shape = self.shape(theta);
        (shape - share * theta * (1.0 + shape)) / (theta * theta)
    }

    /// The highest zero of the slope with the likelihood falling on both sides.
    fn peak(&self) -> Result<f64, StatisticsError> {
        let grid = self.grid();
        let (mut best, mut height) = (None, f64::NEG_INFINITY);
        for pair in grid.windows(2) {
            let &[low, high] = pair else { continue };
            if self.slope(low) > 0.0 && self.slope(high) <= 0.0 {
                let theta = brent::root(|t| self.slope(t), low, high, 0.0)?;
                let here = self.ln_likelihood(theta);
                if here > height {
                    (best, height) = (Some(theta), here);
                }
            }
        }
        best.ok_or(StatisticsError::NoConvergence {
            what: "generalised Pareto fit",
            iterations: grid.len(),
            residual: self.slope(0.0),
        })
    }

    /// From the end of the admissible range, `-1 / max y`, to beyond any sensible tail; finer towards the end and zero.
    fn grid(&self) -> Vec<f64> {
        let largest = self.unit.iter().copied().fold(0.0, f64::max);
        let below = (0..60).map(|k| -(1.0 - 1e-6 * 1.26_f64.powi(k)) / largest).take_while(|t| *t < 0.0);
        let near = (0..20).rev().map(|k| -0.2 / largest * 0.5_f64.powi(k));
        let above = (0..120).map(|k| 1e-5 * 1.26_f64.powi(k));
        let mut grid: Vec<f64> = below.chain(near).chain([0.0]).chain(above).collect();
        grid.sort_unstable_by(f64::total_cmp);
        grid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Excesses at evenly spaced probabilities: a sample without chance.
    fn ideal(shape: f64, scale: f64, n: u32) -> Vec<f64> {
        let tail = GeneralisedPareto::new(shape, scale).unwrap();
        (0..n).map(|k| tail.excess_at((f64::from(k) + 0.5) / f64::from(n)).unwrap()).collect()
    }

    #[test]
    fn the_fit_finds_the_tail_that_made_the_sample() {
        for shape in [-0.3, -0.1, 0.0, 0.1, 0.3, 0.6] {
            let fit = GeneralisedPareto::fit(&ideal(shape, 0.02, 5_000)).unwrap();
            assert!((fit.distribution.shape() - shape).abs() < 0.01, "{shape}: {fit:?}");
            assert!((fit.distribution.scale() / 0.02 - 1.0).abs() < 0.01, "{shape}: {fit:?}");
        }
    }

    #[test]
    fn the_fit_is_a_peak_of_the_likelihood() {
        let excesses = ideal(0.2, 1.5, 80);
        let fit = GeneralisedPareto::fit(&excesses).unwrap();
        let ln_likelihood = |shape: f64, scale: f64| -> f64 {
            excesses.iter().map(|y| -scale.ln() - (1.0 + 1.0 / shape) * (shape * y / scale).ln_1p()).sum()
        };
        let (shape, scale) = (fit.distribution.shape(), fit.distribution.scale());
        let top = ln_likelihood(shape, scale);
        assert!((top - fit.ln_likelihood).abs() < 1e-10);
        for (a, b) in [(1e-3, 0.0), (-1e-3, 0.0), (0.0, 1e-3), (0.0, -1e-3), (1e-3, -1e-3)] {
            assert!(ln_likelihood(shape + a, scale + b) < top);
        }
    }

    #[test]
    fn bad_samples_are_named() {
        assert!(matches!(
            GeneralisedPareto::fit(&[1.0; 9]),
            Err(StatisticsError::TooFew { required: 10, .. })
        ));
        let mut excesses = ideal(0.2, 1.0, 30);
        excesses[4] = 0.0;
        assert!(matches!(
            GeneralisedPareto::fit(&excesses),
            Err(StatisticsError::OutOfRange { index: 4, .. })
        ));
        assert!(GeneralisedPareto::fit(&[1.0; 30]).is_err());
        assert!(GeneralisedPareto::new(0.1, 0.0).is_err());
        assert!(GeneralisedPareto::new(1.0, 1.0).unwrap().mean().is_err());
    }

    proptest! {
        #[test]
        fn the_unit_of_the_excesses_does_not_matter(scale in 1e-6_f64..1e6, shape in -0.2_f64..0.6) {
            let fit = GeneralisedPareto::fit(&ideal(shape, scale, 200)).unwrap();
            let unit = GeneralisedPareto::fit(&ideal(shape, 1.0, 200)).unwrap();
            prop_assert!((fit.distribution.shape() - unit.distribution.shape()).abs() < 1e-9);
            prop_assert!((fit.distribution.scale() / scale / unit.distribution.scale() - 1.0).abs() < 1e-9);
        }

        #[test]
        fn survival_and_excess_undo_each_other(shape in -0.4_f64..0.9, p in 1e-6_f64..1.0) {
            let tail = GeneralisedPareto::new(shape, 0.7).unwrap();
            prop_assert!((tail.survival(tail.excess_at(p).unwrap()).unwrap() / p - 1.0).abs() < 1e-8);
        }
    }
}
