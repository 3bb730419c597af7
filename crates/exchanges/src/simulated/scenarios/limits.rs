//! Limit orders.

use super::{play, research};
use crate::VenueRules;

#[test]
fn a_limit_fills_at_its_price_when_the_market_trades_through_it() {
    play(
        VenueRules::research(),
        "fees 0.0005 0.0002
         we #1 buy 1 limit 99
         bar 100 105 99 104
         bar 100 105 98.9 104
         > #1 filled 1 @ 99 maker fee 0.0198
         we #2 sell 1 limit 105
         bar 100 105 99 104
         bar 100 105.1 99 104
         > #2 filled 1 @ 105 maker fee 0.021",
    );
}

#[test]
fn a_touch_fills_only_where_the_rules_say_so() {
    play(
        research(|rules| rules.touch_fills = true),
        "we #1 buy 1 limit 99
         bar 100 105 99 104
         > #1 filled 1 @ 99 maker",
    );
}

#[test]
fn a_resting_limit_fills_at_the_better_open() {
    play(
        VenueRules::research(),
        "we #1 buy 1 limit 99
         bar 100 105 99.5 104
         bar 98 105 97 104
         > #1 filled 1 @ 98 maker
         we #2 sell 1 limit 105
         bar 100 105 99 104
         bar 107 108 99 104
         > #2 filled 1 @ 107 maker",
    );
}

#[test]
fn a_limit_worth_taking_takes_at_the_open_but_never_beyond_its_price() {
    play(
        research(|rules| rules.half_spread_bps = 10.0),
        "we #1 buy 1 limit 102
         bar 100 105 99 104
         > #1 filled 1 @ 100.1 taker
         we #2 buy 1 limit 100.1
         bar 100 105 100 104
         > #2 filled 1 @ 100.1 taker
         we #3 sell 1 limit 100
         bar 100 105 100 104
         > #3 filled 1 @ 100 maker",
    );
}

#[test]
fn impact_never_carries_a_limit_beyond_its_price() {
    play(
        research(|rules| rules.impact_coefficient = 0.5),
        "we #1 buy 1000 limit 102
         bar 100 105 99 104
         > #1 filled 1000 @ 102 taker",
    );
}

#[test]
fn post_only_is_refused_when_it_would_take() {
    play(
        VenueRules::research(),
        "we #1 buy 1 limit 100 gtx
         we #2 buy 1 limit 99.9 gtx
         we #3 buy 1 market gtx
         bar 100 105 99 104
         > #1 rejected: post only: it would take
         > #3 rejected: only a limit order is post only
         > #2 filled 1 @ 99.9 maker",
    );
}

#[test]
fn an_immediate_limit_away_from_the_market_expires() {
    play(
        VenueRules::research(),
        "we #1 buy 1 limit 99 ioc
         we #2 buy 1 limit 100 fok
         bar 100 105 98 104
         > #1 expired: nothing to take at its price
         > #2 filled 1 @ 100 taker",
    );
}

#[test]
fn a_limit_that_arrives_after_the_open_counts_on_the_close_alone() {
    play(
        VenueRules::research(),
        "open 100 105 98 104
         wait 10m
         we #1 buy 1 limit 99
         we #2 sell 1 limit 103
         close
         > #2 filled 1 @ 103 maker
         bar 104 104 98 100
         > #1 filled 1 @ 99 maker",
    );
}

#[test]
fn a_limit_sent_at_the_open_itself_counts_on_the_whole_range() {
    play(
        VenueRules::research(),
        "open 100 105 98 104
         we #1 buy 1 limit 99
         we #2 buy 1 limit 101
         close
         > #1 filled 1 @ 99 maker
         bar 102 103 101 102
         bar 100 103 100 102
         > #2 filled 1 @ 100 maker",
    );
}

#[test]
fn a_limit_outside_of_the_price_band_is_refused() {
    play(
        VenueRules::research(),
        "band 1.05 0.95
         we #1 buy 1 limit 105.1
         we #2 sell 1 limit 94.9
         we #3 sell 1 limit 120
         we #4 buy 1 limit 105
         bar 100 105 98 104
         > #1 rejected: price 105.1 is beyond 105.000, the band around mark 100.0
         > #2 rejected: price 94.9 is beyond 95.000, the band around mark 100.0
         > #4 filled 1 @ 100 taker",
    );
}

#[test]
fn the_nearest_limit_is_met_first() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 1 limit 98
         we #2 buy 1 limit 99
         bar 100 105 97 104 vol 15
         > #2 filled 1 @ 99 maker
         > #1 filled 0.5 @ 98 maker",
    );
}

#[test]
fn good_till_date_ends_at_its_time_and_is_not_met_in_the_bar_of_its_end() {
    play(
        VenueRules::research(),
        "we #1 buy 1 limit 99 gtd 90m
         we #2 buy 1 limit 98 gtd 120m
         bar 100 105 99 104
         bar 100 105 98 104
         > #1 expired: its time is up
         bar 98 105 97 104
         > #2 expired: its time is up
         we #3 buy 1 limit 99 gtd 60m
         bar 100 105 98 104
         > #3 rejected: good till 1970-01-01T01:00:00.000Z is past",
    );
}
