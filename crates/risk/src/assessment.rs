//! All controls measured for one order: plain numbers first, judgement after.

use autotrading_domain::{
    ClientOrderId, InstrumentStatus, OrderIntent, OrderKind, Side, TimeInForce, Timestamp, TradingState,
};

use crate::{
    Cap, Control, PriceAge, RiskGate,
    control::{Controls, Measure, Measures},
    repeat,
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
    /// Nothing could be measured, because of one control.
    pub(crate) fn refused_at_once(control: Control) -> Self {
        let mut measures = Measures::none();
        measures.set(control, Measure::FAULT);
        let binding = Controls::NONE.with(control);
        Self { measures, binding, proven_close: false, lots: 0, worth: 0, fingerprint: 0, tick: None }
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
    pub(crate) fn assess(&self, proposal: &Proposal<'_>, now: Timestamp) -> Assessment {
        let intent = proposal.intent;
        let Some(watch) = self.watches.get(intent.instrument.index()) else {
            return Assessment::refused_at_once(Control::InstrumentKnown);
        };
        let mut m = Measures::none();
        let lots = proposal.lots.or_else(|| watch.facts.lot.exactly(intent.quantity.get()));
        let sound_lots = lots.filter(|lots| *lots > 0);
        let lots = sound_lots.unwrap_or(0);
        let quantity = proposal
            .lots
            .map_or_else(|| intent.quantity.to_f64(), |lots| lots as f64 * watch.facts.lot.size());
        let prices = Prices::of(intent, watch);

        m.set(Control::InstrumentKnown, Measure::SOUND);
        m.set(Control::Changeable, Measure::SOUND);
        m.set(Control::DuplicateId, Measure::flag(proposal.changes.is_none() && self.is_used(intent.id)));
        m.set(Control::Tick, Measure::flag(!prices.on_tick));
        m.set(Control::Step, Measure::flag(sound_lots.is_none()));
        self.measure_order(&mut m, proposal, watch, quantity, &prices);
        self.measure_market(&mut m, watch, quantity, now);
        let together = self.live.together(intent, lots);
        let own = self.live.together(intent, proposal.changes.map_or(0, |id| self.open_lots(id)));
        let registered = watch.held.registered(intent.side).saturating_sub(own).max(0);
        let side_lots = registered.saturating_add(together).saturating_add(watch.held.foreign(intent.side));
        let replaced = proposal.changes.and_then(|id| self.live.get(id));
        let strategy = self.strategy_notional(intent, replaced, quantity * prices.value);
        m.set(Control::StrategyNotional, Measure::most(strategy, self.numbers.strategy));
        self.measure_book(&mut m, intent.side, watch, quantity, side_lots, prices.value);
        let counts_repeats = proposal.changes.is_none() && self.limits.repeats.at().is_some();
        let fingerprint = if counts_repeats { repeat::fingerprint(intent) } else { 0 };
        self.measure_traffic(&mut m, proposal, watch, fingerprint, now);

        let proven_close = sound_lots.is_some() && closes(intent.side, watch, side_lots);
        let binding = binding(&m, proven_close, proposal.shrinks);
        let worth = if proven_close { 0 } else { micro(prices.value * watch.facts.lot.size()) };
        Assessment { measures: m, binding, proven_close, lots, worth, fingerprint, tick: prices.resting_tick }
    }

    fn is_used(&self, id: ClientOrderId) -> bool {
        self.spent.contains(id) || self.live.contains(id)
    }

    fn open_lots(&self, id: ClientOrderId) -> i64 {
        self.live.get(id).map_or(0, |order| order.open)
    }

    fn measure_order(
        &self,
        m: &mut Measures,
        proposal: &Proposal<'_>,
        watch: &Watch,
        quantity: f64,
        prices: &Prices,
    ) {
        let (facts, bounds) = (&watch.facts, &watch.bounds);
        let takes = proposal.intent.kind.limit_price().is_none();
        let largest =
            if takes { facts.max_quantity.min(facts.max_market_quantity) } else { facts.max_quantity };
        m.set(Control::CollarMark, Measure::most(prices.beyond_mark, watch.collar(proposal.intent.side)));
        m.set(Control::CollarLast, Measure::most(prices.beyond_last, bounds.collar));
        m.set(Control::MinQuantity, Measure::least(quantity, facts.min_quantity));
        m.set(Control::MaxQuantity, Measure::most(quantity, largest.min(bounds.quantity)));
        if facts.min_notional > 0.0 {
            m.set(Control::MinNotional, Measure::least(quantity * prices.least, facts.min_notional));
        }
        m.set(Control::MaxNotional, Measure::most(quantity * prices.value, bounds.order_notional));
        let meets = self.limits.prevent_self_trade
            && watch
                .own
                .best_against(proposal.intent.side)
                .is_some_and(|own| prices.meets(proposal.intent, own));
        m.set(Control::SelfTrade, Measure::flag(meets));
    }

    fn measure_market(&self, m: &mut Measures, watch: &Watch, quantity: f64, now: Timestamp) {
        let market = &watch.market;
        m.set(Control::TradingState, Measure::flag(self.state != TradingState::Active));
        m.set(Control::Recovered, Measure::flag(self.recovering || !watch.held.confirmed));
        m.set(Control::Tradable, Measure::flag(market.status != InstrumentStatus::Trading));
        m.set(Control::DeadMan, Measure::flag(self.limits.require_dead_man && !self.dead_man_armed));
        let age = if market.sound { now.since(market.at).nanos() as f64 * 1e-9 } else { f64::NAN };
        let allowed = match self.limits.price_age {
            // Without a sound price nothing opens, however old it might be.
            _ if !market.sound => 0.0,
            Cap::Off => f64::INFINITY,
            Cap::At(PriceAge::Milliseconds(allowed)) => allowed as f64 * 1e-3,
            Cap::At(PriceAge::Intervals(count)) => {
                market.interval.map_or(f64::NAN, |interval| interval.nanos() as f64 * 1e-9 * f64::from(count))
            }
        };
        m.set(Control::PriceAge, Measure::most(age, allowed));
        let skew = self.limits.clock_skew_ms.at().map_or(f64::INFINITY, |allowed| *allowed as f64 * 1e-3);
        m.set(Control::ClockSkew, Measure::most((-age).max(0.0) + age * 0.0, skew));
        if let Cap::At(_) = self.limits.volume_multiple {
            // Compared as a product: a quotient by a volume of zero is no number.
            m.set(
                Control::VolumeMultiple,
                Measure::most(quantity / market.volume, self.numbers.volume_multiple),
            );
        }
    }

    fn measure_book(
        &self,
        m: &mut Measures,
        side: Side,
        watch: &Watch,
        quantity: f64,
        side_lots: i64,
        value: f64,
    ) {
        let (facts, bounds, size) = (&watch.facts, &watch.bounds, watch.facts.lot.size());
        let position = if watch.held.confirmed { watch.held.position } else { f64::NAN };
        // Seen from the side of the order, a position that grows is positive.
        let would_be = side.sign() * position + side_lots as f64 * size;
        let other = side.sign() * position - watch.held.open(side.opposite()) as f64 * size;
        let most = if other.abs() > would_be.abs() { other.abs() } else { would_be.abs() };
        let equity = self.equity.equity();
        let rest = self.sums.without(&watch.staked);
        let gross = rest.gross + most * value;
        let net = match side {
            Side::Buy => rest.high + would_be * value,
            Side::Sell => would_be * value - rest.low,
        };
        let room = if facts.spot && side == Side::Sell { 0.0 } else { bounds.position };
        m.set(Control::Position, Measure::most(would_be, room));
        m.set(Control::InstrumentNotional, Measure::most(would_be * value, bounds.notional));
        m.set(Control::Concentration, Measure::most(would_be * value / equity, bounds.concentration));
        m.set(Control::Gross, Measure::most(gross, self.numbers.gross));
        m.set(Control::Net, Measure::most(net, self.numbers.net));
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

    fn measure_traffic(
        &self,
        m: &mut Measures,
        proposal: &Proposal<'_>,
        watch: &Watch,
        fingerprint: u64,
        now: Timestamp,
    ) {
        let (used, allowed) = self.order_bucket.use_by_one_more(now);
        m.set(Control::OrderRate, Measure::most(used, allowed));
        let (used, allowed) = self.message_bucket.use_by_one_more(now);
        m.set(Control::MessageRate, Measure::most(used, allowed));
        if proposal.changes.is_some() {
            return;
        }
        if let Cap::At(limit) = &self.limits.repeats {
            let count = if watch.repeats.is_latched() {
                limit.count + 1
            } else {
                watch.repeats.with_one_more(fingerprint, limit, now)
            };
            m.set(Control::Repeats, Measure::most(f64::from(count), f64::from(limit.count)));
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
    }
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
    /// Where it rests, in ticks, when others can meet it.
    resting_tick: Option<i64>,
    /// What it is worth at worst, per unit: mark or the worst price it may be filled at, the larger.
    value: f64,
    /// What it is worth at least, per unit.
    least: f64,
    /// How far the worst price lies beyond its reference, as a rate; negative on the passive side.
    beyond_mark: f64,
    beyond_last: f64,
    /// The reference price in ticks beyond which a market order is not expected to reach.
    reach: f64,
}

impl Prices {
    fn of(intent: &OrderIntent, watch: &Watch) -> Self {
        let tick = &watch.facts.tick;
        let (mark, last, sign) = (watch.market.mark, watch.market.last, intent.side.sign());
        let usable = watch.market.sound;
        let limit = intent.kind.limit_price();
        let trigger = match intent.kind {
            OrderKind::TrailingStop { activation, .. } => activation,
            kind => kind.trigger().map(|trigger| trigger.price),
        };
        let limit_tick = limit.map(|price| tick.exactly(price.get()));
        let trigger_tick = trigger.map(|price| tick.exactly(price.get()));
        let on_tick =
            limit_tick.is_none_or(|tick| tick.is_some()) && trigger_tick.is_none_or(|tick| tick.is_some());
        // A sleeping order is compared with the price that wakes it; an order that takes may pay up to the collar.
        let woken = intent.kind.trigger().map(|trigger| trigger.price.to_f64());
        let (against_mark, against_last) = (woken.unwrap_or(mark), woken.unwrap_or(last));
        let collar = watch.collar(intent.side);
        let edge = if collar.is_finite() { collar } else { 0.0 };
        let worst = limit.map_or(against_mark * (1.0 + sign * edge), |price| price.to_f64());
        let beyond =
            |reference: f64| if limit.is_some() { sign * (worst / reference - 1.0) } else { reference * 0.0 };
        let value = if usable { worst.max(mark) } else { f64::NAN };
        Self {
            on_tick,
            resting_tick: match intent.kind {
                OrderKind::Limit { .. } => limit_tick.flatten(),
                _ => None,
            },
            value,
            least: if usable { limit.map_or(mark, |price| price.to_f64()) } else { f64::NAN },
            beyond_mark: beyond(against_mark),
            beyond_last: beyond(against_last),
            reach: match intent.side {
                Side::Buy => mark.max(last),
                Side::Sell => mark.min(last),
            } / tick.size(),
        }
    }

    /// Whether an order that may execute now meets our own order at the tick `own`.
    fn meets(&self, intent: &OrderIntent, own: i64) -> bool {
        if intent.time_in_force == TimeInForce::Gtx {
            return false;
        }
        match (intent.kind, intent.side) {
            (OrderKind::Limit { .. }, Side::Buy) => self.resting_tick.is_some_and(|tick| tick >= own),
            (OrderKind::Limit { .. }, Side::Sell) => self.resting_tick.is_some_and(|tick| tick <= own),
            (OrderKind::Market, Side::Buy) => self.reach >= own as f64,
            (OrderKind::Market, Side::Sell) => self.reach <= own as f64,
            _ => false, // sleeping orders execute later, against a book that nobody knows
        }
    }
}
