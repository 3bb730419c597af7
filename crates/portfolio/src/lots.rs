//! From target weights to whole lots: trades that come as near as lots allow and never break the budget.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use autotrading_domain::{Grid, Money, Price};
use rust_decimal::Decimal;

use crate::PortfolioError;

/// What is needed of one instrument to trade towards a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LotHolding {
    /// Price that the trade is reckoned with.
    pub price: Price,
    /// Lots that can be traded.
    pub lots: Grid,
    /// What is held now, signed: below zero when short.
    pub held: Decimal,
    /// The target as a share of equity, signed.
    pub weight: f64,
}

/// Trades in whole lots.
#[derive(Clone, Debug, PartialEq)]
pub struct LotTrades {
    /// Signed quantity to trade, one an instrument; zero for none.
    pub quantities: Vec<Decimal>,
    /// What stays of the budget: equity less the value of all holdings after the trades, never below zero for targets
    /// that sum to at most 1.
    pub cash: Money,
    /// `sum |value held after - target value|`, in quote currency.
    pub residual: Money,
}

/// Rounds targets to lots: each toward zero first, then lot by lot where the residual shrinks most, as long as the
/// budget `sum of values <= budget` holds; a trade smaller than `minimum_trade` (quote currency, 10 USDT for one) is not
/// made.
///
/// Values of shorts are below zero, so they add to what can be held long.
///
/// ```
/// use autotrading_domain::{Grid, Money, Price};
/// use autotrading_portfolio::{LotHolding, lot_trades};
/// use rust_decimal::Decimal;
///
/// let whole = Grid::new(Decimal::ONE)?;
/// let asset = |price, weight| -> Result<_, autotrading_domain::ValueError> {
///     Ok(LotHolding { price: Price::new(Decimal::from(price))?, lots: whole, held: Decimal::ZERO, weight })
/// };
/// // 1000 to share: 500 / 70 is 7.14 lots, 500 / 90 is 5.56. Six of the second would be nearer, but 490 + 540 is too much.
/// let trades = lot_trades(&[asset(70, 0.5)?, asset(90, 0.5)?], Money::new(1000.into()), Money::ZERO)?;
/// assert_eq!(trades.quantities, [Decimal::from(7), Decimal::from(5)]);
/// assert_eq!(trades.cash, Money::new(60.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// No instrument, a weight that is not finite, equity that is not above zero, overflow.
pub fn lot_trades(
    holdings: &[LotHolding],
    equity: Money,
    minimum_trade: Money,
) -> Result<LotTrades, PortfolioError> {
    if holdings.is_empty() {
        return Err(PortfolioError::Empty);
    }
    if equity.get() <= Decimal::ZERO {
        let got = equity.to_f64();
        return Err(PortfolioError::Parameter { what: "equity", got, allowed: "above zero" });
    }
    let mut legs = holdings.iter().map(|h| Leg::of(h, equity)).collect::<Result<Vec<_>, _>>()?;
    for leg in &mut legs {
        leg.skip_below(minimum_trade.get())?;
    }
    repair(&mut legs, equity.get(), minimum_trade.get())?;
    settle(&legs, equity.get())
}

/// One instrument in the unit of its lots.
struct Leg {
    lot_value: Decimal,
    lot: Decimal,
    target_value: Decimal,
    held: Decimal,
    /// What will be held.
    after: Decimal,
}

impl Leg {
    fn of(holding: &LotHolding, equity: Money) -> Result<Self, PortfolioError> {
        let weight = holding.weight;
        let finite = PortfolioError::Parameter { what: "a target weight", got: weight, allowed: "finite" };
        let weight = Decimal::try_from(weight).map_err(|_| finite)?;
        let target_value = equity.get().checked_mul(weight).ok_or_else(overflow)?;
        let (price, lot) = (holding.price.get(), holding.lots.step());
        let lot_value = price.checked_mul(lot).ok_or_else(overflow)?;
        let lots = target_value.checked_div(lot_value).ok_or_else(overflow)?.trunc();
        let after = lots.checked_mul(lot).ok_or_else(overflow)?;
        Ok(Self { lot_value, lot, target_value, held: holding.held, after })
    }

    fn price(&self) -> Result<Decimal, PortfolioError> {
        self.lot_value.checked_div(self.lot).ok_or_else(overflow)
    }

    fn value(&self) -> Result<Decimal, PortfolioError> {
        let lots = self.after.checked_div(self.lot).ok_or_else(overflow)?;
        lots.checked_mul(self.lot_value).ok_or_else(overflow)
    }

    fn residual(&self) -> Result<Decimal, PortfolioError> {
        Ok(self.value()?.checked_sub(self.target_value).ok_or_else(overflow)?.abs())
    }

    /// A trade too small to be made is not made.
    fn skip_below(&mut self, minimum: Decimal) -> Result<(), PortfolioError> {
        if self.is_trade() && !self.is_worth(self.after, minimum)? {
            self.after = self.held;
        }
        Ok(())
    }

    fn is_trade(&self) -> bool {
        self.after != self.held
    }

    fn is_worth(&self, after: Decimal, minimum: Decimal) -> Result<bool, PortfolioError> {
        let traded = after.checked_sub(self.held).ok_or_else(overflow)?.abs();
        Ok(traded.checked_mul(self.price()?).ok_or_else(overflow)? >= minimum)
    }

    /// By how much the residual shrinks when one more lot is held (`up`) or one less; `None` if that trade is too small.
    fn gain(&self, up: bool, minimum: Decimal) -> Result<Option<Decimal>, PortfolioError> {
        let step = if up { self.lot } else { -self.lot };
        let after = self.after.checked_add(step).ok_or_else(overflow)?;
        if after != self.held && !self.is_worth(after, minimum)? {
            return Ok(None);
        }
        let moved = Self { after, ..*self };
        Ok(Some(self.residual()?.checked_sub(moved.residual()?).ok_or_else(overflow)?))
    }
}

/// First sells what the budget cannot carry, at the least loss; then moves the lot that gains most, while one gains.
fn repair(legs: &mut [Leg], budget: Decimal, minimum: Decimal) -> Result<(), PortfolioError> {
    loop {
        let total = legs
            .iter()
            .try_fold(Decimal::ZERO, |sum, leg| sum.checked_add(leg.value()?).ok_or_else(overflow))?;
        let broken = total > budget;
        let mut best: Option<(usize, bool, Decimal)> = None;
        for (i, leg) in legs.iter().enumerate() {
            for up in [false, true] {
                let change = if up { leg.lot_value } else { -leg.lot_value };
                let fits = total.checked_add(change).ok_or_else(overflow)? <= budget;
                if (broken && up) || (!broken && !fits) {
                    continue;
                }
                let Some(gain) = leg.gain(up, minimum)? else { continue };
                let sellable = leg.after > Decimal::ZERO;
                let allowed = if broken { sellable } else { gain > Decimal::ZERO };
                if allowed && best.is_none_or(|(_, _, most)| gain > most) {
                    best = Some((i, up, gain));
                }
            }
        }
        let Some((i, up, _)) = best else { return Ok(()) };
        if let Some(leg) = legs.get_mut(i) {
            leg.after += if up { leg.lot } else { -leg.lot };
        }
    }
}

fn settle(legs: &[Leg], equity: Decimal) -> Result<LotTrades, PortfolioError> {
    let (mut cash, mut residual) = (equity, Decimal::ZERO);
    let mut quantities = Vec::with_capacity(legs.len());
    for leg in legs {
        cash = cash.checked_sub(leg.value()?).ok_or_else(overflow)?;
        residual = residual.checked_add(leg.residual()?).ok_or_else(overflow)?;
        quantities.push(leg.after.checked_sub(leg.held).ok_or_else(overflow)?);
    }
    Ok(LotTrades { quantities, cash: Money::new(cash), residual: Money::new(residual) })
}

fn overflow() -> PortfolioError {
    autotrading_statistics::StatisticsError::Overflow { what: "the value of a trade" }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holding(price: i64, lot: i64, held: i64, weight: f64) -> LotHolding {
        let price = Price::new(Decimal::new(price, 2)).unwrap();
        let lots = Grid::new(Decimal::new(lot, 3)).unwrap();
        LotHolding { price, lots, held: Decimal::new(lot * held, 3), weight }
    }

    fn money(units: i64) -> Money {
        Money::new(Decimal::from(units))
    }

    #[test]
    fn a_small_trade_is_not_made() {
        let near = holding(10_000, 1, 495, 0.05); // 49.5 of 50 held
        let trades = lot_trades(&[near], money(1000), money(10)).unwrap();
        assert_eq!(trades.quantities, [Decimal::ZERO]);
        let trades = lot_trades(&[near], money(1000), Money::ZERO).unwrap();
        assert_eq!(trades.quantities, [Decimal::new(5, 3)]);
    }

    #[test]
    fn a_short_is_rounded_like_a_long() {
        let trades = lot_trades(&[holding(10_000, 1000, 0, -0.36)], money(1000), Money::ZERO).unwrap();
        assert_eq!(trades.quantities, [Decimal::new(-4, 0)]); // -3.6 lots of 100
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(lot_trades(&[], money(1), Money::ZERO), Err(PortfolioError::Empty));
        assert!(lot_trades(&[holding(1, 1, 0, f64::NAN)], money(1), Money::ZERO).is_err());
        assert!(lot_trades(&[holding(1, 1, 0, 0.5)], Money::ZERO, Money::ZERO).is_err());
    }

    proptest! {
        #[test]
        fn lots_never_break_the_budget_and_stay_within_one_lot_of_the_target(
            legs in prop::collection::vec((100_i64..100_000, 1_i64..100, 0.0_f64..1.0), 1..6),
            equity in 1000_i64..100_000,
        ) {
            let total: f64 = legs.iter().map(|leg| leg.2).sum::<f64>() + 1e-6;
            let holdings: Vec<LotHolding> =
                legs.iter().map(|&(price, lot, w)| holding(price, lot, 0, 0.999_999 * w / total)).collect();
            let trades = lot_trades(&holdings, money(equity), Money::ZERO).unwrap();
            prop_assert!(!trades.cash.is_negative());
            for (quantity, holding) in trades.quantities.iter().zip(&holdings) {
                prop_assert!((quantity / holding.lots.step()).fract().is_zero());
                let value = quantity * holding.price.get();
                let target = Decimal::try_from(holding.weight).unwrap() * Decimal::from(equity);
                prop_assert!((value - target).abs() <= holding.price.get() * holding.lots.step());
            }
        }

        #[test]
        fn rounding_is_as_near_as_the_best_of_all_floors_and_ceilings_within_a_lot(
            legs in prop::collection::vec((1000_i64..20_000, 0.05_f64..1.0), 3),
            equity in 200_i64..2000,
        ) {
            let total: f64 = legs.iter().map(|leg| leg.1).sum::<f64>() + 1e-6;
            let holdings: Vec<LotHolding> =
                legs.iter().map(|&(price, w)| holding(price, 1000, 0, 0.999_999 * w / total)).collect();
            let trades = lot_trades(&holdings, money(equity), Money::ZERO).unwrap();
            let mut best = Decimal::MAX;
            for up in 0..8_u32 {
                let (mut value, mut residual) = (Decimal::ZERO, Decimal::ZERO);
                for (i, h) in holdings.iter().enumerate() {
                    let target = Decimal::try_from(h.weight).unwrap() * Decimal::from(equity);
                    let lots = (target / h.price.get()).trunc() + Decimal::from(up >> i & 1);
                    value += lots * h.price.get();
                    residual += (lots * h.price.get() - target).abs();
                }
                if value <= Decimal::from(equity) {
                    best = best.min(residual);
                }
            }
            let dearest = holdings.iter().map(|h| h.price.get()).max().unwrap();
            prop_assert!(trades.residual.get() <= best + dearest, "greedy {} best {best}", trades.residual.get());
        }
    }
}
