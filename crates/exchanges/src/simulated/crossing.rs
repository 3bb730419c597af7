//! Tick by tick: how orders meet the book, and how the market comes to them.

use autotrading_domain::{
    FillCause, Liquidity, OrderKind, Price, Quantity, Side, TimeInForce, TriggerSource, ValueError,
};
use autotrading_market_data::{RowKind, TapeRow};

use super::{
    FillReason,
    execution::Deal,
    memory::Fate,
    phase::Phase,
    queue::Place,
    terms::NOTHING_TO_REDUCE,
    ticks::{Concern, Shown, TickMarket},
    working::{Stage, WorkingOrder},
};

/// One level that an order takes from.
#[derive(Clone, Copy, Debug)]
struct Step {
    tick: i64,
    quantity: Quantity,
}

/// A part of a lot that arithmetic may lose.
const DUST: f64 = 1e-6;

impl Phase<'_> {
    /// Whether a limit order takes from the book as it stands, or rests. While the book is not known it waits to find
    /// out, as one that takes.
    pub(super) fn stage_in_book(
        &self,
        ticks: &TickMarket,
        side: Side,
        limit: Price,
    ) -> Result<Stage, ValueError> {
        let limit = self.book.instrument.tick_of(limit)?;
        if ticks.shown == Shown::Trades {
            let last = self.book.instrument.ticks().nearest_index(ticks.last)?;
            return Ok(if reaches(side, limit, last) { Stage::Taking } else { Stage::Resting });
        }
        if !ticks.known {
            return Ok(Stage::Taking);
        }
        let takes = match (side, ticks.book.best_tick(side.opposite())) {
            (_, None) => false,
            (Side::Buy, Some(ask)) => limit >= ask,
            (Side::Sell, Some(bid)) => limit <= bid,
        };
        Ok(if takes { Stage::Taking } else { Stage::Resting })
    }

    /// An order comes to the book: it takes, rests at the end of the queue, or sleeps.
    pub(super) fn arrive(&mut self, mut order: WorkingOrder) -> Result<(), ValueError> {
        if order.stage == Stage::Sleeping {
            order.stage = match order.intent.kind {
                OrderKind::Market => Stage::Taking,
                OrderKind::Limit { price } => self.stage_of_limit(order.side(), price, self.bar.open)?,
                OrderKind::TrailingStop { .. } => {
                    order.see(self.last_trade());
                    Stage::Sleeping
                }
                OrderKind::StopMarket { .. }
                | OrderKind::StopLimit { .. }
                | OrderKind::TakeProfitMarket { .. }
                | OrderKind::TakeProfitLimit { .. } => Stage::Sleeping,
            };
        }
        let (priority, stage) = (order.priority, order.stage);
        self.book.orders.push(order);
        match stage {
            Stage::Sleeping => Ok(()),
            Stage::Resting => self.join_queue(priority),
            Stage::Taking => self.walk(priority, FillReason::TookFromBook),
        }
    }

    /// What the market's word means for our orders and our position.
    pub(super) fn answer_market(&mut self, row: &TapeRow, concern: Concern) -> Result<(), ValueError> {
        let mark = self.bar.open;
        self.look_at_account(mark)?;
        if !self.book.danger.spares(mark, mark) && mark > 0.0 {
            self.liquidate(mark)?;
        }
        match concern {
            Concern::Nothing => {}
            Concern::Mark => self.set_off()?,
            Concern::Book => {
                self.meet_book()?;
                self.serve_waiting()?;
                self.set_off()?;
            }
            Concern::Trade => {
                let side = if row.kind == RowKind::Bought { Side::Sell } else { Side::Buy };
                self.meet_trade(side, row.tick, row.quantity)?;
                self.take_with_trade(row)?;
                let last = self.last_trade();
                self.book.orders.iter_mut().for_each(|order| order.see(last));
                self.set_off()?;
            }
        }
        Ok(())
    }

    /// Takes from the other side of the book, the best level first, as far as limit and terms allow.
    fn walk(&mut self, priority: u64, reason: FillReason) -> Result<(), ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        let at = self.at;
        if !self.trades() || !self.book.ticks.as_deref().is_some_and(|ticks| ticks.is_fresh(at)) {
            return Ok(()); // it waits for the market's next word
        }
        if let Some(limit) = order.intent.kind.limit_price()
            && self.stage_of_limit(order.side(), limit, self.bar.open)? == Stage::Resting
        {
            return self.join_queue(priority);
        }
        if order.intent.time_in_force == TimeInForce::Gtx {
            return self.cancel(priority, "post only: it would take");
        }
        let wanted = self.wanted(&order);
        if wanted.is_zero() {
            return self.cancel(priority, NOTHING_TO_REDUCE);
        }
        let limit = order.intent.kind.limit_price();
        let limit = limit.map(|limit| self.book.instrument.tick_of(limit)).transpose()?;
        let steps = self.offers(order.side(), limit, wanted)?;
        let total = steps.iter().try_fold(Quantity::ZERO, |sum, step| sum.plus(step.quantity))?;
        if order.intent.time_in_force == TimeInForce::Fok && total < order.open() {
            return self.end(priority, Fate::Expired("fill or kill: not all of it".into()));
        }
        let touch = self.touch(order.side());
        for step in &steps {
            self.take_step(priority, *step, touch, reason)?;
        }
        self.after_walk(priority, total.is_zero())
    }

    /// One level's fill.
    fn take_step(
        &mut self,
        priority: u64,
        step: Step,
        touch: f64,
        reason: FillReason,
    ) -> Result<(), ValueError> {
        // A fill before may have ended the order, or what it may reduce.
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        let quantity = step.quantity.min(self.wanted(&order));
        if quantity.is_zero() {
            return Ok(());
        }
        let price = Price::new(self.book.instrument.ticks().at(step.tick)?)?;
        let middle = self.book.ticks.as_deref().map_or(touch, TickMarket::middle);
        let side = order.side();
        let deal = Deal {
            side,
            price,
            quantity,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            reason,
            reference: middle,
            half_spread: (side.sign() * (touch - middle) / middle).max(0.0),
            impact: (side.sign() * (price.to_f64() - touch) / middle).max(0.0),
        };
        if let Some(ticks) = self.book.ticks.as_deref_mut() {
            ticks.use_up(side.opposite(), step.tick, quantity.to_f64());
        }
        self.fill(&order, &deal)
    }

    /// What becomes of the rest of an order that took what there was.
    fn after_walk(&mut self, priority: u64, nothing: bool) -> Result<(), ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        if order.is_immediate() {
            let why = match nothing {
                true => "nothing to take at its price",
                false => "immediate or cancel: the rest",
            };
            return self.end(priority, Fate::Expired(why.into()));
        }
        let depth = self.book.ticks.as_deref().is_some_and(|ticks| ticks.shown == Shown::Depth);
        match order.intent.kind.limit_price() {
            None if depth => self.end(priority, Fate::Expired("the book holds no more".into())),
            None => {
                self.set_stage(priority, Stage::Taking);
                Ok(())
            }
            Some(limit) => {
                // What is left of the levels at its price is not for us, or was ours: it waits for the next word.
                let limit = self.book.instrument.tick_of(limit)?;
                let better = self.book.ticks.as_deref().is_some_and(|ticks| {
                    let mut levels = ticks.book.levels(order.side().opposite());
                    levels.next().is_some_and(|best| reaches(order.side(), limit, best.tick))
                });
                if !better {
                    return self.join_queue(priority);
                }
                self.set_stage(priority, Stage::Taking);
                Ok(())
            }
        }
    }

    fn set_stage(&mut self, priority: u64, stage: Stage) {
        if let Some(order) = self.book.order_mut(priority) {
            order.stage = stage;
        }
    }

    /// A limit order rests: behind all that stands at its price.
    fn join_queue(&mut self, priority: u64) -> Result<(), ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        if order.is_immediate() {
            return self.end(priority, Fate::Expired("nothing to take at its price".into()));
        }
        let Some(limit) = order.intent.kind.limit_price() else { return Ok(()) };
        let tick = self.book.instrument.tick_of(limit)?;
        self.set_stage(priority, Stage::Resting);
        let (side, at) = (order.side(), self.at);
        if let Some(ticks) = self.book.ticks.as_deref_mut() {
            let ahead = ticks.ahead_of_newcomer(side, tick);
            ticks.places.push(Place::last(priority, side, tick, ahead, at));
        }
        Ok(())
    }

    /// A trade that took from this side, at this price: our orders at better prices come first, then the queue.
    fn meet_trade(&mut self, side: Side, tick: i64, total: f64) -> Result<(), ValueError> {
        let Some(ticks) = self.book.ticks.as_deref_mut() else { return Ok(()) };
        let mut met: Vec<(i64, u64)> = ticks
            .places
            .iter()
            .filter(|place| place.side == side && reaches(side, place.tick, tick))
            .map(|place| (if side == Side::Buy { -place.tick } else { place.tick }, place.priority))
            .collect();
        met.sort_unstable();
        let (mut left, mut ours) = (total, total * ticks.rules.participation);
        for (_, priority) in met {
            let Some(ticks) = self.book.ticks.as_deref_mut() else { return Ok(()) };
            let Some(place) = ticks.place_mut(priority) else { continue };
            let through = place.tick != tick;
            let reach = if through { left } else { place.let_trade(total, left) };
            if through {
                place.ahead = 0.0; // whoever stood there was passed
            }
            let quantity = self.whole_lots(reach.min(ours))?;
            let reason = if through { FillReason::TradedThrough } else { FillReason::QueueReached };
            let filled = self.meet_at_limit(priority, quantity, reason)?.to_f64();
            (left, ours) = (left - filled, ours - filled);
        }
        Ok(())
    }

    /// The other side of the book has come to orders of ours: somebody would have met them.
    fn meet_book(&mut self) -> Result<(), ValueError> {
        for side in [Side::Buy, Side::Sell] {
            let Some(ticks) = self.book.ticks.as_deref() else { return Ok(()) };
            let Some(best) = ticks.book.best_tick(side.opposite()) else { continue };
            let come: Vec<(u64, i64)> = ticks
                .places
                .iter()
                .filter(|place| place.side == side && reaches(side, place.tick, best))
                .map(|place| (place.priority, place.tick))
                .collect();
            for (priority, tick) in come {
                let Some(order) = self.book.order(priority).copied() else { continue };
                for step in self.offers(side, Some(tick), self.wanted(&order))? {
                    let filled = self.meet_at_limit(priority, step.quantity, FillReason::BookCameToUs)?;
                    if let Some(ticks) = self.book.ticks.as_deref_mut() {
                        ticks.use_up(side.opposite(), step.tick, filled.to_f64());
                    }
                }
            }
        }
        Ok(())
    }

    /// Fills a resting order at its own price, as far as it wants.
    fn meet_at_limit(
        &mut self,
        priority: u64,
        most: Quantity,
        reason: FillReason,
    ) -> Result<Quantity, ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(Quantity::ZERO) };
        let quantity = most.min(self.wanted(&order));
        let Some(price) = order.intent.kind.limit_price().filter(|_| !quantity.is_zero()) else {
            return Ok(Quantity::ZERO);
        };
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
        self.fill(&order, &deal)?;
        Ok(quantity)
    }

    /// Orders that wait to take look at the book again.
    fn serve_waiting(&mut self) -> Result<(), ValueError> {
        let waiting: Vec<u64> = self
            .book
            .orders
            .iter()
            .filter(|order| order.stage == Stage::Taking)
            .map(|order| order.priority)
            .collect();
        for priority in waiting {
            self.walk(priority, FillReason::TookFromBook)?;
        }
        Ok(())
    }

    /// Where the feed shows trades alone, an order that takes trades along, and pays half the spread and impact.
    fn take_with_trade(&mut self, row: &TapeRow) -> Result<(), ValueError> {
        let Some(ticks) = self.book.ticks.as_deref() else { return Ok(()) };
        if ticks.shown != Shown::Trades {
            return Ok(());
        }
        let mut left = row.quantity * ticks.rules.participation;
        let reference = self.last_trade();
        let waiting: Vec<WorkingOrder> =
            self.book.orders.iter().filter(|order| order.stage == Stage::Taking).copied().collect();
        for order in waiting {
            let limit = order.intent.kind.limit_price();
            if let Some(limit) = limit
                && self.stage_of_limit(order.side(), limit, reference)? == Stage::Resting
            {
                self.join_queue(order.priority)?;
                continue;
            }
            let quantity = self.whole_lots(left)?.min(self.wanted(&order));
            let whole = order.intent.time_in_force != TimeInForce::Fok || quantity == order.open();
            if !whole {
                self.end(order.priority, Fate::Expired("fill or kill: not all of it".into()))?;
                continue;
            }
            if quantity.is_zero() {
                continue;
            }
            let instrument = &self.book.instrument;
            let taken =
                self.clearing.costs.take(instrument, order.side(), reference, quantity, row.quantity)?;
            let price = match (limit, order.side()) {
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
                reason: FillReason::TookWithTrade,
                reference,
                half_spread,
                impact,
            };
            left -= quantity.to_f64();
            self.fill(&order, &deal)?;
            self.set_stage(order.priority, Stage::Taking);
            if order.is_immediate() && self.book.order(order.priority).is_some() {
                let rest = Fate::Expired("immediate or cancel: the rest".into());
                self.end(order.priority, rest)?;
            }
        }
        Ok(())
    }

    /// Sets off what sleeps and whose trigger was reached, by the price that it names.
    fn set_off(&mut self) -> Result<(), ValueError> {
        let (last, mark) = (self.last_trade(), self.bar.open);
        while let Some(priority) = self.book.orders.iter().find_map(|order| {
            let by_mark = order.intent.kind.trigger().is_some_and(|by| by.source == TriggerSource::Mark);
            let price = if by_mark { mark } else { last };
            (order.stage == Stage::Sleeping && order.wakes_at(price)).then_some(order.priority)
        }) {
            self.wake_in_book(priority)?;
        }
        Ok(())
    }

    fn wake_in_book(&mut self, priority: u64) -> Result<(), ValueError> {
        let Some(order) = self.book.order(priority).copied() else { return Ok(()) };
        let stage = match order.intent.kind.limit_price() {
            None => Stage::Taking,
            Some(limit) => self.stage_of_limit(order.side(), limit, self.bar.open)?,
        };
        self.set_stage(priority, stage);
        self.report(order.id(), autotrading_domain::ReportKind::Triggered);
        match stage {
            Stage::Taking => self.walk(priority, FillReason::TookOnTrigger),
            Stage::Resting | Stage::Sleeping => self.join_queue(priority),
        }
    }

    /// What the other side shows up to a limit and is left for us, until enough is there.
    fn offers(&self, side: Side, limit: Option<i64>, wanted: Quantity) -> Result<Vec<Step>, ValueError> {
        let Some(ticks) = self.book.ticks.as_deref() else { return Ok(Vec::new()) };
        let (opposite, mut missing, mut steps) = (side.opposite(), wanted, Vec::new());
        for level in ticks.book.levels(opposite) {
            if missing.is_zero() || limit.is_some_and(|limit| !reaches(side, limit, level.tick)) {
                break;
            }
            let left = ticks.available(opposite, level.tick, level.quantity);
            let quantity = self.whole_lots(left)?.min(missing);
            if !quantity.is_zero() {
                missing = missing.less(quantity);
                steps.push(Step { tick: level.tick, quantity });
            }
        }
        Ok(steps)
    }

    /// What an order still wants, a reduce-only one no more than the position.
    fn wanted(&self, order: &WorkingOrder) -> Quantity {
        if order.intent.reduce_only {
            order.open().min(self.book.position.reducible_by(order.side()))
        } else {
            order.open()
        }
    }

    fn whole_lots(&self, quantity: f64) -> Result<Quantity, ValueError> {
        let dust = self.book.instrument.lots().step_f64() * DUST;
        if quantity > dust { self.book.instrument.quantity_down(quantity + dust) } else { Ok(Quantity::ZERO) }
    }

    /// The nearest price on the other side.
    fn touch(&self, side: Side) -> f64 {
        let step = self.book.instrument.ticks().step_f64();
        let best = self.book.ticks.as_deref().and_then(|ticks| ticks.book.best_tick(side.opposite()));
        best.map_or(f64::NAN, |tick| tick as f64 * step)
    }

    fn last_trade(&self) -> f64 {
        self.book.ticks.as_deref().map_or(f64::NAN, |ticks| ticks.last)
    }
}

/// Whether a limit on this side is worth as much as a price of the other side, or more.
const fn reaches(side: Side, limit: i64, price: i64) -> bool {
    match side {
        Side::Buy => limit >= price,
        Side::Sell => limit <= price,
    }
}
