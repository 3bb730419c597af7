//! The gate: what it is told, and what it remembers.

use std::collections::BTreeMap;

use autotrading_domain::{
    Exposure, Instrument, InstrumentId, InstrumentStatus, Instruments, OperatorAction, OperatorCommand, Span,
    StrategyId, Timestamp, TradingState,
};

use crate::{
    Cap, Cause, CircuitBreakers, CommandError, LimitsError, LossStreak, Losses, OperatorWord, RiskLimits,
    StateChange,
    book::BookSums,
    bucket::Bucket,
    equity::{Breach, EquityWatch},
    heeding,
    limits_check::refuse,
    live::LiveOrders,
    spent::SpentIds,
    strategy_use::StrategyUse,
    watch::{Bounds, Watch},
};

/// The pre-trade gate: a state machine that the engine feeds and asks. It reads no clock and does no I/O.
///
/// A new gate knows a flat book without orders, and no price and no equity: nothing opens until both were observed.
/// Everything it is told is O(1) and allocates nothing; see [`RiskGate::review`] for what it answers.
///
/// The words come in this order for each event of the engine: market, then order changes and exposure, then equity,
/// then reviews.
#[derive(Debug)]
pub struct RiskGate {
    pub(crate) limits: RiskLimits,
    pub(crate) numbers: Numbers,
    pub(crate) watches: Vec<Watch>,
    pub(crate) symbols: Vec<String>,
    pub(crate) live: LiveOrders,
    pub(crate) spent: SpentIds,
    pub(crate) strategies: BTreeMap<StrategyId, StrategyUse>,
    pub(crate) dead_man_armed: bool,
    pub(crate) sums: BookSums,
    /// The instrument whose last price the sums do not know yet.
    unsettled: usize,
    pub(crate) equity: EquityWatch,
    pub(crate) order_bucket: Bucket,
    pub(crate) message_bucket: Bucket,
    pub(crate) state: TradingState,
    pub(crate) recovering: bool,
    pub(crate) breakers: Option<CircuitBreakers>,
    pub(crate) streak: LossStreak,
}

/// Limits of the whole book as plain numbers; infinite where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    pub(crate) strategy: f64,
    pub(crate) gross: f64,
    pub(crate) net: f64,
    pub(crate) gross_leverage: f64,
    pub(crate) cluster: f64,
    pub(crate) volume_multiple: f64,
    pub(crate) daily_loss: f64,
    pub(crate) drawdown: f64,
}

/// No instrument has this place.
const NONE_UNSETTLED: usize = usize::MAX;

impl Numbers {
    fn of(limits: &RiskLimits) -> Self {
        let rate = |cap: &Cap<autotrading_domain::Rate>| cap.at().map_or(f64::INFINITY, |rate| rate.to_f64());
        let money = |cap: &Cap<autotrading_domain::Money>| cap.at().map_or(f64::INFINITY, |cap| cap.to_f64());
        let multiple = limits.volume_multiple.at();
        Self {
            strategy: money(&limits.strategy_notional),
            gross: money(&limits.gross),
            net: money(&limits.net),
            gross_leverage: limits.gross_leverage.at().map_or(f64::INFINITY, |leverage| leverage.to_f64()),
            cluster: limits.cluster.at().map_or(f64::INFINITY, |limit| limit.share.to_f64()),
            volume_multiple: multiple
                .map_or(f64::INFINITY, |multiple| autotrading_domain::Rate::new(*multiple).to_f64()),
            daily_loss: rate(&limits.daily_loss.reduce_only).min(rate(&limits.daily_loss.halted)),
            drawdown: rate(&limits.drawdown.reduce_only).min(rate(&limits.drawdown.halted)),
        }
    }
}

impl RiskGate {
    /// A gate over the instruments of a run.
    ///
    /// # Errors
    /// [`LimitsError`] names the key, its value and why it is refused; a limit for a symbol that is none of the run's
    /// is refused too.
    pub fn new(instruments: &Instruments, limits: RiskLimits) -> Result<Self, LimitsError> {
        limits.check()?;
        let symbols: Vec<_> =
            instruments.iter().map(|(_, instrument)| instrument.spec().symbol.clone()).collect();
        check_symbols(&limits, &symbols)?;
        let room = limits.open_orders.at().map_or(1_024, |most| *most as usize).min(1 << 16);
        Ok(Self {
            numbers: Numbers::of(&limits),
            watches: instruments.iter().map(|(_, instrument)| Watch::new(instrument, &limits)).collect(),
            symbols,
            live: LiveOrders::with_room(room),
            spent: SpentIds::none(),
            strategies: BTreeMap::new(),
            dead_man_armed: false,
            sums: BookSums::over(instruments.len()),
            unsettled: NONE_UNSETTLED,
            equity: EquityWatch::new(&limits),
            order_bucket: Bucket::new(&limits.order_rate),
            message_bucket: Bucket::new(&limits.message_rate),
            state: TradingState::Active,
            recovering: false,
            breakers: heeding::fresh(&limits.breakers),
            streak: LossStreak::default(),
            limits,
        })
    }

    /// The limits that stand.
    pub const fn limits(&self) -> &RiskLimits {
        &self.limits
    }

    /// How much the house may do.
    pub const fn state(&self) -> TradingState {
        self.state
    }

    /// What was lost, as shares; `None` until equity was observed.
    pub fn losses(&self) -> Option<Losses> {
        let losses = self.equity.losses();
        (losses.daily.is_finite() && losses.drawdown.is_finite()).then_some(losses)
    }

    /// A mark and last price, in quote currency per base unit. Unsound ones (NaN, not above zero) are remembered as
    /// such: nothing opens until sound ones come, and closes keep the last sound ones for their collar.
    pub fn observe_price(&mut self, id: InstrumentId, mark: f64, last: f64, at: Timestamp) {
        let Some(watch) = self.watches.get_mut(id.index()) else { return };
        let sound = mark > 0.0 && mark < f64::INFINITY && last > 0.0 && last < f64::INFINITY;
        if sound {
            watch.market.mark = mark;
            watch.market.last = last;
            watch.market.at = at;
        }
        watch.market.sound = sound;
        // The sums are needed at a review only: a price that follows one of the same instrument costs two stores.
        if watch.is_at_stake() && self.unsettled != id.index() {
            self.settle();
            self.unsettled = id.index();
        }
    }

    /// Brings the sums over the book up to the last price.
    pub(crate) fn settle(&mut self) {
        if let Some(watch) = self.watches.get_mut(self.unsettled) {
            watch.reprice(&mut self.sums);
        }
        self.unsettled = NONE_UNSETTLED;
    }

    /// The recently traded volume, in base units; what "recent" means is the engine's choice.
    pub fn observe_volume(&mut self, id: InstrumentId, volume: f64) {
        if let Some(watch) = self.watches.get_mut(id.index()) {
            watch.market.volume = if volume >= 0.0 { volume } else { f64::NAN };
        }
    }

    /// The interval of the instrument's bars, in which the age of prices may be limited.
    pub fn observe_interval(&mut self, id: InstrumentId, interval: Span) {
        if let Some(watch) = self.watches.get_mut(id.index()) {
            watch.market.interval = (interval > Span::ZERO).then_some(interval);
        }
    }

    /// What the instrument may do now.
    pub fn observe_status(&mut self, id: InstrumentId, status: InstrumentStatus) {
        if let Some(watch) = self.watches.get_mut(id.index()) {
            watch.market.status = status;
        }
    }

    /// The instrument's facts from now on. Call it while no order of the instrument lives, and tell its exposure after
    /// it: open quantities are counted in lots of the facts.
    pub fn observe_listing(&mut self, id: InstrumentId, facts: &Instrument) {
        if let Some(watch) = self.watches.get_mut(id.index()) {
            watch.relist(facts);
            watch.restake(&mut self.sums);
        }
    }

    /// Whether the venue will cancel our orders should we fall silent. Counts only where the limits require it.
    pub fn observe_dead_man(&mut self, armed: bool) {
        self.dead_man_armed = armed;
    }

    /// The confirmed position of an instrument and what its orders may still fill. Open quantity beyond the orders that
    /// the gate registered belongs to others and is counted on top of them.
    ///
    /// Call it after [`RiskGate::order_changed`] or [`RiskGate::order_done`] for the same fill.
    pub fn observe_exposure(&mut self, exposure: &Exposure) {
        if let Some(watch) = self.watches.get_mut(exposure.instrument.index()) {
            watch.confirm(exposure);
            watch.restake(&mut self.sums);
        }
    }

    /// Equity at mark and the margin that positions leave free, in settlement currency (the gate itself reserves for
    /// open orders). Tightens the trading state when a loss has reached its limit, and says so.
    pub fn observe_equity(&mut self, equity: f64, free_margin: f64, at: Timestamp) -> Option<StateChange> {
        let breach = self.equity.observe(equity, free_margin, at, self.state)?;
        let Breach { to, cause, value, limit } = breach;
        self.tighten(to, cause, value, limit, at)
    }

    /// Money that came in, or went out when negative: neither profit nor loss. Call it before the equity that shows it.
    pub fn observe_deposit(&mut self, amount: f64) {
        self.equity.move_by(amount, self.state);
    }

    /// Tightens the trading state; a looser or equal one changes nothing. For monitors and breakers.
    pub fn tighten(
        &mut self,
        to: TradingState,
        cause: Cause,
        value: f64,
        limit: f64,
        at: Timestamp,
    ) -> Option<StateChange> {
        let from = self.state;
        if to <= from {
            return None;
        }
        self.state = to;
        self.equity.refloor(to);
        Some(StateChange { at, from, to, cause, value, limit, word: None })
    }

    /// Follows an operator. Only such a word loosens the state; it then also resets the repeat throttle and
    /// the breakers, and losses count from the equity of that moment, or the next mark would tighten again. The engine journals the change.
    ///
    /// # Errors
    /// [`CommandError::Unsigned`] when loosening lacks a name or a reason; nothing has changed then.
    pub fn command(&mut self, command: &OperatorCommand) -> Result<Option<StateChange>, CommandError> {
        let from = self.state;
        let to = match command.action {
            OperatorAction::SetTradingState(to) => to,
            OperatorAction::Kill { .. } | OperatorAction::Stop => from.tightened(TradingState::Halted),
        };
        let signed = command.is_signed();
        if to < from && !signed {
            return Err(CommandError::Unsigned {
                from,
                to,
                operator: command.operator.to_string(),
                reason: command.reason.to_string(),
            });
        }
        if to == TradingState::Active && signed {
            self.watches.iter_mut().for_each(|watch| watch.repeats.reset());
            self.reset_breakers();
        }
        self.state = to;
        if to < from {
            self.equity.forgive(to)
        } else {
            self.equity.refloor(to)
        }
        let word = OperatorWord { operator: command.operator.clone(), reason: command.reason.clone() };
        let at = command.at;
        let change =
            StateChange { at, from, to, cause: Cause::Operator, value: 0.0, limit: 0.0, word: Some(word) };
        Ok((from != to).then_some(change))
    }

    /// Whether the same order came too often in an instrument; stands until an operator sets the state to active.
    pub fn is_latched(&self, id: InstrumentId) -> bool {
        self.watches.get(id.index()).is_some_and(|watch| watch.repeats.is_latched())
    }

    /// Nothing opens until [`RiskGate::recovered`], and no close is proven until the exposure of its instrument was
    /// observed: the state after a restart, before journal and venue agree.
    pub fn begin_recovery(&mut self) {
        self.recovering = true;
        for watch in &mut self.watches {
            watch.held.confirmed = false;
            watch.restake(&mut self.sums);
        }
    }

    /// Positions and orders are reconciled: instruments without an exposure are flat.
    pub fn recovered(&mut self) {
        self.recovering = false;
        for watch in &mut self.watches {
            watch.held.confirmed = true;
            watch.restake(&mut self.sums);
        }
    }

    pub(crate) fn adopt_limits(&mut self, limits: RiskLimits) -> Result<(), LimitsError> {
        limits.check()?;
        check_symbols(&limits, &self.symbols)?;
        self.numbers = Numbers::of(&limits);
        let from = |limits: &RiskLimits| limits.cluster.at().map(|limit| limit.correlation);
        if from(&limits) != from(&self.limits) {
            self.forget_correlations();
        }
        for (watch, symbol) in self.watches.iter_mut().zip(&self.symbols) {
            watch.bounds = Bounds::of(&limits, symbol);
            watch.restake(&mut self.sums);
        }
        self.equity.set_limits(&limits, self.state);
        self.order_bucket = self.order_bucket.relimited(&limits.order_rate);
        self.message_bucket = self.message_bucket.relimited(&limits.message_rate);
        self.breakers = match (self.breakers.take(), limits.breakers) {
            (Some(breakers), Cap::At(limits)) => Some(breakers.under(limits)),
            (_, limits) => heeding::fresh(&limits),
        };
        self.limits = limits;
        Ok(())
    }
}

fn check_symbols(limits: &RiskLimits, symbols: &[String]) -> Result<(), LimitsError> {
    match limits.instruments.keys().find(|key| !symbols.contains(key)) {
        Some(unknown) => refuse(
            &format!("instruments.{unknown}"),
            "{..}",
            format!("no such instrument; known: {}", symbols.join(", ")),
        ),
        None => Ok(()),
    }
}
