//! Trades and best quotes from CSV, one at a time.

use std::{fs::File, io::Read, path::Path};

use autotrading_domain::{MarketData, Quote, Side, Timestamp, Trade};

use crate::CatalogError;
use crate::figure::figure;
use crate::layout::Layout;
use crate::moment::Clockface;
use crate::source::{self, Record, Rows};

/// Trades in our own form, in Binance's `trades` dumps and in its `aggTrades` dumps.
const TRADES: [([&str; 4], Taker); 3] = [
    (["time", "price", "quantity", "taker"], Taker::Named),
    (["time", "price", "qty", "is_buyer_maker"], Taker::BuyerRested),
    (["transact_time", "price", "quantity", "is_buyer_maker"], Taker::BuyerRested),
];
/// Best quotes in our own form, and in Binance's `bookTicker` dumps.
const QUOTES: [[&str; 5]; 2] = [
    ["time", "bid", "bid_quantity", "ask", "ask_quantity"],
    ["transaction_time", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty"],
];

/// How a file says who took.
#[derive(Clone, Copy, Debug)]
enum Taker {
    /// `buy` or `sell`.
    Named,
    /// Whether the buyer was the one who rested: `true` or `false`.
    BuyerRested,
}

#[derive(Debug)]
enum Form {
    Trades(Layout<4>, Taker),
    Quotes(Layout<5>),
}

/// A file of trades or of best quotes on its way in, a row at a time: a file of any length needs the memory of one row.
/// Times are those of [`read_bars`](crate::read_bars) and never run backward.
///
/// ```
/// use autotrading_catalog::Ticks;
/// use autotrading_domain::{MarketData, Side, Trade};
///
/// let file = "time,price,quantity,taker\n2024-01-01T00:00:00.250Z,42000.1,0.5,buy\n";
/// let mut ticks = Ticks::trades_from(file.as_bytes(), "trades.csv")?;
/// let (at, first) = ticks.next_tick()?.ok_or("a trade")?;
/// assert_eq!(at.nanos() % 1_000_000_000, 250_000_000);
/// assert_eq!(first, MarketData::Trade(Trade { price: 42_000.1, quantity: 0.5, taker: Side::Buy }));
/// assert!(ticks.next_tick()?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Ticks<R> {
    rows: Rows<R>,
    name: String,
    form: Form,
    clockface: Clockface,
    latest: Option<Timestamp>,
}

impl Ticks<File> {
    /// Trades: `time,price,quantity,taker`, or one of Binance's `trades` and `aggTrades` dumps with its header.
    ///
    /// # Errors
    /// [`CatalogError`] with the file, and what its header lacks.
    pub fn trades(path: &Path) -> Result<Self, CatalogError> {
        let (file, name) = source::open(path)?;
        Self::trades_from(file, &name)
    }

    /// Best quotes: `time,bid,bid_quantity,ask,ask_quantity`, or one of Binance's `bookTicker` dumps with its header.
    ///
    /// # Errors
    /// As [`Ticks::trades`].
    pub fn quotes(path: &Path) -> Result<Self, CatalogError> {
        let (file, name) = source::open(path)?;
        Self::quotes_from(file, &name)
    }
}

impl<R: Read> Ticks<R> {
    /// Trades from any source; `name` is for messages.
    ///
    /// # Errors
    /// As [`Ticks::trades`].
    pub fn trades_from(source: R, name: &str) -> Result<Self, CatalogError> {
        let [(own, named), others @ ..] = TRADES;
        Self::open(source, name, "time,price,quantity,taker", |header| {
            let first = Layout::of_header(header, own, name).map(|layout| Form::Trades(layout, named));
            others.into_iter().fold(first, |found, (names, taker)| {
                let other = || Layout::of_header(header, names, name).map(|it| Form::Trades(it, taker));
                found.or_else(|own| other().map_err(|_| own))
            })
        })
    }

    /// Best quotes from any source; `name` is for messages.
    ///
    /// # Errors
    /// As [`Ticks::trades`].
    pub fn quotes_from(source: R, name: &str) -> Result<Self, CatalogError> {
        let [own, dump] = QUOTES;
        Self::open(source, name, "time,bid,bid_quantity,ask,ask_quantity", |header| {
            Layout::of_header(header, own, name)
                .or_else(|own| Layout::of_header(header, dump, name).map_err(|_| own))
                .map(Form::Quotes)
        })
    }

    fn open(
        source: R,
        name: &str,
        expected: &str,
        form: impl Fn(&Record<'_>) -> Result<Form, CatalogError>,
    ) -> Result<Self, CatalogError> {
        let mut rows = Rows::new(source, name);
        let Some(header) = rows.next()? else {
            let expected = format!("a header {expected}");
            return Err(CatalogError::Empty { file: name.to_owned(), expected });
        };
        let form = form(&header)?;
        Ok(Self { rows, name: name.to_owned(), form, clockface: Clockface::default(), latest: None })
    }

    /// The next trade or quote with its time; nothing at the end.
    ///
    /// # Errors
    /// [`CatalogError::Field`] with file, line, column, value and what was expected: a figure that is none, a crossed
    /// quote, a time before that of the row before.
    pub fn next_tick(&mut self) -> Result<Option<(Timestamp, MarketData)>, CatalogError> {
        let Some(record) = self.rows.next()? else { return Ok(None) };
        let row = Row { record, name: &self.name };
        let (at, data) = match &self.form {
            Form::Trades(layout, taker) => {
                let [time, price, quantity, side] = row.fields(layout)?;
                let trade = Trade {
                    price: row.figure("price", price)?,
                    quantity: row.figure("quantity", quantity)?,
                    taker: row.taker(*taker, side)?,
                };
                (row.time(&mut self.clockface, time)?, MarketData::Trade(trade))
            }
            Form::Quotes(layout) => {
                let [time, bid, bid_quantity, ask, ask_quantity] = row.fields(layout)?;
                let quote = Quote {
                    bid: row.figure("bid", bid)?,
                    bid_quantity: row.figure("bid_quantity", bid_quantity)?,
                    ask: row.figure("ask", ask)?,
                    ask_quantity: row.figure("ask_quantity", ask_quantity)?,
                };
                if quote.bid >= quote.ask {
                    let expected = format!("above the bid of {}: the quote is crossed", quote.bid);
                    return Err(row.misread("ask", source::shown(ask), expected));
                }
                (row.time(&mut self.clockface, time)?, MarketData::Quote(quote))
            }
        };
        if let Some(latest) = self.latest.filter(|latest| at < *latest) {
            let expected = format!("not before {latest} of the row before");
            return Err(row.misread("time", at.to_string(), expected));
        }
        self.latest = Some(at);
        Ok(Some((at, data)))
    }
}

/// A row and the file that it is in.
struct Row<'r> {
    record: Record<'r>,
    name: &'r str,
}

impl<'r> Row<'r> {
    fn misread(&self, column: &'static str, value: String, expected: String) -> CatalogError {
        let (file, line) = (self.name.to_owned(), self.record.line());
        CatalogError::Field { file, line, column, value, expected }
    }

    fn fields<const N: usize>(&self, layout: &Layout<N>) -> Result<[&'r [u8]; N], CatalogError> {
        if self.record.len() != layout.width {
            let expected = format!("{} fields as in the first line", layout.width);
            return Err(self.misread("row", format!("{} fields", self.record.len()), expected));
        }
        Ok(layout.places.map(|place| self.record.field(place)))
    }

    fn time(&self, clockface: &mut Clockface, field: &[u8]) -> Result<Timestamp, CatalogError> {
        clockface
            .read(source::without_mark(field))
            .map_err(|expected| self.misread("time", source::shown(field), expected.to_owned()))
    }

    fn figure(&self, column: &'static str, field: &[u8]) -> Result<f64, CatalogError> {
        figure(field)
            .map(|figure| figure.value)
            .filter(|value| *value > 0.0 && value.is_finite())
            .ok_or_else(|| self.misread(column, source::shown(field), "a number above zero".to_owned()))
    }

    fn taker(&self, form: Taker, field: &[u8]) -> Result<Side, CatalogError> {
        let (column, expected) = match form {
            Taker::Named => ("taker", "buy or sell"),
            Taker::BuyerRested => ("is_buyer_maker", "true or false"),
        };
        match (form, field.to_ascii_lowercase().as_slice()) {
            (Taker::Named, b"buy") | (Taker::BuyerRested, b"false") => Ok(Side::Buy),
            (Taker::Named, b"sell") | (Taker::BuyerRested, b"true") => Ok(Side::Sell),
            _ => Err(self.misread(column, source::shown(field), expected.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Result<Vec<(Timestamp, MarketData)>, CatalogError>;

    fn all(opened: Result<Ticks<&[u8]>, CatalogError>) -> Read {
        let (mut ticks, mut all) = (opened?, Vec::new());
        while let Some(tick) = ticks.next_tick()? {
            all.push(tick);
        }
        Ok(all)
    }

    fn trades(text: &str) -> Read {
        all(Ticks::trades_from(text.as_bytes(), "t.csv"))
    }

    fn quotes(text: &str) -> Read {
        all(Ticks::quotes_from(text.as_bytes(), "q.csv"))
    }

    #[test]
    fn the_dumps_of_a_venue_and_our_own_form_read_alike() {
        let own =
            trades("time,price,quantity,taker\n1704067200123,42000.1,0.5,sell\n1704067200124,42000,1,buy\n");
        let dump = trades(
            "id,price,qty,quote_qty,time,is_buyer_maker\n1,42000.1,0.5,21000.05,1704067200123,true\n\
             2,42000,1,42000,1704067200124,false\n",
        );
        let aggregated = trades(
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n\
             1,42000.1,0.5,1,1,1704067200123,true\n2,42000,1,2,2,1704067200124,false\n",
        );
        let own = own.unwrap();
        assert_eq!((own.len(), &dump.unwrap(), &aggregated.unwrap()), (2, &own, &own));
        let own = quotes("time,bid,bid_quantity,ask,ask_quantity\n1704067200123,1,2,3,4\n").unwrap();
        let dump = quotes(
            "update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time\n\
             7,1,2,3,4,1704067200123,1704067200130\n",
        );
        assert_eq!((own.len(), dump.unwrap()), (1, own));
    }

    #[test]
    fn faults_say_where() {
        let told = |read: Read| read.unwrap_err().to_string();
        let trade =
            |row: &str| told(trades(&format!("time,price,quantity,taker\n1704067200,1,1,buy\n{row}\n")));
        let quote = |row: &str| {
            told(quotes(&format!("time,bid,bid_quantity,ask,ask_quantity\n1704067200,1,2,3,4\n{row}\n")))
        };
        assert_eq!(
            trade("1704067201,NaN,1,buy"),
            "t.csv, line 3: price is \"NaN\", expected a number above zero"
        );
        assert_eq!(trade("1704067201,1,1,both"), "t.csv, line 3: taker is \"both\", expected buy or sell");
        assert!(trade("1704067201,1,0,buy").contains("quantity is \"0\""));
        assert!(trade("1704067201,1,1").contains("3 fields"));
        assert!(trade("1704067199,1,1,buy").contains("line 3: time is"), "{}", trade("1704067199,1,1,buy"));
        assert!(quote("1704067201,3,1,3,1").contains("the quote is crossed"));
        assert!(told(trades("when,price\n")).contains("lacks \"time\""));
        assert!(told(quotes("")).contains("is empty"));
    }
}
