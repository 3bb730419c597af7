//! Reduce-only orders and brackets.

use super::{play, research};
use crate::VenueRules;

#[test]
fn a_reduce_only_order_is_cut_to_the_position() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 3 market reduce
         bar 104 105 99 104
         > #2 filled 1 @ 104 taker
         > #2 canceled: reduce only: the position is closed
         books 0 1000004",
    );
}

#[test]
fn a_reduce_only_order_without_a_position_is_refused_or_wakes_for_nothing() {
    play(
        VenueRules::research(),
        "we #1 sell 1 market reduce
         we #2 sell 1 limit 101 reduce
         we #3 sell 1 stop 95 reduce
         bar 100 105 99 104
         > #1 rejected: reduce only: there is nothing to reduce
         > #2 rejected: reduce only: there is nothing to reduce
         bar 100 105 94 104
         > #3 triggered
         > #3 canceled: reduce only: there is nothing to reduce",
    );
}

#[test]
fn when_the_position_turns_what_reduced_the_old_one_goes() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 95 reduce
         close
         we #3 sell 2 market
         bar 104 105 99 104
         > #3 filled 2 @ 104 taker
         > #2 canceled: reduce only: the position is closed
         books -1 1000004",
    );
}

#[test]
fn a_fill_of_one_leg_takes_as_much_from_the_others() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 limit 110 reduce bracket 1
         we #3 sell 1 stop 90 reduce bracket 1
         close
         bar 104 111 100 110 vol 3
         > #2 filled 0.3 @ 110 maker
         bar 104 105 89 90
         > #3 triggered
         > #3 filled 0.7 @ 90 taker
         > #3 canceled: bracket: closed by another leg
         > #2 canceled: bracket: closed by another leg
         books 0 999996",
    );
}

#[test]
fn legs_that_share_a_part_never_close_more_than_their_part() {
    // Not reduce-only, half of the position: the bracket alone keeps them from closing the other half.
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 0.5 limit 106 bracket 1
         we #3 sell 0.5 stop 90 bracket 1
         we #4 sell 0.2 limit 107 bracket 2
         close
         bar 104 110 89 100
         > #3 triggered
         > #3 filled 0.5 @ 90 taker
         > #2 canceled: bracket: closed by another leg
         > #4 filled 0.2 @ 107 maker
         books 0.3 999996.4",
    );
}

#[test]
fn an_amended_leg_still_counts_what_the_others_took() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 0.4 limit 106 bracket 1
         we #3 sell 1 stop 90 bracket 1
         close
         bar 104 107 100 106
         > #2 filled 0.4 @ 106 maker
         we amend #3 0.4 stop 95
         we amend #3 0.7 stop 95
         bar 106 106 94 95
         > #3 amend refused: 0.4 of it are filled or taken already
         > #3 amended 0.7
         > #3 triggered
         > #3 filled 0.3 @ 95 taker
         > #3 canceled: bracket: closed by another leg
         books 0.3 1000000.9",
    );
}

#[test]
fn a_larger_leg_keeps_what_the_smaller_did_not_take() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 0.4 limit 106 reduce bracket 1
         we #3 sell 1 stop 90 reduce bracket 1
         close
         bar 104 107 100 106
         > #2 filled 0.4 @ 106 maker
         we query #3
         bar 106 106 89 90
         > #3 working, filled 0
         > #3 triggered
         > #3 filled 0.6 @ 90 taker
         > #3 canceled: bracket: closed by another leg
         books 0 999996.4",
    );
}
