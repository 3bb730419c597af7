//! The life of a strategy: luck does not promote it, a bad month does not end it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_strategy::{LifeCycle, LifeCycleError, LifeCycleRules, Sign, Stage, Transition};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Days with a Sharpe ratio a year of `sharpe` and a deviation of 1 %; by the sum of uniforms, or with fat tails.
struct Luck {
    chance: ChaCha8Rng,
    fat: bool,
}

impl Luck {
    fn new(seed: u64) -> Self {
        Self { chance: ChaCha8Rng::seed_from_u64(seed), fat: false }
    }

    /// Standard deviation 1, mean 0.
    fn draw(&mut self) -> f64 {
        let normal = (0..12).map(|_| self.chance.random_range(0.0..1.0f64)).sum::<f64>() - 6.0;
        if !self.fat {
            return normal;
        }
        // One day in ten is three times as wild: kurtosis about 8.
        let wild = self.chance.random_range(0..10) == 0;
        normal * if wild { 3.0 } else { 1.0 } / 1.8f64.sqrt()
    }

    fn day(&mut self, sharpe: f64) -> f64 {
        0.01 * (sharpe / 365.0f64.sqrt() + self.draw())
    }
}

fn live(life: &mut LifeCycle, luck: &mut Luck, days: u32, sharpe: f64) -> Vec<Transition> {
    (0..days).filter_map(|_| life.observe(luck.day(sharpe)).unwrap()).collect()
}

fn life(rules: LifeCycleRules) -> LifeCycle {
    LifeCycle::new(rules).unwrap()
}

/// The share of 200 strategies of this merit that reached a stage within so many days.
fn share_reaching(stage: Stage, sharpe: f64, days: u32, fat: bool, rules: LifeCycleRules) -> f64 {
    let reached = |seed: &u64| {
        let mut luck = Luck { fat, ..Luck::new(*seed) };
        live(&mut life(rules), &mut luck, days, sharpe).iter().any(|moved| moved.to == stage)
    };
    (0..200u64).filter(reached).count() as f64 / 200.0
}

#[test]
fn of_strategies_without_merit_at_most_one_in_ten_is_ever_promoted() {
    for fat in [false, true] {
        let promoted = share_reaching(Stage::Growth, 0.0, 730, fat, LifeCycleRules::default());
        assert!(promoted <= 0.10, "{promoted} within two years of daily looks, fat tails: {fat}");
    }
}

#[test]
fn asked_every_day_a_single_look_would_promote_far_more() {
    let single = LifeCycleRules { anytime: false, ..LifeCycleRules::default() };
    let promoted = share_reaching(Stage::Growth, 0.0, 730, false, single);
    assert!(promoted > 0.15, "{promoted}: this is what the bound is for");
}

#[test]
fn bad_luck_does_not_retire_a_strategy_that_is_good_enough() {
    // At the threshold itself one in ten may go; with a ratio of 2 hardly any.
    let rules = LifeCycleRules::default();
    let at_the_threshold = share_reaching(Stage::Retired, rules.retired, 730, false, rules);
    assert!(at_the_threshold <= 0.10, "{at_the_threshold}");
    let good = share_reaching(Stage::Retired, 2.0, 365, false, rules);
    assert!(good <= 0.02, "{good}");
}

#[test]
fn on_any_one_day_luck_looks_proven_no_more_often_than_the_significance_allows() {
    let single = LifeCycleRules { anytime: false, ..LifeCycleRules::default() };
    let proven = |seed: &u64| {
        let mut life = life(single);
        live(&mut life, &mut Luck::new(*seed), 200, 0.0);
        life.reading().unwrap().proven
    };
    let share = (0..1_000u64).filter(proven).count() as f64 / 1_000.0;
    assert!((share - 0.10).abs() < 0.025, "{share}");
}

#[test]
fn merit_is_found_and_in_time() {
    let rules = LifeCycleRules::default();
    let grown = share_reaching(Stage::Growth, 4.0, 365, false, rules);
    assert!(grown > 0.85, "{grown} of strategies with a ratio of 4 grow within a year");
    let mature = share_reaching(Stage::Mature, 4.0, 550, false, rules);
    assert!(mature > 0.85, "{mature}");
}

#[test]
fn a_life_goes_through_its_stages_in_order() {
    let (mut life, mut luck) = (life(LifeCycleRules::default()), Luck::new(3));
    let up = live(&mut life, &mut luck, 500, 6.0);
    let stages = |moves: &[Transition]| moves.iter().map(|moved| (moved.from, moved.to)).collect::<Vec<_>>();
    assert_eq!(stages(&up), [(Stage::Incubation, Stage::Growth), (Stage::Growth, Stage::Mature)]);
    let down = live(&mut life, &mut luck, 2_500, -4.0);
    assert_eq!(stages(&down), [(Stage::Mature, Stage::Decay), (Stage::Decay, Stage::Retired)]);
    assert_eq!(life.weight(), 0.0);
    assert_eq!(live(&mut life, &mut luck, 500, 10.0), [], "only a person begins it again");
}

#[test]
fn one_bad_month_does_not_demote_the_proven() {
    for seed in 0..30 {
        let (mut life, mut luck) = (life(LifeCycleRules::default()), Luck::new(seed));
        live(&mut life, &mut luck, 700, 4.0);
        assert_eq!(life.stage(), Stage::Mature);
        let moves = live(&mut life, &mut luck, 30, -15.0);
        assert_eq!(moves, [], "seed {seed}");
        assert!(life.reading().unwrap().rolling < 0.5, "it was a bad month indeed");
    }
}

#[test]
fn every_move_names_what_it_rests_on() {
    let rules = LifeCycleRules::default();
    let (mut life, mut luck) = (life(rules), Luck::new(11));
    let mut moves = live(&mut life, &mut luck, 600, 5.0);
    moves.extend(live(&mut life, &mut luck, 3_000, -3.0));
    assert!(moves.len() >= 4);
    for moved in &moves {
        let reading = &moved.reading;
        match moved.sign {
            Sign::Rising | Sign::Steady => assert!(reading.proven && reading.above_zero >= 0.9),
            Sign::Fading => assert!(reading.below_decay > 0.9),
            Sign::Spent => assert!(reading.lost && reading.below_retired > 0.9),
            Sign::Unclear => panic!("nothing moves on an unclear day"),
        }
        let written = serde_json::to_string(moved).unwrap();
        assert_eq!(serde_json::from_str::<Transition>(&written).unwrap(), *moved);
    }
}

#[test]
fn a_bad_day_or_rule_is_refused_and_changes_nothing() {
    let mut life = life(LifeCycleRules::default());
    live(&mut life, &mut Luck::new(1), 100, 1.0);
    let before = life.clone();
    for bad in [f64::NAN, f64::INFINITY, -1.5] {
        assert!(matches!(life.observe(bad), Err(LifeCycleError::Day { .. })));
    }
    assert_eq!(life, before);
    let refused = |rules: LifeCycleRules| LifeCycle::new(rules).unwrap_err().to_string();
    let rules = LifeCycleRules::default();
    assert_eq!(
        refused(LifeCycleRules { decay: 1.2, ..rules }),
        "life cycle: retired 0.5, decay 1.2, growth 1, mature 1.5 must rise"
    );
    assert_eq!(
        refused(LifeCycleRules { significance: f64::NAN, ..rules }),
        "life cycle: significance is NaN, must lie in 0.5..=0.9999"
    );
}

#[test]
fn a_kept_state_that_cannot_be_is_refused() {
    let mut life = life(LifeCycleRules::default());
    live(&mut life, &mut Luck::new(1), 50, 1.0);
    let mut kept = serde_json::to_value(&life).unwrap();
    kept["days"].as_array_mut().unwrap().pop();
    assert!(
        serde_json::from_value::<LifeCycle>(kept).unwrap_err().to_string().contains("number of live days")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_life_that_was_kept_and_read_back_goes_on_as_if_it_had_never_stopped(
        seed in any::<u64>(), stop in 0u32..200, merit in -5.0..5.0f64,
    ) {
        let mut luck = Luck::new(seed);
        let mut life = life(LifeCycleRules::default());
        live(&mut life, &mut luck, stop, merit);
        let written = serde_json::to_string(&life).unwrap();
        let mut again: LifeCycle = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(&again, &life);
        for _ in 0..100 {
            let day = luck.day(merit);
            prop_assert_eq!(again.observe(day).unwrap(), life.observe(day).unwrap());
        }
    }

    #[test]
    fn whatever_the_days_were_the_numbers_are_numbers(
        days in prop::collection::vec(prop_oneof![Just(0.0), Just(0.01), -1.0..1.0f64, Just(1e6)], 60..120),
    ) {
        let mut life = life(LifeCycleRules::default());
        for day in days {
            life.observe(day).unwrap();
            if let Some(reading) = life.reading() {
                for number in [reading.rolling, reading.slope, reading.live, reading.above_zero, reading.below_decay] {
                    prop_assert!(number.is_finite());
                }
            }
            prop_assert!((0.0..=1.0).contains(&life.weight()));
        }
    }
}
