//! Searches over parameters and through time, on real bars.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;
use std::sync::OnceLock;

use autotrading_backtest::laboratory::{
    Criterion, Executor, InTurn, JobError, JobMarket, JobResult, JobSpec, Search, SearchAxis, SearchError,
    SearchSpace, Sweep, WalkForward, WalkForwardThresholds, WalkRules,
};
use autotrading_backtest::{BacktestConfiguration, ResearchRules};
use autotrading_catalog::{Columns, read_bars_from};
use autotrading_core::StrategyEntry;
use autotrading_domain::{Money, Rate, Span, Timestamp};
use autotrading_market_data::{History, ReadRules};
use autotrading_strategy::Parameters;
use rust_decimal::Decimal;

/// Half a year of real hourly bitcoin.
fn bars() -> &'static History {
    static BARS: OnceLock<History> = OnceLock::new();
    BARS.get_or_init(|| {
        const CSV: &str = include_str!("../../cli/data/btcusd_coinbase_1h_2017-07_2019-10.csv");
        let all = read_bars_from(CSV.as_bytes(), "bars", &Columns::default(), ReadRules::default())
            .unwrap()
            .history;
        all.window(None, Some("2018-01-01T00:00:00Z".parse().unwrap())).to_history()
    })
}

fn market() -> JobMarket<'static> {
    JobMarket::new(bars(), &[], "bitcoin")
}

fn research() -> BacktestConfiguration {
    ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(100_000)),
    }
    .configuration()
}

fn sweep(axes: &[&str]) -> Sweep {
    let base = research();
    let axes = axes.iter().map(|axis| SearchAxis::read(axis, &base).unwrap()).collect();
    Sweep { space: SearchSpace::new(axes).unwrap(), base, search: Search::Grid }
}

fn all(jobs: &[JobSpec], market: &JobMarket<'_>) -> Vec<JobResult> {
    let results = InTurn.collect(jobs, market, &mut |_| ControlFlow::Continue(())).unwrap();
    results.into_iter().flatten().collect()
}

fn jobs(sweep: &Sweep, market: &JobMarket<'_>) -> Vec<JobSpec> {
    let window = market.history().all();
    let (from, to) = (window.start().unwrap(), window.end().unwrap());
    sweep.clone().plan(market, [from, to, from]).unwrap().jobs()
}

#[test]
fn a_job_is_named_by_its_content_and_a_trial_by_what_is_tried() {
    let jobs = jobs(&sweep(&["fast=5,10"]), &market());
    let [first, second] = jobs.as_slice() else { panic!("two jobs") };
    assert_eq!(first.id().unwrap(), first.clone().id().unwrap());
    assert_ne!(first.id().unwrap(), second.id().unwrap());
    assert_ne!(first.trial().unwrap(), second.trial().unwrap());
    let later = JobSpec {
        from: first.from.after(Span::DAY),
        measured_from: first.from.after(Span::DAY),
        ..first.clone()
    };
    assert_ne!(later.id().unwrap(), first.id().unwrap());
    assert_eq!(later.trial().unwrap(), first.trial().unwrap());
}

#[test]
fn a_job_that_was_written_down_and_read_again_gives_the_same_bytes() {
    let market = market();
    let job = jobs(&sweep(&["fast=10"]), &market).remove(0);
    let again: JobSpec = serde_json::from_str(&serde_json::to_string(&job).unwrap()).unwrap();
    assert!(again == job && again.id().unwrap() == job.id().unwrap());
    let text = |job: &JobSpec| serde_json::to_string(&job.run(&market).unwrap()).unwrap();
    let (first, second) = (text(&job), text(&again));
    assert!(first == second);
    let read: JobResult = serde_json::from_str(&first).unwrap();
    assert!(serde_json::to_string(&read).unwrap() == first);
}

#[test]
fn a_job_for_other_data_or_an_empty_window_is_refused() {
    let market = market();
    let job = jobs(&sweep(&["fast=10"]), &market).remove(0);
    let other = bars().window(None, Some(job.from.after(Span::DAY))).to_history();
    assert!(matches!(job.run(&JobMarket::new(&other, &[], "other")), Err(JobError::Data { .. })));
    let paid = [(job.from, Rate::basis_points(1))];
    assert!(matches!(job.run(&JobMarket::new(bars(), &paid, "with funding")), Err(JobError::Data { .. })));
    let long_ago = Timestamp::EPOCH;
    let empty =
        JobSpec { from: long_ago, measured_from: long_ago, to: long_ago.after(Span::DAY), ..job.clone() };
    assert!(matches!(empty.run(&market), Err(JobError::Window { .. })));
    let outside = JobSpec { measured_from: job.to, ..job };
    assert!(matches!(outside.run(&market), Err(JobError::Measured { .. })));
}

#[test]
fn what_only_warms_up_is_not_measured() {
    let market = market();
    let job = jobs(&sweep(&["fast=10"]), &market).remove(0);
    let from = job.from.after(Span::DAY.times(30)).floor(Span::DAY);
    let whole = job.run(&market).unwrap();
    let measured = JobSpec { measured_from: from, ..job }.run(&market).unwrap();
    let first = (from.nanos() / Span::DAY.nanos()) as i32;
    let later: Vec<_> = whole.days.iter().filter(|day| day.day >= first).copied().collect();
    assert!(measured.days == later, "the same run, seen from later on");
}

#[test]
fn illegal_combinations_are_left_out_and_counted() {
    let market = market();
    let candidates = sweep(&["fast=5..25:5", "slow=10,20"]).candidates(&market).unwrap();
    assert_eq!((candidates.len(), candidates.skipped), (4, 6));
    let none = sweep(&["fast=30", "slow=10,20"]).candidates(&market).unwrap_err();
    assert!(
        matches!(&none, SearchError::NoneLegal { points: 2, reason } if reason.contains("must be below")),
        "{none}"
    );
}

#[test]
fn a_sweep_is_its_single_runs_side_by_side() {
    let market = market();
    let window = bars().all();
    let (from, to) = (window.start().unwrap(), window.end().unwrap());
    let plan = sweep(&["fast=5,10", "slow=20,40"]).plan(&market, [from, to, from]).unwrap();
    let jobs = plan.jobs();
    let table = plan.table(all(&jobs, &market));
    assert_eq!(table.trials.len(), 4);
    for (trial, job) in table.trials.iter().zip(&jobs) {
        assert!(trial.result == job.run(&market).unwrap());
    }
    let best = table.best(Criterion::Sharpe).unwrap();
    assert!(table.trials.iter().all(|trial| trial.result.figures.sharpe <= best.result.figures.sharpe));
    let returns = table.returns();
    assert_eq!((returns.columns().len(), returns.columns()[0].len()), (4, returns.days().len()));
}

#[test]
fn a_job_over_columns_has_the_bytes_of_the_event_engine() {
    let market = market();
    let plan = {
        let window = bars().all();
        let (from, to) = (window.start().unwrap(), window.end().unwrap());
        let warm = from.after(Span::DAY.times(20));
        sweep(&["fast=3,12", "slow=20,55", "mode"]).plan(&market, [from, to, warm]).unwrap()
    };
    assert_eq!(plan.jobs().len(), 8);
    for job in plan.jobs() {
        assert!(ResearchRules::of(&job.configuration).is_some(), "the columns are taken");
        let (fast, reference) = (job.run(&market).unwrap(), job.run_in_engine(&market).unwrap());
        assert_eq!(
            (fast.figures.fills, fast.figures.final_equity),
            (reference.figures.fills, reference.figures.final_equity)
        );
        assert!(serde_json::to_string(&fast).unwrap() == serde_json::to_string(&reference).unwrap());
    }
}

#[test]
fn only_the_configuration_of_a_research_run_is_taken_for_one() {
    let rules = ResearchRules { size: Decimal::new(25, 1), ..ResearchRules::default() };
    let mut configuration = rules.configuration();
    assert_eq!(ResearchRules::of(&configuration), Some(rules));
    configuration.run.seed = 99;
    assert!(ResearchRules::of(&configuration).is_some());
    configuration.venue.half_spread_bps = 1.0;
    assert_eq!(ResearchRules::of(&configuration), None);
}

fn walk_forward() -> WalkForward {
    let day = Span::DAY;
    WalkForward {
        sweep: sweep(&["fast=5,15", "slow=30,60"]),
        rules: WalkRules {
            train: day.times(30),
            test: day.times(10),
            least_walks: 5,
            warm_up: day.times(4),
            anchored: false,
        },
        criterion: Criterion::Sharpe,
        thresholds: WalkForwardThresholds::default(),
    }
}

#[test]
fn a_walk_forward_strings_its_tests_together_without_gap_or_overlap() {
    let (market, study) = (market(), walk_forward());
    let plan = study.plan(&market).unwrap();
    let trained = all(&plan.training(), &market);
    let chosen = study.choose(&plan, &trained);
    let tested = all(&plan.tests(&chosen), &market);
    let report = study.report(&plan, &trained, &chosen, &tested);
    assert_eq!(report.walks.len(), plan.walks().len());
    assert!(report.days.windows(2).all(|pair| pair[0].day + 1 == pair[1].day));
    let growth: f64 = report.days.iter().map(|day| 1.0 + day.value).product();
    assert!((growth - 1.0 - report.total_return).abs() < 1e-12);
    let walks: f64 = report.walks.iter().map(|walk| 1.0 + walk.test_return).product();
    assert!((walks - growth).abs() < 1e-12);
    for (walk, training) in report.walks.iter().zip(trained.chunks(4)) {
        assert!(training.iter().all(|trial| trial.figures.sharpe <= walk.in_sample));
    }
}

#[test]
fn what_is_chosen_does_not_depend_on_what_is_tested() {
    let study = walk_forward();
    let market = market();
    let plan = study.plan(&market).unwrap();
    let chosen = study.choose(&plan, &all(&plan.training(), &market));
    // The same bars, but from the third test on everything is another market.
    let turn = plan.walks()[2].test_from.nanos();
    let mut changed = History::new(bars().interval()).unwrap();
    for mut bar in bars().all().into_bars() {
        if bar.open_time.nanos() >= turn {
            let tilt = 1.0 + 0.3 * ((bar.open_time.nanos() / 3_600_000_000_000) as f64 / 7.0).sin();
            [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close]
                .into_iter()
                .for_each(|price| *price = (*price * tilt * 100.0).round() / 100.0);
        }
        changed.push(&bar).unwrap();
    }
    let other = JobMarket::new(&changed, &[], "bitcoin");
    let other_plan = study.plan(&other).unwrap();
    let other_chosen = study.choose(&other_plan, &all(&other_plan.training(), &other));
    assert_eq!(chosen[..=2], other_chosen[..=2]);
}
