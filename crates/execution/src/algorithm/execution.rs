//! What keeps an algorithm within its parent.

use autotrading_domain::{
    BracketId, ClientOrderId, OrderIntent, OrderKind, Price, Purpose, Quantity, StrategyId, TimeInForce,
    Timestamp,
};

use super::{Algorithm, AlgorithmKind, Child, ChildId, Children, MarketView, Parent, Style, Wish};

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Place this child.
    Place(Child),
    /// Ask for the end of this child.
    Cancel(ChildId),
}

/// Why an execution is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All of it is filled.
    Complete,
    /// What is left is smaller than the smallest order.
    Dust,
    /// Its time was up.
    Deadline,
}

/// What became of a parent order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExecutionReport {
    /// How it was worked.
    pub algorithm: AlgorithmKind,
    /// How much was wanted, in base units.
    pub quantity: Quantity,
    /// How much was filled.
    pub filled: Quantity,
    /// The average price of the fills, in quote currency per base unit.
    pub average_price: Option<Price>,
    /// The mid when it began; `None` before it saw a market.
    pub arrival_mid: Option<f64>,
    /// What it filled as a share of what the market traded meanwhile; `None` when nothing traded.
    pub participation: Option<f64>,
    /// How many children there were.
    pub children: u32,
    /// When it was over, and why; `None` while it works.
    pub ending: Option<(Timestamp, Ending)>,
}

/// A parent order at work.
///
/// Whatever the algorithm wishes: fills plus everything that may still fill never exceed the parent, no child has a
/// worse price than its limit, fills plus open children stay within the participation cap (of the volume traded since
/// the first look plus one minute's), nothing is placed before the start or from the deadline on.
///
/// ```
/// use autotrading_domain::{Instrument, InstrumentId, Quote, Side, Span, Timestamp};
/// use autotrading_execution::algorithm::{Action, Aggressive, Execution, MarketView, Parent, ParentSpec};
///
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let parent = Parent::new(ParentSpec {
///     instrument: InstrumentId(0), side: Side::Buy, quantity: instrument.quantity_down(1.0)?,
///     limit: instrument.price(101.0)?, participation: 1.0,
///     start: Timestamp::EPOCH, deadline: Timestamp::from_secs(60), grace: Span::ZERO,
/// }, &instrument)?;
/// let mut execution = Execution::new(parent, Aggressive::new(10.0, Span::SECOND)?);
/// let quote = Quote { bid: 99.9, bid_quantity: 5.0, ask: 100.1, ask_quantity: 5.0 };
/// let mut actions = Vec::new();
/// execution.on(Timestamp::EPOCH, &MarketView::new(quote, 0.0, 20.0)?, &mut actions);
/// let Some(Action::Place(child)) = actions.first() else { panic!("a child") };
/// assert_eq!((child.quantity.to_string(), child.price.to_string()), ("1.000".into(), "100.2".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Execution<A> {
    parent: Parent,
    children: Children,
    algorithm: A,
    wishes: Vec<Wish>,
    arrival: Option<MarketView>,
    volume: f64,
    ending: Option<(Timestamp, Ending)>,
}

impl<A: Algorithm> Execution<A> {
    /// A parent order that is worked by an algorithm.
    pub fn new(parent: Parent, algorithm: A) -> Self {
        Self {
            parent,
            children: Children::default(),
            algorithm,
            wishes: Vec::new(),
            arrival: None,
            volume: 0.0,
            ending: None,
        }
    }

    /// What is to be done now.
    pub fn on(&mut self, now: Timestamp, market: &MarketView, out: &mut Vec<Action>) {
        let spec = *self.parent.spec();
        if now < spec.start {
            return;
        }
        let arrival = *self.arrival.get_or_insert(*market);
        self.volume = (market.volume() - arrival.volume()).max(self.volume);
        self.children.release(&self.parent, now);
        if now >= spec.deadline {
            self.children.live_mut().filter(|child| !child.ending).for_each(|child| {
                child.ending = true;
                out.push(Action::Cancel(child.id));
            });
        }
        self.settle(now);
        if self.ending.is_some() || now >= spec.deadline {
            return;
        }
        self.wishes.clear();
        self.algorithm.on(now, market, &self.parent, &self.children, &mut self.wishes);
        for nth in 0..self.wishes.len() {
            if let Some(wish) = self.wishes.get(nth).copied() {
                out.extend(self.grant(wish, now, market));
            }
        }
    }

    fn grant(&mut self, wish: Wish, now: Timestamp, market: &MarketView) -> Option<Action> {
        match wish {
            Wish::Cancel(id) => {
                let child = self.children.get_mut(id)?;
                if child.ending || child.ended_at.is_some() {
                    return None;
                }
                child.ending = true;
                Some(Action::Cancel(id))
            }
            Wish::Place { quantity, price, style } => {
                let cap = self.parent.spec().participation * (self.volume + market.minute_volume());
                // Never more than the whole, so that what is left of it is the room in the parent too.
                let room = self.children.short_of(self.parent.lots_in(cap));
                let quantity = self.parent.tradable(quantity.min(room))?;
                Some(Action::Place(self.children.bear(quantity, self.parent.bounded(price), style, now)))
            }
        }
    }

    /// A child was filled. Late fills of children that are over count too.
    pub fn filled(&mut self, child: ChildId, quantity: Quantity, price: Price) {
        self.children.fill(child, quantity, price);
    }

    /// A child is over: filled, cancelled, expired, rejected, or denied by the risk gate.
    pub fn ended(&mut self, child: ChildId, now: Timestamp) {
        if let Some(child) = self.children.get_mut(child) {
            child.ended_at.get_or_insert(now);
        }
    }

    /// The end of a child was refused: it works on, and may be asked again.
    pub fn works_on(&mut self, child: ChildId) {
        if let Some(child) = self.children.get_mut(child) {
            child.ending = false;
        }
    }

    fn settle(&mut self, now: Timestamp) {
        if self.ending.is_some() || !self.children.is_idle() {
            return;
        }
        let left = self.parent.quantity().less(self.children.filled());
        let ending = if left.is_zero() {
            Ending::Complete
        } else if self.parent.tradable(left).is_none() {
            Ending::Dust
        } else if now >= self.parent.spec().deadline {
            Ending::Deadline
        } else {
            return;
        };
        self.ending = Some((now, ending));
    }

    /// The parent order.
    pub const fn parent(&self) -> &Parent {
        &self.parent
    }

    /// Its children.
    pub const fn children(&self) -> &Children {
        &self.children
    }

    /// Whether it is over: nothing more is placed, and no child is at work.
    pub const fn is_over(&self) -> bool {
        self.ending.is_some()
    }

    /// What became of it so far.
    pub fn report(&self) -> ExecutionReport {
        let filled = self.children.filled();
        let average = self.children.cost().get().checked_div(filled.get());
        ExecutionReport {
            algorithm: self.algorithm.kind(),
            quantity: self.parent.quantity(),
            filled,
            average_price: average.and_then(|raw| Price::new(raw).ok()),
            arrival_mid: self.arrival.map(|market| market.mid()),
            participation: (self.volume > 0.0).then(|| filled.to_f64() / self.volume),
            children: self.children.born(),
            ending: self.ending,
        }
    }
}

impl Child {
    /// The order that the child asks for, to be reviewed like any other.
    pub const fn intent(
        &self,
        parent: &Parent,
        id: ClientOrderId,
        strategy: Option<StrategyId>,
        bracket: Option<BracketId>,
        purpose: Purpose,
    ) -> OrderIntent {
        OrderIntent {
            id,
            instrument: parent.spec().instrument,
            strategy,
            side: parent.side(),
            quantity: self.quantity,
            kind: OrderKind::Limit { price: self.price },
            time_in_force: match self.style {
                Style::Take => TimeInForce::Ioc,
                Style::Post => TimeInForce::Gtx,
                Style::Rest => TimeInForce::Gtc,
            },
            reduce_only: false,
            bracket,
            purpose,
        }
    }
}
