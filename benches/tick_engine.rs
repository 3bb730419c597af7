//! Trades and quotes through the whole engine, with a cross of exponential averages: events a second.
//!
//! The bars that other engines know, each told as four quotes and four trades on which the venue matches; the house marks
//! its books and looks at its limits at every one of them, and asks the strategy at every closed bar. Journal off.
#![allow(clippy::disallowed_methods, reason = "what time was used comes from outside")]

use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

use autotrading::backtest::{
    BacktestConfiguration, BacktestError, Detail, MarketHistory, PortfolioBacktest, PortfolioFinished,
    ResearchRules,
};
use autotrading::core::{StrategyEntry, Unrecorded};
use autotrading::domain::{Bar, MarketData, Money, Quote, Rate, Side, Span, Trade};
use autotrading::exchanges::TickRules;
use autotrading::market_data::{Announcement, Chronicle, CommonWorkload};
use autotrading::strategy::{ParameterValue, Parameters};
use criterion::{Criterion, Throughput};
use rust_decimal::Decimal;

const BARS: usize = 200_000;
const TICK: f64 = 1.0 / 64.0;
const REPEATS: usize = 10;

/// Long above the cross of two exponential averages, short below it, one unit.
fn configuration() -> BacktestConfiguration {
    let parameters = [("entry", 0.0), ("full", 0.1), ("stop", 20.0), ("target", 50.0), ("trail", 0.0)]
        .into_iter()
        .fold(Parameters::new(), |all, (key, value)| all.with(key, ParameterValue::Real(value)))
        .with("fast", ParameterValue::Integer(10))
        .with("slow", ParameterValue::Integer(50));
    let rules = ResearchRules {
        strategy: StrategyEntry { name: "trend-following".to_owned(), parameters },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(1_000_000)),
    };
    let mut configuration = rules.configuration();
    // The prices lie in 64ths.
    configuration.instrument.tick_size = Some(Decimal::new(15_625, 6));
    // A position stands from cross to cross: what the strategy is surer of meanwhile moves nothing.
    configuration.portfolio.rebalance_threshold = 1.0;
    configuration
}

/// A bar as its trades, each with the quote that it met.
fn words_of(bar: Bar) -> impl Iterator<Item = Announcement> {
    let prices = [bar.open, bar.low, bar.high, bar.close];
    prices.into_iter().zip(0..).flat_map(move |(price, step)| {
        let quantity = bar.volume;
        let (bid, ask) = (price - TICK, price + TICK);
        let at = bar.open_time.after(Span::SECOND.times(1 + 15 * step));
        [
            MarketData::Quote(Quote { bid, bid_quantity: quantity, ask, ask_quantity: quantity }),
            MarketData::Trade(Trade { price, quantity, taker: Side::Buy }),
        ]
        .map(|data| Announcement { at, data })
    })
}

fn replay(backtest: &PortfolioBacktest<'_>) -> Result<PortfolioFinished, BacktestError> {
    Ok(backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?.0)
}

/// Seconds that this process has used outside the system, as Linux counts them: in hundredths.
fn user_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(11)?.parse().ok()?;
    Some(ticks / 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(BARS);
    let words = Chronicle::new(history.iter().flat_map(words_of).collect())?;
    let events = words.as_slice().len() + BARS;
    let configuration = configuration();
    let symbol = configuration.instrument.symbol.as_str();
    let market = MarketHistory::new(symbol, &history).with_chronicle(&words).with_ticks(TickRules::default());
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &[market],
        data: "common workload",
        detail: Detail::Figures,
    };

    // Fast and lossy is what some are: here every order is filled, and the venue's books are ours.
    let report = replay(&backtest)?.outcome(&backtest)?.report;
    let [figures] = report.instruments.as_slice() else { return Err("one instrument".into()) };
    let (orders, fills) = (figures.orders, figures.fills);
    println!("{events} events: {orders} orders, {fills} fills, {} refused", figures.refused);
    if orders == 0 || fills != orders || figures.refused > 0 || !report.venue_agrees {
        return Err("an order was not filled".into());
    }

    let mut least = f64::INFINITY;
    for _ in 0..REPEATS {
        let Some(begin) = user_seconds() else { break };
        black_box(replay(&backtest)?);
        least = least.min(user_seconds().unwrap_or(f64::INFINITY) - begin);
    }
    if least.is_finite() && least > 0.0 {
        println!(
            "fastest of {REPEATS}: {:.1} M events a second of processor time",
            events as f64 / least / 1e6
        );
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("tick_engine");
    group.throughput(Throughput::Elements(events as u64)).sample_size(10);
    group.measurement_time(Duration::from_secs(6)).warm_up_time(Duration::from_secs(1));
    group
        .bench_function("trades and quotes", |bencher| bencher.iter(|| black_box(replay(&backtest)).is_ok()));
    group.finish();
    criterion.final_summary();
    Ok(())
}
