//! Opinions on several instruments at once: funding arbitrage, pairs, ranks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_domain::*;
use autotrading_strategy::{
    Context, FundingOutlook, LegContext, ParameterError, ParameterValue, Parameters, Reach, Signals,
    Strategy, StrategyError, Universe, assert_causal_across, build_across, catalogue, opinions_across,
};

const PERPETUAL: InstrumentId = InstrumentId(0);
const SPOT: InstrumentId = InstrumentId(1);
const OTHER: InstrumentId = InstrumentId(2);

fn hour(count: i64) -> Timestamp {
    Timestamp::EPOCH.after(Span::HOUR.times(count))
}

fn perpetual(symbol: &str) -> Instrument {
    let plain =
        Instrument::linear_perpetual("sim", symbol, "0.01".parse().unwrap(), "0.001".parse().unwrap());
    let fees = InstrumentSpec { taker_fee: Rate::basis_points(5), ..plain.unwrap().spec().clone() };
    Instrument::new(fees).unwrap()
}

fn spot(symbol: &str) -> Instrument {
    let kind = InstrumentKind::Spot;
    let facts = InstrumentSpec { kind, funding_interval: None, ..perpetual(symbol).spec().clone() };
    Instrument::new(facts).unwrap()
}

/// Bitcoin perpetual, bitcoin spot, ether perpetual.
fn run() -> Instruments {
    Instruments::new(vec![perpetual("BTCUSDT"), spot("BTCUSDT"), perpetual("ETHUSDT")])
}

fn universe(ids: &[InstrumentId]) -> Universe {
    let run = run();
    let instruments = ids.iter().map(|id| (*id, run.get(*id).unwrap().clone())).collect();
    Universe { strategy: StrategyId(4), instruments }
}

fn with(pairs: &[(&str, &str)]) -> Parameters {
    pairs.iter().fold(Parameters::new(), |all, (name, text)| all.with(name, ParameterValue::read(text)))
}

fn bar(at: usize, close: f64) -> Bar {
    Bar {
        open_time: hour(at as i64),
        interval: Span::HOUR,
        open: close,
        high: close,
        low: close,
        close,
        volume: 1.0,
        closed: true,
        synthetic: false,
    }
}

fn bars(closes: &[f64]) -> Vec<Bar> {
    closes.iter().enumerate().map(|(at, close)| bar(at, *close)).collect()
}

/// Noise of a fixed generator, uniform in `[-1, 1]`.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// What was said as `hour: direction@instrument ... reason`, one line an opinion.
fn told<const N: usize>(
    strategy: &mut dyn Strategy,
    ids: [InstrumentId; N],
    markets: &[Vec<Bar>; N],
) -> Vec<String> {
    let said = opinions_across(strategy, ids, markets);
    let line = |(at, signals): (usize, Result<Vec<Signal>, StrategyError>)| {
        let signals = signals.unwrap();
        signals.iter().for_each(|signal| signal.check().unwrap());
        let legs: Vec<String> =
            signals.iter().map(|s| format!("{}@{}", s.direction, s.instrument.0)).collect();
        signals.first().map(|first| format!("{at}: {} {}", legs.join(" "), first.reason))
    };
    said.into_iter().enumerate().filter_map(line).collect()
}

/// Shows funding arbitrage an hour at a time: closes of perpetual and spot, with an announced rate paid every 8 hours.
struct Desk {
    strategy: Box<dyn Strategy>,
    at: usize,
    signals: Signals,
}

impl Desk {
    fn new(parameters: &[(&str, &str)]) -> Self {
        let strategy = build_across("funding-arbitrage", &with(parameters), universe(&[PERPETUAL, SPOT]));
        Self { strategy: strategy.unwrap(), at: 0, signals: Signals::new() }
    }

    fn hear(&mut self, rate: f64, perpetual: f64, spot: f64, far: Option<f64>) -> Vec<Signal> {
        let next = hour((self.at as i64 + 1).div_euclid(8) * 8 + 8);
        let leg = LegContext {
            instrument: PERPETUAL,
            position: 0.0,
            entry_price: None,
            funding: Some(FundingOutlook { rate, next }),
            liquidation_distance: far,
        };
        let context = Context { legs: &[leg], ..Context::BLANK };
        self.signals.clear();
        for (id, close) in [(PERPETUAL, perpetual), (SPOT, spot)] {
            let event = MarketEvent::closed_bar(id, bar(self.at, close));
            self.strategy.observe(&event, &context, &mut self.signals).unwrap();
        }
        self.at += 1;
        self.signals.as_slice().to_vec()
    }

    /// A quiet market: the price wanders by a percent, the basis by two hundredths of one.
    fn quiet(&mut self, hours: usize, rate: f64) -> Vec<Signal> {
        let mut noise = noise(3);
        (0..hours)
            .flat_map(|_| {
                let price = 100.0 * (0.01 * noise()).exp();
                self.hear(rate, price * (1.0 + 0.0002 * noise()), price, None)
            })
            .collect()
    }
}

#[test]
fn funding_that_pays_is_taken_short_against_spot_in_equal_notional() {
    // 21 fundings a week of 0.02 % are 0.42 %; in and out of two legs costs 4 * 0.05 % = 0.2 %.
    let mut desk = Desk::new(&[("persistence", "1")]);
    let said = desk.quiet(400, 0.0002);
    let [short, long] = &said[..] else { panic!("two legs, said once: {said:?}") };
    assert_eq!((short.instrument, short.direction), (PERPETUAL, Direction::Short));
    assert_eq!((long.instrument, long.direction), (SPOT, Direction::Long));
    let legs = [short, long].map(|signal| signal.leg.unwrap());
    assert_eq!(legs.map(|leg| (leg.opinion, leg.of, leg.ratio)), [(1, 2, 1.0); 2]);
    assert_eq!(legs.map(|leg| leg.place), [0, 1]);
    assert_eq!(short.strength, long.strength);
    assert_eq!(
        (short.stop_distance, long.stop_distance),
        (None, None),
        "hedged, it is the margin that ends it"
    );
    assert_eq!(short.strategy, StrategyId(4));
}

#[test]
fn funding_below_costs_or_risk_is_left_alone() {
    assert_eq!(Desk::new(&[("persistence", "1")]).quiet(400, 0.00009), []); // 0.19 % for 0.2 % of fees
    // As much funding, but the basis moves by percents: not worth it.
    let mut desk = Desk::new(&[("persistence", "1")]);
    let mut noise = noise(5);
    for _ in 0..400 {
        let price = 100.0 * (1.0 + 0.02 * noise());
        assert_eq!(desk.hear(0.0002, price, 100.0, None), []);
    }
}

#[test]
fn spot_is_sold_short_only_where_that_is_possible() {
    assert_eq!(Desk::new(&[("persistence", "1")]).quiet(400, -0.0002), []);
    let said = Desk::new(&[("persistence", "1"), ("spot", "long-short")]).quiet(400, -0.0002);
    assert_eq!(said.iter().map(|s| s.direction).collect::<Vec<_>>(), [Direction::Long, Direction::Short]);
}

#[test]
fn below_the_hedging_level_the_perpetual_stands_alone_with_a_stop() {
    // A price that hardly moves, so that even half a percent of funding outweighs its risk.
    let mut desk = Desk::new(&[("persistence", "1"), ("neutral", "0.1")]);
    let mut said = Vec::new();
    for at in 0..400 {
        let price = 100.0 + 0.001 * f64::from(at % 3);
        said.extend(desk.hear(0.0002, price, 100.0, None));
    }
    let [alone] = &said[..] else { panic!("one leg: {said:?}") };
    assert_eq!((alone.instrument, alone.direction), (PERPETUAL, Direction::Short));
    assert_eq!(alone.leg.unwrap().of, 1);
    assert!(alone.stop_distance.is_some());
}

#[test]
fn alone_it_leaves_at_its_stop_and_when_funding_is_no_longer_known() {
    let standing = || {
        let mut desk = Desk::new(&[("persistence", "1"), ("neutral", "0.1")]);
        let mut said = Vec::new();
        for at in 0..400 {
            let price = 100.0 + 0.001 * f64::from(at % 3);
            said.extend(desk.hear(0.0002, price, 100.0, None));
        }
        (desk, said[0].stop_distance.unwrap())
    };
    let (mut desk, stop) = standing();
    assert_eq!(desk.hear(0.0002, 100.0 + 0.5 * stop, 100.0, None), []);
    let said = desk.hear(0.0002, 100.1 + stop, 100.0, None);
    assert_eq!((said.len(), said[0].direction, &*said[0].reason), (1, Direction::Flat, "stop touched"));
    // The funding that was announced is paid, and nothing is said of the next.
    let (mut desk, _) = standing();
    let unheard = |desk: &mut Desk| {
        desk.signals.clear();
        for id in [PERPETUAL, SPOT] {
            let event = MarketEvent::closed_bar(id, bar(desk.at, 100.0));
            desk.strategy.observe(&event, &Context::BLANK, &mut desk.signals).unwrap();
        }
        desk.at += 1;
        desk.signals.as_slice().to_vec()
    };
    let said: Vec<Signal> = (0..16).flat_map(|_| unheard(&mut desk)).collect();
    assert_eq!(said.iter().map(|s| &*s.reason).collect::<Vec<_>>(), ["funding is not known"]);
}

#[test]
fn it_leaves_when_funding_flips_or_no_longer_covers_the_costs() {
    let ends = |rate: f64| {
        let mut desk = Desk::new(&[("persistence", "1")]);
        assert_eq!(desk.quiet(400, 0.0002).len(), 2);
        let said = desk.quiet(20, rate);
        assert!(said.iter().all(|s| s.direction == Direction::Flat && s.leg.unwrap().opinion == 1));
        (said.len(), said[0].reason.to_string())
    };
    assert_eq!(ends(-0.0001), (2, "funding flipped".to_owned()));
    assert_eq!(ends(0.00005), (2, "funding no longer covers the costs".to_owned()));
}

#[test]
fn the_margin_of_the_perpetual_leg_is_watched() {
    let standing = || {
        let mut desk = Desk::new(&[("persistence", "1")]);
        assert_eq!(desk.quiet(400, 0.0002).len(), 2);
        desk
    };
    // At leverage 3 a short has 40 % of its margin left after a rise of a fifth; price and spot rise together.
    assert_eq!(standing().hear(0.0002, 115.0, 115.0, None), []);
    let said = standing().hear(0.0002, 125.0, 125.0, None);
    assert_eq!(said[0].reason, "margin of the perpetual leg runs low");
    // What is known goes before what is computed: 10 % to liquidation is 0.3 of the margin.
    let said = standing().hear(0.0002, 100.0, 100.0, Some(0.10));
    assert_eq!(said[0].reason, "margin of the perpetual leg runs low");
    assert_eq!(standing().hear(0.0002, 125.0, 125.0, Some(0.30)), []);
}

#[test]
fn without_news_of_funding_there_is_no_opinion() {
    let mut strategy =
        build_across("funding-arbitrage", &Parameters::new(), universe(&[PERPETUAL, SPOT])).unwrap();
    let market = bars(&[100.0; 400]);
    assert_eq!(told(&mut *strategy, [PERPETUAL, SPOT], &[market.clone(), market]), Vec::<String>::new());
}

/// A walk, and a price that belongs to it: `0.8` in logs, with a deviation from it that keeps most of itself.
fn couple(hours: usize, seed: u64, pull: f64) -> [Vec<f64>; 2] {
    let mut noise = noise(seed);
    let (mut level, mut away) = (0.0f64, 0.0f64);
    let mut step = |_| {
        level += 0.01 * noise();
        away = pull * away + 0.004 * noise();
        (100.0 * (0.8 * level + away).exp(), 50.0 * level.exp())
    };
    let (first, second) = (0..hours).map(&mut step).unzip();
    [first, second]
}

const PAIR: [InstrumentId; 2] = [PERPETUAL, OTHER];

fn pairs(parameters: &[(&str, &str)]) -> Box<dyn Strategy> {
    build_across("pairs-trading", &with(parameters), universe(&PAIR)).unwrap()
}

#[test]
fn a_parted_couple_is_traded_back_together_in_the_ratio_of_its_hedge() {
    let markets = couple(3_000, 5, 0.9).map(|closes| bars(&closes));
    let mut strategy = pairs(&[]);
    let said: Vec<Signal> =
        opinions_across(&mut *strategy, PAIR, &markets).into_iter().flat_map(Result::unwrap).collect();
    let entries: Vec<&Signal> = said.iter().filter(|s| s.direction != Direction::Flat).collect();
    assert!(entries.len() >= 20, "{}", entries.len());
    for legs in entries.chunks(2) {
        let [one, other] = legs else { panic!("an odd leg") };
        assert_eq!(one.direction.sign(), -other.direction.sign());
        assert_eq!((one.instrument, other.instrument), (PERPETUAL, OTHER));
        let (first, second) = (one.leg.unwrap(), other.leg.unwrap());
        assert_eq!((first.opinion, first.ratio), (second.opinion, 1.0));
        assert!((second.ratio - 0.8).abs() < 0.05, "{}", second.ratio);
        assert!((other.strength / one.strength - second.ratio).abs() < 1e-12);
    }
    let back = said.iter().filter(|s| s.reason == "the spread came back").count();
    assert!(back * 10 >= entries.len() * 8, "{back} of {}", entries.len());
}

#[test]
fn the_spread_earns_on_a_couple() {
    let closes = couple(3_000, 5, 0.9);
    let markets = closes.each_ref().map(|closes| bars(closes));
    let mut strategy = pairs(&[]);
    let (mut held, mut earned) = ([0.0, 0.0], 0.0);
    for (at, said) in opinions_across(&mut *strategy, PAIR, &markets).into_iter().enumerate() {
        if at > 0 {
            let moved = closes.each_ref().map(|closes| (closes[at] / closes[at - 1]).ln());
            earned += held[0] * moved[0] + held[1] * moved[1];
        }
        for signal in said.unwrap() {
            let place = usize::from(signal.instrument == OTHER);
            held[place] = signal.direction.sign() * signal.leg.unwrap().ratio;
        }
    }
    assert!(earned > 0.1, "{earned}: it is made to come back");
}

#[test]
fn strangers_are_hardly_ever_traded() {
    let spoken = |seed: u64| {
        let mut strategy = pairs(&[]);
        let walk = |seed| {
            let (mut noise, mut level) = (noise(seed), 0.0f64);
            let closes: Vec<f64> = (0..1_500)
                .map(|_| {
                    level += 0.01 * noise();
                    100.0 * level.exp()
                })
                .collect();
            bars(&closes)
        };
        told(&mut *strategy, PAIR, &[walk(seed), walk(seed + 99)]).len()
    };
    let all: usize = (0..10).map(|n| spoken(1 + 1_000 * n)).sum();
    assert!(all < 40, "{all} in 10 runs of 900 hours each");
}

#[test]
fn a_spread_that_goes_too_far_is_left_until_it_has_come_back() {
    let [mut first, second] = couple(2_000, 5, 0.9);
    // It parts by steps after hour 1500 and stays there.
    for (at, close) in first.iter_mut().enumerate().skip(1_500) {
        *close *= (0.02 * (at - 1_499) as f64).min(0.3).exp();
    }
    let mut strategy = pairs(&[("drift", "0"), ("length", "1000")]);
    let words = told(&mut *strategy, PAIR, &[bars(&first), bars(&second)]);
    let last = words.last().unwrap();
    assert!(last.ends_with("flat@0 flat@2 the spread went too far"), "{last}");
    let at: usize = last.split(':').next().unwrap().parse().unwrap();
    assert!((1_500..1_520).contains(&at), "{last}");
}

/// Three walks with the drifts given, in hours of a hundredth.
fn runners(drifts: [f64; 3], hours: usize) -> [Vec<Bar>; 3] {
    let mut seed = 0;
    drifts.map(|drift| {
        seed += 11;
        let (mut noise, mut level) = (noise(seed), 0.0f64);
        let closes: Vec<f64> = (0..hours)
            .map(|_| {
                level += drift + 0.002 * noise();
                100.0 * level.exp()
            })
            .collect();
        bars(&closes)
    })
}

const ALL: [InstrumentId; 3] = [PERPETUAL, SPOT, OTHER];

fn ranked(parameters: &[(&str, &str)]) -> Box<dyn Strategy> {
    build_across("cross-sectional-momentum", &with(parameters), universe(&ALL)).unwrap()
}

#[test]
fn the_strongest_is_bought_and_the_weakest_sold_once_per_change_of_rank() {
    let markets = runners([0.0, 0.002, -0.002], 800);
    let words = told(&mut *ranked(&[]), ALL, &markets);
    assert_eq!(
        words,
        ["240: long@1 short@2 rank by past return"],
        "one bar more than the lookback, and then it stands"
    );
    let words = told(&mut *ranked(&[("mode", "long-only")]), ALL, &markets);
    assert_eq!(words, ["240: long@1 rank by past return"]);
}

#[test]
fn a_new_leader_takes_the_place_of_the_old_one() {
    let [mut a, mut b, c] = runners([0.002, -0.002, 0.0], 400);
    let [later_a, later_b, _] = runners([-0.004, 0.004, 0.0], 400);
    for (bars, later) in [(&mut a, later_a), (&mut b, later_b)] {
        let level = bars[399].close / 100.0;
        bars.extend((400..).zip(later).map(|(at, next)| bar(at, next.close * level)));
    }
    let c: Vec<Bar> = (0..800).map(|at| bar(at, c[at % 400].close)).collect();
    let words = told(&mut *ranked(&[("stop", "1")]), ALL, &[a, b, c]);
    assert!(words[0].starts_with("240: long@0 short@1"), "{words:?}");
    assert!(words.last().unwrap().contains("long@1 short@0"), "{words:?}");
}

#[test]
fn the_legs_together_have_a_stop() {
    let [mut a, b, c] = runners([0.002, 0.0, -0.002], 300);
    for bar in a.iter_mut().skip(260) {
        for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
            *price *= 0.7;
        }
    }
    let words = told(&mut *ranked(&[("rebalance", "1000")]), ALL, &[a, b, c]);
    assert_eq!(words.last().unwrap(), "260: flat@0 flat@2 the legs together lost too much");
}

#[test]
fn volatile_legs_are_smaller() {
    let mut markets = runners([0.001, 0.0, -0.001], 260);
    let mut noise = noise(77);
    for bar in &mut markets[2] {
        *bar = Bar { close: bar.close * (0.02 * noise()).exp(), ..*bar };
        *bar = Bar { open: bar.close, high: bar.close, low: bar.close, ..*bar };
    }
    let said = opinions_across(&mut *ranked(&[]), ALL, &markets);
    let first: Vec<Signal> = said.into_iter().map(Result::unwrap).find(|said| !said.is_empty()).unwrap();
    assert!(first[1].leg.unwrap().ratio < 0.3, "{first:?}");
}

#[test]
fn other_instruments_than_a_strategy_takes_are_refused_with_what_it_needs() {
    let refused = |name: &str, ids: &[InstrumentId]| {
        build_across(name, &Parameters::new(), universe(ids)).unwrap_err().to_string()
    };
    assert_eq!(
        refused("funding-arbitrage", &[PERPETUAL]),
        "funding-arbitrage needs a perpetual and the spot market of the same pair, got BTCUSDT"
    );
    assert_eq!(
        refused("funding-arbitrage", &[SPOT, PERPETUAL]),
        "funding-arbitrage needs a perpetual and the spot market of the same pair, got BTCUSDT, BTCUSDT"
    );
    assert_eq!(refused("sma-cross", &PAIR), "sma-cross needs one instrument, got BTCUSDT, ETHUSDT");
    let four = build_across("cross-sectional-momentum", &with(&[("each_side", "2")]), universe(&ALL));
    assert!(matches!(four, Err(ParameterError::Reach { .. })));
}

#[test]
fn a_run_is_cut_into_the_groups_that_a_strategy_takes() {
    let run = run();
    assert_eq!(Reach::One.groups(&run), [[PERPETUAL], [SPOT], [OTHER]]);
    assert_eq!(Reach::PerpetualAndSpot.groups(&run), [[PERPETUAL, SPOT]]);
    assert_eq!(Reach::Pair.groups(&run), [[PERPETUAL, SPOT], [PERPETUAL, OTHER], [SPOT, OTHER]]);
    assert_eq!(Reach::Ranked.groups(&run), [[PERPETUAL, SPOT, OTHER]]);
    let lonely = Instruments::new(vec![perpetual("BTCUSDT")]);
    for listing in catalogue().iter().filter(|listing| listing.reach != Reach::One) {
        assert!(listing.reach.groups(&lonely).is_empty(), "{} cannot trade here", listing.name);
    }
}

#[test]
fn legged_strategies_speak_of_their_legs_alone_and_not_before_they_are_warm() {
    for (name, ids) in [
        ("funding-arbitrage", vec![PERPETUAL, SPOT]),
        ("pairs-trading", PAIR.to_vec()),
        ("cross-sectional-momentum", ALL.to_vec()),
    ] {
        let mut strategy = build_across(name, &Parameters::new(), universe(&ids)).unwrap();
        assert_eq!((strategy.name(), strategy.legs()), (name, ids.as_slice()));
        let mut signals = Signals::new();
        let mut noise = noise(2);
        for at in 0..strategy.warm_up() - 1 {
            for id in &ids {
                let event = MarketEvent::closed_bar(*id, bar(at, 100.0 + noise()));
                strategy.observe(&event, &Context::BLANK, &mut signals).unwrap();
                let foreign = MarketEvent::closed_bar(InstrumentId(9), bar(at, 1.0));
                strategy.observe(&foreign, &Context::BLANK, &mut signals).unwrap();
            }
        }
        assert!(signals.as_slice().is_empty(), "{name}");
        let broken = Bar { high: 0.5, ..bar(9_999, 1.0) };
        let refused =
            strategy.observe(&MarketEvent::closed_bar(ids[0], broken), &Context::BLANK, &mut signals);
        assert!(matches!(refused, Err(StrategyError::Bar { .. })), "{name}");
    }
}

#[test]
fn no_strategy_with_several_legs_knows_the_future() {
    let markets = couple(1_500, 5, 0.9).map(|closes| bars(&closes));
    let outputs = |markets: &[Vec<Bar>; 2]| opinions_across(&mut *pairs(&[]), PAIR, markets);
    assert!(outputs(&markets).iter().flatten().flatten().count() > 4, "something is tried");
    assert_eq!(assert_causal_across(outputs, [&markets[0], &markets[1]], 7), Ok(()));

    let three = runners([0.0; 3], 1_000);
    let outputs = |markets: &[Vec<Bar>; 3]| opinions_across(&mut *ranked(&[]), ALL, markets);
    assert!(outputs(&three).iter().flatten().flatten().count() > 4, "something is tried");
    assert_eq!(assert_causal_across(outputs, [&three[0], &three[1], &three[2]], 7), Ok(()));
}

#[test]
fn funding_arbitrage_does_not_know_the_future() {
    // Funding follows the basis of the hour before, as it does at a venue.
    let outputs = |[perpetual, spot]: &[Vec<Bar>; 2]| {
        let mut desk = Desk::new(&[("persistence", "1"), ("entry", "0.1"), ("spot", "long-short")]);
        let mut basis = 0.0;
        let said = perpetual.iter().zip(spot).map(|(perpetual, spot)| {
            let said = desk.hear(basis / 8.0, perpetual.close, spot.close, None);
            basis = (perpetual.close / spot.close - 1.0).clamp(-0.05, 0.05);
            said
        });
        said.collect::<Vec<_>>()
    };
    let mut noise = noise(8);
    let spot: Vec<f64> = (0..900).map(|_| 100.0 * (0.01 * noise()).exp()).collect();
    let perpetual: Vec<f64> = spot.iter().map(|spot| spot * (1.0 + 0.01 * noise())).collect();
    let markets = [bars(&perpetual), bars(&spot)];
    assert!(outputs(&markets).iter().flatten().count() > 10, "something is tried");
    assert_eq!(assert_causal_across(outputs, [&markets[0], &markets[1]], 7), Ok(()));
}
