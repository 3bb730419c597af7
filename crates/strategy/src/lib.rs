//! Opinions about the market, and nothing else.
