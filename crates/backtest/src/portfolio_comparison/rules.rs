//! What a comparison of allocations may be told.

use autotrading_core::{Approval, ExecutionRules, MeasureRules, StrategyEntry};
use autotrading_domain::{InstrumentKind, Leverage, Money, Rate, Span};
use autotrading_exchanges::VenueRules;
use autotrading_portfolio::{Allocation, PortfolioError, PortfolioRules, Rebalancing, ViewRules};
use autotrading_positions::ExitRules;
use autotrading_risk::RiskLimits;
use autotrading_sizing::{Concentration, GrossLeverage, SizingRules};
use autotrading_strategy::{ParameterValue, Parameters, PipelineSettings};
use rust_decimal::Decimal;

use crate::{BacktestConfiguration, BacktestError, InstrumentRules, RunRules};

/// Why allocations cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonFault {
    /// One instrument leaves nothing to share.
    #[error("there is one instrument; capital is shared among two or more")]
    OneInstrument,
    /// The instruments do not trade at the same time, or hardly.
    #[error(
        "the instruments have {got} bars in common, from where the last begins to where the first ends; {required} are needed"
    )]
    TooFewBars {
        /// How many.
        got: usize,
        /// How many are needed.
        required: usize,
    },
    /// A run could not be made or finished.
    #[error("{method}: {source}")]
    Run {
        /// Under which allocation.
        method: &'static str,
        /// Why.
        source: BacktestError,
    },
    /// A rule of sharing is out of range, or the efficient line could not be computed.
    #[error(transparent)]
    Portfolio(#[from] PortfolioError),
}

/// A comparison of allocations. Everything but the allocation is the same in every run.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparisonRules {
    /// Ways of sharing, in the order in which they are told.
    pub methods: Vec<Allocation>,
    /// Money at the start.
    pub cash: Money,
    /// Fee per notional of a fill.
    pub fee: Rate,
    /// How capital is shared and when it is moved; the allocation is set by each run.
    pub sharing: PortfolioRules,
    /// The strategy whose opinions are the views of Black-Litterman.
    pub views: StrategyEntry,
    /// Seed of everything that is drawn by chance.
    pub seed: u64,
}

impl Default for ComparisonRules {
    /// 100 000 of cash, ten basis points a fill, shares estimated weekly with a half-life of 60 bars and at most 60 % in one
    /// instrument, rebalanced at the edge of the no-trade band; views by the momentum of 60 bars.
    fn default() -> Self {
        let bars = |count| ParameterValue::Integer(count);
        Self {
            methods: Allocation::ALL.to_vec(),
            cash: Money::new(Decimal::from(100_000)),
            fee: Rate::basis_points(10),
            sharing: PortfolioRules {
                refresh: Span::DAY.times(7),
                half_life: 60.0,
                largest_share: 0.6,
                rebalance: Rebalancing::NoTradeBand,
                black_litterman: ViewRules::default(),
                ..PortfolioRules::default()
            },
            views: StrategyEntry {
                name: "momentum".to_owned(),
                parameters: Parameters::new()
                    .with("lookback", bars(60))
                    .with("skip", bars(1))
                    .with("volatility", bars(60)),
            },
            seed: 1,
        }
    }
}

impl ComparisonRules {
    /// The run of one method over these symbols: coins on the spot market, bought at most for the money there is, spread and
    /// impact of the venue paid, every order reviewed.
    pub fn configuration(&self, method: Allocation, symbols: &[&str]) -> BacktestConfiguration {
        let instrument = |symbol: &&str| InstrumentRules {
            symbol: (*symbol).to_owned(),
            kind: InstrumentKind::Spot,
            base: symbol.parse().unwrap_or(InstrumentRules::default().base),
            lot_step: Decimal::new(1, 5),
            maker_fee: self.fee,
            taker_fee: self.fee,
            leverage: Leverage::ONE,
            ..InstrumentRules::default()
        };
        let views = match method {
            Allocation::BlackLitterman => vec![self.views.name.clone()],
            _ => Vec::new(),
        };
        BacktestConfiguration {
            run: RunRules { cash: self.cash, seed: self.seed, resume_after: None },
            instrument: InstrumentRules::default(),
            instruments: symbols.iter().map(instrument).collect(),
            strategies: Vec::new(),
            regime: None,
            matrix: None,
            life_cycle: None,
            pipeline: PipelineSettings { max_age: Span::from_nanos(i64::MAX), ..PipelineSettings::UNLIMITED },
            portfolio: PortfolioRules { allocation: method, views, ..self.sharing.clone() },
            sizing: SizingRules {
                concentration: Some(Concentration { share: 1.0 }),
                // A hair of cash is kept, so that fees and a move until the fill do not break the budget.
                leverage: Some(GrossLeverage { maximum: 0.99 }),
                ..SizingRules::NONE
            },
            exits: ExitRules::default(),
            risk: RiskLimits::research_wide(),
            monitor: None,
            approval: Approval::default(),
            execution: ExecutionRules {
                protect: false,
                retry_after: Span::ZERO,
                ..ExecutionRules::default()
            },
            measures: MeasureRules {
                volatility_half_life: self.sharing.half_life,
                ..MeasureRules::default()
            },
            venue: VenueRules::default(),
            fee_tiers: None,
            latency: None,
            ticks: None,
        }
    }
}
