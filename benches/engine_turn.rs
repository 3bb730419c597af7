//! One bar through the engine: flat market, one strategy, all strategies with regimes and every cap.
//!
//! The venue is an echo that fills each market order at its mark, so that what is measured is the engine.

use std::error::Error;
use std::time::Duration;

use autotrading::core::{Configuration, Engine, ExecutionRules, MeasureRules, StrategyEntry, Turn};
use autotrading::domain::{
    Currency, Event, Fill, FillCause, Instrument, InstrumentId, Instruments, Leverage, Liquidity,
    MarketEvent, Money, OrderIntent, OrderKind, OrderReport, Price, ReportKind, Span, Timestamp, TradeId,
};
use autotrading::execution::{DeskRules, Request};
use autotrading::market_data::CommonWorkload;
use autotrading::portfolio::PortfolioRules;
use autotrading::positions::{ExitRules, LedgerRules};
use autotrading::regime::DetectorRules;
use autotrading::risk::RiskLimits;
use autotrading::sizing::{
    AtrRisk, Concentration, DrawdownThrottle, GrossLeverage, SizingRules, ValueAtRisk,
};
use autotrading::strategy::{Parameters, PipelineSettings, StrategyMatrix};
use criterion::{BatchSize, Criterion, Throughput};

const BITCOIN: InstrumentId = InstrumentId(0);
const BARS: usize = 20_000;

/// One strategy, nothing else that would cost time.
fn plain() -> Result<Configuration, Box<dyn Error>> {
    Ok(Configuration {
        run: 1,
        strategies: vec![StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() }],
        regime: None,
        matrix: None,
        life_cycle: None,
        pipeline: PipelineSettings::UNLIMITED,
        portfolio: PortfolioRules {
            rebalance_threshold: 0.0,
            min_interval: Span::ZERO,
            ..PortfolioRules::default()
        },
        sizing: SizingRules { concentration: Some(Concentration { share: 0.5 }), ..SizingRules::NONE },
        ledger: LedgerRules::isolated(Leverage::new(5.into())?),
        exits: ExitRules::default(),
        risk: RiskLimits::research_wide(),
        monitor: None,
        approval: Default::default(),
        execution: ExecutionRules {
            protect: false,
            desk: DeskRules { answer_within: None, stale_after: None, ..DeskRules::default() },
            ..ExecutionRules::default()
        },
        measures: MeasureRules { enabled: false, ..MeasureRules::default() },
        stale_after: Span::MINUTE,
    })
}

/// Everything on.
fn whole() -> Result<Configuration, Box<dyn Error>> {
    let names = ["trend-following", "momentum", "mean-reversion", "range-trading"];
    Ok(Configuration {
        strategies: names
            .map(|name| StrategyEntry { name: name.to_owned(), parameters: Parameters::new() })
            .to_vec(),
        regime: Some(DetectorRules::default()),
        matrix: Some(StrategyMatrix::standard()),
        sizing: SizingRules {
            atr_risk: Some(AtrRisk::default()),
            value_at_risk: Some(ValueAtRisk::default()),
            concentration: Some(Concentration { share: 1.0 }),
            leverage: Some(GrossLeverage { maximum: 2.0 }),
            drawdown: Some(DrawdownThrottle { limit: 0.9 }),
            ..SizingRules::NONE
        },
        measures: MeasureRules::default(),
        ..plain()?
    })
}

/// An engine with its money, its turn and somebody who answers.
struct Bench {
    engine: Engine,
    turn: Turn,
    placed: Vec<(OrderIntent, f64)>,
    trades: u64,
}

impl Bench {
    fn new(configuration: &Configuration) -> Result<Self, Box<dyn Error>> {
        let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.015625".parse()?, "0.001".parse()?)?;
        let mut engine = Engine::new(Instruments::new(vec![bitcoin]), configuration.clone())?;
        let mut turn = Turn::default();
        let amount = Money::new(100_000.into());
        engine.turn(&Event::Deposit { at: Timestamp::from_secs(1_704_067_200), amount }, &mut turn)?;
        Ok(Self { engine, turn, placed: Vec::new(), trades: 0 })
    }

    /// Takes all events and answers each order at once.
    fn run(&mut self, events: &[Event]) -> Result<u64, Box<dyn Error>> {
        for event in events {
            self.engine.turn(event, &mut self.turn)?;
            if self.turn.commands().is_empty() {
                continue;
            }
            for command in self.turn.commands() {
                if let (Request::Place(intent), Some(mark)) =
                    (command.request(), self.engine.ledger().mark_of(BITCOIN))
                {
                    self.placed.push((*intent, mark));
                }
            }
            while let Some((intent, mark)) = self.placed.pop() {
                if intent.kind == OrderKind::Market {
                    self.answer(&intent, mark, event.at())?;
                }
            }
        }
        Ok(self.trades)
    }

    fn answer(&mut self, intent: &OrderIntent, mark: f64, at: Timestamp) -> Result<(), Box<dyn Error>> {
        self.trades += 1;
        let price: Price = self.engine.instruments().get(BITCOIN)?.price(mark)?;
        let fill = Fill {
            trade: TradeId(self.trades),
            order: Some(intent.id),
            instrument: BITCOIN,
            side: intent.side,
            price,
            quantity: intent.quantity,
            fee: Money::ZERO,
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            at,
        };
        for kind in [ReportKind::Accepted, ReportKind::Filled(fill)] {
            let report =
                OrderReport { order: intent.id, instrument: BITCOIN, ts_event: at, ts_received: at, kind };
            self.engine.turn(&Event::Order(report), &mut self.turn)?;
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(BARS);
    let moving: Vec<Event> =
        history.iter().map(|bar| Event::Market(MarketEvent::closed_bar(BITCOIN, bar))).collect();
    let still: Vec<Event> = history
        .iter()
        .map(|mut bar| {
            (bar.open, bar.high, bar.low, bar.close) = (250.0, 250.0, 250.0, 250.0);
            Event::Market(MarketEvent::closed_bar(BITCOIN, bar))
        })
        .collect();
    let (plain, whole) = (plain()?, whole()?);

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("engine_turn");
    group.throughput(Throughput::Elements(BARS as u64)).sample_size(20);
    group.measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    for (name, configuration, events) in [
        ("flat market", &plain, &still),
        ("sma-cross", &plain, &moving),
        ("four strategies, regimes, all caps", &whole, &moving),
    ] {
        println!("{name}: {} orders over {BARS} bars", Bench::new(configuration)?.run(events)?);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || Bench::new(configuration),
                |bench| bench.and_then(|mut bench| bench.run(events)).is_ok(),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
