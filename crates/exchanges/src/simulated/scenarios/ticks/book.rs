//! What is taken from a book, and when there is nothing to take.

use autotrading_domain::Span;

use super::super::{play, research};
use crate::{Latency, VenueRules};

#[test]
fn a_market_order_walks_the_book_and_its_rest_expires() {
    play(
        VenueRules::research(),
        "fees 0.0005 0.0002
         ticks
         book 98x5 99x2 | 101x3 102x1
         we #1 buy 3.5 market
         buys 0.1 @ 101
         > #1 filled 3 @ 101 taker fee 0.1515
         > #1 filled 0.5 @ 102 taker fee 0.0255
         why #1 took from the book; #1 took from the book
         books 3.5 999999.823
         book 98x5 99x2 | 101x3 102x1
         we #2 sell 9 market
         bid 98 5
         > #2 filled 2 @ 99 taker fee 0.099
         > #2 filled 5 @ 98 taker fee 0.245
         > #2 expired: the book holds no more",
    );
}

#[test]
fn what_we_took_of_a_level_is_gone_until_the_market_speaks_of_it_again() {
    play(
        VenueRules::research(),
        "ticks
         book 99x2 | 101x3 102x1
         we #1 buy 2 market
         we #2 buy 2 market
         buys 0.1 @ 101
         > #1 filled 2 @ 101 taker
         > #2 filled 1 @ 101 taker
         > #2 filled 1 @ 102 taker
         we #3 buy 1 limit 101
         bid 98 1
         ask 101 3
         > #3 filled 1 @ 101 taker
         why #1 took from the book; #2 took from the book; #2 took from the book; #3 took from the book",
    );
}

#[test]
fn nothing_is_taken_from_a_book_that_is_lost_crossed_or_old() {
    play(
        VenueRules::research(),
        "ticks
         book 99x1 | 101x3
         lost
         we #1 buy 1 market
         bid 99 1
         book 99x1 | 101x3
         > #1 filled 1 @ 101 taker
         bid 102 1
         we #2 buy 1 market
         bid 99 1
         book 99x1 | 103x3
         > #2 filled 1 @ 103 taker
         wait 5s
         we #3 buy 1 market
         wait 5s
         bid 98 1
         > #3 filled 1 @ 103 taker",
    );
}

#[test]
fn before_the_market_is_known_an_order_is_rejected() {
    play(
        VenueRules::research(),
        "ticks
         we #1 buy 1 market
         book 99x1 | 101x3
         > #1 rejected: nothing is known of the market yet",
    );
}

#[test]
fn a_share_of_each_level_and_each_trade_is_the_most_we_get() {
    play(
        VenueRules::research(),
        "ticks share 0.5
         book 99x1 | 101x4
         we #1 buy 3 limit 101
         we #2 buy 2 limit 100
         ask 102 1
         > #1 filled 2 @ 101 taker
         ask 101 4
         > #1 filled 1 @ 101 taker
         sells 2 @ 100
         > #2 filled 1 @ 100 maker",
    );
}

#[test]
fn with_quotes_alone_the_rest_goes_on_at_the_next_quote_and_the_queue_is_what_is_shown() {
    play(
        VenueRules::research(),
        "ticks
         quote 99x2 | 101x3
         we #1 buy 5 market
         quote 99x2 | 101.5x3
         > #1 filled 3 @ 101 taker
         > #1 filled 2 @ 101.5 taker
         we #2 buy 1 limit 99
         we #3 buy 1 limit 98
         sells 2 @ 99
         sells 1 @ 99
         > #2 filled 1 @ 99 maker
         quote 98x4 | 99x1
         sells 4 @ 98
         quote 98x2 | 99x1
         sells 0.5 @ 98
         > #3 filled 0.5 @ 98 maker
         why #1 took from the book; #1 took from the book; #2 trades reached its place in the queue, 2 ahead at first, 2 traded; #3 trades reached its place in the queue, inf ahead at first, 4 traded",
    );
}

#[test]
fn with_trades_alone_orders_trade_along_and_pay_the_rules_spread() {
    play(
        research(|rules| rules.half_spread_bps = 10.0),
        "ticks
         buys 1 @ 100
         we #1 buy 3 market
         we #2 buy 1 limit 90
         we #3 buy 1 limit 100.5
         sells 2 @ 100
         > #1 filled 2 @ 100.1 taker
         buys 2 @ 100
         > #1 filled 1 @ 100.1 taker
         > #3 filled 1 @ 100.1 taker
         sells 1 @ 90
         sells 2 @ 89
         > #2 filled 1 @ 90 maker
         why #1 took along with a trade; #1 took along with a trade; #3 took along with a trade; #2 the market traded through the limit, inf ahead at first, 1 traded",
    );
}

#[test]
fn requests_meet_the_book_that_stands_when_they_arrive() {
    let slow = |rules: &mut VenueRules| {
        rules.latency = Latency { entry: Span::MILLISECOND.times(2), response: Span::ZERO };
    };
    play(
        research(slow),
        "ticks
         book 99x1 | 101x3
         we #1 buy 1 market
         change 99x1 | 101x0 102x1
         ask 101 3
         > #1 filled 1 @ 102 taker",
    );
}
