//! Prices as whole numbers, many at once.

use autotrading_domain::Bar;
use autotrading_market_data::Window;

use super::ColumnFault;

/// From here on the doubles are the whole numbers: adding it rounds to one, half-even.
const WHOLE: f64 = 4_503_599_627_370_496.0;
/// As many steps as are counted without fear of the bound above, 2^51.
pub(super) const COUNTABLE: f64 = 2_251_799_813_685_248.0;

/// The steps nearest to a measurement, half away from zero: what `Grid::nearest_index` says for `0 <= raw / step < 2^51`.
#[inline]
fn nearest(raw: f64, step: f64) -> f64 {
    let steps = raw / step;
    let even = (steps + WHOLE) - WHOLE;
    // Half-even is half-away but for a tie that went down.
    if steps - even >= 0.5 { even + 1.0 } else { even }
}

/// A whole number below 2^52 as an integer, without a conversion that vectors do not have.
#[inline]
fn whole(value: f64) -> i64 {
    (value + WHOLE).to_bits().cast_signed() - WHOLE.to_bits().cast_signed()
}

/// Appends the prices in steps.
pub(super) fn count(prices: &[f64], step: f64, out: &mut Vec<i64>) {
    out.extend(prices.iter().map(|price| whole(nearest(*price, step))));
}

/// What there is to know of all bars before any of them is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// The highest price.
    pub(super) highest: f64,
    /// The lowest price.
    pub(super) lowest: f64,
}

/// Bars looked at together.
const TOGETHER: usize = 512;

/// Looks at every bar once: whether it is sound, and between which prices all of them lie.
pub(super) fn survey(bars: &Window<'_>) -> Result<Survey, ColumnFault> {
    if let Some(place) = bars.first_synthetic() {
        return Err(ColumnFault::Synthetic { place });
    }
    let mut survey = Survey { highest: 0.0, lowest: f64::INFINITY };
    let columns = (bars.open().chunks(TOGETHER).zip(bars.high().chunks(TOGETHER)))
        .zip(bars.low().chunks(TOGETHER).zip(bars.close().chunks(TOGETHER)))
        .zip(bars.volume().chunks(TOGETHER));
    for (chunk, (((open, high), (low, close)), volume)) in columns.enumerate() {
        // The conditions of `Bar::check`; each product of truths lets NaN fail.
        let sound = open.iter().zip(high).zip(low.iter().zip(close)).zip(volume).fold(
            true,
            |sound, (((open, high), (low, close)), volume)| {
                sound
                    & (*low > 0.0)
                    & (low <= open)
                    & (low <= close)
                    & (high >= open)
                    & (high >= close)
                    & (*high < f64::INFINITY)
                    & (*volume >= 0.0)
                    & (*volume < f64::INFINITY)
            },
        );
        if !sound {
            return Err(unsound(bars, chunk * TOGETHER));
        }
        survey.highest = high.iter().copied().fold(survey.highest, larger);
        survey.lowest = low.iter().copied().fold(survey.lowest, smaller);
    }
    Ok(survey)
}

#[cold]
fn unsound(bars: &Window<'_>, from: usize) -> ColumnFault {
    let first = (from..bars.len()).find_map(|place| {
        let source = bars.bar(place).as_ref().map(Bar::check)?.err()?;
        Some(ColumnFault::Bar { place, source })
    });
    first.unwrap_or(ColumnFault::NoBars)
}

/// Whether every one of the prices is a whole number of ticks, when it is counted in `parts` of a tick.
pub(super) fn lie_on(prices: &[f64], tick: f64, part: f64, parts: f64) -> bool {
    prices.chunks(TOGETHER).all(|prices| {
        prices.iter().fold(true, |on, price| on & (nearest(*price, part) == nearest(*price, tick) * parts))
    })
}

/// The larger of two numbers that are no NaN: one instruction.
#[inline]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The smaller of two numbers that are no NaN: one instruction.
#[inline]
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Grid;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn prices_are_counted_as_the_grid_counts_them(
            prices in prop::collection::vec(1e-9..1e6f64, 1..50),
            halves in prop::collection::vec(0..1_000_000i64, 1..50),
            step in prop::sample::select(vec!["0.01", "0.000001", "0.000000001", "0.5", "25"]),
        ) {
            let grid = Grid::new(step.parse().unwrap()).unwrap();
            let size = grid.step_f64();
            let ties = halves.iter().map(|half| (*half as f64 + 0.5) * size);
            let all: Vec<f64> = prices.into_iter().chain(ties).filter(|price| price / size < COUNTABLE).collect();
            let mut counted = Vec::new();
            count(&all, size, &mut counted);
            for (price, steps) in all.iter().zip(counted) {
                prop_assert_eq!(grid.nearest_index(*price).unwrap(), steps);
            }
        }
    }
}
