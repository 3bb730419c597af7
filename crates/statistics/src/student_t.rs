//! Student's t distribution: the fat-tailed companion of the normal.

use std::f64::consts::PI;

use crate::incomplete_beta::{half_beta, ln_gamma_half_step};
use crate::{StatisticsError, sample};

/// Student's t distribution with real degrees of freedom above zero, located at zero.
///
/// In its usual form ([`new`](Self::new)) its variance is `nu / (nu - 2)`; [`standardised`](Self::standardised)
/// scales it to variance one, the form that return models use.
///
/// ```
/// use autotrading_statistics::StudentT;
///
/// let t4 = StudentT::new(4.0)?;
/// assert!((t4.quantile(0.01)? + 3.746947387979197).abs() < 1e-13);
/// let unit = StudentT::standardised(4.0)?;
/// assert!((unit.quantile(0.01)? * 2.0_f64.sqrt() + 3.746947387979197).abs() < 1e-13);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StudentT {
    freedom: f64,
    scale: f64,
    ln_peak: f64,
}

impl StudentT {
    /// The usual form, of scale one. Errors: degrees of freedom not finite and above zero.
    pub fn new(degrees_of_freedom: f64) -> Result<Self, StatisticsError> {
        let freedom = sample::check_positive("degrees of freedom", degrees_of_freedom)?;
        let ln_peak = ln_gamma_half_step(0.5 * freedom) - 0.5 * (PI * freedom).ln();
        sample::finite_result("density at zero", ln_peak)?;
        Ok(Self { freedom, scale: 1.0, ln_peak })
    }

    /// Scaled to variance one. Errors: degrees of freedom not above two, where the variance is infinite.
    pub fn standardised(degrees_of_freedom: f64) -> Result<Self, StatisticsError> {
        let usual = Self::new(degrees_of_freedom)?;
        Ok(Self { scale: 1.0 / usual.standard_deviation()?, ..usual })
    }

    /// The degrees of freedom `nu`.
    pub fn degrees_of_freedom(&self) -> f64 {
        self.freedom
    }

    /// `scale sqrt(nu / (nu - 2))`. Errors: `nu` not above two.
    pub fn standard_deviation(&self) -> Result<f64, StatisticsError> {
        if self.freedom > 2.0 {
            sample::finite_result(
                "standard deviation",
                self.scale * (self.freedom / (self.freedom - 2.0)).sqrt(),
            )
        } else {
            Err(sample::out_of_range("degrees of freedom", self.freedom, "(2, inf)"))
        }
    }

    /// Natural logarithm of the density at a finite `x`. Errors: `x` not finite.
    pub fn ln_pdf(&self, x: f64) -> Result<f64, StatisticsError> {
        let z = sample::check_finite("x", x)? / self.scale;
        let growth = if z.abs() < 1e150 {
            (z * z / self.freedom).ln_1p()
        } else {
            2.0 * z.abs().ln() - self.freedom.ln()
        };
        sample::finite_result(
            "log density",
            self.ln_peak - self.scale.ln() - 0.5 * (self.freedom + 1.0) * growth,
        )
    }

    /// Density at a finite `x`. Errors: `x` not finite.
    pub fn pdf(&self, x: f64) -> Result<f64, StatisticsError> {
        Ok(self.ln_pdf(x)?.exp())
    }

    /// Probability of a value at or below `x`, accurate in the lower tail. Errors: `x` not finite.
    pub fn cdf(&self, x: f64) -> Result<f64, StatisticsError> {
        let z = sample::check_finite("x", x)? / self.scale;
        let tail = self.tail(z.abs());
        Ok(if z <= 0.0 { tail } else { 1.0 - tail })
    }

    /// Probability of a value above `x`, accurate in the upper tail. Errors: `x` not finite.
    pub fn survival(&self, x: f64) -> Result<f64, StatisticsError> {
        self.cdf(-x)
    }

    /// The value that is exceeded with probability `1 - p`: inverse of [`cdf`](Self::cdf).
    ///
    /// # Errors
    /// `p` outside (0, 1); a tail so far out that the value overflows.
    pub fn quantile(&self, p: f64) -> Result<f64, StatisticsError> {
        sample::check_probability("p", p)?;
        let (tail, sign) = if p <= 0.5 { (p, -1.0) } else { (1.0 - p, 1.0) };
        if tail == 0.5 {
            return Ok(0.0);
        }
        sample::finite_result("quantile", sign * self.scale * self.upper_quantile(tail)?)
    }

    /// Mean of the values in the lower tail of probability `p`:
    /// `-scale f(t) (nu + t^2) / ((nu - 1) p)`, `f` and `t` density and quantile of the usual form.
    ///
    /// # Errors
    /// `p` outside (0, 1); one degree of freedom or fewer, where the mean is infinite.
    pub fn lower_tail_mean(&self, p: f64) -> Result<f64, StatisticsError> {
        if self.freedom <= 1.0 {
            return Err(sample::out_of_range("degrees of freedom", self.freedom, "(1, inf)"));
        }
        let usual = Self { scale: 1.0, ..*self };
        let t = usual.quantile(p)?;
        let mass = usual.pdf(t)? * (self.freedom + t * t) / (self.freedom - 1.0);
        sample::finite_result("tail mean", -self.scale * mass / p)
    }

    /// Upper tail probability of the usual form at `z >= 0`: half of `I(nu / 2, 1/2)` at `nu / (nu + z^2)`.
    fn tail(&self, z: f64) -> f64 {
        let square = (z / self.freedom.sqrt()).powi(2);
        if square > 1e300 {
            // z^2 + nu is z^2 here: the leading power of the tail.
            return ((self.ln_peak + 0.5 * (self.freedom + 1.0) * self.freedom.ln())
                - self.freedom * z.ln()
                - self.freedom.ln())
            .exp();
        }
        let share = 1.0 / (1.0 + square);
        0.5 * half_beta(0.5 * self.freedom, share, square * share)
    }

    /// Solves `tail(z) = p` for p < 1/2 by Newton steps on `ln tail` over `ln z`, kept inside a bracket.
    /// In these coordinates the tail is nearly a straight line of slope `-nu`.
    fn upper_quantile(&self, p: f64) -> Result<f64, StatisticsError> {
        let target = p.ln();
        let (mut low, mut high) = (-745.0_f64, 709.0_f64);
        let mut u = self.first_guess(p);
        for _ in 0..200 {
            let z = u.exp();
            let tail = self.tail(z);
            let gap = tail.ln() - target;
            if gap > 0.0 {
                low = u
            } else {
                high = u
            }
            let slope = -(Self { scale: 1.0, ..*self }.pdf(z)?) * z / tail;
            let newton = u - gap / slope;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - u).abs() <= 2.0 * f64::EPSILON * u.abs().max(1.0) {
                return Ok(next.exp());
            }
            u = next;
        }
        Ok(u.exp())
    }

    /// Logarithm of a first guess: a straight line near the middle, the leading power far out.
    fn first_guess(&self, p: f64) -> f64 {
        let middle = (0.5 - p).ln() - self.ln_peak;
        let power = (self.ln_peak + 0.5 * (self.freedom - 1.0) * self.freedom.ln() - p.ln()) / self.freedom;
        if p > 0.25 { middle } else { power.clamp(-700.0, 700.0) }
    }
}

/// Kurtosis-matched degrees of freedom: `nu = 4 + 6 / k`, for an excess kurtosis `k` above zero.
///
/// ```
/// assert_eq!(autotrading_statistics::student_t::degrees_of_freedom_from_kurtosis(6.0)?, 5.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An excess kurtosis not finite and above zero (a normal distribution needs infinitely many), or an overflow.
pub fn degrees_of_freedom_from_kurtosis(excess_kurtosis: f64) -> Result<f64, StatisticsError> {
    let k = sample::check_positive("excess kurtosis", excess_kurtosis)?;
    sample::finite_result("degrees of freedom", 4.0 + 6.0 / k)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Degrees of freedom, x, probability at or below x, computed with forty digits.
    const PROBABILITIES: [(f64, f64, f64); 47] = [
        (1.0, -1000.0, 0.0003183097800805589),
        (1.0, -50.0, 0.006365349100972796),
        (1.0, -8.0, 0.03958342416056554),
        (1.0, -3.0, 0.10241638234956672),
        (1.0, -1.0, 0.25),
        (1.0, -0.1, 0.4682744825694464),
        (1.0, 0.5, 0.6475836176504333),
        (1.0, 2.0, 0.8524163823495667),
        (2.5, -1000.0, 2.2747463948307453e-08),
        (2.5, -50.0, 4.0652475424793605e-05),
        (2.5, -8.0, 0.0038283220655217234),
        (2.5, -3.0, 0.03628804777451592),
        (2.5, -1.0, 0.20203051363913674),
        (2.5, -0.1, 0.46390327203124476),
        (2.5, 0.5, 0.6711510400651427),
        (2.5, 2.0, 0.921304252121017),
        (4.0, -1000.0, 2.9999800001049993e-12),
        (4.0, -50.0, 4.78722682848485e-07),
        (4.0, -8.0, 0.0006619484546085839),
        (4.0, -3.0, 0.019970984035859413),
        (4.0, -1.0, 0.18695048315002943),
        (4.0, -0.1, 0.4625779204697266),
        (4.0, 0.5, 0.6783350184090684),
        (4.0, 2.0, 0.9419417382415922),
        (10.0, -1000.0, 1.2304123550866355e-26),
        (10.0, -50.0, 1.23715516465134e-13),
        (10.0, -8.0, 5.88747139483308e-06),
        (10.0, -3.0, 0.006671827511284789),
        (10.0, -1.0, 0.17044656615102993),
        (10.0, -0.1, 0.46116035928220417),
        (10.0, 0.5, 0.6860531971285135),
        (10.0, 2.0, 0.9633059826146299),
        (30.0, -1000.0, 1.0360017415558665e-69),
        (30.0, -50.0, 9.357708829611357e-31),
        (30.0, -8.0, 3.1329112378503795e-09),
        (30.0, -3.0, 0.002694982032825973),
        (30.0, -1.0, 0.16265430771301495),
        (30.0, -0.1, 0.4605048058951356),
        (30.0, 0.5, 0.6896384975574363),
        (30.0, 2.0, 0.9726874775185085),
        (200.0, -50.0, 2.7102877398912426e-115),
        (200.0, -8.0, 4.9396004546653196e-14),
        (200.0, -3.0, 0.0015215235569529513),
        (200.0, -1.0, 0.15925942395487333),
        (200.0, -0.1, 0.4602222462521605),
        (200.0, 0.5, 0.6911876238417697),
        (200.0, 2.0, 0.9765734069064645),
    ];

    /// Degrees of freedom, p, quantile, computed with forty digits.
    const QUANTILES: [(f64, f64, f64); 16] = [
        (1.0, 1e-12, -318309886183.79065),
        (1.0, 1e-06, -318309.8861827435),
        (1.0, 0.0001, -3183.098757118151),
        (1.0, 0.001, -318.30883898555044),
        (1.0, 0.01, -31.820515953773956),
        (1.0, 0.05, -6.313751514675043),
        (1.0, 0.25, -1.0),
        (1.0, 0.49, -0.03142626604335118),
        (2.5, 1e-12, -55306.17407651582),
        (2.5, 1e-06, -220.17342917823686),
        (2.5, 0.0001, -34.86796932111477),
        (2.5, 0.001, -13.822193110865964),
        (2.5, 0.01, -5.353111173030874),
        (2.5, 0.05, -2.5582186141359364),
        (2.5, 0.25, -0.7850136829923011),
        (2.5, 0.49, -0.027643841331840103),
    ];

    #[test]
    fn the_probabilities_agree_with_forty_digit_arithmetic() {
        for (nu, x, p) in PROBABILITIES {
            let got = StudentT::new(nu).unwrap().cdf(x).unwrap();
            assert!((got / p - 1.0).abs() < 1e-12, "nu {nu}, x {x}: {got:e} {p:e}");
        }
    }

    #[test]
    fn the_quantiles_agree_with_forty_digit_arithmetic() {
        for (nu, p, x) in QUANTILES {
            let got = StudentT::new(nu).unwrap().quantile(p).unwrap();
            assert!((got / x - 1.0).abs() < 1e-12, "nu {nu}, p {p}: {got:e} {x:e}");
        }
    }

    #[test]
    fn many_degrees_of_freedom_are_the_normal_distribution() {
        let t = StudentT::new(1e9).unwrap();
        assert!((t.pdf(1.0).unwrap() / crate::normal::pdf(1.0).unwrap() - 1.0).abs() < 1e-8);
        assert!((t.quantile(0.01).unwrap() / crate::normal::quantile(0.01).unwrap() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn bad_input_is_named() {
        for nu in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(StudentT::new(nu).is_err(), "{nu}");
        }
        assert!(matches!(StudentT::standardised(2.0), Err(StatisticsError::OutOfRange { got: 2.0, .. })));
        let t = StudentT::new(1.0).unwrap();
        assert!(t.pdf(f64::NAN).is_err() && t.cdf(f64::INFINITY).is_err());
        assert!(t.quantile(0.0).is_err() && t.quantile(1.0).is_err());
        assert!(t.lower_tail_mean(0.05).is_err());
        assert!(degrees_of_freedom_from_kurtosis(0.0).is_err());
    }

    #[test]
    fn the_standardised_form_has_variance_one() {
        // Trapezoids over a wide range; the tail beyond it holds less than 1e-9 of the variance.
        let t = StudentT::standardised(6.0).unwrap();
        let h = 0.01;
        let variance: f64 =
            (-60_000..=60_000).map(|k| f64::from(k) * h).map(|x| x * x * t.pdf(x).unwrap() * h).sum();
        assert!((variance - 1.0).abs() < 1e-6, "{variance}");
    }

    proptest! {
        #[test]
        fn quantile_and_cdf_undo_each_other(nu in 0.5_f64..300.0, p in 1e-9_f64..0.999) {
            let t = StudentT::new(nu).unwrap();
            prop_assert!((t.cdf(t.quantile(p).unwrap()).unwrap() / p - 1.0).abs() < 1e-10);
        }

        #[test]
        fn the_tail_mean_agrees_with_its_integral(nu in 2.5_f64..40.0, p in 0.005_f64..0.5) {
            // Mean of quantiles at midpoints, in a variable that makes the tail smooth: p = p0 s^4.
            let t = StudentT::standardised(nu).unwrap();
            let n = 400;
            let mean: f64 = (0..n)
                .map(|k| (f64::from(k) + 0.5) / f64::from(n))
                .map(|s| t.quantile(p * s.powi(4)).unwrap() * 4.0 * s.powi(3) / f64::from(n))
                .sum();
            prop_assert!((t.lower_tail_mean(p).unwrap() / mean - 1.0).abs() < 1e-4);
        }
    }
}
