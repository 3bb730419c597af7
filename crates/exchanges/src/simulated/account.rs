//! The venue's own account of us.

use autotrading_domain::{Holding, Money, ValueError};
use serde::{Deserialize, Serialize};

/// The account as the venue keeps it, exact: each amount is a sum of booked amounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueAccount {
    /// What was paid in.
    pub deposits: Money,
    /// Profit of what was closed.
    pub realized: Money,
    /// Fees paid; rebates count against them.
    pub fees: Money,
    /// Funding, positive when received.
    pub funding: Money,
    /// The position of each instrument, in the order of their numbers, flat ones included.
    pub positions: Vec<Holding>,
}

impl VenueAccount {
    /// `wallet = deposits + realized - fees + funding`.
    ///
    /// # Errors
    /// Overflow.
    pub fn wallet(&self) -> Result<Money, ValueError> {
        self.deposits.plus(self.realized)?.minus(self.fees)?.plus(self.funding)
    }
}
