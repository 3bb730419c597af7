//! What the venue does, told in the trader's notation.
//!
//! ```text
//! we #1 buy 0.5 market              sent at the close of the last bar, or after the open of the present one
//! bar 100 105 99 104                a whole bar (open high low close): both phases
//! > #1 filled 0.5 @ 100 taker       what we hear of it; `accepted` is left out
//! marked 100 101 95 99              the mark price over the bar that comes next
//! open 104 106 103 105 vol 10       the open phase alone, `close` the other one
//! books 0.5 1000                    position and wallet as the venue counts them
//! ```
//!
//! After the head `ticks` the market is told tick by tick, one word a millisecond:
//!
//! ```text
//! book 98x5 99x2 | 101x3            a whole book, bids and offers; `quote 99x2 | 101x3` without the rest
//! bid 99 0                          what stands at a price now; `ask 101 4`
//! buys 2 @ 101                      somebody takes; `sells 2 @ 99`
//! mark 95                           the mark price
//! lost                              the book is not known any more
//! why #1 ...                        why the fills since the last `why` happened
//! ```
//!
//! A script is played, and what was heard is written into it: the result must be the script itself.

mod brackets;
mod conditional;
mod faults;
mod funding;
mod golden;
mod limits;
mod margin;
mod market;
mod marks;
mod notation;
mod properties;
mod requests;
mod ticks;
mod ways;

use autotrading_domain::{
    Bar, Event, Instrument, InstrumentId, InstrumentKind, InstrumentSpec, Instruments, Money, PriceBand,
    Rate, Span, Timestamp,
};

use super::{SimulatedVenue, VenueRules};

/// A venue, a clock and what was heard.
struct Stage {
    venue: SimulatedVenue,
    now: Timestamp,
    told: usize,
    bar: Option<Bar>,
    next_open: Timestamp,
    script: Vec<String>,
}

const BITCOIN: InstrumentId = InstrumentId(0);

/// The instrument of the scripts: tick 0.1, lot 0.001, no fees unless the script names them.
fn bitcoin() -> InstrumentSpec {
    Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
        .unwrap()
        .into()
}

/// Plays a script on a venue with these rules; the heads `cash`, `fees TAKER MAKER`, `minimum NOTIONAL`, `band UP DOWN`
/// and `spot` come first.
fn play(rules: VenueRules, script: &str) {
    let lines: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let (mut spec, mut cash) = (bitcoin(), Money::new(1_000_000.into()));
    let mut ticks = None;
    let mut heard = Vec::new();
    let mut lines_left = lines.iter().peekable();
    while let Some(line) =
        lines_left.next_if(|line| head(line, &mut spec, &mut cash) || ticks::head(line, &mut ticks))
    {
        heard.push((*line).to_owned());
    }
    let instruments = Instruments::new(vec![Instrument::new(spec).unwrap()]);
    let mut venue = SimulatedVenue::new(&instruments, rules, cash, 7).unwrap();
    if let Some(rules) = ticks {
        venue.follow_ticks(BITCOIN, rules).unwrap();
    }
    let mut stage = Stage { script: heard, ..Stage::new(venue) };
    for line in lines_left.filter(|line| !line.starts_with('>')) {
        stage.act(line);
    }
    assert_eq!(stage.script.join("\n"), lines.join("\n"), "left: what was heard");
}

fn head(line: &str, spec: &mut InstrumentSpec, cash: &mut Money) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["cash", amount] => *cash = Money::new(amount.parse().unwrap()),
        ["fees", taker, maker] => {
            spec.taker_fee = Rate::new(taker.parse().unwrap());
            spec.maker_fee = Rate::new(maker.parse().unwrap());
        }
        ["minimum", notional] => spec.min_notional = Money::new(notional.parse().unwrap()),
        ["band", up, down] => {
            spec.price_band = Some(PriceBand { up: up.parse().unwrap(), down: down.parse().unwrap() });
        }
        ["spot"] => spec.kind = InstrumentKind::Spot,
        _ => return false,
    }
    true
}

impl Stage {
    fn new(venue: SimulatedVenue) -> Self {
        let start = Timestamp::EPOCH;
        Self { venue, now: start, told: 0, bar: None, next_open: start, script: Vec::new() }
    }

    fn act(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.script.push(line.to_owned());
        match words[..] {
            ["we", ..] => self.send(&words[1..]),
            ["wait", span] => self.now = self.now.after(notation::span(span)),
            ["gap", span] => {
                self.next_open = self.next_open.after(notation::span(span));
            }
            ["open", ..] => self.open(&words[1..]),
            ["marked", ..] => {
                let marks = notation::bar(&words[1..], self.next_open);
                self.venue.mark_bar(BITCOIN, &marks).unwrap();
            }
            ["close"] => self.close(),
            ["bar", ..] => {
                self.open(&words[1..]);
                self.close();
            }
            ["books", ..] => {
                let account = self.venue.account();
                let line = format!(
                    "books {} {}",
                    account.positions[0].signed.normalize(),
                    account.wallet().unwrap().get().normalize()
                );
                *self.script.last_mut().unwrap() = line;
            }
            ["why", ..] => self.explain(),
            _ => match ticks::word(&words) {
                Some(said) => self.tell(said),
                None => panic!("not in the notation: {line}"),
            },
        }
    }

    fn send(&mut self, words: &[&str]) {
        let ask = notation::request(words);
        if let Err(error) = self.venue.receive(ask.as_request(BITCOIN), self.now) {
            self.script.push(format!("> {error}"));
        }
    }

    fn open(&mut self, words: &[&str]) {
        let bar = notation::bar(words, self.next_open);
        self.now = bar.open_time;
        self.bar = Some(bar);
        let mut out = Vec::new();
        self.venue.open_bar(BITCOIN, &bar, &mut out).unwrap();
        self.hear(&out);
    }

    fn close(&mut self) {
        let bar = self.bar.take().unwrap();
        self.next_open = bar.close_time();
        self.now = bar.close_time();
        let mut out = Vec::new();
        self.venue.close_bar(BITCOIN, &bar, &mut out).unwrap();
        self.hear(&out);
    }

    fn hear(&mut self, out: &[Event]) {
        self.script.extend(out.iter().filter_map(notation::told).map(|line| format!("> {line}")));
    }
}

/// The frictionless venue, with one thing changed.
fn research(change: impl FnOnce(&mut VenueRules)) -> VenueRules {
    let mut rules = VenueRules::research();
    change(&mut rules);
    rules
}

/// One bar's length in the scripts.
const HOUR: Span = Span::HOUR;
