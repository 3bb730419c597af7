//! Funding.

use autotrading_domain::{Rate, Span, Timestamp};

use super::{Stage, play, research};
use crate::VenueRules;

fn with_funding() -> VenueRules {
    research(|rules| rules.default_funding_rate = Some(Rate::basis_points(1)))
}

#[test]
fn longs_pay_and_shorts_receive_at_the_open_of_the_bar_at_the_funding_time() {
    for (side, amount, wallet) in [("buy", "-0.022", "999999.978"), ("sell", "0.022", "1000000.022")] {
        let position = if side == "buy" { "2" } else { "-2" };
        play(
            with_funding(),
            &format!(
                "we #1 {side} 2 market
                 bar 100 105 99 104 for 8h
                 > #1 filled 2 @ 100 taker
                 bar 110 111 99 104 for 8h
                 > funding {amount}
                 books {position} {wallet}"
            ),
        );
    }
}

#[test]
fn a_position_opened_at_the_funding_time_does_not_pay_and_one_closed_then_does() {
    play(
        with_funding(),
        "bar 100 105 99 104 for 8h
         we #1 buy 1 market
         bar 100 105 99 104 for 8h
         > #1 filled 1 @ 100 taker
         we #2 sell 1 market
         bar 102 105 99 104 for 8h
         > funding -0.0102
         > #2 filled 1 @ 102 taker
         bar 102 105 99 104 for 8h",
    );
}

#[test]
fn funding_inside_a_bar_counts_at_its_open_and_inside_a_gap_at_the_last_price() {
    play(
        with_funding(),
        "we #1 buy 1 market
         bar 100 105 99 104 for 12h
         > #1 filled 1 @ 100 taker
         > funding -0.01
         gap 12h
         bar 106 107 99 104 for 1h
         > funding -0.0104
         > funding -0.0106",
    );
}

#[test]
fn funding_late_in_a_bar_comes_after_the_stop_in_its_middle() {
    play(
        with_funding(),
        "we #1 buy 1 market
         open 100 105 90 104 for 24h
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 95 reduce
         close
         > funding -0.01
         > #2 triggered
         > #2 filled 1 @ 95 taker",
    );
}

#[test]
fn a_bar_that_was_filled_forward_still_pays_funding() {
    play(
        with_funding(),
        "we #1 buy 1 market
         bar 100 105 99 104 for 8h
         > #1 filled 1 @ 100 taker
         bar 104 104 104 104 synthetic
         > funding -0.0104",
    );
}

#[test]
fn a_series_of_real_rates_takes_the_place_of_the_default() {
    let instruments = autotrading_domain::Instruments::new(vec![super::bitcoin().try_into().unwrap()]);
    let cash = autotrading_domain::Money::new(1_000.into());
    let mut venue = crate::SimulatedVenue::new(&instruments, with_funding(), cash, 1).unwrap();
    let at = |hours| Timestamp::EPOCH.after(Span::HOUR.times(hours));
    let rates = vec![(at(1), Rate::basis_points(-5)), (at(3), Rate::basis_points(2))];
    venue.set_funding(super::BITCOIN, rates).unwrap();
    let mut stage = Stage::new(venue);
    for line in ["we #1 buy 1 market", "bar 100 105 99 104", "bar 104 105 99 104", "bar 104 105 99 104"] {
        stage.act(line);
    }
    stage.act("bar 101 105 99 104 for 24h");
    let heard: Vec<_> = stage.script.iter().filter(|line| line.starts_with('>')).collect();
    assert_eq!(heard, ["> #1 filled 1 @ 100 taker", "> funding 0.052", "> funding -0.0202"]);
}
