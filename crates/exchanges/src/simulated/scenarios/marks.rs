//! The mark price told apart from what is traded.

use autotrading_domain::{Leverage, Rate};

use super::{VenueRules, play, research};
use crate::MarginRule;

/// Five times leverage: 100 is liquidated at 80.32 and bankrupt at 80.
fn isolated() -> VenueRules {
    research(|rules| {
        rules.margin = MarginRule::Isolated { leverage: Leverage::new(5.into()).unwrap() };
        rules.liquidation = true;
        rules.liquidation_fee = Rate::basis_points(50);
    })
}

#[test]
fn a_wick_of_the_last_price_alone_liquidates_nobody() {
    play(
        isolated(),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         marked 100 101 85 99
         bar 100 105 60 104
         marked 99 101 80.4 99
         bar 70 105 60 104
         books 1 1000000",
    );
}

#[test]
fn a_wick_of_the_mark_price_alone_liquidates_at_the_bankruptcy_price() {
    play(
        isolated(),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         marked 100 101 80.3 99
         bar 100 105 99 104
         > liquidated sell 1 @ 80 taker fee 0.4
         books 0 999979.6",
    );
}

#[test]
fn a_mark_price_that_opens_beyond_the_level_liquidates_at_the_open() {
    play(
        isolated(),
        "we #1 sell 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         marked 130 131 118 119
         open 101 105 99 104
         > liquidated buy 1 @ 120 taker fee 0.6
         close
         books 0 999979.4",
    );
}

#[test]
fn what_comes_first_is_not_known_so_liquidation_goes_before_a_stop() {
    play(
        isolated(),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 90 reduce
         close
         marked 100 101 80 99
         bar 100 105 89 104
         > liquidated sell 1 @ 80 taker fee 0.4
         > #2 canceled: the position was liquidated
         books 0 999979.6",
    );
}

#[test]
fn funding_is_paid_on_the_mark_price_also_inside_a_gap() {
    // 0.0001 of the mark's open of 120 at eight, of its last close of 110 at sixteen.
    let rules = research(|rules| rules.default_funding_rate = Some(Rate::basis_points(1)));
    play(
        rules,
        "we #1 buy 1 market
         bar 100 105 99 104 for 8h
         > #1 filled 1 @ 100 taker
         marked 120 121 100 110
         bar 100 105 99 104 for 4h
         > funding -0.012
         gap 8h
         bar 100 105 99 104 for 1h
         > funding -0.011
         books 1 999999.977",
    );
}

#[test]
fn where_no_mark_is_told_the_bars_own_price_counts() {
    play(
        isolated(),
        "we #1 buy 1 market
         marked 100 101 99 100
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         bar 100 105 80.3 104
         > liquidated sell 1 @ 80 taker fee 0.4
         books 0 999979.6",
    );
}
