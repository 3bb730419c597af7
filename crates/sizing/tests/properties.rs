//! What a risk manager is told about every decision.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{
    Instrument, Leverage, MarginTier, MarginTiers, Money, Quantity, Rate, RegimeLabel, Side,
};
use autotrading_sizing::{
    AtrRisk, BookRisk, Bound, Cap, CapName, Ceiling, DrawdownKelly, Edge, Kelly, MarginMode, SizeRequest,
    Sizer, SizingDecision, SizingRules,
};
use proptest::prelude::*;
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// A request and everything that it borrows. The traded instrument is the first of the book.
#[derive(Clone, Debug)]
struct Scene {
    instrument: Instrument,
    side: Side,
    mark: f64,
    equity: f64,
    lots: i64,
    leverage: i64,
    cross: bool,
    others: Vec<f64>,
    volatilities: Vec<f64>,
    correlation: f64,
    atr: f64,
    mean: f64,
    regime: RegimeLabel,
    multipliers: [f64; 4],
    volume: f64,
    depth: f64,
    /// Multiplies every volatility of the traded instrument.
    wilder: f64,
}

fn instrument(money: Decimal, price: Decimal) -> Instrument {
    let plain =
        Instrument::linear_perpetual("sim", "BTCUSDT", Decimal::new(1, 2) * price, Decimal::new(1, 3));
    let mut spec = plain.unwrap().spec().clone();
    let tier = |floor: i64, cap: i64, rate: i64, amount: i64, leverage: i64| MarginTier {
        notional_floor: Money::new(Decimal::from(floor) * money),
        notional_cap: Money::new(Decimal::from(cap) * money),
        maintenance_margin_rate: Rate::basis_points(rate),
        maintenance_amount: Money::new(Decimal::from(amount) * money),
        max_leverage: Leverage::new(leverage.into()).unwrap(),
    };
    spec.tiers = MarginTiers::new(vec![
        tier(0, 50_000, 40, 0, 50),
        tier(50_000, 1_000_000, 100, 300, 20),
        tier(1_000_000, 9_000_000, 500, 40_300, 5),
    ])
    .unwrap();
    spec.taker_fee = Rate::basis_points(5);
    spec.min_quantity = Quantity::of(Decimal::new(2, 3));
    spec.min_notional = Money::new(Decimal::from(5) * money);
    Instrument::new(spec).unwrap()
}

impl Scene {
    fn covariance(&self) -> Vec<f64> {
        let sigma: Vec<f64> = self
            .volatilities
            .iter()
            .enumerate()
            .map(|(place, sigma)| if place == 0 { sigma * self.wilder } else { *sigma })
            .collect();
        let entry = |i: usize, j: usize| sigma[i] * sigma[j] * if i == j { 1.0 } else { self.correlation };
        (0..sigma.len() * sigma.len()).map(|k| entry(k / sigma.len(), k % sigma.len())).collect()
    }

    fn signed(&self) -> Decimal {
        Decimal::new(self.lots, 3)
    }

    fn exposures(&self) -> Vec<f64> {
        let own = self.signed().to_f64().unwrap() * self.mark;
        std::iter::once(own).chain(self.others.iter().copied()).collect()
    }

    fn ask<T>(&self, answer: impl FnOnce(SizeRequest<'_>) -> T) -> T {
        let (covariance, exposures) = (self.covariance(), self.exposures());
        let sigma = self.volatilities[0] * self.wilder;
        let mut request = SizeRequest::new(&self.instrument, self.side, self.mark, self.equity);
        let cost = Decimal::from_f64_retain(exposures[0].abs()).unwrap().round_dp(6);
        request.holding.signed = self.signed();
        request.holding.open_cost = Money::new(cost);
        request.holding.isolated_margin = Money::new(cost / Decimal::from(self.leverage));
        request.leverage = Leverage::new(self.leverage.into()).unwrap();
        if self.cross {
            request.margin_mode = MarginMode::Cross {
                wallet: Money::new(Decimal::from_f64_retain(self.equity).unwrap().round_dp(6)),
                other_maintenance: Money::ZERO,
                other_unrealized: Money::ZERO,
            };
        }
        request.gross_notional = exposures.iter().map(|money| money.abs()).sum();
        request.atr = Some(self.atr * self.mark * self.wilder);
        request.volatility = Some(sigma);
        request.annual_volatility = Some(sigma * 19.0);
        let variance = sigma * sigma / 24.0;
        request.edge = Some(Edge { mean: self.mean, variance, n_eff: 700.0, observations: 900 });
        let up_and_down = |k| self.mean + 0.2 * sigma * if k % 2 == 0 { 1.0 } else { -1.0 };
        let outcomes: Vec<f64> = (0..40).map(up_and_down).collect();
        request.outcomes = Some(&outcomes);
        request.regime = self.regime;
        [request.strength, request.capital_share, request.drawdown, request.life_cycle_weight] =
            self.multipliers;
        request.drawdown *= 0.12;
        request.book = Some(BookRisk { exposures: &exposures, covariance: &covariance, own: 0 });
        request.recent_volume = Some(self.volume);
        request.top_depth = Some(self.depth);
        answer(request)
    }

    fn size(&self) -> SizingDecision {
        self.ask(|request| standard().size(&request))
    }
}

fn standard() -> Sizer {
    Sizer::new(SizingRules {
        kelly: Some(Kelly { cap_scale: 20.0, ..Kelly::default() }),
        drawdown_kelly: Some(DrawdownKelly::default()),
        ..SizingRules::default()
    })
    .unwrap()
}

fn scene() -> impl Strategy<Value = Scene> {
    let market = (any::<bool>(), 100i64..9_000_000, 10i64..10_000_000, -20_000i64..20_000, any::<bool>());
    let account = (1i64..50, any::<bool>(), prop::collection::vec(-1.0_f64..1.0, 0..4), -0.3_f64..0.95);
    let moves = (prop::collection::vec(0.002_f64..0.08, 5), 0.0005_f64..0.05, 1e-5_f64..5e-3);
    let rest = (0usize..4, prop::array::uniform4(0.0_f64..=1.0), 0.01_f64..1e5, 0.01_f64..1e4);
    (market, account, moves, rest).prop_map(
        |(
            (buy, cents, equity, lots, flat),
            (leverage, cross, others, correlation),
            (mut sigma, atr, mean),
            rest,
        )| {
            sigma.truncate(others.len() + 1);
            let (regime, multipliers, volume, depth) = rest;
            let equity = equity as f64;
            Scene {
                instrument: instrument(Decimal::ONE, Decimal::ONE),
                side: if buy { Side::Buy } else { Side::Sell },
                mark: cents as f64 / 100.0,
                equity,
                lots: if flat { 0 } else { lots },
                leverage,
                cross,
                others: others.iter().map(|share| share * equity).collect(),
                volatilities: sigma,
                // A common correlation must not be so negative that no such returns exist.
                correlation: correlation.max(-0.9 / (others.len().max(1) as f64)),
                atr,
                mean,
                regime: RegimeLabel::ALL[regime],
                multipliers,
                volume,
                depth,
                wilder: 1.0,
            }
        },
    )
}

/// What would be held in the direction of the trade afterwards.
fn resulting(scene: &Scene, decision: &SizingDecision) -> f64 {
    let held = if scene.side == Side::Buy { scene.signed() } else { -scene.signed() };
    (held + decision.quantity.get()).to_f64().unwrap()
}

/// A ceiling from a test.
struct Lid(f64);

impl Cap for Lid {
    fn name(&self) -> CapName {
        "lid".into()
    }
    fn ceiling(&self, _: &SizeRequest<'_>) -> Ceiling {
        Ceiling::at(self.0)
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) + 1e-12
}

proptest! {
    #[test]
    fn no_decision_exceeds_any_cap(scene in scene()) {
        let decision = scene.size();
        if decision.is_trade() {
            for reading in &decision.caps {
                let most = reading.ceiling.quantity().unwrap_or(f64::INFINITY);
                prop_assert!(resulting(&scene, &decision) <= most, "{}\n{}", reading.name, decision);
            }
        }
    }

    #[test]
    fn adding_a_cap_never_increases(scene in scene(), lid in -30.0_f64..30.0) {
        let without = scene.size();
        let with = scene.ask(|request| standard().with_cap(Lid(lid)).size(&request));
        prop_assert!(with.quantity <= without.quantity && with.unrounded <= without.unrounded);
        for rule in 0..7 {
            let mut fewer = SizingRules { atr_risk: Some(AtrRisk::default()), ..SizingRules::default() };
            match rule {
                0 => fewer.kelly = None,
                1 => fewer.value_at_risk = None,
                2 => fewer.liquidation_distance = None,
                3 => fewer.concentration = None,
                4 => fewer.leverage = None,
                5 => fewer.liquidity = None,
                _ => fewer.volatility_target = None,
            }
            let all = scene.ask(|request| Sizer::new(SizingRules::default()).unwrap().size(&request));
            let fewer = scene.ask(|request| Sizer::new(fewer).unwrap().size(&request));
            prop_assert!(all.quantity <= fewer.quantity);
        }
    }

    #[test]
    fn zero_room_anywhere_gives_zero(scene in scene()) {
        let decision = scene.size();
        let full = |reading: &autotrading_sizing::CapReading| reading.room(decision.held) == Some(0.0);
        if decision.caps.iter().any(full) {
            prop_assert!(!decision.is_trade(), "{}", decision);
        }
        let shut = scene.ask(|request| standard().with_cap(Lid(request.held())).size(&request));
        prop_assert!(!shut.is_trade());
    }

    #[test]
    fn the_quantity_is_never_rounded_up_and_is_a_multiple_of_the_step(scene in scene()) {
        let decision = scene.size();
        prop_assert!(scene.instrument.lot_of(decision.quantity).is_ok());
        prop_assert!(resulting(&scene, &decision) <= decision.target || !decision.is_trade());
        let spec = scene.instrument.spec();
        if decision.is_trade() {
            prop_assert!(decision.quantity >= spec.min_quantity);
            let lost = decision.unrounded - decision.quantity.to_f64();
            prop_assert!(lost < 0.001 + 1e-9, "{} lost of {}", lost, decision);
        } else {
            let notional = decision.unrounded * scene.mark;
            let below = decision.unrounded < 0.002 + 1e-9 || notional < 5.0 + 0.001 * scene.mark;
            prop_assert!(below, "{}", decision);
        }
    }

    #[test]
    fn more_volatility_of_this_instrument_never_gives_more_of_it(scene in scene(), wilder in 1.0_f64..20.0) {
        let flat = Scene { lots: 0, ..scene };
        let (calm, wild) = (flat.size(), Scene { wilder, ..flat.clone() }.size());
        prop_assert!(wild.quantity <= calm.quantity, "{}\n{}", calm, wild);
        for (before, after) in calm.caps.iter().zip(&wild.caps) {
            let most = |ceiling: &Ceiling| ceiling.quantity().unwrap_or(f64::INFINITY);
            prop_assert!(most(&after.ceiling) <= most(&before.ceiling) * (1.0 + 1e-9), "{}", before.name);
        }
    }

    #[test]
    fn money_times_ten_is_quantity_times_ten(scene in scene()) {
        let mut rich = Scene { instrument: instrument(Decimal::TEN, Decimal::ONE), ..scene.clone() };
        rich.equity *= 10.0;
        rich.lots *= 10;
        rich.others.iter_mut().for_each(|money| *money *= 10.0);
        rich.volume *= 10.0;
        rich.depth *= 10.0;
        let (one, ten) = (scene.size(), rich.size());
        prop_assert!(close(one.unrounded * 10.0, ten.unrounded), "{}\n{}", one, ten);
    }

    #[test]
    fn counted_in_another_money_the_quantity_is_the_same(scene in scene()) {
        let mut dear = Scene { instrument: instrument(Decimal::TEN, Decimal::TEN), ..scene.clone() };
        dear.mark *= 10.0;
        dear.equity *= 10.0;
        dear.others.iter_mut().for_each(|money| *money *= 10.0);
        let (one, ten) = (scene.size(), dear.size());
        prop_assert!(close(one.unrounded, ten.unrounded), "{}\n{}", one, ten);
    }

    #[test]
    fn a_hedge_is_not_punished(scene in scene(), money in 1.0_f64..1e6) {
        let hedge = if scene.side == Side::Buy { -money } else { money };
        let with = |other: f64, correlation: f64| {
            let mut scene = Scene { others: vec![other], correlation, ..scene.clone() };
            scene.volatilities.resize(2, 0.01);
            scene.size()
        };
        prop_assert_eq!(with(hedge, 0.9).multiplier("correlation").unwrap().factor, 1.0);
        prop_assert_eq!(with(-hedge, 0.9).multiplier("correlation").unwrap().factor, 0.3);
        let room = |decision: SizingDecision| decision.cap("value_at_risk").unwrap().room(decision.held).unwrap();
        let flat = |other| { let mut s = Scene { lots: 0, others: vec![other], correlation: 0.9, ..scene.clone() };
            s.volatilities.resize(2, 0.01); s.size() };
        prop_assert!(room(flat(hedge)) >= room(flat(-hedge)));
    }

    #[test]
    fn missing_or_not_a_number_opens_nothing(scene in scene(), bad in prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0])) {
        let poisons: Vec<fn(&mut SizeRequest<'_>, f64)> = vec![
            |r, x| r.mark = x,
            |r, x| r.equity = x,
            |r, x| r.gross_notional = if x < 0.0 { f64::NAN } else { x },
            |r, x| r.atr = Some(x),
            |r, _| r.atr = None,
            |r, x| r.annual_volatility = Some(x),
            |r, _| r.annual_volatility = None,
            |r, x| r.edge = r.edge.map(|edge| Edge { mean: x, ..edge }),
            |r, x| r.edge = r.edge.map(|edge| Edge { variance: if x == f64::INFINITY { f64::NAN } else { x }, ..edge }),
            |r, x| r.edge = r.edge.map(|edge| Edge { n_eff: x, ..edge }),
            |r, _| r.edge = None,
            |r, x| r.outcomes = Some(if x.is_nan() { &[f64::NAN; 40] } else { &[f64::INFINITY; 40] }),
            |r, _| r.outcomes = None,
            |r, x| r.strength = x,
            |r, x| r.capital_share = x,
            |r, x| r.drawdown = x,
            |r, x| r.life_cycle_weight = x,
            |r, x| r.recent_volume = Some(x),
            |r, _| r.recent_volume = None,
            |r, x| r.top_depth = Some(x),
            |r, _| r.top_depth = None,
            |r, _| r.book = Some(BookRisk { exposures: &[f64::NAN], covariance: &[1e-4], own: 0 }),
            |r, _| r.book = Some(BookRisk { exposures: &[1.0], covariance: &[f64::NAN], own: 0 }),
            |r, _| r.book = Some(BookRisk { exposures: &[1.0], covariance: &[], own: 0 }),
            |r, x| (r.book, r.volatility) = (None, Some(x)),
            |r, _| (r.book, r.volatility) = (None, None),
        ];
        for (place, poison) in poisons.into_iter().enumerate() {
            let decision = scene.ask(|mut request| { poison(&mut request, bad); standard().size(&request) });
            let opens = decision.is_trade() && resulting(&scene, &decision) > 0.0;
            prop_assert!(!opens, "poison {} of {} opened\n{}", place, bad, decision);
        }
    }

    #[test]
    fn no_input_makes_it_panic_or_answer_with_nan(
        numbers in prop::array::uniform16(prop::num::f64::ANY), lots in any::<i64>(), places in 0u32..10,
        covariance in prop::collection::vec(prop::num::f64::ANY, 0..10), own in 0usize..4, observations in 0u64..100, buy in any::<bool>(),
    ) {
        let instrument = instrument(Decimal::ONE, Decimal::ONE);
        let [mark, equity, gross, atr, volatility, annual, mean, variance, n_eff, strength, share, drawdown, life, volume, depth, other] = numbers;
        let side = if buy { Side::Buy } else { Side::Sell };
        let exposures = [other, mean, gross];
        let outcomes: Vec<f64> = numbers.iter().copied().cycle().take(own * 16).collect();
        let mut request = SizeRequest {
            gross_notional: gross, atr: Some(atr), volatility: Some(volatility), annual_volatility: Some(annual),
            edge: Some(Edge { mean, variance, n_eff, observations }), outcomes: (own > 0).then_some(&outcomes), strength, capital_share: share, drawdown,
            life_cycle_weight: life, recent_volume: Some(volume), top_depth: Some(depth),
            book: Some(BookRisk { exposures: &exposures, covariance: &covariance, own }),
            ..SizeRequest::new(&instrument, side, mark, equity)
        };
        request.holding.signed = Decimal::new(lots, places);
        let decision = standard().size(&request);
        let told = serde_json::to_string(&decision).unwrap();
        let read: SizingDecision = serde_json::from_str(&told).unwrap();
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), told); // NaN is not equal to itself
        prop_assert!(decision.target.is_finite() && decision.unrounded.is_finite() && !decision.to_string().is_empty());
        prop_assert!(instrument.lot_of(decision.quantity).is_ok());
    }

    #[test]
    fn a_full_drawdown_or_no_strength_only_closes(scene in scene(), place in 0usize..3) {
        let mut scene = scene;
        scene.multipliers[[0, 2, 3][place]] = if place == 1 { 1.0 } else { 0.0 };
        let decision = scene.size();
        prop_assert!(!decision.is_trade() || resulting(&scene, &decision) <= 0.0);
    }
}

#[test]
fn the_scenes_trade_and_different_rules_bind() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let (mut runner, mut trades, mut binding) =
        (TestRunner::deterministic(), 0, std::collections::BTreeSet::new());
    for _ in 0..2_000 {
        let decision = scene().new_tree(&mut runner).unwrap().current().size();
        if let (true, Bound::Cap { name }) = (decision.is_trade(), decision.bound) {
            trades += 1;
            binding.insert(name.as_str().to_owned());
        }
    }
    assert!(trades > 300, "{trades}");
    assert!(binding.len() >= 7, "{binding:?}");
}
