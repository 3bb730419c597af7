//! The checksum by which a data set is named.

use autotrading_domain::Span;

use std::sync::OnceLock;

use crate::Window;

/// The checksum of a whole history, once somebody has asked for it. It says nothing about equality: equal histories have
/// equal checksums, whether they were asked for or not.
#[derive(Clone, Debug, Default)]
pub(crate) struct DigestMemory(OnceLock<u64>);

impl DigestMemory {
    /// What is remembered no longer holds.
    #[inline]
    pub(crate) fn forget(&mut self) {
        self.0.take();
    }
}

impl PartialEq for DigestMemory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Where the checksum of a window is remembered: with its history, when it shows all of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Remembered<'a>(Option<&'a DigestMemory>);

impl<'a> Remembered<'a> {
    pub(crate) const fn by(memory: &'a DigestMemory) -> Self {
        Self(Some(memory))
    }

    pub(crate) fn digest(self, window: &Window<'_>) -> u64 {
        self.0
            .map_or_else(|| content_digest(window), |memory| *memory.0.get_or_init(|| content_digest(window)))
    }
}

impl PartialEq for Remembered<'_> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The checksum of words of any kind, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WordDigest(u64);

impl Default for WordDigest {
    fn default() -> Self {
        Self(BASIS)
    }
}

impl WordDigest {
    pub(crate) fn take(&mut self, words: impl IntoIterator<Item = u64>) {
        self.0 = words.into_iter().fold(self.0, absorb);
    }

    pub(crate) const fn finish(self) -> u64 {
        self.0
    }
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Takes in a word: the state with the word in it, times an odd constant, the upper half of the product folded onto the
/// lower. One multiplication a word; every bit of the word reaches every bit of the state.
#[inline]
fn absorb(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word) * u128::from(FACTOR);
    (product ^ (product >> 64)) as u64
}

fn content_digest(window: &Window<'_>) -> u64 {
    let mut content = ContentDigest::default();
    content.take(window);
    content.finish(window.interval, window.price_decimals)
}

/// The checksum on its way through the bars.
#[derive(Clone, Debug)]
pub(crate) struct ContentDigest {
    columns: [u64; 6],
    bars: u64,
    /// Places of synthetic bars: they are absorbed after the columns.
    marked: Vec<u64>,
}

impl Default for ContentDigest {
    fn default() -> Self {
        Self { columns: [BASIS; 6], bars: 0, marked: Vec::new() }
    }
}

impl ContentDigest {
    pub(crate) fn take(&mut self, window: &Window<'_>) {
        // Six columns side by side: each step waits for the last one of its own column only.
        let mut columns = self.columns;
        let prices = window.open.iter().zip(window.high).zip(window.low).zip(window.close);
        for ((time, (((open, high), low), close)), volume) in
            window.open_time.iter().zip(prices).zip(window.volume)
        {
            let [t, o, h, l, c, v] = columns;
            columns = [
                absorb(t, time.cast_unsigned()),
                absorb(o, open.to_bits()),
                absorb(h, high.to_bits()),
                absorb(l, low.to_bits()),
                absorb(c, close.to_bits()),
                absorb(v, volume.to_bits()),
            ];
        }
        self.columns = columns;
        let marked = window.synthetic.iter().zip(self.bars..).filter(|(synthetic, _)| **synthetic);
        self.marked.extend(marked.map(|(_, place)| place));
        self.bars += window.len() as u64;
    }

    pub(crate) fn finish(&self, interval: Span, price_decimals: u32) -> u64 {
        let size = [self.bars, interval.nanos().cast_unsigned(), price_decimals.into()];
        let state = self.columns.into_iter().chain(size).fold(BASIS, absorb);
        self.marked.iter().copied().fold(state, absorb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommonWorkload;
    use autotrading_domain::Timestamp;

    #[test]
    fn a_word_is_taken_in_by_a_product_folded_in_half() {
        // Worked out by hand for small words: 2 x 3 has no upper half, 2^63 x 2 is one whole upper half.
        let folded = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            (product % (1 << 64)) as u64 ^ (product / (1 << 64)) as u64
        };
        assert_eq!((folded(2, 3), folded(1 << 63, 2)), (6, 1));
        for (state, word) in [(BASIS, 0), (1, 1), (BASIS, u64::MAX), (7, 1_f64.to_bits())] {
            assert_eq!(absorb(state, word), folded(state ^ word, FACTOR));
        }
    }

    #[test]
    fn every_bit_of_a_word_reaches_half_of_the_bits_that_follow() {
        let of = |word: u64| [word, 5, 9].into_iter().fold(BASIS, absorb);
        for word in [0, u64::MAX, 100.25_f64.to_bits()] {
            for bit in 0..64 {
                let changed = (of(word) ^ of(word ^ (1 << bit))).count_ones();
                assert!((10..=54).contains(&changed), "bit {bit} of {word:x} changed {changed}");
            }
        }
    }

    #[test]
    fn what_is_remembered_is_forgotten_with_every_change() {
        let bars: Vec<_> = CommonWorkload::history(4).iter().collect();
        let fresh = |bars: &[_]| crate::History::from_bars(Span::MINUTE, bars.iter().copied()).unwrap();
        let mut history = fresh(&bars[..3]);
        let three = history.digest();
        assert_eq!((history.digest(), history.all().digest()), (three, three));
        assert_eq!(history.all().slice(0, 2).digest(), fresh(&bars[..2]).digest());
        assert_eq!(history.all().slice(0, 3).digest(), three);
        assert_eq!(history, fresh(&bars[..3]));
        history.push(&bars[3]).unwrap();
        assert_eq!(history.digest(), fresh(&bars).digest());
        assert_ne!(history.clone().with_price_decimals(3).digest(), history.digest());
    }

    #[test]
    fn every_figure_counts() {
        let bars: Vec<_> = CommonWorkload::history(3).iter().collect();
        let digest =
            |bars: &[_]| crate::History::from_bars(Span::MINUTE, bars.iter().copied()).unwrap().digest();
        let whole = digest(&bars);
        let change = |edit: fn(&mut autotrading_domain::Bar)| {
            let mut bars = bars.clone();
            edit(&mut bars[1]);
            digest(&bars)
        };
        let changed = [
            change(|bar| bar.open += 1.0),
            change(|bar| bar.high += 1.0),
            change(|bar| bar.low += 1.0),
            change(|bar| bar.close += 1.0),
            change(|bar| bar.volume += 1.0),
            change(|bar| bar.open_time = Timestamp::from_nanos(bar.open_time.nanos() + 1)),
            change(|bar| bar.synthetic = true),
            digest(&bars[..2]),
        ];
        let different: std::collections::BTreeSet<u64> = changed.iter().copied().chain([whole]).collect();
        assert_eq!(different.len(), 9);
    }
}
