//! The books of one account: every change goes through here, whole or not at all.

use std::collections::BTreeMap;

use autotrading_domain::{
    Currency, Direction, Fill, FundingPayment, Holding, Instrument, InstrumentId, Instruments, Money,
    Quantity, Timestamp,
};

use crate::{
    Applied, BookChange, BookEntry, FeeBalances, FillBooked, FundingBooked, LedgerError, LedgerRules,
    Position, PositionMode, Totals, TradeMemory, Unsettled, booking, marks::Marks, precise,
    trade_memory::Recall,
};

/// All books of one account in one settlement currency.
///
/// Fills, funding and deposits change it, exactly; [`mark`](Self::mark) changes only its measured shadows. Two ledgers
/// are equal when their exact books are.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(crate) instruments: Instruments,
    pub(crate) rules: LedgerRules,
    pub(crate) positions: Vec<Position>,
    pub(crate) trades: Vec<TradeMemory>,
    pub(crate) totals: Totals,
    pub(crate) other_fees: FeeBalances,
    /// By place among the positions.
    pub(crate) unsettled: BTreeMap<usize, Unsettled>,
    pub(crate) sequence: u64,
    pub(crate) marks: Marks,
}

/// A change that was checked in full: the entry and the state afterwards.
pub(crate) struct Plan {
    entry: BookEntry,
    totals: Totals,
    position: Option<(usize, Position)>,
    other_fee: Option<(Currency, Money)>,
    /// What is unsettled of that position afterwards.
    unsettled: Option<Unsettled>,
}

impl PartialEq for Ledger {
    fn eq(&self, other: &Self) -> bool {
        self.rules == other.rules
            && self.positions == other.positions
            && self.trades == other.trades
            && self.totals == other.totals
            && self.other_fees == other.other_fees
            && self.unsettled == other.unsettled
            && self.sequence == other.sequence
            && self.instruments == other.instruments
    }
}

impl Ledger {
    /// Empty books.
    ///
    /// # Errors
    /// [`LedgerError::Settlement`] when an instrument settles in another currency than the account.
    pub fn new(instruments: &Instruments, rules: LedgerRules) -> Result<Self, LedgerError> {
        let mut positions = Vec::new();
        for (id, instrument) in instruments.iter() {
            let got = instrument.spec().settle;
            if got != rules.settle {
                return Err(LedgerError::Settlement { instrument: id, got, expected: rules.settle });
            }
            positions.extend(std::iter::repeat_n(Position::flat(id), legs(rules.mode)));
        }
        Ok(Self {
            rules,
            positions,
            trades: vec![TradeMemory::default(); instruments.len()],
            totals: Totals::default(),
            other_fees: FeeBalances::default(),
            unsettled: BTreeMap::new(),
            sequence: 0,
            marks: Marks::new(instruments.len()),
            instruments: instruments.clone(),
        })
    }

    /// The rules it was opened with.
    pub const fn rules(&self) -> &LedgerRules {
        &self.rules
    }

    /// Gives an instrument other facts from now on: its margin tiers may change, what it is may not.
    ///
    /// # Errors
    /// As [`Instruments::change`].
    pub fn relist(&mut self, id: InstrumentId, facts: Instrument) -> Result<(), LedgerError> {
        Ok(self.instruments.change(id, facts)?)
    }

    /// Number of the last entry; zero for empty books.
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Money came in, or went out when negative. Booked half-even to 12 decimals.
    ///
    /// # Errors
    /// Overflow, or more digits than a decimal holds.
    pub fn deposit(&mut self, amount: Money, at: Timestamp) -> Result<BookEntry, LedgerError> {
        let plan = self.plan_deposit(amount, at)?;
        Ok(self.commit(plan))
    }

    /// A fill of a one-way account, ours or the venue's own (liquidation, auto-deleveraging). The same trade of the
    /// same instrument is applied at most once. A fill that crosses zero closes the old position and opens the new one,
    /// both at its price.
    ///
    /// # Errors
    /// A [`LedgerError`]; the books are then as they were. In hedge mode see [`apply_fill_of`](Self::apply_fill_of).
    pub fn apply_fill(&mut self, fill: &Fill) -> Result<Applied, LedgerError> {
        self.apply(fill, None)
    }

    /// A fill of one leg of a hedge account. A leg never flips: closing more than it holds is an error.
    ///
    /// # Errors
    /// A [`LedgerError`]; the books are then as they were.
    pub fn apply_fill_of(&mut self, leg: Direction, fill: &Fill) -> Result<Applied, LedgerError> {
        self.apply(fill, Some(leg))
    }

    /// Funding was received or paid. It goes to the wallet, and to the open round trip if there is one; in hedge mode to
    /// that of the larger leg, which decided its sign.
    ///
    /// # Errors
    /// A [`LedgerError`]; the books are then as they were.
    pub fn apply_funding(&mut self, payment: &FundingPayment) -> Result<BookEntry, LedgerError> {
        let plan = self.plan_funding(payment)?;
        Ok(self.commit(plan))
    }

    /// Replays one journal entry: its cause is booked again and must have the effects that the entry tells.
    ///
    /// # Errors
    /// [`LedgerError::OutOfSequence`] when it is not the next entry, [`LedgerError::EntryMismatch`] when it tells
    /// something else than the books make of its cause; the books are then as they were.
    pub fn apply_entry(&mut self, entry: &BookEntry) -> Result<(), LedgerError> {
        if entry.sequence != self.sequence + 1 {
            return Err(LedgerError::OutOfSequence { last: self.sequence, got: entry.sequence });
        }
        let plan = match &entry.change {
            BookChange::Deposit { amount, at } => Some(self.plan_deposit(*amount, *at)?),
            BookChange::Fill(booked) if booked.inferred => {
                Some(self.plan_inferred(&booked.fill, booked.leg)?)
            }
            BookChange::Fill(booked) => self.plan_fill(&booked.fill, booked.leg)?,
            BookChange::Funding(booked) => Some(self.plan_funding(&booked.payment)?),
        };
        match plan {
            Some(plan) if plan.entry == *entry => {
                self.commit(plan);
                Ok(())
            }
            Some(_) | None => Err(LedgerError::EntryMismatch { sequence: entry.sequence }),
        }
    }

    /// Books rebuilt from their journal, equal to the digit.
    ///
    /// # Errors
    /// As [`apply_entry`](Self::apply_entry).
    pub fn replay<'a>(
        instruments: &Instruments,
        rules: LedgerRules,
        entries: impl IntoIterator<Item = &'a BookEntry>,
    ) -> Result<Self, LedgerError> {
        let mut ledger = Self::new(instruments, rules)?;
        for entry in entries {
            ledger.apply_entry(entry)?;
        }
        Ok(ledger)
    }

    /// The position of a one-way account.
    ///
    /// # Errors
    /// Unknown instrument, or hedge mode.
    pub fn position(&self, id: InstrumentId) -> Result<&Position, LedgerError> {
        self.at(self.index(id, None)?)
    }

    /// A leg of a hedge account.
    ///
    /// # Errors
    /// Unknown instrument, a flat leg, or one-way mode.
    pub fn position_of(&self, id: InstrumentId, leg: Direction) -> Result<&Position, LedgerError> {
        self.at(self.index(id, Some(leg))?)
    }

    /// All positions in order of their instruments, flat ones included; in hedge mode the long before the short.
    pub fn positions(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter()
    }

    /// The position of a one-way account as the rule crates see it.
    ///
    /// # Errors
    /// Unknown instrument, or hedge mode.
    pub fn holding(&self, id: InstrumentId) -> Result<Holding, LedgerError> {
        let position = self.position(id)?;
        Ok(position.holding(self.isolated_margin(position)?))
    }

    /// A leg of a hedge account as the rule crates see it.
    ///
    /// # Errors
    /// Unknown instrument, a flat leg, or one-way mode.
    pub fn holding_of(&self, id: InstrumentId, leg: Direction) -> Result<Holding, LedgerError> {
        let position = self.position_of(id, leg)?;
        Ok(position.holding(self.isolated_margin(position)?))
    }

    /// What all changes add up to.
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Fees paid in other currencies than the account's.
    pub const fn other_fees(&self) -> &FeeBalances {
        &self.other_fees
    }

    fn apply(&mut self, fill: &Fill, leg: Option<Direction>) -> Result<Applied, LedgerError> {
        let plan = self.plan_fill(fill, leg)?;
        Ok(plan.map_or(Applied::Duplicate, |plan| Applied::Booked(self.commit(plan))))
    }

    fn plan_deposit(&self, amount: Money, at: Timestamp) -> Result<Plan, LedgerError> {
        let amount = amount.booked();
        let totals = self.totals.deposited(amount)?;
        Ok(self.plan(BookChange::Deposit { amount, at }, totals, None, None, None))
    }

    fn plan_funding(&self, payment: &FundingPayment) -> Result<Plan, LedgerError> {
        let instrument = payment.instrument;
        if !self.instruments.get(instrument)?.is_perpetual() {
            return Err(LedgerError::SpotFunding { instrument });
        }
        let leg = self.larger_leg(instrument)?;
        let index = self.index(instrument, leg)?;
        let amount = payment.amount.booked();
        let totals = self.totals.funded(amount)?;
        let mut after = self.at(index)?.clone();
        after.funding = precise::sum(after.funding, amount)?;
        let counted_to_trip = after.trip.is_some();
        after.trip = after.trip.map(|trip| trip.funded(amount)).transpose()?;
        let booked = FundingBooked { payment: *payment, leg, amount, counted_to_trip };
        let unsettled =
            self.unsettled.get(&index).cloned().map(|before| before.funded(amount)).transpose()?;
        Ok(self.plan(BookChange::Funding(booked), totals, Some((index, after)), None, unsettled))
    }

    /// What a fill would do; `None` for a trade that was applied before.
    fn plan_fill(&self, fill: &Fill, leg: Option<Direction>) -> Result<Option<Plan>, LedgerError> {
        let (instrument, trade, at) = (fill.instrument, fill.trade, fill.at);
        let spot = !self.instruments.get(instrument)?.is_perpetual();
        if fill.quantity.is_zero() {
            return Err(LedgerError::EmptyFill { instrument, trade });
        }
        let index = self.index(instrument, leg)?;
        match self.memory(instrument)?.recall(trade, at) {
            Recall::New => {}
            Recall::Known => return Ok(None),
            Recall::Forgotten(horizon) => {
                return Err(LedgerError::BeyondMemory { instrument, trade, at, horizon });
            }
        }
        let fee_settles = fill.fee_currency == self.rules.settle;
        if let Some(unsettled) = self.unsettled.get(&index)
            && let Some((unsettled, replaced)) = unsettled.clone().superseded(fill, fee_settles)?
        {
            return self.plan_superseding(index, fill, leg, unsettled, replaced).map(Some);
        }
        self.plan_booking(index, fill, leg, spot, false).map(Some)
    }

    pub(crate) fn plan_booking(
        &self,
        index: usize,
        fill: &Fill,
        leg: Option<Direction>,
        spot: bool,
        inferred: bool,
    ) -> Result<Plan, LedgerError> {
        let position = self.at(index)?;
        let fee_settles = fill.fee_currency == self.rules.settle;
        let (mut booked, after) = booking::book(position, fill, leg, fee_settles)?;
        booked.inferred = inferred;
        refuse_wrong_flip(position, &booked, spot)?;
        let moved =
            if spot { precise::difference(after.open_cost, position.open_cost)? } else { Money::ZERO };
        let settled_fee = precise::sum(booked.fee_of_close, booked.fee_of_open)?;
        let totals = self.totals.traded(booked.realized, settled_fee, moved)?;
        let other_fee = self.other_fee_after(fill.fee_currency, booked.fee)?;
        let before = self.unsettled.get(&index).cloned();
        let before =
            if inferred { before.or_else(|| Some(Unsettled::since(position.clone()))) } else { before };
        let unsettled = before.map(|before| before.filled(&booked, fee_settles)).transpose()?;
        Ok(self.plan(BookChange::Fill(booked), totals, Some((index, after)), other_fee, unsettled))
    }

    pub(crate) fn plan(
        &self,
        change: BookChange,
        totals: Totals,
        position: Option<(usize, Position)>,
        other_fee: Option<(Currency, Money)>,
        unsettled: Option<Unsettled>,
    ) -> Plan {
        let entry = BookEntry { sequence: self.sequence + 1, change, wallet: totals.wallet };
        Plan { entry, totals, position, other_fee, unsettled }
    }

    /// Carries out a plan of this very state. Cannot fail.
    pub(crate) fn commit(&mut self, plan: Plan) -> BookEntry {
        self.sequence = plan.entry.sequence;
        self.totals = plan.totals;
        if let Some((currency, balance)) = plan.other_fee {
            self.other_fees.set(currency, balance);
        }
        if let Some((index, _)) = plan.position {
            match plan.unsettled.filter(|unsettled| !unsettled.inferred().is_zero()) {
                Some(unsettled) => self.unsettled.insert(index, unsettled),
                None => self.unsettled.remove(&index),
            };
        }
        if let Some((index, position)) = plan.position
            && let Some(slot) = self.positions.get_mut(index)
        {
            *slot = position;
        }
        if let BookChange::Fill(FillBooked { fill, inferred, .. }) = &plan.entry.change {
            if !inferred && let Some(memory) = self.trades.get_mut(fill.instrument.index()) {
                memory.remember(fill.trade, fill.at);
            }
            self.shadow(fill.instrument, fill.price.to_f64());
        }
        self.marks.set_wallet(plan.totals.wallet.to_f64());
        plan.entry
    }

    pub(crate) fn other_fee_after(
        &self,
        currency: Currency,
        fee: Money,
    ) -> Result<Option<(Currency, Money)>, LedgerError> {
        if currency == self.rules.settle || fee.is_zero() {
            return Ok(None);
        }
        Ok(Some((currency, self.other_fees.after(currency, fee)?)))
    }

    pub(crate) fn shadow(&mut self, id: InstrumentId, price: f64) {
        let first = id.index() * legs(self.rules.mode);
        let (mut net, mut gross, mut signed_cost) = (0.0, 0.0, 0.0);
        for position in self.positions.iter().skip(first).take(legs(self.rules.mode)) {
            let quantity = position.quantity.to_f64();
            let sign = position.direction.sign();
            net += sign * quantity;
            gross += quantity;
            signed_cost += sign * position.open_cost.to_f64();
        }
        self.marks.follow(id, net, gross, signed_cost, price);
    }

    fn larger_leg(&self, id: InstrumentId) -> Result<Option<Direction>, LedgerError> {
        Ok(match self.rules.mode {
            PositionMode::OneWay => None,
            PositionMode::Hedge => {
                let long = self.position_of(id, Direction::Long)?.quantity;
                let short = self.position_of(id, Direction::Short)?.quantity;
                Some(if short > long { Direction::Short } else { Direction::Long })
            }
        })
    }

    pub(crate) fn index(&self, id: InstrumentId, leg: Option<Direction>) -> Result<usize, LedgerError> {
        self.instruments.get(id)?;
        match (self.rules.mode, leg) {
            (PositionMode::OneWay, None) => Ok(id.index()),
            (PositionMode::Hedge, Some(Direction::Long)) => Ok(id.index() * 2),
            (PositionMode::Hedge, Some(Direction::Short)) => Ok(id.index() * 2 + 1),
            (PositionMode::Hedge, Some(Direction::Flat)) => Err(LedgerError::FlatLeg),
            (mode @ PositionMode::OneWay, Some(_)) => {
                Err(LedgerError::WrongMode { call: "naming a leg", mode })
            }
            (mode @ PositionMode::Hedge, None) => Err(LedgerError::WrongMode { call: "naming no leg", mode }),
        }
    }

    pub(crate) fn at(&self, index: usize) -> Result<&Position, LedgerError> {
        let known = self.positions.len();
        let unknown =
            || autotrading_domain::InstrumentError::Unknown { id: InstrumentId(index as u32), known };
        self.positions.get(index).ok_or_else(unknown).map_err(LedgerError::from)
    }

    fn memory(&self, id: InstrumentId) -> Result<&TradeMemory, LedgerError> {
        let known = self.trades.len();
        let unknown = autotrading_domain::InstrumentError::Unknown { id, known };
        Ok(self.trades.get(id.index()).ok_or(unknown)?)
    }
}

/// How many positions an instrument has.
pub(crate) const fn legs(mode: PositionMode) -> usize {
    match mode {
        PositionMode::OneWay => 1,
        PositionMode::Hedge => 2,
    }
}

/// Spot has no shorts, and a hedge leg stays on its side.
pub(crate) fn refuse_wrong_flip(
    position: &Position,
    booked: &FillBooked,
    spot: bool,
) -> Result<(), LedgerError> {
    let fill = &booked.fill;
    let built = Direction::built_by(fill.side);
    let (instrument, held, asked): (_, Quantity, Quantity) =
        (fill.instrument, position.quantity, fill.quantity);
    if spot && built == Direction::Short && !booked.opened.is_zero() {
        return Err(LedgerError::SpotShort { instrument, held, sold: asked });
    }
    match booked.leg {
        Some(leg) if built != leg && !booked.opened.is_zero() => {
            Err(LedgerError::LegOverclosed { instrument, leg, held, closed: asked })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Instrument, Leverage, TradeId};
    use rust_decimal::Decimal;

    use super::*;

    fn instruments(symbols: &[&str]) -> Instruments {
        let step = Decimal::new(1, 3);
        let all =
            symbols.iter().map(|symbol| Instrument::linear_perpetual("sim", symbol, step, step).unwrap());
        Instruments::new(all.collect())
    }

    #[test]
    fn ledgers_are_equal_when_all_their_exact_books_are() {
        let books = Ledger::new(&instruments(&["BTCUSDT"]), LedgerRules::isolated(Leverage::ONE)).unwrap();
        let damages: [fn(&mut Ledger); 7] = [
            |books| books.rules = books.rules.hedged(),
            |books| books.positions.clear(),
            |books| books.trades.iter_mut().for_each(|trades| trades.remember(TradeId(1), Timestamp::EPOCH)),
            |books| books.totals.fees = Money::new(Decimal::ONE),
            |books| books.other_fees.set(Currency::USD, Money::new(Decimal::ONE)),
            |books| books.sequence = 1,
            |books| books.instruments = instruments(&["ETHUSDT"]),
        ];
        for damage in damages {
            let mut other = books.clone();
            damage(&mut other);
            assert_ne!(other, books);
        }
        let mut marked = books.clone();
        marked.mark(InstrumentId(0), 7.0);
        assert_eq!(marked, books);
    }

    #[test]
    fn an_instrument_that_settles_elsewhere_is_refused_by_number() {
        let rules = LedgerRules { settle: Currency::USD, ..LedgerRules::cross(Leverage::ONE) };
        let told = Ledger::new(&instruments(&["BTCUSDT"]), rules).unwrap_err();
        assert_eq!(told.to_string(), "instrument 0 settles in USDT, the account in USD");
    }
}
