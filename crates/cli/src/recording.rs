//! What was recorded of a market, as a tape that orders meet.

use anyhow::{Context as _, anyhow};
use autotrading_catalog::{Frames, Ticks};
use autotrading_domain::{Instrument, InstrumentId, Instruments, MarketEvent, Span};
use autotrading_exchanges::{BinanceDialect, BinanceMarket};
use autotrading_market_data::{BackwardClock, BookFindings, Tape, TapeBuilder};

use crate::failure::Failure;
use crate::market_arguments::NamedFile;

/// The files about one instrument.
#[derive(Debug, Default)]
pub(crate) struct RecordedFiles<'a> {
    pub(crate) frames: Vec<&'a NamedFile>,
    pub(crate) trades: Vec<&'a NamedFile>,
    pub(crate) quotes: Vec<&'a NamedFile>,
}

impl RecordedFiles<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty() && self.trades.is_empty() && self.quotes.is_empty()
    }

    /// All files as one tape, in the order of the venue's time. What was odd is said on standard error.
    pub(crate) fn tape(&self, instrument: &Instrument) -> Result<Tape, Failure> {
        let market = BinanceMarket::UsdMargined;
        let mut builder =
            TapeBuilder::new(instrument.ticks().step_f64(), market.numbering(), BackwardClock::Sort);
        for file in &self.frames {
            hear_frames(file, market, instrument, &mut builder)?;
        }
        let apart = |file: &NamedFile| format!("{}", file.path.display());
        for file in &self.trades {
            let mut ticks = Ticks::trades(&file.path)?;
            while let Some((at, data)) = ticks.next_tick()? {
                let word = MarketEvent { instrument: InstrumentId(0), ts_event: at, ts_received: at, data };
                builder.hear(&word).with_context(|| apart(file))?;
            }
        }
        for file in &self.quotes {
            let mut ticks = Ticks::quotes(&file.path)?;
            while let Some((at, data)) = ticks.next_tick()? {
                let word = MarketEvent { instrument: InstrumentId(0), ts_event: at, ts_received: at, data };
                builder.hear(&word).with_context(|| apart(file))?;
            }
        }
        // Files that are read one after the other are not a clock that runs backward.
        if !self.frames.is_empty() {
            tell_findings(&instrument.spec().symbol, builder.findings());
        }
        // Nobody hears of a thing before it happened: the fastest recorded word took a millisecond.
        let least = (!self.frames.is_empty()).then_some(Span::MILLISECOND);
        let tape = builder.finish(least);
        if tape.clock_offset() < Span::ZERO {
            let behind = Span::from_nanos(-tape.clock_offset().nanos());
            eprintln!(
                "note: {}: the recorder's clock was {:.0} ms behind the venue's, and is set right",
                instrument.spec().symbol,
                behind.in_units_of(Span::MILLISECOND)
            );
        }
        if tape.rows().is_empty() {
            let symbol = &instrument.spec().symbol;
            return Err(Failure::Work(anyhow!("nothing in the recording is about {symbol}")));
        }
        Ok(tape)
    }
}

/// The first finding of each kind, and how many there were of it.
fn tell_findings(symbol: &str, findings: &BookFindings) {
    let mut told = Vec::new();
    for finding in findings.listed() {
        let kind = std::mem::discriminant(finding);
        if !told.contains(&kind) {
            told.push(kind);
            eprintln!("note: {symbol}: {} times in the recording: {finding}", findings.count_like(finding));
        }
    }
}

fn hear_frames(
    file: &NamedFile,
    market: BinanceMarket,
    instrument: &Instrument,
    builder: &mut TapeBuilder,
) -> Result<(), Failure> {
    let dialect = BinanceDialect::new(market, &Instruments::new(vec![instrument.clone()]));
    let (mut frames, mut events) = (Frames::open(&file.path)?, Vec::new());
    while let Some(frame) = frames.next_frame()? {
        let place = || format!("{}, line {}", file.path.display(), frame.line);
        dialect.decode(frame.content, frame.received, &mut events).with_context(place)?;
        for event in events.drain(..) {
            builder.hear(&event).with_context(place)?;
        }
    }
    Ok(())
}
