//! The liquidation price of what results must stay far from mark.

use autotrading_domain::MarginTier;
use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, MarginMode, Refusal, SizeRequest, ceiling};

/// The largest resulting position whose liquidation price stays at least `D = multiple * ATR + 2 * taker fee * mark`
/// away from mark (the fees are those of a way in and a way out).
///
/// The liquidation price is at least `D` away exactly when the margin balance at `P = mark -/+ D` (not below zero) still
/// covers maintenance there. Added quantity costs `mark`, so that balance is linear in the resulting quantity `q`, and
/// maintenance is the largest of the tiers' lines `rate_k * q * P - amount_k` (rates rise, maintenance is continuous).
/// Every tier therefore gives one linear inequality, and the ceiling is the smallest of their solutions: no iteration.
/// - cross, with `M` = equity of the account less the maintenance of the other positions:
///   `q <= (M + amount_k) / (D + rate_k * P)`
/// - isolated, holding `h` in the direction of the trade at the open cost `C` with the margin `I`, `s` = +1 long, -1 short:
///   `I - h * mark / leverage + s * (h * mark - C) + amount_k + q * (mark / leverage - D - rate_k * P) >= 0`
///
/// Source: the margin model of `autotrading_domain::liquidation`. A held position that is already nearer than `D` gets
/// nothing added; one held against the trade is closed at mark first. Spot is never liquidated.
///
/// ```
/// use autotrading_domain::{Instrument, Leverage, MarginTiers, Money, Rate, Side};
/// use autotrading_sizing::{Cap, LiquidationDistance, MarginMode, SizeRequest};
/// let plain = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let mut spec = plain.spec().clone();
/// spec.tiers = MarginTiers::single(Rate::basis_points(100), Leverage::ONE)?;
/// let instrument = Instrument::new(spec)?;
/// let request = SizeRequest {
///     atr: Some(2.0),
///     margin_mode: MarginMode::Cross {
///         wallet: Money::new(694.into()),
///         other_maintenance: Money::ZERO,
///         other_unrealized: Money::ZERO,
///     },
///     ..SizeRequest::new(&instrument, Side::Buy, 100.0, 694.0)
/// };
/// let most = LiquidationDistance { multiple: 3.0 }.ceiling(&request).quantity().unwrap();
/// assert!((most - 100.0).abs() < 1e-6); // 694 / (6 + 1 % * 94): 100 bought at 100 are liquidated at 94
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidationDistance {
    /// Distance to keep, in ATR; 3 unless told otherwise.
    pub multiple: f64,
}

impl Default for LiquidationDistance {
    fn default() -> Self {
        Self { multiple: 3.0 }
    }
}

/// Rounding errors of the sums below are far smaller, relative to their largest term.
const CAUTION: f64 = 1e-13;

/// `constant + slope * q >= 0`, less one line per tier.
struct Line {
    /// Margin balance at `q = 0`, in settlement currency.
    constant: f64,
    /// What each base unit adds to it.
    slope: f64,
    /// The largest terms that went into the constant and the slope, for their rounding errors.
    magnitude: (f64, f64),
}

impl LiquidationDistance {
    /// The distance from mark that the liquidation price has to keep, in quote currency per base unit.
    ///
    /// # Errors
    /// ATR missing, or not a finite number above zero; mark likewise.
    pub fn distance(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        let fee = request.instrument.spec().taker_fee.to_f64().max(0.0);
        let atr = ceiling::known("ATR", request.atr)?;
        Ok(self.multiple * atr + 2.0 * fee * ceiling::positive("mark", request.mark)?)
    }

    fn largest(&self, request: &SizeRequest<'_>) -> Result<Ceiling, Refusal> {
        if !request.instrument.is_perpetual() {
            return Ok(Ceiling::Unlimited);
        }
        let distance = ceiling::finite("liquidation distance", self.distance(request)?)?;
        let adverse = (request.mark - request.side.sign() * distance).max(0.0);
        let balance = match request.margin_mode {
            MarginMode::Isolated => isolated(request, adverse)?,
            MarginMode::Cross { wallet, other_maintenance, other_unrealized } => {
                let others = other_unrealized.to_f64() - other_maintenance.to_f64();
                cross(request, adverse, wallet.to_f64(), others)?
            }
        };
        let tiers = request.instrument.tiers().as_slice();
        let held = request.held();
        let near = |tier: &MarginTier| {
            let (constant, slope) = balance.less(tier, adverse);
            constant + slope * held < 0.0
        };
        if request.margin_mode == MarginMode::Isolated && held > 0.0 && tiers.iter().any(near) {
            return Ok(Ceiling::at(held).noted("what is held is nearer to liquidation already"));
        }
        let most = tiers.iter().map(|tier| balance.most(tier, adverse)).fold(f64::INFINITY, f64::min);
        Ok(if most == f64::INFINITY { Ceiling::Unlimited } else { Ceiling::at(most.max(0.0)) })
    }
}

/// The whole equity carries the position; closing at mark does not change equity, so holdings do not matter.
fn cross(request: &SizeRequest<'_>, adverse: f64, wallet: f64, others: f64) -> Result<Line, Refusal> {
    let (size, cost) = (request.signed(), request.holding.open_cost.to_f64());
    let unrealized = if size == 0.0 { 0.0 } else { size * request.mark - size.signum() * cost };
    let constant = ceiling::finite("margin balance", wallet + others + unrealized)?;
    let magnitude = wallet.abs() + others.abs() + (size * request.mark).abs() + cost.abs();
    let distance = (adverse - request.mark).abs();
    Ok(Line { constant, slope: -distance, magnitude: (magnitude, distance) })
}

/// The assigned margin carries the position; each added unit brings its initial margin.
fn isolated(request: &SizeRequest<'_>, adverse: f64) -> Result<Line, Refusal> {
    let per_unit = request.mark / request.leverage.to_f64();
    let held = request.held();
    let (constant, magnitude) = if held > 0.0 {
        let (cost, margin) = (request.holding.open_cost.to_f64(), request.holding.isolated_margin.to_f64());
        let gain = request.side.sign() * (held * request.mark - cost);
        let constant = margin - held * per_unit + gain;
        (constant, margin.abs() + held * request.mark + cost.abs())
    } else {
        (0.0, 0.0)
    };
    let constant = ceiling::finite("margin balance", constant)?;
    let distance = (adverse - request.mark).abs();
    Ok(Line { constant, slope: per_unit - distance, magnitude: (magnitude, per_unit + distance) })
}

impl Line {
    /// The line less the maintenance line of a tier, rounded against the trade.
    fn less(&self, tier: &MarginTier, adverse: f64) -> (f64, f64) {
        let amount = tier.maintenance_amount.to_f64();
        let rate = tier.maintenance_margin_rate.to_f64();
        let constant = self.constant + amount - CAUTION * (self.magnitude.0 + amount);
        let demand = rate * adverse;
        (constant, self.slope - demand - CAUTION * (self.magnitude.1 + demand))
    }

    /// The largest quantity above which maintenance of a tier is not covered; infinite when there is none.
    fn most(&self, tier: &MarginTier, adverse: f64) -> f64 {
        let (constant, slope) = self.less(tier, adverse);
        if slope < 0.0 { constant / -slope } else { f64::INFINITY }
    }
}

impl Cap for LiquidationDistance {
    fn name(&self) -> CapName {
        CapName::new("liquidation_distance")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).unwrap_or_else(Ceiling::from)
    }
}
