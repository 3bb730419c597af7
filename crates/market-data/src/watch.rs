//! The look at each event while trading: order, age, finiteness, in constant time.

use autotrading_domain::{Bar, BookLevels, MarketData, MarketEvent, Span, Timestamp};
use serde::Serialize;

/// Whether an event may be traded on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may.
    Good,
    /// It may move marks and stops; nothing opens on it.
    Conservative(Doubt),
    /// It is not to be used at all.
    Refuse(Doubt),
}

/// What speaks against an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It happened before one that was seen already.
    #[error("the event is older than the one before it")]
    OutOfOrder,
    /// The closed bar was seen already.
    #[error("the bar was seen already")]
    Duplicate,
    /// A figure is not finite, a price not above zero, or the figures contradict each other.
    #[error("a figure is not finite, not above zero, or contradicts another")]
    Unsound,
    /// It is older than allowed.
    #[error("the event was too old when it arrived")]
    Stale,
    /// It was filled forward over a gap.
    #[error("the bar was filled forward over a gap")]
    Synthetic,
}

/// Watches the events of one instrument. Costs a few comparisons an event, allocates nothing.
///
/// ```
/// use autotrading_domain::{InstrumentId, MarketEvent, Span};
/// use autotrading_market_data::{CommonWorkload, Doubt, Verdict, Watch};
///
/// let mut watch = Watch::new(Span::SECOND, Span::ZERO);
/// let id = InstrumentId(0);
/// for bar in CommonWorkload::default().take(3) {
///     assert_eq!(watch.look_at(&MarketEvent::closed_bar(id, bar)), Verdict::Good);
/// }
/// let past = CommonWorkload::history(1).bar(0).map(|bar| MarketEvent::closed_bar(id, bar));
/// assert_eq!(past.map(|event| watch.look_at(&event)), Some(Verdict::Refuse(Doubt::OutOfOrder)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    stale_after: Span,
    clock_offset: Span,
    last_event: Timestamp,
    /// Open time and interval of the last closed bar.
    last_bar: (Timestamp, Span),
}

impl Watch {
    /// A watch that doubts events older than `stale_after` when they arrive. `clock_offset` is how far our clock is
    /// ahead of the venue's; it is taken off the age.
    pub const fn new(stale_after: Span, clock_offset: Span) -> Self {
        let never = Timestamp::from_nanos(i64::MIN);
        Self { stale_after, clock_offset, last_event: never, last_bar: (never, Span::ZERO) }
    }

    /// Sets the measured offset of the clocks: ours minus the venue's.
    pub const fn set_clock_offset(&mut self, offset: Span) {
        self.clock_offset = offset;
    }

    /// Judges an event. A refused one leaves no trace.
    #[inline]
    pub fn look_at(&mut self, event: &MarketEvent) -> Verdict {
        if event.ts_event < self.last_event {
            return Verdict::Refuse(Doubt::OutOfOrder);
        }
        let mut verdict = if self.age(event.ts_event, event.ts_received) > self.stale_after {
            Verdict::Conservative(Doubt::Stale)
        } else {
            Verdict::Good
        };
        if let MarketData::Bar(bar) = &event.data {
            if bar.check().is_err() {
                return Verdict::Refuse(Doubt::Unsound);
            }
            if bar.closed && self.last_bar.1 == bar.interval && bar.open_time <= self.last_bar.0 {
                return Verdict::Refuse(Doubt::Duplicate);
            }
            verdict = self.note_bar(bar, verdict);
        } else if !is_sound(&event.data) {
            return Verdict::Refuse(Doubt::Unsound);
        }
        self.last_event = event.ts_event;
        verdict
    }

    /// Whether the last event is older than allowed at the moment `now`, or none has come yet.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        self.age(self.last_event, now) > self.stale_after
    }

    /// The age of something that happened at `then` by the venue's clock, at the moment `now` of ours.
    const fn age(&self, then: Timestamp, now: Timestamp) -> Span {
        now.before(self.clock_offset).since(then)
    }

    #[inline]
    fn note_bar(&mut self, bar: &Bar, verdict: Verdict) -> Verdict {
        if bar.closed {
            self.last_bar = (bar.open_time, bar.interval);
        }
        if bar.synthetic { Verdict::Conservative(Doubt::Synthetic) } else { verdict }
    }
}

fn is_price(price: f64) -> bool {
    price > 0.0 && price < f64::INFINITY
}

fn is_amount(amount: f64) -> bool {
    (0.0..f64::INFINITY).contains(&amount)
}

fn is_sound(data: &MarketData) -> bool {
    match data {
        MarketData::Bar(bar) => bar.check().is_ok(),
        MarketData::Trade(trade) | MarketData::Liquidation(trade) => {
            is_price(trade.price) && is_amount(trade.quantity)
        }
        MarketData::Quote(quote) => {
            is_price(quote.bid)
                && is_price(quote.ask)
                && quote.bid < quote.ask
                && is_amount(quote.bid_quantity)
                && is_amount(quote.ask_quantity)
        }
        MarketData::BookSnapshot(levels) | MarketData::BookDelta(levels) => are_sound(levels),
        MarketData::MarkPrice(price) | MarketData::IndexPrice(price) => is_price(*price),
        MarketData::FundingRate { rate, .. } => rate.is_finite(),
        MarketData::Status(_) | MarketData::Listing(_) => true,
    }
}

fn are_sound(levels: &BookLevels) -> bool {
    levels.bids.iter().chain(&levels.asks).all(|level| level.tick > 0 && is_amount(level.quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use autotrading_domain::{InstrumentId, Quote, Side, Trade};

    fn event(secs: i64, late: Span, data: MarketData) -> MarketEvent {
        let at = Timestamp::from_secs(secs);
        MarketEvent { instrument: InstrumentId(0), ts_event: at, ts_received: at.after(late), data }
    }

    fn trade(price: f64) -> MarketData {
        MarketData::Trade(Trade { price, quantity: 1.0, taker: Side::Buy })
    }

    fn watch() -> Watch {
        Watch::new(Span::SECOND, Span::ZERO)
    }

    #[test]
    fn trades_of_one_moment_are_fine_and_older_ones_are_not() {
        let mut watch = watch();
        assert_eq!(watch.look_at(&event(5, Span::ZERO, trade(1.0))), Verdict::Good);
        assert_eq!(watch.look_at(&event(5, Span::ZERO, trade(1.0))), Verdict::Good);
        assert_eq!(watch.look_at(&event(4, Span::ZERO, trade(1.0))), Verdict::Refuse(Doubt::OutOfOrder));
    }

    #[test]
    fn a_late_event_is_doubted_by_the_clock_of_the_venue() {
        let late = event(5, Span::SECOND.times(2), trade(1.0));
        assert_eq!(watch().look_at(&late), Verdict::Conservative(Doubt::Stale));
        let mut ahead = watch();
        ahead.set_clock_offset(Span::SECOND.times(2));
        assert_eq!(ahead.look_at(&late), Verdict::Good);
    }

    #[test]
    fn silence_is_stale_and_so_is_never_having_heard() {
        let mut watch = watch();
        assert!(watch.is_stale(Timestamp::EPOCH));
        watch.look_at(&event(5, Span::ZERO, trade(1.0)));
        assert!(!watch.is_stale(Timestamp::from_secs(6)));
        assert!(watch.is_stale(Timestamp::from_secs(7)));
    }

    #[test]
    fn figures_that_are_no_figures_are_refused_and_leave_no_trace() {
        let mut watch = watch();
        let quote = |bid, ask| MarketData::Quote(Quote { bid, bid_quantity: 1.0, ask, ask_quantity: 1.0 });
        let crossed = quote(2.0, 1.0);
        for data in
            [trade(f64::NAN), trade(-1.0), crossed, quote(1.0, f64::INFINITY), MarketData::MarkPrice(0.0)]
        {
            assert_eq!(watch.look_at(&event(9, Span::ZERO, data)), Verdict::Refuse(Doubt::Unsound));
        }
        assert_eq!(watch.look_at(&event(8, Span::ZERO, quote(1.0, 2.0))), Verdict::Good);
    }

    #[test]
    fn a_closed_bar_counts_once_and_its_updates_before_that_do_not() {
        let bar = crate::CommonWorkload::history(1).bar(0).unwrap();
        let told = |bar| MarketEvent::closed_bar(InstrumentId(0), bar);
        let mut watch = watch();
        let open = Bar { closed: false, ..bar };
        assert_eq!(watch.look_at(&told(open)), Verdict::Good);
        assert_eq!(watch.look_at(&told(open)), Verdict::Good);
        assert_eq!(watch.look_at(&told(bar)), Verdict::Good);
        assert_eq!(watch.look_at(&told(bar)), Verdict::Refuse(Doubt::Duplicate));
    }

    #[test]
    fn nothing_opens_on_an_invented_bar() {
        let bar = Bar { synthetic: true, ..crate::CommonWorkload::history(1).bar(0).unwrap() };
        let told = MarketEvent::closed_bar(InstrumentId(0), bar);
        assert_eq!(watch().look_at(&told), Verdict::Conservative(Doubt::Synthetic));
    }
}
