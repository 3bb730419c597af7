//! What keeps capital from being shared.

/// An input that no honest share can be computed from.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PortfolioError {
    /// There is nothing to share among.
    #[error("there is no asset to share capital among")]
    Empty,
    /// A volatility must be finite and above zero.
    #[error("the volatility of asset {index} is {got}; it must be finite and above zero")]
    Volatility {
        /// Place of the asset, from 0.
        index: usize,
        /// The offending value.
        got: f64,
    },
    /// A rule lies outside of what it may be.
    #[error("portfolio.{key} is {got}, allowed is {allowed}")]
    Rule {
        /// The configuration key.
        key: &'static str,
        /// Its value.
        got: f64,
        /// What it may be.
        allowed: &'static str,
    },
}
