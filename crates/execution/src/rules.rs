//! How patient the desk is, and how much it remembers.

use autotrading_domain::Span;
use serde::{Deserialize, Serialize};

/// How patient the desk is, and how much it remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeskRules {
    /// A request without an answer for this long leaves its order [`Unknown`](autotrading_domain::OrderState::Unknown).
    /// `None`, written `never`: only the gateway says so. Default 10 s.
    #[serde(with = "patience")]
    pub answer_within: Option<Span>,
    /// An unknown order is asked about again after this long. Default 10 s.
    pub ask_again: Span,
    /// A working order that nobody placed or amended for this long is cancelled; protective orders are left standing.
    /// `None`, written `never`: no order is. Default 300 s.
    #[serde(with = "patience")]
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

/// A span of time, or `never`.
mod patience {
    use autotrading_domain::Span;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        patience: &Option<Span>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match patience {
            Some(span) => serializer.collect_str(span),
            None => serializer.serialize_str("never"),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "never" { Ok(None) } else { text.parse().map(Some).map_err(D::Error::custom) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_patience_is_written_as_never() {
        let rules = DeskRules { stale_after: None, ..DeskRules::default() };
        let text = serde_json::to_string(&rules).unwrap();
        assert!(text.contains(r#""stale_after":"never""#), "{text}");
        assert_eq!(serde_json::from_str::<DeskRules>(&text).unwrap(), rules);
        assert!(serde_json::from_str::<DeskRules>(r#"{"stale_after":"soon"}"#).is_err());
    }
}
