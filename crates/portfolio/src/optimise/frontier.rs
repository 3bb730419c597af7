//! The efficient frontier.

use super::{Inputs, Portfolio, Reward, Solution};
use crate::PortfolioError;

/// One portfolio of the frontier: the least variance for its return.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontierPoint {
    /// The return that was asked for.
    pub target: f64,
    /// The portfolio.
    pub solution: Solution,
}

/// Portfolios of least variance for `points` returns, evenly spaced from that of the least variance of all to the
/// largest that the constraints allow, each started from the one before. `portfolio` is a minimum variance sentence with its
/// constraints.
///
/// ```
/// use autotrading_portfolio::{Inputs, Portfolio, Risk, efficient_frontier};
/// use ndarray::array;
///
/// let inputs = Inputs::new(["A", "B"])?.covariance(array![[1.0, 0.0], [0.0, 3.0]])?.expected(vec![0.1, 0.3])?;
/// let frontier = efficient_frontier(&Portfolio::minimise(Risk::Variance).long_only().cap(1.0), &inputs, 3)?;
/// assert!((frontier[0].target - 0.15).abs() < 1e-9); // three quarters of A
/// assert!((frontier[2].target - 0.30).abs() < 1e-9); // all of B
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// Fewer than two points, expected returns missing, and as [`Portfolio::solve`].
pub fn efficient_frontier(
    portfolio: &Portfolio,
    inputs: &Inputs,
    points: usize,
) -> Result<Vec<FrontierPoint>, PortfolioError> {
    if points < 2 {
        let (what, got) = ("the number of points of the frontier", points as f64);
        return Err(PortfolioError::Parameter { what, got, allowed: "two or more" });
    }
    let expected = |solution: &Solution| solution.expected_return.unwrap_or(0.0);
    inputs.wanted_expected("the frontier")?;
    let least = portfolio.solve(inputs)?;
    let most = portfolio.clone().aiming_at(Reward::Return).solve(inputs)?;
    let (low, high) = (expected(&least), expected(&most));
    let mut frontier = vec![FrontierPoint { target: low, solution: least }];
    for k in 1..points {
        let share = k as f64 / (points - 1) as f64;
        // A hair inside, so that rounding cannot ask for more than there is.
        let target = if k + 1 == points { high } else { low + share * (high - low) };
        let floor = target - 1e-14 * (high.abs() + low.abs());
        let asked = portfolio.clone().return_at_least(floor);
        let solution = match frontier.last() {
            Some(before) => asked.solve_near(inputs, &before.solution)?,
            None => asked.solve(inputs)?,
        };
        frontier.push(FrontierPoint { target, solution });
    }
    Ok(frontier)
}
