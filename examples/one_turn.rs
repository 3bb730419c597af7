//! One event in, one turn out: everything that the engine decided on a single bar, and why.
//!
//! ```text
//! cargo run -p autotrading-examples --example one_turn
//! ```

use std::error::Error;

use autotrading_core::{Configuration, Engine, ExecutionRules, MeasureRules, Outcome, StrategyEntry, Turn};
use autotrading_domain::{
    Bar, Event, Instrument, InstrumentId, Instruments, Leverage, MarketEvent, Money, Rate, Span, Timestamp,
};
use autotrading_execution::Request;
use autotrading_portfolio::PortfolioRules;
use autotrading_positions::{Distance, ExitRules, LedgerRules, StopRule};
use autotrading_regime::DetectorRules;
use autotrading_risk::{Cap, PriceAge, RiskLimits};
use autotrading_sizing::{AtrRisk, Concentration, GrossLeverage, SizingRules};
use autotrading_strategy::{ParameterValue, Parameters, PipelineSettings};

/// Everything that an engine is told before the first event.
fn configuration() -> Result<Configuration, Box<dyn Error>> {
    let parameters =
        Parameters::new().with("fast", ParameterValue::Integer(5)).with("slow", ParameterValue::Integer(20));
    Ok(Configuration {
        run: 1,
        strategies: vec![StrategyEntry { name: "sma-cross".to_owned(), parameters }],
        regime: Some(DetectorRules { warm_up: 20, ..DetectorRules::default() }),
        matrix: None,
        life_cycle: None,
        pipeline: PipelineSettings::default(),
        portfolio: PortfolioRules::default(),
        sizing: SizingRules {
            atr_risk: Some(AtrRisk { risk_per_trade: 0.01, multiple: 2.0 }),
            concentration: Some(Concentration { share: 0.2 }),
            leverage: Some(GrossLeverage { maximum: 3.0 }),
            ..SizingRules::NONE
        },
        ledger: LedgerRules::isolated(Leverage::new(5.into())?),
        exits: ExitRules {
            stop: Some(StopRule { distance: Distance::Atr(3.0), source: Default::default() }),
            ..ExitRules::default()
        },
        risk: RiskLimits {
            concentration: Cap::At(Rate::basis_points(2_500)), // market orders are valued at the collar's edge
            price_age: Cap::At(PriceAge::Intervals(2)),
            ..RiskLimits::production()
        },
        monitor: None,
        approval: Default::default(),
        execution: ExecutionRules::default(),
        measures: MeasureRules::default(),
        stale_after: Span::HOUR,
    })
}

/// A price that falls for a day and then turns.
fn bar(hour: i64) -> Bar {
    let close = |hour: i64| 30_000.0 + 40.0 * (hour - 30).abs() as f64 + 60.0 * (hour as f64 * 1.3).sin();
    let (open, close) = (close(hour - 1), close(hour));
    Bar {
        open_time: Timestamp::from_secs(1_704_067_200).after(Span::HOUR.times(hour)),
        interval: Span::HOUR,
        open,
        high: open.max(close) + 50.0,
        low: open.min(close) - 50.0,
        close,
        volume: 500.0,
        closed: true,
        synthetic: false,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let mut engine = Engine::new(Instruments::new(vec![bitcoin]), configuration()?)?;
    let mut turn = Turn::default(); // ours, and used again for every event
    let deposit = Event::Deposit { at: bar(0).open_time, amount: Money::new(100_000.into()) };
    engine.turn(&deposit, &mut turn)?;

    for hour in 0..200 {
        let event = Event::Market(MarketEvent::closed_bar(InstrumentId(0), bar(hour)));
        engine.turn(&event, &mut turn)?;
        if turn.commands().is_empty() {
            continue;
        }
        println!("Bar {hour} is the first that leads to an order.\n");
        println!("Opinions formed on it:");
        for signal in turn.signals() {
            println!("  {} with strength {:.2}: {}", signal.direction, signal.strength, signal.reason);
        }
        for decision in turn.decisions() {
            println!(
                "\nThe market was taken for {:?}; {} was held at a mark of {:.1}.",
                decision.regime.label, decision.held, decision.mark
            );
            if let Some(sizing) = decision.sizing() {
                println!("\nHow much, and what held it back:\n{sizing}");
            }
            if let Some(measured) = &decision.measured {
                println!("What the risk gate measured:\n{}", measured.verdict());
            }
            match &decision.outcome {
                Outcome::Sent(id) => println!("It was sent as {id}."),
                Outcome::Refused(refusal) => println!("It was refused: {refusal}."),
                other => println!("{other:?}"),
            }
        }
        println!("\nWhat goes to the venue:");
        for command in turn.commands() {
            if let Request::Place(intent) = command.request() {
                println!("  place {}: {} {} {:?}", intent.id, intent.side, intent.quantity, intent.kind);
            }
        }
        return Ok(());
    }
    Err("no bar led to an order".into())
}
