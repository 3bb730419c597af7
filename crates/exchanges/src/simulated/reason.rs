//! Why each fill happened, and what it cost.

use autotrading_domain::{ClientOrderId, InstrumentId, Price, Quantity, Timestamp, TradeId};
use serde::{Deserialize, Serialize};

use super::QueueWait;

/// What in the market brought a fill about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillReason {
    /// A market order met the open of a bar.
    MarketAtOpen,
    /// A limit order that was worth taking met the open of a bar.
    LimitTakenAtOpen,
    /// A resting limit order: the bar opened beyond its price and filled it there.
    OpenBeyondLimit,
    /// A resting limit order: the market traded through its price.
    TradedThrough,
    /// A resting limit order: the market touched its price, and the rules let that fill.
    Touched,
    /// A conditional order: the bar opened at its trigger or beyond, and filled there.
    GapBeyondTrigger,
    /// A conditional order: the market reached its trigger inside the bar.
    TriggerReached,
    /// Tick by tick: an order took from the other side of the book, or of the quote.
    TookFromBook,
    /// Tick by tick: an order that takes met a trade, where the feed shows nothing else.
    TookWithTrade,
    /// Tick by tick: a conditional order's trigger was reached, and it took from the book.
    TookOnTrigger,
    /// Tick by tick: trades at a resting order's price reached its place in the queue.
    QueueReached,
    /// Tick by tick: the other side of the book came to a resting order's price.
    BookCameToUs,
    /// Mark reached the liquidation price; the venue took the position over at its bankruptcy price.
    Liquidated,
    /// The instrument was delisted; the venue settled the position at the last price.
    Delisted,
}

impl std::fmt::Display for FillReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::MarketAtOpen => "market order at the open",
            Self::LimitTakenAtOpen => "limit that took at the open",
            Self::OpenBeyondLimit => "the bar opened beyond the limit",
            Self::TradedThrough => "the market traded through the limit",
            Self::Touched => "the market touched the limit",
            Self::GapBeyondTrigger => "the bar opened beyond the trigger",
            Self::TriggerReached => "the trigger was reached inside the bar",
            Self::TookFromBook => "took from the book",
            Self::TookWithTrade => "took along with a trade",
            Self::TookOnTrigger => "the trigger was reached, and it took from the book",
            Self::QueueReached => "trades reached its place in the queue",
            Self::BookCameToUs => "the other side of the book came to its price",
            Self::Liquidated => "liquidated by the venue",
            Self::Delisted => "settled by the venue when it was delisted",
        })
    }
}

/// One fill explained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillRecord {
    /// The fill.
    pub trade: TradeId,
    /// Our order; `None` when the venue acted by itself.
    pub order: Option<ClientOrderId>,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Open time of the bar that filled it; tick by tick, the time of the market's word that did.
    pub bar: Timestamp,
    /// What brought it about.
    pub reason: FillReason,
    /// The market's price before spread and impact, in quote currency per base unit.
    pub reference: f64,
    /// Rate of the reference that was paid for half the spread, rounding to the tick included; zero for a maker.
    pub half_spread: f64,
    /// Rate of the reference that was paid for impact, rounding to the tick included; zero for a maker.
    pub impact: f64,
    /// The price of the fill.
    pub price: Price,
    /// How much, in base units.
    pub quantity: Quantity,
    /// How a resting order came to its turn; tick by tick only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueWait>,
}

impl FillRecord {
    /// What the spread cost: `reference * half spread * quantity`, in quote currency.
    pub fn spread_cost(&self) -> f64 {
        self.reference * self.half_spread * self.quantity.to_f64()
    }

    /// What impact cost: `reference * impact * quantity`, in quote currency.
    pub fn impact_cost(&self) -> f64 {
        self.reference * self.impact * self.quantity.to_f64()
    }
}
