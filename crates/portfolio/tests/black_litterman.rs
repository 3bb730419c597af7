//! Black-Litterman against its reference.
#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

mod reference;

use autotrading_portfolio::{BlackLitterman, View};
use ndarray::Array1;
use reference::*;

#[test]
fn black_litterman_meets_the_reference() {
    let expected = portfolio("black_litterman");
    let returns = returns();
    let names: Vec<&str> = returns.names().iter().map(String::as_str).collect();
    let third = 1.0 / 3.0;
    let views = [
        View::absolute("AAPL", 0.15),
        View::relative("MSFT", "JPM", 0.04),
        View::of(&[("CVX", third), ("XOM", third), ("RRC", third)], -0.02),
    ];
    let market = Array1::from(numbers(&expected["w_market"]));
    let prior = BlackLitterman { risk_aversion: 2.5, tau: 0.05 };
    let posterior = prior.posterior(&names, annual().1.view(), market.view(), &views).unwrap();
    let column = |v: &Array1<f64>| v.clone().insert_axis(ndarray::Axis(1));
    let wanted = |key: &str| column(&Array1::from(numbers(&expected[key])));
    assert_relatively_close(&column(&posterior.equilibrium), &wanted("pi"), 1e-11);
    assert_relatively_close(&column(&posterior.expected), &wanted("posterior_mu"), 1e-11);
    assert_relatively_close(&posterior.covariance, &triangle(&expected["posterior_cov"]), 1e-11);
    let factor = autotrading_statistics::Cholesky::of(posterior.covariance.view()).unwrap();
    let raw = factor.solve(posterior.expected.view()).unwrap();
    let weights = (&raw / raw.sum()).to_vec();
    assert_close(&weights, &numbers(&expected["w_unconstrained_normalised"]), 1e-11);
}
