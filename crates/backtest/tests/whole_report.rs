//! The report of a run: every round trip in every table once, costs to the last digit, and what a spoilt strategy leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{
    Backtest, BacktestConfiguration, Detail, GroupFigures, Outcome, Report, ResearchRules, TradeRow,
};
use autotrading_core::{Engine, Unrecorded};
use autotrading_domain::{Direction, InstrumentId, MarketEvent, Money, Rate, Signal, StrategyId};
use autotrading_market_data::{CommonWorkload, Filling, History, resample};
use autotrading_strategy::{Context, Signals, Strategy, StrategyError};

/// A hundred days of synthetic hours.
fn hours() -> History {
    resample(CommonWorkload::history(144_000).all(), autotrading_domain::Span::HOUR, Filling::Leave)
        .unwrap()
        .history
}

/// Crossings with spread, impact and fees.
fn configuration() -> BacktestConfiguration {
    let rules = ResearchRules { fee: Rate::basis_points(5), ..ResearchRules::default() };
    let mut configuration = rules.configuration();
    let parameters = std::mem::take(&mut configuration.strategies[0].parameters);
    configuration.strategies[0].parameters = parameters.with("mode", "long-short".into());
    configuration.venue.half_spread_bps = 1.5;
    configuration.venue.impact_coefficient = 0.01;
    configuration
}

fn run(configuration: &BacktestConfiguration, history: &History, detail: Detail) -> Outcome {
    let backtest =
        Backtest { configuration, history: history.all(), funding: &[], data: "synthetic", detail };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    assert!(finished.venue_agrees());
    finished.outcome(&backtest, Vec::new()).unwrap()
}

/// One of the amounts of a row.
type Amount<T> = fn(&T) -> Money;

fn sum(amounts: impl Iterator<Item = Money>) -> Money {
    amounts.fold(Money::ZERO, |sum, amount| sum.plus(amount).unwrap())
}

#[test]
fn each_table_of_groups_has_every_round_trip_once_and_adds_up_to_the_last_digit() {
    let (history, configuration) = (hours(), configuration());
    let Outcome { report, trades, .. } = run(&configuration, &history, Detail::Full);
    assert!(trades.len() > 50, "{}", trades.len());
    let groups = &report.breakdown;
    let tables = [&groups.strategies, &groups.regimes, &groups.instruments, &groups.sides, &groups.months];
    for table in tables {
        assert_eq!(table.iter().map(|group| group.round_trips.count).sum::<u64>(), trades.len() as u64);
        let columns: [(Amount<GroupFigures>, Amount<TradeRow>); 6] = [
            (|group| group.net, |trade| trade.net),
            (|group| group.realized, |trade| trade.realized),
            (|group| group.fees, |trade| trade.fees),
            (|group| group.funding, |trade| trade.funding),
            (|group| group.spread, |trade| trade.spread.unwrap()),
            (|group| group.impact, |trade| trade.impact.unwrap()),
        ];
        for (of_group, of_trade) in columns {
            assert_eq!(sum(table.iter().map(of_group)), sum(trades.iter().map(of_trade)));
        }
    }
    let sides: Vec<&str> = groups.sides.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(sides, ["long", "short"]);
    assert_eq!(groups.strategies[0].name, "sma-cross");
    assert!(groups.months.len() >= 3 && groups.months.is_sorted_by_key(|group| group.name.clone()));
}

#[test]
fn spread_and_impact_of_all_round_trips_are_those_of_the_run_but_for_what_is_still_open() {
    let (history, configuration) = (hours(), configuration());
    let Outcome { report, trades, .. } = run(&configuration, &history, Detail::Full);
    // A reversal ends one round trip and begins the next with one fill: its cost is shared by quantity.
    let (spread, impact) = (
        sum(trades.iter().map(|trade| trade.spread.unwrap())).to_f64(),
        sum(trades.iter().map(|trade| trade.impact.unwrap())).to_f64(),
    );
    for (whole, told) in [(report.costs.spread.to_f64(), spread), (report.costs.impact.to_f64(), impact)] {
        // The run's costs are told in cents; what is open at the end has paid for one fill.
        let one = 2.0 * whole / report.summary.fills as f64;
        assert!(
            told > 0.0 && (-0.005..=one + 0.005).contains(&(whole - told)),
            "{whole}, {told} in round trips"
        );
    }
}

#[test]
fn prices_went_as_far_for_and_against_a_trade_as_its_bars_say() {
    let (history, configuration) = (hours(), configuration());
    let outcome = run(&configuration, &history, Detail::Full);
    for trade in &outcome.trades {
        // Slowly: every bar that overlaps the round trip.
        let bars = history.iter().filter(|bar| {
            bar.close_time() > trade.opened_at
                && (bar.open_time < trade.closed_at || bar.close_time() == trade.closed_at)
        });
        let (high, low) =
            bars.fold((f64::MIN, f64::MAX), |(high, low), bar| (high.max(bar.high), low.min(bar.low)));
        let entry = trade.entry.to_f64();
        let (up, down) = ((high / entry - 1.0).max(0.0), (1.0 - low / entry).max(0.0));
        let expected = if trade.direction == Direction::Long { (down, up) } else { (up, down) };
        let seen = trade.excursion.unwrap();
        assert_eq!((seen.adverse, seen.favourable), expected, "trade {}", trade.number);
    }
}

#[test]
fn a_run_that_kept_figures_only_takes_apart_what_it_knows() {
    let (history, configuration) = (hours(), configuration());
    let (full, bare) =
        (run(&configuration, &history, Detail::Full), run(&configuration, &history, Detail::Figures));
    assert!(bare.report.breakdown.regimes.is_empty() && bare.report.breakdown.strategies.is_empty());
    let nets = |outcome: &Outcome| -> Vec<Money> {
        outcome.report.breakdown.sides.iter().map(|group| group.net).collect()
    };
    assert_eq!(nets(&full), nets(&bare));
    assert_eq!(full.report.outlook, bare.report.outlook);
    assert_eq!(full.report.walks, bare.report.walks);
}

#[test]
fn trades_strung_together_make_what_the_account_made() {
    let (history, configuration) = (hours(), configuration());
    let backtest = Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "synthetic",
        detail: Detail::Figures,
    };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    let trades = finished.trade_returns(&backtest).unwrap();
    let growth: f64 = trades.iter().map(|value| 1.0 + value).product();
    let days: f64 = finished.day_returns(&backtest).iter().map(|day| 1.0 + day.value).product();
    // Between trades nothing is held, so only the last, which may be open, and open profit at entries differ.
    assert!(trades.len() > 50 && (growth / days - 1.0).abs() < 0.02, "{growth} {days}");
}

/// Says long at every bar; every third time with a strength that is no number.
#[derive(Debug)]
struct Spoilt {
    bars: u32,
}

impl Strategy for Spoilt {
    fn name(&self) -> &'static str {
        "spoilt"
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
        self.bars += 1;
        let strength = match self.bars % 3 {
            0 => f64::NAN,
            1 => 1.0,
            _ => f64::INFINITY,
        };
        let direction = if self.bars.is_multiple_of(2) { Direction::Long } else { Direction::Short };
        signals.push(Signal {
            strategy: StrategyId(0),
            instrument: event.instrument,
            at: event.ts_event,
            direction,
            strength,
            confidence: 1.0,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: "spoilt".into(),
            leg: None,
        });
        Ok(())
    }
}

#[test]
fn a_strategy_whose_strength_is_no_number_is_not_listened_to_and_the_report_says_so() {
    let (history, configuration) = (hours(), configuration());
    let backtest = Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "synthetic",
        detail: Detail::Full,
    };
    let engine = |instruments, rules| {
        Engine::with_strategies(instruments, rules, vec![(InstrumentId(0), Box::new(Spoilt { bars: 0 }))])
    };
    let (finished, _) = backtest.run_with(engine, Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    assert!(finished.is_complete() && finished.venue_agrees());
    let report = finished.outcome(&backtest, Vec::new()).unwrap().report;
    let refused: u64 = report.findings.iter().map(|finding| finding.count).sum();
    let bars = report.run.bars;
    assert!(refused >= bars / 3 * 2 - 2 && refused <= bars, "{refused} of {bars}: {:?}", report.findings);
    assert!(report.notes.iter().any(|note| note.contains("signal strength")), "{:?}", report.notes);
    // The good third was followed, and every figure is a number.
    assert!(report.summary.fills > 0 && report.performance.total_return.is_finite());
    // What is not a number would be written as null, and refused where a number is due.
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}
