//! One backtest: the engine, a replayed market, the simulated venue, and somebody who writes down what happens.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use autotrading_core::{
    Closing, Configuration, Engine, EngineError, Journal, Opening, Session, SessionError, Turn,
};
use autotrading_domain::{
    Event, Instrument, InstrumentId, Instruments, MarketData, Rate, Timestamp, TradingState,
};
use autotrading_exchanges::{FillRecord, MarginRule, SimulatedVenue, VenueAccount, VenueError};
use autotrading_market_data::Window;

use crate::recorder::{Detail, Recorder};
use crate::{BacktestConfiguration, BarReplay, ConfigurationFault, ScriptedOperator, VenueDoor};

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
        mut watch: impl FnMut(Step<'_>) -> ControlFlow<()>,
    ) -> Result<(Finished, J), BacktestError> {
        if self.history.is_empty() {
            return Err(BacktestError::NoBars);
        }
        let run = &self.configuration.run;
        let instrument = self.configuration.instrument.instrument(self.history)?;
        let instruments = Instruments::new(vec![instrument.clone()]);
        let configuration = self.configuration.engine(self.history.interval());
        let engine = make(instruments.clone(), configuration.clone())?;
        let data_digest = format!("{:016x}", self.history.digest());
        let mut venue = SimulatedVenue::new(&instruments, self.configuration.venue(), run.cash, run.seed)?;
        if !self.funding.is_empty() {
            venue.set_funding(INSTRUMENT, self.funding.to_vec())?;
        }
        let venue = Rc::new(RefCell::new(venue));
        let operator = ScriptedOperator::default();
        let feed = BarReplay::new(INSTRUMENT, self.history, Rc::clone(&venue), operator.clone(), run.cash);
        let opening = Opening {
            code_version: env!("CARGO_PKG_VERSION").to_owned(),
            configuration,
            instruments,
            data_digest: Some(data_digest.clone()),
            seed: run.seed,
        };
        let mut recorder = Recorder::new(self.detail, INSTRUMENT, &engine, &data_digest, self.history.len());
        let mut session = Session::open(engine, &opening, feed, VenueDoor::new(Rc::clone(&venue)), journal)
            .map_err(flatten)?;
        let mut bars = 0;
        let closing = session
            .run(|event, engine, turn| {
                recorder.see(event, engine, turn);
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
        Ok((
            Finished { engine, closing, account, fill_records, recorder, instrument, data_digest, margined },
            journal,
        ))
    }
}

fn flatten<J: std::error::Error>(error: SessionError<VenueError, VenueError, J>) -> BacktestError {
    match error {
        SessionError::Feed(error) | SessionError::Gateway(error) => BacktestError::Venue(error),
        SessionError::Journal(error) => BacktestError::Journal(error.to_string()),
        SessionError::Engine(error) => BacktestError::Engine(error),
    }
}
