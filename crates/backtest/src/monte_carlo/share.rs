//! What is kept of each path, and the walk along it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::LARGEST_STEP;

/// What is kept of one path. Levels are relative to its beginning, which is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathFigures {
    /// The level at the end.
    pub terminal: f64,
    /// The lowest level after any step, or the beginning.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
    /// The largest fall from a high, as a share of it.
    pub drawdown: f64,
}

/// Some of the paths of a simulation: plain data that can be carried from anywhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathShare {
    /// The number of its first path.
    pub first: u64,
    /// What is kept of each path, in the order of their numbers.
    pub figures: Vec<PathFigures>,
    /// The levels of each path at the steps of the fan, path after path.
    pub levels: Vec<f64>,
}

impl PathShare {
    /// Which paths it holds.
    pub fn paths(&self) -> Range<u64> {
        self.first..self.first + self.figures.len() as u64
    }
}

/// Steps after which a level is brought back into the range in which so many more cannot overflow.
const STRIDE: usize = 64;
/// A level beyond this is as high as any.
const HIGHEST: f64 = 1e30;

/// Walks along the returns of a path and appends its levels after the given numbers of steps.
pub(super) fn walk(returns: &[f64], fan_steps: &[usize], levels: &mut Vec<f64>) -> PathFigures {
    let mut at = PathFigures { terminal: 1.0, lowest: 1.0, highest: 1.0, drawdown: 0.0 };
    let mut left = returns;
    let mut done = 0;
    for step in fan_steps {
        let (part, rest) = left.split_at(step.saturating_sub(done).min(left.len()));
        part.chunks(STRIDE).for_each(|stride| at.take(stride));
        levels.push(at.terminal);
        (left, done) = (rest, *step);
    }
    at
}

impl PathFigures {
    #[inline]
    fn take(&mut self, returns: &[f64]) {
        // Without the care that the library takes of NaN, which does not come here.
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        let smaller = |a: f64, b: f64| if a < b { a } else { b };
        let most = LARGEST_STEP.exp();
        let Self { mut terminal, mut lowest, mut highest, mut drawdown } = *self;
        for r in returns {
            terminal *= smaller(larger(1.0 + r, 0.0), most);
            lowest = smaller(terminal, lowest);
            highest = larger(terminal, highest);
            drawdown = larger(1.0 - terminal / highest, drawdown);
        }
        *self = Self { terminal: smaller(terminal, HIGHEST), lowest, highest, drawdown };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_walked_as_by_hand() {
        let mut levels = Vec::new();
        let figures = walk(&[0.2, -0.25, 0.5], &[1, 3], &mut levels);
        assert_eq!(levels.len(), 2);
        assert!((levels[0] - 1.2).abs() < 1e-15 && (levels[1] - 1.35).abs() < 1e-15);
        assert!((figures.lowest - 0.9).abs() < 1e-15 && (figures.highest - 1.35).abs() < 1e-15);
        assert!((figures.drawdown - 0.25).abs() < 1e-15);
    }

    #[test]
    fn the_drawdown_is_that_of_the_reports() {
        let returns: Vec<f64> = (0..500).map(|t| ((t * 37 % 101) as f64 - 50.0) / 1000.0).collect();
        let mut equity = vec![1.0];
        equity.extend(returns.iter().scan(1.0, |level, r| {
            *level *= 1.0 + r;
            Some(*level)
        }));
        let figures = walk(&returns, &[500], &mut Vec::new());
        assert!((figures.drawdown - crate::max_drawdown(&equity)).abs() < 1e-12);
    }

    #[test]
    fn what_is_lost_stays_lost_and_what_explodes_stays_a_number() {
        let lost = walk(&[0.1, -1.0, 5.0], &[3], &mut Vec::new());
        assert_eq!((lost.terminal, lost.lowest, lost.drawdown), (0.0, 0.0, 1.0));
        let blown = walk(&[1e300; 300], &[300], &mut Vec::new());
        assert!(blown.terminal.is_finite() && blown.highest.is_finite() && blown.drawdown.is_finite());
    }
}
