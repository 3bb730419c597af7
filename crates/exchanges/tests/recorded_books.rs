//! The local book against the venue's own best quotes, on recorded frames.
//!
//! The frames in `data/` are made by hand. Real recordings are not part of the project: a folder of them is named by the
//! environment variable `AUTOTRADING_L2_DATA`, and without it that test says `skipped`.

#![allow(clippy::unwrap_used, reason = "a test helper that fails is a test that fails")]
#![allow(clippy::disallowed_methods, reason = "where recordings lie comes from outside")]

use std::{collections::BTreeMap, path::Path};

use autotrading_catalog::Frames;
use autotrading_domain::{Instrument, Instruments, MarketData, Side, Span};
use autotrading_exchanges::{BinanceDialect, BinanceMarket, FrameKind};
use autotrading_market_data::{BackwardClock, BookFinding, BookNews, RowKind, Tape, TapeBuilder};

/// Best bid and offer, each with what stands there.
type Best = [(i64, f64); 2];

/// What became of a recording.
struct Played {
    frames: usize,
    /// Best quotes of the local book and of the venue after the same update.
    compared: usize,
    different: usize,
    crossed: usize,
    findings: Vec<BookFinding>,
    tape: Tape,
}

fn play(path: &Path, market: BinanceMarket, instrument: (&str, &str)) -> Played {
    play_frames(Frames::open(path).unwrap(), market, instrument)
}

fn play_frames(mut recording: Frames<'_>, market: BinanceMarket, (symbol, tick): (&str, &str)) -> Played {
    let instrument =
        Instrument::linear_perpetual("binance", symbol, tick.parse().unwrap(), "0.001".parse().unwrap())
            .unwrap();
    let ticks = *instrument.ticks();
    let dialect = BinanceDialect::new(market, &Instruments::new(vec![instrument]));
    let mut builder = TapeBuilder::new(ticks.step_f64(), market.numbering(), BackwardClock::Sort);
    let (mut ours, mut venues) = (BTreeMap::<u64, Best>::new(), BTreeMap::<u64, Best>::new());
    let (mut frames, mut crossed, mut events) = (0, 0, Vec::new());
    while let Some(frame) = recording.next_frame().unwrap() {
        frames += 1;
        let kind = dialect.decode(frame.content, frame.received, &mut events).unwrap();
        for event in events.drain(..) {
            if let (FrameKind::BestQuote { update }, MarketData::Quote(quote)) = (&kind, &event.data) {
                let tick = |price| ticks.nearest_index(price).unwrap();
                venues.insert(
                    *update,
                    [(tick(quote.bid), quote.bid_quantity), (tick(quote.ask), quote.ask_quantity)],
                );
            }
            let news = builder.hear(&event).unwrap();
            if matches!(news, Some(BookNews::Applied | BookNews::Rebuilt)) {
                let (book, update) = builder.book().unwrap();
                crossed += usize::from(book.is_crossed());
                let best = |side| book.best(side).map(|level| (level.tick, level.quantity)).unwrap();
                ours.insert(update, [best(Side::Buy), best(Side::Sell)]);
            }
        }
    }
    let common: Vec<_> = ours.iter().filter_map(|(update, best)| Some((best, venues.get(update)?))).collect();
    let different = common.iter().filter(|(ours, venues)| ours != venues).count();
    let findings = builder.findings().listed().to_vec();
    let tape = builder.finish(Some(Span::MILLISECOND));
    Played { frames, compared: common.len(), different, crossed, findings, tape }
}

fn is_in_order_and_never_heard_before_it_happened(tape: &Tape) -> bool {
    tape.rows().iter().all(|row| row.heard > row.venue)
        && tape.rows().windows(2).all(|pair| pair[0].venue <= pair[1].venue && pair[0].heard <= pair[1].heard)
}

#[test]
fn a_race_a_gap_and_an_old_message_leave_the_book_right_or_unknown() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/frames.txt");
    let played = play(&path, BinanceMarket::UsdMargined, ("BTCUSDT", "0.1"));
    assert_eq!((played.frames, played.compared, played.different, played.crossed), (19, 4, 0, 0));
    let words: Vec<_> = played.findings.iter().map(ToString::to_string).collect();
    let expected = [
        "the venue's clock ran backward: 2023-11-14T22:13:20.025Z after 2023-11-14T22:13:20.030Z",
        "the venue's clock ran backward: 2023-11-14T22:13:20.030Z after 2023-11-14T22:13:20.040Z",
        "a book update out of order: 115 comes after 121",
        "the venue's clock ran backward: 2023-11-14T22:13:20.038Z after 2023-11-14T22:13:20.040Z",
        "a gap in the book: the update follows 125, but the last one was 121",
        "the venue's clock ran backward: 2023-11-14T22:13:20.061Z after 2023-11-14T22:13:20.070Z",
        "the snapshot ends at 124, but the first update after it follows 125",
        "the venue's clock ran backward: 2023-11-14T22:13:20.070Z after 2023-11-14T22:13:20.075Z",
    ];
    assert_eq!(words, expected);
    assert!(is_in_order_and_never_heard_before_it_happened(&played.tape));
    let count = |kind| played.tape.rows().iter().filter(|row| row.kind == kind).count();
    assert_eq!(
        (count(RowKind::Lost), count(RowKind::Clear), count(RowKind::Sold), count(RowKind::Bought)),
        (1, 2, 1, 1)
    );
}

/// A made-up market that keeps its own book in the plainest way, and says it as the venue would: changes in one stream, best
/// quotes in another, which overtakes the first by some milliseconds, heard by a recorder whose clock is 1.2 s behind.
struct MadeUp {
    state: u64,
    /// Lots by tick, bids then offers.
    sides: [BTreeMap<i64, i64>; 2],
    update: u64,
    at: i64,
    /// Frames with the time at which they were received.
    said: Vec<(i64, String)>,
}

impl MadeUp {
    fn below(&mut self, bound: u64) -> i64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) % bound).cast_signed()
    }

    fn say(&mut self, late: i64, frame: String) {
        self.said.push(((self.at + late - 1_200) * 1_000_000, frame));
    }

    fn levels<'a>(levels: impl Iterator<Item = (&'a i64, &'a i64)>) -> String {
        let level = |(tick, lots): (&i64, &i64)| format!("[\"{}.{}\",\"{lots}\"]", tick / 10, tick % 10);
        levels.map(level).collect::<Vec<_>>().join(",")
    }

    fn best(&self) -> [(i64, i64); 2] {
        let [bids, asks] = &self.sides;
        [bids.last_key_value(), asks.first_key_value()].map(|best| best.map(|(t, q)| (*t, *q)).unwrap())
    }

    fn snapshot(&mut self) {
        let [bids, asks] = self.sides.each_ref().map(|side| Self::levels(side.iter()));
        let (update, at) = (self.update, self.at);
        self.say(
            1,
            format!(
                "{{\"lastUpdateId\":{update},\"E\":{at},\"T\":{at},\"bids\":[{bids}],\"asks\":[{asks}]}}"
            ),
        );
    }

    /// Some levels change; the best one may go, and the spread may be closed.
    fn change(&mut self, told: bool) {
        self.at += 1 + self.below(40);
        let mut changed = [BTreeMap::new(), BTreeMap::new()];
        for _ in 0..=self.below(4) {
            let side = self.below(2) as usize;
            let [(bid, _), (ask, _)] = self.best();
            let inside = if side == 0 { (ask - 1).min(bid + 1) } else { (bid + 1).max(ask - 1) };
            let away = if side == 0 { -self.below(12) } else { self.below(12) };
            let tick = inside + away;
            let lots = if self.below(3) == 0 && self.sides[side].len() > 3 { 0 } else { 1 + self.below(500) };
            if lots == 0 {
                self.sides[side].remove(&tick)
            } else {
                self.sides[side].insert(tick, lots)
            };
            changed[side].insert(tick, lots);
        }
        let (before, first) = (self.update, self.update + 1);
        self.update += 1 + self.below(5) as u64;
        let (last, at) = (self.update, self.at);
        let [bids, asks] = changed.each_ref().map(|side| Self::levels(side.iter()));
        if told {
            self.say(
                3,
                format!("{{\"e\":\"depthUpdate\",\"E\":{at},\"T\":{at},\"s\":\"BTCUSDT\",\"U\":{first},\"u\":{last},\"pu\":{before},\"b\":[{bids}],\"a\":[{asks}]}}"),
            );
        }
        if self.below(3) == 0 {
            let [bid, ask] = self.best();
            let text = |(tick, lots): (i64, i64), [price, amount]: [&str; 2]| {
                format!("\"{price}\":\"{}.{}\",\"{amount}\":\"{lots}\"", tick / 10, tick % 10)
            };
            let late = 1 + self.below(5);
            let (bid, ask) = (text(bid, ["b", "B"]), text(ask, ["a", "A"]));
            self.say(
                late,
                format!("{{\"e\":\"bookTicker\",\"u\":{last},\"s\":\"BTCUSDT\",{bid},{ask},\"T\":{at},\"E\":{at}}}"),
            );
        }
    }

    fn recorded(mut self) -> String {
        self.said.sort_by_key(|(received, _)| *received);
        self.said.into_iter().map(|(received, frame)| format!("{received} {frame}\n")).collect()
    }
}

#[test]
fn on_a_made_up_recording_the_local_book_is_the_markets_own_also_after_a_gap() {
    let ladder = |from: i64, step: i64| (0..30).map(|place| (from + step * place, 10 + place)).collect();
    let sides = [ladder(10_000, -1), ladder(10_002, 1)];
    let mut market = MadeUp { state: 5, sides, update: 1_000, at: 1_700_000_000_000, said: Vec::new() };
    for step in 0..6_000 {
        if step == 3 || step == 3_100 {
            market.snapshot();
        }
        // A hundred messages before the second snapshot the connection was down for two of them.
        market.change(!(3_000..3_002).contains(&step));
    }
    let text = market.recorded();
    let frames = Frames::of(text.as_bytes(), "made up").unwrap();
    let played = play_frames(frames, BinanceMarket::UsdMargined, ("BTCUSDT", "0.1"));
    assert!(played.compared > 1_500, "{}", played.compared);
    assert_eq!((played.different, played.crossed), (0, 0));
    let gaps = played.findings.iter().filter(|found| matches!(found, BookFinding::Gap { .. })).count();
    let lost = played.tape.rows().iter().filter(|row| row.kind == RowKind::Lost).count();
    assert_eq!((gaps.min(1), lost), (1, 1), "{:?}", played.findings);
    assert!(is_in_order_and_never_heard_before_it_happened(&played.tape));
    assert!(played.tape.clock_offset() < Span::ZERO);
}

#[test]
fn on_recorded_markets_the_local_book_is_the_venues_book_at_every_common_update() {
    let Ok(folder) = std::env::var("AUTOTRADING_L2_DATA") else {
        println!("skipped: AUTOTRADING_L2_DATA names no folder of recordings");
        return;
    };
    for (file, symbol, tick, common) in
        [("btcusdt_20240808.gz", "BTCUSDT", "0.1", 629), ("ethusdt_20240808.gz", "ETHUSDT", "0.01", 551)]
    {
        let played = play(&Path::new(&folder).join(file), BinanceMarket::UsdMargined, (symbol, tick));
        let rows = played.tape.rows().len();
        println!(
            "{symbol}: {} frames, {rows} rows, {} of {} equal, {} crossed, recorder's clock {} off",
            played.frames,
            played.compared - played.different,
            played.compared,
            played.crossed,
            played.tape.clock_offset()
        );
        assert_eq!((played.compared, played.different, played.crossed), (common, 0, 0));
        assert!(played.findings.iter().all(|finding| matches!(finding, BookFinding::ClockBackward { .. })));
        assert!(is_in_order_and_never_heard_before_it_happened(&played.tape));
    }
}
