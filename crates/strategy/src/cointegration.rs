//! Whether two prices wander together: the test of Engle and Granger.

use serde::{Deserialize, Serialize};

/// Most lagged differences in the regression of the residuals.
pub const MOST_LAGS: usize = 4;
/// Fewest observations that are tested: below, the response surfaces of the critical values say little.
pub const FEWEST_OBSERVATIONS: usize = 30;
/// Regressors of the residual test: the level and the lagged differences.
const WIDTH: usize = MOST_LAGS + 1;

/// How often two prices that have nothing to do with each other pass the test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Significance {
    /// One time in twenty.
    #[default]
    #[serde(rename = "5 %")]
    FivePercent,
    /// One time in ten.
    #[serde(rename = "10 %")]
    TenPercent,
}

impl Significance {
    /// Below which statistic two series count as cointegrated: MacKinnon's response surface
    /// `b0 + b1 / T + b2 / T^2` for two variables and a constant, `T = observations - 1`.
    ///
    /// Source: MacKinnon (2010), *Critical Values for Cointegration Tests*, Queen's Economics Department Working Paper
    /// 1227, table 2, N = 2.
    ///
    /// ```
    /// use autotrading_strategy::Significance;
    /// let critical = Significance::FivePercent.critical_value(501);
    /// assert!((critical - (-3.33613 - 6.1101 / 500.0 - 6.823 / 250_000.0)).abs() < 1e-12); // -3.34838
    /// ```
    #[must_use]
    pub fn critical_value(self, observations: usize) -> f64 {
        let [b0, b1, b2] = match self {
            Self::FivePercent => [-3.33613, -6.1101, -6.823],
            Self::TenPercent => [-3.04445, -4.2412, -2.720],
        };
        let t = observations.saturating_sub(1).max(1) as f64;
        b0 + b1 / t + b2 / (t * t)
    }
}

/// Why two series could not be tested.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CointegrationError {
    /// Series of different length.
    #[error("series of {one} and {other} observations: must be equally long")]
    Length {
        /// Length of the first.
        one: usize,
        /// Length of the second.
        other: usize,
    },
    /// Too few observations for so many lags.
    #[error(
        "{got} observations with {lags} lags: at least {FEWEST_OBSERVATIONS}, and at most {MOST_LAGS} lags"
    )]
    Observations {
        /// How many came.
        got: usize,
        /// How many lags were asked for.
        lags: usize,
    },
    /// A number that is none.
    #[error("observation {at} is not finite")]
    NotFinite {
        /// Its place.
        at: usize,
    },
    /// A constant series, or two that are the same up to scale.
    #[error("the series are constant or one is a multiple of the other: there is nothing left to test")]
    Degenerate,
}

/// What the test found: `y = intercept + slope * x + residual`, and how strongly the residual returns to zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngleGranger {
    /// Level of `y` where `x` is zero.
    pub intercept: f64,
    /// Hedge ratio: how many units of `x` move like one of `y`; of log prices, notional for notional.
    pub slope: f64,
    /// t-value of the residual's level in the regression of its change on its level and its lagged changes; the more
    /// negative, the stronger the return.
    pub statistic: f64,
    /// How many observations were tested.
    pub observations: usize,
}

impl EngleGranger {
    /// Tests whether two series are cointegrated, with so many lagged differences (one, if in doubt).
    ///
    /// Two steps: least squares of `y` on a constant and `x`, then the augmented Dickey-Fuller regression of the
    /// residuals without a constant. Source: Engle and Granger (1987), *Econometrica* 55, 251-276.
    ///
    /// # Errors
    /// [`CointegrationError`].
    pub fn test(y: &[f64], x: &[f64], lags: usize) -> Result<Self, CointegrationError> {
        if y.len() != x.len() {
            return Err(CointegrationError::Length { one: y.len(), other: x.len() });
        }
        let at = |series: &[f64], place: usize| series.get(place).copied().unwrap_or(f64::NAN);
        Self::test_by(y.len(), |place| at(y, place), |place| at(x, place), lags)
    }

    /// The same on series that are looked up; allocates nothing.
    pub(crate) fn test_by(
        n: usize,
        y: impl Fn(usize) -> f64,
        x: impl Fn(usize) -> f64,
        lags: usize,
    ) -> Result<Self, CointegrationError> {
        if n < FEWEST_OBSERVATIONS || lags > MOST_LAGS {
            return Err(CointegrationError::Observations { got: n, lags });
        }
        if let Some(at) = (0..n).find(|at| !(y(*at).is_finite() && x(*at).is_finite())) {
            return Err(CointegrationError::NotFinite { at });
        }
        let mean = |of: &dyn Fn(usize) -> f64| (0..n).map(of).sum::<f64>() / n as f64;
        let (mean_y, mean_x) = (mean(&y), mean(&x));
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for at in 0..n {
            let (dx, dy) = (x(at) - mean_x, y(at) - mean_y);
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        let unexplained = yy - xy * xy / xx;
        // Also catches what is not a number: a constant x, or squares beyond the finite range.
        if !(unexplained > 1e-12 * yy && unexplained.is_finite()) {
            return Err(CointegrationError::Degenerate);
        }
        let slope = xy / xx;
        let residual = |at: usize| (y(at) - mean_y) - slope * (x(at) - mean_x);
        let statistic = dickey_fuller(n, residual, lags).ok_or(CointegrationError::Degenerate)?;
        Ok(Self { intercept: mean_y - slope * mean_x, slope, statistic, observations: n })
    }

    /// Whether the statistic lies below the critical value.
    #[must_use]
    pub fn holds(&self, significance: Significance) -> bool {
        self.statistic < significance.critical_value(self.observations)
    }
}

/// t-value of `e[t-1]` in `e[t] - e[t-1] = g e[t-1] + sum of c_i (e[t-i] - e[t-i-1])`; `None` where it has none.
fn dickey_fuller(n: usize, e: impl Fn(usize) -> f64, lags: usize) -> Option<f64> {
    let width = 1 + lags;
    let change = |at: usize| e(at) - e(at - 1);
    let (mut gram, mut moment, mut total) = ([[0.0; WIDTH]; WIDTH], [0.0; WIDTH], 0.0);
    for at in width..n {
        let mut row = [0.0; WIDTH];
        for (lag, cell) in row.iter_mut().enumerate().take(width) {
            *cell = if lag == 0 { e(at - 1) } else { change(at - lag) };
        }
        let moved = change(at);
        total += moved * moved;
        for ((line, left), moment) in gram.iter_mut().zip(row).zip(&mut moment) {
            *moment += left * moved;
            line.iter_mut().zip(row).for_each(|(cell, right)| *cell += left * right);
        }
    }
    let (solved, first_of_inverse) = solve(gram, moment, width)?;
    let explained: f64 = solved.iter().zip(moment).map(|(c, m)| c * m).sum();
    let freedom = (n - width).checked_sub(width).filter(|left| *left > 0)? as f64;
    let error = ((total - explained).max(0.0) / freedom * first_of_inverse).sqrt();
    let statistic = solved.first()? / error;
    statistic.is_finite().then_some(statistic)
}

/// Solves `gram * c = moment` by elimination, and tells the first diagonal element of the inverse.
fn solve(mut gram: [[f64; WIDTH]; WIDTH], moment: [f64; WIDTH], width: usize) -> Option<([f64; WIDTH], f64)> {
    // Two right-hand sides: the moments, and the first unit vector.
    let mut right = [[0.0; 2]; WIDTH];
    for (place, (line, moment)) in right.iter_mut().zip(moment).enumerate() {
        *line = [moment, f64::from(u8::from(place == 0))];
    }
    for pivot in 0..width {
        let (row, sides) = (*gram.get(pivot)?, *right.get(pivot)?);
        let head = *row.get(pivot)?;
        if head <= 0.0 || !head.is_finite() {
            return None;
        }
        for (place, (line, side)) in gram.iter_mut().zip(&mut right).enumerate().take(width) {
            if place == pivot {
                continue;
            }
            let factor = *line.get(pivot)? / head;
            line.iter_mut().zip(row).for_each(|(cell, of)| *cell -= factor * of);
            side.iter_mut().zip(sides).for_each(|(cell, of)| *cell -= factor * of);
        }
    }
    let mut solved = [0.0; WIDTH];
    let mut first = 0.0;
    for (place, (line, [moment, unit])) in gram.iter().zip(right).enumerate().take(width) {
        let head = *line.get(place)?;
        *solved.get_mut(place)? = moment / head;
        if place == 0 {
            first = unit / head;
        }
    }
    Some((solved, first))
}
