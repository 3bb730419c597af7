//! The minimum of a smooth function of a few variables within a box: BFGS with analytic gradients.
//!
//! The curvature is learned from the gradients met on the way (Broyden, Fletcher, Goldfarb, Shanno), with Powell's
//! damping so that it stays positive definite. Variables held at a bound by their gradient are left out of the step.
//! Inside the box the step length satisfies the strong Wolfe conditions; where a full step would leave the box, it is
//! bent along the bounds. Sources: Nocedal and Wright (2006), Numerical Optimization, chapters 3, 6 and 16;
//! Bertsekas (1982), SIAM Journal on Control and Optimization 20, 221-246.

use ndarray::{Array1, Array2};

use crate::line_search::{self, Trial};
use crate::{Cholesky, StatisticsError, sample};

/// Why the minimiser stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// A stationary point of the box problem: the projected gradient is below the tolerance, or the curvature learned
    /// promises a decrease smaller than the last digit of the value (the test that badly scaled variables meet).
    Converged,
    /// No step lowers the function any more, though the gradient is not small: rounding, or a wrong gradient.
    Stalled,
    /// The iterations allowed are used up.
    MaxIterations,
    /// Every step tried from the last finite point gave a value or gradient that is not finite.
    NonFinite,
}

/// Where the minimiser arrived. All numbers are finite, whatever the status.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimum {
    /// The best point found, inside the box.
    pub point: Vec<f64>,
    /// The function there.
    pub value: f64,
    /// The gradient there.
    pub gradient: Vec<f64>,
    /// Largest absolute component of the projected gradient `x - clamp(x - g)`.
    pub gradient_norm: f64,
    /// Steps taken.
    pub iterations: usize,
    /// Function evaluations spent.
    pub evaluations: usize,
    /// Why it stopped.
    pub status: Status,
}

/// A box: lower and upper bound for each variable; infinite where there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl Bounds {
    /// One pair `(lower, upper)` for each variable, `lower <= upper`.
    ///
    /// # Errors
    /// No variable or more than 4096; a NaN; a lower bound above its upper one (named by index).
    pub fn new(pairs: &[(f64, f64)]) -> Result<Self, StatisticsError> {
        sample::check_variables("bounds", pairs.len())?;
        for (index, &(lower, upper)) in pairs.iter().enumerate() {
            if lower.is_nan() || upper.is_nan() {
                return Err(StatisticsError::NotFinite { what: "bounds", index, got: f64::NAN });
            }
            if lower > upper || lower == f64::INFINITY || upper == f64::NEG_INFINITY {
                let required = "lower bounds at or below the upper one";
                return Err(StatisticsError::OutOfRange { what: "bounds", index, got: lower, required });
            }
        }
        Ok(Self { lower: pairs.iter().map(|p| p.0).collect(), upper: pairs.iter().map(|p| p.1).collect() })
    }

    /// No bound on any of `variables`. Errors: no variable or more than 4096.
    pub fn none(variables: usize) -> Result<Self, StatisticsError> {
        sample::check_variables("bounds", variables)?;
        Self::new(&vec![(f64::NEG_INFINITY, f64::INFINITY); variables])
    }

    /// How many variables there are, at least one.
    pub fn variables(&self) -> usize {
        self.lower.len()
    }

    fn clamp(&self, index: usize, x: f64) -> f64 {
        x.max(self.lower[index]).min(self.upper[index])
    }
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// Converged when no component of the projected gradient exceeds this times `max(1, |f|)`. Default `1e-8`.
    pub gradient: f64,
    /// Steps allowed. Default 500.
    pub iterations: usize,
}

impl Default for Stop {
    fn default() -> Self {
        Self { gradient: 1e-8, iterations: 500 }
    }
}

/// Minimises a smooth function within a box.
///
/// `objective(x, gradient)` returns the value at `x` and writes the gradient there. Where it is not defined it may
/// return NaN or infinity: the step is shortened then. A start outside the box is moved to its nearest point.
/// Variables of like size (about one) converge fastest.
///
/// ```
/// use autotrading_statistics::minimise::{Bounds, Status, Stop, minimise};
///
/// // (x - 3)^2 + (y + 1)^2 with y >= 0
/// let bowl = |x: &[f64], g: &mut [f64]| {
///     (g[0], g[1]) = (2.0 * (x[0] - 3.0), 2.0 * (x[1] + 1.0));
///     (x[0] - 3.0).powi(2) + (x[1] + 1.0).powi(2)
/// };
/// let bounds = Bounds::new(&[(f64::NEG_INFINITY, f64::INFINITY), (0.0, 10.0)])?;
/// let minimum = minimise(bowl, &[0.0, 5.0], &bounds, Stop::default())?;
/// assert_eq!(minimum.status, Status::Converged);
/// assert!((minimum.point[0] - 3.0).abs() < 1e-8 && minimum.point[1] == 0.0);
/// assert!((minimum.value - 1.0).abs() < 1e-12);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// A start of another length than the bounds or not finite; a gradient tolerance not above zero; a function value or
/// gradient that is not finite at the start.
pub fn minimise(
    mut objective: impl FnMut(&[f64], &mut [f64]) -> f64,
    start: &[f64],
    bounds: &Bounds,
    stop: Stop,
) -> Result<Minimum, StatisticsError> {
    sample::check_equal_length("start", start.len(), bounds.variables())?;
    sample::check("start", start, 1)?;
    sample::check_positive("gradient tolerance", stop.gradient)?;
    let mut evaluations = 0;
    let mut evaluate = |point: Vec<f64>| {
        evaluations += 1;
        let mut gradient = vec![0.0; point.len()];
        let value = objective(&point, &mut gradient);
        Trial { point, value, gradient }
    };
    let mut here = evaluate(start.iter().enumerate().map(|(i, &x)| bounds.clamp(i, x)).collect());
    sample::check_finite("objective at the start", here.value)?;
    sample::check("gradient at the start", &here.gradient, 1)?;

    let mut curvature = Curvature::unknown(start.len());
    let mut status = Status::MaxIterations;
    let mut iterations = 0;
    while iterations < stop.iterations {
        let direction = curvature.direction(&here, &free_variables(&here, bounds));
        if is_stationary(&here, bounds, stop) || curvature.is_learned() && is_flat(&here, &direction) {
            status = Status::Converged;
            break;
        }
        match step(&here, &direction, bounds, &mut evaluate) {
            Ok(next) => {
                curvature.learn(&here, &next);
                here = next;
                iterations += 1;
            }
            Err(_) if curvature.is_learned() => curvature = Curvature::unknown(start.len()),
            Err(reason) => {
                status = reason;
                break;
            }
        }
    }
    if is_stationary(&here, bounds, stop) {
        status = Status::Converged;
    }
    let gradient_norm = projected_norm(&here, bounds);
    let Trial { point, value, gradient } = here;
    Ok(Minimum { point, value, gradient, gradient_norm, iterations, evaluations, status })
}

/// One step from `here` to a lower point, or the status that says why there is none.
fn step(
    here: &Trial,
    direction: &[f64],
    bounds: &Bounds,
    evaluate: &mut impl FnMut(Vec<f64>) -> Trial,
) -> Result<Trial, Status> {
    let longest = longest_step(here, direction, bounds);
    if longest >= 1.0 {
        let along = |length: f64| {
            (0..here.point.len()).map(|i| bounds.clamp(i, here.point[i] + length * direction[i])).collect()
        };
        line_search::strong_wolfe(here, direction, longest, |length| evaluate(along(length)))
    } else {
        bent_step(here, direction, bounds, evaluate)
    }
}

/// Halves a step whose path is bent along the bounds until the function falls in proportion (Armijo).
fn bent_step(
    here: &Trial,
    direction: &[f64],
    bounds: &Bounds,
    evaluate: &mut impl FnMut(Vec<f64>) -> Trial,
) -> Result<Trial, Status> {
    let mut length = 1.0;
    let mut refusal = Status::NonFinite;
    for _ in 0..60 {
        let point: Vec<f64> =
            (0..direction.len()).map(|i| bounds.clamp(i, here.point[i] + length * direction[i])).collect();
        let promised: f64 = (0..direction.len()).map(|i| here.gradient[i] * (point[i] - here.point[i])).sum();
        let trial = evaluate(point);
        if trial.is_finite() {
            refusal = Status::Stalled;
            if promised < 0.0 && trial.value <= here.value + line_search::SUFFICIENT * promised {
                return Ok(trial);
            }
        }
        length *= 0.5;
    }
    Err(refusal)
}

/// Whether the projected gradient is below the tolerance.
fn is_stationary(here: &Trial, bounds: &Bounds, stop: Stop) -> bool {
    projected_norm(here, bounds) <= stop.gradient * here.value.abs().max(1.0)
}

/// Whether a Newton step promises less than the rounding of the value. Any scale of the variables gives one answer.
fn is_flat(here: &Trial, direction: &[f64]) -> bool {
    let promised: f64 = here.gradient.iter().zip(direction).map(|(g, d)| -0.5 * g * d).sum();
    promised <= f64::EPSILON * here.value.abs()
}

/// The variables that a step may move: all but those at a bound towards which they would fall.
fn free_variables(here: &Trial, bounds: &Bounds) -> Vec<usize> {
    (0..here.point.len())
        .filter(|&i| {
            let (x, g) = (here.point[i], here.gradient[i]);
            let held_below = x <= bounds.lower[i] && g >= 0.0;
            let held_above = x >= bounds.upper[i] && g <= 0.0;
            !(held_below || held_above)
        })
        .collect()
}

/// The step length at which the first bound is met; infinite when none is.
fn longest_step(here: &Trial, direction: &[f64], bounds: &Bounds) -> f64 {
    let room = |i: usize| match direction[i] {
        d if d > 0.0 => (bounds.upper[i] - here.point[i]) / d,
        d if d < 0.0 => (bounds.lower[i] - here.point[i]) / d,
        _ => f64::INFINITY,
    };
    (0..direction.len()).map(room).fold(f64::INFINITY, f64::min)
}

fn projected_norm(here: &Trial, bounds: &Bounds) -> f64 {
    (0..here.point.len())
        .map(|i| {
            let (x, g) = (here.point[i], here.gradient[i]);
            // Not `x - clamp(x - g)` outright: that would round a small gradient away against a large `x`.
            if g > 0.0 { g.min(x - bounds.lower[i]) } else { (-g).min(bounds.upper[i] - x) }
        })
        .fold(0.0, f64::max)
}

/// The Hessian as far as the gradients have shown it.
struct Curvature(Option<Array2<f64>>, usize);

impl Curvature {
    fn unknown(variables: usize) -> Self {
        Self(None, variables)
    }

    fn is_learned(&self) -> bool {
        self.0.is_some()
    }

    /// The Newton step in the free variables; steepest descent of length at most one while nothing is known.
    fn direction(&self, here: &Trial, free: &[usize]) -> Vec<f64> {
        let mut direction = vec![0.0; self.1];
        let slope = Array1::from_iter(free.iter().map(|&i| -here.gradient[i]));
        let solved = self.0.as_ref().and_then(|hessian| {
            let reduced =
                Array2::from_shape_fn((free.len(), free.len()), |(a, b)| hessian[[free[a], free[b]]]);
            Cholesky::of(reduced.view()).and_then(|factor| factor.solve(slope.view())).ok()
        });
        let step = solved.unwrap_or_else(|| {
            let length = slope.iter().map(|g| g * g).sum::<f64>().sqrt();
            &slope / length.max(1.0)
        });
        for (&i, d) in free.iter().zip(step) {
            direction[i] = d;
        }
        direction
    }

    /// The BFGS update of the Hessian, damped where the function was not convex along the step.
    fn learn(&mut self, before: &Trial, after: &Trial) {
        let difference = |a: &[f64], b: &[f64]| Array1::from_iter(a.iter().zip(b).map(|(a, b)| a - b));
        let s = difference(&after.point, &before.point);
        let y = difference(&after.gradient, &before.gradient);
        let (sy, yy, ss) = (s.dot(&y), y.dot(&y), s.dot(&s));
        if ss <= 0.0 || !(sy.is_finite() && yy.is_finite()) {
            return;
        }
        let hessian = match self.0.take() {
            Some(hessian) => hessian,
            None if sy > 1e-12 * (ss * yy).sqrt() => Array2::eye(self.1) * (yy / sy),
            None => return,
        };
        let hs = hessian.dot(&s);
        let shs = s.dot(&hs);
        let share = if sy >= 0.2 * shs { 1.0 } else { 0.8 * shs / (shs - sy) };
        let r = &y * share + &hs * (1.0 - share);
        let sr = s.dot(&r);
        if shs <= 0.0 || sr <= 0.0 || !sr.is_finite() {
            return;
        }
        let updated = Array2::from_shape_fn(hessian.dim(), |(i, j)| {
            hessian[[i, j]] - hs[i] * hs[j] / shs + r[i] * r[j] / sr
        });
        self.0 = updated.iter().all(|x| x.is_finite()).then_some(updated);
    }
}
