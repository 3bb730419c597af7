//! One file a command.

pub(crate) mod backtest;
pub(crate) mod config;
pub(crate) mod data;
pub(crate) mod explain;
pub(crate) mod journal;
pub(crate) mod strategies;
