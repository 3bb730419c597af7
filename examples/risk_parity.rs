//! Which weights give each asset the same part of the risk, and how do other ways of sharing compare?
//!
//! ```text
//! cargo run -p autotrading-examples --example risk_parity
//! ```

use std::error::Error;

use autotrading_portfolio::{Allocation, PortfolioError, RiskBudgets, diversification_ratio};
use ndarray::{Array1, Array2, array};

const NAMES: [&str; 4] = ["BTC", "ETH", "SOL", "DOGE"];

fn main() -> Result<(), Box<dyn Error>> {
    let sigma = array![0.55, 0.70, 1.05, 1.30];
    let correlation = array![
        [1.00, 0.85, 0.70, 0.55],
        [0.85, 1.00, 0.80, 0.60],
        [0.70, 0.80, 1.00, 0.65],
        [0.55, 0.60, 0.65, 1.00],
    ];
    let covariance = Array2::from_shape_fn((4, 4), |(i, j)| correlation[[i, j]] * sigma[i] * sigma[j]);

    println!("Weights, and in brackets the part of the risk that each asset carries:\n");
    println!("{:<26}{:>20}{:>14}{:>18}", "", NAMES.join(" / "), "volatility", "diversification");
    for method in Allocation::ALL {
        let weights = method.weights(covariance.view(), 1.0)?;
        let w = Array1::from(weights.clone());
        let marginal = covariance.dot(&w);
        let variance = w.dot(&marginal);
        let parts: Vec<String> = (0..4)
            .map(|i| format!("{:.0}% ({:.0}%)", w[i] * 100.0, w[i] * marginal[i] / variance * 100.0))
            .collect();
        println!(
            "{:<26}{:>34}{:>8.1}%{:>10.2}",
            method.title(),
            parts.join(" "),
            variance.sqrt() * 100.0,
            diversification_ratio(covariance.view(), &weights)?
        );
    }

    let answer = RiskBudgets::new(vec![4.0, 3.0, 2.0, 1.0])?.solve(covariance.view())?;
    println!("\nBudgets of 40, 30, 20 and 10 % of the risk:");
    for ((name, weight), part) in NAMES.iter().zip(&answer.weights).zip(&answer.contributions) {
        println!("  {name:<5} weight {:>5.1}%, part of the risk {:>5.1}%", weight * 100.0, part * 100.0);
    }
    println!("  met to {:.0e} after {} sweeps", answer.residual, answer.iterations);

    println!("\nTomorrow everything moves a little more; starting from today's weights:");
    let tomorrow = &covariance * 1.1;
    let again = RiskBudgets::new(vec![4.0, 3.0, 2.0, 1.0])?.starting_from(&answer.weights)?;
    println!("  {} sweep(s) instead of {}", again.solve(tomorrow.view())?.iterations, answer.iterations);

    println!("\nWhat is no covariance is refused:");
    let impossible: Result<_, PortfolioError> =
        RiskBudgets::equal(2)?.solve(array![[1.0, 1.2], [1.2, 1.0]].view());
    if let Err(error) = impossible {
        println!("  {error}");
    }
    Ok(())
}
