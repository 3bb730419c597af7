//! Prices as whole numbers, many at once.

use autotrading_domain::{Bar, Timestamp};
use autotrading_market_data::Window;

use super::ColumnFault;

/// From here on the doubles are the whole numbers: adding it rounds to one, half-even.
const WHOLE: f64 = 4_503_599_627_370_496.0;
/// As many steps as are counted without fear of the bound above, 2^51.
pub(super) const COUNTABLE: f64 = 2_251_799_813_685_248.0;
/// As many parts of a tick as a product with a rounded reciprocal tells apart by far: 2^46.
const TOLD_APART: f64 = 70_368_744_177_664.0;
/// Bars looked at together.
const TOGETHER: usize = 512;
/// Operations that do not wait for each other.
const LANES: usize = 8;

/// The unit in which closes are counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    /// A tick, on which every close was found to lie within a hair; this many of them to one unit of price.
    Tick { each: f64 },
    /// A part of a tick.
    Part { step: f64 },
}

impl Unit {
    /// How many units a price is, at most.
    pub(super) fn most(self, highest: f64) -> f64 {
        match self {
            Self::Tick { each } => highest * each + 1.0,
            Self::Part { step } => highest / step + 1.0,
        }
    }

    /// Appends the prices in units.
    pub(super) fn count(self, prices: &[f64], out: &mut Vec<i64>) {
        match self {
            Self::Tick { each } => out.extend(prices.iter().map(|price| whole(price * each))),
            Self::Part { step } => out.extend(prices.iter().map(|price| whole(nearest(price / step)))),
        }
    }
}

/// The whole number nearest to one that is not negative, half away from zero: as `Grid::nearest_index` rounds.
#[inline]
fn nearest(steps: f64) -> f64 {
    let even = (steps + WHOLE) - WHOLE;
    // Half-even is half-away but for a tie that went down.
    if steps - even >= 0.5 { even + 1.0 } else { even }
}

/// The nearest whole number below 2^51 as an integer, without a conversion that vectors do not have.
#[inline]
pub(super) fn whole(value: f64) -> i64 {
    (value + WHOLE).to_bits().cast_signed() - WHOLE.to_bits().cast_signed()
}

/// What there is to know of all bars before any of them is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Survey {
    /// The highest price.
    pub(super) highest: f64,
    /// The lowest price.
    pub(super) lowest: f64,
    /// Whether every close, and every open, lies within a quarter of a part of a tick.
    closes_on_ticks: bool,
    opens_on_ticks: bool,
}

impl Survey {
    /// Looks at every bar once: whether it is sound, between which prices all lie, and whether closes lie on ticks of
    /// `tick`, seen in `parts` of one.
    pub(super) fn of(bars: &Window<'_>, tick: f64, parts: f64) -> Result<Self, ColumnFault> {
        if let Some(place) = bars.first_synthetic() {
            return Err(ColumnFault::Synthetic { place });
        }
        if let Some(fault) = overlap(bars) {
            return Err(fault);
        }
        let mut survey =
            Self { highest: 0.0, lowest: f64::INFINITY, closes_on_ticks: true, opens_on_ticks: true };
        let columns = (bars.open().chunks(TOGETHER).zip(bars.high().chunks(TOGETHER)))
            .zip(bars.low().chunks(TOGETHER).zip(bars.close().chunks(TOGETHER)))
            .zip(bars.volume().chunks(TOGETHER));
        for (chunk, (((open, high), (low, close)), volume)) in columns.enumerate() {
            if !are_sound(open, high, low, close, volume) {
                return Err(unsound(bars, chunk * TOGETHER));
            }
            survey.highest = larger(survey.highest, most(high));
            let least = least(low);
            if least <= 0.0 {
                return Err(unsound(bars, chunk * TOGETHER));
            }
            survey.lowest = smaller(survey.lowest, least);
            survey.closes_on_ticks = survey.closes_on_ticks && lie_on(close, 1.0 / tick, parts);
            survey.opens_on_ticks = survey.opens_on_ticks && lie_on(open, 1.0 / tick, parts);
        }
        Ok(survey)
    }

    /// The unit in which closes are compared: a tick when all lie on one, otherwise a part of it.
    pub(super) fn unit_of_closes(&self, tick: f64, part: f64) -> Unit {
        self.unit(self.closes_on_ticks, tick, part).unwrap_or(Unit::Part { step: part })
    }

    /// Ticks, the nearest, for opens.
    pub(super) fn unit_of_opens(&self, tick: f64, part: f64) -> Unit {
        self.unit(self.opens_on_ticks, tick, part).unwrap_or(Unit::Part { step: tick })
    }

    /// Ticks by a product, where that is sure to find them.
    fn unit(&self, on_ticks: bool, tick: f64, part: f64) -> Option<Unit> {
        (on_ticks && self.highest / part < TOLD_APART).then(|| Unit::Tick { each: 1.0 / tick })
    }
}

/// The conditions of `Bar::check` but that of a low above zero, for many bars at once; NaN fails.
fn are_sound(open: &[f64], high: &[f64], low: &[f64], close: &[f64], volume: &[f64]) -> bool {
    let prices = open.iter().zip(high).zip(low.iter().zip(close));
    let faults = prices.zip(volume).fold(0_u64, |faults, (((open, high), (low, close)), volume)| {
        let sound = (low <= open)
            & (low <= close)
            & (high >= open)
            & (high >= close)
            & (*high <= f64::MAX)
            & (*volume >= 0.0)
            & (*volume <= f64::MAX);
        faults | u64::from(!sound)
    });
    faults == 0
}

/// The first bar that opens before the one before it has closed.
fn overlap(bars: &Window<'_>) -> Option<ColumnFault> {
    let (times, interval) = (bars.open_time(), bars.interval());
    let pairs = times.iter().zip(times.iter().skip(1));
    // A sign is one bit: some gap is below zero when the union of their bits is.
    let gaps = pairs
        .fold(0, |gaps, (before, after)| gaps | (after.wrapping_sub(*before).wrapping_sub(interval.nanos())));
    if gaps >= 0 {
        return None;
    }
    times.iter().zip(times.iter().skip(1)).zip(1..).find_map(|((before, after), place)| {
        let (closes, opens) = (Timestamp::from_nanos(*before).after(interval), Timestamp::from_nanos(*after));
        (opens < closes).then_some(ColumnFault::Overlap { place, opens, closes })
    })
}

#[cold]
fn unsound(bars: &Window<'_>, from: usize) -> ColumnFault {
    let first = (from..bars.len()).find_map(|place| {
        let source = bars.bar(place).as_ref().map(Bar::check)?.err()?;
        Some(ColumnFault::Bar { place, source })
    });
    first.unwrap_or(ColumnFault::NoBars)
}

/// Whether every price lies within a quarter of a part of a tick.
fn lie_on(prices: &[f64], each: f64, parts: f64) -> bool {
    let (fours, rest) = prices.as_chunks::<LANES>();
    let off = |price: f64| {
        let ticks = price * each;
        ((ticks - ((ticks + WHOLE) - WHOLE)) * parts).abs()
    };
    let most = fours.iter().fold([0.0; LANES], |mut most, prices| {
        most.iter_mut().zip(prices).for_each(|(most, price)| *most = larger(*most, off(*price)));
        most
    });
    most.into_iter().chain(rest.iter().map(|price| off(*price))).all(|off| off < 0.25)
}

/// The least of numbers that are no NaN; infinity for none.
#[inline]
pub(super) fn least(values: &[f64]) -> f64 {
    side_by_side(values, f64::INFINITY, smaller)
}

/// The most of numbers that are no NaN; minus infinity for none.
#[inline]
pub(super) fn most(values: &[f64]) -> f64 {
    side_by_side(values, f64::NEG_INFINITY, larger)
}

#[inline]
fn side_by_side(values: &[f64], none: f64, of_two: impl Fn(f64, f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let lanes = chunks.iter().fold([none; LANES], |mut lanes, chunk| {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane = of_two(*lane, *value));
        lanes
    });
    lanes.iter().chain(rest).copied().fold(none, of_two)
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

    fn counted(unit: Unit, prices: &[f64]) -> Vec<i64> {
        let mut out = Vec::new();
        unit.count(prices, &mut out);
        out
    }

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
            for (price, steps) in all.iter().zip(counted(Unit::Part { step: size }, &all)) {
                prop_assert_eq!(grid.nearest_index(*price).unwrap(), steps);
            }
        }

        #[test]
        fn closes_on_ticks_are_counted_in_ticks_and_no_others_are(
            ticks in prop::collection::vec(1..100_000_000i64, 1..60),
            scale in 0u32..7,
            astray in prop::option::of((0usize..60, 1i64..999_999)),
        ) {
            let tick = Grid::new(rust_decimal::Decimal::new(1, scale)).unwrap();
            let places = (9 - scale).min(6);
            let part = Grid::new(rust_decimal::Decimal::new(1, scale + places)).unwrap();
            let parts = 10i64.pow(places);
            let mut counts: Vec<i64> = ticks.iter().map(|tick| tick * parts).collect();
            if let Some((place, off)) = astray && let Some(count) = counts.get_mut(place) {
                *count += off % parts;
            }
            let prices: Vec<f64> = counts.iter().map(|count| *count as f64 / 10f64.powi((scale + places) as i32)).collect();
            let on = counts.iter().all(|count| count % parts == 0);
            prop_assert_eq!(lie_on(&prices, 1.0 / tick.step_f64(), parts as f64), on);
            if on {
                let unit = Unit::Tick { each: 1.0 / tick.step_f64() };
                prop_assert_eq!(counted(unit, &prices), ticks);
            }
            prop_assert_eq!(counted(Unit::Part { step: part.step_f64() }, &prices), counts);
        }

        #[test]
        fn extremes_are_those_of_a_plain_look(values in prop::collection::vec(-1e9..1e9f64, 0..40)) {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!((super::least(&values), super::most(&values)), (least, most));
        }
    }
}
