//! What the laboratory says of whole searches: in markets of chance there is nothing to find, in a planted edge there is.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::ResearchRules;
use autotrading_backtest::laboratory::{
    Criterion, Executor, InTurn, JobMarket, JobResult, Judgement, PermutationTest, Search, SearchAxis,
    SearchSpace, Sweep, SweepPlan, SweepTable,
};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Bar, Money, Rate, Span, Timestamp};
use autotrading_market_data::History;
use autotrading_statistics::overfitting::{AbilityTest, VerdictRules};
use autotrading_strategy::Parameters;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

/// A drift that is most of the noise: some days after it has changed its sign, an average sees it.
const EDGE: f64 = 0.015;

/// Two years of days. Their logarithmic returns are noise of 2 % and a drift that changes its sign every forty days; without
/// a drift there is nothing to know.
fn market(seed: u64, drift: f64) -> History {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut history = History::new(Span::DAY).unwrap();
    let mut log = 0.0_f64;
    let price = |log: f64| (10_000.0 * log.exp() * 100.0).round() / 100.0;
    for day in 0..730 {
        let open = price(log);
        // Twelve uniform draws are near normal, with a deviation of one.
        let noise: f64 = (0..12).map(|_| chance.random::<f64>()).sum::<f64>() - 6.0;
        let side = if day / 40 % 2 == 0 { 1.0 } else { -1.0 };
        log += 0.02 * noise + side * drift;
        let close = price(log);
        let bar = Bar {
            open_time: Timestamp::EPOCH.after(Span::DAY.times(day)),
            interval: Span::DAY,
            open,
            high: open.max(close),
            low: open.min(close),
            close,
            volume: 1.0,
            closed: true,
            synthetic: false,
        };
        history.push(&bar).unwrap();
    }
    history
}

/// Fifteen crossings of averages, long or short.
fn plan(market: &JobMarket<'_>) -> SweepPlan {
    let base = ResearchRules {
        strategy: StrategyEntry {
            name: "sma-cross".to_owned(),
            parameters: Parameters::new().with("mode", "long-short".into()),
        },
        fee: Rate::ZERO,
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(100_000)),
    }
    .configuration();
    let axes = ["fast=2..10:2", "slow=15..35:10"].map(|axis| SearchAxis::read(axis, &base).unwrap());
    let sweep = Sweep { space: SearchSpace::new(axes.to_vec()).unwrap(), base, search: Search::Grid };
    let window = market.history().all();
    let (from, to) = (window.start().unwrap(), window.end().unwrap());
    sweep.plan(market, [from, to, from]).unwrap()
}

fn search(market: &JobMarket<'_>) -> SweepTable {
    let plan = plan(market);
    let results = InTurn.collect(&plan.jobs(), market, &mut |_| ControlFlow::Continue(())).unwrap();
    plan.table(results.into_iter().flatten().collect::<Vec<JobResult>>())
}

/// Ten blocks and few resamples: quick without optimisation.
fn judge(table: &SweepTable) -> Judgement {
    let resampling = AbilityTest { repetitions: 200, ..AbilityTest::default() };
    let rules = VerdictRules { blocks: 10, resampling, ..VerdictRules::default() };
    Judgement::of(&table.returns(), table.trials.len() as u64, &rules)
}

fn said(seed: u64, drift: f64) -> Judgement {
    let history = market(seed, drift);
    judge(&search(&JobMarket::new(&history, &[], "chance")))
}

#[test]
fn searches_in_markets_of_chance_are_called_no_evidence_in_at_least_95_of_100() {
    let none = (0..100).filter(|seed| said(*seed, 0.0).evidence == "no evidence").count();
    assert!(none >= 95, "{none} of 100");
}

#[test]
fn an_edge_that_was_planted_is_found() {
    for seed in 0..10 {
        let said = said(1000 + seed, EDGE);
        assert!(said.holds, "{seed}: {} {:#?}", said.words(), said.findings);
    }
}

fn permuted(seed: u64, drift: f64) -> f64 {
    let history = market(seed, drift);
    let market = JobMarket::new(&history, &[], "chance");
    let plan = plan(&market);
    let test = PermutationTest { plan: &plan, criterion: Criterion::Sharpe, seed: 7 };
    let best =
        |number| test.best(&market, number, &InTurn, &mut |_| ControlFlow::Continue(())).unwrap().unwrap();
    let permuted: Vec<Option<f64>> = (0..19).map(best).collect();
    assert_eq!(permuted[3], best(3), "a permutation comes again");
    let seen = search(&market).best(Criterion::Sharpe).and_then(|trial| trial.result.figures.sharpe);
    test.report(seen, permuted).p_value.unwrap()
}

#[test]
fn the_order_of_the_bars_matters_where_there_is_an_edge_and_not_in_a_market_of_chance() {
    assert_eq!(permuted(1000, EDGE), 0.05, "the true market is the best of twenty");
    let chance: Vec<f64> = (0..6).map(|seed| permuted(seed, 0.0)).collect();
    let mean = chance.iter().sum::<f64>() / 6.0;
    assert!((0.25..0.85).contains(&mean), "{chance:?}");
}

#[test]
fn too_few_permutations_say_so_and_do_not_decide() {
    let history = market(3, 0.0);
    let market = JobMarket::new(&history, &[], "chance");
    let plan = plan(&market);
    let test = PermutationTest { plan: &plan, criterion: Criterion::Sharpe, seed: 7 };
    let judgement = judge(&search(&market));
    let evidence = judgement.evidence.clone();
    let told = judgement.with_permutations(&test.report(Some(1.0), vec![Some(0.5); 18]));
    let finding = told.findings.last().unwrap();
    assert_eq!(finding.reason.as_deref(), Some("18 permutations, at least 19 are needed"));
    assert!(!finding.passed && !finding.decisive && told.evidence == evidence);
    let enough = told.with_permutations(&test.report(Some(1.0), vec![Some(0.5); 19]));
    assert!(enough.findings.last().unwrap().passed);
}

#[test]
fn a_search_that_is_broken_off_on_a_permuted_market_has_no_best() {
    let history = market(3, 0.0);
    let market = JobMarket::new(&history, &[], "chance");
    let plan = plan(&market);
    let test = PermutationTest { plan: &plan, criterion: Criterion::Sharpe, seed: 7 };
    let broken = test.best(&market, 0, &InTurn, &mut |done| {
        if done == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(broken.unwrap(), None);
}
