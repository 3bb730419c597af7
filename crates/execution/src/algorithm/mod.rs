//! How a large order becomes small ones: pure state machines from time, market and own fills to child orders.
//!
//! An [`Algorithm`] only wishes. [`Execution`] grants: whatever is wished, the children's fills and open quantities
//! together never exceed the parent, no price is worse than its limit, the participation cap and the deadline hold.
//! Children become [`OrderIntent`](autotrading_domain::OrderIntent)s and go through the risk gate like any order.
//!
//! | algorithm | for | how |
//! | --- | --- | --- |
//! | [`Aggressive`] | small or urgent | sweeps the book with IOC orders up to a price bound |
//! | [`Passive`] | small, wide spread, patient | posts at the touch, follows it, sweeps what is left at the end |
//! | [`Scheduled`] | large | a share of the parent at each time: TWAP, VWAP, implementation shortfall |
//! | [`Pov`] | large, illiquid | a share of what trades |
//! | [`Iceberg`] | large, one price | shows a little at a time |

mod aggressive;
mod children;
mod choice;
mod execution;
mod iceberg;
mod market;
mod parent;
mod passive;
mod pov;
mod schedule;
mod scheduled;
mod trajectory;

pub use aggressive::Aggressive;
pub use children::{Child, ChildId, Children};
pub use choice::{AlgorithmKind, Choice, Ground, Urgency, choose};
pub use execution::{Action, Ending, Execution, ExecutionReport};
pub use iceberg::Iceberg;
pub use market::MarketView;
pub use parent::{AlgorithmError, Parent, ParentSpec};
pub use passive::Passive;
pub use pov::Pov;
pub use schedule::{Schedule, Slice};
pub use scheduled::Scheduled;
pub use trajectory::{ImpactModel, Trajectory};

use autotrading_domain::{Price, Quantity, Timestamp};

/// What a child order wants of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Takes what there is up to its price; the rest is cancelled (IOC).
    Take,
    /// Rests, and is refused when it would take (post only).
    Post,
    /// Takes what there is up to its price and rests with the remainder (GTC).
    Rest,
}

/// What an algorithm would like to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Place a child.
    Place {
        /// How much, in base units.
        quantity: Quantity,
        /// The worst price.
        price: Price,
        /// What it wants of the book.
        style: Style,
    },
    /// End a child.
    Cancel(ChildId),
}

/// A way to work a parent order. It decides; [`Execution`] keeps it within the parent.
pub trait Algorithm {
    /// Which one it is.
    fn kind(&self) -> AlgorithmKind;

    /// What it would like to do now. Called between the parent's start and its deadline, whenever something happened.
    fn on(
        &mut self,
        now: Timestamp,
        market: &MarketView,
        parent: &Parent,
        children: &Children,
        wishes: &mut Vec<Wish>,
    );
}
