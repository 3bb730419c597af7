//! Opinions about the market, and nothing else.

pub mod indicators;
