//! The engine: the order of the day. One event in, one turn out.

mod allocation;
mod answers;
mod book_risk;
mod comovement;
mod connection;
mod guard;
mod kill;
mod legs;
mod listing;
mod lives;
mod market;
mod memory;
mod oversight;
mod pursuit;
mod seat;
mod standing;
mod touch;
mod venue;
mod work;

use autotrading_domain::{
    Event, Instrument, InstrumentError, InstrumentId, Instruments, Money, Price, Span, Timestamp,
    TradingState,
};
use autotrading_execution::OrderDesk;
use autotrading_positions::Ledger;
use autotrading_risk::{RiskGate, RiskMonitor, StateChange};
use autotrading_sizing::Sizer;
use autotrading_strategy::{LegContext, Pipeline, Signals, Strategy};

use allocation::Sharing;
use answers::unanswered;
use book_risk::BookScratch;
use comovement::Comovement;
pub(crate) use guard::Guard;
use lives::Lives;
pub use market::Market;
pub use memory::{KeptLife, RiskMemory};
use oversight::Oversight;
pub(crate) use seat::{Seat, seating};

use crate::{Books, Configuration, EngineError, Occasion, Turn};

/// The engine's state. It does no I/O, reads no clock and draws nothing by chance: the same events give the same turns.
#[derive(Debug)]
pub struct Engine {
    configuration: Configuration,
    instruments: Instruments,
    markets: Vec<Market>,
    seats: Vec<Seat>,
    pipeline: Pipeline,
    said: Signals,
    legs: Vec<LegContext>,
    /// Markets of an opinion that was given up in this turn.
    unwinding: Vec<InstrumentId>,
    ledger: Ledger,
    gate: RiskGate,
    desk: OrderDesk,
    sizer: Sizer,
    leverage: f64,
    book_risk: BookScratch,
    comovement: Option<Comovement>,
    sharing: Sharing,
    lives: Option<Lives>,
    oversight: Option<Oversight>,
    /// How far a price may be behind the newest one and still be compared with it.
    patience: Span,
    /// An operator killed the house: nothing is placed, and whatever is open is cancelled.
    killed: bool,
    now: Timestamp,
}

impl Engine {
    /// An engine with the strategies that the configuration names, each on each instrument; one whose opinions have several
    /// legs on each group of instruments that it can trade. A strategy without such a group has no seat, and its weight
    /// is cash.
    ///
    /// # Errors
    /// [`EngineError`] names the strategy, parameter, rule or limit that is illegal.
    pub fn new(instruments: Instruments, configuration: Configuration) -> Result<Self, EngineError> {
        let strategies = seat::seated(&instruments, &configuration)?;
        Self::with_strategies(instruments, configuration, strategies)
    }

    /// An engine with strategies of your own: the n-th carries `StrategyId(n)` and speaks of its instrument, or of all its
    /// [`Strategy::legs`].
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn with_strategies(
        instruments: Instruments,
        configuration: Configuration,
        strategies: Vec<(InstrumentId, Box<dyn Strategy>)>,
    ) -> Result<Self, EngineError> {
        configuration.portfolio.check()?;
        configuration.execution.check()?;
        let seats: Vec<Seat> =
            strategies.into_iter().map(|(instrument, strategy)| Seat::new(instrument, strategy)).collect();
        let mut markets = instruments
            .iter()
            .map(|(id, _)| Market::new(id, &instruments, &configuration, &seats))
            .collect::<Result<Vec<_>, _>>()?;
        let (count, measures) = (instruments.len(), configuration.measures);
        let together = count > 1 && measures.enabled;
        let comovement =
            together.then(|| Comovement::new(count, measures.volatility_half_life)).transpose()?;
        let sharing = Sharing::new(count, &configuration.portfolio, &seats)?;
        let lives = configuration.life_cycle.map(|rules| Lives::new(count, rules, &seats)).transpose()?;
        for market in &mut markets {
            market.seat_shares = sharing.of_seats(&market.seats);
            market.life_shares = lives.as_ref().map(|lives| lives.shares(&market.seats));
            market.weigh();
        }
        let gate = configuration.approval.gate(&instruments, &configuration)?;
        let mut oversight = None;
        if let Some(settings) = &configuration.monitor {
            settings.check(&configuration.risk)?;
            let watched = Oversight::new(count, settings, &configuration.risk);
            oversight = Some(watched.map_err(|error| error.within("monitor"))?);
        }
        Ok(Self {
            ledger: Ledger::new(&instruments, configuration.ledger)?,
            gate,
            desk: OrderDesk::new(configuration.run, configuration.execution.desk),
            sizer: Sizer::new(configuration.sizing.clone())?,
            pipeline: Pipeline::new(configuration.pipeline, seats.len(), instruments.len()),
            said: Signals::new(),
            legs: Vec::new(),
            unwinding: Vec::new(),
            leverage: configuration.ledger.margin.leverage().to_f64(),
            book_risk: BookScratch::default(),
            comovement,
            sharing,
            lives,
            oversight,
            patience: configuration.patience(),
            killed: false,
            now: Timestamp::from_nanos(i64::MIN),
            markets,
            seats,
            instruments,
            configuration,
        })
    }

    /// Takes one event and says all that was decided on its way. `turn` is yours and is used again.
    ///
    /// # Errors
    /// Only when the engine's own words contradict each other; bad data and odd words of the venue are findings.
    #[inline]
    pub fn turn(&mut self, event: &Event, turn: &mut Turn) -> Result<(), EngineError> {
        let at = event.at();
        turn.begin(at);
        self.now = self.now.max(at);
        match event {
            Event::Market(market) => self.hear_market(market, turn)?,
            Event::Order(report) => self.hear_report(report, turn)?,
            Event::Fill(fill) => self.adopt_fill(fill, turn)?,
            Event::Funding(payment) => {
                turn.bookings.push(self.ledger.apply_funding(payment)?);
            }
            Event::Deposit { at, amount } => {
                turn.bookings.push(self.ledger.deposit(*amount, *at)?);
                self.gate.observe_deposit(amount.to_f64());
                if let Some(oversight) = &mut self.oversight {
                    oversight.monitor.observe_deposit(amount.to_f64());
                }
                self.watch_equity(*at, turn)?;
            }
            Event::Operator(command) => self.obey(command, turn)?,
            Event::Connection { word, .. } => self.hear_connection(*word)?,
            Event::Clock(_) => {}
        }
        if self.killed {
            self.cancel_all(turn)?;
        }
        while let Some(id) = self.unwinding.pop() {
            self.follow(id, true, turn)?;
        }
        let before = turn.commands.len();
        self.desk.expire(self.now, &mut turn.commands);
        match unanswered(turn.commands.get(before..).unwrap_or(&[])) {
            0 => Ok(()),
            count => self.count_silence(count, turn),
        }
    }

    /// Time of the last event.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// What can be traded.
    pub const fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// What the engine was told before the first event.
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The books.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The order desk.
    pub const fn desk(&self) -> &OrderDesk {
        &self.desk
    }

    /// The risk gate.
    pub const fn gate(&self) -> &RiskGate {
        &self.gate
    }

    /// The monitor of the whole book, when it is switched on.
    pub fn monitor(&self) -> Option<&RiskMonitor> {
        self.oversight.as_ref().map(|oversight| &oversight.monitor)
    }

    /// What is known of a market.
    pub fn market(&self, id: InstrumentId) -> Option<&Market> {
        self.markets.get(id.index())
    }

    /// Names of the strategies, in the order of their numbers.
    pub fn strategies(&self) -> impl Iterator<Item = &str> {
        self.seats.iter().map(|seat| seat.name.as_str())
    }

    /// The books to the last digit.
    pub fn books(&self) -> Books {
        let holdings = self.instruments.iter().filter_map(|(id, _)| self.ledger.holding(id).ok()).collect();
        Books { totals: self.ledger.totals(), holdings }
    }

    /// Exact equity at the last marks.
    ///
    /// # Errors
    /// A held instrument has no mark that lies on its grid.
    pub fn equity(&self) -> Result<Money, EngineError> {
        Ok(self.ledger.account(|id| self.mark_price(id))?.equity()?)
    }

    fn mark_price(&self, id: InstrumentId) -> Option<Price> {
        let mark = self.ledger.mark_of(id)?;
        self.instruments.get(id).ok()?.price(mark).ok()
    }

    fn facts(&self, id: InstrumentId) -> Result<&Instrument, InstrumentError> {
        self.instruments.get(id)
    }

    /// Shows equity and free margin to the gate and the monitor, and acts when the trading state tightens.
    #[inline]
    fn watch_equity(&mut self, at: Timestamp, turn: &mut Turn) -> Result<(), EngineError> {
        let equity = self.ledger.equity_f64();
        let used = self.ledger.gross_notional_f64() / self.leverage;
        let change = self.gate.observe_equity(equity, equity - used, at);
        self.followed(change, turn)?;
        self.watch_losses(equity, at, turn)
    }

    /// Acts when the gate has tightened the trading state.
    #[inline]
    fn followed(&mut self, change: Option<StateChange>, turn: &mut Turn) -> Result<(), EngineError> {
        change.map_or(Ok(()), |change| self.tightened(change, turn))
    }

    /// What follows when the state has tightened: opening has stopped with the state, open orders that open are
    /// cancelled, positions are closed if so configured. What protects a position stays; only a kill takes it away.
    fn tightened(&mut self, change: StateChange, turn: &mut Turn) -> Result<(), EngineError> {
        let halted = change.to == TradingState::Halted;
        turn.note_change(change);
        for market in &mut self.markets {
            market.work = None; // what is on its way of it is cancelled below, the rest is not sent
        }
        let opening: Vec<_> = self
            .desk
            .live()
            .filter(|order| matches!(order.intent().purpose, autotrading_domain::Purpose::Target))
            .map(|order| order.intent().id)
            .collect();
        for id in opening {
            self.cancel(id, turn)?;
        }
        if halted && self.configuration.execution.flatten_on_halt {
            self.flatten_all(turn)?;
        }
        Ok(())
    }

    fn flatten_all(&mut self, turn: &mut Turn) -> Result<(), EngineError> {
        for index in 0..self.instruments.len() {
            self.flatten(InstrumentId(u32::try_from(index).unwrap_or(u32::MAX)), Occasion::Exit, turn)?;
        }
        Ok(())
    }

    fn cancel(&mut self, id: autotrading_domain::ClientOrderId, turn: &mut Turn) -> Result<(), EngineError> {
        if let Some(command) = self.desk.cancel(id, self.now)? {
            // A cancel is never held back; the gate only counts it.
            self.gate.cancel_budget(self.now);
            turn.commands.push(command);
        }
        Ok(())
    }
}
