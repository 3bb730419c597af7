//! Stops, take-profits and trailing stops.

use super::{play, research};
use crate::VenueRules;

const LONG_AT_100: &str = "we #1 buy 1 market
         open 100 101 99 100
         > #1 filled 1 @ 100 taker\n";

fn long_then(script: &str) {
    play(VenueRules::research(), &format!("{LONG_AT_100}{script}"));
}

#[test]
fn a_stop_fills_at_its_trigger() {
    long_then(
        "we #2 sell 1 stop 95 reduce
         close
         bar 100 101 95 100
         > #2 triggered
         > #2 filled 1 @ 95 taker
         books 0 999995",
    );
}

#[test]
fn a_stop_pays_spread_beyond_its_trigger() {
    play(
        research(|rules| rules.half_spread_bps = 20.0),
        "we #1 sell 1 market
         open 100 101 99 100
         > #1 filled 1 @ 99.8 taker
         we #2 buy 1 stop 105 reduce
         close
         bar 100 106 95 100
         > #2 triggered
         > #2 filled 1 @ 105.3 taker",
    );
}

#[test]
fn a_gap_through_the_stop_fills_at_the_open() {
    long_then(
        "we #2 sell 1 stop 95 reduce
         close
         bar 90 101 89 100
         > #2 triggered
         > #2 filled 1 @ 90 taker",
    );
}

#[test]
fn a_stop_sent_after_the_open_sees_the_whole_bar() {
    long_then(
        "wait 30m
         we #2 sell 1 stop 99.5 reduce
         close
         > #2 triggered
         > #2 filled 1 @ 99.5 taker",
    );
}

#[test]
fn a_stop_on_the_wrong_side_of_the_market_fills_no_better_than_the_market() {
    long_then(
        "we #2 sell 1 stop 101 reduce
         close
         > #2 triggered
         > #2 filled 1 @ 100 taker",
    );
}

#[test]
fn a_take_profit_fills_at_its_trigger_and_at_a_better_open() {
    long_then(
        "we #2 sell 0.5 take 105 reduce
         we #3 sell 0.5 take 106 reduce
         close
         bar 100 105 95 100
         > #2 triggered
         > #2 filled 0.5 @ 105 taker
         bar 110 111 109 110
         > #3 triggered
         > #3 filled 0.5 @ 110 taker
         books 0 1000007.5",
    );
}

#[test]
fn when_stop_and_take_profit_lie_in_one_bar_the_stop_is_taken() {
    long_then(
        "we #2 sell 1 take 105 reduce
         we #3 sell 1 stop 90 reduce
         we #4 sell 1 limit 104 reduce
         close
         bar 100 110 90 100
         > #3 triggered
         > #3 filled 1 @ 90 taker
         > #2 canceled: reduce only: the position is closed
         > #4 canceled: reduce only: the position is closed",
    );
}

#[test]
fn a_stop_limit_takes_within_its_limit_or_rests() {
    long_then(
        "we #2 sell 0.5 stop 95 limit 94 reduce
         we #3 sell 0.5 stop 95 limit 96 reduce
         close
         bar 100 101 93 95
         > #2 triggered
         > #2 filled 0.5 @ 95 taker
         > #3 triggered
         bar 95 96 95 95
         bar 95 96.1 95 95
         > #3 filled 0.5 @ 96 maker",
    );
    long_then(
        "we #2 sell 1 stop 95 limit 94 reduce
         close
         open 90 93 89 92
         > #2 triggered
         close
         bar 92 94.5 92 93
         > #2 filled 1 @ 94 maker",
    );
}

#[test]
fn a_limit_right_at_its_trigger_is_not_filled_by_the_touch_alone() {
    // The stop's limit is met all the same: the close of 100 lies beyond it.
    long_then(
        "we #2 sell 0.5 take 105 limit 105 reduce
         we #3 sell 0.5 stop 95 limit 95 reduce
         close
         bar 100 105 95 100
         > #3 triggered
         > #2 triggered
         > #3 filled 0.5 @ 95 maker
         bar 100 105.1 96 100
         > #2 filled 0.5 @ 105 maker",
    );
}

#[test]
fn a_take_profit_limit_is_met_on_the_way_that_woke_it() {
    long_then(
        "we #2 sell 1 take 105 limit 106 reduce
         close
         bar 100 107 99 100
         > #2 triggered
         > #2 filled 1 @ 106 maker",
    );
}

#[test]
fn a_trailing_stop_follows_the_best_price_and_only_tightens() {
    long_then(
        "we #2 sell 1 trail 0.1 reduce
         close
         bar 100 110 99.5 110
         bar 110 120 109 118
         bar 118 119 109 110
         bar 110 112 107 110
         > #2 triggered
         > #2 filled 1 @ 108 taker",
    );
}

#[test]
fn a_trailing_stop_takes_the_worse_way_through_the_bar() {
    // The low comes first where that sets off the old level of 90.9, and last where only the new one of 108 is in reach.
    for (bar, level) in [("bar 100 120 90 118", "90.9"), ("bar 100 120 100 118", "108")] {
        long_then(&format!(
            "we #2 sell 1 trail 0.1 reduce
             close
             {bar}
             > #2 triggered
             > #2 filled 1 @ {level} taker"
        ));
    }
}

#[test]
fn a_trailing_stop_that_arrives_after_the_open_follows_the_close_alone() {
    play(
        VenueRules::research(),
        "we #1 sell 1 market
         open 100 101 70 80
         > #1 filled 1 @ 100 taker
         wait 10m
         we #2 buy 1 trail 0.1 reduce
         close
         bar 80 87.9 80 85
         bar 85 88 85 85
         > #2 triggered
         > #2 filled 1 @ 88 taker",
    );
}

#[test]
fn a_trailing_stop_waits_for_its_activation() {
    long_then(
        "we #2 sell 1 trail 0.1 from 110 reduce
         close
         bar 100 109 80 100
         bar 100 110 99.5 105
         bar 105 106 98 100
         > #2 triggered
         > #2 filled 1 @ 99 taker",
    );
}

#[test]
fn an_entry_stop_and_what_it_hurts_come_before_what_helps() {
    // A buy stop opens at 105; the low is then taken to come after it, and the take-profit to wait.
    play(
        VenueRules::research(),
        "we #1 buy 1 stop 105
         we #2 sell 1 stop 95 reduce
         bar 100 110 94 100
         > #1 triggered
         > #1 filled 1 @ 105 taker
         > #2 triggered
         > #2 filled 1 @ 95 taker
         books 0 999990",
    );
    play(
        VenueRules::research(),
        "we #1 buy 1 limit 98
         we #2 sell 1 take 103 reduce
         bar 100 110 97 102
         > #1 filled 1 @ 98 maker
         bar 102 104 100 102
         > #2 triggered
         > #2 filled 1 @ 103 taker",
    );
}

#[test]
fn the_rest_of_a_woken_stop_goes_on_at_the_next_open() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 1 market
         open 100 101 99 100
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 95 reduce
         close
         bar 100 101 94 95 vol 4
         > #2 triggered
         > #2 filled 0.4 @ 95 taker
         bar 90 101 89 100
         > #2 filled 0.6 @ 90 taker",
    );
}
