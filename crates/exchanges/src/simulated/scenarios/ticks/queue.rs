//! Where a resting order stands in the queue, and what moves it on.

use super::super::play;
use crate::VenueRules;

#[test]
fn a_resting_order_waits_for_the_trades_that_were_ahead_of_it() {
    play(
        VenueRules::research(),
        "fees 0.0005 0.0002
         ticks
         book 99x5 | 101x3
         we #1 buy 2 limit 99
         sells 4 @ 99
         bid 99 1
         sells 2.5 @ 99
         > #1 filled 1.5 @ 99 maker fee 0.0297
         why #1 trades reached its place in the queue, 5 ahead at first, 5 traded
         bid 99 4
         sells 1 @ 99
         > #1 filled 0.5 @ 99 maker fee 0.0099",
    );
}

#[test]
fn cancels_stand_behind_us_unless_the_level_tells_otherwise() {
    play(
        VenueRules::research(),
        "ticks
         book 99x5 | 101x3
         we #1 buy 2 limit 99
         bid 99 9
         bid 99 6
         sells 5 @ 99
         bid 99 1
         bid 99 0
         bid 99 3
         sells 1 @ 99
         > #1 filled 1 @ 99 maker",
    );
    // By weight: of 4 that cancel out of 5 ahead and 3 behind, 2.5 stood ahead.
    play(
        VenueRules::research(),
        "ticks power 1
         book 99x5 | 101x3
         we #1 buy 2 limit 99
         bid 99 5
         bid 99 8
         bid 99 4
         sells 2.5 @ 99
         sells 1 @ 99
         > #1 filled 1 @ 99 maker
         why #1 trades reached its place in the queue, 5 ahead at first, 2.5 traded",
    );
}

#[test]
fn a_trade_is_not_counted_again_when_the_book_tells_of_it() {
    play(
        VenueRules::research(),
        "ticks power 1
         book 99x10 | 101x3
         we #1 buy 2 limit 99
         sells 4 @ 99
         bid 99 6
         sells 6 @ 99
         sells 1 @ 99
         > #1 filled 1 @ 99 maker",
    );
}

#[test]
fn a_trade_beyond_the_price_and_a_book_that_comes_to_it_fill_at_its_price() {
    play(
        VenueRules::research(),
        "ticks
         book 99x5 | 101x3
         we #1 buy 2 limit 99
         we #2 sell 1 limit 103
         sells 0.5 @ 98.5
         > #1 filled 0.5 @ 99 maker
         change 99x0 98x1 | 99x0.7
         > #1 filled 0.7 @ 99 maker
         bid 97 1
         ask 99 0.7
         > #1 filled 0.7 @ 99 maker
         why #1 the market traded through the limit, 5 ahead at first, 0 traded; #1 the other side of the book came to its price, 5 ahead at first, 0 traded; #1 the other side of the book came to its price, 5 ahead at first, 0 traded
         buys 3 @ 104
         > #2 filled 1 @ 103 maker",
    );
}

#[test]
fn our_orders_at_one_price_come_one_after_the_other_and_the_better_price_first() {
    play(
        VenueRules::research(),
        "ticks
         book 98x9 | 101x3
         we #1 buy 1 limit 99
         we #2 buy 1 limit 99
         we #3 buy 1 limit 99.5
         sells 1.5 @ 99
         > #3 filled 1 @ 99.5 maker
         > #1 filled 0.5 @ 99 maker
         sells 1 @ 99
         > #1 filled 0.5 @ 99 maker
         > #2 filled 0.5 @ 99 maker",
    );
}

#[test]
fn an_amendment_loses_its_place() {
    play(
        VenueRules::research(),
        "ticks
         book 99x1 | 101x3
         we #1 buy 2 limit 99
         bid 99 4
         we amend #1 1 limit 99
         sells 2 @ 99
         > #1 amended 1
         bid 99 2
         sells 2.4 @ 99
         > #1 filled 0.4 @ 99 maker
         why #1 trades reached its place in the queue, 4 ahead at first, 4 traded",
    );
}
