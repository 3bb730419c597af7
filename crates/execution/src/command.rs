//! What leaves the house: made by the order desk alone, read by everyone.

use autotrading_domain::{Amendment, ClientOrderId, InstrumentId, OrderIntent, Timestamp};
use serde::{Deserialize, Serialize};

/// A request to a venue.
///
/// Only the [`OrderDesk`](crate::OrderDesk) makes one, and for placing and amending only out of the risk gate's proof.
/// It can be neither cloned nor read from bytes, and its fields are private: whoever holds one holds a reviewed order.
/// The plain mirror for journals is [`CommandRecord`], which no gateway accepts.
#[must_use = "a command does nothing until it is handed to a gateway"]
#[derive(Debug)]
pub struct OrderCommand {
    at: Timestamp,
    ask: Ask,
}

#[derive(Debug)]
enum Ask {
    Place(OrderIntent),
    Amend { change: Amendment, instrument: InstrumentId },
    Cancel { id: ClientOrderId, instrument: InstrumentId },
    Query { id: ClientOrderId, instrument: InstrumentId },
}

/// What a command asks for, to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// A new order.
    Place(&'a OrderIntent),
    /// A change of a live order.
    Amend {
        /// What it shall become.
        change: &'a Amendment,
        /// What it trades.
        instrument: InstrumentId,
    },
    /// The end of a live order.
    Cancel {
        /// The order.
        id: ClientOrderId,
        /// What it trades.
        instrument: InstrumentId,
    },
    /// What became of an order. Changes nothing at the venue.
    Query {
        /// The order.
        id: ClientOrderId,
        /// What it trades.
        instrument: InstrumentId,
    },
}

impl OrderCommand {
    pub(crate) const fn place(intent: OrderIntent, at: Timestamp) -> Self {
        Self { at, ask: Ask::Place(intent) }
    }

    pub(crate) const fn amend(change: Amendment, instrument: InstrumentId, at: Timestamp) -> Self {
        Self { at, ask: Ask::Amend { change, instrument } }
    }

    pub(crate) const fn cancel(id: ClientOrderId, instrument: InstrumentId, at: Timestamp) -> Self {
        Self { at, ask: Ask::Cancel { id, instrument } }
    }

    pub(crate) const fn query(id: ClientOrderId, instrument: InstrumentId, at: Timestamp) -> Self {
        Self { at, ask: Ask::Query { id, instrument } }
    }

    /// When the desk made it.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// What it asks for.
    pub const fn request(&self) -> Request<'_> {
        match &self.ask {
            Ask::Place(intent) => Request::Place(intent),
            Ask::Amend { change, instrument } => Request::Amend { change, instrument: *instrument },
            Ask::Cancel { id, instrument } => Request::Cancel { id: *id, instrument: *instrument },
            Ask::Query { id, instrument } => Request::Query { id: *id, instrument: *instrument },
        }
    }

    /// What the order trades.
    pub const fn instrument(&self) -> InstrumentId {
        match &self.ask {
            Ask::Place(intent) => intent.instrument,
            Ask::Amend { instrument, .. }
            | Ask::Cancel { instrument, .. }
            | Ask::Query { instrument, .. } => *instrument,
        }
    }

    /// The order it is about.
    pub const fn order(&self) -> ClientOrderId {
        match &self.ask {
            Ask::Place(intent) => intent.id,
            Ask::Amend { change, .. } => change.id,
            Ask::Cancel { id, .. } | Ask::Query { id, .. } => *id,
        }
    }
}

/// A command as it stands in a journal: plain, readable, and good for nothing but reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandRecord {
    /// A new order was asked for.
    Place {
        /// When the desk made the command.
        at: Timestamp,
        /// The order.
        intent: OrderIntent,
    },
    /// A change was asked for.
    Amend {
        /// When the desk made the command.
        at: Timestamp,
        /// What the order shall become.
        change: Amendment,
        /// What it trades.
        instrument: InstrumentId,
    },
    /// The end of an order was asked for.
    Cancel {
        /// When the desk made the command.
        at: Timestamp,
        /// The order.
        id: ClientOrderId,
        /// What it trades.
        instrument: InstrumentId,
    },
    /// The venue was asked what became of an order.
    Query {
        /// When the desk made the command.
        at: Timestamp,
        /// The order.
        id: ClientOrderId,
        /// What it trades.
        instrument: InstrumentId,
    },
}

impl From<&OrderCommand> for CommandRecord {
    fn from(command: &OrderCommand) -> Self {
        let at = command.at;
        match command.request() {
            Request::Place(intent) => Self::Place { at, intent: *intent },
            Request::Amend { change, instrument } => Self::Amend { at, change: *change, instrument },
            Request::Cancel { id, instrument } => Self::Cancel { at, id, instrument },
            Request::Query { id, instrument } => Self::Query { at, id, instrument },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journaled_command_reads_back_as_it_was_written() {
        let id = ClientOrderId { run: 3, sequence: 9 };
        let command = OrderCommand::cancel(id, InstrumentId(2), Timestamp::from_secs(5));
        let record = CommandRecord::from(&command);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(text, r#"{"cancel":{"at":"1970-01-01T00:00:05.000Z","id":"3-9","instrument":2}}"#);
        assert_eq!(serde_json::from_str::<CommandRecord>(&text).unwrap(), record);
        assert_eq!((command.order(), command.instrument()), (id, InstrumentId(2)));
    }
}
