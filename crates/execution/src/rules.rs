//! How patient the desk is, and how much it remembers.

use autotrading_domain::Span;
use serde::{Deserialize, Serialize};

/// How patient the desk is, and how much it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskRules {
    /// A request without an answer for this long leaves its order [`Unknown`](autotrading_domain::OrderState::Unknown).
    /// `None`: only the gateway says so. Default 10 s.
    pub answer_within: Option<Span>,
    /// An unknown order is asked about again after this long. Default 10 s.
    pub ask_again: Span,
    /// A working order that nobody placed or amended for this long is cancelled; protective orders are left standing.
    /// `None`: never. Default 300 s.
    pub stale_after: Option<Span>,
    /// How many orders that are over are remembered, for late fills and for reading. Default 4096.
    pub remembered: usize,
}

impl Default for DeskRules {
    fn default() -> Self {
        Self {
            answer_within: Some(Span::SECOND.times(10)),
            ask_again: Span::SECOND.times(10),
            stale_after: Some(Span::SECOND.times(300)),
            remembered: 4096,
        }
    }
}
