//! Margin, liquidation, and the balances of spot.

use autotrading_domain::{InstrumentId, Instruments, Leverage, Money, OrderIntent, Rate, Timestamp};
use autotrading_execution::Request;

use super::{
    notation::{self, Ask},
    play, research,
};
use crate::{MarginRule, SimulatedVenue, VenueRules};

fn isolated(leverage: i64) -> VenueRules {
    let leverage = Leverage::new(leverage.into()).unwrap();
    research(|rules| {
        rules.margin = MarginRule::Isolated { leverage };
        rules.liquidation = true;
        rules.liquidation_fee = Rate::basis_points(50);
    })
}

#[test]
fn an_order_needs_margin_and_fee_for_what_it_opens() {
    play(
        isolated(5),
        "cash 100
         fees 0.01 0.01
         we #1 buy 5 market
         we #2 buy 4 market
         we #3 buy 2 limit 50
         bar 100 105 99 104
         > #1 rejected: insufficient margin: needs 105, free 100
         > #3 rejected: insufficient margin: needs 21, free 16
         > #2 filled 4 @ 100 taker fee 4
         we #4 sell 4 market
         bar 104 105 99 104
         > #4 filled 4 @ 104 taker fee 4.16
         books 0 107.84",
    );
}

#[test]
fn a_reversal_may_use_what_the_closed_position_frees() {
    play(
        isolated(5),
        "cash 100
         we #1 buy 5 market
         bar 100 105 99 104
         > #1 filled 5 @ 100 taker
         we #2 sell 7 market
         we #3 sell 10 market
         bar 90 105 89 104
         > #3 rejected: insufficient margin: needs 90, free 14
         > #2 filled 7 @ 90 taker
         books -2 50",
    );
}

#[test]
fn positions_in_two_instruments_share_one_wallet() {
    let listed = vec![super::bitcoin().try_into().unwrap(), super::bitcoin().try_into().unwrap()];
    let cash = Money::new(100.into());
    let mut venue = SimulatedVenue::new(&Instruments::new(listed), isolated(5), cash, 1).unwrap();
    let at = Timestamp::EPOCH;
    let bar = notation::bar(&["100", "100", "100", "100"], at);
    let mut out = Vec::new();
    for (name, place, amount) in [("#1", 0, "3"), ("#2", 1, "2.1"), ("#3", 1, "2")] {
        let instrument = InstrumentId(place);
        let Ask::Place(intent) = notation::request(&[name, "buy", amount, "market"]) else { panic!() };
        venue.receive(Request::Place(&OrderIntent { instrument, ..intent }), at).unwrap();
        venue.open_bar(instrument, &bar, &mut out).unwrap();
    }
    let told: Vec<_> = out.iter().filter_map(notation::told).collect();
    let refused = "#2 rejected: insufficient margin: needs 42, free 40";
    assert_eq!(told, ["#1 filled 3 @ 100 taker", refused, "#3 filled 2 @ 100 taker"]);
    let margins: Vec<_> =
        venue.account().positions.iter().map(|held| held.isolated_margin.get().normalize()).collect();
    assert_eq!(margins, [60.into(), 40.into()]);
}

#[test]
fn leverage_above_the_tiers_is_refused() {
    play(
        isolated(200),
        "we #1 buy 1 market
         bar 100 105 99 104
         > #1 rejected: leverage 200 is above 125 of the tier of 100",
    );
}

#[test]
fn a_long_is_liquidated_at_its_bankruptcy_price_when_the_low_reaches_liquidation() {
    // 80 / 0.996 = 80.32 is the liquidation price, 80 the bankruptcy price: the margin of 20 is lost, and the fee.
    play(
        isolated(5),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 limit 120 reduce
         we #3 buy 1 limit 70
         close
         bar 100 105 80.4 104
         bar 100 121 80.3 104
         > liquidated sell 1 @ 80 taker fee 0.4
         > #2 canceled: the position was liquidated
         > #3 canceled: the position was liquidated
         books 0 999979.6",
    );
}

#[test]
fn a_short_is_liquidated_on_the_high() {
    play(
        isolated(5),
        "we #1 sell 1 market
         bar 100 105 99 104
         > #1 filled 1 @ 100 taker
         bar 100 119.5 80 104
         bar 100 119.6 80 104
         > liquidated buy 1 @ 120 taker fee 0.6
         books 0 999979.4",
    );
}

#[test]
fn a_gap_costs_no_more_than_the_margin() {
    play(
        isolated(5),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 90 reduce
         close
         bar 50 55 49 54
         > liquidated sell 1 @ 80 taker fee 0.4
         > #2 canceled: the position was liquidated
         books 0 999979.6",
    );
}

#[test]
fn a_stop_before_liquidation_saves_the_position_and_one_behind_it_does_not() {
    play(
        isolated(5),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 90 reduce
         close
         bar 100 105 70 104
         > #2 triggered
         > #2 filled 1 @ 90 taker",
    );
    play(
        isolated(5),
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 80.1 reduce
         close
         bar 100 105 70 104
         > liquidated sell 1 @ 80 taker fee 0.4
         > #2 canceled: the position was liquidated",
    );
}

#[test]
fn a_stop_that_finds_no_volume_does_not_save_the_position() {
    let mut rules = isolated(5);
    rules.participation = Some(0.1);
    play(
        rules,
        "we #1 buy 1 market
         open 100 105 99 104
         > #1 filled 1 @ 100 taker
         we #2 sell 1 stop 90 reduce
         close
         bar 100 105 70 104 vol 4
         > #2 triggered
         > #2 filled 0.4 @ 90 taker
         > liquidated sell 0.6 @ 80 taker fee 0.24
         > #2 canceled: the position was liquidated
         books 0 999983.76",
    );
}

#[test]
fn an_entry_inside_the_bar_is_liquidated_by_the_same_bar() {
    play(
        isolated(5),
        "we #1 buy 1 limit 90
         bar 100 105 70 104
         > #1 filled 1 @ 90 maker
         > liquidated sell 1 @ 72 taker fee 0.36",
    );
}

#[test]
fn a_bankruptcy_price_between_two_ticks_is_rounded_so_that_no_more_than_the_margin_is_lost() {
    // Margin 100 / 3 = 33.333333333333: bankrupt at 66.67 long and 133.33 short.
    for (side, bar, line) in [
        ("buy", "bar 100 100 60 100", "> liquidated sell 1 @ 66.7 taker fee 0.3335"),
        ("sell", "bar 100 140 100 100", "> liquidated buy 1 @ 133.3 taker fee 0.6665"),
    ] {
        let open = "open 100 100 100 100";
        play(
            isolated(3),
            &format!("we #1 {side} 1 market\n{open}\n> #1 filled 1 @ 100 taker\nclose\n{bar}\n{line}"),
        );
    }
}

#[test]
fn spot_is_bought_with_cash_and_only_what_is_there_is_sold() {
    play(
        isolated(5),
        "spot
         cash 100
         we #1 buy 2 market
         we #2 buy 1 market
         we #3 sell 1 market
         bar 100 105 99 104
         > #1 rejected: insufficient margin: needs 200, free 100
         > #3 rejected: sells 1, but only 0 are there
         > #2 filled 1 @ 100 taker
         bar 50 51 1 50
         we #4 sell 0.6 limit 60
         we #5 sell 0.6 limit 61
         we #6 sell 1 stop 20 reduce
         bar 50 51 50 50
         > #5 rejected: sells 0.6, but only 0.4 are there
         bar 50 61 50 50
         > #4 filled 0.6 @ 60 maker
         books 0.4 76",
    );
}

fn cross(leverage: i64) -> VenueRules {
    let leverage = Leverage::new(leverage.into()).unwrap();
    VenueRules { margin: MarginRule::Cross { leverage }, ..isolated(5) }
}

#[test]
fn a_cross_position_may_lose_the_whole_wallet_and_the_fee_takes_no_more_than_is_left() {
    // (500 - 100) / (5 * 0.996) = 80.32, where an isolated position at 10x would be gone at 90.36.
    play(
        cross(10),
        "cash 100
         we #1 buy 5 market
         bar 100 105 99 104
         > #1 filled 5 @ 100 taker
         bar 100 105 80.4 104
         bar 100 105 80.3 104
         > liquidated sell 5 @ 80 taker
         books 0 0",
    );
    play(
        cross(10),
        "cash 100
         ticks
         book 99x9 | 100x9
         we #1 buy 5 market
         mark 80.4
         > #1 filled 5 @ 100 taker
         mark 80.3
         > liquidated sell 5 @ 80 taker
         books 0 0",
    );
}

#[test]
fn a_loss_that_is_not_realized_is_not_free_and_a_win_is_not_yet() {
    play(
        cross(10),
        "cash 100
         we #1 buy 5 market
         bar 100 105 99 100
         > #1 filled 5 @ 100 taker
         bar 92 93 91 92
         we #2 buy 2 market
         bar 92 93 91 92
         > #2 rejected: insufficient margin: needs 18.4, free 10
         bar 120 121 119 120
         we #3 buy 5 market
         bar 120 121 119 120
         > #3 rejected: insufficient margin: needs 60, free 50",
    );
}

#[test]
fn positions_that_share_a_wallet_carry_each_other_and_fall_together() {
    let listed = vec![super::bitcoin().try_into().unwrap(), super::bitcoin().try_into().unwrap()];
    let cash = Money::new(100.into());
    let mut venue = SimulatedVenue::new(&Instruments::new(listed), cross(20), cash, 1).unwrap();
    let mut out = Vec::new();
    let mut hour = |venue: &mut SimulatedVenue, count: i64, prices: [&str; 2], side: [&str; 2]| {
        let at = Timestamp::EPOCH.after(autotrading_domain::Span::HOUR.times(count));
        for (place, price) in (0..).zip(prices) {
            let instrument = InstrumentId(place);
            if count == 0 {
                let name = format!("#{}", place + 1);
                let Ask::Place(intent) = notation::request(&[&name, side[place as usize], "5", "market"])
                else {
                    panic!()
                };
                venue.receive(Request::Place(&OrderIntent { instrument, ..intent }), at).unwrap();
            }
            let bar = notation::bar(&[price; 4], at);
            venue.open_bar(instrument, &bar, &mut out).unwrap();
            venue.close_bar(instrument, &bar, &mut out).unwrap();
        }
        let told: Vec<_> = out.drain(..).filter_map(|event| notation::told(&event)).collect();
        told
    };
    let open = hour(&mut venue, 0, ["100", "100"], ["buy", "sell"]);
    assert_eq!(open, ["#1 filled 5 @ 100 taker", "#2 filled 5 @ 100 taker"]);
    // 150 lost here and 150 won there: alone the first would have been gone at 80.3.
    assert!(hour(&mut venue, 1, ["85", "85"], ["", ""]).is_empty());
    assert!(hour(&mut venue, 2, ["70", "70"], ["", ""]).is_empty());
    // The second comes back: 150 lost, 60 won, 10 left, maintenance 3.16. At 91 it has won 45, and the wallet is gone:
    // it is taken over where the other's maintenance is left, and the fee takes that.
    assert!(hour(&mut venue, 3, ["70", "88"], ["", ""]).is_empty());
    let end = hour(&mut venue, 4, ["70", "91"], ["", ""]);
    assert_eq!(end, ["liquidated buy 5 @ 89.7 taker fee 1.5"]);
    let end = hour(&mut venue, 5, ["70", "91"], ["", ""]);
    assert_eq!(end, ["liquidated sell 5 @ 70 taker"]);
    assert_eq!(venue.account().wallet().unwrap(), Money::ZERO);
}

#[test]
fn fees_follow_the_volume_of_the_last_thirty_days() {
    let tier = |from: i64, taker: i64| crate::FeeTier {
        from_volume: Money::new(from.into()),
        maker: Rate::ZERO,
        taker: Rate::basis_points(taker),
    };
    let listed = vec![super::bitcoin().try_into().unwrap()];
    let cash = Money::new(10_000.into());
    let mut venue = SimulatedVenue::new(&Instruments::new(listed), VenueRules::research(), cash, 1).unwrap();
    venue.set_fees(crate::FeeSchedule::new(vec![tier(0, 10), tier(150, 5)]).unwrap());
    let mut out = Vec::new();
    for (count, name) in [(0, "#1"), (1, "#2"), (24, "#3")] {
        let at = Timestamp::EPOCH.after(autotrading_domain::Span::HOUR.times(count));
        let Ask::Place(intent) = notation::request(&[name, "buy", "1", "market"]) else { panic!() };
        venue.receive(Request::Place(&intent), at).unwrap();
        venue.open_bar(InstrumentId(0), &notation::bar(&["100"; 4], at), &mut out).unwrap();
    }
    let told: Vec<_> = out.iter().filter_map(notation::told).collect();
    assert_eq!(
        told,
        [
            "#1 filled 1 @ 100 taker fee 0.1",
            "#2 filled 1 @ 100 taker fee 0.1",
            "#3 filled 1 @ 100 taker fee 0.05",
        ]
    );
}
