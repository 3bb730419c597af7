//! What taking costs: half the spread, and the impact of one's own size.

use autotrading_domain::{Instrument, Price, Quantity, Side, Toward, ValueError};

use super::VenueRules;

/// Spread and impact of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakingCosts {
    half_spread: f64,
    impact: f64,
}

/// The price of taking, and what it is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) price: Price,
    half_spread: f64,
    impact: f64,
}

impl Taken {
    /// Rates of the reference that a price on the tick, and within a limit, really gives to spread and to impact.
    pub(super) fn paid(&self, side: Side, price: Price, reference: f64) -> (f64, f64) {
        let asked = self.half_spread + self.impact;
        if asked <= 0.0 {
            return (0.0, 0.0);
        }
        let paid = (side.sign() * (price.to_f64() - reference) / reference).max(0.0);
        (paid * self.half_spread / asked, paid * self.impact / asked)
    }
}

impl TakingCosts {
    pub(super) fn of(rules: &VenueRules) -> Self {
        Self { half_spread: rules.half_spread_bps * 1e-4, impact: rules.impact_coefficient }
    }

    /// The nearest price at which somebody stands on the other side, when the market's price is `reference`.
    pub(super) fn touch(
        &self,
        instrument: &Instrument,
        side: Side,
        reference: f64,
    ) -> Result<Price, ValueError> {
        worsened(instrument, side, reference, self.half_spread)
    }

    /// The price of taking `quantity` from a market at `reference` that trades `volume` in this bar.
    pub(super) fn take(
        &self,
        instrument: &Instrument,
        side: Side,
        reference: f64,
        quantity: Quantity,
        volume: f64,
    ) -> Result<Taken, ValueError> {
        let impact = if self.impact > 0.0 { self.impact * root_share(quantity, volume) } else { 0.0 };
        let price = worsened(instrument, side, reference, self.half_spread + impact)?;
        Ok(Taken { price, half_spread: self.half_spread, impact })
    }
}

/// `sqrt(quantity / volume)`; 1 when nothing was traded but by us.
fn root_share(quantity: Quantity, volume: f64) -> f64 {
    if volume > 0.0 { (quantity.to_f64() / volume).sqrt() } else { 1.0 }
}

/// The farthest that spread and impact together move a price.
const SMALLEST_FACTOR: f64 = 0.01;
const LARGEST_FACTOR: f64 = 100.0;

fn worsened(instrument: &Instrument, side: Side, reference: f64, rate: f64) -> Result<Price, ValueError> {
    if rate == 0.0 {
        return instrument.price(reference);
    }
    // However large a sale is, it does not push the price to nothing.
    let factor = (1.0 + side.sign() * rate).clamp(SMALLEST_FACTOR, LARGEST_FACTOR);
    let raw = (reference * factor).max(instrument.ticks().step_f64());
    instrument.price_toward(raw, side, Toward::Aggressive)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(side: Side, reference: f64, quantity: f64, volume: f64) -> String {
        let instrument =
            Instrument::linear_perpetual("sim", "BTC", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        let rules = VenueRules { half_spread_bps: 5.0, impact_coefficient: 0.01, ..VenueRules::research() };
        let quantity = instrument.quantity_down(quantity).unwrap();
        let taken = TakingCosts::of(&rules).take(&instrument, side, reference, quantity, volume).unwrap();
        taken.price.to_string()
    }

    #[test]
    fn who_takes_pays_half_the_spread_and_the_root_of_his_share() {
        // 5 bp spread + 1 % * sqrt(1 / 100) = 10 bp of impact: 15 bp of 1000.
        assert_eq!(price(Side::Buy, 1000.0, 1.0, 100.0), "1001.5");
        assert_eq!(price(Side::Sell, 1000.0, 1.0, 100.0), "998.5");
        assert_eq!(price(Side::Buy, 1000.0, 1.0, 0.0), "1010.5"); // as if we were all of the volume
    }

    #[test]
    fn a_price_between_two_ticks_is_rounded_against_us() {
        assert_eq!(price(Side::Buy, 1000.07, 1.0, 100.0), "1001.6");
        assert_eq!(price(Side::Sell, 1000.07, 1.0, 100.0), "998.5");
    }
}
