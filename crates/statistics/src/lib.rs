//! Numbers that know no trading: moments, quantiles, covariance, bootstrap, a small minimiser.
