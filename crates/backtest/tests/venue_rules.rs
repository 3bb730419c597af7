//! Every rule of the simulated venue reaches a run by way of its configuration.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing step ends the test")]

use std::ops::ControlFlow;

use autotrading_backtest::{
    Backtest, BacktestConfiguration, Detail, Finished, InstrumentRules, LatencyRules, MarketHistory, Outcome,
    PortfolioBacktest, ResearchRules,
};
use autotrading_core::{StrategyEntry, Unrecorded, read_toml};
use autotrading_domain::{Bar, Leverage, Money, Rate, Span, Timestamp};
use autotrading_exchanges::{FeeSchedule, FeeTier, LatencyModel, MarginRule};
use autotrading_market_data::{CommonWorkload, History};
use autotrading_strategy::{ParameterValue, Parameters};
use rust_decimal::Decimal;

fn run(configuration: &BacktestConfiguration, history: &History) -> (Outcome, bool) {
    let backtest =
        Backtest { configuration, history: history.all(), funding: &[], data: "", detail: Detail::Full };
    let (finished, _): (Finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    let agrees = finished.venue_agrees();
    (finished.outcome(&backtest, Vec::new()).unwrap(), agrees)
}

fn refused(configuration: &BacktestConfiguration) -> String {
    let history = CommonWorkload::history(10);
    let detail = Detail::Figures;
    let backtest = Backtest { configuration, history: history.all(), funding: &[], data: "", detail };
    backtest.run(Unrecorded, |_| ControlFlow::Continue(())).map(|_| ()).unwrap_err().to_string()
}

fn fill_times(outcome: &Outcome) -> Vec<Timestamp> {
    outcome.fills.iter().map(|fill| fill.at).collect()
}

fn tiers() -> FeeSchedule {
    let tier = |from: i64, maker: i64, taker: i64| FeeTier {
        from_volume: Money::new(from.into()),
        maker: Rate::basis_points(maker),
        taker: Rate::basis_points(taker),
    };
    FeeSchedule::new(vec![tier(0, 2, 5), tier(5_000, 1, 4)]).unwrap()
}

#[test]
fn fees_fall_with_the_volume_of_the_days_before() {
    let history = CommonWorkload::history(3 * 1_440);
    let plain = ResearchRules::default().configuration();
    let tiered = BacktestConfiguration { fee_tiers: Some(tiers()), ..plain.clone() };
    let (flat, tiered) = (run(&plain, &history).0, run(&tiered, &history));
    assert!(tiered.1, "the venue and the books agree");
    assert_eq!(fill_times(&flat), fill_times(&tiered.0));
    let start = history.all().start().unwrap();
    let first_day = |at: Timestamp| at < start.after(Span::DAY);
    for (flat, tiered) in flat.fills.iter().zip(&tiered.0.fills) {
        let expected =
            if first_day(flat.at) { flat.fee } else { Money::new(flat.fee.get() * Decimal::new(8, 1)) };
        assert_eq!(tiered.fee.get().normalize(), expected.get().normalize(), "{}", flat.at);
    }
    assert!(tiered.0.fills.iter().any(|fill| !first_day(fill.at)));
}

#[test]
fn an_order_that_is_late_by_any_way_meets_the_next_open() {
    let history = CommonWorkload::history(2_000);
    let plain = ResearchRules::default().configuration();
    let with = |latency: LatencyRules| BacktestConfiguration { latency: Some(latency), ..plain.clone() };
    let at_once = fill_times(&run(&plain, &history).0);
    assert!(at_once.len() > 20);
    let later: Vec<_> = at_once.iter().map(|at| at.after(Span::MINUTE)).collect();
    let short = LatencyModel::Constant(Span::MILLISECOND);
    let sampled =
        LatencyModel::Sampled { least: Span::MILLISECOND, extra: Span::MILLISECOND.times(20), seed: 3 };
    let measured = LatencyModel::Replayed(vec![(Timestamp::EPOCH, Span::MILLISECOND.times(7))]);
    for model in [short, sampled, measured] {
        for latency in [
            LatencyRules { feed: model.clone(), ..LatencyRules::default() },
            LatencyRules { entry: model.clone(), ..LatencyRules::default() },
        ] {
            let (outcome, agrees) = run(&with(latency), &history);
            let times = fill_times(&outcome);
            // The last order may find no open any more.
            assert_eq!(times, later[..times.len()]);
            assert!(agrees && times.len() + 1 >= later.len(), "{model:?}");
            assert_eq!(outcome.series.time, run(&plain, &history).0.series.time);
        }
        // What is slow to be heard of changes no fill here.
        let response = LatencyRules { response: model.clone(), ..LatencyRules::default() };
        assert_eq!(fill_times(&run(&with(response), &history).0), at_once, "{model:?}");
    }
}

#[test]
fn a_latency_longer_than_a_bar_keeps_one_point_a_bar() {
    let history = CommonWorkload::history(500);
    let measured =
        vec![(Timestamp::EPOCH, Span::MINUTE.times(10)), (history.all().start().unwrap(), Span::SECOND)];
    let feed = LatencyModel::Replayed(measured);
    let latency = Some(LatencyRules { feed, ..LatencyRules::default() });
    let configuration = BacktestConfiguration { latency, ..ResearchRules::default().configuration() };
    let (outcome, agrees) = run(&configuration, &history);
    assert!(agrees);
    assert_eq!(outcome.series.equity.len(), history.len());
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    let plain = ResearchRules::default().configuration();
    let negative = LatencyModel::Constant(Span::from_nanos(-1));
    let bad = BacktestConfiguration {
        latency: Some(LatencyRules { entry: negative, ..LatencyRules::default() }),
        ..plain.clone()
    };
    assert!(refused(&bad).contains("latency is -1 ns, expected not negative"), "{}", refused(&bad));
    let mut twice = BacktestConfiguration { latency: Some(LatencyRules::default()), ..plain };
    twice.venue.latency.entry = Span::SECOND;
    assert!(refused(&twice).contains("nothing beside the table [latency]"), "{}", refused(&twice));
}

#[test]
fn the_keys_are_read_from_toml_and_written_back() {
    let mut text = include_str!("../../cli/data/backtest.toml").to_owned();
    text += r#"
[[fee_tiers]]
from_volume = "0"
maker = "0.0002"
taker = "0.0005"
[[fee_tiers]]
from_volume = "1000000"
maker = "0"
taker = "0.0004"
[latency]
feed = { constant = "5 ms" }
entry = { sampled = { least = "2 ms", extra = "1 ms", seed = 7 } }
response = { replayed = [["2018-01-01T00:00:00Z", "3 ms"], ["2018-02-01T00:00:00Z", "9 ms"]] }
[ticks]
queue = { probabilistic = { power = { exponent = 3.0 } } }
fresh_for = "2 s"
participation = 0.5
"#;
    let configuration: BacktestConfiguration = read_toml(&text).unwrap();
    assert_eq!(configuration.check_venue(), Ok(()));
    let again: BacktestConfiguration =
        serde_json::from_str(&serde_json::to_string(&configuration).unwrap()).unwrap();
    assert_eq!(again, configuration);
    let unknown = read_toml::<BacktestConfiguration>(&(text + "fresh = \"2 s\"\n")).unwrap_err().to_string();
    assert!(unknown.contains("fresh"), "{unknown}");
}

/// Down for an hour, up for half of one, so that the averages cross upward; then on from that height by these steps.
fn rising_then(steps: &[f64]) -> History {
    let down = (0..60).map(|minute| 100.0 - 0.1 * f64::from(minute));
    let up = (0..30).map(|minute| 94.0 + 0.5 * f64::from(minute));
    let after = steps.iter().scan(109.0, |price, step| {
        *price += step;
        Some(*price)
    });
    let closes: Vec<f64> = down.chain(up).chain(after).collect();
    let opens = std::iter::once(100.0).chain(closes.iter().copied());
    let bars = (0..).zip(opens.zip(&closes)).map(|(minute, (open, close))| Bar {
        open_time: Timestamp::from_secs(60 * minute),
        interval: Span::MINUTE,
        open,
        high: open.max(*close),
        low: open.min(*close),
        close: *close,
        volume: 1_000.0,
        closed: true,
        synthetic: false,
    });
    History::from_bars(Span::MINUTE, bars).unwrap().with_price_decimals(2)
}

/// Two positions of five times the cash each, on money that both share.
fn shared() -> BacktestConfiguration {
    let lengths =
        Parameters::new().with("fast", ParameterValue::Integer(3)).with("slow", ParameterValue::Integer(9));
    let rules = ResearchRules {
        size: 5_000.into(),
        strategy: StrategyEntry { name: "sma-cross".to_owned(), parameters: lengths },
        ..ResearchRules::default()
    };
    let mut configuration = rules.configuration();
    let leverage = Leverage::new(20.into()).unwrap();
    configuration.instrument.leverage = leverage;
    configuration.venue.margin = MarginRule::Cross { leverage };
    configuration.venue.liquidation = true;
    configuration.venue.liquidation_fee = Rate::basis_points(50);
    configuration.instruments = ["BTC", "ETH"]
        .map(|symbol| InstrumentRules { symbol: symbol.to_owned(), ..configuration.instrument.clone() })
        .to_vec();
    configuration
}

fn liquidated(configuration: &BacktestConfiguration, markets: &[MarketHistory<'_>]) -> (Vec<u64>, Money) {
    let backtest = PortfolioBacktest { configuration, markets, data: "", detail: Detail::Full };
    let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).unwrap();
    let report = finished.outcome(&backtest).unwrap().report;
    assert!(report.venue_agrees);
    assert!(report.instruments.iter().all(|row| row.fills > 0), "both were bought");
    (report.instruments.iter().map(|row| row.liquidations).collect(), report.summary.final_equity)
}

#[test]
fn positions_that_share_the_wallet_fall_together_and_books_and_venue_agree() {
    let (calm, crash) = (rising_then(&[0.0; 4]), rising_then(&[0.0, -50.0, 0.0, 0.0]));
    let configuration = shared();
    fn both<'a>(btc: &'a History, eth: &'a History) -> [MarketHistory<'a>; 2] {
        [MarketHistory::new("BTC", btc), MarketHistory::new("ETH", eth)]
    }
    assert_eq!(liquidated(&configuration, &both(&calm, &calm)).0, [0, 0]);
    // The gains of both are spent on the fall of one, and nothing is left that the other could stand on.
    let (liquidations, left) = liquidated(&configuration, &both(&calm, &crash));
    assert_eq!(liquidations[1], 1);
    assert!(left >= Money::ZERO, "{left}");
    // Each with its own margin, the other is not touched.
    let mut isolated = configuration;
    let leverage = isolated.instrument.leverage;
    isolated.venue.margin = MarginRule::Isolated { leverage };
    assert_eq!(liquidated(&isolated, &both(&calm, &crash)).0, [0, 1]);
}

#[test]
fn mark_price_bars_decide_on_liquidation_and_must_be_as_long_as_the_bars() {
    let (calm, crash) = (rising_then(&[0.0; 4]), rising_then(&[0.0, -50.0, 0.0, 0.0]));
    let mut configuration = shared();
    let leverage = configuration.instrument.leverage;
    configuration.venue.margin = MarginRule::Isolated { leverage };
    fn both<'a>(calm: &'a History, bars: &'a History, marks: &'a History) -> [MarketHistory<'a>; 2] {
        [MarketHistory::new("BTC", calm), MarketHistory::new("ETH", bars).with_marks(marks)]
    }
    // A crash of the last price alone liquidates nobody; one of the mark price alone does.
    assert_eq!(liquidated(&configuration, &both(&calm, &crash, &calm)).0, [0, 0]);
    assert_eq!(liquidated(&configuration, &both(&calm, &calm, &crash)).0, [0, 1]);
    let hours = History::new(Span::HOUR).unwrap();
    let markets = both(&calm, &calm, &hours);
    let backtest = PortfolioBacktest {
        configuration: &configuration,
        markets: &markets,
        data: "",
        detail: Detail::Full,
    };
    let refused = backtest.run(Unrecorded, |_| ControlFlow::Continue(())).map(|_| ()).unwrap_err();
    assert_eq!(refused.to_string(), "ETH: its mark-price bars are of 1 h, but its bars of 1 min");
}
