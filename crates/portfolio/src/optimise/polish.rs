//! From a conic solver's nine digits to fifteen: an exact solve on the constraints that hold.

use faer::{Mat, linalg::solvers::Solve};

use super::{
    program::{Point, Program, Row},
    solution::Residuals,
};

/// Beyond this many unknowns the conic solver's digits are kept.
const LARGEST: usize = 700;
const CORRECTIONS: u32 = 40;

/// The point improved, if the program is quadratic with linear constraints alone and the residual is no more than what
/// is allowed.
pub(super) fn polish(program: &Program, point: &Point, allowed: f64) -> Option<(Point, Residuals)> {
    if !program.cones.is_empty() || program.variables > LARGEST {
        return None;
    }
    let mut search = ActiveSet::of(program, point);
    for step in 1..=CORRECTIONS {
        let mut solved = search.solve(point)?;
        if search.correct(&solved) {
            continue;
        }
        let residuals = Residuals::of(program, &solved);
        // Of a point that was no solution yet, the systems are all that was spent.
        solved.iterations = if point.iterations == 0 { step } else { point.iterations };
        return (residuals.largest() <= allowed).then_some((solved, residuals));
    }
    None
}

struct ActiveSet<'a> {
    program: &'a Program,
    active: Vec<bool>,
}

impl<'a> ActiveSet<'a> {
    /// An inequality holds where its multiplier is larger than its slack.
    fn of(program: &'a Program, point: &Point) -> Self {
        let multipliers = &point.multipliers[program.equalities.len()..];
        let holds = |(row, z): (&Row, &f64)| {
            let slack = row.bound - row.terms.iter().map(|&(i, c)| c * point.x[i]).sum::<f64>();
            *z > slack
        };
        Self { program, active: program.inequalities.iter().zip(multipliers).map(holds).collect() }
    }

    fn held(&self) -> Vec<&'a Row> {
        let inequalities = self.program.inequalities.iter().zip(&self.active);
        let inequalities = inequalities.filter(|(_, active)| **active).map(|(row, _)| row);
        self.program.equalities.iter().chain(inequalities).collect()
    }

    /// Solves `[P A'; A 0] [x; z] = [-q; b]` on the held rows, refined against its own residual. Where it is singular a
    /// trifle of curvature around the given point decides among equals.
    fn solve(&self, around: &Point) -> Option<Point> {
        const TRIFLE: f64 = 1e-9;
        let (n, held) = (self.program.variables, self.held());
        let size = n + held.len();
        if size > LARGEST {
            return None;
        }
        let mut exact = Mat::<f64>::zeros(size, size);
        for &(i, j, value) in &self.program.quadratic {
            exact[(i, j)] += value;
            if i != j {
                exact[(j, i)] += value;
            }
        }
        for (r, row) in held.iter().enumerate() {
            for &(i, c) in &row.terms {
                exact[(n + r, i)] += c;
                exact[(i, n + r)] += c;
            }
        }
        let rhs =
            Mat::from_fn(size, 1, |i, _| if i < n { -self.program.linear[i] } else { held[i - n].bound });
        let mut raised = exact.clone();
        (0..size).for_each(|i| raised[(i, i)] += if i < n { TRIFLE } else { -TRIFLE });
        faer::set_global_parallelism(faer::Par::Seq);
        let factor = raised.partial_piv_lu();
        let mut solved = Mat::from_fn(size, 1, |i, _| if i < n { around.x[i] } else { 0.0 });
        for _ in 0..8 {
            let residual = &rhs - &exact * &solved;
            solved += factor.solve(&residual);
        }
        (0..size).all(|i| solved[(i, 0)].is_finite()).then(|| self.unpacked(&solved, around))
    }

    fn unpacked(&self, solved: &Mat<f64>, around: &Point) -> Point {
        let n = self.program.variables;
        let equalities = self.program.equalities.len();
        let mut multipliers: Vec<f64> = (0..equalities).map(|r| solved[(n + r, 0)]).collect();
        let mut next = n + equalities;
        for &active in &self.active {
            multipliers.push(if active { solved[(next, 0)] } else { 0.0 });
            next += usize::from(active);
        }
        Point { x: (0..n).map(|i| solved[(i, 0)]).collect(), multipliers, ..around.clone() }
    }

    /// Lets go of the row that pushes the wrong way most, or takes up the one that is broken most. Whether it did.
    fn correct(&mut self, solved: &Point) -> bool {
        let multipliers = &solved.multipliers[self.program.equalities.len()..];
        let (mut least, mut loose) = (-1e-11, None);
        let (mut most, mut broken) = (1e-12, None);
        for (k, row) in self.program.inequalities.iter().enumerate() {
            let excess = row.terms.iter().map(|&(i, c)| c * solved.x[i]).sum::<f64>() - row.bound;
            if self.active[k] && multipliers[k] < least {
                (least, loose) = (multipliers[k], Some(k));
            }
            if !self.active[k] && excess > most {
                (most, broken) = (excess, Some(k));
            }
        }
        match (loose, broken) {
            (Some(k), _) => self.active[k] = false,
            (None, Some(k)) => self.active[k] = true,
            (None, None) => return false,
        }
        true
    }
}
