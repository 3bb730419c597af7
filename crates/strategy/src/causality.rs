//! Proof by trial that nothing knows the future.

use std::fmt::Debug;

use autotrading_domain::{Bar, InstrumentId, MarketEvent, Signal};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::strategy::{Context, Signals, Strategy, StrategyError};

/// How many moments are tried.
const TRIALS: usize = 8;
/// Fewer bars leave no past and no future to tell apart.
const FEWEST: usize = 16;

/// How something was found to know more than it can.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Leak {
    /// Too little to try it on.
    #[error("{bars} bars are too few to look for a leak; at least 16 are needed")]
    TooShort {
        /// How many came.
        bars: usize,
    },
    /// It did not give one output per bar.
    #[error("{outputs} outputs for {bars} bars: there must be one for each")]
    Count {
        /// How many bars went in.
        bars: usize,
        /// How many outputs came out.
        outputs: usize,
    },
    /// The same bars gave something else the second time.
    #[error("the output of bar {at} differs between two runs on equal bars")]
    NotRepeatable {
        /// The first bar that differs.
        at: usize,
    },
    /// What comes after a bar changed the output at it, or before it.
    #[error(
        "the output of bar {at} knows what comes after bar {known}: {told}, but with another future {told_then}"
    )]
    Future {
        /// The first bar whose output changed.
        at: usize,
        /// The last bar that was left as it was.
        known: usize,
        /// The output with the true future.
        told: String,
        /// The output with another future.
        told_then: String,
    },
}

/// Checks that no output up to a bar depends on what comes after it.
///
/// `outputs` makes everything anew from a history and gives one output per bar: a strategy's opinions, an indicator's
/// values, a feature, a regime. At eight moments drawn from `seed` it is run again on histories that are equal up to the
/// moment and then end, calm down, or go wild; up to the moment all outputs must be equal.
///
/// # Errors
/// [`Leak`], with the first output that gave it away.
///
/// ```
/// # use autotrading_domain::{Bar, Span, Timestamp};
/// use autotrading_strategy::{Leak, assert_causal};
///
/// # let bar = |i: i64| { let close = 100.0 + (i * i % 7) as f64; Bar { open_time: Timestamp::EPOCH.after(Span::HOUR.times(i)),
/// #     interval: Span::HOUR, open: close, high: close, low: close, close, volume: 1.0, closed: true, synthetic: false } };
/// let bars: Vec<Bar> = (0..50).map(bar).collect();
/// let back = |bars: &[Bar]| (0..bars.len()).map(|i| bars[i].close - bars[i.saturating_sub(1)].close).collect::<Vec<_>>();
/// assert_eq!(assert_causal(back, &bars, 1), Ok(()));
///
/// let ahead = |bars: &[Bar]| (0..bars.len()).map(|i| bars[(i + 1).min(bars.len() - 1)].close).collect::<Vec<_>>();
/// assert!(matches!(assert_causal(ahead, &bars, 1), Err(Leak::Future { .. })));
/// ```
pub fn assert_causal<O: PartialEq + Debug>(
    mut outputs: impl FnMut(&[Bar]) -> Vec<O>,
    bars: &[Bar],
    seed: u64,
) -> Result<(), Leak> {
    assert_causal_across(|[only]: &[Vec<Bar>; 1]| outputs(only), [bars], seed)
}

/// [`assert_causal`] for what looks at several markets at once: all of them have another future after the moment.
///
/// The markets are equally long; the n-th output is the one after the n-th bar of every market.
///
/// # Errors
/// [`Leak`], with the first output that gave it away.
pub fn assert_causal_across<O: PartialEq + Debug, const MARKETS: usize>(
    mut outputs: impl FnMut(&[Vec<Bar>; MARKETS]) -> Vec<O>,
    markets: [&[Bar]; MARKETS],
    seed: u64,
) -> Result<(), Leak> {
    let length = markets.iter().map(|bars| bars.len()).min().unwrap_or(0);
    if length < FEWEST {
        return Err(Leak::TooShort { bars: length });
    }
    let whole = markets.map(|bars| bars.iter().take(length).copied().collect::<Vec<Bar>>());
    let truth = counted(&mut outputs, &whole, length)?;
    if let Some((at, ..)) = difference(&truth, &counted(&mut outputs, &whole, length)?) {
        return Err(Leak::NotRepeatable { at });
    }
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..TRIALS {
        let known = chance.random_range(length / 4..length - 1);
        let mut then = |step: Option<f64>| {
            whole.each_ref().map(|bars| {
                let (past, future) = bars.split_at(known + 1);
                let future = step.map_or(Vec::new(), |step| another(future, step, &mut chance));
                [past, &future].concat()
            })
        };
        for history in [then(None), then(Some(0.001)), then(Some(0.3))] {
            let bars = history.first().map_or(0, Vec::len);
            let told_then = counted(&mut outputs, &history, bars)?;
            let compared = truth.iter().zip(&told_then).take(known + 1);
            if let Some((at, told, told_then)) = first_difference(compared) {
                return Err(Leak::Future { at, known, told, told_then });
            }
        }
    }
    Ok(())
}

/// What a strategy says of each bar in turn: the form in which [`assert_causal`] takes it.
pub fn opinions(
    strategy: &mut dyn Strategy,
    instrument: InstrumentId,
    bars: &[Bar],
) -> Vec<Result<Vec<Signal>, StrategyError>> {
    let mut signals = Signals::new();
    let mut say = |bar: &Bar| {
        signals.clear();
        strategy.observe(&MarketEvent::closed_bar(instrument, *bar), &Context::BLANK, &mut signals)?;
        Ok(signals.as_slice().to_vec())
    };
    bars.iter().map(&mut say).collect()
}

/// What the strategies with several legs say when the bars of their markets close one after the other; the n-th output
/// is what was said between the n-th bar of the first market and the n-th of the last.
pub fn opinions_across<const MARKETS: usize>(
    strategy: &mut dyn Strategy,
    instruments: [InstrumentId; MARKETS],
    markets: &[Vec<Bar>; MARKETS],
) -> Vec<Result<Vec<Signal>, StrategyError>> {
    let length = markets.iter().map(Vec::len).min().unwrap_or(0);
    let mut signals = Signals::new();
    let mut say = |place: usize| {
        signals.clear();
        for (instrument, bar) in
            instruments.iter().zip(markets).filter_map(|(id, bars)| Some((id, bars.get(place)?)))
        {
            strategy.observe(&MarketEvent::closed_bar(*instrument, *bar), &Context::BLANK, &mut signals)?;
        }
        Ok(signals.as_slice().to_vec())
    };
    (0..length).map(&mut say).collect()
}

fn counted<I: ?Sized, O>(
    outputs: &mut impl FnMut(&I) -> Vec<O>,
    history: &I,
    bars: usize,
) -> Result<Vec<O>, Leak> {
    let told = outputs(history);
    if told.len() == bars { Ok(told) } else { Err(Leak::Count { bars, outputs: told.len() }) }
}

fn difference<O: PartialEq + Debug>(one: &[O], other: &[O]) -> Option<(usize, String, String)> {
    first_difference(one.iter().zip(other))
}

fn first_difference<'a, O: PartialEq + Debug + 'a>(
    pairs: impl Iterator<Item = (&'a O, &'a O)>,
) -> Option<(usize, String, String)> {
    let mut pairs = pairs.enumerate();
    pairs
        .find(|(_, (one, other))| one != other)
        .map(|(at, (one, other))| (at, format!("{one:?}"), format!("{other:?}")))
}

/// Bars at the same times that go another way: each open jumps from the close before by up to `step`, up or down.
fn another(bars: &[Bar], step: f64, chance: &mut ChaCha8Rng) -> Vec<Bar> {
    let mut close = bars.first().map_or(1.0, |bar| bar.open);
    let mut other = |bar: &Bar| {
        let mut moved = |price: f64| price * (step * chance.random_range(-1.0..1.0f64)).exp();
        let open = moved(close);
        close = moved(open);
        let (high, low) = (moved(open).max(open).max(close), moved(open).min(open).min(close));
        let volume = bar.volume * chance.random_range(0.0..2.0);
        Bar { open, high, low, close, volume, ..*bar }
    };
    bars.iter().map(&mut other).collect()
}
