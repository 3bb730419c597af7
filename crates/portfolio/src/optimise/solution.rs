//! Certified weights.

use super::{
    choice::Choice,
    program::{Cone, Point, Program, Row},
};

/// How far a point is from the optimality conditions of its (scaled) program; all zero at an exact optimum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Residuals {
    /// Largest violation of a constraint.
    pub primal: f64,
    /// Largest multiplier of the wrong sign.
    pub dual: f64,
    /// Largest component of `P x + q + A'z`, relative to the largest of its terms.
    pub stationarity: f64,
    /// What the bound of the multipliers leaves open between them and the objective, relative to its size.
    pub gap: f64,
}

impl Residuals {
    /// The largest of them: the one number to look at.
    pub fn largest(&self) -> f64 {
        let all = [self.primal, self.dual, self.stationarity, self.gap];
        if all.iter().any(|r| r.is_nan()) { f64::INFINITY } else { all.into_iter().fold(0.0, f64::max) }
    }

    pub(super) fn of(program: &Program, point: &Point) -> Self {
        let x = &point.x;
        let value = |row: &Row| row.terms.iter().map(|&(i, c)| c * x[i]).sum::<f64>();
        if x.iter().chain(&point.multipliers).any(|v| !v.is_finite()) {
            let none = f64::INFINITY;
            return Self { primal: none, dual: none, stationarity: none, gap: none };
        }
        let mut worst = Self::default();
        for row in &program.equalities {
            worst.primal = worst.primal.max((value(row) - row.bound).abs());
        }
        let inequalities = &point.multipliers[program.equalities.len()..];
        for (row, multiplier) in program.inequalities.iter().zip(inequalities) {
            worst.primal = worst.primal.max(value(row) - row.bound);
            worst.dual = worst.dual.max(-multiplier);
        }
        for (cone, rows) in &program.cones {
            let slack: Vec<f64> = rows.iter().map(|row| row.bound - value(row)).collect();
            worst.primal = worst.primal.max(outside(*cone, &slack));
        }
        let curvature = program.curvature(x);
        let (mut gradient, mut size) = (curvature.clone(), 1.0_f64);
        let (mut pull, mut bound) = (vec![0.0; program.variables], 0.0);
        for (row, z) in program.rows().zip(&point.multipliers) {
            bound += row.bound * z;
            row.terms.iter().for_each(|&(i, c)| pull[i] += c * z);
        }
        for (i, g) in gradient.iter_mut().enumerate() {
            size = size.max(g.abs()).max(pull[i].abs());
            *g += program.linear[i] + pull[i];
        }
        worst.stationarity = gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs())) / size;
        let dot = |a: &[f64]| a.iter().zip(x).map(|(a, x)| a * x).sum::<f64>();
        let (quadratic, linear) = (dot(&curvature), dot(&program.linear));
        let scale = 1.0_f64.max(quadratic.abs()).max(linear.abs());
        worst.gap = (quadratic + linear + bound).abs() / scale;
        worst
    }
}

/// How far outside of a cone a slack lies, in the unit of the slack.
fn outside(cone: Cone, slack: &[f64]) -> f64 {
    match (cone, slack) {
        (Cone::SecondOrder, [first, rest @ ..]) => {
            let length = rest.iter().map(|s| s * s).sum::<f64>().sqrt();
            length - first
        }
        (Cone::Power(p), [a, b, c]) => {
            c.abs() - a.max(0.0).powf(p) * b.max(0.0).powf(1.0 - p) + (-a).max(-b).max(0.0)
        }
        (Cone::Exponential, [a, b, c]) => b * (a / b).exp() - c + (-b).max(0.0),
        _ => f64::INFINITY,
    }
}

/// Which way a problem was solved. The certificate is computed alike for all, from the rows of the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolvedBy {
    /// Exactly, past the conic solver: a variance or utility between bounds.
    ActiveSet,
    /// By the conic solver, and then exactly on the constraints that hold.
    Polished,
    /// By the conic solver.
    Conic,
    /// Exactly, on the constraints that held an earlier answer.
    Continued,
}

/// Weights, why they are right, and what held them.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// One an asset, in the order of the inputs.
    pub weights: Vec<f64>,
    /// The objective in its own unit: variance, Sharpe ratio, expected shortfall, ...
    pub objective: f64,
    /// Expected return, where expected returns were given.
    pub expected_return: Option<f64>,
    /// Volatility, where a covariance was given.
    pub volatility: Option<f64>,
    /// Share of the variance that each asset carries, where a covariance was given and the portfolio has risk.
    pub contributions: Option<Vec<f64>>,
    /// The constraints that hold the weights back, in words.
    pub binding: Vec<String>,
    /// Condition number of the covariance, infinite for a singular one.
    pub condition_number: Option<f64>,
    /// The certificate.
    pub residuals: Residuals,
    /// Linear systems of the exact ways, or iterations of the conic solver.
    pub iterations: u32,
    /// Which way was taken.
    pub solved_by: SolvedBy,
    /// How the assets with a position were chosen, where the sentence asks for few of them or for none too small.
    pub choice: Option<Choice>,
    /// Where the next answer can start.
    pub(super) trace: Trace,
}

/// The whole point behind an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trace {
    x: Vec<f64>,
    multipliers: Vec<f64>,
    /// The scenarios that an expected shortfall looked at.
    pub(super) tail: Option<Vec<usize>>,
}

impl Trace {
    pub(super) fn of(point: &Point) -> Self {
        Self { x: point.x.clone(), multipliers: point.multipliers.clone(), tail: None }
    }

    /// The tail, if it is one of so many scenarios.
    pub(super) fn tail_within(&self, scenarios: usize) -> Option<Vec<usize>> {
        self.tail.clone().filter(|tail| tail.last().is_some_and(|last| *last < scenarios))
    }

    /// The point, if the program has as many variables and rows.
    pub(super) fn fitting(&self, program: &Program) -> Option<Point> {
        let fits = self.x.len() == program.variables && self.multipliers.len() == program.rows().count();
        fits.then(|| Point {
            x: self.x.clone(),
            multipliers: self.multipliers.clone(),
            iterations: 0,
            status: "Continued".to_owned(),
        })
    }
}
