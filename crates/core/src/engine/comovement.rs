//! How instruments move together, estimated from the bars that they share.

use autotrading_domain::{Bar, Timestamp};
use autotrading_statistics::{
    Decay, ExponentialCovariance, StatisticsError, covariance::correlation as correlation_of,
};
use ndarray::{Array2, ArrayView1};

/// With fewer shared bars than this no correlation is known; after as many moments in a row at which one was missing,
/// it is not known any more.
const FEW: u64 = 30;

/// Exponentially weighted correlation of the returns of all instruments.
///
/// A row counts when every instrument closed a bar at the same moment and one an interval before: returns over
/// different stretches of time say nothing about each other.
#[derive(Debug)]
pub(super) struct Comovement {
    memory: ExponentialCovariance,
    closes: Vec<Option<(Timestamp, f64)>>,
    moment: Option<Timestamp>,
    row: Vec<f64>,
    told: usize,
    missed: u64,
    /// As it was when so many rows had been taken.
    correlation: Option<(u64, Array2<f64>)>,
}

impl Comovement {
    pub(super) fn new(instruments: usize, half_life: f64) -> Result<Self, StatisticsError> {
        Ok(Self {
            memory: ExponentialCovariance::new(instruments, Decay::from_half_life(half_life)?)?,
            closes: vec![None; instruments],
            moment: None,
            row: vec![0.0; instruments],
            told: 0,
            missed: 0,
            correlation: None,
        })
    }

    /// Takes a closed bar of the instrument in this place.
    pub(super) fn observe(&mut self, place: usize, bar: &Bar) {
        let at = bar.close_time();
        if self.moment.is_none_or(|moment| at > moment) {
            self.missed += u64::from(self.moment.is_some() && self.told < self.row.len());
            (self.moment, self.told) = (Some(at), 0);
        }
        let Some(last) = self.closes.get_mut(place) else { return };
        let before = last.replace((at, bar.close));
        let (Some((then, close)), true) = (before, self.moment == Some(at)) else { return };
        let (Some(slot), true) = (self.row.get_mut(place), then == bar.open_time) else { return };
        *slot = bar.close / close - 1.0;
        self.told += 1;
        if self.told == self.row.len() {
            match self.memory.push(ArrayView1::from(&self.row)) {
                Ok(()) => self.missed = 0,
                Err(_) => self.missed += 1,
            }
        }
    }

    /// The covariance of the returns of a bar; `None` when too little is known.
    pub(super) fn covariance(&self) -> Option<Array2<f64>> {
        if self.memory.count() < FEW || self.missed >= FEW {
            return None;
        }
        self.memory.covariance().ok()
    }

    /// The correlation of each pair, row by row; `None` when too little is known, or one of them never moves.
    pub(super) fn correlation(&mut self) -> Option<&Array2<f64>> {
        let count = self.memory.count();
        if count < FEW || self.missed >= FEW {
            return None;
        }
        if self.correlation.as_ref().is_none_or(|(known, _)| *known != count) {
            let covariance = self.memory.covariance().ok()?;
            let correlation = correlation_of(covariance.view()).ok()?;
            self.correlation = Some((count, correlation));
        }
        self.correlation.as_ref().map(|(_, correlation)| correlation)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Span;

    use super::*;

    fn bar(hour: i64, close: f64) -> Bar {
        Bar {
            open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour)),
            interval: Span::HOUR,
            open: close,
            high: close,
            low: close,
            close,
            volume: 1.0,
            closed: true,
            synthetic: false,
        }
    }

    /// Returns of one and of the other that go together to two thirds, as `(x + x + y) / ...` of two coins.
    fn closes(hours: i64) -> Vec<[f64; 2]> {
        let (mut one, mut other) = (100.0, 50.0);
        let flip = |bit: bool| if bit { 0.01 } else { -0.01 };
        (0..hours)
            .map(|hour| {
                let (x, y) = (flip(hour % 2 == 0), flip(hour / 2 % 2 == 0));
                one *= 1.0 + x;
                other *= 1.0 + 0.5 * (x + y);
                [one, other]
            })
            .collect()
    }

    #[test]
    fn shared_bars_tell_a_correlation_and_few_of_them_none() {
        let mut together = Comovement::new(2, 1e6).unwrap();
        for (hour, [one, other]) in (0..).zip(closes(401)) {
            together.observe(0, &bar(hour, one));
            assert_eq!(together.correlation().is_some(), hour > 30, "hour {hour}");
            together.observe(1, &bar(hour, other));
        }
        // x against (x + y) / 2 with x and y independent: 1 / sqrt(2).
        let known = together.correlation().unwrap();
        assert!((known[[0, 1]] - 0.5_f64.sqrt()).abs() < 0.02, "{known}");
    }

    #[test]
    fn the_order_of_the_bars_of_a_moment_does_not_matter() {
        let (mut one, mut other) = (Comovement::new(2, 72.0).unwrap(), Comovement::new(2, 72.0).unwrap());
        for (hour, [a, b]) in (0..).zip(closes(100)) {
            one.observe(0, &bar(hour, a));
            one.observe(1, &bar(hour, b));
            other.observe(1, &bar(hour, b));
            other.observe(0, &bar(hour, a));
        }
        assert_eq!(one.correlation(), other.correlation());
        assert!(one.correlation().is_some());
    }

    #[test]
    fn a_gap_gives_no_row_and_a_long_silence_ends_what_was_known() {
        let mut together = Comovement::new(2, 72.0).unwrap();
        for (hour, [a, b]) in (0..).zip(closes(100)) {
            together.observe(0, &bar(hour, a));
            if hour != 50 {
                together.observe(1, &bar(hour, b));
            }
        }
        assert_eq!(together.memory.count(), 97, "99 returns, one missing, one over two hours");
        for hour in 100..131 {
            assert!(together.correlation().is_some(), "hour {hour}");
            together.observe(0, &bar(hour, 100.0));
        }
        assert!(together.correlation().is_none(), "the other has said nothing for thirty hours");
    }

    #[test]
    fn what_never_moves_has_no_correlation() {
        let mut together = Comovement::new(2, 72.0).unwrap();
        for (hour, [a, _]) in (0..).zip(closes(100)) {
            together.observe(0, &bar(hour, a));
            together.observe(1, &bar(hour, 50.0));
        }
        assert!(together.correlation().is_none());
    }
}
