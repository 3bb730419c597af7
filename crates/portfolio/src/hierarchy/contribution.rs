//! Hierarchical equal risk contribution.

use ndarray::{Array2, ArrayView2};

use super::{
    HierarchicalPortfolio, HierarchicalRiskParity, Merge, ordering,
    parity::{distances, inverse_variance_risk},
};
use crate::{PortfolioError, definite::ScaledCovariance};

/// Hierarchical equal risk contribution: cuts the tree into clusters, follows its merges from the top to share between
/// them in inverse proportion to the risk below, and holds each cluster in inverse proportion to variance.
///
/// Unlike [`HierarchicalRiskParity`] it halves along the tree and not along a line of leaves, so the order of the leaves
/// does not matter. Source: Raffinot (2018), "The hierarchical equal risk contribution portfolio".
///
/// ```
/// use autotrading_portfolio::{HierarchicalEqualRisk, HierarchicalRiskParity};
/// use ndarray::array;
///
/// // Two twins of variance 1 and a stranger of variance 1: the twins share one half.
/// let covariance = array![[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 0.95]];
/// let method = HierarchicalEqualRisk { clusters: 2, tree: HierarchicalRiskParity::default() };
/// let weights = method.solve(covariance.view())?.weights;
/// assert!((weights[2] - 0.5).abs() < 1e-15 && (weights[0] - 0.25).abs() < 1e-15);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HierarchicalEqualRisk {
    /// How many clusters, from 1 to the number of assets.
    pub clusters: usize,
    /// Linkage and distance; its leaf order is not used.
    pub tree: HierarchicalRiskParity,
}

impl HierarchicalEqualRisk {
    /// The weights.
    ///
    /// # Errors
    /// As [`HierarchicalRiskParity::solve`], and for no cluster or more than assets.
    pub fn solve(self, covariance: ArrayView2<'_, f64>) -> Result<HierarchicalPortfolio, PortfolioError> {
        let covariance = ScaledCovariance::of(covariance)?.matrix;
        let n = covariance.nrows();
        if self.clusters == 0 || self.clusters > n {
            let (what, got) = ("the number of clusters", self.clusters as f64);
            return Err(PortfolioError::Parameter { what, got, allowed: "1 to the number of assets" });
        }
        let tree = self.tree.linkage.tree(distances(&covariance, self.tree.distance).view());
        let mut sharing = Sharing { covariance: &covariance, tree: &tree, uncut: n - self.clusters };
        let mut weights = vec![0.0; n];
        sharing.down((2 * n).saturating_sub(2), 1.0, &mut weights);
        let order = ordering::as_merged(&tree);
        Ok(HierarchicalPortfolio { weights, order, tree })
    }
}

struct Sharing<'a> {
    covariance: &'a Array2<f64>,
    tree: &'a [Merge],
    /// The merges up to here made the clusters; the later ones are between them.
    uncut: usize,
}

impl Sharing<'_> {
    /// The two sides of a merge between clusters; `None` for a cluster.
    fn sides(&self, node: usize) -> Option<(usize, usize)> {
        let merge = node.checked_sub(self.tree.len() + 1).filter(|k| *k >= self.uncut)?;
        self.tree.get(merge).map(|m| (m.left, m.right))
    }

    fn members(&self, node: usize) -> Vec<usize> {
        let n = self.tree.len() + 1;
        let (mut members, mut waiting) = (Vec::new(), vec![node]);
        while let Some(node) = waiting.pop() {
            match node.checked_sub(n).and_then(|k| self.tree.get(k)) {
                None => members.push(node),
                Some(merge) => waiting.extend([merge.left, merge.right]),
            }
        }
        members
    }

    /// Sum of the risks of the clusters below.
    fn risk(&self, node: usize) -> f64 {
        match self.sides(node) {
            Some((left, right)) => self.risk(left) + self.risk(right),
            None => inverse_variance_risk(self.covariance, &self.members(node)),
        }
    }

    fn down(&mut self, node: usize, share: f64, weights: &mut [f64]) {
        if let Some((left, right)) = self.sides(node) {
            let (a, b) = (self.risk(left), self.risk(right));
            self.down(left, share * (b / (a + b)), weights);
            self.down(right, share * (a / (a + b)), weights);
            return;
        }
        let members = self.members(node);
        let total: f64 = members.iter().map(|&i| 1.0 / self.covariance[[i, i]]).sum();
        members.iter().for_each(|&i| weights[i] = share / self.covariance[[i, i]] / total);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Linkage;
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    #[test]
    fn one_cluster_is_inverse_variance() {
        let covariance = array![[1.0, 0.3, 0.1], [0.3, 2.0, 0.2], [0.1, 0.2, 4.0]];
        let method = HierarchicalEqualRisk { clusters: 1, tree: HierarchicalRiskParity::default() };
        let weights = method.solve(covariance.view()).unwrap().weights;
        let expected = [4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0];
        assert!(weights.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
        assert!(HierarchicalEqualRisk { clusters: 4, ..method }.solve(covariance.view()).is_err());
        assert!(HierarchicalEqualRisk { clusters: 0, ..method }.solve(covariance.view()).is_err());
    }

    #[test]
    fn two_pairs_share_by_the_risks_below_them_down_to_each_asset() {
        let pair = |a: f64, b: f64| 0.9 * (a * b).sqrt();
        let covariance = array![
            [1.0, pair(1.0, 2.0), 0.0, 0.0],
            [pair(1.0, 2.0), 2.0, 0.0, 0.0],
            [0.0, 0.0, 3.0, pair(3.0, 6.0)],
            [0.0, 0.0, pair(3.0, 6.0), 6.0],
        ];
        let method = HierarchicalEqualRisk { clusters: 4, tree: HierarchicalRiskParity::default() };
        let weights = method.solve(covariance.view()).unwrap().weights;
        // 1 + 2 against 3 + 6, then 1 against 2 and 3 against 6.
        let expected = [0.75 * 2.0 / 3.0, 0.75 / 3.0, 0.25 * 2.0 / 3.0, 0.25 / 3.0];
        assert!(weights.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{weights:?}");
    }

    proptest! {
        #[test]
        fn shares_sum_to_one_for_every_number_of_clusters(entries in prop::collection::vec(0.01_f64..1.0, 48)) {
            let a = Array2::from_shape_vec((8, 6), entries).unwrap();
            let covariance = a.t().dot(&a);
            for clusters in 1..=6 {
                for linkage in [Linkage::Single, Linkage::Ward] {
                    let tree = HierarchicalRiskParity { linkage, ..HierarchicalRiskParity::default() };
                    let method = HierarchicalEqualRisk { clusters, tree };
                    let weights = method.solve(covariance.view()).unwrap().weights;
                    prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                    prop_assert!(weights.iter().all(|w| *w > 0.0));
                }
            }
        }
    }
}
