//! What to run, on which markets.

use std::ops::ControlFlow;

use autotrading_core::{Configuration, Engine, EngineError, Journal};
use autotrading_domain::{InstrumentId, Instruments, Span};
use autotrading_market_data::BarFacts;

use super::outcome::PortfolioFinished;
use super::record::Record;
use crate::recorder::Detail;
use crate::simulation::Stage;
use crate::{BacktestConfiguration, BacktestError, LatencyRules, MarketHistory, MergedReplay, Step};

/// Many markets of the past, merged by time, through one engine against one account at the simulated venue.
///
/// The configuration lists the instruments (`[[instruments]]`), the markets bring the data of each; they find each other
/// by symbol. Instruments are numbered in the order of their symbols, whatever the order in which they are named.
///
/// ```
/// use std::ops::ControlFlow;
/// use autotrading_backtest::{Detail, InstrumentRules, MarketHistory, PortfolioBacktest, ResearchRules};
/// use autotrading_core::{StrategyEntry, Unrecorded};
/// use autotrading_domain::{Money, Rate};
/// use autotrading_market_data::CommonWorkload;
/// use autotrading_strategy::Parameters;
///
/// let rules = ResearchRules {
///     strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
///     fee: Rate::basis_points(5),
///     size: 1.into(),
///     cash: Money::new(100_000.into()),
/// };
/// let mut configuration = rules.configuration();
/// configuration.instruments = ["BTC", "ETH"]
///     .map(|symbol| InstrumentRules { symbol: symbol.to_owned(), ..configuration.instrument.clone() })
///     .to_vec();
/// let history = CommonWorkload::history(500);
/// let markets = [MarketHistory::new("ETH", &history), MarketHistory::new("BTC", &history)];
/// let backtest =
///     PortfolioBacktest { configuration: &configuration, markets: &markets, data: "synthetic", detail: Detail::Full };
/// let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?;
/// assert!(finished.venue_agrees());
/// let report = finished.outcome(&backtest)?.report;
/// assert_eq!(report.instruments[0].symbol, "BTC");
/// // The same market twice does the same twice.
/// assert_eq!(report.instruments[0].net, report.instruments[1].net);
/// # Ok::<(), autotrading_backtest::BacktestError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PortfolioBacktest<'a> {
    /// Everything the run is told.
    pub configuration: &'a BacktestConfiguration,
    /// The markets, one for each instrument, in any order.
    pub markets: &'a [MarketHistory<'a>],
    /// Name of the data, for the report.
    pub data: &'a str,
    /// How much is written down.
    pub detail: Detail,
}

impl<'a> PortfolioBacktest<'a> {
    /// Runs to the end of all data, or until `watch` breaks; `watch` is shown every event with what it led to.
    ///
    /// # Errors
    /// [`BacktestError`] says what kept the run from going on.
    pub fn run<J: Journal>(
        &self,
        journal: J,
        watch: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<(PortfolioFinished, J), BacktestError> {
        self.run_with(Engine::new, journal, watch)
    }

    /// The same with an engine of your own making, for strategies that are not in the catalogue: `make` is handed the
    /// instruments in the order of their symbols.
    ///
    /// # Errors
    /// As [`PortfolioBacktest::run`].
    pub fn run_with<J: Journal>(
        &self,
        make: impl FnOnce(Instruments, Configuration) -> Result<Engine, EngineError>,
        journal: J,
        mut watch: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<(PortfolioFinished, J), BacktestError> {
        let markets = self.ordered()?;
        let facts: Vec<BarFacts> = markets.iter().map(|market| market.bars.facts()).collect();
        if facts.iter().all(|facts| facts.bars == 0) {
            return Err(BacktestError::NoBars);
        }
        let listed = self.configuration.listed()?;
        let instruments = listed
            .iter()
            .zip(&facts)
            .map(|(rules, facts)| rules.instrument_on(facts.price_decimals, facts.highest))
            .collect::<Result<Vec<_>, _>>()?;
        let stage = Stage {
            configuration: self.configuration,
            instruments: Instruments::new(instruments),
            interval: facts.iter().map(|facts| facts.interval).min().unwrap_or(Span::ZERO),
            data_digest: digest_of(&markets, &facts),
            // The pages of one instrument have no place for several; what there is of each is in the record.
            detail: if self.detail == Detail::Summary { Detail::Summary } else { Detail::Figures },
            bars: facts.iter().map(|facts| facts.bars).max().unwrap_or(0),
        };
        let mut venue = stage.venue()?;
        for (id, market) in (0u32..).map(InstrumentId).zip(&markets) {
            if !market.funding.is_empty() {
                venue.set_funding(id, market.funding.to_vec())?;
            }
            if let Some(rules) = market.ticks {
                venue.follow_ticks(id, rules)?;
            }
        }
        let cash = self.configuration.run.cash;
        let live = self.configuration.approval.is_live();
        let latency = self.configuration.latency.as_ref().and_then(LatencyRules::feed_line);
        let feed = |venue, operator| {
            let feed = MergedReplay::new(&markets, venue, operator, cash)?.heard_by(latency);
            Ok(if live { feed.greeted() } else { feed })
        };
        let mut record = Record::new(self.detail, &markets);
        let watched = |step: Step<'_>| {
            record.see(&step);
            watch(step)
        };
        let (finished, journal) = stage.play(make, venue, feed, journal, watched)?;
        Ok((PortfolioFinished { finished, record, facts }, journal))
    }

    /// The markets in the order of the instruments' numbers.
    fn ordered(&self) -> Result<Vec<MarketHistory<'a>>, BacktestError> {
        let listed = self.configuration.listed()?;
        for (place, market) in self.markets.iter().enumerate() {
            let symbol = market.symbol;
            let twice = self.markets.iter().take(place).any(|earlier| earlier.symbol == symbol);
            if twice || !listed.iter().any(|rules| rules.symbol == symbol) {
                return Err(BacktestError::UnknownMarket { symbol: symbol.to_owned(), twice });
            }
        }
        let of = |symbol: &str| {
            self.markets.iter().find(|market| market.symbol == symbol).copied().ok_or_else(|| {
                let known: Vec<_> = self.markets.iter().map(|market| market.symbol).collect();
                BacktestError::NoMarket { symbol: symbol.to_owned(), known: known.join(", ") }
            })
        };
        listed.iter().map(|rules| of(&rules.symbol)).collect()
    }
}

/// The checksum of the bars of one market as a run of it alone has it; of several, each with its symbol; and of what else
/// was told.
fn digest_of(markets: &[MarketHistory<'_>], facts: &[BarFacts]) -> String {
    let of = |(market, facts): (&MarketHistory<'_>, &BarFacts)| {
        let mut text = format!("{:016x}", facts.digest);
        if let Some(chronicle) = market.chronicle.filter(|chronicle| !chronicle.as_slice().is_empty()) {
            text += &format!(" {:016x}", chronicle.digest());
        }
        if let Some(tape) = market.tape {
            text += &format!(" {:016x}", tape.digest());
        }
        text
    };
    match markets.iter().zip(facts).collect::<Vec<_>>().as_slice() {
        [alone] => of(*alone),
        each => {
            each.iter().map(|one| format!("{} {}", one.0.symbol, of(*one))).collect::<Vec<_>>().join(", ")
        }
    }
}
