//! The account's gross leverage, and what the venue's tiers allow at the leverage that is set.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, Refusal, SizeRequest, ceiling};

/// The smaller of
/// - `(maximum * equity - notional of all other positions) / mark`, with a maximum of at most 1 for spot,
/// - `cap / mark` with the cap of the last margin tier that still allows the leverage set at the venue.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{Cap, GrossLeverage, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let flat = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0);
/// let request = SizeRequest { gross_notional: 40_000.0, ..flat };
/// assert_eq!(GrossLeverage { maximum: 10.0 }.ceiling(&request).quantity(), Some(3.0)); // 60 000 / 20 000
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrossLeverage {
    /// Largest sum of absolute notionals, in multiples of the equity; 10 unless told otherwise.
    pub maximum: f64,
}

impl Default for GrossLeverage {
    fn default() -> Self {
        Self { maximum: 10.0 }
    }
}

impl GrossLeverage {
    fn largest(&self, request: &SizeRequest<'_>) -> Result<(f64, &'static str), Refusal> {
        let mark = ceiling::positive("mark", request.mark)?;
        let equity = ceiling::positive("equity", request.equity)?;
        let perpetual = request.instrument.is_perpetual();
        let maximum = if perpetual { self.maximum } else { self.maximum.min(1.0) };
        let account = (maximum * equity - request.others_notional()?).max(0.0) / mark;
        let tier = if perpetual { tier_notional(request)? / mark } else { f64::INFINITY };
        Ok(if tier < account { (tier, "margin tier at the leverage set") } else { (account, "") })
    }
}

/// The notional up to which the venue allows the leverage that is set.
fn tier_notional(request: &SizeRequest<'_>) -> Result<f64, Refusal> {
    let tiers = request.instrument.tiers().as_slice();
    let allowed = tiers.iter().take_while(|tier| tier.max_leverage >= request.leverage).count();
    let Some(last) = allowed.checked_sub(1).and_then(|place| tiers.get(place)) else {
        return Err(Refusal::no_room("the leverage set is above that of the first margin tier"));
    };
    let cap = last.notional_cap.to_f64();
    // A notional at the cap belongs to the next tier, where this leverage is not allowed any more.
    Ok(if allowed < tiers.len() { cap * (1.0 - 1e-12) } else { cap })
}

impl Cap for GrossLeverage {
    fn name(&self) -> CapName {
        CapName::new("leverage")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).map_or_else(Ceiling::from, |(quantity, note)| Ceiling::at(quantity).noted(note))
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Instrument, Leverage, MarginTier, MarginTiers, Money, Rate, Side};

    use super::*;

    fn tier(floor: i64, cap: i64, rate: i64, amount: i64, leverage: i64) -> MarginTier {
        MarginTier {
            notional_floor: Money::new(floor.into()),
            notional_cap: Money::new(cap.into()),
            maintenance_margin_rate: Rate::basis_points(rate),
            maintenance_amount: Money::new(amount.into()),
            max_leverage: Leverage::new(leverage.into()).unwrap(),
        }
    }

    fn ladder() -> Instrument {
        let plain =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap());
        let mut spec = plain.unwrap().spec().clone();
        spec.tiers =
            MarginTiers::new(vec![tier(0, 1_000, 40, 0, 20), tier(1_000, 5_000, 50, 1, 10)]).unwrap();
        Instrument::new(spec).unwrap()
    }

    #[test]
    fn the_tier_of_the_leverage_set_limits_the_notional() {
        let instrument = ladder();
        let ceiling = |leverage: i64| {
            let request = SizeRequest {
                leverage: Leverage::new(leverage.into()).unwrap(),
                ..SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6)
            };
            GrossLeverage::default().ceiling(&request)
        };
        let at_twenty = ceiling(20).quantity().unwrap();
        assert!(at_twenty < 100.0 && at_twenty > 99.999);
        assert_eq!(ceiling(10).quantity(), Some(500.0));
        assert!(matches!(ceiling(21), Ceiling::Zero { refusal: Refusal::NoRoom { .. } }));
    }

    #[test]
    fn other_positions_above_the_limit_leave_nothing() {
        let instrument = ladder();
        let request =
            SizeRequest { gross_notional: 11_000.0, ..SizeRequest::new(&instrument, Side::Buy, 10.0, 1e3) };
        assert_eq!(GrossLeverage::default().ceiling(&request).quantity(), Some(0.0));
    }

    #[test]
    fn spot_is_never_levered() {
        let mut spec = ladder().spec().clone();
        spec.kind = autotrading_domain::InstrumentKind::Spot;
        spec.funding_interval = None;
        let spot = Instrument::new(spec).unwrap();
        let request = SizeRequest::new(&spot, Side::Buy, 10.0, 1e3);
        assert_eq!(GrossLeverage::default().ceiling(&request).quantity(), Some(100.0));
    }
}
