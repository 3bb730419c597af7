//! How much will it swing? Volatility models are fitted to a market, forecast it, and are carried on bar by bar.
//!
//! ```text
//! cargo run -p autotrading-examples --example forecast_volatility
//! ```

use std::error::Error;

use autotrading_regime::garch::{
    Dynamics, ErrorCovariance, Errors, ExpectedVariance, VarianceForecast, VolatilityModel,
};
use autotrading_regime::{HarModel, HarStream};

/// Days whose variance follows its own past: calm days follow calm ones, wild ones wild ones.
struct Market {
    state: u64,
    variance: f64,
}

impl Market {
    fn uniform(&mut self) -> f64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 40) as f64 / (1u64 << 24) as f64
    }

    /// A day's log return; one day in twenty moves three times as far as the others.
    fn day(&mut self) -> f64 {
        let near_normal = (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0;
        let far = if self.uniform() < 0.05 { 3.0 } else { 0.77 };
        let value = 0.0005 + near_normal * far * self.variance.sqrt();
        self.variance = 8e-6 + 0.08 * value * value + 0.9 * self.variance;
        value
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut market = Market { state: 7, variance: 4e-4 };
    let days: Vec<f64> = (0..1500).map(|_| market.day()).collect();

    println!("Models of {} days, best by Schwarz's criterion first:\n", days.len());
    let mut fits = Vec::new();
    for dynamics in [Dynamics::Garch, Dynamics::Gjr, Dynamics::Egarch] {
        for errors in [Errors::Normal, Errors::StudentT, Errors::SkewedT] {
            fits.push(VolatilityModel { dynamics, errors }.fit(&days)?);
        }
    }
    fits.sort_by(|a, b| a.bic().total_cmp(&b.bic()));
    println!("{:<18} {:>14} {:>11}  status", "model", "log-likelihood", "BIC");
    for fit in &fits {
        let name = format!("{:?}, {:?}", fit.model.dynamics, fit.model.errors);
        println!("{name:<18} {:>14.2} {:>11.1}  {:?}", fit.log_likelihood, fit.bic(), fit.status);
    }

    let Some(best) = fits.first() else { return Ok(()) };
    let (p, errors) = (&best.parameters, best.standard_errors(&days, ErrorCovariance::Robust)?);
    println!(
        "\nThe best one: alpha {:.3} +- {:.3}, beta {:.3} +- {:.3}",
        p.alpha, errors.alpha, p.beta, errors.beta
    );

    println!("\nVolatility of the days to come (the market was made with 2.0 % as its long run):");
    let forecast = best.stream().forecast(10)?;
    for (ahead, variance) in forecast.variances().unwrap_or(&[]).iter().enumerate() {
        println!("  day {:>2}: {:.3} %", ahead + 1, variance.sqrt() * 100.0);
    }

    println!(
        "\nEGARCH with fat tails expects no finite variance, and says so instead of averaging a few paths:"
    );
    if let Some(egarch) = fits
        .iter()
        .find(|fit| fit.model == VolatilityModel { dynamics: Dynamics::Egarch, errors: Errors::StudentT })
        && let VarianceForecast::LogVariance { expected_log, expected } = egarch.stream().forecast(10)?
    {
        let infinite = expected == ExpectedVariance::Infinite;
        let tenth = expected_log.last().map_or(0.0, |ln| (0.5 * ln).exp());
        println!("  infinite: {infinite}; by its expected logarithm day 10 is {:.3} %", tenth * 100.0);
    }

    println!("\nCarried on without a new fit, one day at a time:");
    let mut variance = best.stream();
    for _ in 0..5 {
        let (expected, came) = (variance.variance().sqrt(), market.day());
        variance.observe(came)?;
        println!("  expected {:.2} %, came {:+.2} %", expected * 100.0, came * 100.0);
    }

    let squares: Vec<f64> = days.iter().map(|r| r * r).collect();
    let har = HarModel::fit(&squares)?;
    let mut stream = HarStream::new()?;
    let mut row = None;
    for square in &squares {
        row = stream.observe(*square)?;
    }
    if let Some(row) = row {
        println!("\nBy a day, a week and a month of squares (HAR): {:.2} %", har.expect(&row).sqrt() * 100.0);
    }
    Ok(())
}
