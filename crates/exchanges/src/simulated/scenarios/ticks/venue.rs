//! What the venue does of its own: liquidation, funding, faults, and spot's inventory.

use autotrading_domain::{Leverage, Rate, Span};

use super::super::{play, research};
use crate::{FaultRules, MarginRule, VenueRules};

#[test]
fn liquidation_goes_by_mark_before_our_own_stop() {
    let leverage = Leverage::new(5.into()).unwrap();
    play(
        research(|rules| {
            rules.margin = MarginRule::Isolated { leverage };
            rules.liquidation = true;
            rules.liquidation_fee = Rate::basis_points(50);
        }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         we #2 sell 1 stop 81 reduce
         buys 1 @ 100
         > #1 filled 1 @ 100 taker
         mark 81.5
         sells 1 @ 60
         mark 80.3
         > liquidated sell 1 @ 80 taker fee 0.4
         > #2 canceled: the position was liquidated
         why #1 took from the book; venue liquidated by the venue
         books 0 999979.6",
    );
}

#[test]
fn funding_is_paid_on_mark_at_its_time() {
    play(
        research(|rules| rules.default_funding_rate = Some(Rate::basis_points(10))),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         mark 200
         > #1 filled 1 @ 100 taker
         wait 8h
         bid 98 1
         > funding -0.2
         books 1 999999.8",
    );
}

#[test]
fn faults_on_demand_are_the_same_as_with_bars() {
    let faulty = |faults| research(|rules| rules.faults = Some(faults));
    play(
        faulty(FaultRules { duplicate: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         bid 98 1
         > #1 filled 1 @ 100 taker
         > #1 filled 1 @ 100 taker
         books 1 1000000",
    );
    play(
        faulty(FaultRules { late: 1.0, late_by: Span::SECOND.times(2), ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         bid 98 1
         bid 97 1
         wait 2s
         bid 96 1
         > #1 filled 1 @ 100 taker",
    );
    play(
        faulty(FaultRules { timeout: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         we #2 buy 1 market
         bid 98 1
         > #1 timed out
         > #2 timed out
         > #2 filled 1 @ 100 taker
         books 1 1000000",
    );
    play(
        faulty(FaultRules { reject: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         bid 98 1
         > #1 rejected: the venue is overloaded",
    );
    play(
        faulty(FaultRules { disconnect: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         > order 1-1: the connection to the venue is down",
    );
}

#[test]
fn spot_sells_what_is_there_and_no_more() {
    play(
        VenueRules::research(),
        "spot
         ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         we #2 sell 2 market
         we #3 sell 1 limit 101
         we #4 sell 1 limit 102
         bid 98 1
         > #1 filled 1 @ 100 taker
         > #2 rejected: sells 2, but only 1 are there
         > #4 rejected: sells 1, but only 0 are there",
    );
}
