//! Several markets on one clock: one engine, one venue, one account.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use autotrading_backtest::{
    Backtest, BacktestConfiguration, BacktestError, Detail, InstrumentRules, MarketHistory,
    PortfolioBacktest, PortfolioOutcome, Step,
};
use autotrading_catalog::{Columns, margin_tiers_from, read_bars_from, read_many_bars_from};
use autotrading_core::{Journal, OwnedRecord, Record, Replay, StrategyEntry, Unrecorded, read_toml};
use autotrading_domain::{
    Event, InstrumentId, InstrumentKind, Leverage, MarketData, Money, Rate, Side, Span, Timestamp, Trade,
};
use autotrading_exchanges::TickRules;
use autotrading_market_data::{Announcement, Chronicle, Filling, History, ReadRules, Reading, resample};
use autotrading_risk::RiskLimits;
use autotrading_strategy::{ParameterValue, Parameters};
use rust_decimal::Decimal;

const COINS: &str = include_str!("../../cli/data/bitstamp_btc_eth_ltc_usd_1d_2014-11_2020-01.csv");
const HOURS: &str = include_str!("../../cli/data/btcusd_coinbase_1h_2017-07_2019-10.csv");
const TIERS: &str = include_str!("../../cli/data/binance_usdm_margin_tiers.json");
const CONFIGURATION: &str = include_str!("../../cli/data/backtest.toml");

fn coins() -> BTreeMap<String, Reading> {
    read_many_bars_from(COINS.as_bytes(), "coins", ReadRules::default()).unwrap()
}

fn hours() -> History {
    read_bars_from(HOURS.as_bytes(), "bars", &Columns::default(), ReadRules::default()).unwrap().history
}

fn single() -> BacktestConfiguration {
    let mut configuration: BacktestConfiguration = read_toml(CONFIGURATION).unwrap();
    configuration.instrument.tiers = margin_tiers_from(TIERS, "tiers").unwrap().remove("BTCUSDT");
    configuration
}

/// The rules of the main job over several instruments, each day a bar.
fn configuration(symbols: &[&str]) -> BacktestConfiguration {
    let mut configuration = single();
    configuration.instrument.leverage = Leverage::new(Decimal::TWO).unwrap();
    let tiers = margin_tiers_from(TIERS, "tiers").unwrap();
    let listed = |symbol: &&str| InstrumentRules {
        symbol: format!("{symbol}USDT"),
        base: symbol.parse().unwrap(),
        tiers: tiers.get(&format!("{symbol}USDT")).cloned(),
        ..configuration.instrument.clone()
    };
    configuration.instruments = symbols.iter().map(listed).collect();
    configuration.strategies.truncate(2);
    for strategy in &mut configuration.strategies {
        strategy.parameters = Parameters::new();
    }
    configuration.matrix = None;
    configuration.life_cycle = None;
    configuration.risk = RiskLimits::research_wide();
    configuration.monitor = None;
    configuration.pipeline.max_age = Span::DAY;
    configuration
}

fn run(configuration: &BacktestConfiguration, markets: &[MarketHistory<'_>]) -> PortfolioOutcome {
    let backtest = PortfolioBacktest { configuration, markets, data: "coins", detail: Detail::Full };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    finished.outcome(&backtest).unwrap()
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
fn one_market_on_the_clock_of_many_does_what_it_does_alone() {
    let (configuration, history) = (single(), hours());
    let alone = Backtest {
        configuration: &configuration,
        history: history.all(),
        funding: &[],
        data: "built in",
        detail: Detail::Figures,
    };
    let (finished, journal) = alone.run(Memory::default(), |_| ControlFlow::Continue(())).unwrap();
    let alone = finished.summary(&alone).unwrap();
    let markets = [MarketHistory::new("BTCUSDT", &history)];
    let merged = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "built in",
        detail: Detail::Figures,
    };
    let (finished, same) = merged.run(Memory::default(), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(finished.summary().unwrap(), alone);
    let first = journal.0.iter().zip(&same.0).position(|(alone, merged)| alone != merged);
    let differ =
        first.map(|at| (String::from_utf8_lossy(&journal.0[at]), String::from_utf8_lossy(&same.0[at])));
    assert!(differ.is_none() && journal.0.len() == same.0.len(), "record {first:?} differs: {differ:?}");
}

#[test]
fn the_books_hold_after_every_event_and_the_venue_agrees_to_the_last_digit() {
    let (configuration, coins) = (configuration(&["BTC", "ETH", "LTC"]), coins());
    let markets = ["BTC", "ETH", "LTC"].map(|coin| (format!("{coin}USDT"), &coins[coin].history));
    let markets = markets.each_ref().map(|(symbol, history)| MarketHistory::new(symbol, *history));
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "coins",
        detail: Detail::Full,
    };
    let check = |step: Step<'_>| {
        step.engine.ledger().check_identities().unwrap();
        let totals = step.engine.ledger().totals();
        let earned = totals.deposits.plus(totals.realized).unwrap().minus(totals.fees).unwrap();
        assert_eq!(totals.wallet, earned.plus(totals.funding).unwrap());
        let exact = step.engine.equity().unwrap().to_f64();
        assert!((exact - step.engine.ledger().equity_f64()).abs() < 1e-6 * exact.abs().max(1.0));
        ControlFlow::Continue(())
    };
    let (finished, _) = backtest.run(Unrecorded, check).unwrap();
    assert!(finished.venue_agrees());
    let outcome = finished.outcome(&backtest).unwrap();
    let report = &outcome.report;
    let traded: Vec<_> = report.instruments.iter().map(|figures| figures.closed_trades).collect();
    assert!(traded.iter().all(|trades| *trades > 1), "{traded:?}");
    // What each instrument did adds up to what the account did, exactly.
    let sum = |of: fn(&autotrading_backtest::InstrumentFigures) -> Money| {
        report.instruments.iter().fold(Money::ZERO, |sum, figures| sum.plus(of(figures)).unwrap())
    };
    assert_eq!(sum(|figures| figures.fees), report.summary.fees);
    assert_eq!(sum(|figures| figures.funding), report.summary.funding);
    let held = report.instruments.iter().map(|figures| figures.unrealized).sum::<f64>();
    let earned = sum(|figures| figures.net).to_f64() + held;
    let grown = report.summary.final_equity.to_f64() - report.start_cash.to_f64();
    assert!((earned - grown).abs() < 1e-6, "{earned} against {grown}");
    assert_eq!(outcome.fills.len() as u64, report.summary.fills);
    assert_eq!(outcome.series.weights.len(), 3);
    assert_eq!(outcome.series.time.len(), 1_865);
    assert!(outcome.fills.iter().all(|entry| !entry.fill.reason.is_empty()));
}

#[test]
fn a_journal_of_many_markets_replays_to_the_same_turns_and_books() {
    let (configuration, coins) = (configuration(&["BTC", "ETH", "LTC"]), coins());
    let markets = ["BTC", "ETH", "LTC"].map(|coin| (format!("{coin}USDT"), &coins[coin].history));
    let markets = markets.each_ref().map(|(symbol, history)| MarketHistory::new(symbol, *history));
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "coins",
        detail: Detail::Figures,
    };
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
    assert!(done.closing.is_some() && done.turns > 200 && done.commands > 100, "{done:?}");
}

#[test]
fn the_order_in_which_instruments_and_data_are_named_decides_nothing() {
    let coins = coins();
    let digest = |symbols: [&str; 3], data: [&str; 3]| {
        let configuration = configuration(&symbols);
        let markets = data.map(|coin| (format!("{coin}USDT"), &coins[coin].history));
        let markets = markets.each_ref().map(|(symbol, history)| MarketHistory::new(symbol, *history));
        let outcome = run(&configuration, &markets);
        (outcome.report.summary.digest, outcome.report.instruments)
    };
    let first = digest(["BTC", "ETH", "LTC"], ["BTC", "ETH", "LTC"]);
    assert_eq!(first, digest(["LTC", "BTC", "ETH"], ["ETH", "LTC", "BTC"]));
}

#[test]
fn the_number_of_an_instrument_decides_nothing_while_they_do_not_compete() {
    // One unit whenever the rule says so, with cash for all: whether a coin is the first or the last must not matter.
    let coins = coins();
    let rules = autotrading_backtest::ResearchRules {
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() },
        fee: Rate::basis_points(5),
        size: Decimal::ONE,
        cash: Money::new(Decimal::from(1_000_000)),
    };
    let net_of = |names: [(&str, &str); 3]| {
        let mut configuration = rules.configuration();
        let listed = |(_, symbol): &(&str, &str)| InstrumentRules {
            symbol: (*symbol).to_owned(),
            ..configuration.instrument.clone()
        };
        configuration.instruments = names.iter().map(listed).collect();
        let markets = names.map(|(coin, symbol)| MarketHistory::new(symbol, &coins[coin].history));
        let report = run(&configuration, &markets).report;
        let nets: BTreeMap<_, _> =
            report.instruments.iter().map(|figures| (figures.symbol.clone(), figures.net)).collect();
        names.map(|(_, symbol)| nets[symbol])
    };
    let first = net_of([("BTC", "A"), ("ETH", "B"), ("LTC", "C")]);
    assert!(first.iter().all(|net| !net.is_zero()));
    assert_eq!(first, net_of([("BTC", "C"), ("ETH", "A"), ("LTC", "B")]));
    assert_eq!(first, net_of([("BTC", "B"), ("ETH", "C"), ("LTC", "A")]));
}

#[test]
fn bars_of_an_hour_and_of_a_day_share_one_clock() {
    let hours = hours();
    let days = resample(hours.all(), Span::DAY, Filling::Leave).unwrap().history;
    let mut configuration = configuration(&["BTC", "ETH"]);
    configuration.instruments[1].symbol = "DAILY".to_owned();
    let markets = [MarketHistory::new("BTCUSDT", &hours), MarketHistory::new("DAILY", &days)];
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "hours and days",
        detail: Detail::Full,
    };
    let mut closes = Vec::new();
    let mut heard = Timestamp::from_nanos(i64::MIN);
    let watch = |step: Step<'_>| {
        if let Event::Market(market) = step.event {
            assert!(market.ts_event >= heard, "the clock ran backward");
            heard = market.ts_event;
            if let MarketData::Bar(bar) = &market.data {
                closes.push((bar.close_time(), market.instrument));
            }
        } else if let Event::Order(report) = step.event {
            assert!(report.ts_received >= heard);
        }
        ControlFlow::Continue(())
    };
    let (finished, _) = backtest.run(Unrecorded, watch).unwrap();
    assert!(finished.venue_agrees());
    assert!(closes.is_sorted(), "by time, then by number");
    assert_eq!(closes.len(), hours.len() + days.len());
    let daily = closes.iter().filter(|(_, id)| *id == InstrumentId(1)).count();
    assert_eq!(daily, days.len());
    let outcome = finished.outcome(&backtest).unwrap();
    assert_eq!(outcome.series.time.len(), hours.len(), "one point for each moment at which a bar closed");
    assert!(outcome.report.instruments.iter().all(|figures| figures.closed_trades > 0));
}

#[test]
fn spot_and_perpetual_stand_side_by_side_in_one_account() {
    let coins = coins();
    let mut configuration = configuration(&["BTC", "ETH"]);
    configuration.instruments[1].kind = InstrumentKind::Spot;
    configuration.instruments[1].tiers = None;
    let long_only = Parameters::new().with("mode", ParameterValue::read("long-flat"));
    configuration.strategies = vec![StrategyEntry { name: "sma-cross".to_owned(), parameters: long_only }];
    let markets = [
        MarketHistory::new("ETHUSDT", &coins["ETH"].history),
        MarketHistory::new("BTCUSDT", &coins["BTC"].history),
    ];
    let report = run(&configuration, &markets).report;
    let [perpetual, spot] = &report.instruments[..] else { panic!("{:?}", report.instruments) };
    assert!(report.venue_agrees && spot.fills > 0 && perpetual.fills > 0);
    assert!(spot.funding.is_zero() && !perpetual.funding.is_zero());
}

#[test]
fn data_and_configuration_must_name_the_same_instruments_once() {
    let (configuration, coins) = (configuration(&["BTC", "ETH"]), coins());
    let bars = &coins["BTC"].history;
    let refused = |configuration: &BacktestConfiguration, symbols: &[&str]| {
        let markets: Vec<_> = symbols.iter().map(|symbol| MarketHistory::new(symbol, bars)).collect();
        let backtest =
            PortfolioBacktest { configuration, markets: &markets, data: "", detail: Detail::Figures };
        backtest.run(Unrecorded, |_| ControlFlow::Continue(())).map(|_| ()).unwrap_err()
    };
    let missing = refused(&configuration, &["BTCUSDT"]).to_string();
    assert_eq!(missing, "there are no data for the instrument ETHUSDT; there are some for BTCUSDT");
    let twice = refused(&configuration, &["BTCUSDT", "BTCUSDT"]);
    assert!(matches!(twice, BacktestError::UnknownMarket { twice: true, .. }));
    let unknown = refused(&configuration, &["BTCUSDT", "ETHUSDT", "XRPUSDT"]);
    assert!(matches!(unknown, BacktestError::UnknownMarket { twice: false, .. }));
    let mut other = configuration.clone();
    other.instruments[1].leverage = Leverage::ONE;
    assert!(
        refused(&other, &["BTCUSDT", "ETHUSDT"]).to_string().contains("leverage is 1, but 2 for the others")
    );
    other.instruments[1] = other.instruments[0].clone();
    assert_eq!(refused(&other, &["BTCUSDT"]).to_string(), "the instrument BTCUSDT is listed twice");
}

#[test]
fn a_market_told_by_its_trades_fills_on_them_and_shares_the_account_with_one_told_in_bars() {
    let coins = coins();
    let mut configuration = configuration(&["BTC", "ETH"]);
    configuration.strategies =
        vec![StrategyEntry { name: "sma-cross".to_owned(), parameters: Parameters::new() }];
    let (btc, eth) = (&coins["BTC"].history, &coins["ETH"].history);
    // Four trades a day, at the prices of its bar, and quotes around them.
    let quarter = Span::HOUR.times(6);
    let day = |bar: autotrading_domain::Bar| {
        let prices = [bar.open, bar.low, bar.high, bar.close];
        prices.into_iter().zip(0..).map(move |(price, step)| Announcement {
            at: bar.open_time.after(quarter.times(step)).after(Span::SECOND),
            data: MarketData::Trade(Trade { price, quantity: bar.volume / 4.0, taker: Side::Buy }),
        })
    };
    let trades = Chronicle::new(eth.iter().flat_map(day).collect()).unwrap();
    let markets = [
        MarketHistory::new("BTCUSDT", btc),
        MarketHistory::new("ETHUSDT", eth).with_chronicle(&trades).with_ticks(TickRules::default()),
    ];
    let outcome = run(&configuration, &markets);
    assert!(outcome.report.venue_agrees);
    let filled_at = |symbol: &str| {
        let of = outcome.fills.iter().filter(|entry| entry.symbol == symbol);
        of.map(|entry| entry.fill.at.floor(Span::SECOND).since(entry.fill.at.floor(Span::DAY)))
            .collect::<Vec<_>>()
    };
    assert!(filled_at("BTCUSDT").contains(&Span::ZERO), "at opens");
    let on_trades = filled_at("ETHUSDT");
    assert!(on_trades.len() > 5, "{on_trades:?}");
    assert!(
        on_trades.iter().all(|moment| moment.nanos() % quarter.nanos() == Span::SECOND.nanos()),
        "{on_trades:?}"
    );
}
