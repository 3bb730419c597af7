//! A recorded market through the whole engine: strategies hear bars of its trades, orders meet its book.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{
    BacktestConfiguration, Detail, LatencyRules, MarketHistory, PortfolioBacktest, PortfolioOutcome,
    ResearchRules,
};
use autotrading_core::{Journal, OwnedRecord, Record, Replay, StrategyEntry, Unrecorded};
use autotrading_domain::{Event, Grid, MarketData, Span};
use autotrading_exchanges::{LatencyModel, QueueModel, TickRules};
use autotrading_market_data::{History, RowKind, SyntheticBook, Tape};
use autotrading_strategy::{ParameterValue, Parameters};

/// Averages of two and five bars of two seconds, on a grid of 0.1.
fn configuration() -> BacktestConfiguration {
    let lengths = [("fast", 2), ("slow", 5)];
    let parameters = lengths
        .into_iter()
        .fold(Parameters::new(), |all, (key, bars)| all.with(key, ParameterValue::Integer(bars)));
    let rules = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        size: "0.5".parse().unwrap(),
        cash: "1000000".parse().map(autotrading_domain::Money::new).unwrap(),
        ..ResearchRules::default()
    };
    let mut configuration = rules.configuration();
    configuration.instrument.tick_size = Some("0.1".parse().unwrap());
    configuration
}

fn market() -> (Tape, History) {
    let tape = SyntheticBook::tape(11, 40_000);
    let bars = tape.bars(&Grid::new("0.1".parse().unwrap()).unwrap(), Span::SECOND.times(2)).unwrap();
    (tape, bars)
}

#[derive(Default)]
struct Kept(Vec<OwnedRecord>);

impl Journal for Kept {
    type Error = serde_json::Error;

    fn append(&mut self, record: &Record<'_>) -> Result<(), Self::Error> {
        self.0.push(serde_json::from_slice(&serde_json::to_vec(record)?)?);
        Ok(())
    }
}

fn run(configuration: &BacktestConfiguration, tape: &Tape, bars: &History) -> PortfolioOutcome {
    let rules = configuration.ticks.unwrap_or_default();
    let markets = [MarketHistory::new("RESEARCH", bars).with_tape(tape, rules)];
    let backtest = PortfolioBacktest { configuration, markets: &markets, data: "", detail: Detail::Full };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    assert!(finished.venue_agrees());
    finished.outcome(&backtest).unwrap()
}

#[test]
fn orders_meet_the_book_as_it_stood_when_they_arrived_and_every_fill_says_why() {
    let (tape, bars) = market();
    let outcome = run(&configuration(), &tape, &bars);
    assert!(outcome.fills.len() > 10, "{}", outcome.fills.len());
    for entry in &outcome.fills {
        let fill = &entry.fill;
        assert_eq!(fill.reason, "took from the book", "{fill:?}");
        // At or after the close of a bar, within the freshness of the book.
        let since = fill.at.since(fill.at.floor(Span::SECOND.times(2)));
        assert!(since < Span::SECOND, "{}", fill.at);
        // The price was a level of the book then: it was set by a row before the fill.
        let tick = Grid::new("0.1".parse().unwrap()).unwrap().nearest_index(fill.price.to_f64()).unwrap();
        let stood = tape.rows().iter().take_while(|row| row.venue <= fill.at);
        assert!(stood.filter(|row| row.tick == tick && row.quantity > 0.0).count() > 0);
    }
    let figures = &outcome.report.instruments[0];
    assert_eq!((figures.refused, figures.bars), (0, bars.len() as u64));
}

#[test]
fn the_house_hears_trades_no_earlier_than_the_recorder_and_in_their_order() {
    let (tape, bars) = market();
    let configuration = configuration();
    let markets = [MarketHistory::new("RESEARCH", &bars).with_tape(&tape, TickRules::default())];
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "",
        detail: Detail::Figures,
    };
    let mut heard = Vec::new();
    backtest
        .run(Unrecorded, |step| {
            if let Event::Market(word) = step.event
                && matches!(word.data, MarketData::Trade(_))
            {
                assert!(step.engine.now() >= word.ts_received);
                heard.push((word.ts_event, word.ts_received));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let recorded = tape.rows().iter().filter(|row| matches!(row.kind, RowKind::Bought | RowKind::Sold));
    assert!(heard.into_iter().eq(recorded.map(|row| (row.venue, row.heard))));
}

#[test]
fn queue_latency_and_participation_of_the_configuration_change_what_is_filled() {
    let (tape, bars) = market();
    let plain = run(&configuration(), &tape, &bars);
    let slow = LatencyModel::Constant(Span::MILLISECOND.times(700));
    let late = BacktestConfiguration {
        latency: Some(LatencyRules { entry: slow, ..LatencyRules::default() }),
        ..configuration()
    };
    let late = run(&late, &tape, &bars);
    assert_ne!(late.report.summary.final_equity, plain.report.summary.final_equity);
    for entry in &late.fills {
        let fill = &entry.fill;
        let since = fill.at.since(fill.at.floor(Span::SECOND.times(2)));
        assert!(since >= Span::MILLISECOND.times(700), "{}", fill.at);
    }
    let ticks = TickRules { participation: 0.01, queue: QueueModel::Conservative, ..TickRules::default() };
    let small = run(&BacktestConfiguration { ticks: Some(ticks), ..configuration() }, &tape, &bars);
    assert!(small.report.instruments[0].turnover < plain.report.instruments[0].turnover);
}

#[test]
fn a_journal_of_a_recorded_market_replays_to_the_same_turns_and_a_run_to_the_same_digest() {
    let (tape, bars) = market();
    let configuration = configuration();
    let markets = [MarketHistory::new("RESEARCH", &bars).with_tape(&tape, TickRules::default())];
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "",
        detail: Detail::Full,
    };
    let (finished, kept) = backtest.run(Kept::default(), |_| ControlFlow::Continue(())).unwrap();
    let mut replay = Replay::new();
    for record in &kept.0 {
        replay.take(record).unwrap();
    }
    let digest = finished.summary().unwrap().digest;
    assert_eq!(run(&configuration, &tape, &bars).report.summary.digest, digest);
    // Another recording is another digest, even where the bars are the same.
    let other = SyntheticBook::tape(12, 10);
    assert_ne!(run(&configuration, &other, &bars).report.summary.digest, digest);
}
