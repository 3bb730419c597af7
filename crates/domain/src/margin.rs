//! Margin and liquidation: one set of formulas for positions, sizing and the simulated venue.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Direction, Leverage, MarginTier, MarginTiers, Money, Price, Quantity, ValueError, exact};

/// Where a position would be liquidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidation {
    /// No price above zero liquidates it: a long whose margin covers its whole cost.
    Never,
    /// At this mark price, in quote currency per base unit, exact and not rounded to a tick.
    At(Price),
    /// Margin balance is at or below maintenance already at mark.
    Already,
}

/// What a liquidation price depends on.
#[derive(Clone, Copy, Debug)]
pub struct LiquidationInputs<'a> {
    /// Long or short; flat is never liquidated.
    pub direction: Direction,
    /// Size of the position, in base units.
    pub quantity: Quantity,
    /// What the position cost: quantity times average entry, in settlement currency.
    pub open_cost: Money,
    /// Isolated: the margin assigned to the position. Cross: the wallet balance.
    pub wallet_balance: Money,
    /// Cross only: maintenance margin of the other positions; zero when isolated.
    pub other_maintenance: Money,
    /// Cross only: unrealized profit of the other positions; zero when isolated.
    pub other_unrealized: Money,
    /// The tiers of the instrument.
    pub tiers: &'a MarginTiers,
    /// The mark price now.
    pub mark: Price,
}

/// `margin = notional / leverage`.
///
/// # Errors
/// Underflow to zero.
pub fn initial_margin(notional: Money, leverage: Leverage) -> Result<Money, ValueError> {
    notional.magnitude().over(leverage)
}

/// Unrealized profit at a price: `side * (quantity * price - open cost)`.
///
/// # Errors
/// Overflow.
pub fn unrealized(
    direction: Direction,
    quantity: Quantity,
    open_cost: Money,
    price: Price,
) -> Result<Money, ValueError> {
    let gain = if quantity.is_zero() { Money::ZERO } else { price.times(quantity)?.minus(open_cost)? };
    Ok(match direction {
        Direction::Long => gain,
        Direction::Short => gain.negated(),
        Direction::Flat => Money::ZERO,
    })
}

/// The mark price at which the margin balance falls to maintenance margin.
///
/// For the tier with rate `m` and amount `cum`:
/// `LP = (WB - TMM + UPNL + cum - side * cost) / (qty * (m - side))`, `side` = +1 long, -1 short.
/// Maintenance is continuous over the tiers and balance minus maintenance is monotone in price, so that exactly one
/// tier contains the notional at its own solution: each is solved and that one is taken, without iteration.
/// Source: Binance USD-M futures, "How to calculate liquidation price of USD-M futures contracts".
///
/// ```
/// use autotrading_domain::{Direction, Leverage, Liquidation, LiquidationInputs, MarginTiers, Money, Price, Quantity, Rate, liquidation};
/// let tiers = MarginTiers::single(Rate::basis_points(50), Leverage::ONE)?;
/// let at = liquidation(&LiquidationInputs {
///     direction: Direction::Long,
///     quantity: Quantity::new(1.into())?,
///     open_cost: Money::new(100.into()),
///     wallet_balance: Money::new(20.into()), // isolated at 5x
///     other_maintenance: Money::ZERO,
///     other_unrealized: Money::ZERO,
///     tiers: &tiers,
///     mark: Price::new(100.into())?,
/// })?;
/// let Liquidation::At(price) = at else { panic!("a 5x long has a liquidation price") };
/// assert_eq!(price.get().round_dp(10).to_string(), "80.4020100503"); // 80 / 0.995
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Overflow.
pub fn liquidation(inputs: &LiquidationInputs<'_>) -> Result<Liquidation, ValueError> {
    let side = match inputs.direction {
        Direction::Flat => return Ok(Liquidation::Never),
        _ if inputs.quantity.is_zero() => return Ok(Liquidation::Never),
        Direction::Long => Decimal::ONE,
        Direction::Short => Decimal::NEGATIVE_ONE,
    };
    if headroom(inputs)? <= Money::ZERO {
        return Ok(Liquidation::Already);
    }
    let last = inputs.tiers.as_slice().len().saturating_sub(1);
    for (place, tier) in inputs.tiers.as_slice().iter().enumerate() {
        let raw = tier_solution(inputs, tier, side)?;
        if raw <= Decimal::ZERO {
            continue;
        }
        let price = Price::new(raw)?;
        let notional = price.times(inputs.quantity)?;
        let below_cap = notional < tier.notional_cap || place == last;
        if notional >= tier.notional_floor && below_cap {
            return Ok(Liquidation::At(price));
        }
    }
    // A root at or below zero: the long is covered whatever happens; a short there has been liquidated long ago.
    Ok(if inputs.direction == Direction::Long { Liquidation::Never } else { Liquidation::Already })
}

/// Margin balance minus maintenance margin at mark: liquidation comes when nothing is left.
///
/// # Errors
/// Overflow.
pub fn headroom(inputs: &LiquidationInputs<'_>) -> Result<Money, ValueError> {
    let own = unrealized(inputs.direction, inputs.quantity, inputs.open_cost, inputs.mark)?;
    let balance = inputs.wallet_balance.plus(inputs.other_unrealized)?.plus(own)?;
    let notional =
        if inputs.quantity.is_zero() { Money::ZERO } else { inputs.mark.times(inputs.quantity)? };
    let maintenance = inputs.tiers.maintenance(notional)?.plus(inputs.other_maintenance)?;
    balance.minus(maintenance)
}

/// The mark price at which nothing of the margin balance is left: the liquidation formula without maintenance.
///
/// # Errors
/// Overflow.
pub fn bankruptcy(inputs: &LiquidationInputs<'_>) -> Result<Option<Price>, ValueError> {
    let free = inputs.wallet_balance.plus(inputs.other_unrealized)?.minus(inputs.other_maintenance)?;
    let raw = match inputs.direction {
        _ if inputs.quantity.is_zero() => return Ok(None),
        Direction::Flat => return Ok(None),
        Direction::Long => inputs.open_cost.minus(free)?.get(),
        Direction::Short => inputs.open_cost.plus(free)?.get(),
    };
    if raw <= Decimal::ZERO {
        return Ok(None);
    }
    exact::divide(raw, inputs.quantity.get(), "bankruptcy price").and_then(Price::new).map(Some)
}

/// The formula of one tier; the caller checks that the tier contains it.
fn tier_solution(
    inputs: &LiquidationInputs<'_>,
    tier: &MarginTier,
    side: Decimal,
) -> Result<Decimal, ValueError> {
    let free = inputs.wallet_balance.minus(inputs.other_maintenance)?.plus(inputs.other_unrealized)?;
    let signed_cost = exact::multiply(side, inputs.open_cost.get(), "signed cost")?;
    let top =
        exact::subtract(free.plus(tier.maintenance_amount)?.get(), signed_cost, "liquidation numerator")?;
    let slope = exact::subtract(tier.maintenance_margin_rate.get(), side, "liquidation slope")?;
    let bottom = exact::multiply(inputs.quantity.get(), slope, "liquidation denominator")?;
    exact::divide(top, bottom, "liquidation price")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Rate;

    fn money(text: &str) -> Money {
        Money::new(text.parse().unwrap())
    }

    fn tier(floor: &str, cap: &str, rate: &str, amount: &str) -> MarginTier {
        MarginTier {
            notional_floor: money(floor),
            notional_cap: money(cap),
            maintenance_margin_rate: Rate::new(rate.parse().unwrap()),
            maintenance_amount: money(amount),
            max_leverage: Leverage::ONE,
        }
    }

    /// Historical ETHUSDT brackets that contain 10 % with the amount 135 365, continuous below.
    fn ether_tiers() -> MarginTiers {
        MarginTiers::new(vec![
            tier("0", "10000", "0.005", "0"),
            tier("10000", "100000", "0.0065", "15"),
            tier("100000", "500000", "0.01", "365"),
            tier("500000", "1000000", "0.02", "5365"),
            tier("1000000", "2000000", "0.05", "35365"),
            tier("2000000", "5000000", "0.1", "135365"),
        ])
        .unwrap()
    }

    /// Historical BTCUSDT brackets that contain 2.5 % with the amount 16 300.
    fn bitcoin_tiers() -> MarginTiers {
        MarginTiers::new(vec![
            tier("0", "50000", "0.004", "0"),
            tier("50000", "250000", "0.005", "50"),
            tier("250000", "1000000", "0.01", "1300"),
            tier("1000000", "5000000", "0.025", "16300"),
            tier("5000000", "20000000", "0.05", "141300"),
        ])
        .unwrap()
    }

    fn long<'a>(
        quantity: &str,
        entry: &str,
        wallet: &str,
        tmm: &str,
        upnl: &str,
        tiers: &'a MarginTiers,
    ) -> LiquidationInputs<'a> {
        let (quantity, entry) =
            (Quantity::new(quantity.parse().unwrap()).unwrap(), Price::new(entry.parse().unwrap()).unwrap());
        LiquidationInputs {
            direction: Direction::Long,
            quantity,
            open_cost: entry.times(quantity).unwrap(),
            wallet_balance: money(wallet),
            other_maintenance: money(tmm),
            other_unrealized: money(upnl),
            tiers,
            mark: entry,
        }
    }

    fn cents(liquidation: Liquidation) -> String {
        match liquidation {
            Liquidation::At(price) => price.get().round_dp(2).to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_venues_worked_example_of_ether_holds_to_the_cent() {
        let tiers = ether_tiers();
        let inputs = long("3683.979", "1456.84", "1535443.01", "71200.81144", "-56354.57", &tiers);
        assert_eq!(cents(liquidation(&inputs).unwrap()), "1153.26");
    }

    #[test]
    fn the_venues_worked_example_of_bitcoin_holds_to_the_cent() {
        let tiers = bitcoin_tiers();
        let inputs = long("109.488", "32481.98", "1535443.01", "356512.508", "-448192.89", &tiers);
        assert_eq!(cents(liquidation(&inputs).unwrap()), "26316.89");
    }

    #[test]
    fn a_fully_covered_long_is_never_liquidated_and_a_drowned_short_already_is() {
        let tiers = bitcoin_tiers();
        let covered = long("1", "100", "100", "0", "0", &tiers);
        assert_eq!(liquidation(&covered).unwrap(), Liquidation::Never);
        let drowned =
            LiquidationInputs { direction: Direction::Short, wallet_balance: money("-101"), ..covered };
        assert_eq!(liquidation(&drowned).unwrap(), Liquidation::Already);
    }

    #[test]
    fn bankruptcy_lies_beyond_liquidation() {
        let tiers = bitcoin_tiers();
        let inputs = long("1", "30000", "6000", "0", "0", &tiers);
        assert_eq!(bankruptcy(&inputs).unwrap().unwrap().to_string(), "24000");
        assert_eq!(cents(liquidation(&inputs).unwrap()), "24096.39");
    }

    proptest! {
        #[test]
        fn at_the_liquidation_price_margin_balance_equals_maintenance(
            lots in 1i64..5_000_000, entry in 1i64..10_000_000, leverage in 2i64..60, short in any::<bool>(), percent in 50i64..150,
        ) {
            let tiers = bitcoin_tiers();
            let quantity = Quantity::new(Decimal::new(lots, 3)).unwrap();
            let entry = Price::new(Decimal::new(entry, 2)).unwrap();
            let open_cost = entry.times(quantity).unwrap();
            let mut inputs = LiquidationInputs {
                direction: if short { Direction::Short } else { Direction::Long },
                quantity,
                open_cost,
                wallet_balance: Money::new(open_cost.get() / Decimal::from(leverage)),
                other_maintenance: Money::ZERO,
                other_unrealized: Money::ZERO,
                tiers: &tiers,
                mark: Price::new(entry.get() * Decimal::new(percent, 2)).unwrap(),
            };
            let before = headroom(&inputs).unwrap();
            match liquidation(&inputs).unwrap() {
                Liquidation::At(price) => {
                    prop_assert!(before > Money::ZERO);
                    inputs.mark = price;
                    let left = headroom(&inputs).unwrap().get().abs();
                    let scale = Decimal::ONE + open_cost.get();
                    prop_assert!(left <= scale * Decimal::new(1, 18), "left {} of {}", left, scale);
                }
                Liquidation::Already => prop_assert!(before <= Money::ZERO),
                Liquidation::Never => prop_assert!(!short),
            }
        }
    }
}
