//! How much return is there for how much risk, within limits, and what does each limit cost?
//!
//! ```text
//! cargo run -p autotrading-examples --example efficient_frontier
//! ```

use std::error::Error;

use autotrading_portfolio::{Inputs, Portfolio, Reward, Risk, efficient_frontier};
use ndarray::{Array2, array};

fn main() -> Result<(), Box<dyn Error>> {
    let sigma = [0.55, 0.70, 1.05, 1.10];
    let correlation = array![
        [1.00, 0.85, 0.70, 0.60],
        [0.85, 1.00, 0.80, 0.75],
        [0.70, 0.80, 1.00, 0.70],
        [0.60, 0.75, 0.70, 1.00],
    ];
    let covariance = Array2::from_shape_fn((4, 4), |(i, j)| correlation[[i, j]] * sigma[i] * sigma[j]);
    let inputs = Inputs::new(["BTC", "ETH", "SOL", "UNI"])?
        .covariance(covariance)?
        .expected(vec![0.30, 0.40, 0.65, 0.60])?
        .sector("defi", &["UNI"])?;

    let within = Portfolio::minimise(Risk::Variance).long_only().cap(0.6).sector("defi", ..=0.2);
    println!("Long only, 60 % at most in one, 20 % at most in defi:\n");
    println!("{:>8} {:>11}   {:<28} what holds it back", "return", "volatility", "BTC / ETH / SOL / UNI");
    for point in efficient_frontier(&within, &inputs, 8)? {
        let answer = point.solution;
        println!(
            "{:>7.1}% {:>10.1}%   {:<28} {}",
            point.target * 100.0,
            answer.volatility.unwrap_or(f64::NAN) * 100.0,
            percent(&answer.weights),
            answer.binding.join("; ")
        );
    }

    let best = Portfolio::maximise(Reward::Sharpe { risk_free: 0.04 }).long_only().cap(0.6);
    let answer = best.sector("defi", ..=0.2).solve(&inputs)?;
    println!("\nThe largest Sharpe ratio is {:.3}: {}", answer.objective, percent(&answer.weights));
    println!(
        "  certificate {:.0e}, condition number {:.0}, {} iterations, {:?}",
        answer.residuals.largest(),
        answer.condition_number.unwrap_or(f64::NAN),
        answer.iterations,
        answer.solved_by
    );

    println!("\nLimits that exclude each other are named, and no weights are made up:");
    if let Err(error) = within.weight("UNI", 0.3..).solve(&inputs) {
        println!("  {error}");
    }
    Ok(())
}

fn percent(weights: &[f64]) -> String {
    weights.iter().map(|w| format!("{:.0}%", w * 100.0)).collect::<Vec<_>>().join(" / ")
}
