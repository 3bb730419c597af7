//! `autotrading data`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use autotrading_catalog::{Existing, read_bars, write_bars};
use autotrading_market_data::{CommonWorkload, QualityReport, QualityRules, ReadRules, Severity};

use crate::arguments::DataCommand;
use crate::failure::{Failure, found};
use crate::terminal::say;

/// Findings of one kind that are printed before the rest is only counted.
const SHOWN: usize = 10;

/// Runs one of the data commands.
pub(crate) fn run(command: &DataCommand) -> Result<ExitCode, Failure> {
    match command {
        DataCommand::Check { file, json } => check(file, *json),
        DataCommand::Synth { bars, out, force } => synth(*bars, out, *force),
    }
}

fn check(file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let reading = read_bars(file, ReadRules::inspect())?;
    let report = reading.check(&QualityRules::default());
    let text = if json { serde_json::to_string_pretty(&report)? + "\n" } else { told(file, &report)? };
    say(&text)?;
    let unfit = report.findings.worst() == Some(Severity::Fault);
    Ok(if unfit { found() } else { ExitCode::SUCCESS })
}

fn told(file: &Path, report: &QualityReport) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{}: {} bars of {}", file.display(), report.bars, report.interval)?;
    if let (Some(start), Some(end)) = (report.start, report.end) {
        writeln!(text, "  from {start} to {end}, {:.4} % of the bars are there", report.coverage * 100.0)?;
    }
    if report.findings.is_empty() {
        writeln!(text, "  nothing was found")?;
    }
    for (kind, count) in report.findings.counts() {
        writeln!(text, "\n  {kind}: {count}")?;
        for finding in report.findings.listed().iter().filter(|finding| finding.kind == *kind).take(SHOWN) {
            writeln!(text, "    {finding}")?;
        }
        if *count > SHOWN as u64 {
            writeln!(text, "    and {} more; --json lists them", *count - SHOWN as u64)?;
        }
    }
    Ok(text)
}

fn synth(bars: usize, out: &Path, force: bool) -> Result<ExitCode, Failure> {
    if bars == 0 {
        return Err(Failure::usage(anyhow!("--bars is 0, expected at least 1")));
    }
    let existing = if force { Existing::Replace } else { Existing::Keep };
    write_bars(out, CommonWorkload::history(bars).all(), existing)?;
    say(&format!("wrote {bars} bars to {}\n", out.display()))?;
    Ok(ExitCode::SUCCESS)
}
