//! Agglomerative clustering: who is merged with whom, and at what distance.

use ndarray::{Array2, ArrayView2};

/// How far two clusters are from each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linkage {
    /// As far as their nearest members.
    #[default]
    Single,
    /// As far as their farthest members.
    Complete,
    /// The mean over pairs of members.
    Average,
    /// The growth of the sum of squares when they are merged.
    Ward,
}

/// One merge. Leaves are clusters `0..N`; the `k`-th merge makes cluster `N + k`. The lower number is `left`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The cluster with the lower number.
    pub left: usize,
    /// The other.
    pub right: usize,
    /// Their distance.
    pub distance: f64,
    /// How many leaves they have together.
    pub size: usize,
}

impl Linkage {
    /// The tree of a symmetric matrix of distances, nearest merge first. `O(N^2)`.
    pub(crate) fn tree(self, distances: ArrayView2<'_, f64>) -> Vec<Merge> {
        let mut joints = match self {
            Self::Single => spanning_tree(distances),
            _ => self.nearest_neighbour_chain(distances.to_owned()),
        };
        // Stable, so that equal distances keep the order in which they were found.
        joints.sort_by(|a, b| a.2.total_cmp(&b.2));
        numbered(&joints, distances.nrows())
    }

    /// Merges mutual nearest neighbours, found by walking from neighbour to nearer neighbour; each joint is named by
    /// one leaf of either side.
    fn nearest_neighbour_chain(self, mut d: Array2<f64>) -> Vec<(usize, usize, f64)> {
        let n = d.nrows();
        let mut sizes = vec![1.0; n];
        let (mut joints, mut chain) = (Vec::with_capacity(n), Vec::with_capacity(n));
        while joints.len() + 1 < n {
            let first = || (0..n).find(|&i| sizes[i] > 0.0).unwrap_or(0);
            let tip = chain.last().copied().unwrap_or_else(first);
            let before = chain.len().checked_sub(2).map(|at| chain[at]);
            if chain.is_empty() {
                chain.push(tip);
            }
            // The one before wins ties, or the walk would go in circles.
            let mut near = before.map_or((usize::MAX, f64::INFINITY), |b: usize| (b, d[[tip, b]]));
            for i in (0..n).filter(|&i| sizes[i] > 0.0 && i != tip) {
                if d[[tip, i]] < near.1 || near.0 == usize::MAX {
                    near = (i, d[[tip, i]]);
                }
            }
            if before != Some(near.0) {
                chain.push(near.0);
                continue;
            }
            chain.truncate(chain.len() - 2);
            let (gone, kept) = (tip.min(near.0), tip.max(near.0));
            joints.push((gone, kept, near.1));
            for i in (0..n).filter(|&i| sizes[i] > 0.0 && i != gone && i != kept) {
                let updated =
                    self.update(d[[i, gone]], d[[i, kept]], near.1, sizes[gone], sizes[kept], sizes[i]);
                d[[i, kept]] = updated;
                d[[kept, i]] = updated;
            }
            sizes[kept] += sizes[gone];
            sizes[gone] = 0.0;
        }
        joints
    }

    /// Distance of a third cluster to the union of `a` and `b` (Lance and Williams 1967).
    fn update(self, to_a: f64, to_b: f64, between: f64, a: f64, b: f64, third: f64) -> f64 {
        match self {
            Self::Single => to_a.min(to_b),
            Self::Complete => to_a.max(to_b),
            Self::Average => (a * to_a + b * to_b) / (a + b),
            Self::Ward => {
                let total = a + b + third;
                let squares = (a + third) / total * to_a * to_a + (b + third) / total * to_b * to_b
                    - third / total * between * between;
                squares.max(0.0).sqrt()
            }
        }
    }
}

/// Prim's minimum spanning tree from leaf 0, whose edges are the single-linkage merges.
fn spanning_tree(d: ArrayView2<'_, f64>) -> Vec<(usize, usize, f64)> {
    let n = d.nrows();
    let mut reach = vec![(f64::INFINITY, 0); n];
    let mut inside = vec![false; n];
    let (mut joints, mut at) = (Vec::with_capacity(n), 0);
    for _ in 1..n {
        inside[at] = true;
        let (mut nearest, mut next) = (f64::INFINITY, at);
        for i in (0..n).filter(|&i| !inside[i]) {
            if d[[at, i]] < reach[i].0 {
                reach[i] = (d[[at, i]], at);
            }
            if reach[i].0 < nearest || next == at {
                (nearest, next) = (reach[i].0, i);
            }
        }
        joints.push((reach[next].1, next, nearest));
        at = next;
    }
    joints
}

/// From leaves to cluster numbers.
fn numbered(joints: &[(usize, usize, f64)], n: usize) -> Vec<Merge> {
    let mut parent: Vec<usize> = (0..2 * n).collect();
    let mut sizes = vec![1; 2 * n];
    let mut merges = Vec::with_capacity(joints.len());
    for (k, &(a, b, distance)) in joints.iter().enumerate() {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        let (left, right, made) = (a.min(b), a.max(b), n + k);
        sizes[made] = sizes[left] + sizes[right];
        parent[left] = made;
        parent[right] = made;
        merges.push(Merge { left, right, distance, size: sizes[made] });
    }
    merges
}

fn root(parent: &mut [usize], mut of: usize) -> usize {
    while parent[of] != of {
        parent[of] = parent[parent[of]];
        of = parent[of];
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The slow obvious way: look at all pairs, merge the nearest, recompute from the members.
    fn oracle(linkage: Linkage, d: &Array2<f64>) -> Vec<f64> {
        let mut clusters: Vec<Vec<usize>> = (0..d.nrows()).map(|i| vec![i]).collect();
        let mut heights = Vec::new();
        while clusters.len() > 1 {
            let mut best = (f64::INFINITY, 0, 0);
            for a in 0..clusters.len() {
                for b in 0..a {
                    let pairs: Vec<f64> = (clusters[a].iter())
                        .flat_map(|&i| clusters[b].iter().map(move |&j| d[[i, j]]))
                        .collect();
                    let distance = match linkage {
                        Linkage::Single => pairs.iter().copied().fold(f64::INFINITY, f64::min),
                        Linkage::Complete => pairs.iter().copied().fold(0.0, f64::max),
                        _ => pairs.iter().sum::<f64>() / pairs.len() as f64,
                    };
                    if distance < best.0 {
                        best = (distance, a, b);
                    }
                }
            }
            heights.push(best.0);
            let gone = clusters.remove(best.1);
            clusters[best.2].extend(gone);
        }
        heights
    }

    proptest! {
        #[test]
        fn the_tree_has_the_heights_of_merging_the_nearest_again_and_again(
            entries in prop::collection::vec(0.01_f64..1.0, 64),
        ) {
            let a = Array2::from_shape_vec((8, 8), entries).unwrap();
            let mut d = &a + &a.t();
            d.diag_mut().fill(0.0);
            for linkage in [Linkage::Single, Linkage::Complete, Linkage::Average] {
                let tree = linkage.tree(d.view());
                prop_assert_eq!(tree.last().unwrap().size, 8);
                for (merge, height) in tree.iter().zip(oracle(linkage, &d)) {
                    prop_assert!((merge.distance - height).abs() < 1e-12);
                    prop_assert!(merge.left < merge.right);
                }
            }
        }
    }
}
