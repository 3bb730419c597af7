//! The research profile against figures on which other engines agree.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{Backtest, Detail, ResearchRules, Summary};
use autotrading_core::{StrategyEntry, Unrecorded};
use autotrading_domain::{Money, Rate};
use autotrading_market_data::{CommonWorkload, History};
use autotrading_strategy::{ParameterValue, Parameters};
use rust_decimal::Decimal;

/// Runs `sma-cross` over bars in the research profile: fee 0.05 %, one unit, cash 100 000.
fn run(history: &History, fast: &str, slow: &str, mode: &str) -> Summary {
    let parameters = [("fast", fast), ("slow", slow), ("mode", mode)]
        .into_iter()
        .fold(Parameters::new(), |all, (name, value)| all.with(name, ParameterValue::read(value)));
    let rules = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        fee: Rate::new(Decimal::new(5, 4)),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(100_000)),
    };
    let configuration = rules.configuration();
    let backtest = Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "synthetic",
        detail: Detail::Figures,
    };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    assert!(finished.venue_agrees(), "venue and books disagree");
    finished.summary(&backtest).unwrap()
}

/// The same rule in a dozen lines, without any of the house.
fn oracle(history: &History, fast: usize, slow: usize, short: bool) -> (f64, u64) {
    let (open, close) = (history.open(), history.close());
    let ticks: Vec<i64> = close.iter().map(|price| (price * 64.0) as i64).collect();
    let (mut cash, mut held, mut fills) = (100_000.0, 0.0, 0);
    let mut last = None;
    for bar in slow - 1..close.len() {
        let sum = |length: usize| ticks[bar + 1 - length..=bar].iter().sum::<i64>();
        let above = (sum(fast) * slow as i64).cmp(&(sum(slow) * fast as i64));
        let before = last.replace(above);
        let wanted = match (before, above) {
            (Some(was), now) if was.is_le() && now.is_gt() => 1.0,
            (Some(was), now) if was.is_ge() && now.is_lt() => {
                if short {
                    -1.0
                } else {
                    0.0
                }
            }
            _ => held,
        };
        if wanted != held && bar + 1 < open.len() {
            let traded: f64 = wanted - held;
            cash -= traded * open[bar + 1] + traded.abs() * open[bar + 1] * 0.0005;
            held = wanted;
            fills += 1;
        }
    }
    (cash + held * close[close.len() - 1], fills)
}

#[test]
fn a_year_of_minutes_ends_where_other_engines_end() {
    let summary = run(&CommonWorkload::history(525_600), "10", "50", "long-flat");
    assert!((summary.final_equity.to_f64() - 98_400.590_742_187_43).abs() < 1e-6, "{}", summary.final_equity);
    assert_eq!((summary.fills, summary.closed_trades), (14_450, 7_225));
}

#[test]
fn other_lengths_and_reversals_end_where_a_dozen_lines_end() {
    let history = CommonWorkload::history(40_000);
    for (fast, slow) in [(5, 20), (10, 50), (14, 65), (2, 3)] {
        for (mode, short) in [("long-flat", false), ("long-short", true)] {
            let summary = run(&history, &fast.to_string(), &slow.to_string(), mode);
            let (equity, fills) = oracle(&history, fast, slow, short);
            let got = summary.final_equity.to_f64();
            assert!((got - equity).abs() < 1e-6, "{fast}/{slow} {mode}: {got} is not {equity}");
            assert_eq!(summary.fills, fills, "{fast}/{slow} {mode}");
        }
    }
}

#[test]
fn the_same_run_has_the_same_digest() {
    let history = CommonWorkload::history(5_000);
    let digests: Vec<String> = (0..3).map(|_| run(&history, "10", "50", "long-short").digest).collect();
    assert!(digests.iter().all(|digest| *digest == digests[0]));
    assert_ne!(digests[0], run(&history, "10", "51", "long-short").digest);
}
