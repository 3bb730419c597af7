//! Figures of an equity curve that is seen once, block by block.

use super::block::{larger, least, most};

/// Figures of the equity curve, over every close.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurveFigures {
    /// Largest fall of equity from its high, in [0, 1]; equal to [`max_drawdown`](crate::max_drawdown) to the bit.
    pub max_drawdown: f64,
    /// How many returns there are: one less than bars.
    pub observations: usize,
    /// Mean simple return from close to close.
    pub mean_return: f64,
    /// Variance of these returns, with n - 1; `None` for fewer than two.
    pub variance: Option<f64>,
    /// Sharpe ratio, annualised by the data's own times, risk-free rate zero. Seen in one pass: it agrees with
    /// [`Performance::sharpe`](crate::Performance) to about ten digits, not to the bit.
    pub sharpe: Option<f64>,
}

/// Additions that do not wait for each other. A bar's lane is its place modulo this, so that blocks leave no trace.
const LANES: usize = 4;
/// Points whose extremes are looked at together.
const TOGETHER: usize = 32;

/// What a curve has been so far.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    last: Option<f64>,
    high: f64,
    max_drawdown: f64,
    sums: [f64; LANES],
    squares: [f64; LANES],
    points: usize,
}

impl Curve {
    pub(super) fn new() -> Self {
        Self {
            last: None,
            high: f64::NEG_INFINITY,
            max_drawdown: 0.0,
            sums: [0.0; LANES],
            squares: [0.0; LANES],
            points: 0,
        }
    }

    /// Takes the next points. Gives the place of the first that is not above zero, if there is one.
    pub(super) fn take(&mut self, equity: &[f64]) -> Result<(), usize> {
        let Some(first) = equity.first() else { return Ok(()) };
        if !equity.chunks(TOGETHER).fold(true, |above, points| above & self.fall(points)) {
            return Err(equity.iter().position(|value| *value <= 0.0).unwrap_or(0));
        }
        // Before the first point there is itself: a return of nothing, which no sum sees.
        let before = self.last.replace(*equity.last().unwrap_or(first)).unwrap_or(*first);
        self.add(self.points % LANES, first / before - 1.0);
        let aligned = (LANES - (self.points + 1) % LANES) % LANES;
        let head = equity.iter().zip(equity.iter().skip(1)).take(aligned);
        for (lane, (before, after)) in ((self.points + 1) % LANES..).zip(head) {
            self.add(lane % LANES, after / before - 1.0);
        }
        let befores = equity.get(aligned..).unwrap_or(&[]);
        let afters = equity.get(aligned + 1..).unwrap_or(&[]);
        let (fours, rest) = afters.as_chunks::<LANES>();
        for (before, after) in befores.as_chunks::<LANES>().0.iter().zip(fours) {
            for (((sum, square), before), after) in
                self.sums.iter_mut().zip(&mut self.squares).zip(before).zip(after)
            {
                let simple = after / before - 1.0;
                *sum += simple;
                *square += simple * simple;
            }
        }
        let before = befores.get(fours.len() * LANES..).unwrap_or(&[]);
        for (lane, (before, after)) in before.iter().zip(rest).enumerate() {
            self.add(lane, after / before - 1.0);
        }
        self.points += equity.len();
        Ok(())
    }

    #[inline]
    fn add(&mut self, lane: usize, simple: f64) {
        if let (Some(sum), Some(square)) = (self.sums.get_mut(lane), self.squares.get_mut(lane)) {
            *sum += simple;
            *square += simple * simple;
        }
    }

    /// Follows the fall from the high; false when a point is not above zero.
    ///
    /// `1 - value / high` falls as the value rises, in floating point too: under one high the lowest point decides.
    #[inline]
    fn fall(&mut self, points: &[f64]) -> bool {
        let (least, most) = (least(points), most(points));
        if most <= self.high {
            self.max_drawdown = larger(self.max_drawdown, 1.0 - least / self.high);
            return least > 0.0;
        }
        for value in points {
            self.high = larger(self.high, *value);
            self.max_drawdown = larger(self.max_drawdown, 1.0 - value / self.high);
        }
        least > 0.0
    }

    /// The figures of a curve whose points lie over so many years.
    pub(super) fn figures(&self, years: f64) -> CurveFigures {
        let observations = self.points.saturating_sub(1);
        let n = observations as f64;
        let (sum, square): (f64, f64) = (self.sums.iter().sum(), self.squares.iter().sum());
        let mean = if observations > 0 { sum / n } else { 0.0 };
        let variance = (observations > 1).then(|| ((square - sum * mean) / (n - 1.0)).max(0.0));
        let sharpe = variance.filter(|_| years > 0.0).and_then(|variance| {
            let deviation = variance.sqrt();
            // Below this the deviation of equal returns is rounding, not risk: as `sharpe` has it.
            let told = deviation > larger(mean.abs(), 1e-300) * 1e-12;
            told.then(|| mean / deviation * (n / years).sqrt()).filter(|ratio| ratio.is_finite())
        });
        CurveFigures { max_drawdown: self.max_drawdown, observations, mean_return: mean, variance, sharpe }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::max_drawdown;

    proptest! {
        #[test]
        fn the_deepest_fall_is_the_same_to_the_bit_however_the_curve_is_cut(
            steps in prop::collection::vec(-50i32..=51, 1..2_000),
            cut in 1usize..700,
        ) {
            let equity: Vec<f64> = steps.iter().scan(1e5, |value, step| { *value += f64::from(*step) * 0.37; Some(*value) }).collect();
            let (mut whole, mut parts) = (Curve::new(), Curve::new());
            prop_assert!(whole.take(&equity).is_ok());
            for part in equity.chunks(cut) {
                prop_assert!(parts.take(part).is_ok());
            }
            let (whole, parts) = (whole.figures(1.0), parts.figures(1.0));
            prop_assert_eq!(whole.max_drawdown.to_bits(), max_drawdown(&equity).to_bits());
            prop_assert_eq!(whole, parts);
        }
    }

    #[test]
    fn the_variance_of_four_points_by_hand() {
        let mut curve = Curve::new();
        curve.take(&[100.0, 110.0, 99.0, 99.0]).unwrap();
        let figures = curve.figures(3.0);
        // Returns 10 %, -10 %, 0: mean 0, squares 0.02 over 2.
        assert!(figures.mean_return.abs() < 1e-16 && (figures.variance.unwrap() - 0.01).abs() < 1e-15);
        assert_eq!((figures.observations, figures.max_drawdown), (3, 1.0 - 99.0 / 110.0));
    }

    #[test]
    fn a_curve_that_reaches_zero_says_where() {
        assert_eq!(Curve::new().take(&[100.0, 0.0, 1.0]), Err(1));
    }
}
