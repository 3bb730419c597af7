//! Bars out of the trades of a tape: for whoever wants bars of a market that was recorded trade by trade.

use autotrading_domain::{Bar, Grid, Span, Timestamp, ValueError};

use super::{RowKind, Tape};
use crate::{History, HistoryError};

/// Why trades do not make bars.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TradeBarsError {
    /// There is no trade on the tape.
    #[error("there is no trade on the tape, so that no bar can be made of them")]
    NoTrade,
    /// A price lies beyond what the grid can count.
    #[error(transparent)]
    Price(#[from] ValueError),
    /// They do not make a history.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl Tape {
    /// The trades as bars of this length, from the epoch on; `grid` is that of the prices. Where nobody traded there is no
    /// bar, and the last one may be cut off by the end of the tape: what was not heard of in full is left out.
    ///
    /// # Errors
    /// No trade; a length that is not above zero.
    ///
    /// ```
    /// use autotrading_domain::{Grid, InstrumentId, MarketData, MarketEvent, Side, Span, Timestamp, Trade};
    /// use autotrading_market_data::{BackwardClock, TapeBuilder, UpdateNumbering};
    ///
    /// let mut builder = TapeBuilder::new(0.1, UpdateNumbering::NamesPrevious, BackwardClock::Sort);
    /// for (second, price) in [(0, 100.0), (20, 100.4), (59, 100.1), (61, 100.2), (125, 100.3)] {
    ///     let at = Timestamp::from_secs(second);
    ///     let data = MarketData::Trade(Trade { price, quantity: 2.0, taker: Side::Buy });
    ///     builder.hear(&MarketEvent { instrument: InstrumentId(0), ts_event: at, ts_received: at, data })?;
    /// }
    /// let bars = builder.finish(None).bars(&Grid::new("0.1".parse()?)?, Span::MINUTE)?;
    /// let first = bars.bar(0).ok_or("a bar")?;
    /// assert_eq!((bars.len(), bars.price_decimals()), (2, 1));
    /// assert_eq!((first.open, first.high, first.low, first.close, first.volume), (100.0, 100.4, 100.0, 100.1, 6.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bars(&self, grid: &Grid, interval: Span) -> Result<History, TradeBarsError> {
        let mut history = History::new(interval)?.with_price_decimals(grid.step().normalize().scale());
        let trades = self.rows.iter().filter(|row| matches!(row.kind, RowKind::Bought | RowKind::Sold));
        let mut bar: Option<Bar> = None;
        let mut any = false;
        for trade in trades {
            any = true;
            let open_time = trade.venue.floor(interval);
            let price = price(grid, trade.tick)?;
            match &mut bar {
                Some(bar) if bar.open_time == open_time => {
                    bar.high = bar.high.max(price);
                    bar.low = bar.low.min(price);
                    bar.close = price;
                    bar.volume += trade.quantity;
                }
                _ => {
                    if let Some(done) = bar.replace(first(open_time, interval, price, trade.quantity)) {
                        history.push(&done)?;
                    }
                }
            }
        }
        let end = self.rows.last().map_or(Timestamp::EPOCH, |row| row.venue);
        if let Some(last) = bar.filter(|last| last.close_time() <= end) {
            history.push(&last)?;
        }
        if any { Ok(history) } else { Err(TradeBarsError::NoTrade) }
    }
}

/// A bar that begins with a trade.
fn first(open_time: Timestamp, interval: Span, price: f64, volume: f64) -> Bar {
    Bar {
        open_time,
        interval,
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
        closed: true,
        synthetic: false,
    }
}

/// The price of a tick, as near as a measurement can be.
fn price(grid: &Grid, tick: i64) -> Result<f64, ValueError> {
    Ok(autotrading_domain::Price::new(grid.at(tick)?)?.to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyntheticBook;

    #[test]
    fn what_the_bars_hold_is_what_was_traded() {
        let tape = SyntheticBook::tape(3, 20_000);
        let grid = Grid::new("0.1".parse().unwrap()).unwrap();
        let interval = Span::SECOND.times(5);
        let bars = tape.bars(&grid, interval).unwrap();
        assert!(bars.len() > 5);
        for bar in bars.iter() {
            let trades: Vec<_> = tape
                .rows()
                .iter()
                .filter(|row| matches!(row.kind, RowKind::Bought | RowKind::Sold))
                .filter(|row| bar.open_time <= row.venue && row.venue < bar.close_time())
                .collect();
            let prices = || trades.iter().map(|row| price(&grid, row.tick).unwrap());
            assert_eq!(bar.open, prices().next().unwrap());
            assert_eq!(bar.close, prices().next_back().unwrap());
            assert_eq!(bar.high, prices().fold(f64::MIN, f64::max));
            assert_eq!(bar.low, prices().fold(f64::MAX, f64::min));
            let volume: f64 = trades.iter().map(|row| row.quantity).sum();
            assert!((bar.volume - volume).abs() < 1e-9);
        }
    }

    #[test]
    fn without_a_trade_there_is_no_bar() {
        let grid = Grid::new("0.1".parse().unwrap()).unwrap();
        assert_eq!(Tape::default().bars(&grid, Span::SECOND), Err(TradeBarsError::NoTrade));
        assert!(matches!(SyntheticBook::tape(3, 9).bars(&grid, Span::ZERO), Err(TradeBarsError::History(_))));
    }
}
