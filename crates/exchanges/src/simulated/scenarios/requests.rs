//! Placing, amending, cancelling, asking.

use super::{play, research};
use crate::{Latency, VenueRules};
use autotrading_domain::Span;

#[test]
fn an_amended_order_goes_to_the_end_of_the_queue() {
    let script = |amend: &str, first: &str, second: &str| {
        format!(
            "we #1 buy 1 limit 99
             we #2 buy 1 limit 99
             bar 100 105 99 104
             {amend}
             bar 100 105 98 104 vol 12
             {first}
             {second}"
        )
    };
    let tenth = research(|rules| rules.participation = Some(0.1));
    play(tenth, &script("", "> #1 filled 1 @ 99 maker", "> #2 filled 0.2 @ 99 maker"));
    play(
        tenth,
        &script(
            "we amend #1 1.5 limit 99",
            "> #1 amended 1.5",
            "> #2 filled 1 @ 99 maker
             > #1 filled 0.2 @ 99 maker",
        ),
    );
}

#[test]
fn an_amendment_counts_what_is_filled_and_keeps_the_kind() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 1 limit 99
         bar 100 105 98 104 vol 5
         > #1 filled 0.5 @ 99 maker
         we amend #1 0.5 limit 99
         we amend #1 2 market
         we amend #1 2 limit 99.05
         we amend #2 2 limit 99
         we amend #1 0.7 limit 98
         bar 100 105 97 104
         > #1 amend refused: 0.500 of it are filled or taken already
         > #1 amend refused: an amendment keeps the kind of the order
         > #1 amend refused: price 99.05 is not a multiple of 0.1; the nearest legal value is 99.10
         > #2 amend refused: no such order works
         > #1 amended 0.7
         > #1 filled 0.2 @ 98 maker",
    );
}

#[test]
fn a_moved_stop_counts_from_its_arrival() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         open 100 101 99 100
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 90 reduce
         close
         we amend #2 1 stop 96
         bar 100 101 95 100
         > #2 amended 1
         > #2 triggered
         > #2 filled 1 @ 96 taker",
    );
}

#[test]
fn a_cancel_ends_what_works_and_is_refused_for_what_does_not() {
    play(
        VenueRules::research(),
        "we #1 buy 1 limit 99
         bar 100 105 99 104
         we cancel #1
         we cancel #1
         bar 98 105 97 104
         > #1 canceled: on request
         > #1 cancel refused: no such order works",
    );
}

#[test]
fn a_query_tells_every_fill_and_then_how_it_stands() {
    play(
        research(|rules| rules.participation = Some(0.1)),
        "we #1 buy 1 limit 99
         we #2 buy 1 limit 10 ioc
         bar 100 105 98 104 vol 5
         > #2 expired: nothing to take at its price
         > #1 filled 0.5 @ 99 maker
         we query #1
         we query #2
         we query #3
         bar 100 105 99 104
         > #1 filled 0.5 @ 99 maker
         > #1 working, filled 0.500
         > #2 expired: nothing to take at its price
         > #3 absent",
    );
}

#[test]
fn the_same_id_places_one_order_only() {
    play(
        VenueRules::research(),
        "we #1 buy 1 market
         we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         books 1 1000000",
    );
}

#[test]
fn what_breaks_the_instruments_terms_is_refused_with_the_figure() {
    play(
        VenueRules::research(),
        "minimum 5
         we #1 buy 0.0005 market
         we #2 buy 2000000000 market
         we #3 buy 1 limit 99.05
         we #4 buy 0.04 market
         we #5 buy 0 market
         we #6 sell 1 trail 1
         bar 100 105 99 104
         > #1 rejected: quantity 0.0005 is not a multiple of 0.001; the nearest legal value is 0.001
         > #2 rejected: quantity 2000000000 is above 1000000000
         > #3 rejected: price 99.05 is not a multiple of 0.1; the nearest legal value is 99.10
         > #4 rejected: notional 4 is below 5
         > #5 rejected: quantity 0 is below 0.001
         > #6 rejected: trailing distance 1 is not in (0, 1)",
    );
}

#[test]
fn requests_travel_and_are_taken_in_when_they_arrive() {
    let late = Latency { entry: Span::MINUTE.times(10), response: Span::ZERO };
    play(
        research(|rules| rules.latency = late),
        "we #1 buy 1 limit 99
         bar 100 105 98 99.5
         bar 99.5 105 99.1 104
         we cancel #1
         bar 98.5 105 98 104
         > #1 filled 1 @ 98.5 maker
         > #1 cancel refused: no such order works",
    );
}
