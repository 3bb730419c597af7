//! Hierarchical risk parity.

use ndarray::{Array2, ArrayView2};

use super::{Linkage, Merge, ordering};
use crate::{PortfolioError, definite::ScaledCovariance};

/// What the clustering takes as distance of two assets, from `d = sqrt((1 - correlation) / 2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClusterDistance {
    /// `d` itself, as most libraries have it.
    #[default]
    Direct,
    /// The Euclidean distance between the columns of `d`, as in the paper.
    BetweenColumns,
}

/// How the leaves of the tree are ordered before they are halved. They differ by some percent of weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeafOrder {
    /// The cluster that was made first goes left.
    #[default]
    AsMerged,
    /// Neighbours as near as the tree allows (optimal leaf ordering).
    Optimal,
    /// Each merge turns its halves around for itself alone: what SciPy does under the name of optimal ordering, and skfolio
    /// and Riskfolio-Lib with it. Its neighbours can be farther apart than those of [`Optimal`](Self::Optimal).
    MergeByMerge,
}

/// Hierarchical risk parity: orders assets by likeness, halves the order again and again, and shares between the halves
/// in inverse proportion to their variance.
///
/// Source: Lopez de Prado (2016), "Building diversified portfolios that outperform out of sample", Journal of Portfolio
/// Management 42(4).
///
/// ```
/// use autotrading_portfolio::HierarchicalRiskParity;
/// use ndarray::array;
///
/// let answer = HierarchicalRiskParity::default().solve(array![[1.0, 0.0], [0.0, 3.0]].view())?;
/// assert_eq!(answer.weights, [0.75, 0.25]); // two halves of one asset each
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HierarchicalRiskParity {
    /// How clusters are merged.
    pub linkage: Linkage,
    /// What they are merged by.
    pub distance: ClusterDistance,
    /// How their leaves are ordered.
    pub order: LeafOrder,
}

/// Weights, and the tree they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct HierarchicalPortfolio {
    /// All above zero, summing to 1, in the order of the covariance.
    pub weights: Vec<f64>,
    /// Places of the assets from left to right.
    pub order: Vec<usize>,
    /// The merges, nearest first.
    pub tree: Vec<Merge>,
}

impl HierarchicalRiskParity {
    /// The weights. Needs no inverse, so a singular covariance is welcome.
    ///
    /// # Errors
    /// Not square, not finite, not symmetric, not positive semi-definite, a constant asset.
    pub fn solve(self, covariance: ArrayView2<'_, f64>) -> Result<HierarchicalPortfolio, PortfolioError> {
        let covariance = ScaledCovariance::of(covariance)?.matrix;
        let distances = distances(&covariance, self.distance);
        let tree = self.linkage.tree(distances.view());
        let order = match self.order {
            LeafOrder::AsMerged => ordering::as_merged(&tree),
            LeafOrder::Optimal => ordering::optimal(&tree, distances.view()),
            LeafOrder::MergeByMerge => ordering::merge_by_merge(&tree, distances.view()),
        };
        let mut weights = vec![1.0; order.len()];
        bisect(&covariance, &order, &mut weights);
        Ok(HierarchicalPortfolio { weights, order, tree })
    }
}

/// Distances of all pairs.
pub(super) fn distances(covariance: &Array2<f64>, kind: ClusterDistance) -> Array2<f64> {
    let sigma = covariance.diag().mapv(f64::sqrt);
    let direct = Array2::from_shape_fn(covariance.dim(), |(i, j)| {
        let correlation = covariance[[i, j]] / (sigma[i] * sigma[j]);
        if i == j { 0.0 } else { ((1.0 - correlation) / 2.0).clamp(0.0, 1.0).sqrt() }
    });
    match kind {
        ClusterDistance::Direct => direct,
        ClusterDistance::BetweenColumns => Array2::from_shape_fn(direct.dim(), |(i, j)| {
            let gaps = direct.row(i).into_iter().zip(direct.row(j)).map(|(a, b)| (a - b) * (a - b));
            gaps.sum::<f64>().sqrt()
        }),
    }
}

/// Shares between the halves of an order, then within each half.
fn bisect(covariance: &Array2<f64>, order: &[usize], weights: &mut [f64]) {
    if order.len() < 2 {
        return;
    }
    let (left, right) = order.split_at(order.len() / 2);
    let (a, b) = (inverse_variance_risk(covariance, left), inverse_variance_risk(covariance, right));
    let share = b / (a + b);
    left.iter().for_each(|&i| weights[i] *= share);
    right.iter().for_each(|&i| weights[i] *= 1.0 - share);
    bisect(covariance, left, weights);
    bisect(covariance, right, weights);
}

/// Variance of a cluster held in inverse proportion to its members' variances. Above zero but for a perfect hedge,
/// where rounding decides.
pub(super) fn inverse_variance_risk(covariance: &Array2<f64>, members: &[usize]) -> f64 {
    let inverse: Vec<f64> = members.iter().map(|&i| 1.0 / covariance[[i, i]]).collect();
    let total: f64 = inverse.iter().sum();
    let mut risk = 0.0;
    for (a, &i) in members.iter().enumerate() {
        let row = covariance.row(i);
        let inner: f64 = members.iter().zip(&inverse).map(|(&j, v)| row[j] * v).sum();
        risk += inverse[a] * inner;
    }
    (risk / (total * total)).max(f64::MIN_POSITIVE)
}
