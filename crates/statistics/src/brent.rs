//! Functions of one variable: where they are lowest, and where they cross zero.

use crate::{StatisticsError, sample};

/// Where a function of one variable is lowest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lowest {
    /// The place.
    pub at: f64,
    /// The function there.
    pub value: f64,
    /// Function evaluations spent.
    pub evaluations: usize,
}

/// The least step that still changes a value of a smooth function near its minimum: `sqrt(epsilon)`.
const FINEST: f64 = 1.5e-8;
/// The share by which the golden section cuts: `(3 - sqrt 5) / 2`.
const GOLDEN: f64 = 0.381_966_011_250_105_1;

/// Minimum of a function between `lower` and `upper` by Brent's method: parabolas, with golden sections as a net.
///
/// The place is found to `tolerance` (relative, plus as much absolute), not finer than 1.5e-8, which rounding forbids.
/// With several minima it finds one of them. Source: Brent (1973), Algorithms for Minimization without Derivatives, 5.
///
/// ```
/// let lowest = autotrading_statistics::brent::minimise(|x| (x - 2.0).powi(2) + 1.0, 0.0, 5.0, 1e-8)?;
/// assert!((lowest.at - 2.0).abs() < 1e-7);
/// assert_eq!(lowest.value, 1.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An interval that is not finite and increasing; a tolerance not above zero; a function value that is not finite;
/// no convergence in 500 evaluations.
pub fn minimise(
    mut f: impl FnMut(f64) -> f64,
    lower: f64,
    upper: f64,
    tolerance: f64,
) -> Result<Lowest, StatisticsError> {
    check_interval(lower, upper)?;
    let tolerance = sample::check_positive("tolerance", tolerance)?.max(FINEST);
    let mut evaluate = |x: f64| sample::check_finite("function value", f(x));
    let (mut a, mut b) = (lower, upper);
    let mut x = a + GOLDEN * (b - a);
    let mut fx = evaluate(x)?;
    let (mut w, mut fw, mut v, mut fv) = (x, fx, x, fx);
    let (mut step, mut before_last) = (0.0_f64, 0.0_f64);
    for evaluations in 1..500 {
        let middle = 0.5 * (a + b);
        let finest = tolerance * x.abs() + tolerance;
        if (x - middle).abs() <= 2.0 * finest - 0.5 * (b - a) {
            return Ok(Lowest { at: x, value: fx, evaluations });
        }
        let parabola = vertex([x, w, v], [fx, fw, fv])
            .filter(|p| before_last.abs() > finest && p.abs() < 0.5 * before_last.abs())
            .filter(|p| x + p > a && x + p < b)
            // So near an end that the interval is as good as closed: the least step, inward.
            .map(|p| {
                let crowded = x + p - a < 2.0 * finest || b - (x + p) < 2.0 * finest;
                if crowded { finest.copysign(middle - x) } else { p }
            });
        before_last = step;
        step = parabola.unwrap_or_else(|| {
            before_last = if x < middle { b - x } else { a - x };
            GOLDEN * before_last
        });
        let u = if step.abs() >= finest { x + step } else { x + finest.copysign(step) };
        let fu = evaluate(u)?;
        if fu <= fx {
            if u < x {
                b = x
            } else {
                a = x
            }
            (v, fv, w, fw, x, fx) = (w, fw, x, fx, u, fu);
        } else {
            if u < x {
                a = u
            } else {
                b = u
            }
            if fu <= fw || w == x {
                (v, fv, w, fw) = (w, fw, u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    Err(StatisticsError::NoConvergence { what: "Brent minimiser", iterations: 500, residual: b - a })
}

/// Step from the first of three points to the vertex of the parabola through them, if there is one.
fn vertex([x, w, v]: [f64; 3], [fx, fw, fv]: [f64; 3]) -> Option<f64> {
    let r = (x - w) * (fx - fv);
    let q = (x - v) * (fx - fw);
    let denominator = 2.0 * (q - r);
    let step = -((x - v) * q - (x - w) * r) / denominator;
    (denominator != 0.0 && step.is_finite()).then_some(step)
}

/// Minimum between `lower` and `upper` by golden sections alone: slower than [`minimise`], and indifferent to
/// smoothness. Works on any function with one valley.
///
/// ```
/// let lowest = autotrading_statistics::brent::golden_section(|x| (x - 2.0_f64).abs(), 0.0, 5.0, 1e-8)?;
/// assert!((lowest.at - 2.0).abs() < 1e-7);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// As [`minimise`].
pub fn golden_section(
    mut f: impl FnMut(f64) -> f64,
    lower: f64,
    upper: f64,
    tolerance: f64,
) -> Result<Lowest, StatisticsError> {
    check_interval(lower, upper)?;
    let tolerance = sample::check_positive("tolerance", tolerance)?.max(FINEST);
    let mut evaluate = |x: f64| sample::check_finite("function value", f(x));
    let (mut a, mut b) = (lower, upper);
    let (mut left, mut right) = (a + GOLDEN * (b - a), b - GOLDEN * (b - a));
    let (mut at_left, mut at_right) = (evaluate(left)?, evaluate(right)?);
    for evaluations in 2..500 {
        let (at, value) = if at_left <= at_right { (left, at_left) } else { (right, at_right) };
        if b - a <= 2.0 * tolerance * (1.0 + at.abs()) {
            return Ok(Lowest { at, value, evaluations });
        }
        if at_left <= at_right {
            (b, right, at_right) = (right, left, at_left);
            left = a + GOLDEN * (b - a);
            at_left = evaluate(left)?;
        } else {
            (a, left, at_left) = (left, right, at_right);
            right = b - GOLDEN * (b - a);
            at_right = evaluate(right)?;
        }
    }
    Err(StatisticsError::NoConvergence { what: "golden section", iterations: 500, residual: b - a })
}

/// Where a function crosses zero between `lower` and `upper`, by Brent's method: inverse quadratic interpolation,
/// secants, and bisection as a net.
///
/// The place is found to `tolerance` (absolute) or to the last digit, whichever is coarser.
/// Source: Brent (1973), Algorithms for Minimization without Derivatives, 4.
///
/// ```
/// let root = autotrading_statistics::brent::root(|x| x * x - 2.0, 0.0, 2.0, 1e-15)?;
/// assert!((root - 2.0_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An interval that is not finite and increasing; a tolerance below zero; a function value that is not finite;
/// ends of equal sign; no convergence in 500 evaluations.
pub fn root(
    mut f: impl FnMut(f64) -> f64,
    lower: f64,
    upper: f64,
    tolerance: f64,
) -> Result<f64, StatisticsError> {
    check_interval(lower, upper)?;
    sample::check_not_negative("tolerance", tolerance)?;
    let mut evaluate = |x: f64| sample::check_finite("function value", f(x));
    let (mut a, mut b) = (lower, upper);
    let (mut fa, mut fb) = (evaluate(a)?, evaluate(b)?);
    if fa != 0.0 && fb != 0.0 && (fa > 0.0) == (fb > 0.0) {
        return Err(StatisticsError::NoSignChange { lower, upper, at_lower: fa, at_upper: fb });
    }
    // `b` is the best point, `a` the one before, and the root lies between `b` and `c`.
    let (mut c, mut fc) = (a, fa);
    let (mut step, mut before_last) = (b - a, b - a);
    for _ in 0..500 {
        if fc.abs() < fb.abs() {
            (a, fa, b, fb, c, fc) = (b, fb, c, fc, b, fb);
        }
        let finest = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance;
        let half = 0.5 * (c - b);
        if fb == 0.0 || half.abs() <= finest {
            return Ok(b);
        }
        let guess = (before_last.abs() >= finest && fa.abs() > fb.abs())
            .then(|| interpolated([a, b, c], [fa, fb, fc]))
            .filter(|s| s.is_finite() && s * half.signum() > 0.0)
            .filter(|s| s.abs() < 0.5 * before_last.abs() && s.abs() < 1.5 * half.abs() - 0.5 * finest);
        (step, before_last) = guess.map_or((half, half), |s| (s, step));
        (a, fa) = (b, fb);
        b += if step.abs() > finest { step } else { finest.copysign(half) };
        fb = evaluate(b)?;
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            (step, before_last) = (b - a, b - a);
        }
    }
    Err(StatisticsError::NoConvergence { what: "Brent root finder", iterations: 500, residual: fb })
}

/// Step from the middle of three points to the zero of the line, or inverse parabola, through them.
fn interpolated([a, b, c]: [f64; 3], [fa, fb, fc]: [f64; 3]) -> f64 {
    let s = fb / fa;
    if a == c {
        return (c - b) * s / (s - 1.0);
    }
    let (q, r) = (fa / fc, fb / fc);
    s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0)) / -((q - 1.0) * (r - 1.0) * (s - 1.0))
}

fn check_interval(lower: f64, upper: f64) -> Result<(), StatisticsError> {
    sample::check("interval", &[lower, upper], 2)?;
    sample::finite_result("interval", upper - lower)?;
    if lower < upper {
        Ok(())
    } else {
        Err(StatisticsError::OutOfRange {
            what: "interval",
            index: 1,
            got: upper,
            required: "values above the lower end",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parabolas_beat_golden_sections() {
        let f = |x: f64| x.exp() - 3.0 * x; // lowest at ln 3
        let fast = minimise(f, -2.0, 6.0, 1e-8).unwrap();
        let slow = golden_section(f, -2.0, 6.0, 1e-8).unwrap();
        assert!((fast.at - 3.0_f64.ln()).abs() < 1e-7 && (slow.at - 3.0_f64.ln()).abs() < 1e-7);
        assert!(2 * fast.evaluations < slow.evaluations, "{fast:?} {slow:?}");
    }

    #[test]
    fn a_minimum_at_the_end_of_the_interval_is_reached() {
        assert!((minimise(|x| x, 1.0, 4.0, 1e-8).unwrap().at - 1.0).abs() < 1e-6);
        assert!((golden_section(|x| -x, 1.0, 4.0, 1e-8).unwrap().at - 4.0).abs() < 1e-6);
    }

    #[test]
    fn a_root_is_found_quickly_even_where_the_function_is_flat() {
        let mut calls = 0;
        let flat = root(
            |x| {
                calls += 1;
                x.powi(9)
            },
            -1.0,
            1.3,
            1e-12,
        )
        .unwrap();
        assert!(flat.abs() < 1e-9 && calls < 150, "{flat:e} {calls}");
        let mut calls = 0;
        let smooth = root(
            |x| {
                calls += 1;
                x.cos() - x
            },
            0.0,
            1.0,
            1e-15,
        )
        .unwrap();
        assert!((smooth - 0.739_085_133_215_160_6).abs() < 1e-15 && calls < 12, "{calls}");
        assert_eq!(root(|x| x, 0.0, 1.0, 0.0), Ok(0.0));
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(root(|x| x * x + 1.0, -1.0, 1.0, 0.0), Err(StatisticsError::NoSignChange { .. })));
        assert!(matches!(root(|x| x, 1.0, -1.0, 0.0), Err(StatisticsError::OutOfRange { .. })));
        assert!(matches!(minimise(|_| f64::NAN, 0.0, 1.0, 1e-8), Err(StatisticsError::NotFinite { .. })));
        assert!(golden_section(|x| x, 0.0, f64::INFINITY, 1e-8).is_err());
        assert!(minimise(|x| x, 0.0, 1.0, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn the_root_of_a_cubic_is_found_wherever_it_is(r in -9.0_f64..9.0, k in 0.01_f64..5.0) {
            let found = root(|x| (x - r) * ((x - r).powi(2) + k), -10.0, 10.0, 1e-13).unwrap();
            prop_assert!((found - r).abs() < 1e-12);
        }

        #[test]
        fn the_minimum_of_a_quartic_is_found_wherever_it_is(m in -9.0_f64..9.0, k in 0.1_f64..5.0) {
            let lowest = minimise(|x| (x - m).powi(4) + k * (x - m).powi(2), -10.0, 10.0, 1e-8).unwrap();
            prop_assert!((lowest.at - m).abs() < 1e-6);
        }
    }
}
