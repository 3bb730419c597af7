//! A synthetic market made of integers, so that any language makes the same bars.

use autotrading_domain::{Bar, Span, Timestamp};

use crate::History;

/// The common workload by which engines are compared: one-minute bars from 2024-01-01T00:00:00Z.
///
/// SplitMix64, one draw a bar, seed 20240101; prices are integers in 1/64 between about 125 and 500, so that every price
/// is exact in binary and has at most six decimals. An iterator without end.
///
/// ```
/// use autotrading_market_data::CommonWorkload;
/// let first = CommonWorkload::default().next().map(|bar| (bar.open, bar.close));
/// assert_eq!(first, CommonWorkload::history(1).bar(0).map(|bar| (bar.open, bar.close)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonWorkload {
    state: u64,
    /// Last close in 1/64.
    price: i64,
    open_time: Timestamp,
}

/// Prices are counted in this part of one.
const UNIT: i64 = 64;
/// A price of `n / 64` has at most this many decimals.
const DECIMALS: u32 = 6;
/// 2024-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_secs(1_704_067_200);

impl Default for CommonWorkload {
    fn default() -> Self {
        Self { state: 20_240_101, price: 250 * UNIT, open_time: START }
    }
}

impl CommonWorkload {
    /// The first `bars` bars as a history.
    pub fn history(bars: usize) -> History {
        let mut history = History::unchecked(Span::MINUTE, bars).with_price_decimals(DECIMALS);
        for bar in Self::default().take(bars) {
            history.append(&bar);
        }
        history
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next bar in integers: open, high, low, close in 1/64, and volume.
    fn integers(&mut self) -> [i64; 5] {
        let draw = self.draw();
        let bits = |from: u32, count: u32| ((draw >> from) & ((1 << count) - 1)).cast_signed();
        let mut step = bits(0, 4) + bits(4, 4) + bits(8, 4) + bits(12, 4) - 30;
        let gap = match bits(16, 2) - 1 {
            2 => 0,
            gap => gap,
        };
        // The market turns at its edges.
        if (self.price > 500 * UNIT && step > 0) || (self.price < 125 * UNIT && step < 0) {
            step = -step;
        }
        let open = self.price + gap;
        let close = open + step;
        let high = open.max(close) + bits(18, 3);
        let low = open.min(close) - bits(21, 3);
        self.price = close;
        [open, high, low, close, bits(24, 16) + 1]
    }
}

impl Iterator for CommonWorkload {
    type Item = Bar;

    fn next(&mut self) -> Option<Bar> {
        let [open, high, low, close, volume] = self.integers();
        let price = |integer: i64| integer as f64 / UNIT as f64;
        let open_time = self.open_time;
        self.open_time = open_time.after(Span::MINUTE);
        Some(Bar {
            open_time,
            interval: Span::MINUTE,
            open: price(open),
            high: price(high),
            low: price(low),
            close: price(close),
            volume: volume as f64,
            closed: true,
            synthetic: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sum(open) + 3 sum(high) + 5 sum(low) + 7 sum(close)` in 1/64, `+ 11 sum(volume)`, modulo 2^64.
    fn checksum(bars: impl Iterator<Item = Bar>) -> u64 {
        bars.fold(0, |sum, bar| {
            [(bar.open, 1), (bar.high, 3), (bar.low, 5), (bar.close, 7)]
                .into_iter()
                .map(|(price, weight)| ((price * 64.0) as u64).wrapping_mul(weight))
                .fold(sum.wrapping_add(11 * bar.volume as u64), u64::wrapping_add)
        })
    }

    #[test]
    fn a_year_of_minutes_has_the_agreed_checksum() {
        let history = CommonWorkload::history(525_600);
        assert_eq!(checksum(history.iter()), 313_120_355_790);
        assert_eq!(history.all().end().unwrap().to_string(), "2024-12-31T00:00:00.000Z");
    }

    #[test]
    fn ten_years_of_minutes_have_the_agreed_checksum() {
        assert_eq!(checksum(CommonWorkload::default().take(5_256_000)), 3_640_814_477_852);
    }

    #[test]
    fn every_bar_is_sound_and_exact_in_six_decimals() {
        for bar in CommonWorkload::default().take(10_000) {
            assert_eq!(bar.check(), Ok(()));
            let text = bar.close.to_string();
            assert!(text.split_once('.').map_or(0, |(_, decimals)| decimals.len()) <= 6, "{text}");
        }
    }
}
