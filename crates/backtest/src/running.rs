//! What can be known of an equity curve while it is drawn, in memory that does not grow with it.

use autotrading_domain::{Span, Timestamp};
use autotrading_statistics::NeumaierSum;

use crate::digest::EquityDigest;

/// Points that are looked at together.
const TOGETHER: usize = 64;
/// Sums that are added up side by side, so that no addition waits for the one before it.
const LANES: usize = 4;

/// An equity curve on its way: nothing of it is kept but sums and extremes, and the points that are not looked at yet.
#[derive(Clone, Debug)]
pub(crate) struct RunningEquity {
    digest: EquityDigest,
    waiting: [f64; TOGETHER],
    count: usize,
    first_at: Timestamp,
    last_at: Timestamp,
    /// The last point that was looked at; NaN before.
    before: f64,
    high: f64,
    lowest: f64,
    deepest: f64,
    /// A point at or below zero ends the returns.
    ended: bool,
    returns: u64,
    sum: NeumaierSum,
    squares: NeumaierSum,
}

impl Default for RunningEquity {
    fn default() -> Self {
        Self {
            digest: EquityDigest::default(),
            waiting: [0.0; TOGETHER],
            count: 0,
            first_at: Timestamp::EPOCH,
            last_at: Timestamp::from_nanos(i64::MIN),
            before: f64::NAN,
            high: f64::NEG_INFINITY,
            lowest: f64::INFINITY,
            deepest: 0.0,
            ended: false,
            returns: 0,
            sum: NeumaierSum::default(),
            squares: NeumaierSum::default(),
        }
    }
}

impl RunningEquity {
    /// Takes a point; one of the same moment as the one before replaces it.
    #[inline]
    pub(crate) fn point(&mut self, at: Timestamp, equity: f64) {
        let again = at == self.last_at && self.count > 0;
        if again {
            self.count -= 1;
        } else if self.count == TOGETHER {
            self.look();
        }
        if let Some(place) = self.waiting.get_mut(self.count) {
            *place = equity;
        }
        self.count += 1;
        if self.before.is_nan() && self.count == 1 {
            self.first_at = at;
        }
        self.last_at = at;
    }

    /// Looks at the points that wait.
    #[cold]
    fn look(&mut self) {
        let waiting = self.waiting;
        let points = waiting.get(..self.count).unwrap_or_default();
        let Some(last) = points.last() else { return };
        points.iter().for_each(|point| self.digest.point(*point));
        self.add_returns(points);
        for point in points {
            if *point >= self.high {
                self.fall();
                (self.high, self.lowest) = (*point, *point);
            } else {
                self.lowest = self.lowest.min(*point);
            }
        }
        (self.before, self.count) = (*last, 0);
    }

    fn add_returns(&mut self, points: &[f64]) {
        if self.ended {
            return;
        }
        let mut changes = [0.0; TOGETHER];
        let (mut count, mut before) = (0, self.before);
        for point in points {
            if before <= 0.0 {
                self.ended = true;
                break;
            }
            if !before.is_nan() {
                if let Some(change) = changes.get_mut(count) {
                    *change = point / before - 1.0;
                }
                count += 1;
            }
            before = *point;
        }
        let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
        // What was not filled is zero and adds nothing.
        for group in changes.as_chunks::<LANES>().0 {
            for ((sum, square), change) in sums.iter_mut().zip(&mut squares).zip(group) {
                *sum += change;
                *square += change * change;
            }
        }
        self.returns += count as u64;
        self.sum.extend(sums);
        self.squares.extend(squares);
    }

    /// The fall from the high to the lowest point below it: `1 - x / high` falls with `x`, in floating point too.
    fn fall(&mut self) {
        if self.high > 0.0 && self.lowest < self.high {
            self.deepest = self.deepest.max(1.0 - self.lowest / self.high);
        }
    }

    /// The curve is over.
    pub(crate) fn finish(mut self) -> RunningFigures {
        self.look();
        self.fall();
        let sharpe = self.sharpe();
        RunningFigures { digest: self.digest, max_drawdown: self.deepest, sharpe }
    }

    /// As [`sharpe`](crate::sharpe), by sums in place of two passes: `s^2 = (sum r^2 - n m^2) / (n - 1)`.
    fn sharpe(&self) -> Option<f64> {
        let years = self.last_at.since(self.first_at).in_units_of(Span::DAY) / 365.0;
        let n = self.returns as f64;
        let mean = self.sum.value() / n;
        let variance = (self.squares.value() - n * mean * mean) / (n - 1.0);
        // Where all returns are equal, what is left of the difference is rounding, not risk.
        let sure = variance > mean * mean * 1e-12 && years > 0.0;
        let ratio = mean / variance.sqrt() * (n / years).sqrt();
        Some(ratio).filter(|ratio| sure && ratio.is_finite())
    }
}

/// What is known of a curve at its end.
#[derive(Clone, Debug)]
pub(crate) struct RunningFigures {
    pub(crate) digest: EquityDigest,
    pub(crate) max_drawdown: f64,
    pub(crate) sharpe: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Performance, digest::RunDigest};

    /// A walk that rises and falls, from the middle square of its own digits.
    fn walk(points: i64) -> Vec<(Timestamp, f64)> {
        let value = |minute: i64| 1_000.0 + ((minute * minute * 7_919) % 1_013) as f64 - 0.01 * minute as f64;
        (0..points).map(|minute| (Timestamp::from_secs(60 * minute), value(minute))).collect()
    }

    fn running(points: &[(Timestamp, f64)]) -> RunningFigures {
        let mut running = RunningEquity::default();
        points.iter().for_each(|(at, equity)| running.point(*at, *equity));
        running.finish()
    }

    #[test]
    fn it_says_what_the_whole_curve_says() {
        for length in [0, 1, 2, 3, 63, 64, 65, 128, 129, 5_000] {
            let points = walk(length);
            let (times, equity): (Vec<_>, Vec<f64>) = points.iter().copied().unzip();
            let (running, whole) = (running(&points), Performance::of(&times, &equity));
            assert_eq!(running.max_drawdown, whole.max_drawdown, "{length} points");
            match (running.sharpe, whole.sharpe) {
                (Some(running), Some(whole)) => assert!((running / whole - 1.0).abs() < 1e-9),
                (running, whole) => assert_eq!(running, whole, "{length} points"),
            }
            let mut kept = EquityDigest::default();
            equity.iter().for_each(|value| kept.point(*value));
            let told = |equity| RunDigest::of("data").finish(equity);
            assert_eq!(told(running.digest), told(kept));
        }
    }

    #[test]
    fn of_several_points_of_one_moment_the_last_one_counts() {
        let points = walk(100);
        let doubled: Vec<_> = points.iter().flat_map(|(at, value)| [(*at, 1.0), (*at, *value)]).collect();
        assert_eq!(running(&doubled).max_drawdown, running(&points).max_drawdown);
        assert_eq!(running(&doubled).sharpe, running(&points).sharpe);
    }

    #[test]
    fn a_point_that_is_nothing_ends_the_returns_as_in_the_whole_curve() {
        let mut points = walk(300);
        points[150].1 = 0.0;
        let (times, equity): (Vec<_>, Vec<f64>) = points.iter().copied().unzip();
        let (running, whole) = (running(&points), Performance::of(&times, &equity));
        assert_eq!(running.max_drawdown, whole.max_drawdown);
        let (running, whole) = (running.sharpe.unwrap(), whole.sharpe.unwrap());
        assert!((running / whole - 1.0).abs() < 1e-9, "{running} {whole}");
    }

    #[test]
    fn a_curve_that_never_moves_or_moves_evenly_has_no_ratio() {
        let even = |step: f64| -> Vec<_> {
            (0..500)
                .map(|minute| (Timestamp::from_secs(60 * minute), 100.0 * step.powi(minute as i32)))
                .collect()
        };
        assert_eq!(running(&even(1.0)).sharpe, None);
        assert_eq!(running(&even(1.001)).sharpe, None);
    }
}
