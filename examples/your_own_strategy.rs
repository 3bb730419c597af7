//! A strategy of your own, run through the whole engine: sized, reviewed, executed, booked.
//!
//! The rule is Donchian's: follow a close beyond the highest high or lowest low of the last `length` bars. It says what
//! it thinks and where it would be proven wrong; how much is traded, and whether at all, is the house's business.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example your_own_strategy
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;

use autotrading::backtest::{Backtest, BacktestConfiguration, Detail};
use autotrading::core::{Engine, Unrecorded, read_toml};
use autotrading::domain::{Bar, Direction, InstrumentId, MarketData, MarketEvent, Signal, Span, StrategyId};
use autotrading::market_data::{CommonWorkload, Filling, History, resample};
use autotrading::strategy::indicators::{Atr, Candle, Donchian, Indicator, IndicatorError};
use autotrading::strategy::{Context, Signals, Strategy, StrategyError, assert_causal, opinions};

const BITCOIN: InstrumentId = InstrumentId(0);
const NAME: &str = "breakout";

/// Follows a close beyond the channel of the bars before it.
#[derive(Clone, Debug)]
struct Breakout {
    strategy: StrategyId,
    channel: Donchian,
    range: Atr,
    said: Direction,
}

impl Breakout {
    fn new(strategy: StrategyId, length: usize) -> Result<Self, IndicatorError> {
        Ok(Self { strategy, channel: Donchian::new(length)?, range: Atr::new(14)?, said: Direction::Flat })
    }

    /// What the new candle says, judged by the channel of the candles before it.
    fn judge(&mut self, candle: Candle) -> Result<Option<Direction>, IndicatorError> {
        let before = self.channel.value();
        self.range.update(candle)?;
        self.channel.update(candle)?;
        Ok(match before {
            Some(channel) if candle.close() > channel.upper => Some(Direction::Long),
            Some(channel) if candle.close() < channel.lower => Some(Direction::Short),
            _ => None,
        })
    }
}

impl Strategy for Breakout {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.channel.warm_up() + 1
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        let MarketData::Bar(bar) = &event.data else { return Ok(()) };
        if event.instrument != BITCOIN || !bar.closed {
            return Ok(());
        }
        let refused = |source| StrategyError::Bar { strategy: NAME, at: event.ts_event, source };
        let candle = Candle::try_from(bar).map_err(refused)?;
        // An opinion stands until it is changed: speak only when it does.
        let Some(direction) = self.judge(candle).map_err(refused)?.filter(|d| *d != self.said) else {
            return Ok(());
        };
        self.said = direction;
        signals.push(Signal {
            strategy: self.strategy,
            instrument: event.instrument,
            at: event.ts_event,
            direction,
            strength: 1.0,
            confidence: 0.6,
            stop_distance: self.range.value().map(|range| 3.0 * range),
            target_distance: None,
            horizon: None,
            reason: "closed beyond the channel".into(),
            leg: None,
        });
        Ok(())
    }
}

/// What the house allows this strategy to do. What is not said has its default; unknown keys are refused.
const CONFIGURATION: &str = r#"
[run]
cash = "100000"

[instrument]
leverage = "5"
taker_fee = "0.0005"

[[strategies]]
name = "breakout"

[pipeline]
max_age = "1 h"

[sizing.atr_risk]              # lose 1 % of equity at three average ranges
risk_per_trade = 0.01
multiple = 3.0
[sizing.leverage]
maximum = 2.0

[exits]
stop = { distance = "signal" } # where the strategy says that it is wrong

[risk]                         # one instrument, not a diversified book
collar = "0.5"
concentration = "3"
drawdown = { reduce_only = "0.25", halted = "0.35" }
daily_loss = { reduce_only = "0.06", halted = "0.10" }
price_age = { intervals = 2 }
"#;

/// Hours of the synthetic market, a little over a year of them.
fn market() -> Result<History, Box<dyn Error>> {
    let minutes = CommonWorkload::history(525_600);
    Ok(resample(minutes.all(), Span::HOUR, Filling::Leave)?.history)
}

fn main() -> Result<(), Box<dyn Error>> {
    let hours = market()?;

    // Before anything else: does it know the future? Up to a bar, its opinions must not change when later bars do.
    let breakout = Breakout::new(StrategyId(0), 72)?;
    let bars: Vec<Bar> = hours.iter().take(2_000).collect();
    assert_causal(|bars| opinions(&mut breakout.clone(), BITCOIN, bars), &bars, 1)?;
    println!("It does not know the future: {} bars tried with other futures.\n", bars.len());

    let configuration: BacktestConfiguration = read_toml(CONFIGURATION)?;
    let backtest = Backtest {
        configuration: &configuration,
        history: hours.all(),
        funding: &[], // the default rate at every funding time
        data: "synthetic hours",
        detail: Detail::Full,
    };
    // The only line that differs from a strategy of the catalogue: the engine is made with our own.
    let engine =
        |instruments, rules| Engine::with_strategies(instruments, rules, vec![(BITCOIN, Box::new(breakout))]);
    let (finished, _) = backtest.run_with(engine, Unrecorded, |_| ControlFlow::Continue(()))?;
    println!("The venue's account equals our books: {}", finished.venue_agrees());
    let outcome = finished.outcome(&backtest, Vec::new())?;

    println!("\nThe first orders, and what decided their size:");
    for order in outcome.orders.iter().take(5) {
        println!(
            "  {}  {} {} by {}: {}",
            order.at, order.direction, order.quantity, order.bound, order.outcome
        );
    }
    println!("\nWhy there was a fill:");
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for fill in &outcome.fills {
        *reasons.entry(&fill.reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        println!("  {count:>4} x {reason}");
    }
    let (summary, trading) = (&outcome.report.summary, &outcome.report.trading);
    println!(
        "\nfinal equity {:.2} after {:.2} of fees",
        summary.final_equity.to_f64(),
        summary.fees.to_f64()
    );
    println!("{} round trips, {:.0} % won", summary.closed_trades, trading.win_rate.unwrap_or(0.0) * 100.0);
    println!("worst fall {:.1} %", summary.max_drawdown * 100.0);
    println!("\nThe market is a random walk: whatever comes out of it is luck, less costs.");
    Ok(())
}
