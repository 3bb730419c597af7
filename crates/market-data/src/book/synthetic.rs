//! A made-up order book made of integers: for examples, tests and benches that carry no recording.

use autotrading_domain::{Side, Span, Timestamp};

use super::{LocalBook, RowKind, Tape, TapeRow};

/// A market whose book is known: levels come and go near the best prices, takers eat the best level, and whoever closes
/// the spread first moves the price.
///
/// It has about as many changes a second as the book of a large perpetual, and else follows no real market. Quantities are multiples of 0.001, prices are ticks around 600 000; every word
/// is heard a millisecond after it happened.
///
/// ```
/// use autotrading_market_data::SyntheticBook;
/// let tape = SyntheticBook::tape(7, 1_000);
/// assert_eq!(tape, SyntheticBook::tape(7, 1_000));
/// assert!(tape.rows().len() > 2_000);
/// ```
#[derive(Clone, Debug)]
pub struct SyntheticBook {
    state: u64,
    book: LocalBook,
    now: Timestamp,
    rows: Vec<TapeRow>,
}

/// Price around which it begins, in ticks.
const MIDDLE: i64 = 600_000;
/// Levels a side at the beginning.
const LEVELS: i64 = 50;
/// 2024-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_secs(1_704_067_200);

impl SyntheticBook {
    /// A tape of so many messages.
    pub fn tape(seed: u64, messages: usize) -> Tape {
        let mut market = Self { state: seed, book: LocalBook::new(), now: START, rows: Vec::new() };
        market.begin();
        for _ in 0..messages {
            market.say_something();
        }
        Tape { rows: market.rows, offset: Span::ZERO }
    }

    fn begin(&mut self) {
        self.row(RowKind::Clear, 0, 0.0);
        for distance in 0..LEVELS {
            self.set(Side::Buy, MIDDLE - 1 - distance, 1 + self.state.cast_signed().rem_euclid(7));
            self.set(Side::Sell, MIDDLE + 1 + distance, 2 + self.state.cast_signed().rem_euclid(5));
        }
        self.end();
    }

    fn say_something(&mut self) {
        self.now = self.now.after(Span::from_nanos(200_000 * (1 + self.below(28))));
        for side in [Side::Buy, Side::Sell] {
            if self.book.best_tick(side).is_none() {
                let other = self.book.best_tick(side.opposite()).unwrap_or(MIDDLE);
                self.set(side, other - 2 * direction(side), 1_000);
                self.end();
            }
        }
        if self.below(100) < 30 {
            self.trade();
        } else {
            for _ in 0..=self.below(8) {
                self.change();
            }
            self.end();
        }
    }

    /// Somebody takes a part of the best level, or all of it.
    fn trade(&mut self) {
        let taker = if self.below(2) == 0 { Side::Buy } else { Side::Sell };
        let Some(best) = self.book.best(taker.opposite()) else { return };
        let there = (best.quantity * LOTS).round() as i64;
        let all = self.below(8) == 0;
        let taken = if all { there } else { (1 + self.below(400)).min(there) };
        let kind = if taker == Side::Buy { RowKind::Bought } else { RowKind::Sold };
        self.row(kind, best.tick, taken as f64 / LOTS);
        self.end();
        self.set(taker.opposite(), best.tick, there - taken);
        self.end();
    }

    fn change(&mut self) {
        let side = if self.below(2) == 0 { Side::Buy } else { Side::Sell };
        let (Some(best), Some(other)) = (self.book.best_tick(side), self.book.best_tick(side.opposite()))
        else {
            return;
        };
        let spread = (best - other).abs();
        let distance = (self.below(1 << 20) | 1 << 12).trailing_zeros() as i64 * 3 + self.below(3);
        if spread > 1 && self.below(2) == 0 {
            let lots = 1 + self.below(2_000);
            self.set(side, best + direction(side), lots);
        } else {
            let leaves = distance > 0 && self.below(5) == 0;
            let lots = if leaves { 0 } else { 1 + self.below(4_000) };
            self.set(side, best - direction(side) * distance, lots);
        }
    }

    fn set(&mut self, side: Side, tick: i64, lots: i64) {
        let quantity = lots as f64 / LOTS;
        self.book.set(side, tick, quantity);
        self.row(if side == Side::Buy { RowKind::Bid } else { RowKind::Ask }, tick, quantity);
    }

    fn row(&mut self, kind: RowKind, tick: i64, quantity: f64) {
        let heard = self.now.after(Span::MILLISECOND);
        self.rows.push(TapeRow { venue: self.now, heard, tick, quantity, kind, ends: false });
    }

    fn end(&mut self) {
        if let Some(last) = self.rows.last_mut() {
            last.ends = true;
        }
    }

    /// A number from zero to below this one, out of SplitMix64 (Steele, Lea, Flood 2014).
    fn below(&mut self, end: u64) -> i64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end).cast_signed()
    }
}

/// Lots in one unit of the base asset.
const LOTS: f64 = 1_000.0;

/// Which way the price improves.
const fn direction(side: Side) -> i64 {
    match side {
        Side::Buy => 1,
        Side::Sell => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_never_crossed_and_its_price_moves() {
        let (mut book, mut prices, mut trades) = (LocalBook::new(), Vec::new(), 0);
        for row in SyntheticBook::tape(3, 20_000).rows() {
            match row.kind {
                RowKind::Bid => book.set(Side::Buy, row.tick, row.quantity),
                RowKind::Ask => book.set(Side::Sell, row.tick, row.quantity),
                RowKind::Sold | RowKind::Bought => {
                    trades += 1;
                    let side = if row.kind == RowKind::Sold { Side::Buy } else { Side::Sell };
                    let best = book.best(side).unwrap();
                    assert!(best.tick == row.tick && best.quantity >= row.quantity - 1e-9);
                    0.0
                }
                _ => 0.0,
            };
            assert!(!(row.ends && book.is_crossed()));
            prices.extend(book.best_tick(Side::Buy));
        }
        let (low, high) = (prices.iter().min().unwrap(), prices.iter().max().unwrap());
        assert!(trades > 5_000 && high - low > 20, "{trades} trades between {low} and {high}");
    }
}
