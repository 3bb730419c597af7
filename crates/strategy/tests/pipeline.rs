//! From opinions to one consensus per instrument.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_domain::*;
use autotrading_strategy::{Admission, Consensus, HeldBack, Pipeline, PipelineSettings, SignalFault};
use proptest::prelude::*;

const COIN: InstrumentId = InstrumentId(1);

fn hour(count: i64) -> Timestamp {
    Timestamp::EPOCH.after(Span::HOUR.times(count))
}

fn signal(strategy: u16, at: Timestamp, direction: Direction, strength: f64, confidence: f64) -> Signal {
    Signal {
        strategy: StrategyId(strategy),
        instrument: COIN,
        at,
        direction,
        strength,
        confidence,
        stop_distance: Some(10.0 + f64::from(strategy)),
        target_distance: None,
        horizon: None,
        reason: "test".into(),
        leg: None,
    }
}

fn pipeline(settings: PipelineSettings) -> Pipeline {
    Pipeline::new(settings, 3, 2)
}

/// What opinions `(direction, strength, confidence)` of the strategies 0, 1, 2 add up to.
fn together(opinions: &[(Direction, f64, f64)], weights: &[f64]) -> Consensus {
    let mut pipeline = pipeline(PipelineSettings::UNLIMITED);
    for (strategy, (direction, strength, confidence)) in (0..).zip(opinions) {
        let signal = signal(strategy, hour(0), *direction, *strength, *confidence);
        assert_eq!(pipeline.admit(&signal, hour(0), true), Ok(Admission::New));
    }
    pipeline.consensus(COIN, hour(0), weights)
}

#[test]
fn one_opinion_alone_keeps_its_weight_times_its_strength() {
    let alone = together(&[(Direction::Long, 0.8, 0.7)], &[0.5, 0.3, 0.2]);
    assert_eq!(alone.direction, Direction::Long);
    assert!((alone.strength - 0.4).abs() < 1e-12);
    assert!((alone.confidence - 0.7).abs() < 1e-12);
    assert_eq!((alone.lead, alone.stop_distance), (Some(StrategyId(0)), Some(10.0)));
}

#[test]
fn agreement_raises_confidence_and_dissent_nets_out() {
    let (long, short) = ((Direction::Long, 1.0, 0.6), (Direction::Short, 1.0, 0.6));
    let agreed = together(&[long, long], &[0.5, 0.5]);
    assert!((agreed.strength - 1.0).abs() < 1e-12);
    assert!((agreed.confidence - 0.8).abs() < 1e-12, "two equal voices halve the doubt");
    let disputed = together(&[long, short], &[0.6, 0.4]);
    assert_eq!(disputed.direction, Direction::Long);
    assert!((disputed.strength - 0.2).abs() < 1e-12);
    assert!(disputed.confidence < 0.6);
    assert_eq!(together(&[long, short], &[0.5, 0.5]).direction, Direction::Flat);
}

#[test]
fn the_surer_opinion_wins_at_equal_weight_and_leads() {
    let consensus = together(&[(Direction::Long, 1.0, 0.3), (Direction::Short, 1.0, 0.9)], &[0.5, 0.5]);
    assert_eq!((consensus.direction, consensus.lead), (Direction::Short, Some(StrategyId(1))));
    assert_eq!(consensus.stop_distance, Some(11.0));
}

#[test]
fn a_consensus_names_the_opinions_behind_it() {
    let mut pipeline = pipeline(PipelineSettings::UNLIMITED);
    pipeline.admit(&signal(0, hour(0), Direction::Long, 0.5, 0.9), hour(0), true).unwrap();
    pipeline.admit(&signal(2, hour(1), Direction::Short, 0.2, 0.8), hour(1), true).unwrap();
    pipeline.consensus(COIN, hour(1), &[0.7, 0.2, 0.1]);
    let behind: Vec<_> = pipeline.ancestry().iter().map(|a| (a.strategy.0, a.at, a.weight, a.lean)).collect();
    assert_eq!(behind, [(0, hour(0), 0.7, 0.5), (2, hour(1), 0.1, -0.2)]);
    assert_eq!(pipeline.consensus(InstrumentId(0), hour(1), &[0.7, 0.2, 0.1]), Consensus::default());
    assert!(pipeline.ancestry().is_empty());
}

#[test]
fn faulty_signals_are_refused_and_change_nothing() {
    let mut pipeline = pipeline(PipelineSettings::default());
    let good = signal(0, hour(5), Direction::Long, 1.0, 1.0);
    assert_eq!(pipeline.admit(&good, hour(5), true), Ok(Admission::New));
    assert_eq!(pipeline.admit(&good, hour(5), true), Ok(Admission::Repeated));
    let refuse = |pipeline: &mut Pipeline, signal: &Signal, tradable| {
        pipeline.admit(signal, hour(5), tradable).unwrap_err()
    };
    let bad = Signal { strength: f64::NAN, ..good.clone() };
    assert!(matches!(refuse(&mut pipeline, &bad, true), SignalFault::Value { .. }));
    let old = Signal { at: hour(4), ..good.clone() };
    assert!(matches!(refuse(&mut pipeline, &old, true), SignalFault::Age { age: Span::HOUR, .. }));
    let early = Signal { at: hour(6), ..good.clone() };
    assert!(matches!(refuse(&mut pipeline, &early, true), SignalFault::Age { .. }));
    let foreign = Signal { strategy: StrategyId(3), instrument: InstrumentId(0), ..good.clone() };
    assert!(matches!(refuse(&mut pipeline, &foreign, true), SignalFault::Unknown { .. }));
    let elsewhere = Signal { instrument: InstrumentId(2), ..good.clone() };
    assert!(matches!(refuse(&mut pipeline, &elsewhere, true), SignalFault::Unknown { .. }));
    assert!(matches!(refuse(&mut pipeline, &good, false), SignalFault::NotTradable { .. }));
    assert_eq!(pipeline.standing(StrategyId(0), COIN), Some(&good));
    let back = Signal { direction: Direction::Flat, strength: 0.0, ..good };
    assert_eq!(pipeline.admit(&back, hour(5), false), Ok(Admission::New), "taking back is always possible");
}

#[test]
fn an_opinion_ends_with_its_horizon() {
    let mut pipeline = pipeline(PipelineSettings::UNLIMITED);
    let brief = Signal { horizon: Some(Span::HOUR), ..signal(0, hour(0), Direction::Long, 1.0, 1.0) };
    pipeline.admit(&brief, hour(0), true).unwrap();
    assert_eq!(pipeline.consensus(COIN, hour(0), &[1.0]).direction, Direction::Long);
    assert_eq!(pipeline.consensus(COIN, hour(1), &[1.0]).direction, Direction::Flat);
}

#[test]
fn an_opinion_with_several_legs_counts_with_all_of_them_or_not_at_all() {
    let mut pipeline = pipeline(PipelineSettings::UNLIMITED);
    let other = InstrumentId(0);
    let leg = |place, opinion| Some(Leg { opinion, place, of: 2, ratio: 1.0 });
    let long = Signal { leg: leg(0, 7), ..signal(1, hour(0), Direction::Long, 1.0, 0.9) };
    let short =
        Signal { instrument: other, leg: leg(1, 7), ..signal(1, hour(0), Direction::Short, 0.8, 0.9) };
    let followed = |pipeline: &mut Pipeline| {
        [COIN, other].map(|id| pipeline.consensus(id, hour(0), &[0.0, 0.5, 0.0]).direction)
    };
    pipeline.admit(&long, hour(0), true).unwrap();
    assert_eq!(followed(&mut pipeline), [Direction::Flat; 2], "one leg is not the opinion");
    assert!(pipeline.admit(&short, hour(0), false).is_err(), "that market is closed");
    assert_eq!(followed(&mut pipeline), [Direction::Flat; 2]);
    pipeline.admit(&short, hour(0), true).unwrap();
    assert_eq!(followed(&mut pipeline), [Direction::Long, Direction::Short]);
    pipeline.consensus(COIN, hour(0), &[0.0, 0.5, 0.0]);
    assert_eq!(pipeline.ancestry()[0].leg, long.leg, "the order can name the opinion that it is a part of");

    let next = Signal { leg: leg(0, 8), ..long };
    assert_eq!(pipeline.admit(&next, hour(0), true), Ok(Admission::New), "another opinion is news");
    assert_eq!(followed(&mut pipeline), [Direction::Flat; 2], "its second leg has not come yet");
    pipeline.admit(&Signal { leg: leg(1, 8), ..short }, hour(0), true).unwrap();
    assert_eq!(followed(&mut pipeline), [Direction::Long, Direction::Short]);
}

/// Says one direction an hour and tells what is followed.
fn course(settings: PipelineSettings, wanted: &str) -> String {
    let mut pipeline = pipeline(PipelineSettings { max_age: Span::DAY, ..settings });
    let follow = |(at, word): (usize, char)| {
        let direction = match word {
            'L' => Direction::Long,
            'S' => Direction::Short,
            _ => Direction::Flat,
        };
        let now = hour(at as i64);
        pipeline.admit(&signal(0, now, direction, 1.0, 1.0), now, true).unwrap();
        let consensus = pipeline.consensus(COIN, now, &[1.0]);
        match (consensus.direction, consensus.held_back) {
            (Direction::Long, _) => 'L',
            (Direction::Short, _) => 'S',
            (Direction::Flat, Some(HeldBack::MinimumHolding)) => 'm',
            (Direction::Flat, Some(HeldBack::Cooldown)) => 'c',
            (Direction::Flat, None) => '.',
        }
    };
    wanted.chars().enumerate().map(follow).collect()
}

#[test]
fn a_direction_is_not_turned_before_it_has_stood_its_time() {
    let settings =
        PipelineSettings { min_holding: Span::HOUR.times(4), cooldown: Span::ZERO, ..Default::default() };
    assert_eq!(course(settings, "LLSSSSS"), "LLmmSSS");
    assert_eq!(course(settings, "LLLLS"), "LLLLS");
    assert_eq!(course(settings, "LL.LL"), "LL.LL", "coming back is not turning");
}

#[test]
fn after_leaving_there_is_a_pause() {
    let settings =
        PipelineSettings { min_holding: Span::ZERO, cooldown: Span::HOUR.times(3), ..Default::default() };
    assert_eq!(course(settings, "L.LLLL"), "L.ccLL");
    assert_eq!(course(settings, "LSSS"), "LSSS", "a turn is not a pause");
    assert_eq!(course(PipelineSettings::UNLIMITED, "L.LSL.S"), "L.LSL.S");
}

proptest! {
    #[test]
    fn a_consensus_is_never_stronger_than_its_weights_and_always_in_range(
        opinions in prop::collection::vec((0..3, 0.0..=1.0f64, 0.0..=1.0f64), 3),
        raw in prop::array::uniform3(0.001..1.0f64),
    ) {
        let all: f64 = raw.iter().sum::<f64>() * 1.25;
        let weights = raw.map(|weight| weight / all);
        let direction = |n| [Direction::Long, Direction::Short, Direction::Flat][n as usize];
        let opinions: Vec<_> = opinions.iter().map(|(n, s, c)| (direction(*n), *s, *c)).collect();
        let consensus = together(&opinions, &weights);
        let spoken: f64 = opinions.iter().zip(weights).map(|((d, s, _), w)| d.sign().abs() * s * w).sum();
        prop_assert!(consensus.strength <= spoken + 1e-12 && consensus.strength >= 0.0);
        prop_assert!((0.0..=1.0).contains(&consensus.confidence));
        prop_assert!((0.0..=1.0 + 1e-12).contains(&consensus.agreement));
        prop_assert_eq!(consensus.direction == Direction::Flat, consensus.lead.is_none());
    }

    #[test]
    fn the_opposite_opinions_give_the_opposite_consensus(
        opinions in prop::collection::vec((any::<bool>(), 0.0..=1.0f64, 0.0..=1.0f64), 3),
    ) {
        let taken = |flip: bool| {
            let direction = |up: bool| if up == flip { Direction::Short } else { Direction::Long };
            let opinions: Vec<_> = opinions.iter().map(|(up, s, c)| (direction(*up), *s, *c)).collect();
            together(&opinions, &[0.2, 0.3, 0.5])
        };
        let (one, other) = (taken(false), taken(true));
        prop_assert_eq!(one.direction.sign(), -other.direction.sign());
        prop_assert_eq!(one.strength, other.strength);
        prop_assert_eq!(one.confidence, other.confidence);
    }
}
