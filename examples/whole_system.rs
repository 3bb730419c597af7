//! The whole house in one program: strategies weighted by regime, sized, reviewed, executed, booked, journaled, explained.
//!
//! ```text
//! cargo run -p autotrading-examples --release --example whole_system
//! ```

use std::error::Error;
use std::ops::ControlFlow;

use autotrading::backtest::{Backtest, BacktestConfiguration, Detail, InstrumentRules, RunRules};
use autotrading::core::{
    ExecutionRules, Explainer, Journal, MeasureRules, OwnedRecord, Record, StrategyEntry,
};
use autotrading::domain::{Bar, ClientOrderId, Leverage, Money, Rate, Span};
use autotrading::exchanges::VenueRules;
use autotrading::execution::DeskRules;
use autotrading::market_data::{CommonWorkload, Filling, History, QualityRules, check, resample};
use autotrading::portfolio::PortfolioRules;
use autotrading::positions::{Distance, ExitRules, StopRule, TrailingRule};
use autotrading::regime::DetectorRules;
use autotrading::risk::{Cap, PriceAge, RiskLimits};
use autotrading::sizing::{
    AtrRisk, Concentration, DrawdownThrottle, GrossLeverage, Kelly, Liquidity, SizingRules, ValueAtRisk,
};
use autotrading::strategy::{Parameters, PipelineSettings, StrategyMatrix};

/// A journal that keeps its records as lines of text in memory.
#[derive(Default)]
struct Lines(Vec<String>);

impl Journal for Lines {
    type Error = serde_json::Error;

    fn append(&mut self, record: &Record<'_>) -> Result<(), serde_json::Error> {
        self.0.push(serde_json::to_string(record)?);
        Ok(())
    }
}

fn configuration() -> Result<BacktestConfiguration, Box<dyn Error>> {
    let strategy = |name: &str| StrategyEntry { name: name.to_owned(), parameters: Parameters::new() };
    Ok(BacktestConfiguration {
        run: RunRules { resume_after: Some(Span::DAY), ..RunRules::default() },
        instrument: InstrumentRules { leverage: Leverage::new(5.into())?, ..InstrumentRules::default() },
        instruments: Vec::new(),
        strategies: ["trend-following", "momentum", "mean-reversion", "range-trading"].map(strategy).to_vec(),
        regime: Some(DetectorRules::default()),
        matrix: Some(StrategyMatrix::standard()),
        life_cycle: None,
        pipeline: PipelineSettings::default(),
        portfolio: PortfolioRules::default(),
        sizing: SizingRules {
            atr_risk: Some(AtrRisk { risk_per_trade: 0.01, multiple: 2.0 }),
            kelly: Some(Kelly { significance: false, cap_scale: 4.0, ..Kelly::default() }),
            value_at_risk: Some(ValueAtRisk { limit: 0.06, ..ValueAtRisk::default() }),
            concentration: Some(Concentration { share: 1.0 }),
            leverage: Some(GrossLeverage { maximum: 2.0 }),
            liquidity: Some(Liquidity { volume_share: Some(0.1), depth_share: None }), // bars have no depth
            drawdown: Some(DrawdownThrottle::default()),
            ..SizingRules::NONE
        },
        exits: ExitRules {
            stop: Some(StopRule { distance: Distance::Atr(5.0), source: Default::default() }),
            trailing: Some(TrailingRule {
                activation: Some(Distance::Atr(6.0)),
                distance: Distance::Atr(8.0),
                source: Default::default(),
            }),
            ..ExitRules::default()
        },
        risk: RiskLimits {
            collar: Cap::At(Rate::basis_points(5_000)), // stops rest far away
            concentration: Cap::At(Rate::basis_points(16_000)),
            order_notional: Cap::At(Money::new(5_000_000.into())),
            price_age: Cap::At(PriceAge::Intervals(2)),
            ..RiskLimits::production()
        },
        monitor: None, // the gate's own limits alone
        approval: Default::default(),
        execution: ExecutionRules {
            desk: DeskRules { stale_after: None, ..DeskRules::default() },
            ..ExecutionRules::default()
        },
        measures: MeasureRules::default(),
        venue: VenueRules::default(),
        fee_tiers: None,
        latency: None,
        ticks: None,
    })
}

/// A year of hours: a random walk on two slow tides, so that there is something to follow.
fn market() -> Result<History, Box<dyn Error>> {
    let minutes = CommonWorkload::history(525_600);
    let walk = resample(minutes.all(), Span::HOUR, Filling::Leave)?.history;
    let tide = |hour: usize| (0.4 * (hour as f64 / 240.0).sin() + 0.08 * (hour as f64 / 41.0).sin()).exp();
    let bars = walk.iter().enumerate().map(|(hour, bar)| {
        let at = |price: f64| (price * tide(hour) * 100.0).round() / 100.0;
        Bar { open: at(bar.open), high: at(bar.high), low: at(bar.low), close: at(bar.close), ..bar }
    });
    Ok(History::from_bars(Span::HOUR, bars)?.with_price_decimals(2))
}

fn main() -> Result<(), Box<dyn Error>> {
    let hours = market()?;
    let quality = check(&hours, &QualityRules::default());
    println!("{} hours of a synthetic market, coverage {:.1} %", quality.bars, quality.coverage * 100.0);

    let configuration = configuration()?;
    let backtest = Backtest {
        configuration: &configuration,
        history: hours.all(),
        funding: &[], // the default rate at every funding time
        data: "synthetic hours",
        detail: Detail::Full,
    };
    let (finished, journal) = backtest.run(Lines::default(), |_| ControlFlow::Continue(()))?;
    println!("The venue's account equals our books: {}\n", finished.venue_agrees());
    let outcome = finished.outcome(&backtest, backtest.fee_scenarios(&[0, 2])?)?;

    let report = &outcome.report;
    let (summary, trading) = (&report.summary, &report.trading);
    println!(
        "final equity {:.2}   fees {:.2}   funding {:.2}",
        summary.final_equity.to_f64(),
        summary.fees.to_f64(),
        summary.funding.to_f64()
    );
    println!(
        "fills {}   round trips {}   orders {}   refused {}",
        summary.fills, summary.closed_trades, trading.orders, trading.refused
    );
    println!(
        "worst fall {:.1} %   Sharpe {:.2}",
        summary.max_drawdown * 100.0,
        summary.sharpe.unwrap_or(f64::NAN)
    );
    println!("\nWhat decided the sizes:");
    for tally in &report.bounds {
        println!("  {:>5} x {}", tally.count, tally.cause);
    }
    println!("Regimes:");
    for regime in &report.regimes {
        println!(
            "  {:<9} {:>5.1} % of the time, we made {:+.1} %",
            format!("{:?}", regime.label),
            regime.share * 100.0,
            regime.run_return * 100.0
        );
    }
    println!("Limits, peak use:");
    for limit in &report.limits {
        let peak = limit.peak.map_or_else(|| "not measured".to_owned(), |peak| format!("{peak:.3}"));
        println!("  {:<24} {peak:>12} of {}", limit.name, limit.limit);
    }

    println!("\nThe journal has {} records. What it tells of the first order:\n", journal.0.len());
    let mut explainer = Explainer::new(ClientOrderId { run: 1, sequence: 1 });
    for line in &journal.0 {
        explainer.take(serde_json::from_str::<OwnedRecord>(line)?);
    }
    println!("{}", explainer.finish()?);
    Ok(())
}
