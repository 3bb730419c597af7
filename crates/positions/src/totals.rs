//! The sums of an account.

use autotrading_domain::Money;
use serde::{Deserialize, Serialize};

use crate::{LedgerError, precise};

/// What an account's changes add up to, exact, in settlement currency.
///
/// `wallet = deposits + realized - fees + funding`, and `cash + spot_cost = wallet`: buying an asset outright moves its
/// cost out of cash, opening a perpetual does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Paid in, less what was paid out.
    pub deposits: Money,
    /// Profit of everything closed, before fees and funding.
    pub realized: Money,
    /// Fees paid; a rebate lowers it. Fees in other currencies are counted apart.
    pub fees: Money,
    /// Funding received, less what was paid.
    pub funding: Money,
    /// `deposits + realized - fees + funding`.
    pub wallet: Money,
    /// What the spot holdings cost.
    pub spot_cost: Money,
    /// `wallet - spot_cost`: what could be paid out if no margin was held.
    pub cash: Money,
}

impl Totals {
    /// After money came in (or went out, when negative).
    pub(crate) fn deposited(self, amount: Money) -> Result<Self, LedgerError> {
        Self { deposits: precise::sum(self.deposits, amount)?, ..self }.balanced()
    }

    /// After funding was received (or paid, when negative).
    pub(crate) fn funded(self, amount: Money) -> Result<Self, LedgerError> {
        Self { funding: precise::sum(self.funding, amount)?, ..self }.balanced()
    }

    /// After a fill realized a profit, cost a fee and changed the cost of spot holdings.
    pub(crate) fn traded(self, realized: Money, fee: Money, spot_cost: Money) -> Result<Self, LedgerError> {
        Self {
            realized: precise::sum(self.realized, realized)?,
            fees: precise::sum(self.fees, fee)?,
            spot_cost: precise::sum(self.spot_cost, spot_cost)?,
            ..self
        }
        .balanced()
    }

    /// The same sums with wallet and cash as the identities demand.
    pub(crate) fn balanced(self) -> Result<Self, LedgerError> {
        let earned = precise::difference(precise::sum(self.deposits, self.realized)?, self.fees)?;
        let wallet = precise::sum(earned, self.funding)?;
        Ok(Self { wallet, cash: precise::difference(wallet, self.spot_cost)?, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(value: i64) -> Money {
        Money::new(value.into())
    }

    #[test]
    fn fees_lower_and_funding_raises_the_wallet_and_spot_moves_cash() {
        let totals = Totals::default().deposited(money(1000)).unwrap();
        let totals = totals.traded(money(50), money(3), money(400)).unwrap().funded(money(2)).unwrap();
        assert_eq!((totals.wallet, totals.cash), (money(1049), money(649)));
    }
}
