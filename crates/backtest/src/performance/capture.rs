//! How much of the asset's good and bad times a run took part in.

use serde::{Deserialize, Serialize};

use super::ratios::defined;

/// Mean return of a run over that of the asset, where the asset rose and where it fell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// Share of the asset's rises that the run took; `None` when it never rose.
    pub up: Option<f64>,
    /// Share of the asset's falls that the run took; `None` when it never fell.
    pub down: Option<f64>,
}

impl Capture {
    /// Compares returns of the same periods, as many as both have: `sum of own / sum of the asset's`, over the periods in
    /// which the asset rose, and over those in which it fell. Source: Bacon (2008), "Practical Portfolio Performance
    /// Measurement and Attribution", ch. 3.
    ///
    /// ```
    /// use autotrading_backtest::Capture;
    /// let half = Capture::of(&[0.01, -0.01, 0.02], &[0.02, -0.04, 0.04]);
    /// assert_eq!((half.up, half.down), (Some(0.5), Some(0.25)));
    /// ```
    pub fn of(own: &[f64], asset: &[f64]) -> Self {
        let share = |counts: fn(f64) -> bool| {
            let pairs = own.iter().zip(asset).filter(|(_, b)| counts(**b));
            let (mine, its) = pairs.fold((0.0, 0.0), |(mine, its), (a, b)| (mine + a, its + b));
            if its == 0.0 { None } else { defined(mine / its) }
        };
        Self { up: share(|b| b > 0.0), down: share(|b| b < 0.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holding_the_asset_captures_all_and_standing_aside_nothing() {
        let asset = [0.02, -0.01, 0.0, 0.03];
        assert_eq!(Capture::of(&asset, &asset), Capture { up: Some(1.0), down: Some(1.0) });
        assert_eq!(Capture::of(&[0.0; 4], &asset), Capture { up: Some(0.0), down: Some(0.0) });
        assert_eq!(Capture::of(&asset, &[0.01; 4]).down, None);
        assert_eq!(Capture::of(&[], &[]), Capture { up: None, down: None });
    }
}
