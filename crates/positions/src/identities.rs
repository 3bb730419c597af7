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

#[cfg(test)]
mod tests {
    use autotrading_domain::{
        Currency, Direction, Fill, FillCause, Instrument, InstrumentId, Instruments, Leverage, Liquidity,
        Price, Quantity, Side, Timestamp, TradeId,
    };
    use rust_decimal::Decimal;

    use super::*;
    use crate::LedgerRules;

    /// One bitcoin bought at 100 and marked at 110.
    fn books() -> Ledger {
        let bitcoin =
            Instrument::linear_perpetual("sim", "BTCUSDT", Decimal::new(1, 1), Decimal::new(1, 3)).unwrap();
        let rules = LedgerRules::isolated(Leverage::ONE);
        let mut ledger = Ledger::new(&Instruments::new(vec![bitcoin]), rules).unwrap();
        ledger.deposit(Money::new(1_000.into()), Timestamp::EPOCH).unwrap();
        let fill = Fill {
            trade: TradeId(1),
            order: None,
            instrument: InstrumentId(0),
            side: Side::Buy,
            price: Price::new(100.into()).unwrap(),
            quantity: Quantity::of(Decimal::ONE),
            fee: Money::new(Decimal::new(5, 2)),
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Maker,
            cause: FillCause::Order,
            at: Timestamp::EPOCH,
        };
        let _ = ledger.apply_fill(&fill).unwrap();
        ledger.mark(InstrumentId(0), 110.0);
        ledger
    }

    fn broken(damage: impl Fn(&mut Ledger)) -> IdentityBroken {
        let mut ledger = books();
        ledger.check_identities().unwrap();
        damage(&mut ledger);
        ledger.check_identities().unwrap_err()
    }

    fn sum(damage: impl Fn(&mut Ledger)) -> &'static str {
        match broken(damage) {
            IdentityBroken::Sum { identity, .. } => identity,
            other => panic!("{other}"),
        }
    }

    const CENT: Money = Money::new(Decimal::from_parts(1, 0, 0, false, 2));

    #[test]
    fn a_total_that_is_not_the_sum_of_its_parts_is_named() {
        assert_eq!(sum(|books| books.totals.realized = CENT), "realized profit is the sum over positions");
        assert_eq!(sum(|books| books.totals.fees = CENT), "fees are the sum over positions");
        assert_eq!(sum(|books| books.totals.funding = CENT), "funding is the sum over positions");
        assert_eq!(sum(|books| books.totals.spot_cost = CENT), "spot cost is the sum over spot positions");
        let wallet = "wallet = deposits + realized - fees + funding";
        assert_eq!(sum(|books| books.totals.deposits = CENT), wallet);
        assert_eq!(sum(|books| books.totals.wallet = CENT), wallet);
        assert_eq!(sum(|books| books.totals.cash = CENT), "cash + spot cost = wallet");
    }

    #[test]
    fn a_position_that_contradicts_itself_is_named() {
        let damages: [fn(&mut Position); 5] = [
            |position| position.direction = Direction::Flat,
            |position| position.quantity = Quantity::ZERO,
            |position| position.trip = None,
            |position| position.open_cost = CENT.negated(),
            |position| position.direction = Direction::Short,
        ];
        for damage in damages {
            let told = broken(|books| books.positions.iter_mut().for_each(damage));
            assert!(matches!(told, IdentityBroken::Position { .. }), "{told}");
        }
        let mut flat = Position::flat(InstrumentId(0));
        assert!(flat.is_consistent());
        flat.open_cost = CENT;
        assert!(!flat.is_consistent());
    }

    #[test]
    fn a_shadow_that_left_its_original_is_named() {
        let figure = |damage: fn(&mut Ledger)| match broken(damage) {
            IdentityBroken::Shadow { figure, .. } => figure,
            other => panic!("{other}"),
        };
        assert_eq!(figure(|books| books.marks.set_wallet(999.9)), "equity");
        assert_eq!(figure(|books| books.marks.set_wallet(f64::NAN)), "equity");
        let id = InstrumentId(0);
        assert_eq!(
            figure(|books| books.marks.follow(InstrumentId(0), 1.1, 1.0, 100.0, 110.0)),
            "net notional"
        );
        assert_eq!(
            figure(|books| books.marks.follow(InstrumentId(0), 1.0, 1.1, 100.0, 110.0)),
            "gross notional"
        );
        assert_eq!(books().mark_of(id), Some(110.0));
    }
}
