//! Trades, quotes and books.

use autotrading_domain::{
    BookLevels, Level, Leverage, MarketData, MarketEvent, Quote, Rate, Side, Span, Trade,
};
use autotrading_market_data::{RowKind, TapeRow};

use super::{BITCOIN, Stage, play, research};
use crate::{CancelWeight, FaultRules, Latency, MarginRule, QueueModel, TickRules, VenueRules};

/// `ticks`, `ticks power 2 share 0.5`, `ticks log`, `ticks fresh 5s`.
pub(super) fn head(line: &str, rules: &mut Option<TickRules>) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["ticks", terms @ ..] = &words[..] else { return false };
    let mut made = TickRules::default();
    let mut terms = terms.iter().copied();
    while let Some(term) = terms.next() {
        match term {
            "power" => {
                let exponent = terms.next().unwrap().parse().unwrap();
                made.queue = QueueModel::Probabilistic(CancelWeight::Power { exponent });
            }
            "log" => made.queue = QueueModel::Probabilistic(CancelWeight::Logarithm),
            "share" => made.participation = terms.next().unwrap().parse().unwrap(),
            "fresh" => made.fresh_for = super::notation::span(terms.next().unwrap()),
            _ => panic!("not a term of ticks: {term}"),
        }
    }
    *rules = Some(made);
    true
}

/// What the market says.
pub(super) enum Said {
    Event(MarketData),
    Lost,
}

pub(super) fn word(words: &[&str]) -> Option<Said> {
    let level = |text: &str| {
        let (price, quantity) = text.split_once('x').unwrap();
        Level { tick: tick(price), quantity: quantity.parse().unwrap() }
    };
    let sides = |words: &[&str]| -> (Vec<Level>, Vec<Level>) {
        let bar = words.iter().position(|word| *word == "|").unwrap();
        (
            words[..bar].iter().map(|text| level(text)).collect(),
            words[bar + 1..].iter().map(|text| level(text)).collect(),
        )
    };
    let change =
        |bids, asks| MarketData::BookDelta(Box::new(BookLevels { bids, asks, ..BookLevels::default() }));
    Some(Said::Event(match words {
        ["book", levels @ ..] => {
            let (bids, asks) = sides(levels);
            MarketData::BookSnapshot(Box::new(BookLevels { bids, asks, ..BookLevels::default() }))
        }
        ["quote", levels @ ..] => {
            let (bids, asks) = sides(levels);
            let price = |tick: i64| tick as f64 / 10.0;
            MarketData::Quote(Quote {
                bid: price(bids[0].tick),
                bid_quantity: bids[0].quantity,
                ask: price(asks[0].tick),
                ask_quantity: asks[0].quantity,
            })
        }
        ["change", levels @ ..] => {
            let (bids, asks) = sides(levels);
            change(bids, asks)
        }
        ["bid", price, quantity] => change(vec![level(&format!("{price}x{quantity}"))], vec![]),
        ["ask", price, quantity] => change(vec![], vec![level(&format!("{price}x{quantity}"))]),
        [word @ ("buys" | "sells"), quantity, "@", price] => MarketData::Trade(Trade {
            price: price.parse().unwrap(),
            quantity: quantity.parse().unwrap(),
            taker: if *word == "buys" { Side::Buy } else { Side::Sell },
        }),
        ["mark", price] => MarketData::MarkPrice(price.parse().unwrap()),
        ["lost"] => return Some(Said::Lost),
        _ => return None,
    }))
}

fn tick(price: &str) -> i64 {
    (price.parse::<f64>().unwrap() * 10.0).round() as i64
}

impl Stage {
    pub(super) fn tell(&mut self, said: Said) {
        self.now = self.now.after(Span::MILLISECOND);
        let (at, mut out) = (self.now, Vec::new());
        match said {
            Said::Event(data) => {
                let event = MarketEvent { instrument: BITCOIN, ts_event: at, ts_received: at, data };
                self.venue.hear(&event, &mut out).unwrap();
            }
            Said::Lost => {
                let row =
                    TapeRow { venue: at, heard: at, tick: 0, quantity: 0.0, kind: RowKind::Lost, ends: true };
                self.venue.hear_row(BITCOIN, &row, &mut out).unwrap();
            }
        }
        self.hear(&out);
    }

    /// Writes the reasons of the fills since the last time into the script.
    pub(super) fn explain(&mut self) {
        let records = self.venue.fill_records();
        let told = records[self.told..].iter().map(|record| {
            let name = record.order.map_or("venue".to_owned(), |id| format!("#{}", id.sequence));
            let queue =
                record.queue.map(|wait| format!(", {} ahead at first, {} traded", wait.ahead, wait.traded));
            format!("{name} {}{}", record.reason, queue.unwrap_or_default())
        });
        let line = format!("why {}", told.collect::<Vec<_>>().join("; "));
        self.told = records.len();
        *self.script.last_mut().unwrap() = line;
    }
}

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

#[test]
fn liquidation_goes_by_mark_before_our_own_stop() {
    let leverage = Leverage::new(5.into()).unwrap();
    play(
        research(|rules| {
            rules.margin = MarginRule::Isolated { leverage };
            rules.liquidation = true;
            rules.liquidation_fee = Rate::basis_points(50);
        }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         we #2 sell 1 stop 81 reduce
         buys 1 @ 100
         > #1 filled 1 @ 100 taker
         mark 81.5
         sells 1 @ 60
         mark 80.3
         > liquidated sell 1 @ 80 taker fee 0.4
         > #2 canceled: the position was liquidated
         why #1 took from the book; venue liquidated by the venue
         books 0 999979.6",
    );
}

#[test]
fn funding_is_paid_on_mark_at_its_time() {
    play(
        research(|rules| rules.default_funding_rate = Some(Rate::basis_points(10))),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         mark 200
         > #1 filled 1 @ 100 taker
         wait 8h
         bid 98 1
         > funding -0.2
         books 1 999999.8",
    );
}

#[test]
fn faults_on_demand_are_the_same_as_with_bars() {
    let faulty = |faults| research(|rules| rules.faults = Some(faults));
    play(
        faulty(FaultRules { duplicate: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         bid 98 1
         > #1 filled 1 @ 100 taker
         > #1 filled 1 @ 100 taker
         books 1 1000000",
    );
    play(
        faulty(FaultRules { late: 1.0, late_by: Span::SECOND.times(2), ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         bid 98 1
         bid 97 1
         wait 2s
         bid 96 1
         > #1 filled 1 @ 100 taker",
    );
    play(
        faulty(FaultRules { timeout: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         we #2 buy 1 market
         bid 98 1
         > #1 timed out
         > #2 timed out
         > #2 filled 1 @ 100 taker
         books 1 1000000",
    );
    play(
        faulty(FaultRules { reject: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         bid 98 1
         > #1 rejected: the venue is overloaded",
    );
    play(
        faulty(FaultRules { disconnect: 1.0, ..FaultRules::default() }),
        "ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         > order 1-1: the connection to the venue is down",
    );
}

#[test]
fn spot_sells_what_is_there_and_no_more() {
    play(
        VenueRules::research(),
        "spot
         ticks
         book 99x9 | 100x9
         we #1 buy 1 market
         we #2 sell 2 market
         we #3 sell 1 limit 101
         we #4 sell 1 limit 102
         bid 98 1
         > #1 filled 1 @ 100 taker
         > #2 rejected: sells 2, but only 1 are there
         > #4 rejected: sells 1, but only 0 are there",
    );
}
