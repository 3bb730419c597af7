//! What we ask of a venue.

use serde::{Deserialize, Serialize};

use crate::{BracketId, ClientOrderId, InstrumentId, Price, Quantity, Rate, Side, StrategyId, Timestamp};

/// Which price sets off a conditional order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerSource {
    /// The last trade.
    Last,
    /// The mark price.
    #[default]
    Mark,
}

/// When a conditional order wakes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// At this price or beyond.
    pub price: Price,
    /// Of this source.
    pub source: TriggerSource,
}

/// How an order wants to be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// Now, at the best prices there are.
    Market,
    /// At this price or better.
    Limit {
        /// The worst price.
        price: Price,
    },
    /// A market order once the price has moved against the holder: a buy above, a sell below.
    StopMarket {
        /// When it wakes up.
        trigger: Trigger,
    },
    /// A limit order once the price has moved against the holder.
    StopLimit {
        /// When it wakes up.
        trigger: Trigger,
        /// The worst price.
        price: Price,
    },
    /// A market order once the price has moved for the holder: a buy below, a sell above.
    TakeProfitMarket {
        /// When it wakes up.
        trigger: Trigger,
    },
    /// A limit order once the price has moved for the holder.
    TakeProfitLimit {
        /// When it wakes up.
        trigger: Trigger,
        /// The worst price.
        price: Price,
    },
    /// A stop that follows the best price at a distance and only ever tightens.
    TrailingStop {
        /// Follows only from here on; at once when `None`.
        activation: Option<Price>,
        /// Distance as a rate of the best price.
        distance: Rate,
    },
}

impl OrderKind {
    /// The worst price that was named, if any.
    pub const fn limit_price(&self) -> Option<Price> {
        match self {
            Self::Limit { price } | Self::StopLimit { price, .. } | Self::TakeProfitLimit { price, .. } => {
                Some(*price)
            }
            Self::Market
            | Self::StopMarket { .. }
            | Self::TakeProfitMarket { .. }
            | Self::TrailingStop { .. } => None,
        }
    }

    /// What wakes it up, if it sleeps.
    pub const fn trigger(&self) -> Option<Trigger> {
        match self {
            Self::StopMarket { trigger }
            | Self::StopLimit { trigger, .. }
            | Self::TakeProfitMarket { trigger }
            | Self::TakeProfitLimit { trigger, .. } => Some(*trigger),
            Self::Market | Self::Limit { .. } | Self::TrailingStop { .. } => None,
        }
    }
}

/// How long an order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Until it is cancelled.
    #[default]
    Gtc,
    /// What can be filled at once; the rest is cancelled.
    Ioc,
    /// All of it at once, or nothing.
    Fok,
    /// Only as maker: refused when it would take (post only).
    Gtx,
    /// Until this moment.
    Gtd(Timestamp),
}

/// Why an order exists. What it may do is proven from the position, never from this word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Follows a target: opens, adds, reverses or trims.
    Target,
    /// Protects a position against loss.
    StopLoss,
    /// Takes a position's profit.
    TakeProfit,
    /// Closes because an operator, a halt or a rule of the house says so.
    Flatten,
}

/// An order that somebody wants, before anybody has said yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderIntent {
    /// Our name for it.
    pub id: ClientOrderId,
    /// What to trade.
    pub instrument: InstrumentId,
    /// The strategy that it is counted to; `None` when several share it.
    pub strategy: Option<StrategyId>,
    /// Which way.
    pub side: Side,
    /// How much, in base units.
    pub quantity: Quantity,
    /// How.
    pub kind: OrderKind,
    /// How long.
    pub time_in_force: TimeInForce,
    /// Asks the venue to refuse what would open. A request, not a proof.
    pub reduce_only: bool,
    /// The bracket whose quantity it shares.
    pub bracket: Option<BracketId>,
    /// Why it exists.
    pub purpose: Purpose,
}

/// What shall become of a live order: a new price or size, or a new trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The order.
    pub id: ClientOrderId,
    /// Its new total quantity (filled part included), in base units.
    pub quantity: Quantity,
    /// Its new way of being filled; of the same kind as before.
    pub kind: OrderKind,
}
