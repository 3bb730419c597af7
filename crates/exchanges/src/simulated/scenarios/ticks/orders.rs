//! Times in force, stops, and orders that reduce.

use super::super::play;
use crate::VenueRules;

#[test]
fn times_in_force_end_an_order_as_they_say() {
    play(
        VenueRules::research(),
        "ticks
         book 99x1 | 101x3 102x4
         we #1 buy 4 limit 101 ioc
         we #2 buy 9 limit 102 fok
         we #3 buy 1 limit 101 gtx
         we #4 buy 1 limit 100 ioc
         we #5 buy 4 limit 102 fok
         we #6 buy 1 limit 100 gtd 1m
         buys 0.1 @ 101
         > #1 filled 3 @ 101 taker
         > #1 expired: immediate or cancel: the rest
         > #2 expired: fill or kill: not all of it
         > #3 rejected: post only: it would take
         > #4 expired: nothing to take at its price
         > #5 filled 4 @ 102 taker
         wait 1m
         bid 98 1
         > #6 expired: its time is up",
    );
}

#[test]
fn a_limit_takes_what_it_may_and_rests_with_the_rest() {
    play(
        VenueRules::research(),
        "ticks
         book 99x1 | 101x3 102x4
         we #1 buy 5 limit 101
         ask 101 0
         > #1 filled 3 @ 101 taker
         sells 1 @ 101
         > #1 filled 1 @ 101 maker",
    );
}

#[test]
fn stops_and_take_profits_go_by_the_price_that_they_name() {
    play(
        VenueRules::research(),
        "ticks
         book 99x9 | 101x9
         buys 1 @ 101
         we #1 buy 2 market
         we #2 sell 1 stop 98 last reduce
         we #3 sell 1 take 103 reduce
         bid 98 1
         > #1 filled 2 @ 101 taker
         mark 97
         sells 1 @ 99
         mark 103
         > #3 triggered
         > #3 filled 1 @ 99 taker
         sells 1 @ 98
         > #2 triggered
         > #2 filled 1 @ 99 taker
         why #1 took from the book; #3 the trigger was reached, and it took from the book; #2 the trigger was reached, and it took from the book
         books 0 999996",
    );
}

#[test]
fn a_trailing_stop_follows_the_last_trade() {
    play(
        VenueRules::research(),
        "ticks
         book 99x9 | 101x9
         buys 1 @ 100
         we #1 buy 1 market
         we #2 sell 1 trail 0.1 reduce
         buys 1 @ 120
         > #1 filled 1 @ 101 taker
         sells 1 @ 108.1
         sells 1 @ 108
         > #2 triggered
         > #2 filled 1 @ 99 taker",
    );
}

#[test]
fn an_order_that_reduces_is_cut_to_the_position_and_ends_with_it() {
    play(
        VenueRules::research(),
        "ticks
         book 99x9 | 101x9
         we #1 buy 1 market
         we #2 sell 5 limit 102 reduce
         we #3 sell 3 market reduce
         bid 98 1
         > #1 filled 1 @ 101 taker
         > #3 filled 1 @ 99 taker
         > #2 canceled: reduce only: the position is closed
         > #3 canceled: reduce only: the position is closed",
    );
}
