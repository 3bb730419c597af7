//! The simulated venue's front.

use autotrading_domain::{
    Bar, Event, Holding, Instrument, InstrumentError, InstrumentId, Instruments, Money, Rate, Timestamp,
    ValueError,
};

use super::{
    FeeSchedule, FillRecord, LatencyModel, VenueAccount, VenueError, VenueRules,
    book::{Book, MarkedBar},
    clearing::Clearing,
    fees::FeeMeter,
    funding::FundingClock,
    latency::LatencyLine,
    phase::Phase,
};

/// A venue that matches our orders against bars.
///
/// Mark is the bar's price, unless it is told apart ([`mark_bar`](Self::mark_bar)); triggers go by the bar's price either
/// way. Auto-deleveraging is not modelled.
///
/// Each bar comes in two phases, so that what we send in answer to the fills of its open (stops, take-profits) is there
/// for the rest of it:
///
/// 1. [`open_bar`](Self::open_bar): funding that is due, requests that have arrived, then the open price: market
///    orders, stops that were jumped over, limits that the market opened beyond.
/// 2. [`close_bar`](Self::close_bar): the inside, with stops before take-profits and liquidation on the extremes.
///
/// What is assumed, always to our disadvantage:
///
/// - Market orders and limit orders worth taking meet an open, with half the spread and square-root impact, rounded to
///   the tick against us; what the bar's volume does not hold goes on at the next opens.
/// - Resting limits fill at their price once the market has traded through it, or at an open beyond it. What arrives
///   after the open of a bar may count on nothing of that bar but its close.
/// - Stops, liquidation and entries go before take-profits and reducing limits of the same bar. A gap through a stop
///   fills at the open. A trailing stop follows the bar's best price and is then set off by its worst.
/// - Nothing fills on a bar that was filled forward.
/// - Reduce-only orders are cut to the position and end with it. A fill of one leg of a bracket takes as much from its
///   other legs; at nothing they are cancelled.
/// - A liquidated position is taken over at its bankruptcy price: its margin is lost, and a fee.
///
/// Requests come in by way of its [`OrderGateway`](autotrading_execution::OrderGateway) and are heard of in the next
/// phase. A market order, or a limit order worth taking, that arrives after the open meets the open of the next bar.
///
/// Fills are told to the last digit as they are booked: fees, realized profit, released cost and funding rounded
/// half-even to 12 decimals, once.
#[derive(Clone, Debug)]
pub struct SimulatedVenue {
    books: Vec<Book>,
    pub(super) clearing: Clearing,
}

impl SimulatedVenue {
    /// A venue that lists these instruments, with `cash` in our account. `seed` draws the faults.
    ///
    /// # Errors
    /// [`VenueError::Rule`] for rules that contradict themselves.
    pub fn new(
        instruments: &Instruments,
        rules: VenueRules,
        cash: Money,
        seed: u64,
    ) -> Result<Self, VenueError> {
        rules.check()?;
        let book = |(id, instrument): (InstrumentId, &Instrument)| {
            let interval = instrument.spec().funding_interval.filter(|_| instrument.is_perpetual());
            let funding = FundingClock::even(interval, rules.default_funding_rate);
            Book::new(id, instrument.clone(), funding)
        };
        let books = instruments.iter().map(book).collect();
        Ok(Self { books, clearing: Clearing::new(rules, cash, seed) })
    }

    /// Pays funding by real rates at real times in place of the default rate. Before the first bar.
    ///
    /// # Errors
    /// An unknown instrument; [`VenueError::FundingOrder`] unless each time comes after the one before.
    pub fn set_funding(&mut self, id: InstrumentId, rates: Vec<(Timestamp, Rate)>) -> Result<(), VenueError> {
        self.book_mut(id)?.funding = FundingClock::series(id, rates)?;
        Ok(())
    }

    /// Requests and answers travel by these models from now on, in place of the rules' constants. Before the first
    /// order. The latency of the market's words belongs to the one who hears them: see
    /// [`TapeReplay`](super::TapeReplay).
    ///
    /// # Errors
    /// [`VenueError::Rule`] for a model out of its range.
    pub fn set_latency(&mut self, entry: LatencyModel, response: LatencyModel) -> Result<(), VenueError> {
        entry.check()?;
        response.check()?;
        self.clearing.entry = LatencyLine::new(entry);
        self.clearing.post.set_response(response);
        Ok(())
    }

    /// Charges fees by the volume of the last thirty days, in place of the instruments' own. Before the first order.
    pub fn set_fees(&mut self, schedule: FeeSchedule) {
        self.clearing.fee_meter = Some(FeeMeter::new(schedule));
    }

    /// Pays money in, or out when negative.
    ///
    /// # Errors
    /// Overflow.
    pub fn deposit(&mut self, amount: Money) -> Result<(), ValueError> {
        self.clearing.deposits = self.clearing.deposits.plus(amount)?;
        Ok(())
    }

    /// The first phase of a bar: its open.
    ///
    /// # Errors
    /// An unknown instrument, an unsound bar or one that opens before the last, overflow.
    pub fn open_bar(&mut self, id: InstrumentId, bar: &Bar, out: &mut Vec<Event>) -> Result<(), VenueError> {
        self.clearing.post.deliver(bar.open_time, out);
        let (book, clearing) = self.parts(id)?;
        Self::in_bars(book)?;
        let shared = clearing.rules.margin.is_cross() && !book.position.is_flat();
        let mark = book.marked(bar).open;
        if !shared && book.is_quiet(mark, mark, bar.open_time) && is_next(book, bar) {
            book.latest_open = bar.open_time;
            (book.last, book.last_mark) = (bar.open, mark);
            book.opened_inside = false;
            return Ok(());
        }
        book.admit(bar)?;
        Phase { book, clearing, out, bar, at: bar.open_time, inside: false }.open()
    }

    /// The second phase of a bar: from its open to its close.
    ///
    /// # Errors
    /// As [`SimulatedVenue::open_bar`].
    pub fn close_bar(&mut self, id: InstrumentId, bar: &Bar, out: &mut Vec<Event>) -> Result<(), VenueError> {
        self.clearing.post.deliver(bar.close_time(), out);
        let (book, clearing) = self.parts(id)?;
        Self::in_bars(book)?;
        let shared = clearing.rules.margin.is_cross() && !book.position.is_flat();
        let mark = book.marked(bar);
        if !shared && book.is_quiet(mark.low, mark.high, bar.close_time()) && bar.low > 0.0 && bar.high > 0.0
        {
            (book.last, book.last_mark) = (bar.close, mark.close);
            return Ok(());
        }
        book.admit(bar)?;
        Phase { book, clearing, out, bar, at: bar.open_time, inside: true }.close()
    }

    /// Tells the mark price over the bar that opens at the same time, before that bar's first phase. From then on funding,
    /// margin and liquidation of the bar go by it; without it they go by the bar's own prices. What is bought and sold is
    /// matched on the bar either way, and what comes first inside it, a mark or a trade, is not known: liquidation does.
    ///
    /// # Errors
    /// An unknown instrument, an unsound bar.
    pub fn mark_bar(&mut self, id: InstrumentId, bar: &Bar) -> Result<(), VenueError> {
        let Bar { open_time: of, open, high, low, close, .. } = *bar;
        bar.check().map_err(|source| VenueError::Bar { instrument: id, open_time: of, source })?;
        self.book_mut(id)?.marks = Some(MarkedBar { of, open, high, low, close, apart: true });
        Ok(())
    }

    /// Whether a bar of this instrument can change nothing: no order works or travels, no position is held, no report
    /// is late. Both phases of a bar may then be left out. An unknown instrument is idle.
    pub fn is_idle(&self, id: InstrumentId) -> bool {
        !self.clearing.post.holds() && self.books.get(id.index()).is_none_or(Book::is_idle)
    }

    /// The facts of an instrument as they stand now.
    ///
    /// # Errors
    /// An unknown instrument.
    pub fn instrument(&self, id: InstrumentId) -> Result<&Instrument, VenueError> {
        let known = self.books.len();
        let book = self.books.get(id.index()).ok_or(InstrumentError::Unknown { id, known })?;
        Ok(&book.instrument)
    }

    /// The venue's own account of us.
    pub fn account(&self) -> VenueAccount {
        VenueAccount {
            deposits: self.clearing.deposits,
            realized: self.clearing.realized,
            fees: self.clearing.fees,
            funding: self.clearing.funding,
            positions: self.books.iter().map(|book| self.holding(book)).collect(),
        }
    }

    /// Why each fill happened, in their order, since the last [`take_fill_records`](Self::take_fill_records).
    pub fn fill_records(&self) -> &[FillRecord] {
        &self.clearing.records
    }

    /// Moves the records of fills out, so that a long run need not keep them here.
    pub fn take_fill_records(&mut self) -> Vec<FillRecord> {
        std::mem::take(&mut self.clearing.records)
    }

    /// Drops the records of fills; their room stays.
    pub fn forget_fill_records(&mut self) {
        self.clearing.records.clear();
    }

    /// The rules it was made with.
    pub const fn rules(&self) -> &VenueRules {
        &self.clearing.rules
    }

    fn holding(&self, book: &Book) -> Holding {
        let margin = self.clearing.isolated_margin(&book.instrument, &book.position);
        Holding {
            instrument: book.id,
            signed: book.position.signed(),
            open_cost: book.position.open_cost(),
            // It was worked out without error when the position was settled.
            isolated_margin: margin.unwrap_or_default(),
        }
    }

    pub(super) fn parts(&mut self, id: InstrumentId) -> Result<(&mut Book, &mut Clearing), VenueError> {
        let known = self.books.len();
        let book = self.books.get_mut(id.index()).ok_or(InstrumentError::Unknown { id, known })?;
        Ok((book, &mut self.clearing))
    }

    pub(super) fn book_mut(&mut self, id: InstrumentId) -> Result<&mut Book, VenueError> {
        Ok(self.parts(id)?.0)
    }
}

/// Whether a bar has an open and does not come before one that was there.
fn is_next(book: &Book, bar: &Bar) -> bool {
    bar.open > 0.0 && bar.open_time >= book.latest_open
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{
        ClientOrderId, OrderIntent, OrderKind, Price, Purpose, Quantity, Side, Span, TimeInForce,
    };
    use autotrading_execution::Request;

    use super::*;
    use crate::Latency;

    fn venue() -> SimulatedVenue {
        let bitcoin =
            Instrument::linear_perpetual("sim", "BTC", "0.1".parse().unwrap(), "0.001".parse().unwrap());
        let listed = Instruments::new(vec![bitcoin.unwrap()]);
        SimulatedVenue::new(&listed, VenueRules::research(), Money::new(100.into()), 1).unwrap()
    }

    fn bar(hour: i64, open: f64, low: f64) -> Bar {
        Bar {
            open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour)),
            interval: Span::HOUR,
            open,
            high: 105.0,
            low,
            close: 100.0,
            volume: 1.0,
            closed: true,
            synthetic: false,
        }
    }

    #[test]
    fn a_bar_that_comes_after_a_later_one_is_refused_with_both_times() {
        let (mut venue, mut out) = (venue(), Vec::new());
        venue.open_bar(InstrumentId(0), &bar(2, 100.0, 99.0), &mut out).unwrap();
        let error = venue.open_bar(InstrumentId(0), &bar(1, 100.0, 99.0), &mut out).unwrap_err();
        let expected = "bar of instrument 0 opens at 1970-01-01T01:00:00.000Z, but 1970-01-01T02:00:00.000Z was there already";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn not_a_number_is_refused_even_when_nothing_is_held() {
        let (mut venue, mut out) = (venue(), Vec::new());
        let error = venue.open_bar(InstrumentId(0), &bar(0, f64::NAN, 99.0), &mut out).unwrap_err();
        assert!(error.to_string().contains("open must be a finite number"), "{error}");
        let error = venue.close_bar(InstrumentId(0), &bar(0, 100.0, f64::NAN), &mut out).unwrap_err();
        assert!(error.to_string().contains("low must be a finite number"), "{error}");
    }

    #[test]
    fn what_happens_is_heard_of_after_the_response_latency() {
        let mut rules = VenueRules::research();
        rules.latency = Latency { entry: Span::SECOND, response: Span::MILLISECOND };
        let mut venue = SimulatedVenue { clearing: Clearing::new(rules, Money::ZERO, 1), ..venue() };
        let intent = OrderIntent {
            id: ClientOrderId { run: 1, sequence: 1 },
            instrument: InstrumentId(0),
            strategy: None,
            side: Side::Buy,
            quantity: Quantity::of("1".parse().unwrap()),
            kind: OrderKind::Limit { price: Price::new("101".parse().unwrap()).unwrap() },
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            bracket: None,
            purpose: Purpose::Target,
        };
        let hour = |count| Timestamp::EPOCH.after(Span::HOUR.times(count));
        venue.receive(Request::Place(&intent), hour(0)).unwrap();
        let (first, second, mut out) = (bar(0, 102.0, 99.0), bar(1, 103.0, 99.0), Vec::new());
        venue.close_bar(InstrumentId(0), &first, &mut out).unwrap();
        venue.open_bar(InstrumentId(0), &second, &mut out).unwrap();
        venue.close_bar(InstrumentId(0), &second, &mut out).unwrap();
        let times: Vec<_> = out
            .iter()
            .map(|event| match event {
                Event::Order(report) => (report.ts_event, report.ts_received.since(report.ts_event)),
                other => panic!("{other:?}"),
            })
            .collect();
        // Accepted on arrival; filled in the middle of the first bar, whose close lies beyond its price.
        let arrival = hour(0).after(Span::SECOND);
        let middle = hour(0).after(Span::MINUTE.times(30));
        assert_eq!(times, [(arrival, Span::MILLISECOND), (middle, Span::MILLISECOND)]);
    }

    #[test]
    fn an_unlisted_instrument_is_refused_by_number() {
        let (mut venue, mut out) = (venue(), Vec::new());
        let error = venue.close_bar(InstrumentId(3), &bar(0, 100.0, 99.0), &mut out).unwrap_err();
        assert_eq!(error.to_string(), "there is no instrument 3; 1 are known");
        assert!(venue.set_funding(InstrumentId(3), Vec::new()).is_err());
    }

    #[test]
    fn money_paid_in_and_out_changes_deposits_alone() {
        let mut venue = venue();
        venue.deposit(Money::new((-30).into())).unwrap();
        let account = venue.account();
        assert_eq!(
            (account.deposits, account.wallet().unwrap()),
            (Money::new(70.into()), Money::new(70.into()))
        );
    }
}
