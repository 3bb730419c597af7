//! A convex program whose rows know which constraint they serve, and its way through the conic solver.

use clarabel::{
    algebra::CscMatrix,
    solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT},
};

use super::solution::Residuals;
use crate::PortfolioError;

/// What the solver is asked for.
const TOLERANCE: f64 = 1e-12;
/// A residual that no more work is spent on.
const GOOD: f64 = 1e-10;
/// The part of the way to the edge of a cone that a step goes, at first.
const BOLD: f64 = 0.99;

/// `sum coefficient * variable`, compared with `bound`.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) bound: f64,
    pub(super) label: usize,
}

/// A cone that `bound - terms` of three or more rows must lie in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cone {
    /// The first is at least the length of the others.
    SecondOrder,
    /// `first^p second^(1-p) >= |third|`.
    Power(f64),
    /// `second * exp(first / second) <= third`.
    Exponential,
}

/// `min x'Px / 2 + q'x` with equalities, inequalities (at most) and cones.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) variables: usize,
    /// Upper triangle of `P`.
    pub(super) quadratic: Vec<(usize, usize, f64)>,
    pub(super) linear: Vec<f64>,
    pub(super) equalities: Vec<Row>,
    pub(super) inequalities: Vec<Row>,
    pub(super) cones: Vec<(Cone, Vec<Row>)>,
    pub(super) labels: Vec<String>,
}

/// A point, its multipliers (equalities, inequalities, cone rows) and how the solver ended.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) x: Vec<f64>,
    pub(super) multipliers: Vec<f64>,
    pub(super) iterations: u32,
    pub(super) status: String,
}

impl Program {
    /// Adds variables and returns the place of the first.
    pub(super) fn add(&mut self, count: usize) -> usize {
        let first = self.variables;
        self.variables += count;
        self.linear.resize(self.variables, 0.0);
        first
    }

    pub(super) fn label(&mut self, text: impl Into<String>) -> usize {
        let text = text.into();
        if let Some(known) = self.labels.iter().position(|l| *l == text) {
            return known;
        }
        self.labels.push(text);
        self.labels.len() - 1
    }

    pub(super) fn equal(&mut self, label: usize, terms: Vec<(usize, f64)>, bound: f64) {
        self.equalities.push(Row { terms, bound, label });
    }

    pub(super) fn at_most(&mut self, label: usize, terms: Vec<(usize, f64)>, bound: f64) {
        self.inequalities.push(Row { terms, bound, label });
    }

    pub(super) fn at_least(&mut self, label: usize, terms: Vec<(usize, f64)>, bound: f64) {
        let terms = terms.into_iter().map(|(i, c)| (i, -c)).collect();
        self.inequalities.push(Row { terms, bound: -bound, label });
    }

    /// `bound - terms` of each row, in order, lies in the cone.
    pub(super) fn within(&mut self, cone: Cone, label: usize, rows: Vec<(Vec<(usize, f64)>, f64)>) {
        let rows = rows.into_iter().map(|(terms, bound)| Row { terms, bound, label }).collect();
        self.cones.push((cone, rows));
    }

    /// Adds a variable above zero that every bound is multiplied by: the program over all sizes of portfolio at once.
    pub(super) fn homogenise(&mut self) -> usize {
        let size = self.add(1);
        let cones = self.cones.iter_mut().flat_map(|(_, rows)| rows);
        for row in self.equalities.iter_mut().chain(&mut self.inequalities).chain(cones) {
            if row.bound != 0.0 {
                row.terms.push((size, -row.bound));
                row.bound = 0.0;
            }
        }
        let label = self.label("");
        self.at_least(label, vec![(size, 1.0)], 0.0);
        size
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        let cones = self.cones.iter().flat_map(|(_, rows)| rows);
        self.equalities.iter().chain(&self.inequalities).chain(cones)
    }

    /// `P x`.
    pub(super) fn curvature(&self, x: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.variables];
        for &(i, j, value) in &self.quadratic {
            product[i] += value * x[j];
            if i != j {
                product[j] += value * x[i];
            }
        }
        product
    }

    /// Solves it. `Err` for what has no solution; whether a solution is good enough is for its residuals to say.
    pub(super) fn solve(&self) -> Result<Point, PortfolioError> {
        let numbers = self.rows().flat_map(|row| row.terms.iter().map(|t| t.1).chain([row.bound]));
        let objective = self.linear.iter().copied().chain(self.quadratic.iter().map(|q| q.2));
        if let Some(got) = numbers.chain(objective).find(|x| !x.is_finite()) {
            let what = "a limit, a rate or a loading";
            return Err(PortfolioError::Parameter { what, got, allowed: "finite" });
        }
        let (point, status) = self.run_patiently()?;
        match status {
            SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
                Err(PortfolioError::Infeasible { conflict: self.conflict(&point) })
            }
            SolverStatus::DualInfeasible | SolverStatus::AlmostDualInfeasible => {
                Err(PortfolioError::Unbounded)
            }
            _ => Ok(point),
        }
    }

    /// The solver may stall far from any cone's edge when it steps boldly; then shorter steps, while they bring it nearer.
    fn run_patiently(&self) -> Result<(Point, SolverStatus), PortfolioError> {
        let left = |point: &Point| Residuals::of(self, point).largest();
        let mut best = self.run(TOLERANCE, BOLD)?;
        for step in [0.9, 0.7, 0.5] {
            let stalled = matches!(
                best.1,
                SolverStatus::AlmostSolved
                    | SolverStatus::InsufficientProgress
                    | SolverStatus::MaxIterations
                    | SolverStatus::NumericalError
            );
            if !stalled || left(&best.0) <= GOOD {
                break;
            }
            let again = self.run(TOLERANCE, step)?;
            if left(&again.0) < left(&best.0) {
                best = again;
            }
        }
        Ok(best)
    }

    fn run(&self, tolerance: f64, step: f64) -> Result<(Point, SolverStatus), PortfolioError> {
        let refused = |e: &dyn std::fmt::Display| PortfolioError::StoppedEarly {
            status: e.to_string(),
            iterations: 0,
            residual: f64::INFINITY,
        };
        let quadratic = matrix(self.variables, self.variables, self.quadratic.iter().copied());
        let rows: Vec<&Row> = self.rows().collect();
        let entries = rows.iter().enumerate();
        let entries = entries.flat_map(|(r, row)| row.terms.iter().map(move |&(i, c)| (r, i, c)));
        let linear = matrix(rows.len(), self.variables, entries);
        let bounds: Vec<f64> = rows.iter().map(|row| row.bound).collect();
        let settings = DefaultSettings {
            verbose: false,
            max_iter: 300,
            max_threads: 1, // the caller owns the threads
            max_step_fraction: step,
            tol_gap_abs: tolerance,
            tol_gap_rel: tolerance,
            tol_feas: tolerance,
            ..DefaultSettings::default()
        };
        let mut solver =
            DefaultSolver::new(&quadratic, &self.linear, &linear, &bounds, &self.cone_list(), settings)
                .map_err(|e| refused(&e))?;
        solver.solve();
        let solution = &solver.solution;
        let status = solution.status;
        let point = Point {
            x: solution.x.clone(),
            multipliers: solution.z.clone(),
            iterations: solution.iterations,
            status: format!("{status:?}"),
        };
        Ok((point, status))
    }

    fn cone_list(&self) -> Vec<SupportedConeT<f64>> {
        let mut cones = vec![
            SupportedConeT::ZeroConeT(self.equalities.len()),
            SupportedConeT::NonnegativeConeT(self.inequalities.len()),
        ];
        cones.extend(self.cones.iter().map(|(cone, rows)| match cone {
            Cone::SecondOrder => SupportedConeT::SecondOrderConeT(rows.len()),
            Cone::Power(p) => SupportedConeT::PowerConeT(*p),
            Cone::Exponential => SupportedConeT::ExponentialConeT(),
        }));
        cones
    }

    /// The labels that carry the solver's proof, thinned until no one can be left out.
    fn conflict(&self, proof: &Point) -> Vec<String> {
        let largest = proof.multipliers.iter().fold(0.0_f64, |m, z| m.max(z.abs()));
        let mut blamed: Vec<usize> = Vec::new();
        for (row, z) in self.rows().zip(&proof.multipliers) {
            if z.abs() > 1e-7 * largest && !blamed.contains(&row.label) {
                blamed.push(row.label);
            }
        }
        blamed.sort_unstable();
        if !self.only(&blamed).is_infeasible() {
            blamed = (0..self.labels.len()).collect(); // the proof was too thin: start from everything
        }
        let mut kept = blamed.clone();
        for label in blamed {
            let fewer: Vec<usize> = kept.iter().copied().filter(|l| *l != label).collect();
            if self.only(&fewer).is_infeasible() {
                kept = fewer;
            }
        }
        let worded = |label: usize| match &self.labels[label] {
            text if text.is_empty() => "what the objective asks for".to_owned(),
            text => text.clone(),
        };
        kept.into_iter().map(worded).collect()
    }

    /// The rows of some labels, without an objective.
    fn only(&self, labels: &[usize]) -> Self {
        let keep = |rows: &[Row]| rows.iter().filter(|r| labels.contains(&r.label)).cloned().collect();
        let cones = self.cones.iter().filter(|(_, rows)| rows.iter().all(|r| labels.contains(&r.label)));
        Self {
            variables: self.variables,
            quadratic: Vec::new(),
            linear: vec![0.0; self.variables],
            equalities: keep(&self.equalities),
            inequalities: keep(&self.inequalities),
            cones: cones.cloned().collect(),
            labels: self.labels.clone(),
        }
    }

    /// Whether there is a direction in which the objective falls without end: `P d = 0`, `q'd < 0`, and every constraint
    /// goes along. Asked only when the solver itself could not tell.
    pub(super) fn recedes(&self) -> bool {
        let flat = |rows: &[Row]| rows.iter().map(|r| Row { bound: 0.0, ..r.clone() }).collect::<Vec<_>>();
        let unit = self.linear.iter().fold(f64::MIN_POSITIVE, |m, q| m.max(q.abs()));
        let mut direction = Self {
            variables: self.variables,
            quadratic: Vec::new(),
            linear: self.linear.iter().map(|q| q / unit).collect(),
            equalities: flat(&self.equalities),
            inequalities: flat(&self.inequalities),
            cones: self.cones.iter().map(|(cone, rows)| (*cone, flat(rows))).collect(),
            labels: self.labels.clone(),
        };
        let label = direction.label("");
        let mut curvature = vec![Vec::new(); self.variables];
        for &(i, j, value) in &self.quadratic {
            curvature[i].push((j, value));
            if i != j {
                curvature[j].push((i, value));
            }
        }
        for terms in curvature.into_iter().filter(|terms| !terms.is_empty()) {
            direction.equal(label, terms, 0.0);
        }
        for i in 0..self.variables {
            direction.at_most(label, vec![(i, 1.0)], 1.0);
            direction.at_least(label, vec![(i, 1.0)], -1.0);
        }
        let fall = |(point, status): (Point, SolverStatus)| {
            let slope: f64 = point.x.iter().zip(&direction.linear).map(|(x, q)| x * q).sum();
            matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved) && slope < -1e-6
        };
        direction.run(1e-8, BOLD).is_ok_and(fall)
    }

    fn is_infeasible(&self) -> bool {
        let status = self.run(1e-8, BOLD).map(|(_, status)| status);
        matches!(status, Ok(SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible))
    }
}

fn matrix(rows: usize, columns: usize, entries: impl Iterator<Item = (usize, usize, f64)>) -> CscMatrix<f64> {
    let (mut i, mut j, mut v) = (Vec::new(), Vec::new(), Vec::new());
    for (row, column, value) in entries {
        i.push(row);
        j.push(column);
        v.push(value);
    }
    CscMatrix::new_from_triplets(rows, columns, i, j, v)
}
