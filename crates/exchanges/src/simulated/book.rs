//! One instrument at the venue: our orders in it, our position, and what is due on it.

use std::collections::VecDeque;

use autotrading_domain::{Bar, Instrument, InstrumentId, InstrumentStatus, Quantity, Timestamp, ValueError};

use super::{
    VenueError, funding::FundingClock, letter::Letter, position::Position, ticks::TickMarket,
    working::WorkingOrder,
};

/// One instrument.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) id: InstrumentId,
    pub(super) instrument: Instrument,
    pub(super) status: InstrumentStatus,
    /// In the order of their priority.
    pub(super) orders: Vec<WorkingOrder>,
    /// Requests on their way, in the order of their arrival.
    pub(super) inbox: VecDeque<Letter>,
    pub(super) position: Position,
    /// Whether the position was opened inside the present bar.
    pub(super) opened_inside: bool,
    pub(super) funding: FundingClock,
    pub(super) danger: Danger,
    /// The latest price.
    pub(super) last: f64,
    /// The latest mark.
    pub(super) last_mark: f64,
    /// The mark price over a bar, where it is told apart from the bar's own.
    pub(super) marks: Option<MarkedBar>,
    pub(super) latest_open: Timestamp,
    pub(super) allowance: Allowance,
    /// Its market, where that is told tick by tick and not in bars.
    pub(super) ticks: Option<Box<TickMarket>>,
}

/// Mark prices at which the position is liquidated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Danger {
    pub(super) below: f64,
    pub(super) above: f64,
}

impl Danger {
    /// No price liquidates.
    pub(super) const NONE: Self = Self { below: f64::NEG_INFINITY, above: f64::INFINITY };

    /// Whether prices from low to high stay clear of it. NaN does not.
    pub(super) fn spares(&self, low: f64, high: f64) -> bool {
        low > self.below && high < self.above
    }
}

/// The mark price over one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MarkedBar {
    /// When the bar opens.
    pub(super) of: Timestamp,
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
    /// Whether it was told apart from the bar: then nothing is known of which came first, a mark or a trade.
    pub(super) apart: bool,
}

/// How much of a bar's volume is left for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowance {
    Unbounded,
    Left { bar: Timestamp, quantity: Quantity },
}

impl Allowance {
    /// The part of a wanted quantity that it allows.
    pub(super) fn allows(&self, wanted: Quantity) -> Quantity {
        match self {
            Self::Unbounded => wanted,
            Self::Left { quantity, .. } => wanted.min(*quantity),
        }
    }

    pub(super) fn use_up(&mut self, used: Quantity) {
        if let Self::Left { quantity, .. } = self {
            *quantity = quantity.less(used);
        }
    }
}

impl Book {
    pub(super) fn new(id: InstrumentId, instrument: Instrument, funding: FundingClock) -> Self {
        Self {
            id,
            instrument,
            status: InstrumentStatus::Trading,
            orders: Vec::new(),
            inbox: VecDeque::new(),
            position: Position::default(),
            opened_inside: false,
            funding,
            danger: Danger::NONE,
            last: f64::NAN,
            last_mark: f64::NAN,
            marks: None,
            latest_open: Timestamp::from_nanos(i64::MIN),
            allowance: Allowance::Unbounded,
            ticks: None,
        }
    }

    /// No order works or travels, nothing is held.
    pub(super) fn is_idle(&self) -> bool {
        self.orders.is_empty() && self.inbox.is_empty() && self.position.is_flat()
    }

    /// Whether nothing can happen at these prices up to this moment.
    pub(super) fn is_quiet(&self, low: f64, high: f64, until: Timestamp) -> bool {
        self.orders.is_empty()
            && self.inbox.is_empty()
            && self.funding.next() > until
            && self.danger.spares(low, high)
    }

    /// The mark price over a bar: as it was told, else the bar's own prices.
    pub(super) fn marked(&self, bar: &Bar) -> MarkedBar {
        let Bar { open_time: of, open, high, low, close, .. } = *bar;
        let own = MarkedBar { of, open, high, low, close, apart: false };
        self.marks.filter(|marks| marks.of == of).unwrap_or(own)
    }

    /// Checks a bar and its place in time.
    pub(super) fn admit(&mut self, bar: &Bar) -> Result<(), VenueError> {
        let (instrument, open_time) = (self.id, bar.open_time);
        bar.check().map_err(|source| VenueError::Bar { instrument, open_time, source })?;
        if open_time < self.latest_open {
            return Err(VenueError::OutOfOrder { instrument, got: open_time, last: self.latest_open });
        }
        self.latest_open = open_time;
        Ok(())
    }

    /// Gives the present bar's share of volume to our orders, once a bar.
    pub(super) fn allot(&mut self, bar: &Bar, participation: Option<f64>) -> Result<(), ValueError> {
        let Some(share) = participation else { return Ok(()) };
        if let Allowance::Left { bar: of, .. } = self.allowance
            && of == bar.open_time
        {
            return Ok(());
        }
        let quantity = self.instrument.quantity_down(bar.volume * share)?;
        self.allowance = Allowance::Left { bar: bar.open_time, quantity };
        Ok(())
    }

    /// Forgets the place of an order in the queue at its price.
    pub(super) fn leave_queue(&mut self, priority: u64) {
        if let Some(ticks) = &mut self.ticks {
            ticks.places.retain(|place| place.priority != priority);
        }
    }

    /// The order with this priority, which names it inside the book.
    pub(super) fn order(&self, priority: u64) -> Option<&WorkingOrder> {
        self.orders.iter().find(|order| order.priority == priority)
    }

    pub(super) fn order_mut(&mut self, priority: u64) -> Option<&mut WorkingOrder> {
        self.orders.iter_mut().find(|order| order.priority == priority)
    }
}
