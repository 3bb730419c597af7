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

fn play(path: &Path, market: BinanceMarket, (symbol, tick): (&str, &str)) -> Played {
    let instrument =
        Instrument::linear_perpetual("binance", symbol, tick.parse().unwrap(), "0.001".parse().unwrap())
            .unwrap();
    let ticks = *instrument.ticks();
    let dialect = BinanceDialect::new(market, &Instruments::new(vec![instrument]));
    let mut builder = TapeBuilder::new(ticks.step_f64(), market.numbering(), BackwardClock::Sort);
    let mut recording = Frames::open(path).unwrap();
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
