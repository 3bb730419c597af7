//! How likely a position is to be liquidated within a time.

use autotrading_statistics::{StudentT, normal};

use crate::{
    RiskError,
    error::{finite, positive},
};

/// Where a position stands against its liquidation price. Volatility, drift and horizon are in the same unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Barrier {
    /// Mark price.
    pub mark: f64,
    /// Liquidation price.
    pub liquidation: f64,
    /// Standard deviation of log returns per unit of time.
    pub volatility: f64,
    /// Drift of the log price away from the barrier per unit of time; negative toward it.
    pub drift_away: f64,
    /// How far ahead is looked.
    pub horizon: f64,
}

/// Probability of touching the barrier, by two models; the larger counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiquidationRisk {
    /// First passage of a Brownian motion.
    pub normal: f64,
    /// The same by the reflection principle with a Student-t of 4 degrees scaled to unit variance.
    pub fat_tailed: f64,
}

impl LiquidationRisk {
    /// The larger of both.
    pub const fn probability(&self) -> f64 {
        self.normal.max(self.fat_tailed)
    }
}

/// Probability that mark touches the liquidation price within the horizon.
///
/// With `d = |ln(mark / LP)|`, drift `nu` away from the barrier and `s = sigma sqrt(T)`:
/// `Phi((-d - nu T) / s) + exp(-2 nu d / sigma^2) Phi((-d + nu T) / s)`, and fat-tailed
/// `2 F_t4(-sqrt(2) d / s)`. Source: Harrison (1985), Brownian Motion and Stochastic Flow Systems, section 1.8.
///
/// ```
/// use autotrading_risk::{Barrier, liquidation_risk};
/// // 10 % away in logs, 5 % a day: two standard deviations.
/// let risk = liquidation_risk(&Barrier { mark: 100.0, liquidation: 100.0 * (-0.1f64).exp(), volatility: 0.05, drift_away: 0.0, horizon: 1.0 })?;
/// assert!((risk.normal - 2.0 * 0.022750131948179).abs() < 1e-12); // 2 Phi(-2)
/// assert!((risk.fat_tailed - 0.047420652).abs() < 1e-8); // 2 F_t4(-2 sqrt 2)
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// A price, volatility or horizon that is not above zero; a drift that is not finite.
pub fn liquidation_risk(barrier: &Barrier) -> Result<LiquidationRisk, RiskError> {
    let mark = positive("mark", barrier.mark)?;
    let distance = (mark / positive("liquidation price", barrier.liquidation)?).ln().abs();
    let sigma = positive("volatility", barrier.volatility)?;
    let horizon = positive("horizon", barrier.horizon)?;
    let drift = finite("drift", barrier.drift_away)? * horizon;
    let s = positive("volatility over the horizon", sigma * horizon.sqrt())?;
    let direct = normal::cdf((-distance - drift) / s)?;
    let reflected = normal::cdf((-distance + drift) / s)?;
    // In logs: the exponential may overflow where the probability beside it is as good as nothing.
    let mirrored =
        if reflected > 0.0 { (-2.0 * drift * distance / (s * s) + reflected.ln()).exp() } else { 0.0 };
    let fat = 2.0 * StudentT::new(4.0)?.cdf(-std::f64::consts::SQRT_2 * distance / s)?;
    Ok(LiquidationRisk { normal: (direct + mirrored).clamp(0.0, 1.0), fat_tailed: fat.clamp(0.0, 1.0) })
}
