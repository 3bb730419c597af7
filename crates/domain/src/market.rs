//! What a market says. Measurements: `f64`, checked for being finite at the door.

use serde::{Deserialize, Serialize};

use crate::{Instrument, InstrumentId, Side, Span, Timestamp, ValueError};

/// Prices and volume over one interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// When it opens.
    pub open_time: Timestamp,
    /// Its length.
    pub interval: Span,
    /// First price, in quote currency per base unit.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount, in base units.
    pub volume: f64,
    /// Whether it is over. Decisions are made on closed bars only.
    pub closed: bool,
    /// Whether it was filled forward over a gap. Nothing trades on such a bar.
    pub synthetic: bool,
}

impl Bar {
    /// When it closes: the open of the next one.
    pub const fn close_time(&self) -> Timestamp {
        self.open_time.after(self.interval)
    }

    /// Checks that the four prices are finite, above zero and in order, and that the volume is finite and not negative.
    ///
    /// # Errors
    /// [`ValueError::NotFinite`] names the field and its value.
    pub fn check(&self) -> Result<(), ValueError> {
        // One comparison per bound lets NaN fail without a test of its own.
        let sound = self.low > 0.0
            && self.low <= self.open
            && self.low <= self.close
            && self.high >= self.open
            && self.high >= self.close
            && self.high < f64::INFINITY
            && self.volume >= 0.0
            && self.volume < f64::INFINITY;
        if sound { Ok(()) } else { Err(self.fault()) }
    }

    #[cold]
    fn fault(&self) -> ValueError {
        let prices = [("open", self.open), ("high", self.high), ("low", self.low), ("close", self.close)];
        for (what, got) in prices {
            if !got.is_finite() || got <= 0.0 {
                return ValueError::NotFinite { what, got, positive: true };
            }
        }
        if !self.volume.is_finite() || self.volume < 0.0 {
            return ValueError::NotFinite { what: "volume", got: self.volume, positive: false };
        }
        let (what, got) = if self.high < self.low {
            ("high (below low)", self.high)
        } else if self.high < self.open.max(self.close) {
            ("high (below open or close)", self.high)
        } else {
            ("low (above open or close)", self.low)
        };
        ValueError::NotFinite { what, got, positive: true }
    }
}

/// One trade of the market.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// Price, in quote currency per base unit.
    pub price: f64,
    /// Amount, in base units.
    pub quantity: f64,
    /// Who took.
    pub taker: Side,
}

/// The best bid and offer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Best bid, in quote currency per base unit.
    pub bid: f64,
    /// Amount at the best bid, in base units.
    pub bid_quantity: f64,
    /// Best offer.
    pub ask: f64,
    /// Amount at the best offer.
    pub ask_quantity: f64,
}

/// One price level of a book, by integer ticks; a quantity of zero deletes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Price in ticks of the instrument.
    pub tick: i64,
    /// Amount, in base units.
    pub quantity: f64,
}

/// A whole book, or its changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BookLevels {
    /// First update id covered.
    pub first_update: u64,
    /// Last update id covered.
    pub last_update: u64,
    /// Last update id of the previous message, where the venue says it.
    pub previous_update: Option<u64>,
    /// Bids, best first.
    pub bids: Vec<Level>,
    /// Offers, best first.
    pub asks: Vec<Level>,
}

/// What an instrument may do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentStatus {
    /// Trades.
    Trading,
    /// Does not trade for now.
    Halted,
    /// Only reduces.
    ReduceOnly,
    /// Will not trade again.
    Delisted,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketData {
    /// A bar.
    Bar(Bar),
    /// A trade.
    Trade(Trade),
    /// The best bid and offer.
    Quote(Quote),
    /// A whole book.
    BookSnapshot(Box<BookLevels>),
    /// Changes of a book.
    BookDelta(Box<BookLevels>),
    /// The mark price, in quote currency per base unit.
    MarkPrice(f64),
    /// The price of the underlying index, in quote currency per base unit.
    IndexPrice(f64),
    /// The funding rate of the coming funding, and when that is.
    FundingRate {
        /// The rate, longs pay when positive.
        rate: f64,
        /// When it is paid.
        next: Timestamp,
    },
    /// Somebody was liquidated.
    Liquidation(Trade),
    /// The instrument changed its state.
    Status(InstrumentStatus),
    /// The instrument's facts from now on: its grids, smallest and largest orders, fees, margin tiers.
    Listing(Box<Instrument>),
}

/// One word of the market on one instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketEvent {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// When it happened at the venue; for a bar, when it closed (or, while open, the moment of the update).
    pub ts_event: Timestamp,
    /// When we heard of it.
    pub ts_received: Timestamp,
    /// What was said.
    pub data: MarketData,
}

impl MarketEvent {
    /// A closed bar, heard of at its close.
    pub const fn closed_bar(instrument: InstrumentId, bar: Bar) -> Self {
        let at = bar.close_time();
        Self { instrument, ts_event: at, ts_received: at, data: MarketData::Bar(bar) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(open: f64, high: f64, low: f64, close: f64, volume: f64) -> Bar {
        Bar {
            open_time: Timestamp::EPOCH,
            interval: Span::HOUR,
            open,
            high,
            low,
            close,
            volume,
            closed: true,
            synthetic: false,
        }
    }

    #[test]
    fn a_sound_bar_passes() {
        assert_eq!(bar(10.0, 12.0, 9.0, 11.0, 0.0).check(), Ok(()));
    }

    #[test]
    fn every_fault_of_a_bar_is_named() {
        for (faulty, word) in [
            (bar(f64::NAN, 12.0, 9.0, 11.0, 1.0), "open"),
            (bar(10.0, f64::INFINITY, 9.0, 11.0, 1.0), "high"),
            (bar(10.0, 12.0, -9.0, 11.0, 1.0), "low"),
            (bar(10.0, 8.0, 9.0, 11.0, 1.0), "below low"),
            (bar(10.0, 10.5, 9.0, 11.0, 1.0), "below open or close"),
            (bar(10.0, 12.0, 10.5, 11.0, 1.0), "above open or close"),
            (bar(10.0, 12.0, 9.0, 11.0, f64::NAN), "volume"),
        ] {
            assert!(faulty.check().unwrap_err().to_string().contains(word), "{word}");
        }
    }
}
