//! The venue's counter: what is taken in, and what is refused with which words.

use autotrading_domain::{
    Amendment, ClientOrderId, Money, OrderIntent, OrderKind, Price, Quantity, Reason, ReportKind, Side,
    TimeInForce, Timestamp, ValueError, unrealized,
};

use rust_decimal::Decimal;

use super::{
    MarginRule, VenueError,
    letter::{Ask, Letter},
    memory::Fate,
    phase::Phase,
    working::{Sight, Stage, WorkingOrder},
};

impl Phase<'_> {
    /// Takes in what has arrived by this moment.
    pub(super) fn take_in(&mut self, until: Timestamp) -> Result<(), VenueError> {
        while let Some(letter) = self.book.inbox.front().copied().filter(|letter| letter.arrives <= until) {
            self.book.inbox.pop_front();
            let before = self.at;
            self.at = letter.arrives;
            self.open_letter(&letter)?;
            self.at = before;
        }
        Ok(())
    }

    fn open_letter(&mut self, letter: &Letter) -> Result<(), VenueError> {
        let heard = self.out.len();
        let id = letter.ask.order();
        match &letter.ask {
            Ask::Place(intent) => self.place(intent)?,
            Ask::Amend(_, change) => self.amend(change)?,
            Ask::Cancel(..) => self.cancel_on_request(id)?,
            Ask::Query(..) => self.answer(id),
            Ask::Lost(..) => self.report(id, ReportKind::TimedOut),
        }
        if letter.unanswered {
            self.out.truncate(heard);
            self.report(id, ReportKind::TimedOut);
        }
        Ok(())
    }

    fn place(&mut self, intent: &OrderIntent) -> Result<(), VenueError> {
        match self.clearing.memory.fate(intent.id) {
            Some(Fate::Working(_)) => {
                self.report(intent.id, ReportKind::Accepted);
                return Ok(());
            }
            Some(_) => {
                self.answer(intent.id);
                return Ok(());
            }
            None => {}
        }
        let reject = self.clearing.post.faults().reject;
        let refused = if self.clearing.post.strikes(reject) {
            Some("the venue is overloaded".into())
        } else {
            self.objection(intent, Quantity::ZERO, Money::ZERO)?
        };
        if let Some(reason) = refused {
            self.report(intent.id, ReportKind::Rejected(reason.clone()));
            self.clearing.memory.note(intent.id, Fate::Rejected(reason));
            return Ok(());
        }
        let sight = if self.inside && self.at > self.bar.open_time { Sight::Close } else { Sight::Range };
        let order = WorkingOrder::new(*intent, self.clearing.next_priority(), sight);
        self.clearing.memory.note(intent.id, Fate::Working(self.book.id));
        self.report(intent.id, ReportKind::Accepted);
        Ok(self.queue(order)?)
    }

    /// Puts an order with new terms at the end of the queue.
    fn queue(&mut self, mut order: WorkingOrder) -> Result<(), ValueError> {
        order.reserved = self.margin_of(&order.intent, order.open())?;
        self.clearing.reserved = self.clearing.reserved.plus(order.reserved)?;
        if order.stage == Stage::Sleeping {
            order.stage = match order.intent.kind {
                OrderKind::Market => Stage::Taking,
                OrderKind::Limit { price } => self.stage_of_limit(order.side(), price, self.bar.open)?,
                OrderKind::TrailingStop { .. } => {
                    order.see(self.bar.open);
                    Stage::Sleeping
                }
                OrderKind::StopMarket { .. }
                | OrderKind::StopLimit { .. }
                | OrderKind::TakeProfitMarket { .. }
                | OrderKind::TakeProfitLimit { .. } => Stage::Sleeping,
            };
        }
        // What rests from this very open on is met by what comes after it.
        order.served = order.stage == Stage::Resting && !self.inside;
        let dead = order.stage == Stage::Resting && order.is_immediate();
        let priority = order.priority;
        self.book.orders.push(order);
        if dead {
            self.end(priority, Fate::Expired("nothing to take at its price".into()))?;
        }
        Ok(())
    }

    /// Whether a limit order takes from a market at this price, or rests.
    pub(super) fn stage_of_limit(
        &self,
        side: Side,
        limit: Price,
        reference: f64,
    ) -> Result<Stage, ValueError> {
        let touch = self.clearing.costs.touch(&self.book.instrument, side, reference)?;
        let takes = match side {
            Side::Buy => limit >= touch,
            Side::Sell => limit <= touch,
        };
        Ok(if takes { Stage::Taking } else { Stage::Resting })
    }

    fn amend(&mut self, change: &Amendment) -> Result<(), VenueError> {
        let found = self.book.orders.iter().position(|order| order.id() == change.id);
        let Some(order) = found.and_then(|place| self.book.orders.get(place)).copied() else {
            self.report(change.id, ReportKind::AmendRefused("no such order works".into()));
            return Ok(());
        };
        let same_kind = std::mem::discriminant(&order.intent.kind) == std::mem::discriminant(&change.kind);
        let gone = order.filled.plus(order.taken)?;
        let new = OrderIntent { quantity: change.quantity, kind: change.kind, ..order.intent };
        let refused = if !same_kind {
            Some("an amendment keeps the kind of the order".into())
        } else if order.intent.kind == OrderKind::Market {
            Some("a market order is not amended".into())
        } else if change.quantity <= gone {
            Some(format!("{gone} of it are filled or taken already").into())
        } else {
            self.objection(&new, gone, order.reserved)?
        };
        if let Some(reason) = refused {
            self.report(change.id, ReportKind::AmendRefused(reason));
            return Ok(());
        }
        self.book.orders.retain(|kept| kept.priority != order.priority);
        self.clearing.reserved = self.clearing.reserved.minus(order.reserved)?;
        let mut order = order;
        let triggered = order.stage != Stage::Sleeping && order.intent.kind.trigger().is_some();
        order.amend(change, self.clearing.next_priority());
        order.stage = match (triggered, order.intent.kind.limit_price()) {
            (false, _) => Stage::Sleeping, // looked at anew
            (true, None) => Stage::Taking,
            (true, Some(limit)) => self.stage_of_limit(order.side(), limit, self.bar.open)?,
        };
        if self.inside && self.at > self.bar.open_time {
            order.sight = Sight::Close;
        }
        let (quantity, kind) = (change.quantity, change.kind);
        self.report(change.id, ReportKind::Amended { quantity, kind });
        Ok(self.queue(order)?)
    }

    fn cancel_on_request(&mut self, id: ClientOrderId) -> Result<(), VenueError> {
        match self.book.orders.iter().find(|order| order.id() == id).map(|order| order.priority) {
            Some(priority) => self.cancel(priority, "on request")?,
            None => self.report(id, ReportKind::CancelRefused("no such order works".into())),
        }
        Ok(())
    }

    /// Answers a query: every fill of the order, then how it stands.
    fn answer(&mut self, id: ClientOrderId) {
        let told: Vec<_> = self.clearing.memory.fills_of(id).copied().collect();
        for fill in told {
            self.report(id, ReportKind::Filled(fill));
        }
        match self.clearing.memory.fate(id) {
            None => self.report(id, ReportKind::Absent),
            Some(Fate::Working(_)) => {
                let filled = self.book.orders.iter().find(|order| order.id() == id);
                let filled = filled.map_or(Quantity::ZERO, |order| order.filled);
                self.report(id, ReportKind::Working { filled });
            }
            Some(over) => {
                if let Some(kind) = over.report() {
                    self.report(id, kind);
                }
            }
        }
    }

    /// Why the venue does not want an order, of which `gone` needs nothing any more and which has `reserved` already.
    fn objection(
        &self,
        intent: &OrderIntent,
        gone: Quantity,
        reserved: Money,
    ) -> Result<Option<Reason>, ValueError> {
        if let Some(reason) = self.off_grid(intent) {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.out_of_terms(intent)? {
            return Ok(Some(reason));
        }
        let open = intent.quantity.less(gone);
        if !self.book.instrument.is_perpetual() && intent.side == Side::Sell {
            return self.short_of_spot(intent, open);
        }
        self.short_of_margin(intent, open, reserved)
    }

    fn off_grid(&self, intent: &OrderIntent) -> Option<Reason> {
        let instrument = &self.book.instrument;
        let prices = [intent.kind.limit_price(), intent.kind.trigger().map(|trigger| trigger.price)];
        let error = prices
            .into_iter()
            .flatten()
            .find_map(|price| instrument.tick_of(price).err())
            .or_else(|| instrument.lot_of(intent.quantity).err());
        error.map(|error| error.to_string().into())
    }

    fn out_of_terms(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let spec = self.book.instrument.spec();
        let quantity = intent.quantity;
        if quantity < spec.min_quantity || quantity.is_zero() {
            return Ok(Some(format!("quantity {quantity} is below {}", spec.min_quantity).into()));
        }
        let market = intent.kind.limit_price().is_none();
        let most = if market { spec.max_market_quantity.min(spec.max_quantity) } else { spec.max_quantity };
        if quantity > most {
            return Ok(Some(format!("quantity {quantity} is above {most}").into()));
        }
        if let Some(reason) = self.too_little(intent)? {
            return Ok(Some(reason));
        }
        if let Some(reason) = self.out_of_band(intent)? {
            return Ok(Some(reason));
        }
        if let OrderKind::TrailingStop { distance, .. } = intent.kind
            && !(distance.to_f64() > 0.0 && distance.to_f64() < 1.0)
        {
            return Ok(Some(format!("trailing distance {distance} is not in (0, 1)").into()));
        }
        if let TimeInForce::Gtd(until) = intent.time_in_force
            && until <= self.at
        {
            return Ok(Some(format!("good till {until} is past").into()));
        }
        if intent.time_in_force == TimeInForce::Gtx {
            return self.not_post_only(intent);
        }
        let sleeps = intent.kind.trigger().is_some() || matches!(intent.kind, OrderKind::TrailingStop { .. });
        if intent.reduce_only && !sleeps && self.book.position.reducible_by(intent.side).is_zero() {
            return Ok(Some(NOTHING_TO_REDUCE.into()));
        }
        Ok(None)
    }

    fn too_little(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let least = self.book.instrument.spec().min_notional;
        if intent.reduce_only || least.is_zero() {
            return Ok(None);
        }
        let notional = self.valued(intent)?.times(intent.quantity)?;
        let reason = || format!("notional {} is below {}", plain(notional), plain(least)).into();
        Ok((notional < least).then(reason))
    }

    /// A limit far from mark is refused where the instrument has a price band.
    fn out_of_band(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let (Some(band), OrderKind::Limit { price }) = (self.book.instrument.spec().price_band, intent.kind)
        else {
            return Ok(None);
        };
        let factor = if intent.side == Side::Buy { band.up } else { band.down };
        let mark = self.book.instrument.price(self.bar.open)?;
        let bound = mark.get().checked_mul(factor).ok_or(ValueError::Overflow { what: "price band" })?;
        let beyond = if intent.side == Side::Buy { price.get() > bound } else { price.get() < bound };
        Ok(beyond.then(|| format!("price {price} is beyond {bound}, the band around mark {mark}").into()))
    }

    fn not_post_only(&self, intent: &OrderIntent) -> Result<Option<Reason>, ValueError> {
        let OrderKind::Limit { price } = intent.kind else {
            return Ok(Some("only a limit order is post only".into()));
        };
        let stage = self.stage_of_limit(intent.side, price, self.bar.open)?;
        Ok((stage == Stage::Taking).then(|| "post only: it would take".into()))
    }

    /// What is sold must be there. Reduce-only orders promise nothing: they are cut to what is there.
    fn short_of_spot(&self, intent: &OrderIntent, quantity: Quantity) -> Result<Option<Reason>, ValueError> {
        if intent.reduce_only {
            return Ok(None);
        }
        let held = self.book.position.reducible_by(Side::Sell);
        let mut promised = Quantity::ZERO;
        for order in self.book.orders.iter().filter(|order| order.side() == Side::Sell) {
            if !order.intent.reduce_only && order.id() != intent.id {
                promised = promised.plus(order.open())?;
            }
        }
        let left = held.less(promised);
        Ok((quantity > left).then(|| format!("sells {quantity}, but only {left} are there").into()))
    }

    fn short_of_margin(
        &self,
        intent: &OrderIntent,
        open: Quantity,
        reserved: Money,
    ) -> Result<Option<Reason>, ValueError> {
        let MarginRule::Isolated { leverage } = self.clearing.rules.margin else { return Ok(None) };
        let needed = self.margin_of(intent, open)?;
        if needed.is_zero() {
            return Ok(None);
        }
        let free = self.clearing.free()?.plus(reserved)?.plus(self.released_by(intent, open)?)?;
        if needed > free {
            return Ok(Some(
                format!("insufficient margin: needs {}, free {}", plain(needed), plain(free)).into(),
            ));
        }
        if !self.book.instrument.is_perpetual() {
            return Ok(None);
        }
        let resulting = self.book.position.quantity().plus(self.opening(intent, open))?;
        let notional = self.valued(intent)?.times(resulting)?;
        let most = self.book.instrument.tiers().tier_of(notional).max_leverage;
        let reason =
            || format!("leverage {leverage} is above {most} of the tier of {}", plain(notional)).into();
        Ok((leverage > most).then(reason))
    }

    /// What closing the whole position frees for an order that passes zero: its margin and its profit or loss.
    fn released_by(&self, intent: &OrderIntent, open: Quantity) -> Result<Money, ValueError> {
        let position = &self.book.position;
        let held = position.reducible_by(intent.side);
        if held.is_zero() || open <= held {
            return Ok(Money::ZERO);
        }
        let margin = self.clearing.bound_by(&self.book.instrument, position)?;
        margin.plus(unrealized(position.direction(), held, position.open_cost(), self.valued(intent)?)?)
    }

    /// The part of an order that opens or adds.
    fn opening(&self, intent: &OrderIntent, open: Quantity) -> Quantity {
        if intent.reduce_only {
            Quantity::ZERO
        } else {
            open.less(self.book.position.reducible_by(intent.side))
        }
    }

    /// Margin and taker fee of what an order opens; nothing while the margin rule is off.
    pub(super) fn margin_of(&self, intent: &OrderIntent, open: Quantity) -> Result<Money, ValueError> {
        let MarginRule::Isolated { leverage } = self.clearing.rules.margin else { return Ok(Money::ZERO) };
        let opening = self.opening(intent, open);
        let spot_sale = !self.book.instrument.is_perpetual() && intent.side == Side::Sell;
        if opening.is_zero() || spot_sale {
            return Ok(Money::ZERO);
        }
        let notional = self.valued(intent)?.times(opening)?;
        let fee = notional.times(self.book.instrument.spec().taker_fee)?;
        let margin = if self.book.instrument.is_perpetual() { notional.over(leverage)? } else { notional };
        Ok(margin.plus(fee)?.booked())
    }

    /// The price at which the counter values an order: its limit, its trigger, or the market's.
    fn valued(&self, intent: &OrderIntent) -> Result<Price, ValueError> {
        let named = intent.kind.limit_price().or(intent.kind.trigger().map(|trigger| trigger.price));
        named.map_or_else(|| self.book.instrument.price(self.bar.open), Ok)
    }
}

/// What is said to a reduce-only order without a position.
pub(super) const NOTHING_TO_REDUCE: &str = "reduce only: there is nothing to reduce";

/// An amount as people write it: without zeros at its end.
fn plain(amount: Money) -> Decimal {
    amount.get().normalize()
}
