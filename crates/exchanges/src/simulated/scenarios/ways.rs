//! The venue against a slow oracle: no outcome of a bar is better than on either way through it, high first or low
//! first, walked price by price; and without a trailing stop it is the worse of the two.

use autotrading_domain::{Direction, Leverage, Money, Price, Side, unrealized};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{BITCOIN, Stage, bitcoin, research};
use crate::{MarginRule, SimulatedVenue, VenueRules};

/// A position of one unit from the open on, and what protects it; distances in ticks of 0.1 from the open of 1000.
#[derive(Clone, Copy, Debug)]
struct Plan {
    side: Side,
    stop: Option<i64>,
    take: Option<i64>,
    limit: Option<i64>,
    trail: Option<i64>,
    leverage: Option<i64>,
}

const OPEN: i64 = 10_000;

fn plan() -> impl Strategy<Value = Plan> {
    let exits = (prop::option::of(1i64..300), prop::option::of(1i64..300), prop::option::of(1i64..300));
    let rest = (prop::option::of(1i64..30), prop::option::of(40i64..120));
    (any::<bool>(), exits, rest).prop_map(|(buy, (stop, take, limit), (trail, leverage))| Plan {
        side: if buy { Side::Buy } else { Side::Sell },
        stop,
        take,
        limit,
        trail,
        leverage,
    })
}

/// Profit per unit on one way, marked at its end. `up` counts from the open for a long, its mirror image for a short.
fn walked(plan: &Plan, way: &[i64]) -> f64 {
    let sign = plan.side.sign();
    let mut best = 1_000.0f64;
    let margin = plan.leverage.map(|leverage| 1_000.0 / leverage as f64);
    let liquidation = margin.map(|margin| (1_000.0 - sign * margin) / (1.0 - sign * 0.004));
    for leg in way.windows(2) {
        let step = (leg[1] - leg[0]).signum();
        let mut at = leg[0];
        while at != leg[1] {
            at += step;
            let (price, gain) = (at as f64 / 10.0, sign * (at - OPEN) as f64 / 10.0);
            if liquidation.is_some_and(|level| sign * (level - price) >= 0.0) {
                return -margin.unwrap_or(0.0);
            }
            if plan.stop.is_some_and(|stop| gain <= -(stop as f64) / 10.0) {
                return gain;
            }
            let level = |distance: i64| best * (1.0 - sign * distance as f64 / 1_000.0);
            if let Some(level) = plan.trail.map(level)
                && sign * (level - price) >= 0.0
            {
                return sign * (level - 1_000.0);
            }
            if plan.take.is_some_and(|take| gain >= take as f64 / 10.0) {
                return gain;
            }
            if let Some(limit) = plan.limit.map(|limit| limit as f64 / 10.0)
                && gain > limit
            {
                return limit;
            }
            best = if plan.side == Side::Buy { best.max(price) } else { best.min(price) };
        }
    }
    sign * (way[way.len() - 1] - OPEN) as f64 / 10.0
}

fn rules(plan: &Plan) -> VenueRules {
    research(|rules| {
        if let Some(leverage) = plan.leverage {
            rules.margin = MarginRule::Isolated { leverage: Leverage::new(leverage.into()).unwrap() };
            rules.liquidation = true;
        }
    })
}

/// Profit at the venue, marked at the close.
fn traded(plan: &Plan, high: i64, low: i64, close: i64) -> f64 {
    let listed = autotrading_domain::Instruments::new(vec![bitcoin().try_into().unwrap()]);
    let venue = SimulatedVenue::new(&listed, rules(plan), Money::new(10_000.into()), 1).unwrap();
    let mut stage = Stage::new(venue);
    let price = |ticks: i64| format!("{}", Decimal::new(ticks, 1));
    let (long, exit) = (plan.side == Side::Buy, plan.side.opposite());
    let away = |distance: i64| price(if long { OPEN + distance } else { OPEN - distance });
    stage.act(&format!("we #1 {} 1 market", plan.side));
    stage.act(&format!("open {} {} {} {}", price(OPEN), price(high), price(low), price(close)));
    let exits = [
        plan.stop.map(|distance| format!("stop {}", away(-distance))),
        plan.take.map(|distance| format!("take {}", away(distance))),
        plan.limit.map(|distance| format!("limit {}", away(distance))),
        plan.trail.map(|distance| format!("trail {}", Decimal::new(distance, 3))),
    ];
    for (place, exit_terms) in exits.into_iter().enumerate() {
        if let Some(terms) = exit_terms {
            stage.act(&format!("we #{} {exit} 1 {terms} reduce bracket 1", place + 2));
        }
    }
    stage.act("close");
    let account = stage.venue.account();
    let held = account.positions[BITCOIN.index()];
    let mark = Price::new(Decimal::new(close, 1)).unwrap();
    let direction = Direction::built_by(plan.side);
    let open = unrealized(direction, held.quantity(), held.open_cost, mark).unwrap();
    account.realized.plus(open).unwrap().to_f64()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_outcome_of_a_bar_is_that_of_the_worse_way_through_it(
        plan in plan(), close in -250i64..250, up in 0i64..120, down in 0i64..120,
    ) {
        let close = OPEN + close;
        let (high, low) = (OPEN.max(close) + up, OPEN.min(close) - down);
        let venue = traded(&plan, high, low, close);
        let worst = walked(&plan, &[OPEN, high, low, close]).min(walked(&plan, &[OPEN, low, high, close]));
        // A trailing level lies between two ticks; the venue rounds it against us, a bankruptcy price for us.
        prop_assert!(venue <= worst + 0.1 + 1e-9, "venue {} worst {}", venue, worst);
        if plan.trail.is_none() {
            prop_assert!(venue >= worst - 0.1 - 1e-9, "needlessly bad: venue {} worst {}", venue, worst);
        }
    }
}
