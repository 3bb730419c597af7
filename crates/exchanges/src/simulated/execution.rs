//! Trades: how a fill comes about, and everything that follows from it.

use autotrading_domain::{
    Event, Fill, FillCause, Liquidity, Price, Quantity, Rate, ReportKind, Side, TimeInForce, ValueError,
};

use super::{
    FillReason, FillRecord,
    book::Danger,
    memory::Fate,
    phase::Phase,
    terms::NOTHING_TO_REDUCE,
    working::{Sight, Stage, WorkingOrder},
};

/// A trade about to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deal {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) quantity: Quantity,
    pub(super) liquidity: Liquidity,
    pub(super) cause: FillCause,
    pub(super) reason: FillReason,
    pub(super) reference: f64,
    pub(super) half_spread: f64,
    pub(super) impact: f64,
}

impl Phase<'_> {
    /// Fills an order as taker of a market at `reference`, as far as the bar's volume, its limit and its terms allow.
    pub(super) fn take(
        &mut self,
        priority: u64,
        reference: f64,
        reason: FillReason,
    ) -> Result<(), ValueError> {
        let Some(order) = self.turn_of(priority) else { return Ok(()) };
        let Some(quantity) = self.fillable(&order)? else { return Ok(()) };
        let taken = self.clearing.costs.take(
            &self.book.instrument,
            order.side(),
            reference,
            quantity,
            self.bar.volume,
        )?;
        let price = match (order.intent.kind.limit_price(), order.side()) {
            (Some(limit), Side::Buy) => taken.price.min(limit),
            (Some(limit), Side::Sell) => taken.price.max(limit),
            (None, _) => taken.price,
        };
        let (half_spread, impact) = taken.paid(order.side(), price, reference);
        let deal = Deal {
            side: order.side(),
            price,
            quantity,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            reason,
            reference,
            half_spread,
            impact,
        };
        self.fill(&order, &deal)
    }

    /// Fills a resting order at a price of its own choice or better.
    pub(super) fn meet(&mut self, priority: u64, price: Price, reason: FillReason) -> Result<(), ValueError> {
        let Some(order) = self.turn_of(priority) else { return Ok(()) };
        let Some(quantity) = self.fillable(&order)? else { return Ok(()) };
        let deal = Deal {
            side: order.side(),
            price,
            quantity,
            liquidity: Liquidity::Maker,
            cause: FillCause::Order,
            reason,
            reference: price.to_f64(),
            half_spread: 0.0,
            impact: 0.0,
        };
        self.fill(&order, &deal)
    }

    /// Wakes a conditional order: it goes on as a market or limit order.
    pub(super) fn wake(
        &mut self,
        priority: u64,
        reference: f64,
        reason: FillReason,
    ) -> Result<(), ValueError> {
        let Some(order) = self.turn_of(priority) else { return Ok(()) };
        let stage = match order.intent.kind.limit_price() {
            None => Stage::Taking,
            Some(limit) => self.stage_when_woken(order.side(), limit, reference, reason)?,
        };
        let from_close = self.inside && !order.takes_profit();
        if let Some(order) = self.book.order_mut(priority) {
            order.stage = stage;
            if from_close {
                order.sight = Sight::Close;
            }
            // A take-profit's limit lies on the way that the price still goes: it may be met in this very bar.
            order.served = stage == Stage::Taking || !self.inside;
        }
        self.report(order.id(), ReportKind::Triggered);
        if stage == Stage::Taking {
            return self.take(priority, reference, reason);
        }
        if order.is_immediate() {
            return self.end(priority, Fate::Expired("nothing to take at its price".into()));
        }
        Ok(())
    }

    /// At an open the market stands at the reference. Inside a bar it only passes there, so that a limit right at the
    /// trigger takes nothing for sure.
    fn stage_when_woken(
        &self,
        side: Side,
        limit: Price,
        reference: f64,
        reason: FillReason,
    ) -> Result<Stage, ValueError> {
        let stage = self.stage_of_limit(side, limit, reference)?;
        let passing = reason == FillReason::TriggerReached && limit.to_f64() == reference;
        Ok(if passing { Stage::Resting } else { stage })
    }

    /// Gives an order its turn.
    fn turn_of(&mut self, priority: u64) -> Option<WorkingOrder> {
        let order = self.book.order_mut(priority)?;
        order.served = true;
        Some(*order)
    }

    /// How much of an order can be filled now. An order that ends for it is ended, and there is nothing to fill.
    fn fillable(&mut self, order: &WorkingOrder) -> Result<Option<Quantity>, ValueError> {
        let mut wanted = order.open();
        if order.intent.reduce_only {
            wanted = wanted.min(self.book.position.reducible_by(order.side()));
            if wanted.is_zero() {
                self.cancel(order.priority, NOTHING_TO_REDUCE)?;
                return Ok(None);
            }
        }
        let allowed = self.book.allowance.allows(wanted);
        if order.intent.time_in_force == TimeInForce::Fok && allowed < order.open() {
            self.end(order.priority, Fate::Expired("fill or kill: not all of it".into()))?;
            return Ok(None);
        }
        if allowed.is_zero() {
            if order.intent.time_in_force == TimeInForce::Ioc {
                self.end(order.priority, Fate::Expired("immediate or cancel: no volume left".into()))?;
            }
            return Ok(None);
        }
        Ok(Some(allowed))
    }

    /// Makes the trade of an order, and what follows from it.
    pub(super) fn fill(&mut self, order: &WorkingOrder, deal: &Deal) -> Result<(), ValueError> {
        self.book.allowance.use_up(deal.quantity);
        let before = self.book.position.direction();
        let fill = self.settle(Some(order), deal)?;
        self.clearing.memory.note_fill(fill);
        self.report(order.id(), ReportKind::Filled(fill));
        self.carry_on(order, deal.quantity)?;
        if order.intent.bracket.is_some() {
            self.take_from_siblings(order, deal.quantity)?;
        }
        if before != self.book.position.direction() {
            self.drop_closes_without_position()?;
        }
        Ok(())
    }

    /// Books a trade: position, realized profit, fee, margin, the danger of liquidation, the funding clock.
    pub(super) fn settle(&mut self, order: Option<&WorkingOrder>, deal: &Deal) -> Result<Fill, ValueError> {
        let spec = self.book.instrument.spec();
        let rate = match (deal.cause, deal.liquidity) {
            (FillCause::Liquidation, _) => self.clearing.rules.liquidation_fee,
            (FillCause::Delisting, _) => Rate::ZERO,
            (_, liquidity) => {
                let tier = self.clearing.fee_meter.as_mut().map(|meter| meter.today(self.at)).transpose()?;
                match (tier.flatten(), liquidity) {
                    (Some(tier), Liquidity::Maker) => tier.maker,
                    (Some(tier), Liquidity::Taker) => tier.taker,
                    (None, Liquidity::Maker) => spec.maker_fee,
                    (None, Liquidity::Taker) => spec.taker_fee,
                }
            }
        };
        let fee_currency = spec.settle;
        let notional = deal.price.times(deal.quantity)?;
        let fee = notional.times(rate)?.booked();
        if let Some(meter) = &mut self.clearing.fee_meter {
            meter.count(notional)?;
        }
        let bound = self.clearing.bound_by(&self.book.instrument, &self.book.position)?;
        let before = self.book.position.direction();
        let realized = self.book.position.take(deal.side, deal.price, deal.quantity, notional)?;
        let fee = if deal.cause == FillCause::Liquidation { self.payable(fee, realized)? } else { fee };
        let now_bound = self.clearing.bound_by(&self.book.instrument, &self.book.position)?;
        self.clearing.realized = self.clearing.realized.plus(realized)?;
        self.clearing.fees = self.clearing.fees.plus(fee)?;
        self.clearing.bound = self.clearing.bound.minus(bound)?.plus(now_bound)?;
        if !self.book.instrument.is_perpetual() {
            self.clearing.coins = self.clearing.coins.minus(bound)?.plus(now_bound)?;
        }
        if before != self.book.position.direction() {
            self.book.opened_inside = self.inside;
            if self.book.position.is_flat() {
                self.book.funding.stop();
            } else if before.opening_side().is_none() {
                self.book.funding.start(self.at);
            }
        }
        self.book.danger =
            if self.clearing.rules.liquidation { self.danger(deal.price)? } else { Danger::NONE };
        self.look_at_account(self.book.marked(self.bar).open)?;
        let fill = Fill {
            trade: self.clearing.next_trade(),
            order: order.map(WorkingOrder::id),
            instrument: self.book.id,
            side: deal.side,
            price: deal.price,
            quantity: deal.quantity,
            fee,
            fee_currency,
            liquidity: deal.liquidity,
            cause: deal.cause,
            at: self.at,
        };
        let priority = order.map(|order| order.priority);
        self.record(&fill, deal, priority);
        Ok(fill)
    }

    fn record(&mut self, fill: &Fill, deal: &Deal, priority: Option<u64>) {
        let ticks = self.book.ticks.as_deref().filter(|_| deal.liquidity == Liquidity::Maker);
        let place =
            ticks.and_then(|ticks| ticks.places.iter().find(|place| Some(place.priority) == priority));
        self.clearing.records.push(FillRecord {
            trade: fill.trade,
            order: fill.order,
            instrument: fill.instrument,
            bar: self.bar.open_time,
            reason: deal.reason,
            reference: deal.reference,
            half_spread: deal.half_spread,
            impact: deal.impact,
            price: deal.price,
            quantity: deal.quantity,
            queue: place.map(|place| place.wait),
        });
    }

    /// What becomes of an order after a fill: it is over, it ends by its terms, or it goes on with the rest.
    fn carry_on(&mut self, order: &WorkingOrder, quantity: Quantity) -> Result<(), ValueError> {
        let priority = order.priority;
        let filled = order.filled.plus(quantity)?;
        let mut rest = *order;
        rest.filled = filled;
        if rest.open().is_zero() {
            let shared = !rest.taken.is_zero();
            // The desk counts an order's own quantity: tell it that no more will come.
            let fate = if shared { Fate::Canceled(SHARED.into()) } else { Fate::Filled };
            return self.end(priority, fate);
        }
        let reserved = self.margin_of(&rest.intent, rest.open())?;
        self.clearing.reserved = self.clearing.reserved.minus(rest.reserved)?.plus(reserved)?;
        rest.reserved = reserved;
        if rest.intent.kind.limit_price().is_some() {
            rest.stage = Stage::Resting;
        }
        if let Some(kept) = self.book.order_mut(priority) {
            *kept = rest;
        }
        // Tick by tick an order may take from several levels before its terms end it.
        if rest.intent.time_in_force == TimeInForce::Ioc && self.book.ticks.is_none() {
            self.end(priority, Fate::Expired("immediate or cancel: the rest".into()))?;
        }
        Ok(())
    }

    /// Every fill of one leg of a bracket takes as much from the others.
    fn take_from_siblings(&mut self, order: &WorkingOrder, quantity: Quantity) -> Result<(), ValueError> {
        let bracket = order.intent.bracket;
        for sibling in &mut self.book.orders {
            if sibling.intent.bracket == bracket && sibling.priority != order.priority {
                sibling.taken = sibling.taken.plus(quantity.min(sibling.open()))?;
            }
        }
        while let Some(done) = self.book.orders.iter().find(|order| order.open().is_zero()) {
            let priority = done.priority;
            self.cancel(priority, SHARED)?;
        }
        Ok(())
    }

    /// When a position is gone, what was there only to reduce it goes too.
    fn drop_closes_without_position(&mut self) -> Result<(), ValueError> {
        while let Some(priority) = self.book.orders.iter().find_map(|order| {
            let idle = order.intent.reduce_only && self.book.position.reducible_by(order.side()).is_zero();
            idle.then_some(order.priority)
        }) {
            self.cancel(priority, "reduce only: the position is closed")?;
        }
        Ok(())
    }

    /// Says that the venue itself traded.
    pub(super) fn announce(&mut self, fill: Fill) {
        self.out.push(Event::Fill(fill));
    }
}

/// What is said to a leg of a bracket when the others have closed its share.
const SHARED: &str = "bracket: closed by another leg";
