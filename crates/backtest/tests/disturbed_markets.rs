//! Many markets that do not behave: delisted, halted, changed, with holes, late, backward.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{
    BacktestConfiguration, BacktestError, Detail, FeedError, InstrumentRules, MarketHistory,
    PortfolioBacktest, PortfolioOutcome, ResearchRules, Step,
};
use autotrading_catalog::{BarFile, Existing, write_bars};
use autotrading_core::{Journal, OwnedRecord, Record, Replay, StrategyEntry, Unrecorded};
use autotrading_domain::{
    Bar, Event, FillCause, Instrument, InstrumentSpec, InstrumentStatus, MarketData, Money, Rate, Span,
    Timestamp,
};
use autotrading_market_data::{
    Announcement, BarFacts, BarSupply, BarWalk, Chronicle, CommonWorkload, History, ReadRules, SupplyError,
};
use autotrading_strategy::{ParameterValue, Parameters};
use rust_decimal::Decimal;

/// A rule that is in the market nearly always, one unit, over as many instruments as named.
fn configuration(symbols: &[&str]) -> BacktestConfiguration {
    let quick = [("fast", 2), ("slow", 5)];
    let parameters = quick
        .into_iter()
        .fold(Parameters::new(), |all, (name, length)| all.with(name, ParameterValue::Integer(length)))
        .with("mode", ParameterValue::read("long-short"));
    let rules = ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(1_000_000)),
    };
    let mut configuration = rules.configuration();
    let listed = |symbol: &&str| InstrumentRules {
        symbol: (*symbol).to_owned(),
        tick_size: Some(Decimal::new(1, 2)),
        ..configuration.instrument.clone()
    };
    configuration.instruments = symbols.iter().map(listed).collect();
    configuration
}

fn said(at: Timestamp, data: MarketData) -> Announcement {
    Announcement { at, data }
}

fn chronicle(announcements: Vec<Announcement>) -> Chronicle {
    Chronicle::new(announcements).unwrap()
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

/// Runs with the identities checked after every event, venue and books compared, and the journal computed again.
fn run(
    configuration: &BacktestConfiguration,
    markets: &[MarketHistory<'_>],
) -> (PortfolioOutcome, Vec<Event>) {
    let backtest = PortfolioBacktest { configuration, markets, data: "disturbed", detail: Detail::Full };
    let mut events = Vec::new();
    let watch = |step: Step<'_>| {
        step.engine.ledger().check_identities().unwrap();
        events.push(step.event.clone());
        ControlFlow::Continue(())
    };
    let (finished, journal) = backtest.run(Memory::default(), watch).unwrap();
    assert!(finished.venue_agrees());
    let mut replay = Replay::new();
    for bytes in &journal.0 {
        let record: OwnedRecord = serde_json::from_slice(bytes).unwrap();
        assert_eq!(serde_json::to_vec(&record).unwrap(), *bytes, "a record reads back as it was written");
        replay.take(&record).unwrap();
    }
    assert!(replay.finish().closing.is_some());
    (finished.outcome(&backtest).unwrap(), events)
}

fn refused(configuration: &BacktestConfiguration, markets: &[MarketHistory<'_>]) -> BacktestError {
    let backtest = PortfolioBacktest { configuration, markets, data: "disturbed", detail: Detail::Figures };
    backtest.run(Unrecorded, |_| ControlFlow::Continue(())).map(|_| ()).unwrap_err()
}

fn cut(history: &History, bars: usize) -> History {
    history.all().slice(0, bars).to_history()
}

#[test]
fn a_position_open_at_delisting_is_settled_at_the_last_price_and_journaled() {
    let whole = CommonWorkload::history(300);
    let configuration = configuration(&["GONE", "STAYS"]);
    // In the middle of the two hundredth bar.
    let last = whole.bar(199).unwrap();
    let at = last.open_time.after(Span::SECOND.times(30));
    let (ends, short) =
        (chronicle(vec![said(at, MarketData::Status(InstrumentStatus::Delisted))]), cut(&whole, 200));
    let markets =
        [MarketHistory::new("GONE", &short).with_chronicle(&ends), MarketHistory::new("STAYS", &whole)];
    let (outcome, events) = run(&configuration, &markets);
    let settled: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Fill(fill) if fill.cause == FillCause::Delisting => Some(fill),
            _ => None,
        })
        .collect();
    let [fill] = settled[..] else { panic!("{settled:?}") };
    assert_eq!((fill.at, fill.fee), (at, Money::ZERO));
    // The bar ends with the trading: its close is the last price.
    let facts = Instrument::linear_perpetual("simulated", "X", Decimal::new(1, 2), Decimal::ONE).unwrap();
    assert_eq!(fill.price, facts.price(last.close).unwrap());
    let [gone, stays] = &outcome.report.instruments[..] else { panic!() };
    assert_eq!((gone.delisted, gone.held, gone.bars), (Some(at), Decimal::ZERO, 200));
    assert_eq!(gone.unrealized, 0.0);
    assert!(stays.fills > 0 && stays.bars == 300 && stays.delisted.is_none());
    assert!(outcome.report.notes.iter().any(|note| note.starts_with("GONE was delisted at")));
    let reason = &outcome.fills.iter().rfind(|entry| entry.symbol == "GONE").unwrap().fill.reason;
    assert_eq!(reason, "settled by the venue when it was delisted");
}

#[test]
fn bars_of_an_instrument_that_was_delisted_are_refused_with_both_times() {
    let whole = CommonWorkload::history(20);
    let at = whole.bar(10).unwrap().open_time;
    let ends = chronicle(vec![said(at, MarketData::Status(InstrumentStatus::Delisted))]);
    let error =
        refused(&configuration(&["GONE"]), &[MarketHistory::new("GONE", &whole).with_chronicle(&ends)]);
    let expected = format!("GONE: a bar opens at {at}, but the instrument was delisted at {at}");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn data_that_end_early_leave_the_last_price_and_a_note() {
    let whole = CommonWorkload::history(300);
    let short = cut(&whole, 150);
    let markets = [MarketHistory::new("A", &short), MarketHistory::new("B", &whole)];
    let (outcome, _) = run(&configuration(&["A", "B"]), &markets);
    let first = &outcome.report.instruments[0];
    assert!(!first.held.is_zero(), "nothing closed it");
    assert!(outcome.report.notes.iter().any(|note| note.starts_with("The data of A end at")));
}

#[test]
fn while_an_instrument_is_halted_nothing_of_it_trades() {
    let history = CommonWorkload::history(300);
    let (from, to) = (history.bar(100).unwrap().open_time, history.bar(200).unwrap().open_time);
    let words = chronicle(vec![
        said(from, MarketData::Status(InstrumentStatus::Halted)),
        said(to, MarketData::Status(InstrumentStatus::Trading)),
    ]);
    let markets =
        [MarketHistory::new("A", &history).with_chronicle(&words), MarketHistory::new("B", &history)];
    let (outcome, _) = run(&configuration(&["A", "B"]), &markets);
    let within = |symbol: &str| {
        let of = outcome.fills.iter().filter(|entry| entry.symbol == symbol);
        of.filter(|entry| entry.fill.at >= from && entry.fill.at < to).count()
    };
    assert_eq!(within("A"), 0);
    assert!(within("B") > 5);
    assert!(outcome.fills.iter().any(|entry| entry.symbol == "A" && entry.fill.at >= to));
}

#[test]
fn after_a_change_of_the_grid_every_order_is_on_the_new_one() {
    let history = CommonWorkload::history(300);
    let mut configuration = configuration(&["A"]);
    configuration.execution.protect = true;
    configuration.exits.stop = Some(autotrading_positions::StopRule {
        distance: autotrading_positions::Distance::Rate(0.002),
        source: autotrading_domain::TriggerSource::Mark,
    });
    let rules = configuration.listed().unwrap()[0].clone();
    let old = rules.instrument(history.all()).unwrap();
    let coarse = InstrumentSpec { tick_size: Decimal::new(5, 1), ..InstrumentSpec::from(old) };
    let at = history.bar(150).unwrap().open_time;
    let facts = Instrument::new(coarse.clone()).unwrap();
    let words = chronicle(vec![said(at, MarketData::Listing(Box::new(facts.clone())))]);
    let (outcome, _) = run(&configuration, &[MarketHistory::new("A", &history).with_chronicle(&words)]);
    let on_new = |entry: &&autotrading_backtest::PortfolioFill| facts.tick_of(entry.fill.price).is_ok();
    let (before, after): (Vec<_>, Vec<_>) = outcome.fills.iter().partition(|entry| entry.fill.at < at);
    assert!(before.iter().filter(|entry| !on_new(entry)).count() > 5, "the old grid is finer");
    assert!(after.len() > 5 && after.iter().all(on_new));
    // What would make another instrument of it is not taken.
    let other = Instrument::new(InstrumentSpec { symbol: "B".to_owned(), ..coarse }).unwrap();
    let words = chronicle(vec![said(at, MarketData::Listing(Box::new(other)))]);
    let error = refused(&configuration, &[MarketHistory::new("A", &history).with_chronicle(&words)]);
    assert!(error.to_string().contains("symbol is B, expected what it was"), "{error}");
}

#[test]
fn fundings_inside_a_gap_are_paid_each_at_its_time_on_the_last_price() {
    let mut configuration = configuration(&["A", "B"]);
    // Long or short from the sixth bar on, for days.
    let bars: Vec<Bar> = CommonWorkload::history(600).iter().collect();
    let hourly = |bars: Vec<Bar>| {
        let opens = bars
            .into_iter()
            .zip(0..)
            .map(|(bar, hour)| Bar { open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour)), ..bar });
        let rising = opens.zip(0..).map(|(bar, step)| {
            // It falls for eight hours, so that the averages cross when it rises from then on.
            let price = |hour: i32| if hour < 8 { 110.0 - f64::from(hour) } else { 100.0 + f64::from(hour) };
            let (open, close) = (price(step), price(step + 1));
            Bar { open, close, high: open.max(close), low: open.min(close), volume: 1e6, ..bar }
        });
        History::from_bars(Span::HOUR, rising).unwrap()
    };
    let whole = hourly(bars[..100].to_vec());
    // Eighteen hours are missing, with the fundings of hours 32, 40 and 48 in them.
    let holes: Vec<Bar> =
        whole.iter().zip(0..).filter(|(_, hour)| !(31..49).contains(hour)).map(|(bar, _)| bar).collect();
    let holes = History::from_bars(Span::HOUR, holes).unwrap();
    let hour = |count| Timestamp::EPOCH.after(Span::HOUR.times(count));
    let rates: Vec<_> = (1..12).map(|count| (hour(8 * count), Rate::basis_points(10))).collect();
    configuration.venue.default_funding_rate = None;
    let markets = [
        MarketHistory::new("A", &holes).with_funding(&rates),
        MarketHistory::new("B", &whole).with_funding(&rates),
    ];
    let (outcome, events) = run(&configuration, &markets);
    let paid = |id: u32| -> Vec<(Timestamp, Money)> {
        let of = events.iter().filter_map(|event| match event {
            Event::Funding(payment) if payment.instrument.0 == id => Some((payment.at, payment.amount)),
            _ => None,
        });
        of.filter(|(at, _)| *at >= hour(32) && *at <= hour(48)).collect()
    };
    // The last close before the gap is that of hour 30: 131. The house hears of all three at the next bar.
    let amount = |price: &str| Money::new(-price.parse::<Decimal>().unwrap() * Decimal::new(1, 3));
    assert_eq!(paid(0), [32, 40, 48].map(|count| (hour(count), amount("131"))));
    assert_eq!(
        paid(1),
        [(32, "132"), (40, "140"), (48, "148")].map(|(count, mark)| (hour(count), amount(mark)))
    );
    assert!(outcome.report.instruments.iter().all(|figures| figures.funding.is_negative()));
}

#[test]
fn bars_without_volume_fill_nothing_that_needs_volume_and_invented_ones_fill_nothing_at_all() {
    let history = CommonWorkload::history(300);
    let edited = |edit: fn(&mut Bar)| {
        let bars = history.iter().zip(0..).map(|(mut bar, place)| {
            if (100..200).contains(&place) {
                edit(&mut bar);
            }
            bar
        });
        History::from_bars(Span::MINUTE, bars).unwrap()
    };
    let silent = edited(|bar| bar.volume = 0.0);
    let invented = edited(|bar| bar.synthetic = true);
    let mut configuration = configuration(&["INVENTED", "SILENT"]);
    configuration.venue.participation = Some(0.5);
    let markets = [MarketHistory::new("SILENT", &silent), MarketHistory::new("INVENTED", &invented)];
    let (outcome, _) = run(&configuration, &markets);
    let (from, to) = (history.bar(100).unwrap().open_time, history.bar(200).unwrap().open_time);
    let within = outcome.fills.iter().filter(|entry| entry.fill.at >= from && entry.fill.at < to).count();
    assert_eq!(within, 0);
    assert!(outcome.report.instruments.iter().all(|figures| figures.fills > 0));
}

#[test]
fn a_file_that_is_walked_in_pieces_gives_the_digest_of_bars_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (history, path) = (CommonWorkload::history(40_000), folder.path().join("minutes.csv"));
    write_bars(&path, history.all(), Existing::Keep).unwrap();
    let file = BarFile::open(&path, ReadRules::default()).unwrap();
    let configuration = configuration(&["A"]);
    let digest = |bars: &dyn BarSupply| {
        let markets = [MarketHistory::new("A", bars)];
        let backtest = PortfolioBacktest {
            configuration: &configuration,
            markets: &markets,
            data: "",
            detail: Detail::Figures,
        };
        let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
        finished.summary().unwrap().digest
    };
    let read = autotrading_catalog::read_bars(&path, ReadRules::default()).unwrap().history;
    assert_eq!(digest(&file), digest(&read));
}

/// A source whose clock runs backward after some bars.
#[derive(Debug)]
struct Backward(History);

#[derive(Debug)]
struct BackwardWalk<'a>(&'a History, usize);

impl BarSupply for Backward {
    fn facts(&self) -> BarFacts {
        self.0.facts()
    }
    fn walk(&self) -> Result<Box<dyn BarWalk + '_>, SupplyError> {
        Ok(Box::new(BackwardWalk(&self.0, 0)))
    }
}

impl BarWalk for BackwardWalk<'_> {
    fn next_bar(&mut self) -> Result<Option<Bar>, SupplyError> {
        self.1 += 1;
        Ok(self.0.bar(if self.1 == 10 { 3 } else { self.1 - 1 }))
    }
}

#[test]
fn a_source_whose_clock_runs_backward_stops_the_run_with_both_times() {
    let history = CommonWorkload::history(20);
    let supply = Backward(history.clone());
    let error = refused(
        &configuration(&["A", "B"]),
        &[MarketHistory::new("A", &history), MarketHistory::new("B", &supply)],
    );
    let BacktestError::Feed(FeedError::Backward { symbol, got, last }) = error else { panic!("{error}") };
    assert_eq!(symbol, "B");
    let open = |place| history.bar(place).unwrap().open_time;
    assert_eq!((got, last), (open(3), open(8)));
}
