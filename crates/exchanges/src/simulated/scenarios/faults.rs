//! Faults on demand.

use autotrading_domain::Span;

use super::{play, research};
use crate::{FaultRules, VenueRules};

fn faulty(faults: FaultRules) -> VenueRules {
    research(|rules| rules.faults = Some(faults))
}

#[test]
fn a_broken_connection_says_so_and_nothing_arrives() {
    play(
        faulty(FaultRules { disconnect: 1.0, ..FaultRules::default() }),
        "we #1 buy 1 market
         > order 1-1: the connection to the venue is down
         bar 100 105 99 104",
    );
}

#[test]
fn a_venue_may_refuse_without_a_reason_of_ours() {
    play(
        faulty(FaultRules { reject: 1.0, ..FaultRules::default() }),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 rejected: the venue is overloaded",
    );
}

#[test]
fn a_request_without_an_answer_may_have_arrived_or_not() {
    // By the seed the first request gets lost on the way and the second arrives.
    play(
        faulty(FaultRules { timeout: 1.0, ..FaultRules::default() }),
        "we #1 buy 1 market
         we #2 buy 1 market
         bar 100 105 99 104
         > #1 timed out
         > #2 timed out
         > #2 filled 1 @ 100 taker
         books 1 1000000",
    );
}

#[test]
fn a_report_may_come_twice() {
    play(
        faulty(FaultRules { duplicate: 1.0, ..FaultRules::default() }),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         > #1 filled 1 @ 100 taker
         books 1 1000000",
    );
}

#[test]
fn a_late_report_comes_with_a_later_bar() {
    play(
        faulty(FaultRules { late: 1.0, late_by: Span::HOUR, ..FaultRules::default() }),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         books 1 1000000",
    );
}
