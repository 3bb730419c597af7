//! Combinatorially symmetric cross-validation: every way of cutting the record into two halves.

use ndarray::ArrayView2;

use super::Degradation;
use super::selection::{Half, doubled_rank, first_best};
use crate::sum::sum_of;
use crate::{StatisticsError, sample};

/// The record in an even number of blocks, half of which choose the best trial while the other half judges it, in all
/// `blocks! / ((blocks / 2)!)^2` ways.
///
/// Source: Bailey, Borwein, Lopez de Prado and Zhu (2017), "The Probability of Backtest Overfitting", Journal of
/// Computational Finance 20 (4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CombinatorialSplits {
    blocks: usize,
}

/// One way of cutting the record: the trial that was best in one half, and how it did in the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The column of the trial that was best; the first of equals.
    pub best: usize,
    /// Its Sharpe ratio in the half that chose it, per period.
    pub in_sample: f64,
    /// Its Sharpe ratio in the other half, per period.
    pub out_of_sample: f64,
    /// `ln(w / (1 - w))` of its relative rank `w` in the other half, the mean of equals' ranks over trials + 1: above
    /// zero where it was better than the median.
    pub logit: f64,
    /// Whether it was no better than the median there.
    pub overfitted: bool,
}

/// What all splits say together.
#[derive(Clone, Debug, PartialEq)]
pub struct BacktestOverfitting {
    /// How many trials competed.
    pub trials: usize,
    /// How many rows were used.
    pub observations: usize,
    /// How many of the oldest rows were left out so that all blocks are equally long.
    pub dropped: usize,
    /// Every split, in the lexicographic order of the blocks that chose.
    pub splits: Vec<Split>,
}

/// Fewest and most blocks: 6 and 184 756 splits.
const BLOCKS: std::ops::RangeInclusive<usize> = 4..=20;

impl CombinatorialSplits {
    /// Cuts the record into so many blocks. Sixteen are usual and give 12 870 splits.
    ///
    /// # Errors
    /// An odd number; fewer than 4 or more than 20.
    pub fn new(blocks: usize) -> Result<Self, StatisticsError> {
        if BLOCKS.contains(&blocks) && blocks.is_multiple_of(2) {
            Ok(Self { blocks })
        } else {
            Err(sample::out_of_range("blocks", blocks as f64, "the even numbers of [4, 20]"))
        }
    }

    /// How many splits there are.
    pub fn count(self) -> usize {
        let half = self.blocks / 2;
        (1..=half).fold(1, |count, k| count * (half + k) / k)
    }

    /// Lets every split choose its best trial and judge it. One row a period, oldest first; one column a trial.
    ///
    /// The measure is the Sharpe ratio. A trial that returned the same in every row of a half without a gain or loss
    /// has a ratio of zero there. If the rows cannot be divided by the blocks, the oldest are left out. The work is
    /// `splits * trials`: sums are made once a block and joined, and the two halves of a cut judge each other.
    ///
    /// ```
    /// use autotrading_statistics::overfitting::CombinatorialSplits;
    /// use ndarray::Array2;
    ///
    /// // Two trials: one gains 2 and loses 1, the other the reverse, in every block alike: nothing is overfitted.
    /// let returns = Array2::from_shape_fn((16, 2), |(t, k)| if (t + k) % 2 == 0 { 2.0 - k as f64 } else { -1.0 - k as f64 });
    /// let seen = CombinatorialSplits::new(4)?.judge(returns.view())?;
    /// assert_eq!(seen.splits.len(), 6);
    /// assert_eq!(seen.probability(), 0.0);
    /// assert!((seen.splits[0].logit - 2_f64.ln()).abs() < 1e-15); // second of two: w = 2/3
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than two trials; fewer than two rows a block; a return that is not finite; overflow.
    pub fn judge(self, returns: ArrayView2<'_, f64>) -> Result<BacktestOverfitting, StatisticsError> {
        let (rows, trials) = returns.dim();
        sample::check_length("trials", trials, 2)?;
        sample::check_length("returns of each trial", rows, 2 * self.blocks)?;
        sample::check_matrix("returns", returns)?;
        let dropped = rows % self.blocks;
        let length = rows / self.blocks;
        let blocks: Vec<Vec<f64>> =
            (0..self.blocks).map(|block| block_sums(returns, dropped + block * length, length)).collect();
        let mut total = vec![0.0; 2 * trials];
        blocks.iter().for_each(|block| add(&mut total, block));
        if total.iter().any(|sum| !sum.is_finite()) {
            return Err(StatisticsError::Overflow { what: "sum of squared returns" });
        }
        let mut walk = Walk::new(&blocks, &total, self.blocks / 2 * length, self.count());
        walk.descend(0, 0);
        let splits = walk.splits();
        Ok(BacktestOverfitting { trials, observations: rows - dropped, dropped, splits })
    }
}

/// Sums, then sums of squares, of each trial over some rows.
fn block_sums(returns: ArrayView2<'_, f64>, from: usize, length: usize) -> Vec<f64> {
    let trials = returns.ncols();
    let mut sums = vec![0.0; 2 * trials];
    for row in returns.rows().into_iter().skip(from).take(length) {
        let (plain, squared) = sums.split_at_mut(trials);
        for ((r, sum), square) in row.iter().zip(plain).zip(squared) {
            *sum += r;
            *square += r * r;
        }
    }
    sums
}

fn add(sums: &mut [f64], more: &[f64]) {
    sums.iter_mut().zip(more).for_each(|(sum, x)| *sum += x);
}

/// A walk over all choices of half of the blocks that contain the first one, in lexicographic order. The choices that
/// do not contain it are their complements, in the reverse order.
struct Walk<'a> {
    blocks: &'a [Vec<f64>],
    total: &'a [f64],
    /// Sums over the blocks chosen down to each depth.
    chosen: Vec<Vec<f64>>,
    rest: Vec<f64>,
    half: Half,
    first: Vec<f64>,
    second: Vec<f64>,
    with_first_block: Vec<Split>,
    without: Vec<Split>,
}

impl<'a> Walk<'a> {
    fn new(blocks: &'a [Vec<f64>], total: &'a [f64], rows: usize, count: usize) -> Self {
        let trials = total.len() / 2;
        Self {
            blocks,
            total,
            chosen: vec![vec![0.0; 2 * trials]; blocks.len() / 2 + 1],
            rest: vec![0.0; 2 * trials],
            half: Half::of(rows),
            first: vec![0.0; trials],
            second: vec![0.0; trials],
            with_first_block: Vec::with_capacity(count),
            without: Vec::with_capacity(count / 2),
        }
    }

    /// Chooses the block of this depth, from `block` on; a later depth leaves enough blocks for the ones after it.
    fn descend(&mut self, depth: usize, block: usize) {
        let wanted = self.blocks.len() / 2;
        if depth == wanted {
            return self.judge();
        }
        let last = if depth == 0 { 0 } else { self.blocks.len() - (wanted - depth) };
        for choice in block..=last {
            let (above, below) = self.chosen.split_at_mut(depth + 1);
            let slots = below[0].iter_mut().zip(&above[depth]).zip(&self.blocks[choice]);
            slots.for_each(|((slot, sum), more)| *slot = sum + more);
            self.descend(depth + 1, choice + 1);
        }
    }

    fn judge(&mut self) {
        let chosen = &self.chosen[self.blocks.len() / 2];
        let rest = self.rest.iter_mut().zip(self.total).zip(chosen);
        rest.for_each(|((rest, total), chosen)| *rest = total - chosen);
        self.half.ratios(chosen, &mut self.first);
        self.half.ratios(&self.rest, &mut self.second);
        self.with_first_block.push(split(&self.first, &self.second));
        self.without.push(split(&self.second, &self.first));
    }

    fn splits(mut self) -> Vec<Split> {
        self.with_first_block.extend(self.without.into_iter().rev());
        self.with_first_block
    }
}

fn split(chooses: &[f64], judges: &[f64]) -> Split {
    let best = first_best(chooses);
    // Twice the rank and twice the number of ranks, so that halves of ranks stay whole numbers.
    let rank = doubled_rank(judges, best);
    let ranks = 2 * (judges.len() + 1);
    Split {
        best,
        in_sample: chooses[best],
        out_of_sample: judges[best],
        logit: (rank as f64 / (ranks - rank) as f64).ln(),
        overfitted: 2 * rank <= ranks,
    }
}

impl BacktestOverfitting {
    /// How many splits chose a trial that was no better than the median afterwards.
    pub fn overfitted(&self) -> usize {
        self.splits.iter().filter(|split| split.overfitted).count()
    }

    /// The probability of backtest overfitting: the share of [`overfitted`](Self::overfitted) splits.
    ///
    /// About a half is what a choice among equally worthless trials gives; it scatters widely there, since all splits
    /// are cut from one record.
    pub fn probability(&self) -> f64 {
        self.overfitted() as f64 / self.splits.len() as f64
    }

    /// The share of splits whose best trial lost afterwards.
    pub fn probability_of_loss(&self) -> f64 {
        self.splits.iter().filter(|split| split.out_of_sample < 0.0).count() as f64 / self.splits.len() as f64
    }

    /// The logits of all splits, for a histogram.
    pub fn logits(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.splits.iter().map(|split| split.logit)
    }

    /// Mean of the logits.
    pub fn mean_logit(&self) -> f64 {
        self.mean(|split| split.logit)
    }

    /// Mean Sharpe ratio of the chosen trials in the half that chose them, per period.
    pub fn mean_in_sample(&self) -> f64 {
        self.mean(|split| split.in_sample)
    }

    /// Mean Sharpe ratio of the chosen trials in the other half, per period.
    pub fn mean_out_of_sample(&self) -> f64 {
        self.mean(|split| split.out_of_sample)
    }

    /// How performance out of sample follows that in sample; `None` where the latter does not vary.
    pub fn degradation(&self) -> Option<Degradation> {
        let seen: Vec<f64> = self.splits.iter().map(|split| split.in_sample).collect();
        let came: Vec<f64> = self.splits.iter().map(|split| split.out_of_sample).collect();
        Degradation::of(&seen, &came)
    }

    fn mean(&self, figure: impl Fn(&Split) -> f64) -> f64 {
        sum_of(self.splits.iter().map(figure)) / self.splits.len() as f64
    }
}
