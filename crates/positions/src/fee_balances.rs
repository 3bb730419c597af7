//! Fees in other currencies than the account's.

use autotrading_domain::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::{LedgerError, precise};

/// Fees paid per currency, sorted by currency. Never mixed with settlement money: nobody here knows a rate of exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeeBalances(Vec<(Currency, Money)>);

impl FeeBalances {
    /// What was paid in a currency.
    pub fn get(&self, currency: Currency) -> Money {
        self.0
            .iter()
            .find_map(|(paid_in, amount)| (*paid_in == currency).then_some(*amount))
            .unwrap_or_default()
    }

    /// All currencies in which something was paid, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, Money)> {
        self.0.iter().copied()
    }

    /// The balance after one more fee.
    pub(crate) fn after(&self, currency: Currency, fee: Money) -> Result<Money, LedgerError> {
        precise::sum(self.get(currency), fee)
    }

    /// Sets a balance.
    pub(crate) fn set(&mut self, currency: Currency, amount: Money) {
        match self.0.binary_search_by_key(&currency, |(paid_in, _)| *paid_in) {
            Ok(place) => {
                if let Some((_, balance)) = self.0.get_mut(place) {
                    *balance = amount;
                }
            }
            Err(place) => self.0.insert(place, (currency, amount)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_has_its_own_balance_in_order() {
        let (bnb, btc) = ("BNB".parse().unwrap(), "BTC".parse().unwrap());
        let mut balances = FeeBalances::default();
        for (currency, fee) in [(btc, 2), (bnb, 1), (btc, 3)] {
            let after = balances.after(currency, Money::new(fee.into())).unwrap();
            balances.set(currency, after);
        }
        let told: Vec<_> = balances.iter().map(|(currency, paid)| format!("{paid} {currency}")).collect();
        assert_eq!(told, ["1 BNB", "5 BTC"]);
        assert_eq!(balances.get(Currency::USDT), Money::ZERO);
    }
}
