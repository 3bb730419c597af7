//! The main job: 2.3 years of real hourly bitcoin through the whole house.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{Backtest, BacktestConfiguration, Detail, Outcome, Step};
use autotrading_catalog::{Columns, margin_tiers_from, read_bars_from};
use autotrading_core::{Algorithm, Journal, OwnedRecord, Record, Replay, Unrecorded, read_toml};
use autotrading_domain::{Direction, Money, RegimeLabel};
use autotrading_market_data::{History, ReadRules};
use autotrading_positions::BookChange;
use rust_decimal::Decimal;

const BARS: &str = include_str!("../../cli/data/btcusd_coinbase_1h_2017-07_2019-10.csv");
const TIERS: &str = include_str!("../../cli/data/binance_usdm_margin_tiers.json");
const CONFIGURATION: &str = include_str!("../../cli/data/backtest.toml");

fn bars() -> History {
    read_bars_from(BARS.as_bytes(), "bars", &Columns::default(), ReadRules::default()).unwrap().history
}

fn configuration() -> BacktestConfiguration {
    let mut configuration: BacktestConfiguration = read_toml(CONFIGURATION).unwrap();
    configuration.instrument.tiers = margin_tiers_from(TIERS, "tiers").unwrap().remove("BTCUSDT");
    configuration
}

fn backtest<'a>(configuration: &'a BacktestConfiguration, history: &'a History) -> Backtest<'a> {
    Backtest { configuration, history: history.all(), funding: &[], data: "built in", detail: Detail::Full }
}

fn run(configuration: &BacktestConfiguration, history: &History) -> Outcome {
    let backtest = backtest(configuration, history);
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    finished.outcome(&backtest, Vec::new()).unwrap()
}

/// Keeps records as the bytes that a disk would keep.
#[derive(Default)]
struct Memory(Vec<Vec<u8>>);

impl Journal for Memory {
    type Error = serde_json::Error;

    fn append(&mut self, record: &Record<'_>) -> Result<(), serde_json::Error> {
        self.0.push(serde_json::to_vec(record)?);
        Ok(())
    }
}

#[test]
fn the_identities_of_the_books_hold_after_every_event() {
    let (configuration, history) = (configuration(), bars());
    let check = |step: Step<'_>| {
        step.engine.ledger().check_identities().unwrap();
        let totals = step.engine.ledger().totals();
        let earned = totals.deposits.plus(totals.realized).unwrap().minus(totals.fees).unwrap();
        assert_eq!(totals.wallet, earned.plus(totals.funding).unwrap());
        let exact = step.engine.equity().unwrap().to_f64();
        assert!((exact - step.engine.ledger().equity_f64()).abs() < 1e-6 * exact.abs().max(1.0));
        ControlFlow::Continue(())
    };
    let (finished, _) = backtest(&configuration, &history).run(Unrecorded, check).unwrap();
    assert!(finished.venue_agrees());
}

#[test]
fn a_closing_order_never_turns_a_position_round() {
    let (configuration, history) = (configuration(), bars());
    let mut closes = 0;
    let watch = |step: Step<'_>| {
        for entry in step.turn.bookings() {
            let BookChange::Fill(booked) = &entry.change else { continue };
            let order = booked.fill.order.and_then(|order| step.engine.desk().order(order));
            if order.is_some_and(|order| order.intent().reduce_only) {
                closes += 1;
                let shrunk = booked.after.abs() < booked.before.abs();
                assert!(shrunk && booked.before * booked.after >= 0.into(), "{booked:?}");
            }
        }
        ControlFlow::Continue(())
    };
    backtest(&configuration, &history).run(Unrecorded, watch).unwrap();
    assert!(closes > 100, "only {closes} closes were seen");
}

#[test]
fn what_rests_to_close_is_never_more_than_the_position() {
    let (configuration, history) = (configuration(), bars());
    let watch = |step: Step<'_>| {
        for (id, _) in step.engine.instruments().iter() {
            let position = step.engine.ledger().holding(id).unwrap();
            let closing = step.engine.desk().live_of(id).filter(|order| order.intent().reduce_only);
            let mut brackets: Vec<_> = closing
                .map(|order| (order.intent().bracket, step.engine.desk().open_quantity(order.id())))
                .collect();
            brackets.sort_by_key(|(bracket, open)| (*bracket, std::cmp::Reverse(*open)));
            brackets.dedup_by_key(|(bracket, _)| *bracket);
            let resting: Decimal = brackets.iter().map(|(_, open)| open.get()).sum();
            if position.direction() != Direction::Flat {
                assert!(
                    resting <= position.quantity().get(),
                    "{resting} rests, {} is held",
                    position.quantity()
                );
            }
        }
        ControlFlow::Continue(())
    };
    backtest(&configuration, &history).run(Unrecorded, watch).unwrap();
}

#[test]
fn at_least_four_different_constraints_bind_and_a_limit_acts() {
    let report = run(&configuration(), &bars()).report;
    assert!(report.bounds.len() >= 4, "{:?}", report.bounds);
    assert!(!report.state_changes.is_empty());
    assert!(report.trading.orders > 100 && report.summary.closed_trades > 50);
}

#[test]
fn the_run_has_its_golden_digest() {
    // A change of this number means that the main job trades differently: on purpose, or by accident.
    let summary = run(&configuration(), &bars()).report.summary;
    assert_eq!(summary.digest, "f3a22525bb2c86489d88e97fe58b5e7472698fbafabedbb2408d2e8c6d0ea1ca");
    assert_eq!(summary.final_equity.to_string(), "108744.223887622");
}

#[test]
fn what_the_strategies_brought_is_the_net_of_all_round_trips_to_the_last_digit() {
    let Outcome { report, series, trades, .. } = run(&configuration(), &bars());
    let sum = |amounts: &mut dyn Iterator<Item = Money>| {
        amounts.fold(Money::ZERO, |sum, amount| sum.plus(amount).unwrap())
    };
    let brought = sum(&mut report.strategies.iter().map(|own| own.contribution));
    let nets = sum(&mut trades.iter().map(|trade| trade.net));
    assert_eq!(brought.plus(report.unattributed).unwrap(), nets);
    assert!(report.unattributed.magnitude().get() <= nets.magnitude().get() / Decimal::TEN);
    assert_eq!(report.strategies.len(), 4);
    assert!(report.strategies.iter().any(|own| !own.stage_changes.is_empty()), "a life has moved");
    for (own, course) in report.strategies.iter().zip(&series.contributions) {
        assert!(own.opinions > 0 && own.bars > 0 && own.share < 1.0, "{own:?}");
        assert!(own.agreement.is_some_and(|share| share > 0.0 && share < 1.0), "{own:?}");
        assert!(own.mean_weight.is_some_and(|weight| weight > 0.0 && weight < 1.0), "{own:?}");
        assert_eq!(course.time.len() as u64, own.round_trips);
        assert!(own.stage.is_some(), "{own:?}");
        assert_eq!(course.total.last().copied().unwrap_or_default(), own.contribution.to_f64());
    }
}

#[test]
fn every_kind_of_market_is_met_and_each_bar_is_followed_by_one() {
    let Outcome { report, series, .. } = run(&configuration(), &bars());
    assert_eq!(report.regimes.len(), 4, "bull, bear, sideways and neutral");
    let moves: u64 = report.regime_transitions.iter().map(|one| one.count).sum();
    assert_eq!(moves, report.run.bars - 1);
    for label in RegimeLabel::ALL {
        let from = || report.regime_transitions.iter().filter(|one| one.from == label);
        assert!((from().map(|one| one.share).sum::<f64>() - 1.0).abs() < 1e-12, "{label:?}");
        let figures = report.regimes.iter().find(|figures| figures.label == label).unwrap();
        assert_eq!(from().map(|one| one.count).sum::<u64>(), figures.bars);
    }
    assert_eq!(series.probabilities.len() as u64, report.run.bars);
    assert!(series.probabilities.iter().all(|p| (p.iter().sum::<f32>() - 1.0).abs() < 1e-5));
}

#[test]
fn a_journal_of_the_run_replays_to_the_same_turns_and_books() {
    let (configuration, history) = (configuration(), bars());
    let backtest = backtest(&configuration, &history);
    let (_, journal) = backtest.run(Memory::default(), |_| ControlFlow::Continue(())).unwrap();
    let (_, again) = backtest.run(Memory::default(), |_| ControlFlow::Continue(())).unwrap();
    assert!(journal.0 == again.0, "two runs write different bytes");
    let mut replay = Replay::new();
    for bytes in &journal.0 {
        let record: OwnedRecord = serde_json::from_slice(bytes).unwrap();
        assert_eq!(serde_json::to_vec(&record).unwrap(), *bytes, "a record reads back as it was written");
        replay.take(&record).unwrap();
    }
    let done = replay.finish();
    assert!(done.closing.is_some() && done.turns > 1_000 && done.commands > 500);
}

#[test]
fn a_record_that_was_changed_is_found_by_the_replay() {
    let (configuration, history) = (configuration(), bars());
    let stop_early =
        |step: Step<'_>| if step.bars < 3_000 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let (_, journal) = backtest(&configuration, &history).run(Memory::default(), stop_early).unwrap();
    let mut replay = Replay::new();
    let mut found = false;
    for bytes in journal.0 {
        let text = String::from_utf8(bytes).unwrap();
        // A strategy that was heard with another weight than the engine gave it.
        let changed = if text.starts_with("{\"turn\"") {
            text.replacen("\"weight\":0.", "\"weight\":0.9", 1)
        } else {
            text
        };
        if replay.take(&serde_json::from_str(&changed).unwrap()).is_err() {
            found = true;
            break;
        }
    }
    assert!(found);
}

#[test]
fn what_was_done_until_now_does_not_depend_on_what_comes_later() {
    let (configuration, history) = (configuration(), bars());
    let whole = run(&configuration, &history);
    for cut in [2_500, 7_001, 13_333] {
        let mut bars: Vec<_> = history.iter().collect();
        for (place, bar) in bars.iter_mut().enumerate().skip(cut) {
            let factor = 1.5 + 0.3 * ((place * 7_919) as f64).sin();
            (bar.open, bar.high, bar.low, bar.close) =
                (bar.open * factor, bar.high * factor * 1.01, bar.low * factor * 0.99, bar.close * factor);
        }
        let other = History::from_bars(history.interval(), bars).unwrap();
        // The grid of prices is a fact about the instrument, not about its future.
        let other = other.with_price_decimals(history.price_decimals());
        let other = run(&configuration, &other);
        let until = whole.series.time[cut - 1];
        assert!(whole.series.equity[..cut] == other.series.equity[..cut], "equity before bar {cut}");
        let before = |outcome: &Outcome| {
            let fills = outcome.fills.iter().filter(|fill| fill.at < until).cloned().collect::<Vec<_>>();
            let orders = outcome.orders.iter().filter(|order| order.at <= until).cloned().collect::<Vec<_>>();
            (fills, orders)
        };
        assert!(before(&whole) == before(&other), "decisions before bar {cut}");
        assert_ne!(whole.series.equity.last(), other.series.equity.last(), "the change was seen later");
    }
}

#[test]
fn orders_worked_in_slices_keep_venue_and_books_agreed() {
    let (mut configuration, history) = (configuration(), bars());
    configuration.execution.algorithm = Algorithm::Twap;
    configuration.execution.slices = 4;
    let sliced = run(&configuration, &history).report;
    assert!(sliced.run.venue_agrees);
    let whole = run(&self::configuration(), &history).report;
    assert!(
        sliced.summary.fills > whole.summary.fills,
        "{} against {}",
        sliced.summary.fills,
        whole.summary.fills
    );
}
