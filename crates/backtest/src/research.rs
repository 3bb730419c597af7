//! The research profile: fills at the next open with a flat fee and nothing else, for comparison with other engines.

use autotrading_core::{Approval, ExecutionRules, MeasureRules, StrategyEntry};
use autotrading_domain::{InstrumentKind, Leverage, Money, Rate, Span};
use autotrading_exchanges::VenueRules;
use autotrading_execution::DeskRules;
use autotrading_portfolio::{Allocation, PortfolioRules};
use autotrading_positions::ExitRules;
use autotrading_risk::RiskLimits;
use autotrading_sizing::{Fixed, SizingRules};
use autotrading_strategy::{Parameters, PipelineSettings};
use rust_decimal::Decimal;

use crate::{BacktestConfiguration, InstrumentRules, RunRules};

/// What can be chosen in the research profile.
#[derive(Clone, Debug, PartialEq)]
pub struct ResearchRules {
    /// The strategy with its parameters.
    pub strategy: StrategyEntry,
    /// Fee per notional of a fill.
    pub fee: Rate,
    /// Units of a full position.
    pub size: Decimal,
    /// Money at the start, in quote currency.
    pub cash: Money,
}

impl Default for ResearchRules {
    /// The reference of comparisons: `sma-cross` 10/50, long or flat with one unit, 0.05 % fee, 100 000 of cash.
    fn default() -> Self {
        Self {
            strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
            fee: Rate::basis_points(5),
            size: Decimal::ONE,
            cash: Money::new(Decimal::from(100_000)),
        }
    }
}

impl ResearchRules {
    /// What is traded: a perpetual without a smallest order, with lots as fine as the size.
    pub(crate) fn instrument(&self) -> InstrumentRules {
        InstrumentRules {
            symbol: "RESEARCH".to_owned(),
            kind: InstrumentKind::LinearPerpetual,
            lot_step: Decimal::new(1, self.size.normalize().scale().max(8)),
            min_notional: Money::ZERO,
            maker_fee: self.fee,
            taker_fee: self.fee,
            leverage: Leverage::ONE,
            funding_interval: Span::HOUR.times(8),
            ..InstrumentRules::default()
        }
    }

    /// The rules of which this is the configuration, if there are any: everything that they do not name must be as they
    /// have it, but for the seed, since nothing is drawn by chance.
    pub fn of(configuration: &BacktestConfiguration) -> Option<Self> {
        let [strategy] = configuration.strategies.as_slice() else { return None };
        let quantity = configuration.sizing.fixed.as_ref()?.quantity;
        let rules = Self {
            strategy: strategy.clone(),
            fee: configuration.instrument.taker_fee,
            size: Decimal::from_f64_retain(quantity)?.round_dp(18).normalize(),
            cash: configuration.run.cash,
        };
        let mut own = rules.configuration();
        own.run.seed = configuration.run.seed;
        (own == *configuration).then_some(rules)
    }

    /// The configuration of a research run: no funding, spread, impact, latency, participation, liquidation, regime
    /// weights, cooldown, throttle or kill. The gate still runs, with wide limits.
    pub fn configuration(&self) -> BacktestConfiguration {
        BacktestConfiguration {
            run: RunRules { cash: self.cash, seed: 1, resume_after: None },
            instrument: self.instrument(),
            instruments: Vec::new(),
            strategies: vec![self.strategy.clone()],
            regime: None,
            matrix: None,
            life_cycle: None,
            pipeline: PipelineSettings { max_age: Span::from_nanos(i64::MAX), ..PipelineSettings::UNLIMITED },
            portfolio: PortfolioRules {
                allocation: Allocation::Equal,
                rebalance_threshold: 0.0,
                min_interval: Span::ZERO,
                least_trade: Money::ZERO,
                ..PortfolioRules::default()
            },
            sizing: SizingRules {
                fixed: Some(Fixed { quantity: Rate::new(self.size).to_f64() }),
                ..SizingRules::NONE
            },
            exits: ExitRules::default(),
            risk: RiskLimits::research_wide(),
            monitor: None,
            approval: Approval::default(),
            execution: ExecutionRules {
                protect: false,
                desk: DeskRules { answer_within: None, stale_after: None, ..DeskRules::default() },
                retry_after: Span::ZERO,
                ..ExecutionRules::default()
            },
            measures: MeasureRules { enabled: false, ..MeasureRules::default() },
            venue: VenueRules::research(),
            fee_tiers: None,
            latency: None,
            ticks: None,
        }
    }
}
