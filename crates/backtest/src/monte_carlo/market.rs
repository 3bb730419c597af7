//! A market with the same bars in another order: what a strategy is run on to see whether it needs the order.

use autotrading_domain::Bar;
use autotrading_market_data::{History, Window};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::shuffled::shuffle;
use super::{LARGEST_STEP, MonteCarloError};

/// What a bar does, relative to its own open, and the gap before it.
#[derive(Clone, Copy)]
struct Shape {
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
}

/// The bars of a market in another order: gaps (logarithm of open over the close before) and shapes (high, low and close
/// over open, with the volume) are permuted apart, and prices are built from the first bar anew.
///
/// Times and the first bar stay; so do start and end, up to rounding, and the distribution of moves. What goes is every
/// pattern from bar to bar. `number` tells permutations of one seed apart. Prices leave the tick grid. Source: Masters (2018),
/// "Permutation and Randomization Tests for Trading System Development", ch. 3.
///
/// ```
/// use autotrading_backtest::monte_carlo::permuted_market;
/// use autotrading_market_data::CommonWorkload;
///
/// let history = CommonWorkload::history(500);
/// let other = permuted_market(history.all(), 1, 0)?;
/// assert_ne!(other.close()[100], history.close()[100]);
/// assert!((other.close()[499] / history.close()[499] - 1.0).abs() < 1e-12);
/// # Ok::<(), autotrading_backtest::monte_carlo::MonteCarloError>(())
/// ```
///
/// # Errors
/// Fewer than three bars; bars that cannot be one.
pub fn permuted_market(market: Window<'_>, seed: u64, number: u64) -> Result<History, MonteCarloError> {
    let bars: Vec<Bar> = market.into_bars().collect();
    let (Some(first), true) = (bars.first().copied(), bars.len() >= 3) else {
        return Err(MonteCarloError::TooFew { got: bars.len(), required: 3 });
    };
    let mut gaps: Vec<f64> =
        bars.iter().zip(bars.iter().skip(1)).map(|(last, bar)| (bar.open / last.close).ln()).collect();
    let mut shapes: Vec<Shape> = bars.iter().skip(1).map(Shape::of).collect();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    chance.set_stream(number);
    shuffle(&mut gaps, &mut chance);
    shuffle(&mut shapes, &mut chance);
    let mut history = History::with_capacity(market.interval(), bars.len())?;
    history.push(&first)?;
    let mut last = first.close;
    for ((bar, gap), shape) in bars.iter().skip(1).zip(gaps).zip(shapes) {
        let built = shape.on(bar, last * gap.clamp(-LARGEST_STEP, LARGEST_STEP).exp());
        last = built.close;
        history.push(&built)?;
    }
    Ok(history)
}

impl Shape {
    fn of(bar: &Bar) -> Self {
        let to = |price: f64| price / bar.open;
        Self { high: to(bar.high), low: to(bar.low), close: to(bar.close), volume: bar.volume }
    }

    /// The shape at the time of another bar, from a new open.
    fn on(self, bar: &Bar, open: f64) -> Bar {
        let close = open * self.close;
        Bar {
            open,
            high: (open * self.high).max(open).max(close),
            low: (open * self.low).min(open).min(close),
            close,
            volume: self.volume,
            synthetic: false,
            ..*bar
        }
    }
}

/// How probable a figure as large as the one seen is when order means nothing: `(1 + as large) / (1 + permutations)`.
/// `None` without a permutation, or with a figure that is not a number.
///
/// ```
/// use autotrading_backtest::monte_carlo::permutation_p_value;
/// assert_eq!(permutation_p_value(2.0, &[1.0, 0.5, 3.0]), Some(0.5)); // itself and one of three
/// assert_eq!(permutation_p_value(2.0, &[]), None);
/// ```
pub fn permutation_p_value(seen: f64, permuted: &[f64]) -> Option<f64> {
    if permuted.is_empty() || seen.is_nan() || permuted.iter().any(|x| x.is_nan()) {
        return None;
    }
    let as_large = permuted.iter().filter(|x| **x >= seen).count();
    Some((1 + as_large) as f64 / (1 + permuted.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autotrading_market_data::CommonWorkload;

    #[test]
    fn a_permuted_market_has_the_same_moves_in_another_order() {
        let history = CommonWorkload::history(300);
        let other = permuted_market(history.all(), 7, 3).unwrap();
        assert_eq!(other.open_time(), history.open_time());
        let moves = |market: &History| {
            let mut moves: Vec<f64> =
                market.open().iter().zip(market.close()).skip(1).map(|(open, close)| close / open).collect();
            moves.sort_by(f64::total_cmp);
            moves
        };
        let pairs = moves(&history).into_iter().zip(moves(&other));
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-12));
        for bar in other.iter() {
            assert!(bar.low <= bar.open.min(bar.close) && bar.high >= bar.open.max(bar.close));
        }
    }

    #[test]
    fn each_permutation_is_its_own_and_comes_again() {
        let history = CommonWorkload::history(60);
        let of = |seed, number| permuted_market(history.all(), seed, number).unwrap();
        assert_eq!(of(1, 2), of(1, 2));
        assert_ne!(of(1, 2), of(1, 3));
        assert_ne!(of(1, 2), of(2, 2));
        assert!(permuted_market(CommonWorkload::history(2).all(), 1, 1).is_err());
    }
}
