//! Computes a journal again: the same events must give the same turns, commands and books.

use std::collections::VecDeque;

use autotrading_execution::CommandRecord;

use crate::{Closing, Engine, EngineError, Opening, OwnedRecord, Turn, TurnRecord};

/// Why a journal is not what the engine computes from its events.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The first record must be the opening.
    #[error("record {record}: a journal begins with its opening")]
    NoOpening {
        /// Place of the record, from 1.
        record: u64,
    },
    /// A second opening, or a record after the closing.
    #[error("record {record}: {what}")]
    OutOfPlace {
        /// Place of the record, from 1.
        record: u64,
        /// What is out of place.
        what: &'static str,
    },
    /// What is recorded is not what is computed.
    #[error("record {record}: {what} differs; recorded {recorded}, computed {computed}")]
    Differs {
        /// Place of the record, from 1.
        record: u64,
        /// Which part.
        what: &'static str,
        /// As it stands in the journal.
        recorded: String,
        /// As the engine computes it.
        computed: String,
    },
    /// The engine refused.
    #[error("record {record}: {source}")]
    Engine {
        /// Place of the record, from 1.
        record: u64,
        /// Why.
        source: EngineError,
    },
}

/// What was computed again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    /// Records read.
    pub records: u64,
    /// Events taken.
    pub events: u64,
    /// Turns with news that were computed and equal.
    pub turns: u64,
    /// Commands that were computed and equal.
    pub commands: u64,
    /// The closing, when there is one and it is equal.
    pub closing: Option<Closing>,
}

/// A journal on its way through the engine again.
#[derive(Debug, Default)]
pub struct Replay {
    engine: Option<Engine>,
    turn: Turn,
    due: VecDeque<Due>,
    done: Replayed,
}

/// A record that must come next.
#[derive(Debug)]
enum Due {
    Turn(TurnRecord),
    Command(CommandRecord),
}

impl Replay {
    /// A replay that builds its engine from the opening.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A replay with an engine of your own: for runs with strategies that are not in the catalogue.
    #[must_use]
    pub fn with_engine(engine: Engine) -> Self {
        Self { engine: Some(engine), ..Self::default() }
    }

    /// Takes the next record and compares it with what is computed.
    ///
    /// # Errors
    /// [`ReplayError`] names the place of the first record that differs.
    pub fn take(&mut self, record: &OwnedRecord) -> Result<(), ReplayError> {
        self.done.records += 1;
        let place = self.done.records;
        if self.done.closing.is_some() {
            return Err(ReplayError::OutOfPlace { record: place, what: "nothing comes after the closing" });
        }
        match record {
            OwnedRecord::Opened(opening) => self.open(opening),
            OwnedRecord::Event(event) => {
                self.all_due_came("an event")?;
                let engine = self
                    .engine
                    .as_mut()
                    .filter(|_| place > 1)
                    .ok_or(ReplayError::NoOpening { record: place })?;
                engine
                    .turn(event, &mut self.turn)
                    .map_err(|source| ReplayError::Engine { record: place, source })?;
                self.done.events += 1;
                self.expect();
                Ok(())
            }
            OwnedRecord::Turn(turn) => match self.due.pop_front() {
                Some(Due::Turn(computed)) if computed == *turn => {
                    self.done.turns += 1;
                    Ok(())
                }
                other => Err(self.differs("the turn", &format!("{turn:?}"), &format!("{other:?}"))),
            },
            OwnedRecord::Command(command) => match self.due.pop_front() {
                Some(Due::Command(computed)) if computed == *command => {
                    self.done.commands += 1;
                    Ok(())
                }
                other => Err(self.differs("the command", &format!("{command:?}"), &format!("{other:?}"))),
            },
            OwnedRecord::Closed(closing) => self.close(closing),
        }
    }

    /// What was computed until now. A journal that was cut off after an event is still equal as far as it goes.
    pub fn finish(self) -> Replayed {
        self.done
    }

    /// The engine as the records left it, to go on with after a restart: books, trading state, everything that was
    /// counted. `None` while there was no opening, or while a turn or command of the last event is still to come: then
    /// the journal was cut off within a turn, and what was sent must first be asked about.
    pub fn into_engine(self) -> Option<Engine> {
        self.engine.filter(|_| self.due.is_empty())
    }

    fn open(&mut self, opening: &Opening) -> Result<(), ReplayError> {
        let record = self.done.records;
        if record > 1 {
            return Err(ReplayError::OutOfPlace { record, what: "a second opening" });
        }
        if self.engine.is_none() {
            let engine = Engine::new(opening.instruments.clone(), opening.configuration.clone());
            self.engine = Some(engine.map_err(|source| ReplayError::Engine { record, source })?);
        }
        Ok(())
    }

    fn expect(&mut self) {
        if self.turn.has_news() {
            self.due.push_back(Due::Turn(self.turn.record()));
        }
        self.due.extend(self.turn.commands().iter().map(|command| Due::Command(command.into())));
    }

    fn close(&mut self, recorded: &Closing) -> Result<(), ReplayError> {
        self.all_due_came("the closing")?;
        let record = self.done.records;
        let Some(engine) = &self.engine else { return Err(ReplayError::NoOpening { record }) };
        let computed = Closing {
            at: engine.now(),
            complete: recorded.complete,
            events: self.done.events,
            equity: engine.equity().map_err(|source| ReplayError::Engine { record, source })?,
            books: engine.books(),
        };
        if computed != *recorded {
            return Err(self.differs("the closing", &format!("{recorded:?}"), &format!("{computed:?}")));
        }
        self.done.closing = Some(computed);
        Ok(())
    }

    fn all_due_came(&self, recorded: &'static str) -> Result<(), ReplayError> {
        match self.due.front() {
            None => Ok(()),
            Some(due) => Err(self.differs("the order of records", recorded, &format!("{due:?}"))),
        }
    }

    fn differs(&self, what: &'static str, recorded: &str, computed: &str) -> ReplayError {
        let (recorded, computed) = (recorded.to_owned(), computed.to_owned());
        ReplayError::Differs { record: self.done.records, what, recorded, computed }
    }
}
