//! Strategies have opinions, the market has prices: what is to be held when both are believed in part?
//!
//! ```text
//! cargo run -p autotrading-examples --example black_litterman_from_signals
//! ```

use std::error::Error;

use autotrading_portfolio::{BlackLitterman, View, ViewRules, WeightBounds, mean_variance};
use ndarray::{Array2, array};

const NAMES: [&str; 3] = ["BTC", "ETH", "SOL"];

fn main() -> Result<(), Box<dyn Error>> {
    let sigma = [0.55, 0.70, 1.05];
    let correlation = array![[1.0, 0.85, 0.7], [0.85, 1.0, 0.8], [0.7, 0.8, 1.0]];
    let covariance = Array2::from_shape_fn((3, 3), |(i, j)| correlation[[i, j]] * sigma[i] * sigma[j]);

    println!("What the engine does under allocation = \"black_litterman\": opinions lean from -1 to 1.\n");
    let rules = ViewRules::default();
    println!("{:<34}{:>22}", "opinions", NAMES.join(" / "));
    for (said, leans) in [
        ("nobody has an opinion", [0.0, 0.0, 0.0]),
        ("one strategy is all for BTC", [1.0, 0.0, 0.0]),
        ("it is only half sure", [0.5, 0.0, 0.0]),
        ("for BTC, against SOL", [1.0, 0.0, -1.0]),
    ] {
        let weights = rules.weights(covariance.view(), &leans, 0.6)?;
        println!("{said:<34}{:>22}", percent(&weights));
    }

    println!("\nThe same by hand, with a market of your own and a view on a difference:");
    let market = array![0.6, 0.3, 0.1];
    let views = [
        View::absolute("BTC", 0.60).with_confidence(0.3),
        View::relative("ETH", "SOL", 0.10).with_confidence(0.7),
    ];
    let prior = BlackLitterman { risk_aversion: 2.5, tau: 0.05 };
    let told = prior.posterior(&NAMES, covariance.view(), market.view(), &views)?;
    for (i, name) in NAMES.iter().enumerate() {
        println!(
            "  {name}: the market expects {:>5.1}% a year, after the views {:>5.1}%",
            told.equilibrium[i] * 100.0,
            told.expected[i] * 100.0
        );
    }
    let bounds = WeightBounds::new(vec![0.0; 3], vec![0.7; 3])?;
    let answer = mean_variance(covariance.view(), &told.expected.to_vec(), 2.5, &bounds)?;
    println!("  weights {}, certified to {:.0e}", percent(&answer.weights), answer.residual);

    println!("\nA view on what is not traded is refused:");
    let unknown = [View::absolute("LUNA", 1.0)];
    if let Err(error) = prior.posterior(&NAMES, covariance.view(), market.view(), &unknown) {
        println!("  {error}");
    }
    Ok(())
}

fn percent(weights: &[f64]) -> String {
    weights.iter().map(|w| format!("{:.0}%", w * 100.0)).collect::<Vec<_>>().join(" / ")
}
