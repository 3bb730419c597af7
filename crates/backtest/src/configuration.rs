//! What a backtest is told: the engine's configuration, the venue's rules, the instrument and the money.

use autotrading_core::{
    Approval, Configuration, ExecutionRules, MeasureRules, MonitorSettings, StrategyEntry,
};
use autotrading_domain::{
    Currency, Instrument, InstrumentError, InstrumentKind, InstrumentSpec, Leverage, MarginTiers, Money,
    Quantity, Rate, Span, TierError, ValueError,
};
use autotrading_exchanges::{FeeSchedule, Latency, MarginRule, TickRules, VenueError, VenueRules};
use autotrading_market_data::Window;
use autotrading_portfolio::PortfolioRules;
use autotrading_positions::{ExitRules, LedgerRules, MarginMode};
use autotrading_regime::DetectorRules;
use autotrading_risk::RiskLimits;
use autotrading_sizing::SizingRules;
use autotrading_strategy::{LifeCycleRules, PipelineSettings, StrategyMatrix};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::LatencyRules;

/// Everything a backtest is told. As TOML: one table for each field; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestConfiguration {
    /// Money, seed and the scripted operator.
    pub run: RunRules,
    /// What is traded, when it is one instrument.
    #[serde(default)]
    pub instrument: InstrumentRules,
    /// What is traded, when it is several; then `instrument` is not looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instruments: Vec<InstrumentRules>,
    /// The strategies, each with its parameters.
    pub strategies: Vec<StrategyEntry>,
    /// How regimes are told; without this table they are not.
    #[serde(default)]
    pub regime: Option<DetectorRules>,
    /// What each strategy weighs in each regime; without this table all weigh the same.
    #[serde(default)]
    pub matrix: Option<StrategyMatrix>,
    /// How a strategy's weight follows what its opinions earn on paper; without this table it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life_cycle: Option<LifeCycleRules>,
    /// How opinions become one, and how often it may turn.
    #[serde(default)]
    pub pipeline: PipelineSettings,
    /// How capital is shared, and when a change is worth a trade.
    #[serde(default)]
    pub portfolio: PortfolioRules,
    /// What bounds the size of a position.
    pub sizing: SizingRules,
    /// How positions are left.
    #[serde(default)]
    pub exits: ExitRules,
    /// What is allowed.
    #[serde(default)]
    pub risk: RiskLimits,
    /// What is measured of the whole book, and held against its limits; without this table nothing is.
    #[serde(default)]
    pub monitor: Option<MonitorSettings>,
    /// What the limits are held against, and who agreed to wider ones.
    #[serde(default)]
    pub approval: Approval,
    /// How targets become orders.
    #[serde(default)]
    pub execution: ExecutionRules,
    /// What is measured.
    #[serde(default)]
    pub measures: MeasureRules,
    /// What is true of the simulated venue.
    #[serde(default)]
    pub venue: VenueRules,
    /// Fees by the volume of the last thirty days, in place of the instruments' own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee_tiers: Option<FeeSchedule>,
    /// How long words travel; without this table the constants of `venue.latency` hold, and we hear of the market at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<LatencyRules>,
    /// How orders meet trades, quotes and books, for markets that are told by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticks: Option<TickRules>,
}

/// Money, seed and the scripted operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunRules {
    /// Money at the start, in settlement currency.
    pub cash: Money,
    /// Seed of everything that is drawn by chance.
    pub seed: u64,
    /// After this long an operator of the script sets trading to active again. `None`: it stays tightened for good.
    pub resume_after: Option<Span>,
}

impl Default for RunRules {
    fn default() -> Self {
        Self { cash: Money::new(Decimal::from(100_000)), seed: 1, resume_after: None }
    }
}

/// What is traded. Whatever is not said comes from the data (tick) or is as small as can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstrumentRules {
    /// The venue's name for it.
    pub symbol: String,
    /// What kind of contract the data are traded as.
    pub kind: InstrumentKind,
    /// What is bought and sold.
    pub base: Currency,
    /// What prices, profit and margin are counted in.
    pub quote: Currency,
    /// Price grid; from the decimals of the data when not said.
    pub tick_size: Option<Decimal>,
    /// Quantity grid, in base units.
    pub lot_step: Decimal,
    /// Smallest order that opens, in quote currency.
    pub min_notional: Money,
    /// Fee per notional of a fill that rested.
    pub maker_fee: Rate,
    /// Fee per notional of a fill that took.
    pub taker_fee: Rate,
    /// Margin per notional kept, as isolated leverage.
    pub leverage: Leverage,
    /// Time between two fundings.
    pub funding_interval: Span,
    /// Margin tiers; the venue's own for the symbol when not said.
    pub tiers: Option<MarginTiers>,
}

impl Default for InstrumentRules {
    fn default() -> Self {
        Self {
            symbol: "BTCUSDT".to_owned(),
            kind: InstrumentKind::LinearPerpetual,
            base: "BTC".parse().unwrap_or(Currency::USD),
            quote: Currency::USDT,
            tick_size: None,
            lot_step: Decimal::new(1, 3),
            min_notional: Money::new(Decimal::from(5)),
            maker_fee: Rate::basis_points(2),
            taker_fee: Rate::basis_points(5),
            leverage: Leverage::ONE,
            funding_interval: Span::HOUR.times(8),
            tiers: None,
        }
    }
}

/// Why a configuration cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConfigurationFault {
    /// The instrument's facts contradict each other.
    #[error(transparent)]
    Instrument(#[from] InstrumentError),
    /// Its tiers do.
    #[error(transparent)]
    Tiers(#[from] TierError),
    /// A value breaks the law of its type.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// Two instruments have one symbol.
    #[error("the instrument {symbol} is listed twice")]
    TwiceListed {
        /// The symbol.
        symbol: String,
    },
    /// Instruments of one account differ in what is the account's.
    #[error("instrument {symbol}: {key} is {got}, but {expected} for the others; one account has one")]
    Together {
        /// The instrument.
        symbol: String,
        /// The key.
        key: &'static str,
        /// Its value.
        got: String,
        /// The value of the others.
        expected: String,
    },
    /// A figure is out of range.
    #[error("{key} is {got}, allowed is {allowed}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// Its value.
        got: String,
        /// What it may be.
        allowed: &'static str,
    },
}

impl InstrumentRules {
    /// The instrument, on the grid of the data.
    ///
    /// # Errors
    /// The facts contradict each other.
    pub fn instrument(&self, history: Window<'_>) -> Result<Instrument, ConfigurationFault> {
        let highest = history.high().iter().copied().fold(0.0, f64::max);
        self.instrument_on(history.price_decimals(), highest)
    }

    /// The instrument, on the grid of data with so many decimals and this highest price.
    ///
    /// # Errors
    /// The facts contradict each other.
    pub fn instrument_on(&self, decimals: u32, highest: f64) -> Result<Instrument, ConfigurationFault> {
        let tick_size =
            self.tick_size.unwrap_or_else(|| Decimal::new(1, decimals_told_apart(decimals, highest)));
        let tiers = match &self.tiers {
            Some(tiers) => tiers.clone(),
            None => MarginTiers::single(Rate::basis_points(40), Leverage::new(Decimal::from(125))?)?,
        };
        let plenty = Quantity::of(Decimal::from(1_000_000_000));
        let perpetual = self.kind == InstrumentKind::LinearPerpetual;
        Ok(Instrument::new(InstrumentSpec {
            venue: "simulated".to_owned(),
            symbol: self.symbol.clone(),
            kind: self.kind,
            base: self.base,
            quote: self.quote,
            settle: self.quote,
            tick_size,
            lot_step: self.lot_step,
            min_quantity: Quantity::of(self.lot_step),
            max_quantity: plenty,
            max_market_quantity: plenty,
            min_notional: self.min_notional,
            price_band: None,
            contract_multiplier: Decimal::ONE,
            maker_fee: self.maker_fee,
            taker_fee: self.taker_fee,
            tiers,
            funding_interval: perpetual.then_some(self.funding_interval),
        })?)
    }
}

/// Decimals of the price grid of data: as many as the data have, and no more than a measurement of the highest price can
/// tell apart.
pub(crate) fn decimals_told_apart(decimals: u32, highest: f64) -> u32 {
    const TOLD_APART: f64 = 1e15;
    let most = (TOLD_APART / highest.max(1.0)).log10().floor().clamp(0.0, 12.0);
    decimals.min(most as u32)
}

impl BacktestConfiguration {
    /// What is traded, in the order of the symbols: the order in which a configuration names its instruments decides
    /// nothing.
    ///
    /// # Errors
    /// [`ConfigurationFault::TwiceListed`]; [`ConfigurationFault::Together`] where instruments of one account differ in
    /// what is the account's: the quote currency and the leverage.
    pub fn listed(&self) -> Result<Vec<&InstrumentRules>, ConfigurationFault> {
        let mut listed: Vec<_> = self.instruments.iter().collect();
        if listed.is_empty() {
            listed.push(&self.instrument);
        }
        listed.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        for (rules, next) in listed.iter().zip(listed.iter().skip(1)) {
            let together = |key, got: String, expected: String| {
                let symbol = next.symbol.clone();
                Err(ConfigurationFault::Together { symbol, key, got, expected })
            };
            if rules.symbol == next.symbol {
                return Err(ConfigurationFault::TwiceListed { symbol: rules.symbol.clone() });
            }
            if rules.quote != next.quote {
                return together("quote", next.quote.to_string(), rules.quote.to_string());
            }
            if rules.leverage != next.leverage {
                return together("leverage", next.leverage.to_string(), rules.leverage.to_string());
            }
        }
        Ok(listed)
    }

    /// The instrument that speaks for the account.
    fn first(&self) -> &InstrumentRules {
        self.instruments.first().unwrap_or(&self.instrument)
    }

    /// What the engine is told.
    pub fn engine(&self, interval: Span) -> Configuration {
        Configuration {
            run: 1,
            strategies: self.strategies.clone(),
            regime: self.regime,
            matrix: self.matrix.clone(),
            life_cycle: self.life_cycle,
            pipeline: self.pipeline,
            portfolio: self.portfolio.clone(),
            sizing: self.sizing.clone(),
            ledger: self.ledger(),
            exits: self.exits.clone(),
            risk: self.risk.clone(),
            monitor: self.monitor.clone(),
            approval: self.approval.clone(),
            execution: self.execution,
            measures: self.measures,
            stale_after: interval,
        }
    }

    /// How the books carry margin: as the venue does.
    fn ledger(&self) -> LedgerRules {
        let leverage = self.first().leverage;
        let margin = match self.venue.margin {
            MarginRule::Off | MarginRule::Isolated { .. } => MarginMode::Isolated { leverage },
            MarginRule::Cross { .. } => MarginMode::Cross { leverage },
        };
        LedgerRules { margin, settle: self.first().quote, ..LedgerRules::isolated(leverage) }
    }

    /// What the venue is told: its rules with the margin that the instrument states.
    pub fn venue(&self) -> VenueRules {
        let margin = match self.venue.margin {
            MarginRule::Off => MarginRule::Off,
            MarginRule::Isolated { .. } => MarginRule::Isolated { leverage: self.first().leverage },
            MarginRule::Cross { .. } => MarginRule::Cross { leverage: self.first().leverage },
        };
        VenueRules { margin, ..self.venue }
    }

    /// The same with every fee multiplied.
    #[must_use]
    pub fn with_fees_times(&self, multiple: u32) -> Self {
        let times = |rate: Rate| Rate::new(rate.get() * Decimal::from(multiple));
        let mut scaled = self.clone();
        for rules in std::iter::once(&mut scaled.instrument).chain(&mut scaled.instruments) {
            (rules.maker_fee, rules.taker_fee) = (times(rules.maker_fee), times(rules.taker_fee));
        }
        scaled.fee_tiers = scaled.fee_tiers.map(|tiers| tiers.times(multiple));
        scaled
    }

    /// Checks what the venue is told, of itself and against the rest.
    ///
    /// # Errors
    /// [`VenueError::Rule`] names the key, its value and what was expected.
    pub fn check_venue(&self) -> Result<(), VenueError> {
        self.venue().check()?;
        self.ticks.map_or(Ok(()), |ticks| ticks.check())?;
        let Some(latency) = &self.latency else { return Ok(()) };
        if self.venue.latency != Latency::default() {
            let (field, got) = ("venue.latency", format!("{:?}", self.venue.latency));
            return Err(VenueError::Rule { field, got, expected: "nothing beside the table [latency]" });
        }
        latency.check()
    }
}
