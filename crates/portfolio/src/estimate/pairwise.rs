//! Covariance of returns with holes, pair by pair.

use ndarray::{Array2, ArrayView2};

use crate::{PortfolioError, returns::checked_names};

/// Sample covariance where each pair uses the periods that both assets have; a hole is a NaN.
///
/// What comes out need not be the covariance of anything (positive semi-definite): repair it with
/// `nearest_positive_semidefinite` (feature `optimise`) before optimising.
///
/// ```
/// use autotrading_portfolio::pairwise_covariance;
/// use ndarray::array;
///
/// let table = array![[0.01, f64::NAN], [0.02, 0.04], [0.04, 0.08]];
/// let covariance = pairwise_covariance(["A", "B"], table.view(), 2)?;
/// assert!((covariance[[0, 1]] - 0.0004).abs() < 1e-18); // the two common rows: 0.01 * 0.02 * 2 / 1
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// A pair with fewer than `minimum_overlap` (at least two) common periods, an infinity, names that do not fit.
pub fn pairwise_covariance<N: Into<String>>(
    names: impl IntoIterator<Item = N>,
    table: ArrayView2<'_, f64>,
    minimum_overlap: usize,
) -> Result<Array2<f64>, PortfolioError> {
    let names = checked_names(names)?;
    let n = names.len();
    if table.ncols() != n {
        let required = (table.nrows(), n);
        return Err(PortfolioError::Shape { what: "returns", got: table.dim(), required });
    }
    if let Some(((row, column), &got)) = table.indexed_iter().find(|(_, x)| x.is_infinite()) {
        let asset = names[column].clone();
        return Err(PortfolioError::NotFinite { what: "the return", asset, row, got });
    }
    let mut covariance = Array2::zeros((n, n));
    for i in 0..n {
        for j in 0..=i {
            let pairs: Vec<(f64, f64)> = (table.column(i).iter().copied())
                .zip(table.column(j).iter().copied())
                .filter(|(a, b)| !a.is_nan() && !b.is_nan())
                .collect();
            let value = pair_covariance(&pairs, minimum_overlap.max(2))?;
            covariance[[i, j]] = value;
            covariance[[j, i]] = value;
        }
    }
    Ok(covariance)
}

fn pair_covariance(pairs: &[(f64, f64)], required: usize) -> Result<f64, PortfolioError> {
    if pairs.len() < required {
        let got = pairs.len();
        let what = "common returns of a pair";
        return Err(autotrading_statistics::StatisticsError::TooFew { what, got, required }.into());
    }
    let count = pairs.len() as f64;
    let (a, b) = pairs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (a, b) = (a / count, b / count);
    Ok(pairs.iter().map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / (count - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn without_holes_it_is_the_sample_covariance() {
        let table = array![[0.01, 0.03], [0.02, -0.04], [0.04, 0.08], [-0.02, 0.01]];
        let returns = crate::Returns::new(["A", "B"], table.clone()).unwrap();
        let sample = crate::CovarianceEstimator::Sample.estimate(&returns).unwrap().matrix;
        let pairwise = pairwise_covariance(["A", "B"], table.view(), 2).unwrap();
        assert!((&sample - &pairwise).iter().all(|d| d.abs() < 1e-18));
    }

    #[test]
    fn a_pair_that_never_met_is_refused() {
        let table = array![[0.01, f64::NAN], [f64::NAN, 0.04], [0.04, 0.08]];
        assert!(pairwise_covariance(["A", "B"], table.view(), 2).is_err());
    }
}
