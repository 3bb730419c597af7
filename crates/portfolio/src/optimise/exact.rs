//! The way past the conic solver: a quadratic program between bounds, its weights summing to one, is solved exactly.

use ndarray::Array2;

use super::{
    program::{Point, Program, Row},
    solution::Residuals,
};
use crate::{BoundedPortfolio, WeightBounds, minimum_variance::BoundedProblem};

/// A residual above this sends the program to the conic solver after all.
const TOLERANCE: f64 = 1e-10;
/// Stands for no bound; a weight that comes near it has none.
const FAR: f64 = 1e6;

/// The point, when the program has the structure and the answer its certificate, from weights near it where there are some.
/// Which sentence it came from does not matter: only its rows are looked at.
pub(super) fn solve(program: &Program, near: Option<&[f64]>) -> Option<(Point, Residuals)> {
    let (lower, upper) = bounds(program).filter(|_| !program.quadratic.is_empty())?;
    let n = program.variables;
    let mut covariance = Array2::zeros((n, n));
    for &(i, j, value) in &program.quadratic {
        covariance[[i, j]] += value;
        if i != j {
            covariance[[j, i]] += value;
        }
    }
    let within = WeightBounds::new(lower.clone(), upper.clone()).ok()?;
    let gain: Vec<f64> = program.linear.iter().map(|q| -q).collect();
    let problem = BoundedProblem::of(covariance.view(), &within).ok()?.gaining(&gain).ok()?;
    let answer = problem.solve(near).ok()?;
    if answer.weights.iter().any(|w| w.abs() > FAR / 10.0) {
        return None;
    }
    let point = with_multipliers(program, &answer, (&lower, &upper));
    let residuals = Residuals::of(program, &point);
    (residuals.largest() <= TOLERANCE).then_some((point, residuals))
}

/// The bounds of each weight; `None` for a program with any other row than those and a sum of one.
pub(super) fn bounds(program: &Program) -> Option<(Vec<f64>, Vec<f64>)> {
    let [sum] = &program.equalities[..] else { return None };
    let whole = sum.bound == 1.0
        && sum.terms.len() == program.variables
        && sum.terms.iter().enumerate().all(|(place, &(i, c))| i == place && c == 1.0);
    if !whole || !program.cones.is_empty() {
        return None;
    }
    let (mut lower, mut upper) = (vec![-FAR; program.variables], vec![FAR; program.variables]);
    for row in &program.inequalities {
        match bound_of(row)? {
            (i, bound, true) => upper[i] = upper[i].min(bound),
            (i, bound, false) => lower[i] = lower[i].max(bound),
        }
    }
    Some((lower, upper))
}

/// Which variable a row bounds, where, and whether from above.
fn bound_of(row: &Row) -> Option<(usize, f64, bool)> {
    match row.terms[..] {
        [(i, 1.0)] => Some((i, row.bound, true)),
        [(i, -1.0)] => Some((i, -row.bound, false)),
        _ => None,
    }
}

/// What each row pushes with: the price of the budget from the weights that are free, and at a bound what the slope there
/// leaves over.
fn with_multipliers(program: &Program, answer: &BoundedPortfolio, bounds: (&[f64], &[f64])) -> Point {
    let weights = &answer.weights;
    let mut slope = program.curvature(weights);
    slope.iter_mut().zip(&program.linear).for_each(|(s, q)| *s += q);
    let held: Vec<bool> = (0..weights.len()).map(|i| answer.at_bound.contains(&i)).collect();
    let free: Vec<f64> = slope.iter().zip(&held).filter(|(_, held)| !**held).map(|(s, _)| *s).collect();
    let at_upper = |i: usize| held[i] && weights[i] >= bounds.1[i];
    let price = if free.is_empty() {
        // Any price between the slopes at the upper and at the lower bounds will do.
        let most =
            (0..slope.len()).filter(|&i| at_upper(i)).map(|i| slope[i]).fold(f64::NEG_INFINITY, f64::max);
        let least =
            (0..slope.len()).filter(|&i| !at_upper(i)).map(|i| slope[i]).fold(f64::INFINITY, f64::min);
        if most.is_finite() { most } else { least }
    } else {
        free.iter().sum::<f64>() / free.len() as f64
    };
    let mut multipliers = vec![-price];
    multipliers.extend(carried(&program.inequalities, weights, &held, (&slope, price), bounds));
    Point { x: weights.clone(), multipliers, iterations: answer.iterations, status: "Exact".to_owned() }
}

/// What the slope at a bound leaves over from the price is carried by the tightest row there.
pub(super) fn carried(
    rows: &[Row],
    weights: &[f64],
    held: &[bool],
    (slope, price): (&[f64], f64),
    (lower, upper): (&[f64], &[f64]),
) -> Vec<f64> {
    let mut taken = vec![false; weights.len()];
    let from_above = |i: usize| match lower[i] < upper[i] {
        true => weights[i] >= upper[i],
        false => slope[i] < price, // nowhere to go: whichever side it pushes to
    };
    let of = |row: &Row| {
        bound_of(row).map_or(0.0, |(i, bound, above)| {
            let tightest = if above { bound == upper[i] } else { bound == lower[i] };
            let push = if above { price - slope[i] } else { slope[i] - price };
            if !held[i] || taken[i] || !tightest || from_above(i) != above {
                return 0.0;
            }
            taken[i] = true;
            push
        })
    };
    rows.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;
    use crate::optimise::program::Cone;

    /// `min x'Sx / 2 - g'x`, the sum one, between bounds.
    fn program(covariance: &Array2<f64>, gain: &[f64], (low, high): (f64, f64)) -> Program {
        let mut program = Program::default();
        program.add(gain.len());
        for ((i, j), &value) in covariance.indexed_iter().filter(|((i, j), _)| i <= j) {
            program.quadratic.push((i, j, value));
        }
        program.linear = gain.iter().map(|g| -g).collect();
        let sum = program.label("sum");
        program.equal(sum, (0..gain.len()).map(|i| (i, 1.0)).collect(), 1.0);
        for i in 0..gain.len() {
            program.at_least(sum, vec![(i, 1.0)], low);
            program.at_most(sum, vec![(i, 1.0)], high);
        }
        program
    }

    fn covariance(entries: Vec<f64>) -> Array2<f64> {
        let a = Array2::from_shape_vec((7, 5), entries).unwrap();
        a.t().dot(&a) / 7.0 + 0.01 * Array2::<f64>::eye(5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_exact_way_and_the_conic_way_end_at_the_same_weights(
            entries in prop::collection::vec(-1.0_f64..1.0, 35),
            gain in prop::collection::vec(-0.2_f64..0.2, 5),
            low in -0.3_f64..0.1,
            high in 0.25_f64..1.0,
        ) {
            for gain in [vec![0.0; 5], gain] {
                let program = program(&covariance(entries.clone()), &gain, (low, high));
                let (exact, residuals) = solve(&program, None).unwrap();
                prop_assert!(residuals.largest() <= TOLERANCE);
                let conic = program.solve().unwrap();
                for (a, b) in exact.x.iter().zip(&conic.x) {
                    prop_assert!((a - b).abs() < 1e-6, "{:?} {:?}", exact.x, conic.x);
                }
            }
        }

        #[test]
        fn risk_budgets_are_the_optimum_that_the_conic_solver_finds(
            entries in prop::collection::vec(-1.0_f64..1.0, 35),
            budgets in prop::collection::vec(0.05_f64..1.0, 5),
        ) {
            let (covariance, total) = (covariance(entries), budgets.iter().sum::<f64>());
            let newton = crate::RiskBudgets::new(budgets.clone()).unwrap().solve(covariance.view()).unwrap();
            // min x'Sx / 2 - sum b ln x, each logarithm below its own variable.
            let mut conic = Program::default();
            conic.add(5);
            let log = conic.add(5);
            for ((i, j), &value) in covariance.indexed_iter().filter(|((i, j), _)| i <= j) {
                conic.quadratic.push((i, j, value));
            }
            let label = conic.label("");
            for (i, budget) in budgets.iter().enumerate() {
                conic.linear[log + i] = -budget / total;
                conic.within(
                    Cone::Exponential,
                    label,
                    vec![(vec![(log + i, -1.0)], 0.0), (vec![], 1.0), (vec![(i, -1.0)], 0.0)],
                );
            }
            let point = conic.solve().unwrap();
            let sum: f64 = point.x[..5].iter().sum();
            for (weight, x) in newton.weights.iter().zip(&point.x) {
                prop_assert!((weight - x / sum).abs() < 1e-5, "{:?} {:?}", newton.weights, point.x);
            }
        }
    }

    #[test]
    fn other_rows_are_left_to_the_conic_solver() {
        let mut more = program(&covariance(vec![0.3; 35]), &[0.0; 5], (0.0, 1.0));
        assert!(solve(&more, None).is_some());
        let label = more.label("pair");
        more.at_most(label, vec![(0, 1.0), (1, 1.0)], 0.3);
        assert!(solve(&more, None).is_none());
    }
}
