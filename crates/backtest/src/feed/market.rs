//! One market of the past: its bars and all else that is known of it.

use autotrading_domain::{InstrumentStatus, MarketData, Rate, Timestamp};
use autotrading_exchanges::TickRules;
use autotrading_market_data::{Announcement, BarSupply, Chronicle, History, Tape, TapeRow};

/// One market of the past, as a run of many is given it.
///
/// ```
/// use autotrading_backtest::MarketHistory;
/// use autotrading_market_data::CommonWorkload;
///
/// let history = CommonWorkload::history(60);
/// let market = MarketHistory::new("BTCUSDT", &history);
/// assert_eq!(market.bars.facts().bars, 60);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MarketHistory<'a> {
    /// The symbol that the configuration knows it by.
    pub symbol: &'a str,
    /// Its bars, in memory or in a file.
    pub bars: &'a dyn BarSupply,
    /// Funding rates at their times; empty for the venue's default rate at every interval.
    pub funding: &'a [(Timestamp, Rate)],
    /// Mark-price bars, as long as its own: the venue marks, funds and liquidates by them. The house hears of the mark price
    /// by the chronicle.
    /// Where one is missing, and for `None`, mark is the bar's own price.
    pub marks: Option<&'a History>,
    /// What else it said; `None` for bars alone.
    pub chronicle: Option<&'a Chronicle>,
    /// What was recorded of it, row by row: for the venue, which matches orders on it. The house hears of its trades and
    /// mark prices, no earlier than the recorder did.
    pub tape: Option<&'a Tape>,
    /// With these rules the venue matches orders on the trades, quotes and books of the chronicle or the tape, and follows
    /// its mark prices; the bars are told to the house alone. `None`: it matches them on the bars.
    pub ticks: Option<TickRules>,
}

impl<'a> MarketHistory<'a> {
    /// Bars, and nothing else.
    pub const fn new(symbol: &'a str, bars: &'a dyn BarSupply) -> Self {
        Self { symbol, bars, funding: &[], marks: None, chronicle: None, tape: None, ticks: None }
    }

    /// The same with real funding rates.
    #[must_use]
    pub const fn with_funding(self, funding: &'a [(Timestamp, Rate)]) -> Self {
        Self { funding, ..self }
    }

    /// The same with mark-price bars.
    #[must_use]
    pub const fn with_marks(self, marks: &'a History) -> Self {
        Self { marks: Some(marks), ..self }
    }

    /// The same with what else the market said.
    #[must_use]
    pub const fn with_chronicle(self, chronicle: &'a Chronicle) -> Self {
        Self { chronicle: Some(chronicle), ..self }
    }

    /// The same with orders that meet trades, quotes and books in place of bars.
    #[must_use]
    pub const fn with_ticks(self, rules: TickRules) -> Self {
        Self { ticks: Some(rules), ..self }
    }

    /// The same with orders that meet a recorded market.
    #[must_use]
    pub const fn with_tape(self, tape: &'a Tape, rules: TickRules) -> Self {
        Self { tape: Some(tape), ticks: Some(rules), ..self }
    }

    pub(super) fn rows(&self) -> &'a [TapeRow] {
        self.tape.map_or(&[], Tape::rows)
    }

    pub(super) fn announcements(&self) -> &'a [Announcement] {
        self.chronicle.map_or(&[], Chronicle::as_slice)
    }

    /// When the instrument is traded no more.
    pub(crate) fn delisted(&self) -> Option<Timestamp> {
        let ends = |said: &&Announcement| said.data == MarketData::Status(InstrumentStatus::Delisted);
        self.announcements().iter().find(ends).map(|said| said.at)
    }
}
