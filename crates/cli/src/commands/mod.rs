//! One file a command.

pub(crate) mod backtest;
pub(crate) mod config;
pub(crate) mod cross_validate;
pub(crate) mod data;
pub(crate) mod explain;
pub(crate) mod journal;
pub(crate) mod markets;
pub(crate) mod monte_carlo;
pub(crate) mod optimise;
pub(crate) mod overfit;
pub(crate) mod portfolio;
pub(crate) mod regime;
pub(crate) mod strategies;
pub(crate) mod sweep;
pub(crate) mod walk_forward;
