//! Bytes in, events out.

use autotrading_domain::{
    BookLevels, Grid, InstrumentError, InstrumentId, Instruments, Level, MarketData, MarketEvent, Quote,
    Side, Timestamp, Trade, ValueError,
};
use autotrading_market_data::UpdateNumbering;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    DialectError,
    wire::{BookTicker, Combined, DepthUpdate, Head, MarkPrice, Pair, Snapshot, Traded},
};

/// Which of its markets speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BinanceMarket {
    /// Futures margined in USDT and USDC.
    #[default]
    UsdMargined,
    /// Spot.
    Spot,
}

impl BinanceMarket {
    /// How the changes of its books are numbered.
    pub const fn numbering(self) -> UpdateNumbering {
        match self {
            Self::UsdMargined => UpdateNumbering::NamesPrevious,
            Self::Spot => UpdateNumbering::Consecutive,
        }
    }
}

/// What a frame was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// Changes of a book.
    Depth,
    /// A whole book, as the REST interface answers it.
    Snapshot,
    /// The best bid and offer.
    BestQuote {
        /// Number of the update after which they stood.
        update: u64,
    },
    /// A trade; `aggTrade` says the same trades again, so listen to one of the two.
    Trade,
    /// Mark price, and the coming funding.
    Mark,
    /// The answer to a request.
    Answer {
        /// Its number.
        id: u64,
    },
    /// Something else, which is left to others.
    Other,
}

/// Understands the market streams of Binance, single (`/ws`) or combined (`/stream`), and depth snapshots.
///
/// Times are those of the matching engine (`T`); spot tells none for quotes and snapshots, which then carry the time of
/// their reception.
///
/// ```
/// use autotrading_domain::{Instrument, Instruments, MarketData, Timestamp};
/// use autotrading_exchanges::{BinanceDialect, BinanceMarket, FrameKind};
///
/// let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let dialect = BinanceDialect::new(BinanceMarket::UsdMargined, &Instruments::new(vec![bitcoin]));
/// let frame = br#"{"e":"trade","E":2,"T":1,"s":"BTCUSDT","t":7,"p":"61800.30","q":"0.006","X":"MARKET","m":false}"#;
/// let mut events = Vec::new();
/// assert_eq!(dialect.decode(frame, Timestamp::EPOCH, &mut events)?, FrameKind::Trade);
/// assert!(matches!(&events[0].data, MarketData::Trade(trade) if trade.price == 61_800.3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct BinanceDialect {
    market: BinanceMarket,
    listed: Vec<Listed>,
}

#[derive(Clone, Debug)]
struct Listed {
    id: InstrumentId,
    symbol: String,
    ticks: Grid,
}

impl BinanceDialect {
    /// A dialect that knows these instruments by their symbols.
    pub fn new(market: BinanceMarket, instruments: &Instruments) -> Self {
        let listed = instruments.iter().map(|(id, instrument)| Listed {
            id,
            symbol: instrument.spec().symbol.clone(),
            ticks: *instrument.ticks(),
        });
        Self { market, listed: listed.collect() }
    }

    /// Which market it speaks for.
    pub const fn market(&self) -> BinanceMarket {
        self.market
    }

    /// Understands a frame and adds what it says to `out`. A frame with an error adds nothing.
    ///
    /// # Errors
    /// [`DialectError`] for what is no JSON, an unknown symbol, a price off the grid, a figure that is none.
    pub fn decode(
        &self,
        frame: &[u8],
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let head: Head<'_> = read(frame)?;
        let combined = head.stream.is_some();
        let kind = head.data.and_then(|data| data.e).or(head.e);
        let quote_of_spot = kind.is_none() && (head.u.is_some() || head.stream.is_some_and(is_best_quote));
        match kind {
            Some("depthUpdate") => self.depth(&body(frame, combined)?, received, out),
            Some("bookTicker") => self.best_quote(&body(frame, combined)?, received, out),
            Some("trade" | "aggTrade") => self.trade(&body(frame, combined)?, received, out),
            Some("markPriceUpdate") => self.mark(&body(frame, combined)?, received, out),
            Some(_) => Ok(FrameKind::Other),
            None if head.last_update.is_some() => match self.listed.as_slice() {
                [only] => self.snapshot(only, &read(frame)?, received, out),
                several => Err(DialectError::WhoseSnapshot { known: several.len() }),
            },
            None if quote_of_spot => self.best_quote(&body(frame, combined)?, received, out),
            None => Ok(head.id.map_or(FrameKind::Other, |id| FrameKind::Answer { id })),
        }
    }

    /// Understands the answer to a request for the depth of one instrument.
    ///
    /// # Errors
    /// As [`decode`](Self::decode); an instrument that is not listed.
    pub fn decode_snapshot(
        &self,
        instrument: InstrumentId,
        answer: &[u8],
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let known = self.listed.len();
        let listed = self.listed.iter().find(|listed| listed.id == instrument);
        let listed = listed.ok_or(InstrumentError::Unknown { id: instrument, known })?;
        self.snapshot(listed, &read(answer)?, received, out)
    }

    fn depth(
        &self,
        update: &DepthUpdate<'_>,
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let listed = self.listed(update.symbol)?;
        let levels = BookLevels {
            first_update: update.first,
            last_update: update.last,
            previous_update: update.previous,
            bids: listed.levels(&update.bids)?,
            asks: listed.levels(&update.asks)?,
        };
        let at = moment(update.transaction_time.unwrap_or(update.event_time));
        out.push(listed.event(at, received, MarketData::BookDelta(Box::new(levels))));
        Ok(FrameKind::Depth)
    }

    fn snapshot(
        &self,
        listed: &Listed,
        answer: &Snapshot<'_>,
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let levels = BookLevels {
            first_update: answer.last,
            last_update: answer.last,
            previous_update: None,
            bids: listed.levels(&answer.bids)?,
            asks: listed.levels(&answer.asks)?,
        };
        let at = answer.transaction_time.map_or(received, moment);
        out.push(listed.event(at, received, MarketData::BookSnapshot(Box::new(levels))));
        Ok(FrameKind::Snapshot)
    }

    fn best_quote(
        &self,
        ticker: &BookTicker<'_>,
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let listed = self.listed(ticker.symbol)?;
        let quote = Quote {
            bid: listed.figure("bid", ticker.bid)?,
            bid_quantity: listed.figure("bid quantity", ticker.bid_quantity)?,
            ask: listed.figure("ask", ticker.ask)?,
            ask_quantity: listed.figure("ask quantity", ticker.ask_quantity)?,
        };
        let at = ticker.transaction_time.map_or(received, moment);
        out.push(listed.event(at, received, MarketData::Quote(quote)));
        Ok(FrameKind::BestQuote { update: ticker.update })
    }

    fn trade(
        &self,
        traded: &Traded<'_>,
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let listed = self.listed(traded.symbol)?;
        if traded.kind.is_some_and(|kind| kind != "MARKET") {
            return Ok(FrameKind::Other); // the insurance fund and auto-deleveraging do not trade in the book
        }
        let trade = Trade {
            price: listed.figure("price", traded.price)?,
            quantity: listed.figure("quantity", traded.quantity)?,
            taker: if traded.buyer_is_maker { Side::Sell } else { Side::Buy },
        };
        out.push(listed.event(moment(traded.transaction_time), received, MarketData::Trade(trade)));
        Ok(FrameKind::Trade)
    }

    fn mark(
        &self,
        mark: &MarkPrice<'_>,
        received: Timestamp,
        out: &mut Vec<MarketEvent>,
    ) -> Result<FrameKind, DialectError> {
        let listed = self.listed(mark.symbol)?;
        let at = moment(mark.event_time);
        let price = listed.figure("mark price", mark.price)?;
        let funding = match (mark.rate.filter(|rate| !rate.is_empty()), mark.next_funding) {
            (Some(text), Some(next)) if next > 0 => {
                let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite());
                let rate = rate.ok_or_else(|| listed.no_figure("funding rate", text))?;
                Some(MarketData::FundingRate { rate, next: moment(next) })
            }
            _ => None,
        };
        let index = mark.index.filter(|index| !index.is_empty());
        let index =
            index.map(|text| listed.figure("index price", text)).transpose()?.filter(|index| *index > 0.0);
        out.push(listed.event(at, received, MarketData::MarkPrice(price)));
        out.extend(funding.map(|funding| listed.event(at, received, funding)));
        out.extend(index.map(|index| listed.event(at, received, MarketData::IndexPrice(index))));
        Ok(FrameKind::Mark)
    }

    fn listed(&self, symbol: &str) -> Result<&Listed, DialectError> {
        self.listed
            .iter()
            .find(|listed| listed.symbol == symbol)
            .ok_or_else(|| DialectError::UnknownSymbol { got: symbol.to_owned() })
    }
}

impl Listed {
    const fn event(&self, ts_event: Timestamp, ts_received: Timestamp, data: MarketData) -> MarketEvent {
        MarketEvent { instrument: self.id, ts_event, ts_received, data }
    }

    fn levels(&self, pairs: &[Pair<'_>]) -> Result<Vec<Level>, DialectError> {
        pairs
            .iter()
            .map(|(price, quantity)| {
                Ok(Level { tick: self.tick(price)?, quantity: self.figure("quantity", quantity)? })
            })
            .collect()
    }

    /// The price on the grid: exactly, never the nearest.
    fn tick(&self, text: &str) -> Result<i64, DialectError> {
        let price = Decimal::from_str_exact(text).map_err(|_| self.no_figure("price", text))?;
        let named = |source: ValueError| DialectError::Value { symbol: self.symbol.clone(), source };
        self.ticks.index(price, "price").map_err(named)
    }

    fn figure(&self, what: &'static str, text: &str) -> Result<f64, DialectError> {
        let figure = text.parse().ok().filter(|figure| (0.0..f64::INFINITY).contains(figure));
        figure.ok_or_else(|| self.no_figure(what, text))
    }

    fn no_figure(&self, what: &'static str, got: &str) -> DialectError {
        DialectError::Figure { symbol: self.symbol.clone(), what, got: got.to_owned() }
    }
}

fn is_best_quote(stream: &str) -> bool {
    stream.ends_with("@bookTicker")
}

const fn moment(millis: i64) -> Timestamp {
    Timestamp::from_nanos(millis.saturating_mul(1_000_000))
}

fn read<'a, T: Deserialize<'a>>(frame: &'a [u8]) -> Result<T, DialectError> {
    serde_json::from_slice(frame).map_err(|source| DialectError::Unreadable { length: frame.len(), source })
}

fn body<'a, T: Deserialize<'a>>(frame: &'a [u8], combined: bool) -> Result<T, DialectError> {
    if combined { read::<Combined<T>>(frame).map(|combined| combined.data) } else { read(frame) }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Instrument;

    use super::*;

    fn dialect(market: BinanceMarket, tick: &str) -> BinanceDialect {
        let bitcoin =
            Instrument::linear_perpetual("x", "BTCUSDT", tick.parse().unwrap(), "0.001".parse().unwrap());
        BinanceDialect::new(market, &Instruments::new(vec![bitcoin.unwrap()]))
    }

    fn say(frame: &str) -> Result<(FrameKind, Vec<MarketEvent>), DialectError> {
        let mut out = Vec::new();
        let kind = dialect(BinanceMarket::UsdMargined, "0.1").decode(
            frame.as_bytes(),
            Timestamp::EPOCH,
            &mut out,
        )?;
        Ok((kind, out))
    }

    #[test]
    fn a_change_of_the_book_keeps_its_numbers_and_lands_on_ticks() {
        let frame = r#"{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1299,"T":1298,"s":"BTCUSDT","U":6,
            "u":9,"pu":3,"b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[["61800.30","2.5"]],"new":{"x":[1]}}}"#;
        let (kind, events) = say(frame).unwrap();
        let MarketData::BookDelta(levels) = &events[0].data else { panic!("{events:?}") };
        assert_eq!((kind, events[0].ts_event.nanos()), (FrameKind::Depth, 1_298_000_000));
        assert_eq!((levels.first_update, levels.last_update, levels.previous_update), (6, 9, Some(3)));
        let level = |tick, quantity| Level { tick, quantity };
        assert_eq!(levels.bids, [level(587_102, 0.014), level(615_109, 0.0)]);
        assert_eq!(levels.asks, [level(618_003, 2.5)]);
    }

    #[test]
    fn a_trade_tells_who_took_and_the_insurance_fund_does_not_trade_in_the_book() {
        let frame = |maker, kind: &str| {
            format!(
                r#"{{"e":"trade","E":2,"T":1,"s":"BTCUSDT","t":7,"p":"10.0","q":"0.5","X":"{kind}","m":{maker}}}"#
            )
        };
        let (_, events) = say(&frame(true, "MARKET")).unwrap();
        assert_eq!(
            events[0].data,
            MarketData::Trade(Trade { price: 10.0, quantity: 0.5, taker: Side::Sell })
        );
        assert_eq!(say(&frame(false, "INSURANCE_FUND")).unwrap(), (FrameKind::Other, vec![]));
        let grouped =
            r#"{"e":"aggTrade","E":2,"a":5,"s":"BTCUSDT","p":"10.0","q":"0.5","f":1,"l":2,"T":1,"m":false}"#;
        assert_eq!(say(grouped).unwrap().0, FrameKind::Trade);
    }

    #[test]
    fn mark_coming_funding_and_index_are_three_events() {
        let frame =
            r#"{"e":"markPriceUpdate","E":5,"s":"BTCUSDT","p":"10.05","i":"10.1","r":"0.0001","T":28800000}"#;
        let (kind, events) = say(frame).unwrap();
        assert_eq!((kind, events.len()), (FrameKind::Mark, 3));
        assert_eq!(events[0].data, MarketData::MarkPrice(10.05));
        assert_eq!(
            events[1].data,
            MarketData::FundingRate { rate: 0.0001, next: Timestamp::from_secs(28_800) }
        );
        assert_eq!(events[2].data, MarketData::IndexPrice(10.1));
    }

    #[test]
    fn spot_quotes_have_neither_kind_nor_time() {
        let quote = r#"{"stream":"btcusdt@bookTicker","data":{"u":7,"s":"BTCUSDT","b":"10","B":"1","a":"11","A":"2"}}"#;
        let mut out = Vec::new();
        let spot = dialect(BinanceMarket::Spot, "0.01");
        let received = Timestamp::from_secs(9);
        assert_eq!(
            spot.decode(quote.as_bytes(), received, &mut out).unwrap(),
            FrameKind::BestQuote { update: 7 }
        );
        assert_eq!(out[0].ts_event, received);
    }

    #[test]
    fn answers_and_unknown_kinds_are_no_errors() {
        assert_eq!(say(r#"{"result":null,"id":4}"#).unwrap().0, FrameKind::Answer { id: 4 });
        assert_eq!(say(r#"{"e":"somethingNew","x":1}"#).unwrap().0, FrameKind::Other);
    }

    #[test]
    fn what_cannot_be_right_is_refused_with_what_stands_there() {
        let trade = |symbol: &str, price: &str| {
            format!(r#"{{"e":"trade","T":1,"s":"{symbol}","p":"{price}","q":"1","m":true}}"#)
        };
        let depth = r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,"b":[["10.05","1"]],"a":[]}"#;
        for (frame, words) in [
            (trade("DOGEUSDT", "1"), "\"DOGEUSDT\", which is not among the instruments"),
            (trade("BTCUSDT", "NaN"), "price is \"NaN\", expected a number"),
            (trade("BTCUSDT", "-1"), "price is \"-1\", expected a number"),
            (depth.to_owned(), "price 10.05 is not a multiple of 0.1"),
            ("{\"e\":".to_owned(), "a frame of 5 bytes cannot be read"),
            (r#"{"e":"depthUpdate","E":1,"s":"BTCUSDT"}"#.to_owned(), "missing field"),
        ] {
            let error = say(&frame).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        let listed = Instrument::linear_perpetual("x", "A", Decimal::ONE, Decimal::ONE).unwrap();
        let two = BinanceDialect::new(BinanceMarket::Spot, &Instruments::new(vec![listed.clone(), listed]));
        let snapshot = br#"{"lastUpdateId":3,"bids":[["10","1"]],"asks":[]}"#;
        let mut out = Vec::new();
        let error = two.decode(snapshot, Timestamp::EPOCH, &mut out).unwrap_err();
        assert_eq!(error.to_string(), "a snapshot does not name its instrument, and 2 are listed");
        assert!(out.is_empty());
        let kind = two.decode_snapshot(InstrumentId(1), snapshot, Timestamp::EPOCH, &mut out).unwrap();
        assert_eq!((kind, out[0].instrument), (FrameKind::Snapshot, InstrumentId(1)));
    }
}
