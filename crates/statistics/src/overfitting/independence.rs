//! How many different ideas there are among trials that resemble each other.

use ndarray::{Array2, ArrayView2, Axis};

use crate::{StatisticsError, sample};

/// Two counts of the independent trials among many.
///
/// Both are lower than the number of trials where trials resemble each other. A deflated Sharpe ratio with the full
/// number is the careful one; these say how careful it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndependentTrials {
    /// How many trials there are.
    pub trials: usize,
    /// Mean correlation of two different trials.
    pub mean_correlation: f64,
    /// `r + (1 - r) N` with the mean correlation `r`, taken as no lower than zero. Source: Bailey and Lopez de Prado
    /// (2014), appendix A.3.
    pub by_average_correlation: f64,
    /// How many clusters are left when the two whose members correlate most on average are joined again and again, as
    /// long as that average is at least the `joined` that was asked for (average linkage).
    pub by_clusters: usize,
}

impl IndependentTrials {
    /// Counts the independent trials among columns of returns, one row a period. Clusters are joined as long as their
    /// members correlate by at least `joined` on average; 0.5 is customary. A trial that never moved correlates with none.
    ///
    /// ```
    /// use autotrading_statistics::overfitting::IndependentTrials;
    /// use ndarray::array;
    ///
    /// // The first two trials are the same idea at another size, the third has nothing to do with them.
    /// let returns = array![[1.0, 2.0, 1.0], [-1.0, -2.0, 1.0], [1.0, 2.0, -1.0], [-1.0, -2.0, -1.0]];
    /// let count = IndependentTrials::among(returns.view(), 0.5)?;
    /// assert_eq!(count.by_clusters, 2);
    /// assert!((count.by_average_correlation - 7.0 / 3.0).abs() < 1e-12); // r = 1/3: 1/3 + 2/3 * 3
    /// # Ok::<(), autotrading_statistics::StatisticsError>(())
    /// ```
    ///
    /// # Errors
    /// No trial or more than 4096; fewer than three rows; a return that is not finite; `joined` outside (0, 1).
    pub fn among(returns: ArrayView2<'_, f64>, joined: f64) -> Result<Self, StatisticsError> {
        let (rows, trials) = returns.dim();
        sample::check_variables("trials", trials)?;
        sample::check_length("returns of each trial", rows, 3)?;
        sample::check_matrix("returns", returns)?;
        sample::check_probability("correlation of a cluster", joined)?;
        let correlations = correlations(returns);
        let off_diagonal = correlations.sum() - correlations.diag().sum();
        let pairs = (trials * (trials - 1)) as f64;
        let mean = if trials > 1 { (off_diagonal / pairs).clamp(-1.0, 1.0) } else { 0.0 };
        let count = trials as f64;
        Ok(Self {
            trials,
            mean_correlation: mean,
            by_average_correlation: mean.max(0.0) + (1.0 - mean.max(0.0)) * count,
            by_clusters: clusters(correlations, joined),
        })
    }
}

/// Correlations of all columns; those of a column that never moved are zero.
fn correlations(returns: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut standard = returns.to_owned();
    for mut column in standard.axis_iter_mut(Axis(1)) {
        let largest = column.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        if largest > 0.0 {
            column.mapv_inplace(|x| x / largest);
        }
        let mean = column.sum() / column.len() as f64;
        column.mapv_inplace(|x| x - mean);
        let length = column.iter().map(|x| x * x).sum::<f64>().sqrt();
        let moved = length > 1e-12 * (column.len() as f64).sqrt();
        column.mapv_inplace(|x| if moved { x / length } else { 0.0 });
    }
    standard.t().dot(&standard)
}

/// Joins the two closest clusters until none are close enough; average linkage by the update of Lance and Williams.
fn clusters(mut closeness: Array2<f64>, joined: f64) -> usize {
    let mut sizes = vec![1.0_f64; closeness.nrows()];
    let mut alive: Vec<usize> = (0..sizes.len()).collect();
    let mut nearest: Vec<(usize, f64)> =
        alive.iter().map(|&one| nearest_of(one, &alive, &closeness)).collect();
    loop {
        let closest = alive.iter().copied().reduce(|a, b| if nearest[b].1 > nearest[a].1 { b } else { a });
        let Some(kept) = closest.filter(|&one| nearest[one].1 >= joined) else { return alive.len() };
        let gone = nearest[kept].0;
        let (a, b) = (sizes[kept], sizes[gone]);
        for &other in &alive {
            let mean = (a * closeness[[kept, other]] + b * closeness[[gone, other]]) / (a + b);
            closeness[[kept, other]] = mean;
            closeness[[other, kept]] = mean;
        }
        sizes[kept] = a + b;
        alive.retain(|&one| one != gone);
        // Averages never come closer than the closer of the two, so only those who looked at either must look again.
        for &one in &alive {
            if one == kept || nearest[one].0 == kept || nearest[one].0 == gone {
                nearest[one] = nearest_of(one, &alive, &closeness);
            }
        }
    }
}

/// The cluster closest to one, the first of equals, and how close it is.
fn nearest_of(one: usize, alive: &[usize], closeness: &Array2<f64>) -> (usize, f64) {
    let others = alive.iter().copied().filter(|&other| other != one);
    others.fold((one, f64::NEG_INFINITY), |best, other| {
        let close = closeness[[one, other]];
        if close > best.1 { (other, close) } else { best }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// `ideas` series of noise, each shown `copies` times with a little noise of its own.
    fn trials(ideas: usize, copies: usize, own: f64, seed: u64) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw =
            |(rows, columns)| Array2::from_shape_simple_fn((rows, columns), || rng.random::<f64>() - 0.5);
        let (series, noise) = (draw((500, ideas)), draw((500, ideas * copies)));
        Array2::from_shape_fn((500, ideas * copies), |(t, k)| series[[t, k % ideas]] + own * noise[[t, k]])
    }

    #[test]
    fn copies_of_an_idea_are_one_idea() {
        for (ideas, copies) in [(1, 6), (5, 4), (12, 1)] {
            let count = IndependentTrials::among(trials(ideas, copies, 0.3, 8).view(), 0.5).unwrap();
            assert_eq!(count.by_clusters, ideas, "{ideas} {copies}");
            assert!(count.by_average_correlation <= count.trials as f64);
        }
    }

    #[test]
    fn independent_trials_count_in_full() {
        let count = IndependentTrials::among(trials(60, 1, 0.0, 4).view(), 0.5).unwrap();
        assert_eq!(count.by_clusters, 60);
        assert!(count.by_average_correlation > 59.0);
    }

    /// Average linkage by looking at all members of all clusters every time.
    fn slow_clusters(closeness: &Array2<f64>, joined: f64) -> usize {
        let mut all: Vec<Vec<usize>> = (0..closeness.nrows()).map(|one| vec![one]).collect();
        loop {
            let mut best = (f64::NEG_INFINITY, 0, 0);
            for a in 0..all.len() {
                for b in a + 1..all.len() {
                    let pairs = all[a].iter().flat_map(|i| all[b].iter().map(move |j| closeness[[*i, *j]]));
                    let mean = pairs.sum::<f64>() / (all[a].len() * all[b].len()) as f64;
                    if mean > best.0 {
                        best = (mean, a, b);
                    }
                }
            }
            if best.0 < joined {
                return all.len();
            }
            let gone = all.remove(best.2);
            all[best.1].extend(gone);
        }
    }

    #[test]
    fn the_clusters_are_those_of_the_slow_way() {
        for seed in 0..20 {
            for own in [0.5, 1.0, 2.0] {
                let close = correlations(trials(4, 5, own, seed).view());
                for joined in [0.2, 0.4, 0.6] {
                    assert_eq!(clusters(close.clone(), joined), slow_clusters(&close, joined));
                }
            }
        }
    }

    #[test]
    fn a_trial_that_never_traded_is_an_idea_of_its_own() {
        let mut returns = trials(2, 1, 0.0, 1);
        returns.column_mut(1).fill(0.0);
        let count = IndependentTrials::among(returns.view(), 0.5).unwrap();
        assert_eq!((count.by_clusters, count.mean_correlation), (2, 0.0));
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(
            IndependentTrials::among(Array2::zeros((2, 3)).view(), 0.5),
            Err(StatisticsError::TooFew { got: 2, required: 3, .. })
        ));
        assert!(IndependentTrials::among(Array2::zeros((9, 3)).view(), 1.0).is_err());
        assert!(IndependentTrials::among(Array2::from_elem((9, 3), f64::NAN).view(), 0.5).is_err());
    }
}
