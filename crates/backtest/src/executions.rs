//! What was decided and traded, line by line: executions, decisions that asked for an order, round trips.

use autotrading_domain::{
    ClientOrderId, Direction, Money, Price, Purpose, Quantity, RegimeLabel, Side, Timestamp, TradeId,
};
use serde::{Deserialize, Serialize};

use crate::Excursion;

/// One execution, for marking on a chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillMark {
    /// When.
    pub at: Timestamp,
    /// The venue's name for it.
    pub trade: TradeId,
    /// Our order; `None` when the venue acted.
    pub order: Option<ClientOrderId>,
    /// Which way.
    pub side: Side,
    /// At what price.
    pub price: Price,
    /// How much.
    pub quantity: Quantity,
    /// What it cost.
    pub fee: Money,
    /// Why the order existed; `None` when the venue acted.
    pub purpose: Option<Purpose>,
    /// Why the venue filled it there.
    pub reason: String,
}

/// One decision that asked for an order: what was wanted, what held it back, what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderStory {
    /// When.
    pub at: Timestamp,
    /// Its name; `None` when no order came of it.
    pub order: Option<ClientOrderId>,
    /// Which way.
    pub direction: Direction,
    /// How much was asked for, in base units.
    pub quantity: Quantity,
    /// What decided the size.
    pub bound: String,
    /// What became of it: sent, refused (with the reason) or nothing.
    pub outcome: String,
}

/// One round trip, for `trades.csv` and the table of trades.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TradeRow {
    /// From 1.
    pub number: u64,
    /// Long or short.
    pub direction: Direction,
    /// First fill.
    pub opened_at: Timestamp,
    /// Last fill.
    pub closed_at: Timestamp,
    /// Largest size, in base units.
    pub quantity: Quantity,
    /// Average price of the opening fills.
    pub entry: Price,
    /// Average price of the closing fills.
    pub exit: Price,
    /// Profit before costs, in settlement currency.
    pub realized: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received, negative when paid.
    pub funding: Money,
    /// `realized - fees + funding`.
    pub net: Money,
    /// Paid for crossing the spread, in the prices already; `None` for a run that kept figures only, as all below.
    #[serde(default)]
    pub spread: Option<Money>,
    /// Paid for moving the price, in the prices already.
    #[serde(default)]
    pub impact: Option<Money>,
    /// The regime that was known when it was opened.
    #[serde(default)]
    pub regime: Option<RegimeLabel>,
    /// The strategy that spoke loudest for it when it was opened; `None` also where nobody did.
    #[serde(default)]
    pub strategy: Option<String>,
    /// How far the price went against and for it while it was open.
    #[serde(default)]
    pub excursion: Option<Excursion>,
    /// What it traded: prices times quantities of all its fills, measured.
    #[serde(default)]
    pub notional: Option<f64>,
}
