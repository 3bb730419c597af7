//! One market after another way of sharing: the same instruments held under each allocation, through the one engine.

mod closes;
mod figures;
mod hold;
mod rules;
mod run;

pub use figures::{
    AssetFigures, ComparisonReport, ComparisonSeries, FrontierFigures, MethodFigures, MethodSeries,
};
pub use hold::hold;
pub use rules::{ComparisonFault, ComparisonRules};
pub use run::PortfolioComparison;
