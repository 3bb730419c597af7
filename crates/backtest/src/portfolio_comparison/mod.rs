//! One market after another way of sharing: the same instruments held under each allocation, through the one engine.

mod closes;
mod figures;
mod hold;
mod rules;
mod run;
mod together;

pub use figures::{
    AssetFigures, BreakdownFigures, ComparisonReport, ComparisonSeries, CorrelationFigures, FrontierFigures,
    MethodFigures, MethodSeries,
};
pub use hold::hold;
pub use rules::{ComparisonFault, ComparisonRules};
pub use run::PortfolioComparison;
