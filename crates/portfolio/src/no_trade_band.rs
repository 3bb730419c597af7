//! Rebalancing when it is worth its cost: a band around each target in which nothing is traded, and the calendar.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

use autotrading_domain::{Span, Timestamp};

use crate::PortfolioError;

/// The band around a target weight inside which the cost of trading exceeds its use.
///
/// Half its width is `(3 / (2 gamma) * cost * w^2 (1 - w)^2)^(1/3)`: the cube root of the cost, so a tenth of the cost
/// gives a band of about half the width. Source: Janecek and Shreve (2004), "Asymptotic analysis for optimal investment
/// and consumption with transaction costs". Holdings outside are brought to the nearer edge, not to the target.
///
/// ```
/// use autotrading_portfolio::NoTradeBand;
/// let band = NoTradeBand { cost: 0.001, risk_aversion: 2.0 };
/// // (0.75 * 0.001 * 0.25 * 0.25)^(1/3) = (4.6875e-5)^(1/3)
/// assert!((band.half_width(0.5)? - 0.036056).abs() < 1e-6);
/// assert_eq!(band.rebalanced(0.52, 0.5)?, 0.52); // inside: left alone
/// assert!((band.rebalanced(0.60, 0.5)? - 0.536056).abs() < 1e-6); // outside: to the edge
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoTradeBand {
    /// Cost of trading one unit of value, one way: fee, half of the spread and slippage. 0.001 for ten basis points.
    pub cost: f64,
    /// Relative risk aversion, 1 for logarithmic utility (full Kelly), 2 for half Kelly.
    pub risk_aversion: f64,
}

impl NoTradeBand {
    /// Half the width of the band, in weight.
    ///
    /// # Errors
    /// A cost below zero or of all there is, a risk aversion that is not above zero, a target that is not finite.
    pub fn half_width(self, target: f64) -> Result<f64, PortfolioError> {
        let bad = |what, got, allowed| Err(PortfolioError::Parameter { what, got, allowed });
        if !(0.0..1.0).contains(&self.cost) {
            return bad("the cost of trading", self.cost, "0 to 1");
        }
        if !(self.risk_aversion > 0.0 && self.risk_aversion.is_finite()) {
            return bad("the risk aversion", self.risk_aversion, "above zero");
        }
        if !target.is_finite() {
            return bad("a target weight", target, "finite");
        }
        let drift = target * (1.0 - target);
        Ok((1.5 / self.risk_aversion * self.cost * drift * drift).cbrt())
    }

    /// The weight to hold when `held` is held and `target` is wanted.
    ///
    /// # Errors
    /// As [`half_width`](Self::half_width); a holding that is not finite.
    pub fn rebalanced(self, held: f64, target: f64) -> Result<f64, PortfolioError> {
        if !held.is_finite() {
            return Err(PortfolioError::Parameter { what: "a held weight", got: held, allowed: "finite" });
        }
        let half = self.half_width(target)?;
        Ok(held.clamp(target - half, target + half))
    }
}

/// Whether a new period of the calendar has begun since the last rebalancing: periods of `every`, counted from the epoch,
/// so that a day is a day of UTC.
///
/// ```
/// use autotrading_domain::{Span, Timestamp};
/// use autotrading_portfolio::is_calendar_due;
/// let late = Timestamp::EPOCH.after(Span::HOUR.times(23));
/// assert!(!is_calendar_due(Timestamp::EPOCH, late, Span::DAY));
/// assert!(is_calendar_due(late, late.after(Span::HOUR.times(2)), Span::DAY)); // past midnight
/// ```
pub fn is_calendar_due(last: Timestamp, now: Timestamp, every: Span) -> bool {
    let period = |at: Timestamp| at.nanos().div_euclid(every.nanos().max(1));
    period(now) > period(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_or_nothing_has_no_band() {
        let band = NoTradeBand { cost: 0.001, risk_aversion: 1.0 };
        assert_eq!(band.half_width(0.0), Ok(0.0));
        assert_eq!(band.half_width(1.0), Ok(0.0));
    }

    #[test]
    fn bad_input_is_named() {
        assert!(NoTradeBand { cost: -0.1, risk_aversion: 1.0 }.half_width(0.5).is_err());
        assert!(NoTradeBand { cost: 0.1, risk_aversion: 0.0 }.half_width(0.5).is_err());
        assert!(NoTradeBand { cost: 0.1, risk_aversion: 1.0 }.half_width(f64::NAN).is_err());
        assert!(NoTradeBand { cost: 0.1, risk_aversion: 1.0 }.rebalanced(f64::NAN, 0.5).is_err());
    }

    proptest! {
        #[test]
        fn what_is_inside_the_band_is_left_alone_and_nothing_stays_outside(
            cost in 0.0_f64..0.05, gamma in 0.5_f64..10.0, held in -1.0_f64..2.0, target in -1.0_f64..2.0,
        ) {
            let band = NoTradeBand { cost, risk_aversion: gamma };
            let half = band.half_width(target).unwrap();
            let after = band.rebalanced(held, target).unwrap();
            prop_assert!((after - target).abs() <= half + 1e-12);
            prop_assert!((held - target).abs() > half || after == held);
            prop_assert!((after - held).abs() <= (held - target).abs());
        }
    }
}
