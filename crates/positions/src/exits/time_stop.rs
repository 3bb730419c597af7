//! How long a position may and must be held.

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ExitError, ExitRules};

/// The first moment at which profits may be taken, and the moment at which it is over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TimeStop {
    earliest: Timestamp,
    over: Option<Timestamp>,
}

impl TimeStop {
    pub(super) fn new(rules: &ExitRules, opened: Timestamp) -> Result<Self, ExitError> {
        let min = rules.min_holding.unwrap_or(Span::ZERO);
        if let Some(max) = rules.max_holding
            && max < min.max(Span::from_nanos(1))
        {
            return Err(ExitError::Holding { min, max });
        }
        let over = rules.max_holding.map(|max| opened.after(max));
        Ok(Self { earliest: opened.after(min.max(Span::ZERO)), over })
    }

    pub(super) fn profits_allowed(self, at: Timestamp) -> bool {
        at >= self.earliest
    }

    pub(super) fn is_over(self, at: Timestamp) -> bool {
        self.over.is_some_and(|over| at >= over)
    }
}
