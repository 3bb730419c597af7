//! Where simple averages cross, for many pairs over the same closes: sums are shared, ties are decided in integers.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;

use autotrading_domain::Direction;

use super::block::{COUNTABLE, Unit, whole};
use super::{Change, ColumnFault};

/// Bars whose sums stay close to the processor.
const BLOCK: usize = 1024;
/// Sums are multiplied so that averages of every length are comparable, while no difference reaches this.
const WORD: f64 = 4.6e18;

/// Two averages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) fast: usize,
    pub(super) slow: usize,
    /// What a downward cross means.
    pub(super) down: Direction,
}

/// Where a pair's averages stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    stands: Option<Ordering>,
    /// Whether they have crossed yet. Before that a tie matters: from it, every side is a cross.
    crossed: bool,
}

/// Sums of the closes of a block, each over as many bars as some pair asks for.
#[derive(Debug)]
pub(super) struct Sums {
    unit: Unit,
    /// By how many units two closes can differ.
    spread: f64,
    /// Whether sums and their multiples are whole doubles, which are multiplied two at a time where words are not.
    doubles: bool,
    /// Every length once, ascending.
    lengths: Vec<usize>,
    /// What each length is multiplied by, so that all become the same; nothing where that is too much.
    multiples: Option<Vec<i64>>,
    longest: usize,
    /// As many counted closes as the longest sum needs from before the block, and the block's own.
    counted: Vec<i64>,
    prefix: Vec<i64>,
    running: Vec<f64>,
    sums: Vec<Vec<i64>>,
    places: Range<usize>,
}

impl Sums {
    pub(super) fn new(pairs: &[Pair], unit: Unit, (highest, spread): (f64, f64)) -> Self {
        let lengths: BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.fast, pair.slow]).collect();
        let lengths: Vec<usize> = lengths.into_iter().collect();
        let common = lengths.iter().try_fold(1_i64, |common, length| least_common(common, *length));
        let common = common.filter(|common| *common as f64 * spread < WORD);
        let multiples = common.and_then(|common| {
            lengths.iter().map(|length| Some(common / i64::try_from(*length).ok()?)).collect()
        });
        let longest = lengths.last().copied().unwrap_or(0);
        let together = (block_of(longest) + longest) as f64;
        let most = unit.most(highest) * common.map_or(f64::INFINITY, |common| together.max(common as f64));
        Self {
            doubles: most < COUNTABLE,
            running: Vec::new(),
            unit,
            spread,
            multiples,
            longest,
            counted: vec![0; longest],
            prefix: Vec::new(),
            sums: vec![Vec::new(); lengths.len()],
            lengths,
            places: 0..0,
        }
    }

    /// How many bars to take together.
    pub(super) fn block(&self) -> usize {
        block_of(self.longest)
    }

    /// Takes the next block of closes.
    pub(super) fn take(&mut self, closes: &[f64]) {
        self.places = self.places.end..self.places.end + closes.len();
        let before = self.counted.len().saturating_sub(self.longest);
        self.counted.copy_within(before.., 0);
        self.counted.truncate(self.longest);
        self.unit.count(closes, &mut self.counted);
        self.sums.iter_mut().for_each(|sums| sums.resize(closes.len(), 0));
        if self.doubles { self.add_up_doubles() } else { self.add_up_words() }
    }

    /// Sums by differences of running ones, all of them whole doubles below 2^51.
    fn add_up_doubles(&mut self) {
        self.running.resize(self.counted.len() + 1, 0.0);
        let mut sum = 0.0;
        for (running, count) in self.running.iter_mut().skip(1).zip(&self.counted) {
            sum += *count as f64;
            *running = sum;
        }
        let multiples = self.multiples.iter().flatten();
        for ((sums, length), multiple) in self.sums.iter_mut().zip(&self.lengths).zip(multiples) {
            let multiple = *multiple as f64;
            let (ends, starts) = ends_and_starts(&self.running, self.longest, *length);
            for ((sum, end), start) in sums.iter_mut().zip(ends).zip(starts) {
                *sum = whole((end - start) * multiple);
            }
        }
    }

    /// The same in words. Sums may run over: differences of them do not, and are the same modulo 2^64.
    fn add_up_words(&mut self) {
        self.prefix.resize(self.counted.len() + 1, 0);
        let mut sum = 0_i64;
        for (prefix, count) in self.prefix.iter_mut().skip(1).zip(&self.counted) {
            sum = sum.wrapping_add(*count);
            *prefix = sum;
        }
        let multiples = self.multiples.iter().flatten().copied().chain(std::iter::repeat(1));
        for ((sums, length), multiple) in self.sums.iter_mut().zip(&self.lengths).zip(multiples) {
            let (ends, starts) = ends_and_starts(&self.prefix, self.longest, *length);
            for ((sum, end), start) in sums.iter_mut().zip(ends).zip(starts) {
                *sum = end.wrapping_sub(*start).wrapping_mul(multiple);
            }
        }
    }

    /// Appends where a pair's averages cross in the block.
    pub(super) fn crossings(
        &self,
        pair: Pair,
        standing: &mut Standing,
        changes: &mut Vec<Change>,
    ) -> Result<(), ColumnFault> {
        let of = |length: usize| {
            let place = self.lengths.binary_search(&length).ok()?;
            self.sums.get(place)?.get(pair.slow.saturating_sub(self.places.start + 1)..)
        };
        let (Some(fast), Some(slow)) = (of(pair.fast), of(pair.slow)) else { return Ok(()) };
        let first = self.places.start.max(pair.slow - 1);
        let mut cross = |at: usize, stands: Ordering| {
            let to = if stands == Ordering::Greater { Direction::Long } else { pair.down };
            changes.push(Change { place: first + at, to });
        };
        if self.multiples.is_some() {
            standing.follow(fast, slow, |fast, slow| fast.wrapping_sub(slow), &mut cross);
            return Ok(());
        }
        let (f, s) = (pair.fast as i64, pair.slow as i64);
        if self.spread * pair.fast as f64 * pair.slow as f64 >= WORD {
            return Err(ColumnFault::Range { fast: pair.fast, slow: pair.slow });
        }
        let across = |fast: i64, slow: i64| fast.wrapping_mul(s).wrapping_sub(slow.wrapping_mul(f));
        standing.follow(fast, slow, across, &mut cross);
        Ok(())
    }
}

/// Bars taken together when the longest average is so long.
fn block_of(longest: usize) -> usize {
    longest.next_power_of_two().max(BLOCK)
}

/// Running sums at the end and before the start of every window of a length, the first of which ends with the block's
/// first bar.
fn ends_and_starts<T>(running: &[T], longest: usize, length: usize) -> (&[T], &[T]) {
    let from = |place: usize| running.get(place..).unwrap_or(&[]);
    (from(longest + 1), from((longest + 1).saturating_sub(length)))
}

/// Differences looked at together.
const LANES: usize = 16;

impl Standing {
    /// Follows `difference(fast, slow)` along the block, and tells each place where its sign turns.
    fn follow(
        &mut self,
        fast: &[i64],
        slow: &[i64],
        difference: impl Fn(i64, i64) -> i64,
        cross: &mut impl FnMut(usize, Ordering),
    ) {
        let mut at = 0;
        if !self.crossed {
            let both = fast.iter().zip(slow).map(|(f, s)| difference(*f, *s).cmp(&0)).enumerate();
            let Some((first, stands)) = self.begin(both) else { return };
            cross(first, stands);
            at = first + 1;
        }
        // Once they have crossed, a tie changes nothing: what follows it is where they stood, or a cross.
        while let (Some(f), Some(s)) = (fast.get(at..), slow.get(at..)) {
            let found = if self.stands == Some(Ordering::Greater) {
                first_below(f, s, &difference).map(|ahead| (ahead, Ordering::Less))
            } else {
                // Seen from the other side, what is above is below.
                first_below(f, s, |f, s| difference(f, s).wrapping_neg())
                    .map(|ahead| (ahead, Ordering::Greater))
            };
            let Some((ahead, turned)) = found else { break };
            cross(at + ahead, turned);
            self.stands = Some(turned);
            at += ahead + 1;
        }
    }

    /// The first cross of all.
    fn begin(&mut self, mut along: impl Iterator<Item = (usize, Ordering)>) -> Option<(usize, Ordering)> {
        along.find(|(_, stands)| {
            let before = self.stands.replace(*stands);
            self.crossed = *stands != Ordering::Equal && before.is_some_and(|before| before != *stands);
            self.crossed
        })
    }
}

/// The first place where the difference is below zero.
#[inline]
fn first_below(fast: &[i64], slow: &[i64], difference: impl Fn(i64, i64) -> i64) -> Option<usize> {
    let (fasts, fast_rest) = fast.as_chunks::<LANES>();
    let (slows, slow_rest) = slow.as_chunks::<LANES>();
    for (chunk, (fast, slow)) in fasts.iter().zip(slows).enumerate() {
        // A sign is one bit: one of all is below zero when the union of their bits is.
        let any = fast.iter().zip(slow).fold(0, |any, (f, s)| any | difference(*f, *s));
        if any < 0 {
            let signs = fast
                .iter()
                .zip(slow)
                .enumerate()
                .fold(0_u32, |signs, (lane, (f, s))| signs | (u32::from(difference(*f, *s) < 0) << lane));
            return Some(chunk * LANES + signs.trailing_zeros() as usize);
        }
    }
    let rest = fast_rest.iter().zip(slow_rest).position(|(f, s)| difference(*f, *s) < 0);
    rest.map(|ahead| fasts.len().min(slows.len()) * LANES + ahead)
}

/// The least common multiple, while it is a word.
fn least_common(a: i64, b: usize) -> Option<i64> {
    let b = i64::try_from(b).ok()?;
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule in its own words: sums added up anew on every bar.
    fn oracle(closes: &[i64], pair: Pair) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut before = None;
        for place in pair.slow - 1..closes.len() {
            let sum = |length: usize| {
                closes[place + 1 - length..=place].iter().map(|c| i128::from(*c)).sum::<i128>()
            };
            let stands = (sum(pair.fast) * pair.slow as i128).cmp(&(sum(pair.slow) * pair.fast as i128));
            match (before.replace(stands), stands) {
                (Some(Ordering::Less | Ordering::Equal), Ordering::Greater) => {
                    changes.push(Change { place, to: Direction::Long });
                }
                (Some(Ordering::Greater | Ordering::Equal), Ordering::Less) => {
                    changes.push(Change { place, to: pair.down });
                }
                _ => {}
            }
        }
        // A cross to where one is already, over a tie, is none.
        changes.dedup_by_key(|change| change.to);
        changes
    }

    proptest! {
        #[test]
        fn crossings_are_those_of_sums_added_up_anew(
            steps in prop::collection::vec(-2i64..=2, 1..4_000),
            fast in 1usize..12,
            more in 1usize..40,
            cut in 1usize..1_500,
            huge in any::<bool>(),
            words in any::<bool>(),
        ) {
            let pair = Pair { fast, slow: fast + more, down: Direction::Short };
            let closes: Vec<i64> = steps.iter().scan(20_000, |price, step| { *price += step; Some(*price) }).collect();
            let prices: Vec<f64> = closes.iter().map(|close| *close as f64 / 64.0).collect();
            // Other lengths, whose common multiple is no word: then sums are compared pair by pair.
            let others = [97, 101, 103, 107, 109, 113, 127, 131, 137, 139].map(|slow| Pair { slow, ..pair });
            let pairs = if huge { [&[pair][..], &others].concat() } else { vec![pair] };
            // Words where prices are said to be too high for doubles.
            let highest = if words { (1e12, 28_000.0) } else { (500.0, 28_000.0) };
            let (mut sums, mut standing, mut changes) = (Sums::new(&pairs, Unit::Part { step: 1.0 / 64.0 }, highest), Standing::default(), Vec::new());
            for block in prices.chunks(cut) {
                sums.take(block);
                sums.crossings(pair, &mut standing, &mut changes).unwrap();
            }
            changes.dedup_by_key(|change| change.to);
            prop_assert!(changes == oracle(&closes, pair), "{} changes", changes.len());
        }
    }
}
