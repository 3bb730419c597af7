//! The end of a run on one screen.

use std::fmt::Write as _;
use std::path::Path;

use autotrading_backtest::{InstrumentFigures, Outcome, Performance, PortfolioReport, Tally};
use autotrading_domain::Money;

/// The summary of a run, with the paths of what it wrote.
pub(crate) fn text(outcome: &Outcome, written: &[&Path]) -> String {
    let report = &outcome.report;
    let (run, summary, trading) = (&report.run, &report.summary, &report.trading);
    let mut out = String::new();
    // Writing to a string does not fail.
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "  {label:<16} {text}");
    };
    line("data", format!("{}: {} bars of {}", run.data, run.bars, run.interval));
    line("period", format!("{} to {}{}", run.from, run.to, if run.complete { "" } else { " (interrupted)" }));
    line("strategies", run.strategies.join(", "));
    line(
        "equity",
        format!(
            "{} -> {} ({})",
            money(run.start_cash),
            money(summary.final_equity),
            percent(Some(report.performance.total_return))
        ),
    );
    line("against holding", compare(&report.performance, &report.benchmark.performance));
    line(
        "max drawdown",
        format!(
            "{}   holding: {}",
            percent(Some(summary.max_drawdown)),
            percent(Some(report.benchmark.performance.max_drawdown))
        ),
    );
    line(
        "trades",
        format!(
            "{} round trips, {} fills, {} liquidations, win rate {}",
            summary.closed_trades,
            summary.fills,
            trading.liquidations,
            percent(trading.win_rate)
        ),
    );
    line(
        "exposure",
        format!(
            "{} of the time, leverage {:.2} on average, {:.2} at most",
            percent(Some(trading.time_in_market)),
            trading.average_leverage,
            trading.peak_leverage
        ),
    );
    line(
        "costs",
        format!(
            "fees {}, funding {}, spread {}, impact {}",
            money(report.costs.fees),
            money(report.costs.funding),
            money(report.costs.spread),
            money(report.costs.impact)
        ),
    );
    for scenario in &report.costs.scenarios {
        line(
            &format!("at {}x fees", scenario.multiple),
            format!("{} ({})", money(scenario.final_equity), percent(Some(scenario.total_return))),
        );
    }
    line("sizes bound by", tallies(&report.bounds));
    line("refused by", tallies(&report.refusals));
    line(
        "venue and books",
        if run.venue_agrees { "agree to the last digit".to_owned() } else { "DISAGREE".to_owned() },
    );
    line("digest", summary.digest.clone());
    for path in written {
        line("wrote", path.display().to_string());
    }
    out
}

/// The summary of a run of several markets, with the paths of what it wrote.
pub(crate) fn of_markets(report: &PortfolioReport, written: &[&Path]) -> String {
    let summary = &report.summary;
    let mut out = String::new();
    let mut line = |label: &str, text: String| {
        let _ = writeln!(out, "  {label:<16} {text}");
    };
    let bars: u64 = report.instruments.iter().map(|row| row.bars).sum();
    line("data", format!("{}: {bars} bars of {} markets", report.data, report.instruments.len()));
    let interrupted = if report.complete { "" } else { " (interrupted)" };
    line("period", format!("{} to {}{interrupted}", report.from, report.to));
    line("strategies", report.strategies.join(", "));
    line(
        "equity",
        format!(
            "{} -> {} ({})",
            money(report.start_cash),
            money(summary.final_equity),
            percent(Some(report.performance.total_return))
        ),
    );
    line("against holding", compare(&report.performance, &report.benchmark.performance));
    let holding = percent(Some(report.benchmark.performance.max_drawdown));
    line("max drawdown", format!("{}   holding: {holding}", percent(Some(summary.max_drawdown))));
    line("costs", format!("fees {}, funding {}", money(summary.fees), money(summary.funding)));
    let told = |row: &InstrumentFigures| {
        format!(
            "{} orders, {} fills, {} round trips, {} liquidations, net {}",
            row.orders,
            row.fills,
            row.closed_trades,
            row.liquidations,
            money(row.net)
        )
    };
    for row in &report.instruments {
        line(&row.symbol, told(row));
    }
    let agree = if report.venue_agrees { "agree to the last digit" } else { "DISAGREE" };
    line("venue and books", agree.to_owned());
    line("digest", summary.digest.clone());
    for path in written {
        line("wrote", path.display().to_string());
    }
    out
}

fn compare(own: &Performance, holding: &Performance) -> String {
    let ratio = |p: &Performance| p.sharpe.map_or("undefined".to_owned(), |ratio| format!("{ratio:.2}"));
    format!(
        "Sharpe {}   holding: {}, Sharpe {}",
        ratio(own),
        percent(Some(holding.total_return)),
        ratio(holding)
    )
}

fn tallies(all: &[Tally]) -> String {
    if all.is_empty() {
        return "nothing".to_owned();
    }
    all.iter().map(|tally| format!("{} {}", tally.cause, tally.count)).collect::<Vec<_>>().join(", ")
}

/// Rounded for reading, with thousands apart; exact amounts stand in report.json.
fn money(amount: Money) -> String {
    let text = format!("{:.2}", amount.get().round_dp(2));
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut apart = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            apart.push(' ');
        }
        apart.push(digit);
    }
    format!("{sign}{apart}.{cents}")
}

fn percent(share: Option<f64>) -> String {
    share.map_or("undefined".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_for_reading() {
        assert_eq!(money(Money::new("-1234567.891".parse().unwrap())), "-1 234 567.89");
        assert_eq!(money(Money::new("12.5".parse().unwrap())), "12.50");
        assert_eq!(money(Money::new("0.576".parse().unwrap())), "0.58");
    }
}
