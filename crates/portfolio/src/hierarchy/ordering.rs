//! The order of the leaves of a tree.

use ndarray::{Array2, ArrayView2};

use super::Merge;

/// Leaves from left to right, the lower-numbered cluster of each merge on the left.
pub(super) fn as_merged(tree: &[Merge]) -> Vec<usize> {
    let n = tree.len() + 1;
    let mut leaves = Vec::with_capacity(n);
    let mut waiting = vec![2 * n - 2];
    while let Some(cluster) = waiting.pop() {
        match cluster.checked_sub(n) {
            None => leaves.push(cluster),
            Some(merge) => waiting.extend([tree[merge].right, tree[merge].left]),
        }
    }
    leaves
}

/// The order, among those that flip merges, with the least sum of distances between neighbours.
///
/// Dynamic programming over the outermost leaves of each cluster. Source: Bar-Joseph, Gifford and Jaakkola (2001),
/// "Fast optimal leaf ordering for hierarchical clustering". `O(N^3)` to `O(N^4)` time, `O(N^2)` memory.
pub(super) fn optimal(tree: &[Merge], distances: ArrayView2<'_, f64>) -> Vec<usize> {
    let costs = Costs::of(tree, distances);
    match tree.last() {
        None => (0..=tree.len()).collect(),
        Some(top) => costs.unfold(costs.best_ends(top)),
    }
}

/// The order where each merge decides alone which of its two halves is turned around, by its own best outermost leaves.
/// What the merges above would need is not looked at, so the sum can be larger than that of [`optimal`].
pub(super) fn merge_by_merge(tree: &[Merge], distances: ArrayView2<'_, f64>) -> Vec<usize> {
    let n = tree.len() + 1;
    let costs = Costs::of(tree, distances);
    let mut flipped = vec![false; tree.len()];
    for merge in tree {
        let (u, w) = costs.best_ends(merge);
        if let Some(left) = merge.left.checked_sub(n) {
            flipped[left] = costs.leaves[tree[left].right].contains(&u);
        }
        if let Some(right) = merge.right.checked_sub(n) {
            flipped[right] = costs.leaves[tree[right].left].contains(&w);
        }
    }
    // A flip turns a cluster around as a whole: what is inside is mirrored with it, once for each cluster around it.
    let mut turned = tree.to_vec();
    for (k, merge) in tree.iter().enumerate().rev() {
        for child in [merge.left, merge.right].into_iter().filter_map(|c| c.checked_sub(n)) {
            flipped[child] ^= flipped[k];
        }
        if flipped[k] {
            turned[k] = Merge { left: merge.right, right: merge.left, ..*merge };
        }
    }
    as_merged(&turned)
}

/// Least costs of every cluster by its outermost leaves.
struct Costs {
    leaves: Vec<Vec<usize>>,
    /// `least[u][w]`: of the smallest cluster with both, with `u` and `w` outermost.
    least: Array2<f64>,
    /// The two leaves that meet in the middle then, the one on the side of `u` first.
    meeting: Array2<(usize, usize)>,
}

impl Costs {
    fn of(tree: &[Merge], distances: ArrayView2<'_, f64>) -> Self {
        let n = tree.len() + 1;
        let leaves: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
        let mut costs =
            Self { leaves, least: Array2::zeros((n, n)), meeting: Array2::from_elem((n, n), (0, 0)) };
        for merge in tree {
            costs.join(tree, merge, distances);
        }
        costs
    }

    fn join(&mut self, tree: &[Merge], merge: &Merge, distances: ArrayView2<'_, f64>) {
        let (left, right) = (self.leaves[merge.left].clone(), self.leaves[merge.right].clone());
        for &u in &left {
            for &w in &right {
                let (mut best, mut meet) = (f64::INFINITY, (u, w));
                for &m in inner(&self.leaves, tree, merge.left, u) {
                    for &k in inner(&self.leaves, tree, merge.right, w) {
                        let total = self.least[[u, m]] + distances[[m, k]] + self.least[[k, w]];
                        if total < best {
                            (best, meet) = (total, (m, k));
                        }
                    }
                }
                self.least[[u, w]] = best;
                self.least[[w, u]] = best;
                self.meeting[[u, w]] = meet;
                self.meeting[[w, u]] = (meet.1, meet.0);
            }
        }
        self.leaves.push([left, right].concat());
    }

    fn best_ends(&self, merge: &Merge) -> (usize, usize) {
        let (mut best, mut ends) = (f64::INFINITY, (0, 0));
        for &u in &self.leaves[merge.left] {
            for &w in &self.leaves[merge.right] {
                if self.least[[u, w]] < best {
                    (best, ends) = (self.least[[u, w]], (u, w));
                }
            }
        }
        ends
    }

    /// From the ends of a cluster to all of its leaves.
    fn unfold(&self, ends: (usize, usize)) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.least.nrows());
        let mut waiting = vec![ends];
        while let Some((u, w)) = waiting.pop() {
            if u == w {
                order.push(u);
            } else {
                let (m, k) = self.meeting[[u, w]];
                waiting.extend([(k, w), (u, m)]);
            }
        }
        order
    }
}

/// Leaves that can be at the other end of a cluster when `outer` is at one: those of the half without `outer`.
fn inner<'a>(leaves: &'a [Vec<usize>], tree: &[Merge], cluster: usize, outer: usize) -> &'a [usize] {
    let n = tree.len() + 1;
    match cluster.checked_sub(n) {
        None => &leaves[cluster],
        Some(merge) if leaves[tree[merge].left].contains(&outer) => &leaves[tree[merge].right],
        Some(merge) => &leaves[tree[merge].left],
    }
}

#[cfg(test)]
mod tests {
    use super::super::Linkage;
    use super::*;
    use proptest::prelude::*;

    fn length(order: &[usize], d: &Array2<f64>) -> f64 {
        order.windows(2).map(|pair| d[[pair[0], pair[1]]]).sum()
    }

    /// Every flip of every merge.
    fn shortest_flip(tree: &[Merge], d: &Array2<f64>) -> f64 {
        let n = tree.len() + 1;
        (0..1_u32 << tree.len())
            .map(|flips| {
                let mut clusters: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
                for (k, merge) in tree.iter().enumerate() {
                    let (a, b) = (clusters[merge.left].clone(), clusters[merge.right].clone());
                    clusters.push(if flips >> k & 1 == 1 { [b, a].concat() } else { [a, b].concat() });
                }
                length(&clusters[2 * n - 2], d)
            })
            .fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn the_optimal_order_is_as_short_as_the_best_of_all_flips(
            entries in prop::collection::vec(0.01_f64..1.0, 49),
        ) {
            let a = Array2::from_shape_vec((7, 7), entries).unwrap();
            let mut d = &a + &a.t();
            d.diag_mut().fill(0.0);
            let tree = Linkage::Average.tree(d.view());
            let order = optimal(&tree, d.view());
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..7).collect::<Vec<_>>());
            prop_assert!((length(&order, &d) - shortest_flip(&tree, &d)).abs() < 1e-12);
            prop_assert!(length(&merge_by_merge(&tree, d.view()), &d) >= length(&order, &d) - 1e-12);
        }
    }
}
