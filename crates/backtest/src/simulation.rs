//! One backtest: the engine, a replayed market, the simulated venue, and somebody who writes down what happens.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use autotrading_core::{
    Closing, Configuration, Engine, EngineError, Feed, Journal, Opening, Session, SessionError, Turn,
};
use autotrading_domain::{
    Event, Instrument, InstrumentId, Instruments, MarketData, Rate, Span, Timestamp, TradingState,
};
use autotrading_exchanges::{FillRecord, MarginRule, SimulatedVenue, VenueAccount, VenueError};
use autotrading_market_data::Window;

use crate::recorder::{Detail, Recorder};
use crate::{
    BacktestConfiguration, BarReplay, ConfigurationFault, FeedError, LatencyRules, ScriptedOperator,
    SharedVenue, VenueDoor,
};

/// The one instrument of a bar replay.
const INSTRUMENT: InstrumentId = InstrumentId(0);

/// Why a backtest could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The configuration cannot be run.
    #[error(transparent)]
    Configuration(#[from] ConfigurationFault),
    /// There is nothing to replay.
    #[error("there is no bar to replay")]
    NoBars,
    /// The configuration lists an instrument without data.
    #[error("there are no data for the instrument {symbol}; there are some for {known}")]
    NoMarket {
        /// The instrument.
        symbol: String,
        /// What there are data for.
        known: String,
    },
    /// There are data, perhaps twice, for something that is not traded.
    #[error("there are data for {symbol}, which {} the configuration", if *twice { "was given twice; once is in" } else { "is not in" })]
    UnknownMarket {
        /// The symbol.
        symbol: String,
        /// Whether it was given twice.
        twice: bool,
    },
    /// A report is asked of a run that kept its summary alone.
    #[error(
        "the run kept its summary alone (Detail::Summary); a report needs Detail::Figures or Detail::Full"
    )]
    NotKept,
    /// The feed of many markets cannot go on.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The engine refused its configuration, or its words contradict each other.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The simulated venue refused.
    #[error("the simulated venue: {0}")]
    Venue(#[from] VenueError),
    /// The journal took no more records.
    #[error("the journal: {0}")]
    Journal(String),
}

/// What to run, on what.
#[derive(Clone, Copy, Debug)]
pub struct Backtest<'a> {
    /// Everything the run is told.
    pub configuration: &'a BacktestConfiguration,
    /// The market.
    pub history: Window<'a>,
    /// Funding rates at their times; empty for the venue's default rate at every interval.
    pub funding: &'a [(Timestamp, Rate)],
    /// Name of the data, for the report.
    pub data: &'a str,
    /// How much is written down.
    pub detail: Detail,
}

/// One event of a run, as somebody who watches sees it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// What happened.
    pub event: &'a Event,
    /// The engine after it.
    pub engine: &'a Engine,
    /// What was decided on it.
    pub turn: &'a Turn,
    /// How many bars are done.
    pub bars: usize,
}

/// A run that is over, before it is made into a report.
#[derive(Debug)]
pub struct Finished {
    pub(crate) engine: Engine,
    pub(crate) closing: Closing,
    pub(crate) account: VenueAccount,
    pub(crate) fill_records: Vec<FillRecord>,
    pub(crate) recorder: Recorder,
    pub(crate) instrument: Instrument,
    pub(crate) data_digest: String,
    pub(crate) margined: bool,
}

impl Backtest<'_> {
    /// Runs to the end of the data, or until `watch` breaks; `watch` is shown every event with what it led to.
    ///
    /// # Errors
    /// [`BacktestError`] says what kept the run from going on.
    pub fn run<J: Journal>(
        &self,
        journal: J,
        watch: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<(Finished, J), BacktestError> {
        self.run_with(Engine::new, journal, watch)
    }

    /// The same with an engine of your own making, for strategies that are not in the catalogue: `make` is handed what
    /// [`Engine::with_strategies`] asks for first.
    ///
    /// # Errors
    /// As [`Backtest::run`].
    pub fn run_with<J: Journal>(
        &self,
        make: impl FnOnce(Instruments, Configuration) -> Result<Engine, EngineError>,
        journal: J,
        watch: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<(Finished, J), BacktestError> {
        if self.history.is_empty() {
            return Err(BacktestError::NoBars);
        }
        let instrument = self.configuration.instrument.instrument(self.history)?;
        let stage = Stage {
            configuration: self.configuration,
            instruments: Instruments::new(vec![instrument]),
            interval: self.history.interval(),
            data_digest: format!("{:016x}", self.history.digest()),
            detail: self.detail,
            bars: self.history.len(),
        };
        let mut venue = stage.venue()?;
        if !self.funding.is_empty() {
            venue.set_funding(INSTRUMENT, self.funding.to_vec())?;
        }
        let (history, cash) = (self.history, self.configuration.run.cash);
        let live = self.configuration.approval.is_live();
        let latency = self.configuration.latency.as_ref().and_then(LatencyRules::feed_line);
        let feed = |venue, operator| {
            let feed = BarReplay::new(INSTRUMENT, history, venue, operator, cash).heard_by(latency);
            Ok(if live { feed.greeted() } else { feed })
        };
        stage.play(make, venue, feed, journal, watch)
    }
}

/// Everything that a run needs besides its feed.
#[derive(Debug)]
pub(crate) struct Stage<'c> {
    pub(crate) configuration: &'c BacktestConfiguration,
    pub(crate) instruments: Instruments,
    pub(crate) interval: Span,
    pub(crate) data_digest: String,
    pub(crate) detail: Detail,
    pub(crate) bars: usize,
}

impl Stage<'_> {
    pub(crate) fn venue(&self) -> Result<SimulatedVenue, VenueError> {
        let configuration = self.configuration;
        configuration.check_venue()?;
        let run = &configuration.run;
        let mut venue = SimulatedVenue::new(&self.instruments, configuration.venue(), run.cash, run.seed)?;
        if let Some(schedule) = &configuration.fee_tiers {
            venue.set_fees(schedule.clone());
        }
        if let Some(latency) = &configuration.latency {
            venue.set_latency(latency.entry.clone(), latency.response.clone())?;
        }
        Ok(venue)
    }

    /// Runs the engine on a feed through the venue.
    pub(crate) fn play<F: Feed, J: Journal>(
        self,
        make: impl FnOnce(Instruments, Configuration) -> Result<Engine, EngineError>,
        venue: SimulatedVenue,
        feed: impl FnOnce(SharedVenue, ScriptedOperator) -> Result<F, BacktestError>,
        journal: J,
        mut watch: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<(Finished, J), BacktestError>
    where
        BacktestError: From<F::Error>,
    {
        let run = &self.configuration.run;
        let instrument = self.instruments.get(INSTRUMENT).map_err(ConfigurationFault::from)?.clone();
        let configuration = self.configuration.engine(self.interval);
        let engine = make(self.instruments.clone(), configuration.clone())?;
        let venue = Rc::new(RefCell::new(venue));
        let operator = ScriptedOperator::default();
        let feed = feed(Rc::clone(&venue), operator.clone())?;
        let opening = Opening {
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            configuration,
            instruments: self.instruments,
            data_digest: Some(self.data_digest.clone()),
            seed: run.seed,
        };
        let mut recorder = Recorder::new(self.detail, INSTRUMENT, &engine, &self.data_digest, self.bars);
        let mut session = Session::open(engine, &opening, feed, VenueDoor::new(Rc::clone(&venue)), journal)
            .map_err(flatten)?;
        let lean = self.detail == Detail::Summary;
        let mut bars = 0;
        let closing = session
            .run(|event, engine, turn| {
                recorder.see(event, engine, turn);
                if lean && !turn.bookings().is_empty() {
                    venue.borrow_mut().forget_fill_records();
                }
                if let (Some(change), Some(pause)) = (turn.state_change(), run.resume_after)
                    && change.to != TradingState::Active
                {
                    operator.resume_at(change.at.after(pause));
                }
                bars += usize::from(
                    matches!(event, Event::Market(market) if matches!(market.data, MarketData::Bar(_))),
                );
                watch(Step { event, engine, turn, bars })
            })
            .map_err(flatten)?;
        let (engine, _, _, journal) = session.into_parts();
        let account = venue.borrow().account();
        let margined = venue.borrow().rules().margin != MarginRule::Off;
        let fill_records = venue.borrow_mut().take_fill_records();
        let data_digest = self.data_digest;
        Ok((
            Finished { engine, closing, account, fill_records, recorder, instrument, data_digest, margined },
            journal,
        ))
    }
}

fn flatten<F, J>(error: SessionError<F, VenueError, J>) -> BacktestError
where
    F: std::error::Error,
    J: std::error::Error,
    BacktestError: From<F>,
{
    match error {
        SessionError::Feed(error) => error.into(),
        SessionError::Gateway(error) => BacktestError::Venue(error),
        SessionError::Journal(error) => BacktestError::Journal(error.to_string()),
        SessionError::Engine(error) => BacktestError::Engine(error),
    }
}
