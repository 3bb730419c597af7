//! How assets move together over time, and when that breaks.

use autotrading_statistics::{Decay, Estimator, ExponentialCovariance, StatisticsError, covariance};
use ndarray::{Array2, Axis};

use crate::{Linkage, PortfolioError, Returns};

/// Correlation matrix of the last `window` periods, one for each period that has so many behind it, oldest first.
///
/// ```
/// use autotrading_portfolio::{Returns, rolling_correlation};
/// use ndarray::array;
///
/// let returns = Returns::new(["A", "B"], array![[0.1, 0.1], [0.2, 0.2], [0.1, 0.3]])?;
/// let rolling = rolling_correlation(&returns, 2)?;
/// assert!((rolling[0][[0, 1]] - 1.0).abs() < 1e-12); // up together
/// assert!((rolling[1][[0, 1]] + 1.0).abs() < 1e-12); // then apart
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// A window under two or over the periods there are, an asset that is constant within a window.
pub fn rolling_correlation(returns: &Returns, window: usize) -> Result<Vec<Array2<f64>>, PortfolioError> {
    returns.require(window.max(2))?;
    if window < 2 {
        let (what, got) = ("the window", window as f64);
        return Err(PortfolioError::Parameter { what, got, allowed: "two or more" });
    }
    let windows = returns.table();
    (0..=returns.observations() - window)
        .map(|from| {
            let slice = windows.slice_axis(Axis(0), (from..from + window).into());
            named(returns, covariance::covariance(slice, Estimator::Sample)?)
        })
        .collect()
}

/// Correlation in a fading memory, about fading means.
///
/// # Errors
/// An asset that does not move.
pub fn fading_correlation(returns: &Returns, decay: Decay) -> Result<Array2<f64>, PortfolioError> {
    named(returns, ExponentialCovariance::of(returns.table(), decay)?.covariance()?)
}

/// The correlation of a covariance; a constant asset is refused by name.
fn named(returns: &Returns, covariance: Array2<f64>) -> Result<Array2<f64>, PortfolioError> {
    covariance::correlation(covariance.view()).map_err(|error| match error {
        StatisticsError::NoVariation { index, value, .. } => {
            PortfolioError::Constant { asset: returns.names()[index].clone(), variance: value }
        }
        other => other.into(),
    })
}

/// Mean correlation over all pairs, between -1 and 1: 0 for one asset alone.
///
/// # Errors
/// A matrix that is not square.
pub fn mean_correlation(correlation: &Array2<f64>) -> Result<f64, PortfolioError> {
    let n = correlation.nrows();
    if correlation.ncols() != n || n == 0 {
        let required = (n.max(1), n.max(1));
        return Err(PortfolioError::Shape { what: "correlation", got: correlation.dim(), required });
    }
    let pairs = (n * (n - 1)) as f64;
    Ok(if n == 1 { 0.0 } else { (correlation.sum() - correlation.diag().sum()) / pairs })
}

/// Groups of assets: merges the nearest (`sqrt((1 - correlation) / 2)`) until `count` groups are left. Each asset gets
/// the number of its group, numbered by first appearance.
///
/// ```
/// use autotrading_portfolio::{Linkage, correlation_clusters};
/// use ndarray::array;
/// let c = array![[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]];
/// assert_eq!(correlation_clusters(&c, Linkage::Average, 2)?, [0, 1, 0]);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// No group or more than assets, a matrix that is not square, an entry outside of -1 to 1.
pub fn correlation_clusters(
    correlation: &Array2<f64>,
    linkage: Linkage,
    count: usize,
) -> Result<Vec<usize>, PortfolioError> {
    let n = correlation.nrows();
    mean_correlation(correlation)?;
    if count == 0 || count > n {
        let (what, got) = ("the number of clusters", count as f64);
        return Err(PortfolioError::Parameter { what, got, allowed: "1 to the number of assets" });
    }
    if let Some(&got) = correlation.iter().find(|c| !(-1.0 - 1e-12..=1.0 + 1e-12).contains(*c)) {
        return Err(PortfolioError::Parameter { what: "a correlation", got, allowed: "-1 to 1" });
    }
    let distances = correlation.mapv(|c| ((1.0 - c) / 2.0).max(0.0).sqrt());
    let mut groups: Vec<usize> = (0..n).collect();
    let mut name = (0..2 * n).collect::<Vec<_>>();
    for (k, merge) in linkage.tree(distances.view()).iter().take(n - count).enumerate() {
        let (left, right) = (name[merge.left], name[merge.right]);
        groups.iter_mut().filter(|g| **g == right).for_each(|g| *g = left);
        name[n + k] = left;
    }
    let mut seen: Vec<usize> = Vec::new();
    for group in &mut groups {
        let place = seen.iter().position(|s| s == group).unwrap_or_else(|| {
            seen.push(*group);
            seen.len() - 1
        });
        *group = place;
    }
    Ok(groups)
}

/// An alarm for the day when everything moves together (or nothing does any more).
///
/// Compares the mean correlation of a recent window with that of a long one, in standard errors of Fisher's
/// transform: `z = (atanh r_recent - atanh r_long) * sqrt(window - 3)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakdownAlarm {
    /// Periods of the recent window, four or more.
    pub window: usize,
    /// Standard errors from which on it rings; 3 is usual.
    pub threshold: f64,
}

/// What the alarm saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breakdown {
    /// Mean correlation of the recent window.
    pub recent: f64,
    /// Mean correlation of all periods before it.
    pub usual: f64,
    /// Their difference in standard errors.
    pub score: f64,
    /// Whether that is beyond the threshold.
    pub rings: bool,
}

impl BreakdownAlarm {
    /// Looks at the last window against everything before it.
    ///
    /// # Errors
    /// Fewer than two windows of periods, a window under four, a constant asset, fewer than two assets.
    pub fn check(self, returns: &Returns) -> Result<Breakdown, PortfolioError> {
        if self.window < 4 {
            let (what, got) = ("the window", self.window as f64);
            return Err(PortfolioError::Parameter { what, got, allowed: "four or more" });
        }
        if returns.assets() < 2 {
            let (got, required) = ((returns.observations(), 1), (returns.observations(), 2));
            return Err(PortfolioError::Shape { what: "returns", got, required });
        }
        returns.require(2 * self.window)?;
        let from = returns.observations() - self.window;
        let part = |rows: std::ops::Range<usize>| {
            let slice = returns.table().slice_axis(Axis(0), rows.into()).to_owned();
            mean_correlation(&named(returns, covariance::covariance(slice.view(), Estimator::Sample)?)?)
        };
        let (usual, recent) = (part(0..from)?, part(from..returns.observations())?);
        // Perfect correlation has no finite transform.
        let fisher = |r: f64| r.clamp(-0.999_999, 0.999_999).atanh();
        let score = (fisher(recent) - fisher(usual)) * ((self.window - 3) as f64).sqrt();
        Ok(Breakdown { recent, usual, score, rings: score.abs() > self.threshold })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Two assets that go their own way for `calm` periods and then as one.
    fn regime_change(calm: u32, panic: u32) -> Returns {
        let wave = |t: u32, f: f64| (f64::from(t) * f).sin() * 0.01;
        let table = Array2::from_shape_fn(((calm + panic) as usize, 2), |(t, i)| {
            let t = u32::try_from(t).unwrap();
            if t >= calm || i == 0 { wave(t, 1.3) } else { wave(t, 2.9) }
        });
        let nudged =
            &table + &Array2::from_shape_fn(table.dim(), |(t, i)| 1e-4 * ((t * (i + 2)) as f64).cos());
        Returns::new(["A", "B"], nudged).unwrap()
    }

    #[test]
    fn the_alarm_rings_when_everything_moves_as_one_and_not_before() {
        let alarm = BreakdownAlarm { window: 20, threshold: 3.0 };
        assert!(!alarm.check(&regime_change(100, 0)).unwrap().rings);
        let seen = alarm.check(&regime_change(80, 20)).unwrap();
        assert!(seen.rings && seen.recent > 0.9 && seen.usual.abs() < 0.3, "{seen:?}");
        assert!(alarm.check(&regime_change(20, 10)).is_err());
    }

    #[test]
    fn a_memory_without_end_is_the_plain_correlation() {
        let returns = regime_change(30, 10);
        let fading = fading_correlation(&returns, Decay::from_lambda(1.0).unwrap()).unwrap();
        let whole = rolling_correlation(&returns, 40).unwrap();
        assert_eq!(whole.len(), 1);
        assert!((fading[[0, 1]] - whole[0][[0, 1]]).abs() < 1e-12);
    }

    #[test]
    fn a_constant_asset_is_named() {
        let still = Returns::new(["A", "B"], array![[0.1, 0.0], [0.2, 0.0], [0.3, 0.0]]).unwrap();
        let error = rolling_correlation(&still, 2).unwrap_err();
        assert_eq!(error, PortfolioError::Constant { asset: "B".into(), variance: 0.0 });
    }

    #[test]
    fn clusters_are_as_many_as_asked_for() {
        let c = Array2::from_shape_fn((5, 5), |(i, j)| if i == j { 1.0 } else { 0.1 * (i + j) as f64 });
        for count in 1..=5 {
            let groups = correlation_clusters(&c, Linkage::Single, count).unwrap();
            assert_eq!(groups.iter().max(), Some(&(count - 1)));
        }
        assert!(correlation_clusters(&c, Linkage::Single, 6).is_err());
        assert!(correlation_clusters(&array![[2.0]], Linkage::Single, 1).is_err());
    }
}
