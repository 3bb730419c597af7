//! All controls measured for one order: plain numbers first, judgement after.

use autotrading_domain::{
    ClientOrderId, InstrumentStatus, OrderIntent, OrderKind, Side, TimeInForce, Timestamp, TradingState,
};

use crate::{
    Cap, Control, PriceAge, RiskGate,
    control::{Controls, Measure, Measures},
    repeat,
    steps::measured,
    watch::{Watch, micro},
};

/// What was measured for an order, and which controls bind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Assessment {
    pub(crate) measures: Measures,
    pub(crate) binding: Controls,
    pub(crate) proven_close: bool,
    /// The order in lots; zero when off step.
    pub(crate) lots: i64,
    /// What a lot counts against its strategy, in millionths; zero when it closes.
    pub(crate) worth: i64,
    /// What makes it the same as another; zero when repeats are not limited.
    pub(crate) fingerprint: u64,
    /// The tick at which it rests, for limit orders.
    pub(crate) tick: Option<i64>,
}

impl Assessment {
    /// Nothing is measured yet, and every control binds.
    pub(crate) const fn blank() -> Self {
        Self {
            measures: Measures::none(),
            binding: Controls::ALL,
            proven_close: false,
            lots: 0,
            worth: 0,
            fingerprint: 0,
            tick: None,
        }
    }

    /// As [`Assessment::blank`], in place.
    fn forget(&mut self) {
        self.measures.forget();
        self.binding = Controls::ALL;
        (self.proven_close, self.lots, self.worth, self.fingerprint, self.tick) = (false, 0, 0, 0, None);
    }

    /// Nothing else could be measured, because of one control.
    fn refuse_at_once(&mut self, control: Control) {
        self.measures.flag(control, true);
        self.binding = Controls::NONE.with(control);
    }

    pub(crate) fn refused_at_once(control: Control) -> Self {
        let mut assessment = Self::blank();
        assessment.refuse_at_once(control);
        assessment
    }

    pub(crate) fn refused_by(&self) -> Option<Control> {
        self.measures.refused_by(self.binding).first()
    }
}

/// What shall be assessed: a new order, or the live one as it would be after a change.
#[derive(Clone, Copy)]
pub(crate) struct Proposal<'a> {
    pub(crate) intent: &'a OrderIntent,
    /// Lots that may fill; for a change the larger of before and after.
    pub(crate) lots: Option<i64>,
    pub(crate) changes: Option<ClientOrderId>,
    /// A change that takes nothing but size off.
    pub(crate) shrinks: bool,
}

impl RiskGate {
    /// Measures a proposal into an assessment, which is large enough that it is better not moved.
    pub(crate) fn assess(&self, proposal: &Proposal<'_>, now: Timestamp, assessment: &mut Assessment) {
        assessment.forget();
        let intent = proposal.intent;
        let Some(watch) = self.watches.get(intent.instrument.index()) else {
            return assessment.refuse_at_once(Control::InstrumentKnown);
        };
        let lots = proposal.lots.or_else(|| watch.facts.lot.exactly(intent.quantity.get()));
        let sound_lots = lots.filter(|lots| *lots > 0);
        let lots = sound_lots.unwrap_or(0);
        let quantity = proposal
            .lots
            .map_or_else(|| measured(intent.quantity.get()), |lots| lots as f64 * watch.facts.lot.size());
        let prices = Prices::of(intent, watch);
        let order = Order { proposal, quantity, prices: &prices };

        let m = &mut assessment.measures;
        m.flag(Control::DuplicateId, proposal.changes.is_none() && self.spent.contains(intent.id));
        m.flag(Control::Tick, !prices.on_tick);
        m.flag(Control::Step, sound_lots.is_none());
        self.measure_order(m, &order, watch);
        self.measure_market(m, watch, quantity, now);
        let together = self.live.together(intent, lots);
        let own = self.live.together(intent, proposal.changes.map_or(0, |id| self.open_lots(id)));
        let registered = watch.held.registered(intent.side).saturating_sub(own).max(0);
        let side_lots = registered.saturating_add(together).saturating_add(watch.held.foreign(intent.side));
        let replaced = proposal.changes.and_then(|id| self.live.get(id));
        let strategy = self.strategy_notional(intent, replaced, quantity * prices.value);
        m.set(Control::StrategyNotional, Measure::most(strategy, self.numbers.strategy));
        self.measure_book(m, &order, watch, side_lots);
        assessment.fingerprint = self.measure_traffic(m, &order, lots, watch, now);

        assessment.proven_close = sound_lots.is_some() && closes(intent.side, watch, side_lots);
        assessment.binding = binding(&assessment.measures, assessment.proven_close, proposal.shrinks);
        assessment.lots = lots;
        if !assessment.proven_close {
            assessment.worth = micro(prices.value * watch.facts.lot.size());
        }
        assessment.tick = prices.resting_tick;
    }

    fn open_lots(&self, id: ClientOrderId) -> i64 {
        self.live.get(id).map_or(0, |order| order.open)
    }

    #[inline]
    fn measure_order(&self, m: &mut Measures, order: &Order<'_>, watch: &Watch) {
        let Order { proposal: Proposal { intent, .. }, quantity, prices } = *order;
        let (facts, bounds) = (&watch.facts, &watch.bounds);
        let takes = intent.kind.limit_price().is_none();
        let largest =
            if takes { facts.max_quantity.min(facts.max_market_quantity) } else { facts.max_quantity };
        m.set(Control::CollarMark, Measure::most(prices.beyond_mark, watch.collar(intent.side)));
        m.set(Control::CollarLast, Measure::most(prices.beyond_last, bounds.collar));
        m.set(Control::MinQuantity, Measure::least(quantity, facts.min_quantity));
        m.set(Control::MaxQuantity, Measure::most(quantity, largest.min(bounds.quantity)));
        if facts.min_notional > 0.0 {
            m.set(Control::MinNotional, Measure::least(quantity * prices.least, facts.min_notional));
        }
        m.set(Control::MaxNotional, Measure::most(quantity * prices.value, bounds.order_notional));
        let meets = self.limits.prevent_self_trade
            && watch.own.best_against(intent.side).is_some_and(|own| prices.meets(intent, watch, own));
        m.flag(Control::SelfTrade, meets);
    }

    #[inline]
    fn measure_market(&self, m: &mut Measures, watch: &Watch, quantity: f64, now: Timestamp) {
        let market = &watch.market;
        m.flag(Control::TradingState, self.state != TradingState::Active);
        m.flag(Control::Recovered, self.recovering || !watch.held.confirmed);
        m.flag(Control::Tradable, market.status != InstrumentStatus::Trading);
        m.flag(Control::DeadMan, self.limits.require_dead_man && !self.dead_man_armed);
        let age = if market.sound { now.since(market.at).nanos() as f64 / 1e9 } else { f64::NAN };
        let allowed = match self.limits.price_age {
            // Without a sound price nothing opens, however old it might be.
            _ if !market.sound => 0.0,
            Cap::Off => f64::INFINITY,
            Cap::At(PriceAge::Milliseconds(allowed)) => allowed as f64 / 1e3,
            Cap::At(PriceAge::Intervals(count)) => {
                market.interval.map_or(f64::NAN, |interval| interval.nanos() as f64 / 1e9 * f64::from(count))
            }
        };
        m.set(Control::PriceAge, Measure::most(age, allowed));
        let skew = self.limits.clock_skew_ms.at().map_or(f64::INFINITY, |allowed| *allowed as f64 / 1e3);
        m.set(Control::ClockSkew, Measure::most((-age).max(0.0) + age * 0.0, skew));
        if let Cap::At(_) = self.limits.volume_multiple {
            // A volume of zero gives infinity or NaN, which no limit allows.
            m.set(
                Control::VolumeMultiple,
                Measure::most(quantity / market.volume, self.numbers.volume_multiple),
            );
        }
    }

    #[inline]
    fn measure_book(&self, m: &mut Measures, order: &Order<'_>, watch: &Watch, side_lots: i64) {
        let (side, value, quantity) = (order.proposal.intent.side, order.prices.value, order.quantity);
        let (facts, bounds, size) = (&watch.facts, &watch.bounds, watch.facts.lot.size());
        let position = if watch.held.confirmed { watch.held.position } else { f64::NAN };
        // Seen from the side of the order, a position that grows is positive.
        let would_be = side.sign() * position + side_lots as f64 * size;
        let other = side.sign() * position - watch.held.open(side.opposite()) as f64 * size;
        let most = if other.abs() > would_be.abs() { other.abs() } else { would_be.abs() };
        let equity = self.equity.equity();
        let rest = self.sums.without(&watch.staked, side);
        let gross = rest.gross + most * value;
        let room = if facts.spot && side == Side::Sell { 0.0 } else { bounds.position };
        m.set(Control::Position, Measure::most(would_be, room));
        m.set(Control::InstrumentNotional, Measure::most(would_be * value, bounds.notional));
        m.set(Control::Concentration, Measure::most(would_be * value / equity, bounds.concentration));
        if self.numbers.cluster < f64::INFINITY {
            let cluster = self.sums.cluster_without(watch.cluster, &watch.staked) + most * value;
            m.set(Control::Cluster, Measure::most(cluster / equity, self.numbers.cluster));
        }
        m.set(Control::Gross, Measure::most(gross, self.numbers.gross));
        m.set(Control::Net, Measure::most(rest.net + would_be * value, self.numbers.net));
        m.set(Control::GrossLeverage, Measure::most(gross / equity, self.numbers.gross_leverage));
        if let Cap::At(_) = self.limits.margin_leverage {
            let added = (most - position.abs()).max(0.0) * value / watch.leverage(most * value);
            let required = rest.reserve + added + quantity * value * facts.fee;
            m.set(Control::Margin, Measure::most(required, self.equity.free_margin()));
        }
        let losses = self.equity.losses();
        m.set(Control::DailyLoss, Measure::most(losses.daily, self.numbers.daily_loss));
        m.set(Control::Drawdown, Measure::most(losses.drawdown, self.numbers.drawdown));
    }

    /// Measures rates and counts; gives the fingerprint of a new order, zero where repeats are not limited.
    #[inline]
    fn measure_traffic(
        &self,
        m: &mut Measures,
        order: &Order<'_>,
        lots: i64,
        watch: &Watch,
        now: Timestamp,
    ) -> u64 {
        let (used, allowed) = self.order_bucket.use_by_one_more(now);
        m.set(Control::OrderRate, Measure::most(used, allowed));
        let (used, allowed) = self.message_bucket.use_by_one_more(now);
        m.set(Control::MessageRate, Measure::most(used, allowed));
        if order.proposal.changes.is_some() {
            return 0;
        }
        let count = |cap: &Cap<u32>| cap.at().map_or(f64::INFINITY, |count| f64::from(*count));
        m.set(
            Control::OpenOrders,
            Measure::most(self.live.len() as f64 + 1.0, count(&self.limits.open_orders)),
        );
        m.set(
            Control::InstrumentOpenOrders,
            Measure::most(f64::from(watch.open_orders) + 1.0, count(&self.limits.instrument_open_orders)),
        );
        let Cap::At(limit) = &self.limits.repeats else { return 0 };
        let Prices { limit_tick, trigger_tick, .. } = *order.prices;
        let fingerprint = repeat::fingerprint(order.proposal.intent, lots, limit_tick, trigger_tick);
        let count = if watch.repeats.is_latched() {
            limit.count + 1
        } else {
            watch.repeats.with_one_more(fingerprint, limit, now)
        };
        m.set(Control::Repeats, Measure::most(f64::from(count), f64::from(limit.count)));
        fingerprint
    }
}

/// A proposal in plain numbers.
struct Order<'a> {
    proposal: &'a Proposal<'a>,
    quantity: f64,
    prices: &'a Prices,
}

/// Whether all open lots of the side, this order among them, only take from the confirmed position.
fn closes(side: Side, watch: &Watch, side_lots: i64) -> bool {
    let held = match side {
        Side::Buy => watch.held.lots.saturating_neg(),
        Side::Sell => watch.held.lots,
    };
    watch.held.confirmed && held > 0 && side_lots <= held
}

/// A proven close meets few controls, and the collar only where a price was ever known.
fn binding(m: &Measures, proven_close: bool, shrinks: bool) -> Controls {
    if shrinks {
        return Controls::NONE.with(Control::InstrumentKnown).with(Control::Tick).with(Control::Step);
    }
    if !proven_close {
        return Controls::ALL;
    }
    let mut binding = Control::OF_CLOSES;
    if m.get(Control::CollarMark).value.is_nan() {
        binding = binding.without(Control::CollarMark).without(Control::CollarLast);
    }
    binding
}

/// The prices of an order as numbers.
struct Prices {
    on_tick: bool,
    /// In ticks, where there is one and it lies on one.
    limit_tick: Option<i64>,
    trigger_tick: Option<i64>,
    /// Where it rests, in ticks, when others can meet it.
    resting_tick: Option<i64>,
    /// What it is worth at worst, per unit: mark or the worst price it may be filled at, the larger.
    value: f64,
    /// What it is worth at least, per unit.
    least: f64,
    /// How far the worst price lies beyond its reference, as a rate; negative on the passive side.
    beyond_mark: f64,
    beyond_last: f64,
}

impl Prices {
    #[inline]
    fn of(intent: &OrderIntent, watch: &Watch) -> Self {
        let tick = &watch.facts.tick;
        let (mark, last, sign) = (watch.market.mark, watch.market.last, intent.side.sign());
        let usable = watch.market.sound;
        let limit = intent.kind.limit_price();
        let limit_tick = limit.map(|price| tick.exactly(price.get()));
        let limit = limit.map(|price| measured(price.get()));
        let trigger = match intent.kind {
            OrderKind::TrailingStop { activation, .. } => activation,
            kind => kind.trigger().map(|trigger| trigger.price),
        };
        let trigger_tick = trigger.map(|price| tick.exactly(price.get()));
        let on_tick =
            limit_tick.is_none_or(|tick| tick.is_some()) && trigger_tick.is_none_or(|tick| tick.is_some());
        // A sleeping order is compared with the price that wakes it; an order that takes may pay up to the collar.
        let woken = intent.kind.trigger().map(|trigger| trigger.price.to_f64());
        let (against_mark, against_last) = (woken.unwrap_or(mark), woken.unwrap_or(last));
        let collar = watch.collar(intent.side);
        let edge = if collar.is_finite() { collar } else { 0.0 };
        let worst = limit.unwrap_or(against_mark * (1.0 + sign * edge));
        let beyond =
            |reference: f64| if limit.is_some() { sign * (worst / reference - 1.0) } else { reference * 0.0 };
        Self {
            on_tick,
            limit_tick: limit_tick.flatten(),
            trigger_tick: trigger_tick.flatten(),
            resting_tick: match intent.kind {
                OrderKind::Limit { .. } => limit_tick.flatten(),
                _ => None,
            },
            value: if usable { worst.max(mark) } else { f64::NAN },
            least: if usable { limit.unwrap_or(mark) } else { f64::NAN },
            beyond_mark: beyond(against_mark),
            beyond_last: beyond(against_last),
        }
    }

    /// Whether an order that may execute now meets our own order at the tick `own`.
    #[inline]
    fn meets(&self, intent: &OrderIntent, watch: &Watch, own: i64) -> bool {
        if intent.time_in_force == TimeInForce::Gtx {
            return false;
        }
        // A market order is not expected to reach beyond mark and last.
        let (mark, last, size) = (watch.market.mark, watch.market.last, watch.facts.tick.size());
        match (intent.kind, intent.side) {
            (OrderKind::Limit { .. }, Side::Buy) => self.resting_tick.is_some_and(|tick| tick >= own),
            (OrderKind::Limit { .. }, Side::Sell) => self.resting_tick.is_some_and(|tick| tick <= own),
            (OrderKind::Market, Side::Buy) => mark.max(last) / size >= own as f64,
            (OrderKind::Market, Side::Sell) => mark.min(last) / size <= own as f64,
            _ => false, // sleeping orders execute later, against a book that nobody knows
        }
    }
}
