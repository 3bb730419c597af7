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
    /// The levels of all its paths at the first step of the fan, then at the next, and so on.
    pub levels: Vec<f64>,
}

impl PathShare {
    /// Room for so many paths, none of which is there yet.
    pub(super) fn room(first: u64, paths: usize, points: usize) -> Self {
        Self { first, figures: Vec::with_capacity(paths), levels: vec![0.0; paths * points] }
    }

    /// The levels of its paths at one of so many points of the fan.
    pub(super) fn levels_at(&self, point: usize) -> &[f64] {
        let paths = self.figures.len();
        self.levels.get(point * paths..(point + 1) * paths).unwrap_or_default()
    }

    /// Which paths it holds.
    pub fn paths(&self) -> Range<u64> {
        self.first..self.first + self.figures.len() as u64
    }
}

/// Steps after which a level is brought back into the range in which so many more cannot overflow.
const STRIDE: usize = 64;
/// A level beyond this is as high as any.
const HIGHEST: f64 = 1e30;

/// Paths that are walked side by side; each goes its own way, whatever goes beside it.
pub(super) const ABREAST: usize = 4;

/// Where some paths are.
#[derive(Clone, Copy)]
struct Walkers<const N: usize> {
    level: [f64; N],
    lowest: [f64; N],
    highest: [f64; N],
    drawdown: [f64; N],
}

/// Walks along the returns of some paths, `horizon` after `horizon`, and adds what is kept of them to a share with room for
/// them: four abreast, the last ones alone.
pub(super) fn walk(returns: &[f64], horizon: usize, fan_steps: &[usize], share: &mut PathShare) {
    let mut together = returns.chunks_exact(horizon * ABREAST);
    for paths in together.by_ref() {
        walk_abreast::<ABREAST>(paths, horizon, fan_steps, share);
    }
    for path in together.remainder().chunks_exact(horizon) {
        walk_abreast::<1>(path, horizon, fan_steps, share);
    }
}

fn walk_abreast<const N: usize>(returns: &[f64], horizon: usize, fan_steps: &[usize], share: &mut PathShare) {
    let mut paths = [&[][..]; N];
    paths.iter_mut().zip(returns.chunks_exact(horizon)).for_each(|(path, own)| *path = own);
    let mut walkers = Walkers { level: [1.0; N], lowest: [1.0; N], highest: [1.0; N], drawdown: [0.0; N] };
    let place = share.figures.len();
    let room = share.levels.len() / fan_steps.len().max(1);
    let mut rows = share.levels.chunks_exact_mut(room.max(1));
    let mut done = 0;
    for step in fan_steps {
        while done < *step {
            let until = step.saturating_sub(done).min(STRIDE) + done;
            walkers.take(paths.map(|path| path.get(done..until).unwrap_or_default()));
            done = until;
        }
        let row = rows.next().and_then(|row| row.get_mut(place..)).unwrap_or_default();
        row.iter_mut().zip(walkers.level).for_each(|(slot, level)| *slot = level);
    }
    share.figures.extend(walkers.figures());
}

impl<const N: usize> Walkers<N> {
    #[inline]
    fn take(&mut self, paths: [&[f64]; N]) {
        // Without the care that the library takes of NaN, which does not come here.
        let larger = |a: f64, b: f64| if a > b { a } else { b };
        let smaller = |a: f64, b: f64| if a < b { a } else { b };
        let most = LARGEST_STEP.exp();
        let Self { mut level, mut lowest, mut highest, mut drawdown } = *self;
        let steps = paths.iter().map(|path| path.len()).min().unwrap_or_default();
        let paths = paths.map(|path| path.get(..steps).unwrap_or_default());
        #[allow(
            clippy::indexing_slicing,
            clippy::needless_range_loop,
            reason = "lanes and steps are bounded by the lengths of the arrays; nothing else keeps the lanes abreast"
        )]
        for step in 0..steps {
            for lane in 0..N {
                level[lane] *= smaller(larger(1.0 + paths[lane][step], 0.0), most);
                lowest[lane] = smaller(level[lane], lowest[lane]);
                highest[lane] = larger(level[lane], highest[lane]);
                drawdown[lane] = larger(1.0 - level[lane] / highest[lane], drawdown[lane]);
            }
        }
        level.iter_mut().for_each(|level| *level = smaller(*level, HIGHEST));
        *self = Self { level, lowest, highest, drawdown };
    }

    fn figures(self) -> impl Iterator<Item = PathFigures> {
        let Self { level, lowest, highest, drawdown } = self;
        let zipped = level.into_iter().zip(lowest).zip(highest).zip(drawdown);
        zipped.map(|(((terminal, lowest), highest), drawdown)| PathFigures {
            terminal,
            lowest,
            highest,
            drawdown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(returns: &[f64], fan_steps: &[usize]) -> (PathFigures, Vec<f64>) {
        let mut share = PathShare::room(0, 1, fan_steps.len());
        walk(returns, returns.len(), fan_steps, &mut share);
        (share.figures[0], share.levels)
    }

    #[test]
    fn a_path_is_walked_as_by_hand() {
        let (figures, levels) = walked(&[0.2, -0.25, 0.5], &[1, 3]);
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
        let (figures, _) = walked(&returns, &[500]);
        assert!((figures.drawdown - crate::max_drawdown(&equity)).abs() < 1e-12);
    }

    #[test]
    fn what_is_lost_stays_lost_and_what_explodes_stays_a_number() {
        let (lost, _) = walked(&[0.1, -1.0, 5.0], &[3]);
        assert_eq!((lost.terminal, lost.lowest, lost.drawdown), (0.0, 0.0, 1.0));
        let (blown, _) = walked(&[1e300; 300], &[300]);
        assert!(blown.terminal.is_finite() && blown.highest.is_finite() && blown.drawdown.is_finite());
    }

    #[test]
    fn who_walks_beside_a_path_does_not_change_it() {
        let returns: Vec<f64> = (0..7 * 90).map(|t| ((t * 71 % 97) as f64 - 48.0) / 900.0).collect();
        let mut together = PathShare::room(0, 7, 2);
        walk(&returns, 90, &[13, 90], &mut together);
        for (path, own) in returns.chunks(90).enumerate() {
            let (figures, levels) = walked(own, &[13, 90]);
            assert_eq!(together.figures[path], figures);
            assert_eq!([0, 1].map(|point| together.levels_at(point)[path]), levels[..]);
        }
    }
}
