//! The feed and the gateway of a backtest: a market read bar by bar, and the simulated venue that answers inside it.

use std::cell::RefCell;
use std::rc::Rc;

use autotrading_core::Feed;
use autotrading_domain::{
    Bar, ConnectionWord, Event, InstrumentId, MarketData, MarketEvent, Money, OperatorAction,
    OperatorCommand, Timestamp, TradingState,
};
use autotrading_exchanges::{LatencyLine, SimulatedVenue, VenueError};
use autotrading_execution::{OrderCommand, OrderGateway};
use autotrading_market_data::Window;

/// The venue as both edges of one session see it. A backtest runs on one thread; the two never borrow at once.
pub type SharedVenue = Rc<RefCell<SimulatedVenue>>;

/// An operator who follows a script: some time after the house tightened itself, trading is resumed by hand.
///
/// The trading state never loosens by itself. In a backtest somebody must play the person who looks and decides; the
/// resumption is an event with a reason, journaled like any other.
#[derive(Clone, Debug, Default)]
pub struct ScriptedOperator(Rc<RefCell<Option<Timestamp>>>);

impl ScriptedOperator {
    /// Resumes trading at the first bar at or after this moment.
    pub fn resume_at(&self, at: Timestamp) {
        *self.0.borrow_mut() = Some(at);
    }

    pub(crate) fn due(&self, now: Timestamp) -> Option<OperatorCommand> {
        let mut planned = self.0.borrow_mut();
        if planned.is_none_or(|at| at > now) {
            return None;
        }
        *planned = None;
        Some(OperatorCommand {
            at: now,
            action: OperatorAction::SetTradingState(TradingState::Active),
            operator: "scripted operator".into(),
            reason: "the configured pause is over".into(),
        })
    }
}

/// What the replay does next with the bar at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Orders meet the open.
    Open,
    /// Orders meet the range of the bar.
    Inside,
    /// The house hears of the closed bar.
    Close,
}

/// Reads one history through the simulated venue.
///
/// For each bar: the venue matches at the open and its answers are told; then, with the orders sent in reply, inside
/// the bar; then the closed bar itself is told. A decision on a bar therefore meets the next bar's open at the
/// earliest, and a stop placed on a fill at the open guards the rest of that bar.
#[derive(Debug)]
pub struct BarReplay<'a> {
    instrument: InstrumentId,
    history: Window<'a>,
    venue: SharedVenue,
    operator: ScriptedOperator,
    phase: Phase,
    row: usize,
    answers: Vec<Event>,
    told: usize,
    current: Event,
    deposit: Option<Money>,
    feed: Option<LatencyLine>,
    heard: Timestamp,
}

/// What the connection to a simulated venue says at the start. The venue is born with the house, so there is nothing to
/// compare; and it never goes on without it, which is what a dead-man switch is for.
pub(crate) fn greeting(at: Timestamp) -> Vec<Event> {
    [ConnectionWord::Reconciled, ConnectionWord::DeadMan { armed: true }]
        .map(|word| Event::Connection { at, word })
        .to_vec()
}

/// What the house hears of a report, it hears no earlier than what it heard before.
pub(crate) fn hear(answer: &mut Event, heard: Timestamp) {
    if let Event::Order(report) = answer {
        report.ts_received = report.ts_received.max(heard);
    }
}

/// Writes a closed bar into the word that is told next, where there was one before: a word is large to move.
#[inline]
fn say_bar(word: &mut Event, instrument: InstrumentId, bar: Bar, [ts_event, ts_received]: [Timestamp; 2]) {
    if let Event::Market(MarketEvent { instrument: of, ts_event: at, ts_received: heard, data }) = word
        && let MarketData::Bar(before) = data
    {
        (*of, *at, *heard, *before) = (instrument, ts_event, ts_received, bar);
    } else {
        *word = Event::Market(MarketEvent { instrument, ts_event, ts_received, data: MarketData::Bar(bar) });
    }
}

impl<'a> BarReplay<'a> {
    /// A replay of `history` as `instrument`; the first event is the deposit of `cash`.
    pub fn new(
        instrument: InstrumentId,
        history: Window<'a>,
        venue: SharedVenue,
        operator: ScriptedOperator,
        cash: Money,
    ) -> Self {
        Self {
            instrument,
            history,
            venue,
            operator,
            phase: Phase::Open,
            row: 0,
            answers: Vec::new(),
            told: 0,
            current: Event::Clock(Timestamp::EPOCH),
            deposit: Some(cash),
            feed: None,
            heard: Timestamp::from_nanos(i64::MIN),
        }
    }

    /// The same, where the house waits for a word of the connection before it opens anything.
    pub(crate) fn greeted(self) -> Self {
        let at = self.history.bar(0).map_or(Timestamp::EPOCH, |bar| bar.open_time);
        Self { answers: greeting(at), ..self }
    }

    /// The same, but a closed bar reaches us by this way.
    #[must_use]
    pub fn heard_by(self, feed: Option<LatencyLine>) -> Self {
        Self { feed, ..self }
    }

    /// Lets the venue match the bar at hand up to the next thing that it says, or to the bar's close.
    fn match_bar(&mut self, bar: &Bar) -> Result<(), VenueError> {
        let mut venue = self.venue.borrow_mut();
        if self.phase == Phase::Open {
            if venue.is_idle(self.instrument) {
                self.phase = Phase::Close;
                return Ok(());
            }
            venue.open_bar(self.instrument, bar, &mut self.answers)?;
            self.phase = Phase::Inside;
        } else {
            venue.close_bar(self.instrument, bar, &mut self.answers)?;
            self.phase = Phase::Close;
        }
        Ok(())
    }
}

impl Feed for BarReplay<'_> {
    type Error = VenueError;

    #[inline]
    fn next(&mut self) -> Result<Option<&Event>, VenueError> {
        if let Some(amount) = self.deposit.take() {
            let at = self.history.bar(0).map_or(Timestamp::EPOCH, |bar| bar.open_time);
            self.current = Event::Deposit { at, amount };
            return Ok(Some(&self.current));
        }
        loop {
            if self.told < self.answers.len() {
                self.told += 1;
                let heard = self.heard;
                return Ok(self.answers.get_mut(self.told - 1).map(|answer| {
                    hear(answer, heard);
                    &*answer
                }));
            }
            let Some(bar) = self.history.bar(self.row) else { return Ok(None) };
            self.answers.clear();
            self.told = 0;
            if self.phase != Phase::Close {
                self.match_bar(&bar)?;
            } else if let Some(command) = self.operator.due(bar.close_time()) {
                self.answers.push(Event::Operator(command));
            } else {
                self.phase = Phase::Open;
                self.row += 1;
                let closed = bar.close_time();
                self.heard = self.feed.as_mut().map_or(closed, |feed| feed.arrival(closed));
                say_bar(&mut self.current, self.instrument, bar, [closed, self.heard]);
                return Ok(Some(&self.current));
            }
        }
    }
}

/// The simulated venue's door for orders.
#[derive(Clone, Debug)]
pub struct VenueDoor(SharedVenue);

impl VenueDoor {
    /// The door of this venue.
    pub const fn new(venue: SharedVenue) -> Self {
        Self(venue)
    }
}

impl OrderGateway for VenueDoor {
    type Error = VenueError;

    fn send(&mut self, command: &OrderCommand) -> Result<(), VenueError> {
        self.0.borrow_mut().send(command)
    }
}
