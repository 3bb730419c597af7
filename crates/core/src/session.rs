//! One run: feed -> journal -> turn -> journal -> gateway, the same for backtest, paper and live.

use std::ops::ControlFlow;

use autotrading_domain::Event;
use autotrading_execution::{CommandRecord, OrderGateway};

use crate::{Closing, Engine, EngineError, Feed, Journal, Opening, Record, Turn};

/// Why a run stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum SessionError<F, G, J>
where
    F: std::error::Error + 'static,
    G: std::error::Error + 'static,
    J: std::error::Error + 'static,
{
    /// The feed could not go on.
    #[error("the feed stopped: {0}")]
    Feed(#[source] F),
    /// The gateway took no more commands.
    #[error("the order gateway stopped: {0}")]
    Gateway(#[source] G),
    /// The journal took no more records.
    #[error("the journal stopped: {0}")]
    Journal(#[source] J),
    /// The engine's own books contradict each other.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The error of a session with these edges.
pub type SessionResult<T, F, G, J> =
    Result<T, SessionError<<F as Feed>::Error, <G as OrderGateway>::Error, <J as Journal>::Error>>;

/// The engine with its three edges. What differs between backtest, paper and live is handed in here, and nowhere else.
#[derive(Debug)]
pub struct Session<F, G, J> {
    feed: F,
    gateway: G,
    journal: J,
    engine: Engine,
    turn: Turn,
    events: u64,
}

impl<F: Feed, G: OrderGateway, J: Journal> Session<F, G, J> {
    /// Opens a run: the opening is the first record of the journal.
    ///
    /// # Errors
    /// The journal cannot keep the opening.
    pub fn open(
        engine: Engine,
        opening: &Opening,
        feed: F,
        gateway: G,
        mut journal: J,
    ) -> SessionResult<Self, F, G, J> {
        journal.append(&Record::Opened(opening)).map_err(SessionError::Journal)?;
        Ok(Self { feed, gateway, journal, engine, turn: Turn::default(), events: 0 })
    }

    /// Takes events until the feed ends or `watch` breaks; `watch` sees each event with the engine and the turn after it.
    ///
    /// # Errors
    /// The first edge that fails stops the run; what was done until then is in the journal.
    pub fn run(
        &mut self,
        mut watch: impl FnMut(&Event, &Engine, &Turn) -> ControlFlow<()>,
    ) -> SessionResult<Closing, F, G, J> {
        let mut complete = true;
        while let Some(event) = self.feed.next().map_err(SessionError::Feed)? {
            self.events += 1;
            if J::KEEPS {
                self.journal.append(&Record::Event(event)).map_err(SessionError::Journal)?;
            }
            self.engine.turn(event, &mut self.turn)?;
            if J::KEEPS && self.turn.has_news() {
                self.journal.append(&Record::Turn(&self.turn.record())).map_err(SessionError::Journal)?;
            }
            for command in self.turn.commands() {
                if J::KEEPS {
                    let record = CommandRecord::from(command);
                    self.journal.append(&Record::Command(&record)).map_err(SessionError::Journal)?;
                }
                self.gateway.send(command).map_err(SessionError::Gateway)?;
            }
            if watch(event, &self.engine, &self.turn).is_break() {
                complete = false;
                break;
            }
        }
        self.close(complete)
    }

    fn close(&mut self, complete: bool) -> SessionResult<Closing, F, G, J> {
        let closing = Closing {
            at: self.engine.now(),
            complete,
            events: self.events,
            equity: self.engine.equity()?,
            books: self.engine.books(),
        };
        self.journal.append(&Record::Closed(&closing)).map_err(SessionError::Journal)?;
        Ok(closing)
    }

    /// The engine as it stands.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Takes the session apart: engine, feed, gateway and journal.
    pub fn into_parts(self) -> (Engine, F, G, J) {
        (self.engine, self.feed, self.gateway, self.journal)
    }
}
