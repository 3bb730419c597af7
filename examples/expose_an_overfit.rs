//! Noise that looks like an edge, exposed step by step.
//!
//! Two hundred strategies that toss a coin each day. The best of them looks like a find. Three honest questions later
//! nothing is left of it. Then the same with one that really has an edge.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example expose_an_overfit
//! ```

use std::error::Error;

use autotrading_backtest::laboratory::{
    CrossValidation, CrossValidationThresholds, FoldRules, Judgement, ReturnTable,
};
use autotrading_statistics::overfitting::{SharpeEstimate, VerdictRules};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const TRIALS: usize = 200;
const DAYS: usize = 730;

/// Daily returns of coin tossers with 2 % volatility; the trial `skilled` earns `edge` a day on top.
fn trials(seed: u64, skilled: usize, edge: f64) -> ReturnTable {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut toss = || if chance.random::<bool>() { 0.02 } else { -0.02 };
    let columns = (0..TRIALS)
        .map(|trial| (0..DAYS).map(|_| toss() + if trial == skilled { edge } else { 0.0 }).collect())
        .collect();
    ReturnTable::from_columns(columns, 365.0)
}

fn expose(title: &str, returns: &ReturnTable) -> Result<(), Box<dyn Error>> {
    println!("{title}\n{}", "-".repeat(title.len()));
    let ratios: Vec<SharpeEstimate> =
        returns.columns().iter().map(|column| SharpeEstimate::of(column)).collect::<Result<_, _>>()?;
    let (place, best) =
        ratios.iter().enumerate().max_by(|a, b| a.1.ratio.total_cmp(&b.1.ratio)).ok_or("no trial")?;
    let yearly = 365_f64.sqrt();
    println!(
        "1. Try {TRIALS} ideas, show the best: number {place}, Sharpe ratio {:.2} a year.",
        best.ratio * yearly
    );
    println!(
        "   Taken alone it is above zero with a probability of {:.1} %.",
        best.probability_above(0.0)? * 100.0
    );

    let judgement = Judgement::of(returns, TRIALS as u64, &VerdictRules::default());
    let luck = judgement.luck_of_the_search.unwrap_or(f64::NAN);
    println!("2. The best of {TRIALS} worthless ideas would show {:.2} anyway.", luck * yearly);
    println!(
        "   That it is better than that has a probability of {:.1} %.",
        best.probability_above(luck)? * 100.0
    );

    let report = CrossValidation {
        returns,
        rules: FoldRules::default(),
        thresholds: CrossValidationThresholds::default(),
    }
    .run()?;
    println!(
        "3. Choose on some days, look at the others: {:.2} where it was chosen, {:.2} on days held out;",
        report.mean_in_sample.unwrap_or(f64::NAN),
        report.splits.iter().filter_map(|split| split.out_of_sample).sum::<f64>()
            / report.splits.len() as f64
    );
    println!(
        "   worse than the median there in {:.0} % of the splits.",
        report.below_median.unwrap_or(f64::NAN) * 100.0
    );
    println!("\n{}\n", judgement.words());
    for finding in judgement.findings.iter().filter(|finding| finding.decisive) {
        let answer = if finding.passed { "passed" } else { "failed" };
        println!("   {answer}: {} is {:.3}", finding.question, finding.value.unwrap_or(f64::NAN));
    }
    println!();
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    expose("Two hundred coin tossers", &trials(7, 0, 0.0))?;
    expose("The same with one that knows something", &trials(7, 42, 0.0045))
}
