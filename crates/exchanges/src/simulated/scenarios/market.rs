//! Market orders.

use super::{play, research};
use crate::{Latency, VenueRules};
use autotrading_domain::Span;

#[test]
fn a_market_order_meets_the_open_of_the_next_bar() {
    play(
        VenueRules::research(),
        "fees 0.0005 0.0002
         bar 90 95 89 94
         we #1 buy 0.5 market
         bar 100 105 99 104
         > #1 filled 0.5 @ 100 taker fee 0.025
         we #2 sell 0.5 market
         bar 110.1 111 109 110
         > #2 filled 0.5 @ 110.1 taker fee 0.027525
         books 0 1000004.997475",
    );
}

#[test]
fn a_reversal_is_one_fill_of_the_whole_quantity() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 2 market
         bar 104 106 103 105
         > #2 filled 2 @ 104 taker
         books -1 1000004
         we #3 buy 2 market
         bar 105 106 103 105
         > #3 filled 2 @ 105 taker
         books 1 1000003",
    );
}

#[test]
fn a_market_order_that_arrives_after_the_open_meets_the_next_one() {
    let late = Latency { entry: Span::MILLISECOND, response: Span::ZERO };
    play(
        research(|rules| rules.latency = late),
        "we #1 buy 1 market
         bar 100 105 99 104
         bar 103 105 99 104
         > #1 filled 1 @ 103 taker",
    );
    play(
        VenueRules::research(),
        "open 100 105 99 104
         we #1 buy 1 market
         close
         bar 103 105 99 104
         > #1 filled 1 @ 103 taker",
    );
}

#[test]
fn who_takes_pays_spread_and_impact_on_the_tick_against_him() {
    play(
        research(|rules| (rules.half_spread_bps, rules.impact_coefficient) = (5.0, 0.01)),
        "we #1 buy 10 market
         bar 1000 1005 999 1004
         > #1 filled 10 @ 1001.5 taker
         we #2 sell 10 market
         bar 1000 1005 999 1004
         > #2 filled 10 @ 998.5 taker",
    );
}

#[test]
fn the_rest_of_a_market_order_goes_on_at_the_next_opens() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 0.25 market
         bar 100 105 99 104 vol 1
         > #1 filled 0.1 @ 100 taker
         bar 101 105 99 104 vol 0
         bar 102 105 99 104 synthetic
         bar 103 105 99 104 vol 1.2345
         > #1 filled 0.123 @ 103 taker
         bar 104 105 99 104
         > #1 filled 0.027 @ 104 taker
         books 0.25 1000000",
    );
}

#[test]
fn two_orders_share_one_bars_volume() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 0.8 market
         we #2 buy 0.8 market
         we #3 buy 0.8 limit 99
         bar 100 105 98 104 vol 10
         > #1 filled 0.8 @ 100 taker
         > #2 filled 0.2 @ 100 taker
         bar 100 105 98 104 vol 10
         > #2 filled 0.6 @ 100 taker
         > #3 filled 0.4 @ 99 maker",
    );
}

#[test]
fn nothing_fills_on_a_bar_that_was_filled_forward() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         we #2 buy 1 limit 99
         we #3 buy 1 stop 104
         bar 100 105 98 104 synthetic
         bar 103 103 103 103
         > #1 filled 1 @ 103 taker",
    );
}

#[test]
fn immediate_or_cancel_takes_what_there_is_and_fill_or_kill_all_or_nothing() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 0.6 market ioc
         we #2 buy 0.6 market fok
         we #3 buy 0.4 market fok
         we #4 buy 0.1 market ioc
         bar 100 105 99 104 vol 10
         > #1 filled 0.6 @ 100 taker
         > #2 expired: fill or kill: not all of it
         > #3 filled 0.4 @ 100 taker
         > #4 expired: immediate or cancel: no volume left
         we #5 buy 2 market ioc
         bar 100 105 99 104 vol 10
         > #5 filled 1 @ 100 taker
         > #5 expired: immediate or cancel: the rest",
    );
}
