//! What is allowed, as configuration.

use std::collections::BTreeMap;

use autotrading_domain::{Leverage, Money, Quantity, Rate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{BreakerLimits, Cap, ClusterLimit};

/// What the gate allows. Every key may be left out (its default stands) or set to `"off"`; unknown keys are refused.
///
/// Decimals are written as text. The default is [`RiskLimits::production`].
///
/// ```
/// use autotrading_risk::RiskLimits;
/// let limits: RiskLimits = serde_json::from_str(r#"{ "concentration": "1", "net": "off" }"#)?;
/// assert_eq!(limits.concentration.at().unwrap().to_string(), "1");
/// assert!(limits.check().is_ok());
/// assert!(serde_json::from_str::<RiskLimits>(r#"{ "concentratoin": "1" }"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskLimits {
    /// How far beyond mark, and beyond last, an order may pay, as a rate: 0.05 lets a buy pay up to 5 % above.
    pub collar: Cap<Rate>,
    /// The largest notional of one order, in settlement currency.
    pub order_notional: Cap<Money>,
    /// The largest order as a multiple of the recently traded volume.
    pub volume_multiple: Cap<Decimal>,
    /// The largest notional in one instrument, in settlement currency.
    pub instrument_notional: Cap<Money>,
    /// The largest notional in one instrument as a share of equity.
    pub concentration: Cap<Rate>,
    /// The largest notional in instruments that move together.
    pub cluster: Cap<ClusterLimit>,
    /// The largest notional of one strategy, its opening orders included, in settlement currency.
    pub strategy_notional: Cap<Money>,
    /// The largest sum of notionals, whatever their direction, in settlement currency.
    pub gross: Cap<Money>,
    /// The largest sum of notionals with their signs, in settlement currency.
    pub net: Cap<Money>,
    /// The largest sum of notionals per equity.
    pub gross_leverage: Cap<Leverage>,
    /// The leverage by which initial margin is reserved; the tiers of an instrument may demand more margin. `"off"`
    /// switches the margin check off.
    pub margin_leverage: Cap<Leverage>,
    /// Loss since the start of the day, as a share of the equity then.
    pub daily_loss: LossLadder,
    /// Loss since the highest equity, as a share of it.
    pub drawdown: LossLadder,
    /// When the day starts, in minutes after midnight UTC.
    pub day_starts_minutes: u32,
    /// How many orders (new or changed) may be sent.
    pub order_rate: Cap<RateLimit>,
    /// How many messages (orders, changes and cancels) may be sent.
    pub message_rate: Cap<RateLimit>,
    /// How often the same order may be repeated.
    pub repeats: Cap<RepeatLimit>,
    /// How many orders may be open.
    pub open_orders: Cap<u32>,
    /// How many orders may be open in one instrument.
    pub instrument_open_orders: Cap<u32>,
    /// Whether an order that would meet one of our own is refused.
    pub prevent_self_trade: bool,
    /// Whether nothing opens unless the venue's dead-man switch is armed. Off by default: only a live venue has one.
    pub require_dead_man: bool,
    /// How old the last price may be.
    pub price_age: Cap<PriceAge>,
    /// How far in the future a price may claim to be, in milliseconds.
    pub clock_skew_ms: Cap<u64>,
    /// When trading stops by itself: wild prices, too many losses, too many errors of the venue.
    pub breakers: Cap<BreakerLimits>,
    /// What differs for single instruments, by symbol.
    pub instruments: BTreeMap<String, InstrumentLimits>,
}

/// What differs for one instrument; what is left out follows the rest of [`RiskLimits`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InstrumentLimits {
    /// The largest position in either direction, in base units.
    pub position: Cap<Quantity>,
    /// The largest order, in base units.
    pub order_quantity: Cap<Quantity>,
    /// Instead of [`RiskLimits::order_notional`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_notional: Option<Cap<Money>>,
    /// Instead of [`RiskLimits::instrument_notional`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notional: Option<Cap<Money>>,
    /// Instead of [`RiskLimits::concentration`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concentration: Option<Cap<Rate>>,
    /// Instead of [`RiskLimits::collar`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collar: Option<Cap<Rate>>,
}

/// At which loss the trading state tightens, as rates: 0.02 is 2 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossLadder {
    /// From here on, closes only.
    pub reduce_only: Cap<Rate>,
    /// From here on, halted.
    pub halted: Cap<Rate>,
}

/// A token bucket: `burst` at once, refilled by `per_second`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many may go out at once.
    pub burst: u32,
    /// How many are added each second.
    pub per_second: u32,
    /// How many of the burst are kept for closes and cancels.
    pub reserve: u32,
}

/// At most `count` identical orders within `window_ms` milliseconds; one more latches until a person resets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatLimit {
    /// How many are allowed, at most 32.
    pub count: u32,
    /// Within how many milliseconds.
    pub window_ms: u64,
}

/// How old a price may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceAge {
    /// In milliseconds.
    Milliseconds(u64),
    /// In intervals of the instrument's bars.
    Intervals(u32),
}
