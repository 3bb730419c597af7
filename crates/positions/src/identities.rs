//! The books' own auditor: recomputes what they keep.

use autotrading_domain::Money;

use crate::{IdentityBroken, Ledger, LedgerError, Position, Totals, precise};

/// How far a measured shadow may lie from its exact original, per unit of the money that went into it.
const SHADOW_TOLERANCE: f64 = 1e-9;

impl Ledger {
    /// Recomputes every identity from the books: each position is whole, the totals are the sums of the positions,
    /// `wallet = deposits + realized - fees + funding`, `cash + spot cost = wallet`, all to the last digit; and the
    /// measured shadows have not left the exact figures.
    ///
    /// # Errors
    /// The first [`IdentityBroken`].
    pub fn check_identities(&self) -> Result<(), IdentityBroken> {
        for position in &self.positions {
            check_position(position)?;
        }
        let totals = self.totals();
        let sums = [
            ("realized profit is the sum over positions", totals.realized, self.sum(Position::realized)?),
            ("fees are the sum over positions", totals.fees, self.sum(Position::fees)?),
            ("funding is the sum over positions", totals.funding, self.sum(Position::funding)?),
            ("spot cost is the sum over spot positions", totals.spot_cost, self.spot_cost()?),
        ];
        for (identity, kept, recomputed) in sums {
            same(identity, kept, recomputed)?;
        }
        check_totals(totals)?;
        self.check_shadows()
    }

    fn sum(&self, part: impl Fn(&Position) -> Money) -> Result<Money, LedgerError> {
        self.positions.iter().try_fold(Money::ZERO, |total, position| precise::sum(total, part(position)))
    }

    fn spot_cost(&self) -> Result<Money, LedgerError> {
        let mut total = Money::ZERO;
        for position in &self.positions {
            if !self.instruments.get(position.instrument)?.is_perpetual() {
                total = precise::sum(total, position.open_cost)?;
            }
        }
        Ok(total)
    }

    fn check_shadows(&self) -> Result<(), IdentityBroken> {
        let (mut net, mut gross, mut cost, mut turnover) = (0.0, 0.0, 0.0, 0.0);
        for position in &self.positions {
            let value = position.quantity.to_f64() * self.mark_of(position.instrument).unwrap_or(0.0);
            net += position.direction.sign() * value;
            gross += value;
            cost += position.direction.sign() * position.open_cost.to_f64();
            turnover += position.open_cost.to_f64();
        }
        let wallet = self.totals.wallet.to_f64();
        let tolerance = SHADOW_TOLERANCE * (1.0 + wallet.abs() + gross + turnover);
        let figures = [
            ("net notional", self.net_notional_f64(), net),
            ("gross notional", self.gross_notional_f64(), gross),
            ("equity", self.equity_f64(), wallet + net - cost),
        ];
        for (figure, shadow, exact) in figures {
            let apart = (shadow - exact).abs();
            if apart.is_nan() || apart > tolerance {
                return Err(IdentityBroken::Shadow { figure, shadow, exact });
            }
        }
        Ok(())
    }
}

fn check_position(position: &Position) -> Result<(), IdentityBroken> {
    if position.is_consistent() {
        return Ok(());
    }
    Err(IdentityBroken::Position {
        instrument: position.instrument,
        direction: position.direction,
        quantity: position.quantity,
        open_cost: position.open_cost,
    })
}

fn check_totals(totals: Totals) -> Result<(), IdentityBroken> {
    let recomputed = totals.balanced()?;
    same("wallet = deposits + realized - fees + funding", totals.wallet, recomputed.wallet)?;
    let both = precise::sum(totals.cash, totals.spot_cost)?;
    same("cash + spot cost = wallet", totals.wallet, both)
}

fn same(identity: &'static str, kept: Money, recomputed: Money) -> Result<(), IdentityBroken> {
    if kept == recomputed { Ok(()) } else { Err(IdentityBroken::Sum { identity, kept, recomputed }) }
}
