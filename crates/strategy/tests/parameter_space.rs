//! One declaration of the settings serves configuration, command line and sweeps.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_strategy::{ParameterError, ParameterSpace, Parameters, catalogue, listing};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn space(name: &str) -> ParameterSpace {
    listing(name).unwrap().space()
}

fn words(said: &Parameters) -> String {
    said.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_grid_goes_through_all_legal_combinations_in_order() {
    let space = space("trend-following");
    let axes = ["fast=10..30:10", "slow=20,40", "entry=0.5..1:0.25"];
    let grid = space.grid_over(axes.iter().map(|text| space.axis_of(text).unwrap()).collect()).unwrap();
    assert_eq!(grid.count(), 18);
    let all: Vec<String> = grid.iter().map(|said| words(&said)).collect();
    assert_eq!(all.len(), 12, "20/20 and 30/20 are left out, three times each");
    assert_eq!(
        all[..2],
        ["entry=0.5 fast=10 slow=20", "entry=0.75 fast=10 slow=20"],
        "the last axis turns fastest"
    );
    assert_eq!(all[11], "entry=1 fast=30 slow=40");
    assert_eq!((grid.nth(18), grid.nth(u128::MAX)), (None, None));
    // Shards of a sweep go by number and meet nowhere.
    let shards = (0..3).flat_map(|shard| (shard..18).step_by(3)).filter_map(|number| grid.nth(number));
    assert_eq!(shards.count(), 12);
}

#[test]
fn the_whole_space_of_every_strategy_is_counted_without_being_stored() {
    for listing in catalogue() {
        let grid = listing.space().grid();
        assert_eq!(grid.axes().len(), listing.parameters.len());
        let product: u128 = listing.parameters.iter().map(|p| p.sweep().len() as u128).product();
        assert_eq!(grid.count(), product, "{}", listing.name);
        assert!(grid.count() > 1_000, "{}", listing.name);
        for (axis, parameter) in grid.axes().iter().zip(listing.parameters) {
            assert_eq!(axis.name(), parameter.name);
            assert!(axis.values().len() > 1, "{} of {}", parameter.name, listing.name);
        }
        assert!(listing.rising.iter().all(|(low, high)| {
            [low, high].iter().all(|name| listing.parameters.iter().any(|p| p.name == **name))
        }));
    }
}

#[test]
fn a_sample_is_legal_spread_out_and_the_same_for_the_same_seed() {
    for listing in catalogue() {
        let draw = |seed| {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            (0..20).map(|_| listing.space().sample(&mut chance).unwrap()).collect::<Vec<_>>()
        };
        let drawn = draw(5);
        assert!(drawn.iter().all(|said| listing.settings(said).is_ok()), "{}", listing.name);
        assert!(drawn.windows(2).all(|pair| pair[0] != pair[1]), "{}", listing.name);
        assert_eq!(drawn, draw(5));
        assert_ne!(drawn, draw(6));
    }
}

#[test]
fn illegal_combinations_are_refused_wherever_they_come_from() {
    let crossed = Parameters::new().with("fast", 50.into()).with("slow", 50.into());
    for name in ["sma-cross", "trend-following"] {
        assert!(matches!(space(name).check(&crossed), Err(ParameterError::Order { low: 50, high: 50, .. })));
    }
    let upside_down = Parameters::new().with("entry", 4.5.into());
    let refused = space("pairs-trading").check(&upside_down).unwrap_err().to_string();
    assert_eq!(refused, "pairs-trading with entry 4.5 and stop 4: entry must be below stop");
}

#[test]
fn an_axis_that_cannot_be_is_refused_with_what_was_said() {
    let space = space("sma-cross");
    let refused = |text: &str| space.axis_of(text).unwrap_err().to_string();
    assert_eq!(refused("fats"), "sma-cross has no parameter fats; did you mean fast?");
    assert_eq!(
        refused("fast=0..10:5"),
        "parameter fast of sma-cross is 0: must be a whole number in 1..=10000"
    );
    assert_eq!(
        refused("fast=1..2:0.5"),
        "parameter fast of sma-cross is 1.5: must be a whole number in 1..=10000"
    );
    for bad in ["fast=10..5:1", "fast=1..10:0", "fast=1..10", "fast=a..b:c", "fast=1..inf:1"] {
        assert!(refused(bad).starts_with("axis fast="), "{bad}: {}", refused(bad));
    }
    let twice = vec![space.axis("fast").unwrap(), space.axis_of("fast=5").unwrap()];
    assert!(matches!(space.grid_over(twice), Err(ParameterError::Axis { .. })));
    assert!(matches!(
        space.grid_over(vec![space.axis_with("fast", &[]).unwrap()]),
        Err(ParameterError::Axis { .. })
    ));
}
