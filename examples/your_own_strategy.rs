//! A strategy of your own, run through the whole engine: sized, reviewed, executed, booked.
//!
//! The rule is Donchian's: follow a close beyond the highest high or lowest low of the last `length` bars. It says what
//! it thinks and where it would be proven wrong; how much is traded, and whether at all, is the house's business.
//! A second one, `Basis`, shows an opinion with two legs.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example your_own_strategy
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::ControlFlow;

use autotrading::backtest::{Backtest, BacktestConfiguration, Detail};
use autotrading::core::{Engine, Unrecorded, read_toml};
use autotrading::domain::{
    Bar, Direction, InstrumentId, Leg, MarketData, MarketEvent, Signal, Span, StrategyId,
};
use autotrading::market_data::{CommonWorkload, Filling, History, resample};
use autotrading::strategy::indicators::{Atr, Candle, Donchian, Indicator, IndicatorError};
use autotrading::strategy::{
    Context, LifeCycle, LifeCycleRules, Parameter, ParameterError, ParameterSpace, Parameters, Signals,
    Strategy, StrategyError, assert_causal, assert_causal_across, opinions, opinions_across,
};

const BITCOIN: InstrumentId = InstrumentId(0);
const BITCOIN_SPOT: InstrumentId = InstrumentId(1);
const NAME: &str = "breakout";

/// What can be set about it: smallest, largest, step of a sweep, default.
const PARAMETERS: &[Parameter] = &[
    Parameter::integer("length", "bars of the channel", (2, 1_000, 24, 72)),
    Parameter::real("stop", "distance of the stop, in ATR", (0.5, 10.0, 0.5, 3.0)),
];
const SPACE: ParameterSpace = ParameterSpace::new(NAME, PARAMETERS, &[]);

/// Follows a close beyond the channel of the bars before it.
#[derive(Clone, Debug)]
struct Breakout {
    strategy: StrategyId,
    channel: Donchian,
    range: Atr,
    stop: f64,
    said: Direction,
}

impl Breakout {
    fn new(strategy: StrategyId, said: &Parameters) -> Result<Self, ParameterError> {
        let settings = SPACE.check(said)?;
        Ok(Self {
            strategy,
            channel: Donchian::new(settings.count("length")?)?,
            range: Atr::new(14)?,
            stop: settings.real("stop")?,
            said: Direction::Flat,
        })
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
            stop_distance: self.range.value().map(|range| self.stop * range),
            target_distance: None,
            horizon: None,
            reason: "closed beyond the channel".into(),
            leg: None,
        });
        Ok(())
    }
}

/// Sells the perpetual and buys spot while the perpetual is dear: one opinion, two legs.
#[derive(Clone, Debug)]
struct Basis {
    strategy: StrategyId,
    perpetual: Option<Bar>,
    opinion: u32,
    stands: bool,
}

impl Basis {
    /// Both legs under the number of their opinion. The ratio is in notional, for each unit of it on the first leg.
    fn say(&mut self, bar: &Bar, direction: Direction, signals: &mut Signals) {
        for (place, instrument, direction) in
            [(0, BITCOIN, direction), (1, BITCOIN_SPOT, Direction::of(-direction.sign()))]
        {
            signals.push(Signal {
                strategy: self.strategy,
                instrument,
                at: bar.close_time(),
                direction,
                strength: direction.sign().abs(),
                confidence: 0.8,
                stop_distance: None,
                target_distance: None,
                horizon: None,
                reason: "the perpetual is dear against spot".into(),
                leg: Some(Leg { opinion: self.opinion, place, of: 2, ratio: 1.0 }),
            });
        }
    }
}

impl Strategy for Basis {
    fn name(&self) -> &'static str {
        "basis"
    }

    fn warm_up(&self) -> usize {
        1
    }

    fn legs(&self) -> &[InstrumentId] {
        &[BITCOIN, BITCOIN_SPOT]
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        let MarketData::Bar(bar) = &event.data else { return Ok(()) };
        if event.instrument == BITCOIN {
            self.perpetual = Some(*bar);
        }
        // Only bars that closed at the same moment are compared.
        let same = self.perpetual.filter(|perpetual| perpetual.open_time == bar.open_time);
        let Some(perpetual) = same.filter(|_| event.instrument == BITCOIN_SPOT) else { return Ok(()) };
        let basis = perpetual.close / bar.close - 1.0;
        if !self.stands && basis > 0.002 {
            (self.stands, self.opinion) = (true, self.opinion + 1);
            self.say(bar, Direction::Short, signals);
        } else if self.stands && basis < 0.0 {
            self.stands = false;
            self.say(bar, Direction::Flat, signals);
        }
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
    let breakout = Breakout::new(StrategyId(0), &Parameters::new())?;
    let bars: Vec<Bar> = hours.iter().take(2_000).collect();
    assert_causal(|bars| opinions(&mut breakout.clone(), BITCOIN, bars), &bars, 1)?;
    println!("It does not know the future: {} bars tried with other futures.\n", bars.len());

    // The same for two legs: the future of both markets is changed at once.
    let basis = Basis { strategy: StrategyId(0), perpetual: None, opinion: 0, stands: false };
    let spot: Vec<Bar> = bars.iter().map(|bar| Bar { close: bar.open, ..*bar }).collect();
    let both =
        |markets: &[Vec<Bar>; 2]| opinions_across(&mut basis.clone(), [BITCOIN, BITCOIN_SPOT], markets);
    assert_causal_across(both, [&bars, &spot], 1)?;
    let said = both(&[bars.clone(), spot]).into_iter().flatten().flatten().count();
    println!("Nor does the basis, which said {said} legs.\n");

    // A sweep goes through the legal combinations of the same declaration.
    let grid = SPACE.grid_over(vec![SPACE.axis_of("length=24..120:48")?, SPACE.axis_of("stop=2,3")?])?;
    println!("{} of all {} combinations:", grid.count(), SPACE.grid().count());
    for said in grid.iter() {
        let mut strategy = Breakout::new(StrategyId(0), &said)?;
        let turns = opinions(&mut strategy, BITCOIN, &bars).into_iter().flatten().flatten().count();
        let words: Vec<String> = said.iter().map(|(name, value)| format!("{name} {value}")).collect();
        println!("  {:<20} {turns} opinions", words.join(", "));
    }
    println!();

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

    // Is there anything in it? Each day's return of the account, as if lived.
    let mut life = LifeCycle::new(LifeCycleRules::default())?;
    let days: Vec<f64> = outcome.series.equity.iter().step_by(24).copied().collect();
    for day in days.windows(2) {
        if let [before, after] = day
            && let Some(moved) = life.observe(after / before - 1.0)?
        {
            println!("day {}: {:?} -> {:?}", moved.day, moved.from, moved.to);
        }
    }
    if let Some(reading) = life.reading() {
        println!(
            "\n{:?} after {} days: Sharpe {:.2}, above zero with {:.0} %; it weighs {:.2}",
            life.stage(),
            life.record().days(),
            reading.live,
            reading.above_zero * 100.0,
            life.weight()
        );
    }
    println!("\nThe market is a random walk: whatever comes out of it is luck, less costs.");
    Ok(())
}
