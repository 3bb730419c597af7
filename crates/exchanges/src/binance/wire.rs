//! The frames as they come over the wire, with the venue's own names. Fields that are not read are ignored.

use serde::Deserialize;

/// What tells the kind of a frame.
#[derive(Debug, Deserialize)]
pub(super) struct Head<'a> {
    #[serde(borrow)]
    pub(super) stream: Option<&'a str>,
    #[serde(borrow)]
    pub(super) data: Option<Kind<'a>>,
    #[serde(borrow)]
    pub(super) e: Option<&'a str>,
    #[serde(rename = "lastUpdateId")]
    pub(super) last_update: Option<u64>,
    pub(super) id: Option<u64>,
    /// A quote of spot has neither kind nor time, but this number.
    pub(super) u: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Kind<'a> {
    #[serde(borrow)]
    pub(super) e: Option<&'a str>,
}

/// A frame of a combined stream.
#[derive(Debug, Deserialize)]
pub(super) struct Combined<T> {
    pub(super) data: T,
}

/// Price and quantity.
pub(super) type Pair<'a> = (&'a str, &'a str);

#[derive(Debug, Deserialize)]
pub(super) struct DepthUpdate<'a> {
    #[serde(rename = "E")]
    pub(super) event_time: i64,
    #[serde(rename = "T")]
    pub(super) transaction_time: Option<i64>,
    #[serde(rename = "s")]
    pub(super) symbol: &'a str,
    #[serde(rename = "U")]
    pub(super) first: u64,
    #[serde(rename = "u")]
    pub(super) last: u64,
    #[serde(rename = "pu")]
    pub(super) previous: Option<u64>,
    #[serde(rename = "b", borrow)]
    pub(super) bids: Vec<Pair<'a>>,
    #[serde(rename = "a", borrow)]
    pub(super) asks: Vec<Pair<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Snapshot<'a> {
    #[serde(rename = "lastUpdateId")]
    pub(super) last: u64,
    #[serde(rename = "T")]
    pub(super) transaction_time: Option<i64>,
    #[serde(borrow)]
    pub(super) bids: Vec<Pair<'a>>,
    #[serde(borrow)]
    pub(super) asks: Vec<Pair<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BookTicker<'a> {
    #[serde(rename = "u")]
    pub(super) update: u64,
    #[serde(rename = "s")]
    pub(super) symbol: &'a str,
    #[serde(rename = "b")]
    pub(super) bid: &'a str,
    #[serde(rename = "B")]
    pub(super) bid_quantity: &'a str,
    #[serde(rename = "a")]
    pub(super) ask: &'a str,
    #[serde(rename = "A")]
    pub(super) ask_quantity: &'a str,
    #[serde(rename = "T")]
    pub(super) transaction_time: Option<i64>,
}

/// A trade, or several of one order at one price.
#[derive(Debug, Deserialize)]
pub(super) struct Traded<'a> {
    #[serde(rename = "T")]
    pub(super) transaction_time: i64,
    #[serde(rename = "s")]
    pub(super) symbol: &'a str,
    #[serde(rename = "p")]
    pub(super) price: &'a str,
    #[serde(rename = "q")]
    pub(super) quantity: &'a str,
    #[serde(rename = "m")]
    pub(super) buyer_is_maker: bool,
    #[serde(rename = "X")]
    pub(super) kind: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MarkPrice<'a> {
    #[serde(rename = "E")]
    pub(super) event_time: i64,
    #[serde(rename = "s")]
    pub(super) symbol: &'a str,
    #[serde(rename = "p")]
    pub(super) price: &'a str,
    #[serde(rename = "i")]
    pub(super) index: Option<&'a str>,
    #[serde(rename = "r")]
    pub(super) rate: Option<&'a str>,
    #[serde(rename = "T")]
    pub(super) next_funding: Option<i64>,
}
