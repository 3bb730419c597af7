//! Capital is shared among instruments, and what drifts off its share is brought back when it is worth a trade.

use autotrading_core::{Configuration, FindingKind, MeasureRules};
use autotrading_domain::{Money, Span};
use autotrading_portfolio::{Allocation, PortfolioRules, Rebalancing};
use autotrading_sizing::{Concentration, SizingRules};

use crate::floor::{Floor, configuration};

/// Holds what the shares say, and nothing else bounds it.
fn sharing(portfolio: PortfolioRules) -> Configuration {
    Configuration {
        sizing: SizingRules { concentration: Some(Concentration { share: 1.0 }), ..SizingRules::NONE },
        measures: MeasureRules::default(),
        portfolio: PortfolioRules { min_interval: Span::ZERO, refresh: Span::ZERO, ..portfolio },
        ..configuration()
    }
}

fn even(rebalance: Rebalancing, least_trade: i64) -> PortfolioRules {
    PortfolioRules {
        allocation: Allocation::Equal,
        rebalance,
        rebalance_threshold: 0.05,
        least_trade: Money::new(least_trade.into()),
        ..PortfolioRules::default()
    }
}

/// Half of a hundred thousand in each, at 100 and at 50.
const BOUGHT: &str = "hour  BTC 100 long   ETH 50
     sent  buy BTC 500.000
     sent  nothing
     fill  BTC @ 100
     hour  BTC 100        ETH 50 long
     sent  buy ETH 1000.000
     fill  ETH @ 50";

#[test]
fn what_is_off_its_share_by_the_threshold_is_traded_back_and_what_is_near_is_left_alone() {
    let mut floor = Floor::new("BTC ETH", sharing(even(Rebalancing::Threshold, 10)));
    floor.play(BOUGHT);
    // 52 000 of 102 000 is 51 %: near. 60 000 of 110 000 is 55 %: 5000 too much, and 5000 too little in ether.
    floor.play(
        "hour  BTC 104        ETH 50
         sent  nothing
         hour  BTC 120        ETH 50
         sent  sell BTC 41.666
         sent  buy ETH 100.000
         fill  BTC @ 120
         fill  ETH @ 50
         hour  BTC 120        ETH 50
         sent  nothing
         books BTC 458.334 ETH 1100",
    );
}

#[test]
fn with_opinions_alone_and_below_the_least_trade_nothing_is_traded_back() {
    for rules in [even(Rebalancing::Opinions, 10), even(Rebalancing::Threshold, 5100)] {
        let mut floor = Floor::new("BTC ETH", sharing(rules));
        floor.play(BOUGHT);
        floor.play(
            "hour  BTC 120        ETH 50
             sent  nothing
             books BTC 500 ETH 1000",
        );
    }
}

#[test]
fn the_calmer_one_has_more_once_it_is_known_how_they_move() {
    let rules = PortfolioRules {
        allocation: Allocation::MinimumVariance,
        rebalance: Rebalancing::Threshold,
        rebalance_threshold: 0.05,
        largest_share: 0.75,
        ..PortfolioRules::default()
    };
    let mut floor = Floor::new("BTC ETH", sharing(rules));
    let flip = |up: bool, by: f64| if up { 1.0 + by } else { 1.0 / (1.0 + by) };
    for hour in 0..40_u32 {
        let bitcoin = 100.0 * flip(hour.is_multiple_of(2), 0.005);
        let ether = 50.0 * flip((hour / 2).is_multiple_of(2), 0.02);
        floor.play(&format!("hour BTC {bitcoin:.2} ETH {ether:.2}"));
    }
    // Sixteen times the variance: ether would have 6 %, and bitcoin is held at its limit.
    floor.play(
        "hour  BTC 100 long   ETH 50
         sent  buy BTC 750.000
         hour  BTC 100        ETH 50 long
         sent  buy ETH 500.000",
    );
}

#[test]
fn an_estimate_that_fails_is_told_and_the_shares_stay() {
    let rules = PortfolioRules { allocation: Allocation::RiskParity, ..PortfolioRules::default() };
    let mut floor = Floor::new("BTC ETH", sharing(rules));
    for hour in 0..40_u32 {
        floor.play(&format!("hour BTC {} ETH 50", 100 + hour % 3));
    }
    floor.play(
        "hour BTC 100 long
         sent buy BTC 500.000",
    );
    let findings = floor.turn.findings();
    assert!(findings.iter().any(|finding| finding.kind == FindingKind::NotShared), "{findings:?}");
    assert!(findings.iter().any(|finding| finding.detail.contains("does not move")), "{findings:?}");
}

#[test]
fn a_limit_that_leaves_capital_without_an_owner_is_refused_at_the_start() {
    let rules = PortfolioRules { largest_share: 0.4, ..PortfolioRules::default() };
    let instruments = crate::floor::instruments("BTC ETH");
    let refused = autotrading_core::Engine::with_strategies(instruments, sharing(rules), Vec::new());
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("portfolio.largest_share is 0.4"), "{said}");
    let rules = PortfolioRules { views: vec!["oracle".to_owned()], ..PortfolioRules::default() };
    let instruments = crate::floor::instruments("BTC ETH");
    let refused = autotrading_core::Engine::with_strategies(instruments, sharing(rules), Vec::new());
    assert!(refused.unwrap_err().to_string().ends_with("there is no strategy for views named oracle"));
}
