//! The ledger and fills that nobody told yet.

use autotrading_domain::{Direction, Fill, InstrumentId, Money, Quantity};

use crate::{
    BookChange, BookEntry, FillBooked, Ledger, LedgerError, Unsettled,
    inferred::Refolded,
    ledger::{Plan, legs},
    precise,
};

impl Ledger {
    /// A fill that the venue did not tell, but that must have been: its books or the order's state say so. It counts as
    /// if told, at its price and without a fee, until the venue tells fills of the same order: each takes the place of
    /// as much of it, as if it had been told at once, with everything since folded again. Its trade number is not
    /// remembered. In hedge mode it names its leg.
    ///
    /// ```
    /// # use autotrading_domain::*;
    /// # use autotrading_positions::{Ledger, LedgerRules};
    /// # let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    /// # let mut books = Ledger::new(&Instruments::new(vec![bitcoin]), LedgerRules::isolated(Leverage::ONE))?;
    /// # let fill = |trade, price: &str, fee: i64| -> Result<Fill, Box<dyn std::error::Error>> { Ok(Fill {
    /// #     trade: TradeId(trade), order: Some(ClientOrderId { run: 1, sequence: 7 }), instrument: InstrumentId(0),
    /// #     side: Side::Buy, price: Price::new(price.parse()?)?, quantity: Quantity::new(1.into())?, fee: Money::new(fee.into()),
    /// #     fee_currency: Currency::USDT, liquidity: Liquidity::Taker, cause: FillCause::Order, at: Timestamp::EPOCH,
    /// # }) };
    /// // The order works with one of its bitcoin filled, and nobody told at which price: say, at its limit.
    /// books.infer_fill(None, &fill(0, "100", 0)?)?;
    /// assert_eq!(books.inferred(InstrumentId(0)).to_string(), "1");
    /// // Then the venue tells it, at a better price.
    /// let told = books.apply_fill(&fill(812, "99", 2)?)?.entry().unwrap();
    /// assert_eq!(books.position(InstrumentId(0))?.signed(), 1.into());
    /// assert_eq!(books.position(InstrumentId(0))?.open_cost().to_string(), "99");
    /// assert_eq!(books.totals().fees.to_string(), "2");
    /// assert!(books.inferred(InstrumentId(0)).is_zero());
    /// # let _ = told; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`apply_fill`](Self::apply_fill); a fill that names no order.
    pub fn infer_fill(&mut self, leg: Option<Direction>, fill: &Fill) -> Result<BookEntry, LedgerError> {
        let plan = self.plan_inferred(fill, leg)?;
        Ok(self.commit(plan))
    }

    /// How much was inferred of an instrument and not yet told by the venue, over its legs, in base units.
    pub fn inferred(&self, id: InstrumentId) -> Quantity {
        let first = id.index() * legs(self.rules.mode);
        let places = first..first + legs(self.rules.mode);
        let each = self.unsettled.range(places).map(|(_, unsettled)| unsettled.inferred().get());
        Quantity::of(each.fold(rust_decimal::Decimal::ZERO, |sum, one| sum.saturating_add(one)))
    }

    /// What a fill would do that the venue has not told.
    pub(crate) fn plan_inferred(&self, fill: &Fill, leg: Option<Direction>) -> Result<Plan, LedgerError> {
        let (instrument, trade) = (fill.instrument, fill.trade);
        let spot = !self.instruments.get(instrument)?.is_perpetual();
        if fill.quantity.is_zero() {
            return Err(LedgerError::EmptyFill { instrument, trade });
        }
        if fill.order.is_none() {
            return Err(LedgerError::InferredOfNothing { instrument });
        }
        let fill = Fill { fee: Money::ZERO, fee_currency: self.rules.settle, ..*fill };
        self.plan_booking(self.index(instrument, leg)?, &fill, leg, spot, true)
    }

    /// What a fill would do that takes the place of an inferred one: the position is folded again, and the totals move
    /// by what that changes.
    pub(crate) fn plan_superseding(
        &self,
        index: usize,
        fill: &Fill,
        leg: Option<Direction>,
        unsettled: Unsettled,
        replaced: Quantity,
    ) -> Result<Plan, LedgerError> {
        let position = self.at(index)?;
        let spot = !self.instruments.get(fill.instrument)?.is_perpetual();
        let Refolded { position: after, trades } = unsettled.fold(leg, spot)?;
        let realized = precise::difference(after.realized, position.realized)?;
        let fees = precise::difference(after.fees, position.fees)?;
        let moved =
            if spot { precise::difference(after.open_cost, position.open_cost)? } else { Money::ZERO };
        let booked = FillBooked {
            fill: *fill,
            leg,
            before: position.signed(),
            after: after.signed(),
            closed: Quantity::ZERO,
            opened: Quantity::ZERO,
            released_cost: Money::ZERO,
            added_cost: Money::ZERO,
            realized,
            fee: fill.fee.booked(),
            fee_of_close: Money::ZERO,
            fee_of_open: fees,
            open_cost: after.open_cost,
            began: false,
            closed_trade: None,
            inferred: false,
            replaced,
            retold: trades,
        };
        let totals = self.totals.traded(realized, fees, moved)?;
        let other_fee = self.other_fee_after(fill.fee_currency, booked.fee)?;
        let plan =
            self.plan(BookChange::Fill(booked), totals, Some((index, after)), other_fee, Some(unsettled));
        Ok(plan)
    }
}
