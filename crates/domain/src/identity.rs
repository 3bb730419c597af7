//! Names for things: small integers inside the house, text only at its edges.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ValueError;

/// An instrument's place in the [`Instruments`](crate::Instruments) of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstrumentId(pub u32);

impl InstrumentId {
    /// The place as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A strategy's place in the configuration of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StrategyId(pub u16);

impl StrategyId {
    /// The place as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Our name for an order: unique for ever, and the same again when a run is repeated.
///
/// Written `run-sequence`; a venue sees the same text.
///
/// ```
/// use autotrading_domain::ClientOrderId;
/// let id: ClientOrderId = "1-42".parse()?;
/// assert_eq!(id, ClientOrderId { run: 1, sequence: 42 });
/// assert_eq!(id.to_string(), "1-42");
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientOrderId {
    /// Which run (session of the program) issued it.
    pub run: u32,
    /// Its place in that run, from 1.
    pub sequence: u32,
}

impl fmt::Display for ClientOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.run, self.sequence)
    }
}

impl FromStr for ClientOrderId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let parts = text
            .split_once('-')
            .and_then(|(run, sequence)| Some((run.parse().ok()?, sequence.parse().ok()?)));
        parts.map(|(run, sequence)| Self { run, sequence }).ok_or_else(|| ValueError::Unreadable {
            what: "client order id",
            got: text.to_owned(),
            expected: "run-sequence such as 1-42",
        })
    }
}

impl TryFrom<String> for ClientOrderId {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl From<ClientOrderId> for String {
    fn from(id: ClientOrderId) -> Self {
        id.to_string()
    }
}

/// The venue's name for an execution. With the instrument it identifies a fill: applied at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TradeId(pub u64);

/// Orders that protect or close one position together: every fill of one takes as much from the open quantity of the
/// others, so that together they never close more than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BracketId(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_id_reads_back_as_it_was_written() {
        for bad in ["", "42", "1-", "-1", "1-2-3", "a-b"] {
            assert!(bad.parse::<ClientOrderId>().is_err(), "{bad:?}");
        }
        let id = ClientOrderId { run: 7, sequence: u32::MAX };
        assert_eq!(id.to_string().parse::<ClientOrderId>().unwrap(), id);
    }
}
