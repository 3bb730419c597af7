//! The slow obvious books: all fills are kept and everything is recomputed from the list whenever it is asked.
//! Written with signed numbers and plain operators, so that it shares no line and no idea with the ledger.

use std::collections::{BTreeMap, BTreeSet};

use autotrading_domain::{Currency, Fill, FundingPayment, InstrumentId, Side};
use rust_decimal::{Decimal, RoundingStrategy};

#[derive(Clone, Debug, Default)]
pub(crate) struct NaiveBooks {
    pub(crate) deposits: Vec<Decimal>,
    pub(crate) fills: Vec<Fill>,
    pub(crate) funding: Vec<FundingPayment>,
}

/// One instrument, recomputed: everything signed, a short has a negative quantity and a negative cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct NaivePosition {
    pub(crate) quantity: Decimal,
    pub(crate) cost: Decimal,
    pub(crate) realized: Decimal,
    pub(crate) closed_trades: usize,
}

fn booked(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(12, RoundingStrategy::MidpointNearestEven)
}

impl NaiveBooks {
    pub(crate) fn tell(&mut self, fill: &Fill) {
        self.fills.push(*fill);
    }

    fn unique_fills(&self) -> Vec<&Fill> {
        let mut seen = BTreeSet::new();
        self.fills.iter().filter(|fill| seen.insert((fill.instrument, fill.trade))).collect()
    }

    pub(crate) fn position(&self, id: InstrumentId) -> NaivePosition {
        let mut at = NaivePosition::default();
        for fill in self.unique_fills().into_iter().filter(|fill| fill.instrument == id) {
            let mut left = if fill.side == Side::Buy { fill.quantity.get() } else { -fill.quantity.get() };
            let opposite = at.quantity.is_sign_negative() != left.is_sign_negative();
            if !at.quantity.is_zero() && opposite {
                let taken = if left.abs() >= at.quantity.abs() { -at.quantity } else { left };
                let released = if taken == -at.quantity {
                    at.cost
                } else {
                    booked(at.cost * taken.abs() / at.quantity.abs())
                };
                at.realized += booked(-taken * fill.price.get() - released);
                at.cost -= released;
                at.quantity += taken;
                at.closed_trades += usize::from(at.quantity.is_zero());
                left -= taken;
            }
            at.quantity += left;
            at.cost += left * fill.price.get();
        }
        at
    }

    pub(crate) fn fees(&self) -> BTreeMap<Currency, Decimal> {
        let mut fees = BTreeMap::new();
        for fill in self.unique_fills() {
            *fees.entry(fill.fee_currency).or_insert(Decimal::ZERO) += booked(fill.fee.get());
        }
        fees
    }

    pub(crate) fn wallet(&self, ids: &[InstrumentId]) -> Decimal {
        let deposits: Decimal = self.deposits.iter().map(|amount| booked(*amount)).sum();
        let funding: Decimal = self.funding.iter().map(|payment| booked(payment.amount.get())).sum();
        let realized: Decimal = ids.iter().map(|id| self.position(*id).realized).sum();
        let fees = self.fees().get(&Currency::USDT).copied().unwrap_or_default();
        deposits + realized - fees + funding
    }

    /// What is held, priced, plus the wallet.
    pub(crate) fn equity(&self, marks: &[(InstrumentId, Decimal)]) -> Decimal {
        let ids: Vec<_> = marks.iter().map(|(id, _)| *id).collect();
        let gain = |(id, mark): &(InstrumentId, Decimal)| {
            let position = self.position(*id);
            position.quantity * mark - position.cost
        };
        self.wallet(&ids) + marks.iter().map(gain).sum::<Decimal>()
    }
}
