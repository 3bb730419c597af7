//! Trades, quotes and books.

mod book;
mod orders;
mod queue;
mod venue;

use autotrading_domain::{BookLevels, Level, MarketData, MarketEvent, Quote, Side, Span, Trade};
use autotrading_market_data::{RowKind, TapeRow};

use super::{BITCOIN, Stage};
use crate::{CancelWeight, QueueModel, TickRules};

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
