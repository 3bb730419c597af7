//! Means of many resamples of many series at once: private to the folder.

use ndarray::{Array2, ArrayView2};

use crate::BlockBootstrap;

/// How many resamples are taken through the product of matrices together.
const TOGETHER: usize = 64;

/// Shows `see` the mean of each column in each resample, one resample after the other.
///
/// A resample is how often each row is drawn; its means are these counts times the matrix, so that all columns are
/// resampled alike by one product.
pub(super) fn resampled_means(
    columns: ArrayView2<'_, f64>,
    draws: &mut BlockBootstrap,
    repetitions: usize,
    mut see: impl FnMut(&[f64]),
) {
    let rows = columns.nrows();
    let mut drawn = vec![0; rows];
    let mut counts = Array2::<f64>::zeros((TOGETHER.min(repetitions), rows));
    let mut left = repetitions;
    while left > 0 {
        let together = left.min(counts.nrows());
        for mut count in counts.rows_mut().into_iter().take(together) {
            count.fill(0.0);
            draws.draw_into(&mut drawn);
            drawn.iter().for_each(|&row| count[row] += 1.0);
        }
        let mut means = counts.dot(&columns);
        for mut mean in means.rows_mut().into_iter().take(together) {
            mean /= rows as f64;
            see(mean.as_slice().unwrap_or(&[]));
        }
        left -= together;
    }
}
