//! The policy for each kind of finding: nothing is skipped that the rules do not name.

use autotrading_domain::Span;

/// What to do with a row that cannot be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Stop there.
    Refuse,
    /// Leave the row out and list it.
    Drop,
}

/// What to do with a row that is readable and wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubtful {
    /// Stop there.
    Refuse,
    /// Leave the row out and list it.
    Drop,
    /// Take it and list it.
    Keep,
}

/// What to do where bars are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingBars {
    /// Stop there.
    Refuse,
    /// Go on and list the gap. No bar is invented.
    Keep,
}

/// The policy for each kind of finding while reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRules {
    /// For fields that cannot be read, and prices that are not finite and above zero. Default: refuse.
    pub unusable: Unusable,
    /// For rows that open before the row before them. Default: refuse.
    pub out_of_order: Unusable,
    /// For rows that open when the row before them does; the first one stays. Default: refuse.
    pub duplicate: Unusable,
    /// For a high, low or volume that contradicts the rest of its row. Default: refuse.
    pub inconsistent: Doubtful,
    /// For missing bars. Default: keep what there is and list the gap.
    pub gap: MissingBars,
    /// The length of a bar; by default the most frequent time between neighbours.
    pub interval: Option<Span>,
}

impl Default for ReadRules {
    fn default() -> Self {
        Self {
            unusable: Unusable::Refuse,
            out_of_order: Unusable::Refuse,
            duplicate: Unusable::Refuse,
            inconsistent: Doubtful::Refuse,
            gap: MissingBars::Keep,
            interval: None,
        }
    }
}

impl ReadRules {
    /// Reads to the end and lists everything: for a quality report, not for trading.
    pub const fn inspect() -> Self {
        Self {
            unusable: Unusable::Drop,
            out_of_order: Unusable::Drop,
            duplicate: Unusable::Drop,
            inconsistent: Doubtful::Keep,
            gap: MissingBars::Keep,
            interval: None,
        }
    }
}

impl From<Unusable> for Doubtful {
    fn from(policy: Unusable) -> Self {
        match policy {
            Unusable::Refuse => Self::Refuse,
            Unusable::Drop => Self::Drop,
        }
    }
}
