//! The price that others are held against.

use autotrading_domain::{Span, Timestamp};

/// The median of the sound ones among mark, index and our own mid; of two, their mean. NaN when none is sound, so that
/// nothing opens. In quote currency per base unit; hand it to [`RiskGate::observe_price`](crate::RiskGate::observe_price)
/// as the mark, so that one broken source moves no collar.
///
/// ```
/// use autotrading_risk::reference_price;
/// assert_eq!(reference_price(100.0, 101.0, 3.0), 100.0); // our own mid is broken
/// assert_eq!(reference_price(100.0, f64::NAN, 102.0), 101.0);
/// assert_eq!(reference_price(0.0, -1.0, 102.0), 102.0);
/// assert!(reference_price(f64::NAN, 0.0, f64::INFINITY).is_nan());
/// ```
pub fn reference_price(mark: f64, index: f64, mid: f64) -> f64 {
    let sound = |price: f64| price > 0.0 && price < f64::INFINITY;
    match (sound(mark), sound(index), sound(mid)) {
        (true, true, true) => {
            let (low, high) = if mark <= index { (mark, index) } else { (index, mark) };
            if mid <= low {
                low
            } else if mid >= high {
                high
            } else {
                mid
            }
        }
        (true, true, false) => mean(mark, index),
        (true, false, true) => mean(mark, mid),
        (false, true, true) => mean(index, mid),
        (true, false, false) => mark,
        (false, true, false) => index,
        (false, false, true) => mid,
        (false, false, false) => f64::NAN,
    }
}

/// The middle of two, whichever is the lower.
fn mean(one: f64, other: f64) -> f64 {
    let (low, high) = if one <= other { (one, other) } else { (other, one) };
    low + 0.5 * (high - low)
}

/// Who says what the price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The venue's mark price.
    Mark,
    /// The index that the contract follows.
    Index,
    /// The middle of the best bid and offer that we see.
    Mid,
    /// The last trade, or the close of a bar.
    Last,
}

/// What each source said last, and when. One that has fallen behind is not heard: an old price is no second opinion.
///
/// ```
/// use autotrading_domain::{Span, Timestamp};
/// use autotrading_risk::{PriceSource, PriceSources};
/// let (second, mut sources) = (Timestamp::from_secs, PriceSources::default());
/// sources.hear(PriceSource::Mark, 100.0, second(1));
/// sources.hear(PriceSource::Index, 101.0, second(2));
/// sources.hear(PriceSource::Mid, 3.0, second(3)); // our own book is broken
/// sources.hear(PriceSource::Last, 102.0, second(3));
/// assert_eq!(sources.reference_and_last(Span::SECOND.times(5)), (100.0, 102.0));
/// // Ten seconds later nobody but the broken book has spoken.
/// sources.hear(PriceSource::Mid, 4.0, second(13));
/// assert_eq!(sources.reference_and_last(Span::SECOND.times(5)), (4.0, 4.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceSources {
    /// Mark, index, mid and last.
    said: [Said; 4],
    newest: Timestamp,
    /// Whether anybody but the last trade has ever spoken.
    several: bool,
}

/// A price and its time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Said {
    price: f64,
    at: Timestamp,
}

impl Default for PriceSources {
    /// Nobody has spoken.
    fn default() -> Self {
        let never = Timestamp::from_nanos(i64::MIN);
        Self { said: [Said { price: f64::NAN, at: never }; 4], newest: never, several: false }
    }
}

impl PriceSources {
    /// Takes the word of a source, in quote currency per base unit.
    pub fn hear(&mut self, source: PriceSource, price: f64, at: Timestamp) {
        if let Some(slot) = self.said.get_mut(source as usize) {
            *slot = Said { price, at };
        }
        self.newest = self.newest.max(at);
        self.several |= source != PriceSource::Last;
    }

    /// The price to hold others against, and the last trade, by the sources that are no further than `patience` behind
    /// the newest word: the median of mark, index and mid, or the last trade where none of these speaks. Without a
    /// trade that is new enough the reference stands for it. Both go to
    /// [`RiskGate::observe_price`](crate::RiskGate::observe_price).
    pub fn reference_and_last(&self, patience: Span) -> (f64, f64) {
        let [mark, index, mid, last] = self.said;
        if !self.several {
            return (last.price, last.price);
        }
        let heard = |said: Said| if self.newest.since(said.at) <= patience { said.price } else { f64::NAN };
        let (reference, last) = (reference_price(heard(mark), heard(index), heard(mid)), heard(last));
        match (reference.is_nan(), last.is_nan()) {
            (true, _) => (last, last),
            (false, true) => (reference, reference),
            (false, false) => (reference, last),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_broken_source_moves_no_reference() {
        for broken in [1e-9, 1.0, 1e9, f64::NAN, 0.0, -5.0, f64::INFINITY] {
            for (mark, index, mid) in [(broken, 100.0, 101.0), (100.0, broken, 101.0), (100.0, 101.0, broken)]
            {
                let price = reference_price(mark, index, mid);
                assert!((100.0..=101.0).contains(&price), "{mark} {index} {mid}: {price}");
            }
        }
    }

    #[test]
    fn bars_alone_are_their_own_reference() {
        let mut sources = PriceSources::default();
        assert!(sources.reference_and_last(Span::ZERO).0.is_nan(), "nobody has spoken");
        sources.hear(PriceSource::Last, 50.0, Timestamp::EPOCH);
        assert_eq!(sources.reference_and_last(Span::ZERO), (50.0, 50.0));
        sources.hear(PriceSource::Mid, 51.0, Timestamp::EPOCH);
        assert_eq!(sources.reference_and_last(Span::ZERO), (51.0, 50.0));
        sources.hear(PriceSource::Last, 52.0, Timestamp::from_secs(1));
        assert_eq!(sources.reference_and_last(Span::ZERO), (52.0, 52.0), "the middle is a second old");
    }

    proptest! {
        #[test]
        fn the_reference_is_what_a_sort_of_the_sound_ones_says(prices in prop::array::uniform3(prop::option::of(0.1f64..1e6))) {
            let [mark, index, mid] = prices.map(|price| price.unwrap_or(f64::NAN));
            let mut sound: Vec<f64> = prices.into_iter().flatten().collect();
            sound.sort_by(f64::total_cmp);
            let expected = match sound[..] {
                [] => f64::NAN,
                [one] => one,
                [low, high] => low + 0.5 * (high - low),
                [_, middle, ..] => middle,
            };
            prop_assert_eq!(reference_price(mark, index, mid).to_bits(), expected.to_bits());
        }
    }
}
