//! Sample quantiles: which value leaves a given share of the sample below it.

use crate::{StatisticsError, sample};

/// The nine definitions of a sample quantile of Hyndman and Fan (1996), The American Statistician 50, 361-365.
///
/// Types 1 to 3 pick an observation, 4 to 9 interpolate between two neighbours. Type 7 is the default of numpy and R.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum QuantileMethod {
    /// Type 1: inverse of the empirical distribution, the observation of rank `ceil(n p)`.
    InverseDistribution,
    /// Type 2: as type 1, with the two neighbours averaged where the distribution has a step.
    AveragedInverse,
    /// Type 3: the observation nearest to rank `n p`, ties to the even rank.
    NearestEven,
    /// Type 4: linear interpolation of the empirical distribution.
    InterpolatedDistribution,
    /// Type 5: `p_k = (k - 1/2) / n` (Hazen).
    Hazen,
    /// Type 6: `p_k = k / (n + 1)` (Weibull).
    Weibull,
    /// Type 7: `p_k = (k - 1) / (n - 1)`.
    #[default]
    Linear,
    /// Type 8: `p_k = (k - 1/3) / (n + 1/3)`, approximately median-unbiased.
    MedianUnbiased,
    /// Type 9: `p_k = (k - 3/8) / (n + 1/4)`, approximately unbiased for normal samples.
    NormalUnbiased,
}

/// Two neighbouring ranks (zero-based) and the weight of the upper one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) lower: usize,
    pub(crate) upper: usize,
    fraction: f64,
}

impl QuantileMethod {
    /// Where the quantile lies among `n >= 1` ordered observations.
    pub(crate) fn place(self, n: usize, p: f64) -> Place {
        let count = n as f64;
        let rank = |a: f64, b: f64| a + p * (count + 1.0 - a - b);
        match self {
            Self::InverseDistribution => Place::at(snapped_ceil(count * p), 0.0, n),
            Self::AveragedInverse => {
                let position = count * p;
                let on_a_step = is_integer(position) && position.round() >= 1.0;
                Place::at(snapped_ceil(position), if on_a_step { 0.5 } else { 0.0 }, n)
            }
            Self::NearestEven => Place::at((count * p).round_ties_even(), 0.0, n),
            Self::InterpolatedDistribution => Place::between(rank(0.0, 1.0), n),
            Self::Hazen => Place::between(rank(0.5, 0.5), n),
            Self::Weibull => Place::between(rank(0.0, 0.0), n),
            // Written as `n p + (1 - p)`, in numpy's order of operations, so that the last digit agrees as well.
            Self::Linear => Place::between(count * p + (1.0 - p), n),
            Self::MedianUnbiased => Place::between(rank(1.0 / 3.0, 1.0 / 3.0), n),
            Self::NormalUnbiased => Place::between(rank(0.375, 0.375), n),
        }
    }
}

impl Place {
    fn at(rank: f64, fraction: f64, n: usize) -> Self {
        let lower = (rank.max(1.0) as usize).min(n) - 1;
        Self { lower, upper: (lower + 1).min(n - 1), fraction }
    }

    fn between(rank: f64, n: usize) -> Self {
        let rank = rank.clamp(1.0, n as f64);
        Self::at(rank.floor(), rank - rank.floor(), n)
    }

    /// Interpolates from the nearer end, which never leaves the interval between the two.
    pub(crate) fn interpolate(self, lower: f64, upper: f64) -> f64 {
        let width = upper - lower;
        if !width.is_finite() {
            return lower * (1.0 - self.fraction) + upper * self.fraction;
        }
        if self.fraction < 0.5 {
            lower + width * self.fraction
        } else {
            upper - width * (1.0 - self.fraction)
        }
    }
}

/// `n p` computed from a `p` that is itself `1 - confidence` can miss an integer by some roundings:
/// `1000 (1 - 0.95)` is 50.00000000000004, whose ceiling is a rank too high.
fn is_integer(position: f64) -> bool {
    (position - position.round()).abs() <= 1e-12 * position.max(1.0)
}

/// The least integer not below a position, forgiving the rounding of the position itself.
pub(crate) fn snapped_ceil(position: f64) -> f64 {
    if is_integer(position) { position.round() } else { position.ceil() }
}

/// The quantile of an unordered sample, by selection in `O(n)` on a copy.
///
/// ```
/// use autotrading_statistics::{QuantileMethod, quantile::quantile};
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5, QuantileMethod::Linear)?, 2.5);
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5, QuantileMethod::InverseDistribution)?, 2.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An empty sample, a non-finite value, `p` outside [0, 1].
pub fn quantile(sample: &[f64], p: f64, method: QuantileMethod) -> Result<f64, StatisticsError> {
    quantile_in_place(&mut sample.to_vec(), p, method)
}

/// As [`quantile`], without a copy: the sample is reordered.
///
/// # Errors
/// As [`quantile`]; the sample is unchanged then.
pub fn quantile_in_place(sample: &mut [f64], p: f64, method: QuantileMethod) -> Result<f64, StatisticsError> {
    sample::check("sample", sample, 1)?;
    check_share(p)?;
    let place = method.place(sample.len(), p);
    // The neighbour is looked for on the shorter side.
    let (lower, upper) = if place.upper < sample.len() / 2 {
        let (below, &mut upper, _) = sample.select_nth_unstable_by(place.upper, f64::total_cmp);
        (below.iter().copied().reduce(f64::max).unwrap_or(upper), upper)
    } else {
        let (_, &mut lower, above) = sample.select_nth_unstable_by(place.lower, f64::total_cmp);
        (lower, above.iter().copied().reduce(f64::min).unwrap_or(lower))
    };
    Ok(place.interpolate(lower, upper))
}

/// The median: the mean of the two middle observations when their number is even.
///
/// ```
/// assert_eq!(autotrading_statistics::quantile::median(&[9.0, 1.0, 2.0])?, 2.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An empty sample, a non-finite value.
pub fn median(sample: &[f64]) -> Result<f64, StatisticsError> {
    quantile(sample, 0.5, QuantileMethod::Linear)
}

/// Median of the absolute deviations from the median: a spread that one outlier cannot move.
/// Multiply by 1.4826 to estimate the standard deviation of normal data. Unit: that of the sample.
///
/// ```
/// assert_eq!(autotrading_statistics::quantile::median_absolute_deviation(&[1.0, 2.0, 3.0, 4.0, 900.0])?, 1.0);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// An empty sample, a non-finite value, overflow.
pub fn median_absolute_deviation(sample: &[f64]) -> Result<f64, StatisticsError> {
    let centre = median(sample)?;
    let mut deviations: Vec<f64> = sample.iter().map(|x| (x - centre).abs()).collect();
    if deviations.iter().any(|d| !d.is_finite()) {
        return Err(StatisticsError::Overflow { what: "absolute deviation" });
    }
    quantile_in_place(&mut deviations, 0.5, QuantileMethod::Linear)
}

/// A sample in ascending order: sorted once, then every quantile costs nothing.
///
/// ```
/// use autotrading_statistics::{QuantileMethod, SortedSample};
/// let sorted = SortedSample::new(vec![3.0, 1.0, 2.0])?;
/// assert_eq!(sorted.values(), [1.0, 2.0, 3.0]);
/// assert_eq!(sorted.quantile(0.25, QuantileMethod::Linear)?, 1.5);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SortedSample(Vec<f64>);

impl SortedSample {
    /// Sorts a sample. Errors: empty, non-finite.
    pub fn new(mut values: Vec<f64>) -> Result<Self, StatisticsError> {
        sample::check("sample", &values, 1)?;
        values.sort_unstable_by(f64::total_cmp);
        Ok(Self(values))
    }

    /// The values in ascending order; never empty.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The quantile at share `p` in [0, 1]. Errors: `p` outside.
    pub fn quantile(&self, p: f64, method: QuantileMethod) -> Result<f64, StatisticsError> {
        check_share(p)?;
        Ok(of_sorted(&self.0, p, method))
    }

    /// Share of the observations at or below `x`, between zero and one. Errors: `x` is NaN.
    pub fn share_at_or_below(&self, x: f64) -> Result<f64, StatisticsError> {
        if x.is_nan() {
            return Err(StatisticsError::NotFinite { what: "x", index: 0, got: x });
        }
        Ok(self.0.partition_point(|&v| v <= x) as f64 / self.0.len() as f64)
    }
}

/// The quantile of finite, ascending, non-empty values.
pub(crate) fn of_sorted(sorted: &[f64], p: f64, method: QuantileMethod) -> f64 {
    let place = method.place(sorted.len(), p);
    place.interpolate(sorted[place.lower], sorted[place.upper])
}

pub(crate) fn check_share(p: f64) -> Result<(), StatisticsError> {
    sample::check_finite("p", p)?;
    if (0.0..=1.0).contains(&p) { Ok(()) } else { Err(sample::out_of_range("p", p, "[0, 1]")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use QuantileMethod::*;
    use proptest::prelude::*;

    const ALL: [QuantileMethod; 9] = [
        InverseDistribution,
        AveragedInverse,
        NearestEven,
        InterpolatedDistribution,
        Hazen,
        Weibull,
        Linear,
        MedianUnbiased,
        NormalUnbiased,
    ];

    /// Ten values; expectations by the definitions of the nine types, in order.
    #[test]
    fn the_nine_types_differ_as_their_definitions_say() {
        let sample: Vec<f64> = (1..=10).map(f64::from).collect();
        let at = |p: f64| ALL.map(|method| quantile(&sample, p, method).unwrap());
        let expected = [3.0, 3.0, 2.0, 2.5, 3.0, 2.75, 3.25, 2.916_666_666_666_666_5, 2.9375];
        for (got, want) in at(0.25).iter().zip(expected) {
            assert!((got - want).abs() < 1e-14, "{got} {want}");
        }
        assert_eq!(at(0.2)[..3], [2.0, 2.5, 2.0]);
        assert_eq!(at(0.0), [1.0; 9]);
        assert_eq!(at(1.0), [10.0; 9]);
    }

    #[test]
    fn a_tail_share_made_from_a_confidence_still_hits_its_rank() {
        let sample: Vec<f64> = (1..=1000).map(f64::from).collect();
        assert_eq!(quantile(&sample, 1.0 - 0.95, InverseDistribution), Ok(50.0));
        assert_eq!(quantile(&sample, 1.0 - 0.95, AveragedInverse), Ok(50.5));
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(quantile(&[], 0.5, Linear), Err(StatisticsError::TooFew { .. })));
        assert!(matches!(quantile(&[1.0], 1.5, Linear), Err(StatisticsError::OutOfRange { got: 1.5, .. })));
        assert!(quantile(&[1.0], f64::NAN, Linear).is_err());
        assert!(SortedSample::new(vec![1.0, f64::NAN]).is_err());
    }

    #[test]
    fn the_widest_sample_does_not_overflow() {
        assert_eq!(median(&[f64::MIN, f64::MAX]), Ok(0.0));
    }

    proptest! {
        #[test]
        fn selection_agrees_with_sorting(sample in prop::collection::vec(-10.0_f64..10.0, 1..60), p in 0.0_f64..=1.0) {
            let sorted = SortedSample::new(sample.clone()).unwrap();
            for method in ALL {
                prop_assert_eq!(quantile(&sample, p, method), sorted.quantile(p, method));
            }
        }

        #[test]
        fn a_quantile_never_leaves_the_sample_and_never_falls_with_p(
            sample in prop::collection::vec(-1e9_f64..1e9, 1..60),
            p in 0.0_f64..=1.0,
            q in 0.0_f64..=1.0,
        ) {
            let sorted = SortedSample::new(sample).unwrap();
            let (low, high) = (p.min(q), p.max(q));
            for method in ALL {
                let (a, b) = (sorted.quantile(low, method).unwrap(), sorted.quantile(high, method).unwrap());
                prop_assert!(a <= b);
                prop_assert!(a >= sorted.values()[0] && b <= *sorted.values().last().unwrap());
            }
        }
    }
}
