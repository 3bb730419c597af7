//! The fused path against the event engine: the same fills, trades and equity, bit for bit.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::{ControlFlow, Range};

use autotrading_backtest::{
    Backtest, BacktestConfiguration, Change, ColumnFault, ColumnOutcome, ColumnStrategy, Columns, Detail,
    Keep, Outcome, ResearchRules,
};
use autotrading_core::{Engine, StrategyEntry, Unrecorded};
use autotrading_domain::{
    Bar, Direction, InstrumentId, MarketData, MarketEvent, Money, Rate, Signal, Span, StrategyId, Timestamp,
};
use autotrading_market_data::{CommonWorkload, History, Window};
use autotrading_strategy::{Context, ParameterValue, Parameters, Signals, Strategy, StrategyError};
use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use rust_decimal::Decimal;

/// An opinion for each bar, made in advance; for both engines.
#[derive(Clone, Debug)]
struct Prescribed {
    opinions: Vec<Direction>,
    seen: usize,
}

impl Strategy for Prescribed {
    fn name(&self) -> &'static str {
        "prescribed"
    }

    fn warm_up(&self) -> usize {
        1
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        let MarketData::Bar(_) = &event.data else { return Ok(()) };
        let direction = self.opinions.get(self.seen).copied().unwrap_or_default();
        self.seen += 1;
        signals.push(Signal {
            strategy: StrategyId(0),
            instrument: InstrumentId(0),
            at: event.ts_event,
            direction,
            strength: if direction == Direction::Flat { 0.0 } else { 1.0 },
            confidence: 1.0,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: "prescribed".into(),
            leg: None,
        });
        Ok(())
    }
}

impl ColumnStrategy for Prescribed {
    fn observe(
        &mut self,
        _: Window<'_>,
        places: Range<usize>,
        changes: &mut Vec<Change>,
    ) -> Result<(), ColumnFault> {
        changes.extend(places.map(|place| Change { place, to: self.opinions[place] }));
        Ok(())
    }
}

fn rules(fast: i64, slow: i64, mode: &str) -> ResearchRules {
    let parameters = Parameters::new()
        .with("fast", ParameterValue::Integer(fast))
        .with("slow", ParameterValue::Integer(slow))
        .with("mode", ParameterValue::Word(mode.into()));
    ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        ..ResearchRules::default()
    }
}

/// The reference: the whole event engine.
fn engine(history: &History, configuration: &BacktestConfiguration, own: Option<Prescribed>) -> Outcome {
    let backtest = Backtest {
        configuration,
        history: history.all(),
        funding: &[],
        data: "random",
        detail: Detail::Full,
    };
    let watch = |_: autotrading_backtest::Step<'_>| ControlFlow::Continue(());
    let (finished, _) = match own {
        None => backtest.run(Unrecorded, watch).unwrap(),
        Some(own) => {
            let make = |instruments, configuration| {
                Engine::with_strategies(
                    instruments,
                    configuration,
                    vec![(InstrumentId(0), Box::new(own.clone()))],
                )
            };
            backtest.run_with(make, Unrecorded, watch).unwrap()
        }
    };
    assert!(finished.venue_agrees());
    finished.outcome(&backtest, Vec::new()).unwrap()
}

/// Compares everything that both tell.
fn same(columns: &Columns<'_>, rules: &ResearchRules, fused: &ColumnOutcome, engine: &Outcome) {
    let summary = &engine.report.summary;
    assert_eq!(fused.final_equity.to_string(), summary.final_equity.to_string());
    assert_eq!((fused.cash, fused.fees, fused.funding), (summary.cash, summary.fees, summary.funding));
    assert_eq!(fused.realized, engine.report.costs.realized);
    assert_eq!((fused.fills, fused.closed_trades), (summary.fills, summary.closed_trades));
    assert_eq!(fused.equity.len(), engine.series.equity.len());
    for (bar, (ours, theirs)) in fused.equity.iter().zip(&engine.series.equity).enumerate() {
        assert_eq!(ours.to_bits(), theirs.to_bits(), "equity of bar {bar}: {ours} is not {theirs}");
    }
    let curve = fused.curve.unwrap();
    assert_eq!(curve.max_drawdown.to_bits(), summary.max_drawdown.to_bits());
    match (curve.sharpe, summary.sharpe) {
        (Some(ours), Some(theirs)) => assert!((ours - theirs).abs() <= 1e-8 * theirs.abs().max(1e-3)),
        (ours, theirs) => assert_eq!(ours, theirs),
    }
    let fills = columns.fills(rules, fused).unwrap();
    assert_eq!(fills.len(), engine.fills.len());
    for (ours, theirs) in fills.iter().zip(&engine.fills) {
        assert_eq!(ours, theirs);
    }
    let trades = columns.trades(rules, fused).unwrap();
    for (ours, theirs) in trades.iter().zip(&engine.trades) {
        assert_eq!(
            (ours.direction, ours.opened_at, ours.closed_at),
            (theirs.direction, theirs.opened_at, theirs.closed_at)
        );
        assert_eq!(
            (ours.realized, ours.fees, ours.net().unwrap()),
            (theirs.realized, theirs.fees, theirs.net)
        );
    }
    assert_eq!(trades.len(), engine.trades.len());
    assert_eq!(columns.digest(rules, fused).unwrap(), summary.digest);
}

/// Bars from random steps, prices in `1 / unit`; gaps in time where a step says so.
fn history(steps: &[(i64, i64, u8)], start: i64, unit: f64, decimals: u32) -> History {
    let mut history = History::new(Span::MINUTE).unwrap().with_price_decimals(decimals);
    let (mut price, mut minute) = (start, 0);
    for (gap, step, pause) in steps {
        let open = (price + gap).max(1);
        let close = (open + step).max(1);
        price = close;
        minute += if *pause == 0 { 1 + 7 } else { 1 };
        let at = |ticks: i64| ticks as f64 / unit;
        history
            .push(&Bar {
                open_time: Timestamp::EPOCH.after(Span::MINUTE.times(minute)),
                interval: Span::MINUTE,
                open: at(open),
                high: at(open.max(close) + 1),
                low: at(open.min(close)),
                close: at(close),
                volume: f64::from(*pause),
                closed: true,
                synthetic: false,
            })
            .unwrap();
    }
    history
}

/// Steps of few sizes, so that averages tie often; and markets of several grids.
fn market() -> impl Generator<Value = History> {
    let steps = prop::collection::vec((-1i64..=1, -3i64..=3, 0u8..40), 1..700);
    let grid = prop::sample::select(vec![
        (16_000, 64.0, 6),      // sixty-fourths
        (2_500_000, 100.0, 2),  // cents
        (734_219, 10_000.0, 4), // a coin of 73 with four decimals
        (734_219, 10_000.0, 2), // the same on a coarser tick than the data
        (31_415_926, 1e8, 8),   // a coin of 0.3 with eight
        (900, 3.0, 1),          // no decimals end these
        (40, 1.0, 0),           // near nothing, in whole numbers
    ]);
    (steps, grid).prop_map(|(steps, (start, unit, decimals))| history(&steps, start, unit, decimals))
}

fn account() -> impl Generator<Value = (Decimal, Rate, Money)> {
    let size = prop::sample::select(vec!["1", "0.3", "0.001", "2.50", "0.12345678", "0.123456789", "37"]);
    let fee = prop::sample::select(vec!["0.0005", "0", "0.00025", "-0.0001", "0.000123456", "0.01"]);
    let cash = prop::sample::select(vec!["100000", "12345.678901234567", "5000000", "1000.10"]);
    (size, fee, cash).prop_map(|(size, fee, cash)| {
        (size.parse().unwrap(), Rate::new(fee.parse().unwrap()), Money::new(cash.parse().unwrap()))
    })
}

proptest! {

    #[test]
    fn averages_that_cross_make_the_engines_fills_trades_and_equity_to_the_bit(
        history in market(),
        (size, fee, cash) in account(),
        fast in 1i64..10,
        more in 1i64..20,
        short in any::<bool>(),
    ) {
        let mode = if short { "long-short" } else { "long-flat" };
        let rules = ResearchRules { size, fee, cash, ..rules(fast, fast + more, mode) };
        let columns = Columns::new(history.all()).unwrap();
        match columns.run(&rules, Keep::Everything) {
            Ok(fused) => same(&columns, &rules, &fused, &engine(&history, &rules.configuration(), None)),
            // Only an account that is nearly gone may be left to the engine.
            Err(fault) => prop_assert!(matches!(fault, ColumnFault::Ruin { .. }), "{}", fault),
        }
    }

    #[test]
    fn opinions_of_any_strategy_make_the_engines_fills_trades_and_equity_to_the_bit(
        history in market(),
        (size, fee, cash) in account(),
        drawn in prop::collection::vec((0u8..6, 0u8..3), 700),
    ) {
        let mut stands = Direction::Flat;
        let opinions = drawn.iter().map(|(change, to)| {
            if *change == 0 {
                stands = [Direction::Flat, Direction::Long, Direction::Short][usize::from(*to)];
            }
            stands
        });
        let own = Prescribed { opinions: opinions.collect(), seen: 0 };
        let rules = ResearchRules { size, fee, cash, ..ResearchRules::default() };
        let columns = Columns::new(history.all()).unwrap();
        match columns.run_with(&mut own.clone(), &rules, Keep::Everything) {
            Ok(fused) => same(&columns, &rules, &fused, &engine(&history, &rules.configuration(), Some(own))),
            Err(fault) => prop_assert!(matches!(fault, ColumnFault::Ruin { .. }), "{}", fault),
        }
    }

    #[test]
    fn every_run_of_a_sweep_is_its_own_run(history in market(), (size, fee, cash) in account(), most in 2i64..9) {
        let columns = Columns::new(history.all()).unwrap();
        let all: Vec<ResearchRules> = (1..most)
            .flat_map(|fast| [11, 20, 33].map(|slow| (fast, slow)))
            .map(|(fast, slow)| {
                let mode = if (fast + slow) % 2 == 0 { "long-flat" } else { "long-short" };
                ResearchRules { size, fee, cash, ..rules(fast, slow, mode) }
            })
            .collect();
        for keep in [Keep::Account, Keep::Figures, Keep::Everything] {
            for (rules, outcome) in all.iter().zip(columns.sweep(&all, keep)) {
                prop_assert!(outcome == columns.run(rules, keep), "{:?}", rules.strategy.parameters);
            }
        }
    }
}

#[test]
fn a_stretch_of_the_common_workload_is_the_engines_to_the_digest() {
    let history = CommonWorkload::history(20_000);
    let columns = Columns::new(history.all()).unwrap();
    for (fast, slow, mode) in
        [(10, 50, "long-flat"), (10, 50, "long-short"), (3, 2_000, "long-short"), (1, 2, "long-flat")]
    {
        let rules = rules(fast, slow, mode);
        let fused = columns.run(&rules, Keep::Everything).unwrap();
        assert!(fused.fills > 50, "{}", fused.fills);
        same(&columns, &rules, &fused, &engine(&history, &rules.configuration(), None));
    }
}

fn sound() -> Vec<Bar> {
    CommonWorkload::default().take(300).collect()
}

fn fault_of(bars: Vec<Bar>, rules: &ResearchRules) -> ColumnFault {
    let history = History::from_bars(Span::MINUTE, bars).unwrap().with_price_decimals(6);
    let columns = match Columns::new(history.all()) {
        Ok(columns) => columns,
        Err(fault) => return fault,
    };
    columns.run(rules, Keep::Account).unwrap_err()
}

#[test]
fn what_cannot_be_stated_exactly_is_refused_by_name() {
    let usual = rules(2, 5, "long-short");
    let changed = |edit: fn(&mut Bar)| {
        let mut bars = sound();
        edit(&mut bars[7]);
        fault_of(bars, &usual)
    };
    assert!(matches!(changed(|bar| bar.synthetic = true), ColumnFault::Synthetic { place: 7 }));
    assert!(matches!(changed(|bar| bar.low = bar.high + 1.0), ColumnFault::Bar { place: 7, .. }));
    assert!(matches!(changed(|bar| bar.volume = -1.0), ColumnFault::Bar { place: 7, .. }));
    assert!(matches!(changed(|bar| bar.low = 1e-8), ColumnFault::Price { place: 7, .. }));
    let crowded: Vec<Bar> = (0..)
        .zip(sound())
        .map(|(half, bar)| Bar { open_time: Timestamp::EPOCH.after(Span::SECOND.times(30 * half)), ..bar })
        .collect();
    assert!(matches!(fault_of(crowded, &usual), ColumnFault::Overlap { .. }));
    let with = |rules: ResearchRules| fault_of(sound(), &rules);
    let named = |name: &str| ResearchRules {
        strategy: StrategyEntry { name: name.to_owned(), parameters: Parameters::new() },
        ..ResearchRules::default()
    };
    assert!(matches!(with(named("momentum")), ColumnFault::Strategy { .. }));
    assert!(matches!(with(named("sma-cros")), ColumnFault::Parameters(_)));
    assert!(matches!(with(rules(5, 5, "long-flat")), ColumnFault::Parameters(_)));
    for size in [Decimal::ZERO, Decimal::NEGATIVE_ONE, Decimal::from(600_000_000)] {
        assert!(matches!(with(ResearchRules { size, ..usual.clone() }), ColumnFault::Size { .. }), "{size}");
    }
    let poor = ResearchRules { cash: Money::new(Decimal::new(1, 1)), ..usual.clone() };
    assert!(matches!(with(poor), ColumnFault::Ruin { .. }));
    let fine = ResearchRules { size: "0.0000000000000000001".parse().unwrap(), ..usual.clone() };
    assert!(matches!(with(fine), ColumnFault::Digits { .. }), "digits");
    assert!(matches!(fault_of(Vec::new(), &usual), ColumnFault::NoBars));
}

#[test]
fn one_bad_rule_of_a_sweep_spoils_no_other() {
    let history = CommonWorkload::history(2_000);
    let columns = Columns::new(history.all()).unwrap();
    let poor = ResearchRules { cash: Money::ZERO, ..rules(2, 5, "long-short") };
    let all = [rules(2, 5, "long-short"), poor, rules(9, 3, "long-flat"), rules(3, 9, "long-flat")];
    let outcomes = columns.sweep(&all, Keep::Account);
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true]);
    assert!(columns.sweep(&[], Keep::Account).is_empty());
}

#[test]
fn a_change_out_of_place_is_refused() {
    struct Stray(usize);
    impl ColumnStrategy for Stray {
        fn observe(
            &mut self,
            _: Window<'_>,
            _: Range<usize>,
            changes: &mut Vec<Change>,
        ) -> Result<(), ColumnFault> {
            changes.push(Change { place: self.0, to: Direction::Long });
            changes.push(Change { place: 3, to: Direction::Flat });
            Ok(())
        }
    }
    let history = CommonWorkload::history(10);
    let columns = Columns::new(history.all()).unwrap();
    for place in [3, 9, 10] {
        let fault =
            columns.run_with(&mut Stray(place), &ResearchRules::default(), Keep::Account).unwrap_err();
        assert!(matches!(fault, ColumnFault::Change { .. }), "{fault}");
    }
}
