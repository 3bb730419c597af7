//! How markets are named on the command line that are several, or told by more than bars.

use std::path::PathBuf;

use autotrading_domain::Span;
use clap::Args;
use rust_decimal::Decimal;

/// Several markets on one account, and markets told by trades, quotes and order books.
#[derive(Args, Debug)]
#[command(next_help_heading = "Several markets, trades, quotes and order books")]
pub(crate) struct MarketArguments {
    /// Bars of one of the [[instruments]] of the configuration; once for each. Instead, --data may be one file with the bars
    /// of all (columns SYMBOL:open, SYMBOL:high, ..., or a column `symbol`).
    #[arg(long = "market", value_name = "SYMBOL=FILE", value_parser = named_file)]
    pub(crate) markets: Vec<NamedFile>,
    /// Funding rates of one of several instruments (as --funding).
    #[arg(long = "market-funding", value_name = "SYMBOL=FILE", value_parser = named_file)]
    pub(crate) fundings: Vec<NamedFile>,
    /// Mark-price bars: positions are marked, funded and liquidated by them. The symbol may be left out where there is one
    /// instrument.
    #[arg(long, value_name = "[SYMBOL=]FILE", value_parser = named_file)]
    pub(crate) marks: Vec<NamedFile>,
    /// A recording of Binance USD-M frames (order book, trades, quotes, mark prices; plain or gzip): orders meet the recorded
    /// book, and wait in its queues.
    #[arg(long, value_name = "[SYMBOL=]FILE", value_parser = named_file)]
    pub(crate) frames: Vec<NamedFile>,
    /// Trades (CSV: time,price,quantity,taker, or a dump of Binance): orders meet them.
    #[arg(long, value_name = "[SYMBOL=]FILE", value_parser = named_file)]
    pub(crate) trades: Vec<NamedFile>,
    /// Best quotes (CSV: time,bid,bid_quantity,ask,ask_quantity, or a dump of Binance): orders meet them.
    #[arg(long, value_name = "[SYMBOL=]FILE", value_parser = named_file)]
    pub(crate) quotes: Vec<NamedFile>,
    /// Length of the bars that strategies hear, where bars are made of recorded trades.
    #[arg(long, value_name = "SPAN", default_value = "1min")]
    pub(crate) bar_length: Span,
    /// Price grid of recorded trades, quotes and books, where the configuration says none (`tick_size`).
    #[arg(long, value_name = "PRICE", value_parser = tick)]
    pub(crate) tick: Option<Decimal>,
    /// Read bars piece by piece and keep nothing that grows with them: for files larger than memory. No journal, no page;
    /// report.json with figures of daily closes, and trades.csv.
    #[arg(long)]
    pub(crate) streaming: bool,
}

/// A file, perhaps with the instrument that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedFile {
    pub(crate) symbol: Option<String>,
    pub(crate) path: PathBuf,
}

impl MarketArguments {
    /// Every file with the flag that named it.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &NamedFile)> {
        let files = [
            ("--market", &self.markets),
            ("--market-funding", &self.fundings),
            ("--marks", &self.marks),
            ("--frames", &self.frames),
            ("--trades", &self.trades),
            ("--quotes", &self.quotes),
        ];
        files.into_iter().flat_map(|(flag, files)| files.iter().map(move |file| (flag, file)))
    }

    /// Every instrument that a file is named for.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = &str> {
        self.files().filter_map(|(_, file)| file.symbol.as_deref())
    }

    /// Whether markets are told by trades, quotes or books.
    pub(crate) fn has_ticks(&self) -> bool {
        [&self.frames, &self.trades, &self.quotes].into_iter().any(|files| !files.is_empty())
    }

    /// Whether anything here asks for more than one market in bars.
    pub(crate) fn is_used(&self) -> bool {
        self.streaming || self.files().next().is_some()
    }
}

fn named_file(text: &str) -> Result<NamedFile, String> {
    if text.is_empty() || text.ends_with('=') {
        return Err("expected FILE, or SYMBOL=FILE".to_owned());
    }
    let is_symbol = |symbol: &&str| {
        !symbol.is_empty() && symbol.chars().all(|c| c.is_alphanumeric() || "-_.:".contains(c))
    };
    Ok(match text.split_once('=').filter(|(symbol, _)| is_symbol(symbol)) {
        Some((symbol, path)) => NamedFile { symbol: Some(symbol.to_owned()), path: path.into() },
        None => NamedFile { symbol: None, path: text.into() },
    })
}

fn tick(text: &str) -> Result<Decimal, String> {
    let tick = text.parse().ok().filter(|tick: &Decimal| *tick > Decimal::ZERO);
    tick.ok_or_else(|| "expected a decimal number above zero, such as 0.1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_with_its_instrument_or_alone() {
        let told = |text| named_file(text).map(|file| (file.symbol, file.path.display().to_string()));
        assert_eq!(told("BTCUSDT=a/b.csv"), Ok((Some("BTCUSDT".to_owned()), "a/b.csv".to_owned())));
        assert_eq!(told("a/b.csv"), Ok((None, "a/b.csv".to_owned())));
        assert_eq!(told("a/x=y.csv"), Ok((None, "a/x=y.csv".to_owned())));
        assert!(told("").is_err() && told("BTCUSDT=").is_err());
    }
}
