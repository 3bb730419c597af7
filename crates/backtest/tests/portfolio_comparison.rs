//! Ways of sharing capital on three coins by the day: each through the one engine, and each by its own law.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{
    ComparisonFault, ComparisonReport, ComparisonRules, ComparisonSeries, Detail, MarketHistory,
    PortfolioBacktest, PortfolioComparison,
};
use autotrading_catalog::read_many_bars_from;
use autotrading_core::{StrategyEntry, Unrecorded};
use autotrading_domain::{InstrumentId, InstrumentKind, Span, Timestamp};
use autotrading_market_data::{History, ReadRules};
use autotrading_portfolio::{Allocation, PortfolioRules, Rebalancing, StrategySharing};
use autotrading_strategy::Parameters;

const COINS: &str = include_str!("../../cli/data/bitstamp_btc_eth_ltc_usd_1d_2014-11_2020-01.csv");

fn coins() -> Vec<(String, History)> {
    let coins = read_many_bars_from(COINS.as_bytes(), "coins", ReadRules::default()).unwrap();
    coins.into_iter().map(|(symbol, reading)| (symbol, reading.history)).collect()
}

fn compared(rules: &ComparisonRules, coins: &[(String, History)]) -> (ComparisonReport, ComparisonSeries) {
    let markets: Vec<(&str, &History)> = coins.iter().map(|(s, h)| (s.as_str(), h)).collect();
    let comparison = PortfolioComparison { rules, markets: &markets, data: "coins" };
    comparison.run(|_| ControlFlow::Continue(())).unwrap().unwrap()
}

#[test]
fn every_method_goes_through_the_one_engine_and_no_budget_is_broken() {
    let (report, series) = compared(&ComparisonRules::default(), &coins());
    assert_eq!(report.symbols, ["BTC", "ETH", "LTC"]);
    assert_eq!(report.methods.len(), 6);
    for (figures, line) in report.methods.iter().zip(&series.methods) {
        let name = figures.method.name();
        assert!(figures.venue_agrees, "{name}: books and venue differ");
        assert!(figures.orders > 3 && figures.summary.fills > 3, "{name} never rebalanced");
        assert!(figures.findings.is_empty(), "{name}: {:?}", figures.findings);
        let parts: f64 = figures.contributions.as_ref().unwrap().iter().sum();
        assert!((parts - 1.0).abs() < 1e-9, "{name}: parts of the risk sum to {parts}");
        for place in 0..series.time.len() {
            let gross: f64 = line.weights.iter().map(|column| column[place]).sum();
            assert!(gross < 1.0 + 1e-9, "{name}: {gross} of the equity held at {}", series.time[place]);
            assert!(line.weights.iter().all(|column| column[place] >= 0.0), "{name} is short");
        }
    }
    let finals: Vec<_> = report.methods.iter().map(|figures| figures.summary.final_equity).collect();
    for (place, one) in finals.iter().enumerate() {
        assert!(!finals[..place].contains(one), "two methods did the same");
    }
}

#[test]
fn each_method_keeps_its_law_on_average() {
    let (report, _) = compared(&ComparisonRules::default(), &coins());
    let of = |method| report.methods.iter().find(|figures| figures.method == method).unwrap();
    let spread = |weights: &[f64]| {
        let most = weights.iter().copied().fold(0.0, f64::max);
        most - weights.iter().copied().fold(1.0, f64::min)
    };
    assert!(spread(&of(Allocation::Equal).mean_weights) < 0.03, "{:?}", of(Allocation::Equal).mean_weights);
    let parity = of(Allocation::RiskParity).contributions.clone().unwrap();
    let equal = of(Allocation::Equal).contributions.clone().unwrap();
    assert!(spread(&parity) < spread(&equal), "parity {parity:?}, equal {equal:?}");
    let volatility = |method| of(method).performance.annual_volatility.unwrap();
    assert!(volatility(Allocation::MinimumVariance) < volatility(Allocation::Equal));
    assert!(of(Allocation::MinimumVariance).mean_weights[0] > 0.4, "bitcoin is the calmest of the three");
}

#[test]
fn what_comes_later_changes_nothing_before() {
    let coins = coins();
    let until: Timestamp = "2018-09-01".parse().unwrap();
    let cut: Vec<(String, History)> = coins
        .iter()
        .map(|(symbol, history)| (symbol.clone(), history.window(None, Some(until)).to_history()))
        .collect();
    let (_, whole) = compared(&ComparisonRules::default(), &coins);
    let (_, part) = compared(&ComparisonRules::default(), &cut);
    for (whole, part) in whole.methods.iter().zip(&part.methods) {
        let points = part.equity.len();
        assert!(points > 200);
        assert_eq!(whole.equity[..points], part.equity[..], "{} looked ahead", part.method.name());
    }
}

#[test]
fn wider_bands_trade_less_and_a_calendar_trades_most() {
    let coins = coins();
    let turnover = |rebalance, threshold| {
        let sharing = PortfolioRules {
            rebalance,
            rebalance_threshold: threshold,
            min_interval: Span::DAY,
            ..ComparisonRules::default().sharing
        };
        let rules =
            ComparisonRules { methods: vec![Allocation::Equal], sharing, ..ComparisonRules::default() };
        let (report, _) = compared(&rules, &coins);
        (report.methods[0].turnover_a_year, report.methods[0].orders)
    };
    let daily = turnover(Rebalancing::Calendar, 0.05);
    let near = turnover(Rebalancing::Threshold, 0.05);
    let far = turnover(Rebalancing::Threshold, 0.25);
    let band = turnover(Rebalancing::NoTradeBand, 0.05);
    let never = turnover(Rebalancing::Opinions, 0.05);
    assert!(daily.0 > near.0 && near.0 > far.0 && far.0 > never.0, "{daily:?} {near:?} {far:?} {never:?}");
    assert!(daily.0 > band.0 && band.0 > never.0, "{band:?}");
    assert!(never.1 < 6, "bought and left alone: {never:?}");
}

#[test]
fn strategies_are_weighed_by_the_risk_of_what_they_earned_and_the_weights_add_up_to_what_they_did() {
    let coins = coins();
    let names = ["BTC", "ETH", "LTC"];
    let mut configuration = ComparisonRules::default().configuration(Allocation::Equal, &names);
    for rules in &mut configuration.instruments {
        rules.kind = InstrumentKind::LinearPerpetual;
    }
    let entry = |name: &str| StrategyEntry { name: name.to_owned(), parameters: Parameters::new() };
    configuration.strategies = vec![entry("trend-following"), entry("mean-reversion")];
    configuration.portfolio.strategies = StrategySharing::RiskParity;
    let markets: Vec<MarketHistory<'_>> =
        coins.iter().map(|(symbol, history)| MarketHistory::new(symbol, history)).collect();
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "coins",
        detail: Detail::Full,
    };
    let (mut uneven, mut heard) = (0, 0);
    let (finished, _) = backtest
        .run(Unrecorded, |step| {
            for id in (0..3).map(InstrumentId) {
                let weights = step.engine.market(id).unwrap().weights();
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{weights:?}");
                heard += 1;
                uneven += usize::from(weights.iter().any(|w| *w > 0.55));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(finished.venue_agrees());
    assert!(uneven > heard / 10, "{uneven} of {heard}");
}

#[test]
fn what_cannot_be_compared_is_named() {
    let (rules, coins) = (ComparisonRules::default(), coins());
    let refused = |markets: &[(&str, &History)], rules: &ComparisonRules| {
        let comparison = PortfolioComparison { rules, markets, data: "coins" };
        comparison.run(|_| ControlFlow::Continue(())).unwrap_err()
    };
    let [bitcoin, ether, _] = &coins[..] else { panic!("three coins") };
    let alone = refused(&[("BTC", &bitcoin.1)], &rules);
    assert!(matches!(alone, ComparisonFault::OneInstrument));
    let early = bitcoin.1.window(None, Some("2015-01-01".parse().unwrap())).to_history();
    let apart = refused(&[("BTC", &early), ("ETH", &ether.1)], &rules);
    assert_eq!(
        apart.to_string(),
        "the instruments have 0 bars in common, from where the last begins to where the first ends; 60 are needed"
    );
    let sharing = PortfolioRules { largest_share: 0.2, ..rules.sharing.clone() };
    let tight = refused(&[("BTC", &bitcoin.1), ("ETH", &ether.1)], &ComparisonRules { sharing, ..rules });
    assert!(tight.to_string().contains("largest_share is 0.2"), "{tight}");
}
