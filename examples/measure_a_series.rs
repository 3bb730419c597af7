//! What does a series of returns say, and how surely? Moments, tails, memory, and an interval by bootstrap.
//!
//! ```text
//! cargo run -p autotrading-examples --example measure_a_series
//! ```

use std::error::Error;

use autotrading_statistics::autocorrelation::{autocorrelation, effective_sample_size};
use autotrading_statistics::block_length::politis_white;
use autotrading_statistics::quantile::quantile;
use autotrading_statistics::tail::{
    historical_expected_shortfall, historical_value_at_risk, normal_value_at_risk,
};
use autotrading_statistics::{
    BlockBootstrap, Decay, Estimator, ExponentialMoments, Moments, QuantileMethod, ShortfallMethod,
};

/// A thousand made-up daily returns with quiet and nervous weeks, from a small integer generator.
fn returns() -> Vec<f64> {
    let mut state: u64 = 7;
    let mut uniform = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut day = move |number: usize| {
        let noise: f64 = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let nervous = if number / 40 % 4 == 3 { 3.0 } else { 1.0 };
        0.0008 + 0.01 * nervous * noise
    };
    (0..1_000).map(&mut day).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let returns = returns();
    let moments = Moments::of(&returns)?;
    let (mean, deviation) = (moments.mean()?, moments.standard_deviation(Estimator::Sample)?);
    println!("{} daily returns", moments.count());
    println!("  mean {mean:+.5}, deviation {deviation:.5}");
    println!("  skewness {:+.3}", moments.skewness(Estimator::Sample)?);
    println!("  excess kurtosis {:+.3} (a bell curve has 0)", moments.excess_kurtosis(Estimator::Sample)?);

    println!("\nMemory:");
    let squares: Vec<f64> = returns.iter().map(|r| r * r).collect();
    println!("  of returns     {:+.3} at lag 1", autocorrelation(&returns, 1)?);
    println!("  of volatility  {:+.3} at lag 1", autocorrelation(&squares, 1)?);
    println!("  as good as {:.0} independent days", effective_sample_size(&returns)?);
    let mut recent = ExponentialMoments::new(Decay::from_half_life(20.0)?);
    returns.iter().try_for_each(|r| recent.push(*r))?;
    println!("  deviation with a half-life of 20 days: {:.5}", recent.corrected_standard_deviation()?);

    println!("\nA bad day, at 99 %:");
    let method = QuantileMethod::Linear;
    println!("  value at risk by history     {:.4}", historical_value_at_risk(&returns, 0.99, method)?);
    println!("  value at risk if normal      {:.4}", normal_value_at_risk(mean, deviation, 0.99)?);
    let shortfall = historical_expected_shortfall(&returns, 0.99, ShortfallMethod::Fractional)?;
    println!("  and when it is exceeded      {shortfall:.4} on average");

    // Blocks keep neighbouring days together, so that the interval knows of the nervous weeks.
    let block = politis_white(&squares)?.stationary;
    let mut bootstrap = BlockBootstrap::stationary(returns.len(), block, 42)?;
    let mut means = Vec::new();
    for _ in 0..2_000 {
        let sample: Vec<f64> = bootstrap.draw().iter().filter_map(|row| returns.get(*row).copied()).collect();
        means.push(Moments::of(&sample)?.mean()?);
    }
    let (low, high) = (quantile(&means, 0.05, method)?, quantile(&means, 0.95, method)?);
    println!(
        "\nThe mean return lies in {low:+.5} to {high:+.5} with 90 % confidence (blocks of {block:.1} days)."
    );
    let verdict = if low > 0.0 { "surely above zero" } else { "not surely above zero" };
    println!("It is {verdict}.");

    if let Err(error) = Moments::of(&[0.01, f64::NAN]) {
        println!("\nBad input is refused by name: {error}");
    }
    Ok(())
}
