//! No, with a number: what offended and what was allowed.

use autotrading_domain::{
    ClientOrderId, InstrumentId, InstrumentStatus, Price, Quantity, StrategyId, TradingState,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Control;

/// Why an order or a change was refused: one variant per control. Numbers are finite.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant's sentence names its fields")]
pub enum Refusal {
    #[error("there is no instrument {}", instrument.0)]
    UnknownInstrument { instrument: InstrumentId },
    #[error("there is no live order {id}")]
    UnknownOrder { id: ClientOrderId },
    #[error("a change keeps the kind of order {id}")]
    KindChanged { id: ClientOrderId },
    #[error("the order id {id} was used before")]
    DuplicateId { id: ClientOrderId },
    #[error("price {price} is not a multiple of the tick {tick}; the nearest legal price is {nearest}")]
    OffTick { price: Price, tick: Decimal, nearest: Decimal },
    #[error(
        "quantity {quantity} is not a multiple of the step {step}; the nearest legal quantity is {nearest}"
    )]
    OffStep { quantity: Quantity, step: Decimal, nearest: Decimal },
    #[error("quantity {quantity} is nothing, or more lots than can be counted")]
    EmptyOrder { quantity: Quantity },
    #[error("the price lies {beyond} beyond mark, {limit} is allowed")]
    BeyondMark { beyond: f64, limit: f64 },
    #[error("the price lies {beyond} beyond the last trade, {limit} is allowed")]
    BeyondLast { beyond: f64, limit: f64 },
    #[error("trading is {state}: nothing opens")]
    State { state: TradingState },
    #[error("positions and orders are not reconciled yet: nothing opens")]
    Recovering,
    #[error("instrument {} is {status:?}: nothing opens", instrument.0)]
    NotTradable { instrument: InstrumentId, status: InstrumentStatus },
    #[error("the dead-man switch is not armed at the venue: nothing opens")]
    DeadManUnarmed,
    #[error("quantity {quantity} lies below the smallest order {limit}")]
    BelowMinQuantity { quantity: f64, limit: f64 },
    #[error("quantity {quantity} exceeds the largest order {limit}")]
    AboveMaxQuantity { quantity: f64, limit: f64 },
    #[error("notional {notional} lies below the smallest order {limit}")]
    BelowMinNotional { notional: f64, limit: f64 },
    #[error("notional {notional} exceeds the largest order {limit}")]
    AboveMaxNotional { notional: f64, limit: f64 },
    #[error("the last price is {age_seconds} s old, {limit_seconds} s are allowed")]
    StalePrice { age_seconds: f64, limit_seconds: f64 },
    #[error("the last price claims to be {ahead_seconds} s ahead, {limit_seconds} s are allowed")]
    ClockSkew { ahead_seconds: f64, limit_seconds: f64 },
    #[error("the order is {multiple} times the recent volume, {limit} are allowed")]
    VolumeMultiple { multiple: f64, limit: f64 },
    #[error("the position could become {would_be}, {limit} is allowed")]
    PositionLimit { would_be: f64, limit: f64 },
    #[error("the instrument's notional could become {would_be}, {limit} is allowed")]
    InstrumentLimit { would_be: f64, limit: f64 },
    #[error("the instrument's share of equity could become {would_be}, {limit} is allowed")]
    ConcentrationLimit { would_be: f64, limit: f64 },
    #[error(
        "the share of equity in instruments that move together could become {would_be}, {limit} is allowed"
    )]
    ClusterLimit { would_be: f64, limit: f64 },
    #[error("the notional of strategy {} could become {would_be}, {limit} is allowed", strategy.0)]
    StrategyLimit { strategy: StrategyId, would_be: f64, limit: f64 },
    #[error("gross notional could become {would_be}, {limit} is allowed")]
    GrossLimit { would_be: f64, limit: f64 },
    #[error("net notional could become {would_be}, {limit} is allowed")]
    NetLimit { would_be: f64, limit: f64 },
    #[error("gross leverage could become {would_be}, {limit} is allowed")]
    LeverageLimit { would_be: f64, limit: f64 },
    #[error("margin and fee of all orders need {required}, {free} is free")]
    InsufficientMargin { required: f64, free: f64 },
    #[error("today's loss is {loss} of equity, {limit} is allowed")]
    DailyLoss { loss: f64, limit: f64 },
    #[error("the drawdown is {drawdown}, {limit} is allowed")]
    Drawdown { drawdown: f64, limit: f64 },
    #[error("{used} orders would be used, {limit} are allowed")]
    OrderRate { used: f64, limit: f64 },
    #[error("{used} messages would be used, {limit} are allowed")]
    MessageRate { used: f64, limit: f64 },
    #[error("the same order {count} times in the window, {limit} are allowed; a person must reset it")]
    Repeated { count: f64, limit: f64 },
    #[error("{count} orders would be open, {limit} are allowed")]
    OpenOrders { count: f64, limit: f64 },
    #[error("{count} orders would be open in the instrument, {limit} are allowed")]
    InstrumentOpenOrders { count: f64, limit: f64 },
    #[error("the order would meet our own at {own}")]
    SelfTrade { own: Decimal },
    #[error("{control:?} cannot be judged: {input} is missing")]
    Missing { control: Control, input: MissingInput },
}

/// What a control needed and did not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingInput {
    /// A sound mark and last price of the instrument.
    Price,
    /// Sound prices of every instrument that is held or ordered.
    OtherPrices,
    /// A sound equity above zero.
    Equity,
    /// A sound free margin.
    FreeMargin,
    /// The recent volume.
    Volume,
    /// The interval of the instrument's bars, in which the age of prices is limited.
    Interval,
    /// What the order's strategy holds.
    Strategy,
    /// The position, as a number that fits.
    Position,
    /// A result that can be written as a number: it overflows.
    FiniteResult,
}

impl std::fmt::Display for MissingInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Price => "a sound price",
            Self::OtherPrices => "a sound price of another instrument that is held or ordered",
            Self::Equity => "equity above zero",
            Self::FreeMargin => "free margin",
            Self::Volume => "recent volume",
            Self::Strategy => "what the strategy holds",
            Self::Interval => "the interval of the bars",
            Self::Position => "a position that can be counted",
            Self::FiniteResult => "a finite result",
        })
    }
}
