//! Equity between two fills, measured as the engine measures it.

use autotrading_domain::Direction;

use super::account::Account;
use super::terms::Terms;

/// Equity between two fills: `wallet + (quantity * close - cost)`, in this order of operations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    wallet: f64,
    quantity: f64,
    cost: f64,
}

impl Level {
    pub(super) fn of(terms: &Terms, account: &Account) -> Self {
        let sign = account.stance.sign();
        Self {
            wallet: terms.measured_wallet(account.realized, account.fees),
            quantity: sign * terms.size,
            cost: sign
                * if account.stance == Direction::Flat { 0.0 } else { terms.measured_cost(account.cost) },
        }
    }

    /// Appends equity at these closes.
    #[inline]
    pub(super) fn draw(&self, closes: &[f64], equity: &mut Vec<f64>) {
        if self.quantity == 0.0 {
            equity.resize(equity.len() + closes.len(), self.wallet);
        } else {
            equity.extend(closes.iter().map(|close| self.wallet + (self.quantity * close - self.cost)));
        }
    }
}
