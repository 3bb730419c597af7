//! All figures of the curve, the run beside holding the asset; and all figures of the trades.

use autotrading_backtest::{Interval, Performance, Report, Undefined};

use crate::markup::card as card_of;
use crate::number::{DASH, count, or_dash, percent, plain, signed_percent};
use crate::table::{Cell, Set, Table};
use crate::word;

type Told = fn(&Performance) -> String;

const FIGURES: [(&str, Told); 23] = [
    ("Total return", |p| signed_percent(p.total_return)),
    ("Return a year, compounded", |p| or_dash(p.annual_return, signed_percent)),
    ("Volatility a year", |p| or_dash(p.annual_volatility, percent)),
    ("Sharpe ratio", |p| ratio(p.sharpe)),
    ("Its standard error", |p| ratio(p.sharpe_standard_error)),
    ("Its 95 % interval", |p| {
        let ends = |i: Interval| format!("{} to {}", plain(i.low, 2), plain(i.high, 2));
        p.sharpe_interval.map_or_else(|| DASH.to_owned(), ends)
    }),
    ("Sharpe ratio, corrected for autocorrelation", |p| ratio(p.sharpe_autocorrelated)),
    ("Probability that it is above zero", |p| or_dash(p.probabilistic_sharpe, percent)),
    ("Years until that is 95 %", |p| or_dash(p.minimum_track_record_years, |v| plain(v, 1))),
    ("Sortino ratio", |p| ratio(p.sortino)),
    ("Calmar ratio", |p| ratio(p.calmar)),
    ("Omega", |p| ratio(p.omega)),
    ("Tail ratio", |p| ratio(p.tail_ratio)),
    ("Largest drawdown", |p| percent(p.max_drawdown)),
    ("Longest drawdown, days", |p| plain(p.longest_drawdown_days, 0)),
    ("Ulcer index", |p| or_dash(p.ulcer_index, percent)),
    ("Value at risk of a bar, 95 %", |p| or_dash(p.value_at_risk_95, fine_percent)),
    ("Expected shortfall of a bar, 95 %", |p| or_dash(p.expected_shortfall_95, fine_percent)),
    ("Best bar", |p| or_dash(p.best_return, signed_percent)),
    ("Worst bar", |p| or_dash(p.worst_return, signed_percent)),
    ("Skewness", |p| ratio(p.skewness)),
    ("Excess kurtosis", |p| or_dash(p.excess_kurtosis, |v| plain(v, 1))),
    ("Bars a year", |p| plain(p.periods_per_year, 0)),
];

fn ratio(value: Option<f64>) -> String {
    or_dash(value, |v| plain(v, 2))
}

/// Risks of one bar are small.
fn fine_percent(value: f64) -> String {
    let text = plain(value * 100.0, 3);
    if value.is_finite() { format!("{text} %") } else { text }
}

pub(super) fn card(report: &Report) -> String {
    let lacking = if report.undefined.is_empty() {
        String::new()
    } else {
        card_of("wide held", "What is undefined, and why", &undefined(report).html())
    };
    card_of("", "Figures of the curve", &curve(report).html())
        + &card_of("", "Figures of the trades", &trading(report).html())
        + &lacking
}

fn undefined(report: &Report) -> Table {
    let row = |one: &Undefined| {
        let (of, figure) = match one.figure.strip_prefix("benchmark.performance.") {
            Some(figure) => ("holding", figure),
            None => ("run", one.figure.trim_start_matches("performance.")),
        };
        vec![word::apart(figure).into(), of.into(), one.reason.as_str().into()]
    };
    Table {
        id: "undefined",
        caption: "A dash above is a figure that cannot be had from these data.".to_owned(),
        columns: vec![("Figure", Set::Words), ("Of", Set::Words), ("Reason", Set::Words)],
        rows: report.undefined.iter().map(row).collect(),
    }
}

fn curve(report: &Report) -> Table {
    let (own, held) = (&report.performance, &report.benchmark);
    let mut rows: Vec<Vec<Cell>> = FIGURES
        .iter()
        .map(|(name, told)| vec![(*name).into(), told(own).into(), told(&held.performance).into()])
        .collect();
    let against: [(&str, String); 7] = [
        ("Beta to the asset", ratio(held.beta)),
        ("Alpha a year", or_dash(held.alpha, signed_percent)),
        ("Correlation with the asset", ratio(held.correlation)),
        ("Information ratio against holding", ratio(held.information_ratio)),
        ("Tracking error a year", or_dash(held.tracking_error, percent)),
        ("Share of the asset's rises taken", or_dash(held.capture.up, percent)),
        ("Share of the asset's falls taken", or_dash(held.capture.down, percent)),
    ];
    rows.extend(against.map(|(name, text)| vec![name.into(), text.into(), Cell::default()]));
    Table {
        id: "curve",
        caption: "From the returns of each bar; annualised by the data's own times.".to_owned(),
        columns: vec![("Figure", Set::Words), ("Run", Set::Numbers), ("Holding", Set::Numbers)],
        rows,
    }
}

fn trading(report: &Report) -> Table {
    let (trading, summary) = (&report.trading, &report.summary);
    let money = |value: Option<f64>| or_dash(value, |v| plain(v, 2));
    let rows: [(&str, String); 23] = [
        ("Orders sent", count(trading.orders)),
        ("Orders refused by the risk gate", count(trading.refused)),
        ("Executions", count(summary.fills)),
        ("Round trips", count(summary.closed_trades)),
        ("Liquidations", count(trading.liquidations)),
        ("Share of winners", or_dash(trading.win_rate, percent)),
        ("Profit factor", ratio(trading.profit_factor)),
        ("Mean result of a round trip", money(trading.expectancy)),
        ("Mean gain of a winner", money(trading.average_win)),
        ("Mean loss of a loser", money(trading.average_loss)),
        ("Mean gain over mean loss", ratio(trading.payoff)),
        ("Kelly bet, share of equity", or_dash(trading.kelly, percent)),
        ("Best round trip", money(trading.best)),
        ("Worst round trip", money(trading.worst)),
        ("Longest run of losers", count(trading.longest_losing_streak)),
        ("Furthest against a position, mean (MAE)", or_dash(trading.mean_adverse, percent)),
        ("Furthest for a position, mean (MFE)", or_dash(trading.mean_favourable, percent)),
        ("Mean hours in a round trip", or_dash(trading.average_hours, |v| plain(v, 1))),
        ("Share of bars with a position", percent(trading.time_in_market)),
        ("Mean leverage", format!("{} ×", plain(trading.average_leverage, 2))),
        ("Highest leverage", format!("{} ×", plain(trading.peak_leverage, 2))),
        ("Turnover a year, times equity", or_dash(trading.annual_turnover, |v| plain(v, 1))),
        ("Cash at the end", plain(summary.cash.to_f64(), 2)),
    ];
    Table {
        id: "trading",
        caption: "Money in settlement currency, after fees and funding.".to_owned(),
        columns: vec![("Figure", Set::Words), ("Run", Set::Numbers)],
        rows: rows.into_iter().map(|(name, text)| vec![name.into(), text.into()]).collect(),
    }
}
