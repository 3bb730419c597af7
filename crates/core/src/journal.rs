//! The port to which everything is written that was heard, decided and sent.

use autotrading_domain::{Event, Instruments, Money, Timestamp};
use autotrading_execution::CommandRecord;
use serde::{Deserialize, Serialize};

use crate::{Books, Configuration, TurnRecord};

/// What a run started from: with the events that follow, all that is needed to repeat it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// Version of the program that wrote it.
    pub code_version: String,
    /// The engine's whole configuration.
    pub configuration: Configuration,
    /// What can be traded.
    pub instruments: Instruments,
    /// Checksum of the market data, as text; `None` when the data come in live.
    pub data_digest: Option<String>,
    /// Seed of everything that is drawn by chance.
    pub seed: u64,
}

/// What a run ended with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// Time of the last event.
    pub at: Timestamp,
    /// Whether the feed ended by itself; `false` when the run was stopped before.
    pub complete: bool,
    /// How many events were taken.
    pub events: u64,
    /// Equity at the last marks.
    pub equity: Money,
    /// The books to the last digit.
    pub books: Books,
}

/// One record, borrowed from where it happens.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Record<'a> {
    /// The first of a run.
    Opened(&'a Opening),
    /// Something happened.
    Event(&'a Event),
    /// Something was decided on it.
    Turn(&'a TurnRecord),
    /// Something was sent because of it.
    Command(&'a CommandRecord),
    /// The last of a run.
    Closed(&'a Closing),
}

/// One record, read back. Its serialised form is that of [`Record`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnedRecord {
    /// The first of a run.
    Opened(Box<Opening>),
    /// Something happened.
    Event(Event),
    /// Something was decided on it.
    Turn(TurnRecord),
    /// Something was sent because of it.
    Command(CommandRecord),
    /// The last of a run.
    Closed(Closing),
}

/// Where records go.
///
/// An event is appended before it is acted on, a command before it is sent: what the house did can always be told from
/// its journal. An implementation that cannot write must say so; the session stops.
pub trait Journal {
    /// Why a record could not be kept.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Whether records are kept at all. `false` spares the session the work of making them.
    const KEEPS: bool = true;

    /// Keeps a record.
    ///
    /// # Errors
    /// The record is not kept, and nothing may be done on its strength.
    fn append(&mut self, record: &Record<'_>) -> Result<(), Self::Error>;
}

/// Keeps nothing: for research runs of which only the result matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unrecorded;

impl Journal for Unrecorded {
    type Error = std::convert::Infallible;

    const KEEPS: bool = false;

    fn append(&mut self, _record: &Record<'_>) -> Result<(), Self::Error> {
        Ok(())
    }
}
