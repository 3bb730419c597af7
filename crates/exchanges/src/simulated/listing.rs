//! What changes about an instrument while it trades, and the end of its trading.

use autotrading_domain::{
    Bar, Event, FillCause, Instrument, InstrumentId, InstrumentStatus, Liquidity, Span, Timestamp,
};

use super::{
    FillReason, SimulatedVenue, VenueError,
    book::{Book, Danger},
    execution::Deal,
    phase::Phase,
};

impl SimulatedVenue {
    /// Gives an instrument other facts from now on: grids, smallest and largest orders, fees, tiers. Working orders stay
    /// as they are; what arrives from now on is judged by the new facts.
    ///
    /// # Errors
    /// An unknown instrument, or one that would be another one.
    pub fn relist(&mut self, id: InstrumentId, facts: Instrument, at: Timestamp) -> Result<(), VenueError> {
        let liquidates = self.clearing.rules.liquidation;
        let (book, clearing) = self.parts(id)?;
        book.instrument.change(facts)?;
        if liquidates && !book.position.is_flat() {
            let (bar, mut out) = (standing(book, at), Vec::new());
            let phase = Phase { book, clearing, out: &mut out, bar: &bar, at, inside: true };
            let danger = phase.danger(phase.book.instrument.price(bar.close)?)?;
            phase.book.danger = danger;
        }
        Ok(())
    }

    /// Sets what an instrument may do. While it is halted nothing trades and new orders are rejected; while it may only
    /// be reduced, those that could open are.
    ///
    /// Delisting ends it for good: what has been sent is rejected, working orders are cancelled, and the position is
    /// settled in full at the last price, to the tick, without a fee.
    ///
    /// # Errors
    /// An unknown instrument; overflow.
    pub fn set_status(
        &mut self,
        id: InstrumentId,
        status: InstrumentStatus,
        at: Timestamp,
        out: &mut Vec<Event>,
    ) -> Result<(), VenueError> {
        let (book, clearing) = self.parts(id)?;
        book.status = status;
        if status != InstrumentStatus::Delisted {
            return Ok(());
        }
        let bar = standing(book, at);
        let mut phase = Phase { book, clearing, out, bar: &bar, at, inside: true };
        phase.take_in(Timestamp::MAX)?;
        while let Some(priority) = phase.book.orders.first().map(|order| order.priority) {
            phase.cancel(priority, "the instrument was delisted")?;
        }
        phase.settle_at_last()
    }
}

impl Phase<'_> {
    /// Closes the position at the last price, for nothing.
    fn settle_at_last(&mut self) -> Result<(), VenueError> {
        let Some(opening) = self.book.position.direction().opening_side() else { return Ok(()) };
        let reference = self.bar.close;
        let deal = Deal {
            side: opening.opposite(),
            price: self.book.instrument.price(reference)?,
            quantity: self.book.position.quantity(),
            liquidity: Liquidity::Taker,
            cause: FillCause::Delisting,
            reason: FillReason::Delisted,
            reference,
            half_spread: 0.0,
            impact: 0.0,
        };
        let fill = self.settle(None, &deal)?;
        self.announce(fill);
        self.book.danger = Danger::NONE;
        Ok(())
    }
}

/// A moment without a market of its own: the last price stands.
const fn standing(book: &Book, at: Timestamp) -> Bar {
    let last = book.last;
    Bar {
        open_time: at,
        interval: Span::ZERO,
        open: last,
        high: last,
        low: last,
        close: last,
        volume: 0.0,
        closed: true,
        synthetic: false,
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{
        ClientOrderId, InstrumentSpec, Instruments, Money, OrderIntent, OrderKind, Purpose, Quantity,
        ReportKind, Side, TimeInForce,
    };
    use autotrading_execution::Request;

    use super::*;
    use crate::VenueRules;

    const BTC: InstrumentId = InstrumentId(0);

    fn bitcoin() -> Instrument {
        Instrument::linear_perpetual("sim", "BTC", "0.1".parse().unwrap(), "0.001".parse().unwrap()).unwrap()
    }

    fn venue() -> SimulatedVenue {
        let listed = Instruments::new(vec![bitcoin()]);
        SimulatedVenue::new(&listed, VenueRules::research(), Money::new(1_000.into()), 1).unwrap()
    }

    fn hour(count: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::HOUR.times(count))
    }

    fn buy(sequence: u32, quantity: &str, kind: OrderKind) -> OrderIntent {
        OrderIntent {
            id: ClientOrderId { run: 1, sequence },
            instrument: BTC,
            strategy: None,
            side: Side::Buy,
            quantity: Quantity::of(quantity.parse().unwrap()),
            kind,
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            bracket: None,
            purpose: Purpose::Target,
        }
    }

    /// A bar at 100 that closes at 101, both phases.
    fn bar(venue: &mut SimulatedVenue, count: i64, out: &mut Vec<Event>) {
        let bar = Bar { interval: Span::HOUR, close: 101.04, ..standing_at(100.0, hour(count)) };
        let bar = Bar { high: 102.0, low: 99.0, volume: 1.0, ..bar };
        venue.open_bar(BTC, &bar, out).unwrap();
        venue.close_bar(BTC, &bar, out).unwrap();
    }

    fn standing_at(price: f64, at: Timestamp) -> Bar {
        Bar {
            open_time: at,
            interval: Span::ZERO,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: 0.0,
            closed: true,
            synthetic: false,
        }
    }

    fn limit(price: &str) -> OrderKind {
        OrderKind::Limit { price: autotrading_domain::Price::new(price.parse().unwrap()).unwrap() }
    }

    fn words(out: &[Event]) -> Vec<String> {
        let word = |event: &Event| match event {
            Event::Order(report) => match &report.kind {
                ReportKind::Rejected(reason) | ReportKind::Canceled(reason) => {
                    format!("#{}: {}", report.order.sequence, reason)
                }
                kind => format!("#{}: {kind:?}", report.order.sequence),
            },
            Event::Fill(fill) => {
                format!("venue {:?} {} @ {} fee {}", fill.side, fill.quantity, fill.price, fill.fee)
            }
            other => format!("{other:?}"),
        };
        out.iter().map(word).collect()
    }

    #[test]
    fn delisting_settles_the_position_at_the_last_price_and_ends_every_order() {
        let (mut venue, mut out) = (venue(), Vec::new());
        venue.receive(Request::Place(&buy(1, "2", OrderKind::Market)), hour(0)).unwrap();
        venue.receive(Request::Place(&buy(2, "1", limit("90"))), hour(0)).unwrap();
        bar(&mut venue, 0, &mut out);
        venue.receive(Request::Place(&buy(3, "1", OrderKind::Market)), hour(1)).unwrap();
        out.clear();
        venue.set_status(BTC, InstrumentStatus::Delisted, hour(1), &mut out).unwrap();
        let expected = [
            "#3: the instrument was delisted",
            "#2: the instrument was delisted",
            "venue Sell 2 @ 101.0 fee 0",
        ];
        assert_eq!(words(&out), expected);
        let account = venue.account();
        assert_eq!(account.realized, Money::new(2.into()));
        assert!(account.positions[0].quantity().is_zero() && venue.is_idle(BTC));
        assert_eq!(venue.fill_records().last().map(|record| record.reason), Some(FillReason::Delisted));
    }

    #[test]
    fn a_halted_instrument_fills_nothing_and_takes_no_order() {
        let (mut venue, mut out) = (venue(), Vec::new());
        venue.receive(Request::Place(&buy(1, "1", limit("99.5"))), hour(0)).unwrap();
        venue.set_status(BTC, InstrumentStatus::Halted, hour(0), &mut out).unwrap();
        bar(&mut venue, 0, &mut out);
        assert_eq!(words(&out), ["#1: the instrument is halted"]);
        venue.set_status(BTC, InstrumentStatus::ReduceOnly, hour(1), &mut out).unwrap();
        venue.receive(Request::Place(&buy(2, "1", limit("99.5"))), hour(1)).unwrap();
        out.clear();
        bar(&mut venue, 1, &mut out);
        assert_eq!(words(&out), ["#2: the instrument may only be reduced"]);
    }

    #[test]
    fn new_facts_judge_what_arrives_after_them() {
        let (mut venue, mut out) = (venue(), Vec::new());
        let coarse = InstrumentSpec { lot_step: 1.into(), ..InstrumentSpec::from(bitcoin()) };
        venue.relist(BTC, Instrument::new(coarse.clone()).unwrap(), hour(0)).unwrap();
        venue.receive(Request::Place(&buy(1, "1.5", OrderKind::Market)), hour(0)).unwrap();
        bar(&mut venue, 0, &mut out);
        assert!(words(&out)[0].contains("1.5"), "{:?}", words(&out));
        let other = InstrumentSpec { symbol: "ETH".to_owned(), ..coarse };
        let error = venue.relist(BTC, Instrument::new(other).unwrap(), hour(1)).unwrap_err();
        assert_eq!(error.to_string(), "instrument BTC: symbol is ETH, expected what it was");
    }
}
