//! Portfolios from a tree of clusters, without inverting anything.

mod linkage;
mod ordering;
mod parity;

pub use linkage::{Linkage, Merge};
pub use parity::{ClusterDistance, HierarchicalPortfolio, HierarchicalRiskParity, LeafOrder};
