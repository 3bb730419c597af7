//! What a run is told, in whole numbers: one tick times the size, the fee, and where amounts are booked.

use autotrading_domain::{BOOKING_PLACES, Direction, Instrument, Money, Quantity, Rate};
use rust_decimal::Decimal;

use super::ColumnFault;
use crate::{InstrumentRules, ResearchRules};

/// An order larger than this is cut by the instrument of a backtest.
const LARGEST_ORDER: i64 = 1_000_000_000;
/// A decimal keeps 96 bits, about 7.9e28; what stays below this is exact.
const EXACT: f64 = 7e28;

/// The terms of one run. Notionals are counted in `10^-scale`, booked amounts in `10^-12`.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) instrument: Instrument,
    pub(super) cash: Money,
    pub(super) fee: Rate,
    /// A full position, and what turns it round.
    pub(super) quantity: Quantity,
    pub(super) double: Quantity,
    /// The same, measured.
    pub(super) size: f64,
    pub(super) rate: f64,
    /// Price of a tick, measured.
    tick: f64,
    /// Notional of a full position at a price of one tick.
    worth: i128,
    scale: u32,
    deposit: i128,
    booking: Booking,
    rate_mantissa: i128,
    levy: Booking,
    decimals: Decimals,
}

/// The scales that the engine's decimals have. A measurement of one depends on its scale in the last bit.
#[derive(Clone, Copy, Debug)]
struct Decimals {
    deposit: u32,
    notional: u32,
    realized: u32,
    fees: u32,
    /// From the terms' scale to that of a notional.
    finer: i128,
}

impl Decimals {
    /// The scale of `deposit + realized - fees`: nothing adds no decimals to a sum.
    fn of_wallet(&self, realized: i128, fees: i128) -> u32 {
        let realized = if realized == 0 { 0 } else { self.realized };
        let fees = if fees == 0 { 0 } else { self.fees };
        self.deposit.max(realized).max(fees)
    }
}

/// From one scale to that of booked amounts, half-even.
#[derive(Clone, Copy, Debug)]
enum Booking {
    Times(i128),
    Over(i128),
}

impl Booking {
    fn from(scale: u32) -> Self {
        if scale <= BOOKING_PLACES {
            Self::Times(10_i128.pow(BOOKING_PLACES - scale))
        } else {
            Self::Over(10_i128.pow(scale - BOOKING_PLACES))
        }
    }

    #[inline]
    fn book(self, amount: i128) -> i128 {
        match self {
            Self::Times(factor) => amount * factor,
            Self::Over(divisor) => half_even(amount, divisor),
        }
    }
}

#[inline]
fn half_even(amount: i128, divisor: i128) -> i128 {
    // A division of words where the amount is one: that of 128 bits is a call.
    let (quotient, rest) = match (i64::try_from(amount), i64::try_from(divisor)) {
        (Ok(amount), Ok(divisor)) => {
            (i128::from(amount.div_euclid(divisor)), i128::from(amount.rem_euclid(divisor)))
        }
        _ => (amount.div_euclid(divisor), amount.rem_euclid(divisor)),
    };
    let up = match (2 * rest).cmp(&divisor) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => quotient & 1,
        std::cmp::Ordering::Greater => 1,
    };
    quotient + up
}

impl Terms {
    /// The terms of `rules` on a market of so many bars whose prices lie on `tick` and nowhere above `highest`.
    pub(super) fn of(
        rules: &ResearchRules,
        tick: Decimal,
        bars: autotrading_market_data::Window<'_>,
        highest: f64,
    ) -> Result<Self, ColumnFault> {
        let wanted = rules.instrument();
        let instrument = InstrumentRules { tick_size: Some(tick), ..wanted }.instrument(bars.slice(0, 1))?;
        let size = rules.size.normalize();
        let measured = Rate::new(rules.size).to_f64();
        let lots = instrument.lots();
        let refused = |allowed| ColumnFault::Size { got: rules.size, allowed };
        if size <= Decimal::ZERO || size > Decimal::from(LARGEST_ORDER / 2) {
            return Err(refused("above zero, up to 500000000"));
        }
        let landed = lots.floor_index(measured).and_then(|index| lots.at(index));
        let landed = landed.map_err(|_| refused("fewer than 2^53 lots"))?;
        if landed != size {
            return Err(refused("as many digits as a measurement tells apart"));
        }
        let (tick, rate) = (tick.normalize(), rules.fee.get().normalize());
        let scale = tick.scale() + size.scale();
        let notional = tick.scale() + lots.step().scale();
        let cash = rules.cash.booked();
        let decimals = Decimals {
            deposit: cash.get().scale(),
            notional,
            realized: notional.min(BOOKING_PLACES),
            fees: (notional + rules.fee.get().scale()).min(BOOKING_PLACES),
            finer: 10_i128.pow(notional - scale),
        };
        let terms = Self {
            cash,
            fee: rules.fee,
            quantity: Quantity::new(landed)?,
            double: Quantity::new(landed)?.plus(Quantity::new(landed)?)?,
            size: Quantity::new(landed)?.to_f64(),
            rate: rules.fee.to_f64(),
            tick: instrument.ticks().step_f64(),
            worth: tick.mantissa() * size.mantissa(),
            scale,
            deposit: cash.get().mantissa() * 10_i128.pow(BOOKING_PLACES.saturating_sub(cash.get().scale())),
            booking: Booking::from(scale),
            rate_mantissa: rate.mantissa(),
            levy: Booking::from(scale + rate.scale()),
            decimals,
            instrument,
        };
        terms.check_digits(highest, bars.len())?;
        Ok(terms)
    }

    /// Whether every amount that the engine's decimals meet on the way is exact in them.
    fn check_digits(&self, highest: f64, bars: usize) -> Result<(), ColumnFault> {
        let power = |scale: u32| 10f64.powi(scale as i32);
        let (tick, lot) = (self.instrument.ticks().step().scale(), self.instrument.lots().step().scale());
        let notional = 2.0 * highest * self.size;
        let rate = self.fee.get();
        if notional * self.rate.abs() * power(tick + lot + rate.scale()) > EXACT {
            return Err(ColumnFault::Digits { what: "a fee" });
        }
        let most = self.cash.to_f64().abs() + notional * (1.0 + self.rate.abs()) * bars as f64;
        if most * power((tick + lot).max(BOOKING_PLACES)) > EXACT || tick + lot + rate.scale() > 28 {
            return Err(ColumnFault::Digits { what: "the account" });
        }
        Ok(())
    }

    /// About the price of so many ticks.
    #[inline]
    pub(super) fn about(&self, ticks: i64) -> f64 {
        ticks as f64 * self.tick
    }

    /// Notional of a full position at so many ticks.
    #[inline]
    pub(super) fn notional(&self, ticks: i64) -> i128 {
        i128::from(ticks) * self.worth
    }

    /// Fee of a fill, booked.
    #[inline]
    pub(super) fn fee_of(&self, notional: i128) -> i128 {
        self.levy.book(notional * self.rate_mantissa)
    }

    /// A notional as it is booked.
    #[inline]
    pub(super) fn booked(&self, notional: i128) -> i128 {
        self.booking.book(notional)
    }

    /// Booked amounts plus notionals as money, without trailing zeros.
    pub(super) fn money(&self, booked: i128, notional: i128) -> Result<Money, ColumnFault> {
        let finest = self.scale.max(BOOKING_PLACES);
        let sum = booked * 10_i128.pow(finest - BOOKING_PLACES) + notional * 10_i128.pow(finest - self.scale);
        let exact = Decimal::try_from_i128_with_scale(sum, finest)
            .map_err(|_| ColumnFault::Digits { what: "the account" })?;
        Ok(Money::new(exact.normalize()))
    }

    /// What is in the wallet, measured as the ledger's decimal is.
    #[inline]
    pub(super) fn measured_wallet(&self, realized: i128, fees: i128) -> f64 {
        let scale = self.decimals.of_wallet(realized, fees);
        // Booked amounts have no digit below their scale.
        let mantissa = (self.deposit() + realized - fees) / coarser(BOOKING_PLACES - scale);
        Money::new(Decimal::from_i128_with_scale(mantissa, scale)).to_f64()
    }

    /// What the position cost, measured as the ledger's decimal is.
    #[inline]
    pub(super) fn measured_cost(&self, cost: i128) -> f64 {
        Money::new(Decimal::from_i128_with_scale(cost * self.decimals.finer, self.decimals.notional)).to_f64()
    }

    /// The deposit in booked units.
    pub(super) fn deposit(&self) -> i128 {
        self.deposit
    }
}

/// +1, 0 or -1.
pub(super) const fn sign(direction: Direction) -> i128 {
    match direction {
        Direction::Long => 1,
        Direction::Flat => 0,
        Direction::Short => -1,
    }
}

/// `10^places`; mostly one, which costs no division.
#[inline]
fn coarser(places: u32) -> i128 {
    10_i128.pow(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_booked_half_even_on_both_sides_of_zero() {
        for (amount, expected) in
            [(25, 2), (35, 4), (26, 3), (24, 2), (-25, -2), (-35, -4), (-26, -3), (0, 0), (10, 1)]
        {
            assert_eq!(half_even(amount, 10), expected, "{amount}");
            let large = i128::from(i64::MAX) * 4 * 10;
            assert_eq!(half_even(large + amount, 10), large / 10 + expected, "{amount}");
        }
    }
}
