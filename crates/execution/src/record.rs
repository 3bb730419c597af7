//! One order as the desk knows it.

use autotrading_domain::{
    Amendment, ClientOrderId, Money, OrderEvent, OrderIntent, OrderState, Price, Purpose, Quantity,
    Timestamp, TradeId,
};

use crate::{DeskError, DeskRules};

/// One order as the desk knows it. Written by the [`OrderDesk`](crate::OrderDesk) alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    pub(crate) intent: OrderIntent,
    pub(crate) state: OrderState,
    pub(crate) filled: Quantity,
    pub(crate) cost: Money,
    pub(crate) submitted_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// The largest total quantity that may be in force: an amendment that nobody answered may have been carried out.
    pub(crate) ceiling: Quantity,
    /// The latest amendment that has no answer.
    pub(crate) pending: Option<Amendment>,
    /// Whether an amendment without an answer was followed by another: a refusal no longer tells which.
    pub(crate) unsure: bool,
    /// Whether the venue ever showed that it has the order.
    pub(crate) acknowledged: bool,
    /// When it was last placed or amended.
    pub(crate) tended_at: Timestamp,
    /// When it was last asked for anything, or about anything.
    pub(crate) asked_at: Timestamp,
    /// Whether it is unknown and was asked about.
    pub(crate) queried: bool,
    /// The venue's time of the latest word.
    pub(crate) word_at: Timestamp,
    /// The venue's time of the latest amendment.
    pub(crate) amended_at: Timestamp,
    /// The venue's time of the latest refusal of one.
    pub(crate) refused_at: Timestamp,
    /// The executions known, in ascending order.
    pub(crate) trades: Vec<TradeId>,
}

impl OrderRecord {
    pub(crate) fn new(intent: &OrderIntent, at: Timestamp) -> Self {
        Self::with_memory(intent, at, Vec::new())
    }

    /// Makes the record that of a new order; its memory is used again.
    pub(crate) fn begin(&mut self, intent: &OrderIntent, at: Timestamp) {
        let mut trades = std::mem::take(&mut self.trades);
        trades.clear();
        *self = Self::with_memory(intent, at, trades);
    }

    const fn with_memory(intent: &OrderIntent, at: Timestamp, trades: Vec<TradeId>) -> Self {
        let long_ago = Timestamp::from_nanos(i64::MIN);
        Self {
            intent: *intent,
            state: OrderState::Created,
            filled: Quantity::ZERO,
            cost: Money::ZERO,
            submitted_at: at,
            updated_at: at,
            ceiling: intent.quantity,
            pending: None,
            unsure: false,
            acknowledged: false,
            tended_at: at,
            asked_at: at,
            queried: false,
            word_at: long_ago,
            amended_at: long_ago,
            refused_at: long_ago,
            trades,
        }
    }

    /// Our name for it.
    pub const fn id(&self) -> ClientOrderId {
        self.intent.id
    }

    /// What was ordered, with the quantity and the kind that the venue last confirmed.
    pub const fn intent(&self) -> &OrderIntent {
        &self.intent
    }

    /// Where it is in its life.
    pub const fn state(&self) -> OrderState {
        self.state
    }

    /// What is filled, in base units.
    pub const fn filled(&self) -> Quantity {
        self.filled
    }

    /// What the fills cost: the sum of price times quantity, in quote currency, without fees.
    pub const fn cost(&self) -> Money {
        self.cost
    }

    /// The average price of its fills; `None` without fills.
    ///
    /// `average = cost / filled`, in quote currency per base unit.
    pub fn average_price(&self) -> Option<Price> {
        if self.filled.is_zero() {
            return None;
        }
        self.cost.get().checked_div(self.filled.get()).and_then(|raw| Price::new(raw).ok())
    }

    /// What may still fill, in base units: the largest quantity that may be in force, less what is filled. Nothing when
    /// the order is over. Of an order in a bracket see [`OrderDesk::open_quantity`](crate::OrderDesk::open_quantity).
    pub fn open_quantity(&self) -> Quantity {
        if self.state.may_fill() { self.ceiling.less(self.filled) } else { Quantity::ZERO }
    }

    /// The amendment that has no answer yet.
    pub const fn pending_amendment(&self) -> Option<&Amendment> {
        self.pending.as_ref()
    }

    /// When it was placed (or denied).
    pub const fn submitted_at(&self) -> Timestamp {
        self.submitted_at
    }

    /// When anything about it last changed.
    pub const fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Moves along the transition table.
    pub(crate) fn step(&mut self, event: OrderEvent) -> Result<(), DeskError> {
        let next = self.state.after(event).map_err(|source| DeskError::Illegal { id: self.id(), source })?;
        // The table does not know how much is filled: what works on after an answer is still partly filled.
        self.state = match next {
            OrderState::Accepted if !self.filled.is_zero() => OrderState::PartiallyFilled,
            _ => next,
        };
        Ok(())
    }

    /// When the desk must look at it again, if the venue stays silent.
    pub(crate) fn due(&self, rules: &DeskRules) -> Timestamp {
        use OrderState as S;
        match self.state {
            S::Submitted | S::PendingAmend | S::PendingCancel => {
                rules.answer_within.map_or(Timestamp::MAX, |span| self.asked_at.after(span))
            }
            S::Unknown if self.queried => self.asked_at.after(rules.ask_again),
            S::Unknown => Timestamp::from_nanos(i64::MIN),
            S::Accepted | S::Triggered | S::PartiallyFilled => match (self.intent.purpose, rules.stale_after)
            {
                // A protective order stands as long as its position.
                (Purpose::StopLoss | Purpose::TakeProfit, _) | (_, None) => Timestamp::MAX,
                (Purpose::Target | Purpose::Flatten, Some(span)) => self.tended_at.after(span),
            },
            S::Created | S::Denied | S::Rejected | S::Filled | S::Canceled | S::Expired => Timestamp::MAX,
        }
    }
}
