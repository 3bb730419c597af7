//! The books at one moment, to the last digit: what a replay must rebuild and what a venue must agree with.

use autotrading_domain::Holding;
use autotrading_positions::Totals;
use serde::{Deserialize, Serialize};

/// The books at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Sums of the account.
    pub totals: Totals,
    /// What is held of each instrument, in the order of their numbers.
    pub holdings: Vec<Holding>,
}
