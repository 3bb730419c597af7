//! The account of a run in whole numbers: touched at fills alone.

use autotrading_domain::{Direction, Money};

use super::terms::{Terms, sign};
use super::{ColumnFault, ColumnOutcome};

/// The gate allows a thousand times equity; up to this the fused path trusts its own rounded measure of equity.
const EASY_LEVERAGE: f64 = 400.0;

/// Position and sums. Booked amounts in `10^-12`, the cost in the terms' scale.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) stance: Direction,
    pub(super) cost: i128,
    pub(super) realized: i128,
    pub(super) fees: i128,
    fills: u64,
    closed_trades: u64,
    /// About what the wallet holds and what was paid for the position: for telling ease from danger, nothing else.
    wallet: f64,
    entry: f64,
}

impl Account {
    pub(super) fn new(terms: &Terms) -> Self {
        Self {
            stance: Direction::Flat,
            cost: 0,
            realized: 0,
            fees: 0,
            fills: 0,
            closed_trades: 0,
            wallet: terms.cash.to_f64(),
            entry: 0.0,
        }
    }

    /// Equity at a price, to a few digits.
    #[inline]
    fn about(&self, terms: &Terms, price: f64) -> f64 {
        self.wallet + self.stance.sign() * terms.size * (price - self.entry)
    }

    /// Whether neither sizing nor the gate could object to an order decided at this close.
    #[inline]
    pub(super) fn bears(&self, terms: &Terms, place: usize, close: f64) -> Result<(), ColumnFault> {
        let equity = self.about(terms, close);
        if equity * EASY_LEVERAGE >= terms.size * close {
            Ok(())
        } else {
            Err(ColumnFault::Ruin { place, equity })
        }
    }

    /// Trades the position to `to` at an open of so many ticks. The two differ.
    #[inline]
    pub(super) fn fill(&mut self, terms: &Terms, to: Direction, ticks: i64) {
        let open = terms.about(ticks);
        let notional = terms.notional(ticks);
        let turns = self.stance != Direction::Flat && to != Direction::Flat;
        let traded = if turns { 2 } else { 1 };
        self.fees += terms.fee_of(traded * notional);
        self.wallet = self.about(terms, open) - traded as f64 * terms.size * open * terms.rate;
        if self.stance != Direction::Flat {
            self.realized += terms.booked(sign(self.stance) * (notional - self.cost));
            self.closed_trades += 1;
        }
        self.cost = if to == Direction::Flat { 0 } else { notional };
        self.entry = open;
        self.stance = to;
        self.fills += 1;
    }

    /// What has become of the account at a last close of so many ticks.
    pub(super) fn outcome(&self, terms: &Terms, ticks: i64) -> Result<ColumnOutcome, ColumnFault> {
        let open = sign(self.stance) * (terms.notional(ticks) - self.cost);
        let held = sign(self.stance) * terms.notional(ticks);
        let open = if self.stance == Direction::Flat { 0 } else { open };
        let wallet = terms.deposit() + self.realized - self.fees;
        Ok(ColumnOutcome {
            final_equity: terms.money(wallet, open)?,
            cash: terms.money(wallet, open - held)?,
            realized: terms.money(self.realized, 0)?,
            fees: terms.money(self.fees, 0)?,
            funding: Money::ZERO,
            fills: self.fills,
            closed_trades: self.closed_trades,
            curve: None,
            equity: Vec::new(),
            turns: Vec::new(),
        })
    }
}
