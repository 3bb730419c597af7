//! What a decision says, case by case.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]

use autotrading_domain::{Instrument, InstrumentKind, Money, Side};
use autotrading_sizing::{
    AtrRisk, Bound, Concentration, CorrelationStep, CorrelationThrottle, DrawdownKelly, DrawdownThrottle,
    Edge, Fixed, GrossLeverage, Kelly, Liquidity, Minimum, SizeRequest, Sizer, SizingDecision, SizingRules,
    SizingRulesError, ValueAtRisk,
};

fn instrument() -> Instrument {
    Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap()).unwrap()
}

fn fixed(quantity: f64) -> SizingRules {
    SizingRules { fixed: Some(Fixed { quantity }), ..SizingRules::NONE }
}

fn quantity(sizer: &Sizer, request: &SizeRequest<'_>) -> String {
    sizer.size(request).quantity.get().normalize().to_string()
}

#[test]
fn a_fixed_size_of_one_is_exactly_one() {
    let (instrument, sizer) = (instrument(), Sizer::new(fixed(1.0)).unwrap());
    for side in [Side::Buy, Side::Sell] {
        let request = SizeRequest::new(&instrument, side, 7_123.4, 100_000.0);
        assert_eq!(quantity(&sizer, &request), "1");
    }
}

#[test]
fn from_one_short_to_one_long_there_is_room_for_two() {
    let (instrument, sizer) = (instrument(), Sizer::new(fixed(1.0)).unwrap());
    let mut request = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
    request.holding.signed = (-1).into();
    assert_eq!(quantity(&sizer, &request), "2");
    request.holding.signed = 1.into();
    let full = sizer.size(&request);
    assert!(!full.is_trade());
    assert_eq!(full.bound, Bound::Cap { name: "fixed".into() });
}

#[test]
fn a_tenth_held_leaves_two_tenths_of_three() {
    let (instrument, sizer) = (instrument(), Sizer::new(fixed(0.3)).unwrap());
    let mut request = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
    request.holding.signed = "0.1".parse().unwrap();
    assert_eq!(quantity(&sizer, &request), "0.2");
    request.holding.signed = "0.1004".parse().unwrap(); // adopted from elsewhere, between two lots
    assert_eq!(quantity(&sizer, &request), "0.199");
}

#[test]
fn less_than_the_minimum_is_nothing_and_never_the_minimum() {
    let mut spec = instrument().spec().clone();
    spec.min_quantity = autotrading_domain::Quantity::of("0.01".parse().unwrap());
    spec.min_notional = Money::new(10.into());
    let instrument = Instrument::new(spec).unwrap();
    let bound = |size: f64, mark: f64| {
        let request = SizeRequest::new(&instrument, Side::Buy, mark, 1e6);
        let decision = Sizer::new(fixed(size)).unwrap().size(&request);
        (decision.is_trade(), decision.bound)
    };
    assert_eq!(bound(0.0009, 1e5), (false, Bound::BelowMinimum { minimum: Minimum::Quantity }));
    assert_eq!(bound(0.009, 1e5), (false, Bound::BelowMinimum { minimum: Minimum::Quantity }));
    assert_eq!(bound(0.01, 1e5), (true, Bound::Cap { name: "fixed".into() }));
    assert_eq!(bound(0.09, 100.0), (false, Bound::BelowMinimum { minimum: Minimum::Notional }));
    assert_eq!(bound(0.1, 100.0), (true, Bound::Cap { name: "fixed".into() }));
}

#[test]
fn the_smallest_notional_is_asked_of_what_opens_alone() {
    let mut spec = instrument().spec().clone();
    spec.min_notional = Money::new(100.into());
    let instrument = Instrument::new(spec).unwrap();
    let sizer = Sizer::new(fixed(1.0)).unwrap();
    let mut request = SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6);
    request.holding.signed = (-2).into();
    request.strength = 0.0; // toward flat: the two are bought back
    assert_eq!(quantity(&sizer, &request), "2");
}

#[test]
fn more_than_the_largest_order_is_cut_to_it() {
    let mut spec = instrument().spec().clone();
    spec.max_quantity = autotrading_domain::Quantity::of("2.0005".parse().unwrap());
    let instrument = Instrument::new(spec).unwrap();
    for size in [3.0, 1e30] {
        let request = SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6);
        let decision = Sizer::new(fixed(size)).unwrap().size(&request);
        assert_eq!((decision.quantity.to_string().as_str(), decision.bound), ("2.000", Bound::MaxQuantity));
    }
}

#[test]
fn exactly_the_largest_order_is_bound_by_its_cap_and_a_full_cap_by_itself() {
    let mut spec = instrument().spec().clone();
    spec.max_quantity = autotrading_domain::Quantity::of(2.into());
    let instrument = Instrument::new(spec).unwrap();
    let sizer = Sizer::new(fixed(2.0)).unwrap();
    let mut request = SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6);
    let by_cap = Bound::Cap { name: "fixed".into() };
    assert_eq!(sizer.size(&request).bound, by_cap);
    // The cap leaves no room whatever the multiplier says.
    request.holding.signed = 2.into();
    request.strength = 0.5;
    assert_eq!(sizer.size(&request).bound, by_cap);
    assert_eq!(
        format!("{sizer:?}"),
        r#"Sizer { caps: [CapName("fixed")], multipliers: [CapName("strength"), CapName("life_cycle")] }"#
    );
}

#[test]
fn the_largest_order_counts_from_what_is_held() {
    let mut spec = instrument().spec().clone();
    spec.max_quantity = autotrading_domain::Quantity::of("2.0005".parse().unwrap());
    let instrument = Instrument::new(spec).unwrap();
    let mut request = SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6);
    request.holding.signed = 10.into();
    assert_eq!(quantity(&Sizer::new(fixed(12.0)).unwrap(), &request), "2");
    assert_eq!(quantity(&Sizer::new(fixed(11.0)).unwrap(), &request), "1");
}

#[test]
fn a_step_of_five_thousandths_is_not_one_thousandth() {
    let mut spec = instrument().spec().clone();
    spec.lot_step = "0.005".parse().unwrap();
    let instrument = Instrument::new(spec).unwrap();
    let mut request = SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6);
    request.holding.signed = "0.001".parse().unwrap();
    assert_eq!(quantity(&Sizer::new(fixed(0.01)).unwrap(), &request), "0.005");
}

#[test]
fn a_request_without_mark_or_equity_is_refused_by_the_sizer_itself() {
    let instrument = instrument();
    for (mark, equity) in [(f64::NAN, 1e6), (0.0, 1e6), (10.0, f64::NAN), (10.0, 0.0), (10.0, f64::INFINITY)]
    {
        let decision =
            Sizer::new(fixed(1.0)).unwrap().size(&SizeRequest::new(&instrument, Side::Buy, mark, equity));
        assert!(!decision.is_trade());
        assert!(matches!(decision.bound, Bound::Request { .. }), "{decision}");
    }
}

#[test]
fn half_of_the_capital_is_half_of_the_size() {
    let instrument = instrument();
    let sizer = Sizer::new(SizingRules { leverage: None, ..SizingRules::default() }).unwrap();
    let whole = SizeRequest {
        atr: Some(400.0),
        annual_volatility: Some(0.5),
        edge: Some(Edge { mean: 0.001, variance: 4e-4, n_eff: 500.0, observations: 900 }),
        ..SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0)
    };
    let (whole, half) = (sizer.size(&whole), sizer.size(&SizeRequest { capital_share: 0.5, ..whole }));
    for name in ["atr_risk", "kelly", "concentration", "volatility_target"] {
        let most = |decision: &SizingDecision| decision.cap(name).unwrap().ceiling.quantity().unwrap();
        assert!(most(&half) > 0.0 && (most(&half) * 2.0 - most(&whole)).abs() < 1e-12, "{name}");
    }
}

#[test]
fn a_spot_market_holds_no_shorts() {
    let mut spec = instrument().spec().clone();
    spec.kind = InstrumentKind::Spot;
    spec.funding_interval = None;
    let instrument = Instrument::new(spec).unwrap();
    let sizer = Sizer::new(fixed(1.0)).unwrap();
    let mut request = SizeRequest::new(&instrument, Side::Sell, 10.0, 1e6);
    assert_eq!(quantity(&sizer, &request), "0");
    request.holding.signed = 3.into();
    let sold = sizer.size(&request);
    assert_eq!(sold.quantity.to_string(), "3.000");
    assert_eq!(sold.bound, Bound::Cap { name: "spot".into() });
    request.side = Side::Buy;
    assert_eq!(quantity(&sizer, &SizeRequest { holding: Default::default(), ..request }), "1");
}

#[test]
fn a_multiplier_binds_when_it_leaves_no_more_than_is_held() {
    let instrument = instrument();
    let sizer =
        Sizer::new(SizingRules { drawdown: Some(DrawdownThrottle { limit: 0.125 }), ..fixed(1.0) }).unwrap();
    let mut request = SizeRequest { drawdown: 0.125, ..SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6) };
    assert_eq!(sizer.size(&request).bound, Bound::Multiplier { name: "drawdown".into() });
    request.drawdown = 0.09375;
    let half = sizer.size(&request);
    assert_eq!((half.quantity.to_string().as_str(), half.factor), ("0.500", 0.5));
    assert_eq!(half.bound, Bound::Cap { name: "fixed".into() });
}

#[test]
fn a_decision_survives_the_journal_and_reads_as_a_table() {
    let instrument = instrument();
    let rules = SizingRules {
        atr_risk: Some(AtrRisk::default()),
        concentration: Some(Concentration { share: 1.0 }),
        leverage: Some(GrossLeverage::default()),
        kelly: Some(Default::default()),
        ..SizingRules::NONE
    };
    let request = SizeRequest {
        atr: Some(400.0),
        edge: Some(Edge { mean: 0.01, variance: 1e-4, n_eff: 500.0, observations: 900 }),
        ..SizeRequest::new(&instrument, Side::Sell, 20_000.0, 10_000.0)
    };
    let decision = Sizer::new(rules.clone()).unwrap().size(&request);
    let text = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<SizingDecision>(&text).unwrap(), decision);
    assert_eq!(
        decision.to_string(),
        "\
sell 0.040: from 0 toward 0.04, bound by kelly
  constraint                    ceiling           room
  atr_risk                        0.125          0.125
* kelly                            0.04           0.04  clipped by the regime's cap
  concentration                     0.5            0.5
  leverage                            5              5
  strength                          x 1
  life_cycle                        x 1
"
    );
    let blind = Sizer::new(rules).unwrap().size(&SizeRequest { atr: Some(f64::NAN), ..request });
    let text = serde_json::to_string(&blind).unwrap();
    assert!(serde_json::from_str::<SizingDecision>(&text).is_ok());
    assert!(blind.to_string().contains("ATR is NaN, expected a finite number"));
}

#[test]
fn a_decision_used_again_tells_nothing_of_the_last() {
    let (instrument, sizer) = (instrument(), Sizer::new(SizingRules::default()).unwrap());
    let first = SizeRequest::new(&instrument, Side::Sell, f64::NAN, 1e6);
    let second = SizeRequest { atr: Some(1.0), ..SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6) };
    let mut reused = SizingDecision::default();
    for request in [first, second, first] {
        sizer.size_into(&request, &mut reused);
        let (told, fresh) = (reused.to_string(), sizer.size(&request).to_string());
        assert_eq!(told, fresh);
    }
    let room = (reused.caps.capacity(), reused.multipliers.capacity());
    sizer.size_into(&second, &mut reused);
    assert_eq!((reused.caps.capacity(), reused.multipliers.capacity()), room);
}

#[test]
fn rules_outside_their_range_are_refused_by_name() {
    let refused = |rules: SizingRules| Sizer::new(rules).unwrap_err().to_string();
    assert_eq!(refused(fixed(0.0)), "sizing.fixed.quantity is 0, expected a number above zero");
    assert_eq!(refused(fixed(f64::NAN)), "sizing.fixed.quantity is NaN, expected a number above zero");
    assert!(refused(fixed(f64::INFINITY)).contains("above zero"));
    let betting = |change: fn(&mut Kelly)| {
        let mut kelly = Kelly::default();
        change(&mut kelly);
        SizingRules { kelly: Some(kelly), ..SizingRules::NONE }
    };
    assert!(betting(|_| {}).check().is_ok() && betting(|kelly| kelly.caps.bull.short = 0.0).check().is_ok());
    type Change = fn(&mut Kelly);
    let bad: [(&str, Change); 10] = [
        ("kelly.fraction", |kelly| kelly.fraction = 0.0),
        ("kelly.cap_scale", |kelly| kelly.cap_scale = f64::INFINITY),
        ("kelly.caps.bull", |kelly| kelly.caps.bull.long = -0.1),
        ("kelly.caps.bull", |kelly| kelly.caps.bull.short = f64::NAN),
        ("kelly.caps.bear", |kelly| kelly.caps.bear.long = -0.1),
        ("kelly.caps.bear", |kelly| kelly.caps.bear.short = -0.1),
        ("kelly.caps.sideways", |kelly| kelly.caps.sideways.long = -0.1),
        ("kelly.caps.sideways", |kelly| kelly.caps.sideways.short = -0.1),
        ("kelly.caps.neutral", |kelly| kelly.caps.neutral.long = f64::INFINITY),
        ("kelly.caps.neutral", |kelly| kelly.caps.neutral.short = -0.1),
    ];
    for (field, change) in bad {
        assert!(refused(betting(change)).contains(field), "{field}");
    }
    let greedy = AtrRisk { risk_per_trade: 1.5, multiple: 2.0 };
    assert_eq!(
        refused(SizingRules { atr_risk: Some(greedy), ..SizingRules::NONE }),
        "sizing.atr_risk.risk_per_trade is 1.5, expected above 0 and at most 1"
    );
    let bearing = |floor, probability| SizingRules {
        drawdown_kelly: Some(DrawdownKelly { floor, probability, ..DrawdownKelly::default() }),
        ..SizingRules::NONE
    };
    assert!(bearing(0.5, 0.5).check().is_ok());
    for (floor, probability, field) in [
        (0.0, 0.1, "drawdown_kelly.floor is 0"),
        (1.0, 0.1, "drawdown_kelly.floor is 1"),
        (0.7, 0.0, "drawdown_kelly.probability is 0"),
        (0.7, f64::NAN, "drawdown_kelly.probability is NaN"),
    ] {
        let error = refused(bearing(floor, probability));
        assert!(error.contains(field) && error.ends_with("above 0 and below 1"), "{error}");
    }
    assert!(matches!(Sizer::new(SizingRules::NONE), Err(SizingRulesError::NoCap { .. })));
    assert!(SizingRules::default().check().is_ok());
    let risk = |confidence, limit| SizingRules {
        value_at_risk: Some(ValueAtRisk { confidence, limit }),
        ..SizingRules::NONE
    };
    assert!(refused(risk(0.5, 0.02)).contains("above 0.5 and below 1"));
    assert!(refused(risk(1.0, 0.02)).contains("above 0.5 and below 1"));
    assert!(refused(risk(0.95, 0.0)).contains("value_at_risk.limit is 0"));
    let liquidity = |volume_share, depth_share| SizingRules {
        liquidity: Some(Liquidity { volume_share, depth_share }),
        ..SizingRules::NONE
    };
    assert!(liquidity(Some(0.1), None).check().is_ok() && liquidity(None, Some(0.1)).check().is_ok());
    assert_eq!(refused(liquidity(None, None)), "sizing.liquidity needs volume_share, depth_share or both");
    assert!(refused(liquidity(Some(0.1), Some(2.0))).contains("liquidity.depth_share is 2"));
}

#[test]
fn correlation_steps_must_rise_and_their_factors_fall() {
    let check = |steps: &[(f64, f64)]| {
        let steps = steps.iter().map(|(above, factor)| CorrelationStep { above: *above, factor: *factor });
        let throttle = CorrelationThrottle { steps: steps.collect() };
        SizingRules { correlation: Some(throttle), ..fixed(1.0) }.check()
    };
    assert!(check(&[(0.4, 0.7), (0.6, 0.7)]).is_ok());
    for unsorted in [[(0.4, 0.7), (0.4, 0.5)], [(0.6, 0.7), (0.4, 0.5)], [(0.4, 0.5), (0.6, 0.7)]] {
        assert!(matches!(check(&unsorted), Err(SizingRulesError::Unsorted { .. })), "{unsorted:?}");
    }
    for outside in [(-1.5, 0.5), (-1.0, 0.5), (1.0, 0.5), (0.5, 1.5), (0.5, f64::NAN)] {
        assert!(matches!(check(&[outside]), Err(SizingRulesError::OutOfRange { .. })), "{outside:?}");
    }
}

#[test]
fn without_a_ceiling_nothing_is_opened() {
    let instrument = instrument();
    let request = SizeRequest::new(&instrument, Side::Buy, 10.0, 1e6);
    assert_eq!(Sizer::empty().size(&request).bound, Bound::NoCeiling);
}
