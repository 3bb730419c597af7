//! How the markets moved together while they were held, and when that broke: hindsight, for the page alone.

use autotrading_domain::Timestamp;
use autotrading_portfolio::{
    BreakdownAlarm, Linkage, PortfolioError, Returns, correlation_clusters, fading_correlation,
    mean_correlation, rolling_correlation,
};
use autotrading_statistics::Decay;
use ndarray::{Array2, Axis};

use super::{BreakdownFigures, CorrelationFigures};

/// Bars of the rolling correlation and of the alarm's recent window.
pub(super) const WINDOW: usize = 60;
/// Standard errors from which on the alarm rings.
const THRESHOLD: f64 = 3.0;
/// How often the alarm looks, over the whole time: each look goes over all that was before.
const LOOKS: usize = 500;

/// Mean correlation of all pairs over the last bars, one for each moment; none while they are too few, or while a market
/// stands still. A row of returns ends at the moment after it.
pub(super) fn rolling_mean(returns: &Returns) -> Vec<Option<f64>> {
    let mut line = vec![None; WINDOW];
    for end in WINDOW..=returns.observations() {
        line.push(mean_of(returns, end - WINDOW..end));
    }
    line.truncate(returns.observations() + 1);
    line
}

fn mean_of(returns: &Returns, rows: std::ops::Range<usize>) -> Option<f64> {
    let length = rows.len();
    let matrices = rolling_correlation(&part(returns, rows).ok()?, length).ok()?;
    mean_correlation(matrices.first()?).ok()
}

fn part(returns: &Returns, rows: std::ops::Range<usize>) -> Result<Returns, PortfolioError> {
    let table = returns.table().slice_axis(Axis(0), rows.into()).to_owned();
    Returns::new(returns.names().to_vec(), table)
}

/// Figures of the whole time; `None` where a market never moved.
pub(super) fn figures(returns: &Returns, times: &[Timestamp], half_life: f64) -> Option<CorrelationFigures> {
    let whole = rolling_correlation(returns, returns.observations()).ok()?.into_iter().next()?;
    let fading = fading_correlation(returns, Decay::from_half_life(half_life).ok()?).ok()?;
    let groups = whole.nrows().div_ceil(2);
    Some(CorrelationFigures {
        window: WINDOW,
        clusters: correlation_clusters(&whole, Linkage::Average, groups).ok()?,
        whole: rows(&whole),
        fading: rows(&fading),
        breakdowns: breakdowns(returns, times),
    })
}

fn rows(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// Each first look at which the alarm rings after one at which it did not.
fn breakdowns(returns: &Returns, times: &[Timestamp]) -> Vec<BreakdownFigures> {
    let alarm = BreakdownAlarm { window: WINDOW, threshold: THRESHOLD };
    let stride = returns.observations().div_ceil(LOOKS).max(1);
    let (mut found, mut rang) = (Vec::new(), false);
    for end in (2 * WINDOW..=returns.observations()).step_by(stride) {
        let seen = part(returns, 0..end).and_then(|before| alarm.check(&before));
        let (Ok(seen), Some(at)) = (seen, times.get(end)) else { continue };
        if seen.rings && !rang {
            let (recent, usual, score) = (seen.recent, seen.usual, seen.score);
            found.push(BreakdownFigures { at: *at, recent, usual, score });
        }
        rang = seen.rings;
    }
    found
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Span;

    use super::*;

    /// Two markets that go their own way for `calm` bars and then as one.
    fn returns(calm: u32, panic: u32) -> (Returns, Vec<Timestamp>) {
        let wave = |t: u32, f: f64| (f64::from(t) * f).sin() * 0.01;
        let table = Array2::from_shape_fn(((calm + panic) as usize, 2), |(t, i)| {
            let bar = u32::try_from(t).unwrap();
            let own = 1e-3 * (f64::from(bar) * (i as f64 + 5.1)).cos();
            own + if bar >= calm || i == 0 { wave(bar, 1.3) } else { wave(bar, 2.9) }
        });
        let times = (0..=i64::from(calm + panic)).map(|hour| Timestamp::EPOCH.after(Span::HOUR.times(hour)));
        (Returns::new(["A", "B"], table).unwrap(), times.collect())
    }

    #[test]
    fn a_breakdown_is_told_once_and_after_it_began() {
        let (calm, times) = returns(400, 0);
        assert!(figures(&calm, &times, 60.0).unwrap().breakdowns.is_empty());
        let (panic, times) = returns(300, 100);
        let told = figures(&panic, &times, 60.0).unwrap();
        let [one] = &told.breakdowns[..] else { panic!("{:?}", told.breakdowns) };
        assert!(one.at > times[300] && one.at < times[360] && one.score > 3.0, "{one:?}");
        assert!(told.fading[0][1] > told.whole[0][1], "lately they are nearer");
        assert_eq!(told.clusters, [0, 0]);
    }

    #[test]
    fn the_line_has_a_point_for_each_moment_and_none_before_the_window_is_full() {
        let (returns, times) = returns(150, 50);
        let line = rolling_mean(&returns);
        assert_eq!(line.len(), times.len());
        assert!(line[..WINDOW].iter().all(Option::is_none) && line[WINDOW..].iter().all(Option::is_some));
        assert!(line[200].unwrap() > line[150].unwrap());
        let still = Returns::new(["A", "B"], Array2::zeros((80, 2))).unwrap();
        assert!(rolling_mean(&still).iter().all(Option::is_none));
        assert_eq!(figures(&still, &times, 60.0), None);
    }
}
