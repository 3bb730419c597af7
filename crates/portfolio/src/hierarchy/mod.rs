//! Portfolios from a tree of clusters, without inverting anything.

mod contribution;
mod linkage;
mod ordering;
mod parity;

pub use contribution::HierarchicalEqualRisk;
pub use linkage::{Linkage, Merge};
pub use parity::{ClusterDistance, HierarchicalPortfolio, HierarchicalRiskParity, LeafOrder};
