//! Is this data fit to trade on? Rows with every fault there is, read under three policies, judged, resampled.
//!
//! ```text
//! cargo run -p autotrading-examples --example check_data
//! ```

use std::error::Error;

use autotrading_domain::{Span, Timestamp};
use autotrading_market_data::{
    CommonWorkload, Doubtful, Filling, Intake, IntakeError, QualityRules, ReadRules, Reading, Row, Unusable,
    check, resample,
};

/// An hour of minutes with a hole, a duplicate, a high below its low, a price that is no number and a spike.
fn rows() -> Vec<Row> {
    let start = Timestamp::from_secs(1_704_067_200); // 2024-01-01
    let mut rows: Vec<Row> = (0..60)
        .filter(|minute| !(20..25).contains(minute))
        .map(|minute| {
            let price = (10_000.0 + 100.0 * (minute as f64 * 0.7).sin()).round() / 100.0;
            Row {
                open_time: start.after(Span::MINUTE.times(minute)),
                open: price,
                high: price + 0.25,
                low: price - 0.25,
                close: price + 0.125,
                volume: 10.0 + minute as f64,
                synthetic: false,
                price_decimals: 2,
            }
        })
        .collect();
    if let Some(row) = rows.get_mut(10) {
        row.close = f64::NAN;
    }
    if let Some(row) = rows.get_mut(30) {
        (row.high, row.low) = (row.low, row.high);
    }
    if let Some(row) = rows.get_mut(40) {
        (row.close, row.high) = (140.0, 140.0);
    }
    if let Some(row) = rows.get(50).copied() {
        rows.insert(51, row);
    }
    rows
}

/// Hands the rows in one by one, with their line numbers in the file they would come from.
fn read(rules: ReadRules) -> Result<Reading, IntakeError> {
    let mut intake = Intake::new(rules);
    for (line, row) in (2..).zip(rows()) {
        intake.take(line, &row)?;
    }
    intake.finish()
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("Strictly, the first fault ends it:");
    if let Err(error) = read(ReadRules::default()) {
        println!("  {error}");
    }

    println!("\nTolerantly, faults are dropped or kept, and told:");
    let tolerant = ReadRules {
        unusable: Unusable::Drop,
        duplicate: Unusable::Drop,
        inconsistent: Doubtful::Drop,
        ..ReadRules::inspect()
    };
    let reading = read(tolerant)?;
    let report = reading.check(&QualityRules { trailing_bars: 20, ..QualityRules::default() });
    println!("  {} bars of {}, coverage {:.1} %", report.bars, report.interval, report.coverage * 100.0);
    for gap in &report.gaps {
        println!("  gap: {} bars missing from {} to {}", gap.missing, gap.from, gap.to);
    }
    for finding in report.findings.listed() {
        println!("  {:?}: {finding}", finding.severity);
    }

    println!("\nMinutes to quarters of an hour; a first or last one that is not whole is left out:");
    let quarters = resample(reading.history.all(), Span::MINUTE.times(15), Filling::Leave)?;
    for bar in quarters.history.iter() {
        println!(
            "  {}  {:7.2} {:7.2} {:7.2} {:7.2}  volume {:.0}",
            bar.open_time, bar.open, bar.high, bar.low, bar.close, bar.volume
        );
    }
    for partial in &quarters.partial {
        let fate = if partial.kept { "kept" } else { "left out" };
        println!(
            "  the one of {} has {} of {} bars and is {fate}",
            partial.open_time, partial.present, partial.expected
        );
    }

    let clean = CommonWorkload::history(10_000);
    let report = check(&clean, &QualityRules::default());
    println!(
        "\nA synthetic week for comparison: {} bars, {} gaps, digest {:016x}",
        report.bars,
        report.gaps.len(),
        clean.digest()
    );
    Ok(())
}
