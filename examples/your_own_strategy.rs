//! A strategy of your own, run through the whole engine: sized, reviewed, executed, booked.
//!
//! The rule is Donchian's: follow a close beyond the highest high or lowest low of the last `length` bars. It says what
//! it thinks and where it would be proven wrong; how much is traded, and whether at all, is the house's business.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example your_own_strategy
//! ```

use std::cell::RefCell;
use std::error::Error;
use std::ops::ControlFlow;
use std::rc::Rc;

use autotrading::backtest::{BarReplay, ScriptedOperator, VenueDoor};
use autotrading::core::{
    Configuration, Engine, ExecutionRules, MeasureRules, Opening, Session, StrategyEntry, Unrecorded,
};
use autotrading::domain::{
    Bar, Direction, Instrument, InstrumentId, Instruments, Leverage, MarketData, MarketEvent, Money, Signal,
    Span, StrategyId,
};
use autotrading::exchanges::{SimulatedVenue, VenueRules};
use autotrading::market_data::{CommonWorkload, Filling, History, resample};
use autotrading::portfolio::PortfolioRules;
use autotrading::positions::{Distance, ExitRules, LedgerRules, StopRule};
use autotrading::risk::{Cap, PriceAge, RiskLimits};
use autotrading::sizing::{AtrRisk, GrossLeverage, SizingRules};
use autotrading::strategy::indicators::{Atr, Candle, Donchian, Indicator, IndicatorError};
use autotrading::strategy::{
    Context, Parameters, PipelineSettings, Signals, Strategy, StrategyError, assert_causal, opinions,
};

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
        });
        Ok(())
    }
}

/// What the house allows this strategy to do.
fn configuration() -> Result<Configuration, Box<dyn Error>> {
    let wide = RiskLimits::research_wide();
    Ok(Configuration {
        run: 1,
        // Only the name, for the journal: the strategy itself is handed to the engine.
        strategies: vec![StrategyEntry { name: NAME.to_owned(), parameters: Parameters::new() }],
        regime: None,
        matrix: None,
        pipeline: PipelineSettings { max_age: Span::HOUR, ..PipelineSettings::default() },
        portfolio: PortfolioRules::default(),
        sizing: SizingRules {
            atr_risk: Some(AtrRisk { risk_per_trade: 0.01, multiple: 3.0 }),
            leverage: Some(GrossLeverage { maximum: 2.0 }),
            ..SizingRules::NONE
        },
        ledger: LedgerRules::isolated(Leverage::new(5.into())?),
        exits: ExitRules {
            stop: Some(StopRule { distance: Distance::Signal, source: Default::default() }),
            ..ExitRules::default()
        },
        risk: RiskLimits { price_age: Cap::At(PriceAge::Intervals(2)), ..wide },
        execution: ExecutionRules::default(),
        measures: MeasureRules::default(),
        stale_after: Span::HOUR,
    })
}

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

    let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.01".parse()?, "0.001".parse()?)?;
    let instruments = Instruments::new(vec![bitcoin]);
    let own: Vec<(InstrumentId, Box<dyn Strategy>)> = vec![(BITCOIN, Box::new(breakout))];
    let engine = Engine::with_strategies(instruments.clone(), configuration()?, own)?;

    // The three edges: a replayed market, the simulated venue, and no journal.
    let (cash, seed) = (Money::new(100_000.into()), 1);
    let venue = SimulatedVenue::new(&instruments, VenueRules::default(), cash, seed)?;
    let venue = Rc::new(RefCell::new(venue));
    let feed = BarReplay::new(BITCOIN, hours.all(), Rc::clone(&venue), ScriptedOperator::default(), cash);
    let opening = Opening {
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        configuration: configuration()?,
        instruments,
        data_digest: Some(format!("{:016x}", hours.digest())),
        seed,
    };
    let mut session = Session::open(engine, &opening, feed, VenueDoor::new(Rc::clone(&venue)), Unrecorded)?;

    let (mut trades, mut shown) = (Vec::new(), 0);
    let closing = session.run(|event, _, turn| {
        for decision in turn.decisions().iter().filter(|decision| decision.sizing().is_some()) {
            if shown < 3
                && let (Some(sizing), Some(intent)) = (decision.sizing(), &decision.intent)
            {
                println!(
                    "{}  order {}: {}",
                    event.at(),
                    intent.id,
                    sizing.to_string().lines().next().unwrap_or("")
                );
                shown += 1;
            }
        }
        trades.extend(turn.bookings().iter().filter_map(|entry| entry.closed_trade().copied()));
        ControlFlow::Continue(())
    })?;

    let mut won = 0;
    for trade in &trades {
        won += usize::from(!trade.net()?.is_negative());
    }
    let totals = &closing.books.totals;
    println!(
        "\n{} hours, {} events, {} round trips, {won} of them won",
        hours.len(),
        closing.events,
        trades.len()
    );
    println!("  equity    {}", closing.equity);
    println!("  realized  {}\n  fees      {}\n  funding   {}", totals.realized, totals.fees, totals.funding);
    let account = venue.borrow().account();
    assert_eq!(
        (account.realized, account.fees, account.funding),
        (totals.realized, totals.fees, totals.funding)
    );
    println!("The venue's own account agrees to the last digit.");
    Ok(())
}
