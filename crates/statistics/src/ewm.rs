//! Exponentially weighted mean and variance: memory that fades, in constant time and space.

use crate::{StatisticsError, sample};

/// How fast memory fades: an observation `k` steps old weighs `lambda^k`, with `0 < lambda <= 1`.
///
/// ```
/// use autotrading_statistics::Decay;
/// assert_eq!(Decay::from_lambda(0.94)?.lambda(), 0.94);
/// assert_eq!(Decay::from_half_life(1.0)?.lambda(), 0.5);
/// assert_eq!(Decay::from_span(3.0)?.lambda(), 0.5); // alpha = 2 / (span + 1)
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Decay(f64);

impl Decay {
    /// From the weight ratio of neighbours, `lambda` in (0, 1]. One means that nothing is forgotten.
    pub fn from_lambda(lambda: f64) -> Result<Self, StatisticsError> {
        sample::check_finite("lambda", lambda)?;
        if lambda > 0.0 && lambda <= 1.0 {
            Ok(Self(lambda))
        } else {
            Err(sample::out_of_range("lambda", lambda, "(0, 1]"))
        }
    }

    /// From the age at which a weight has halved, in observations, above zero: `lambda = 2^(-1/half_life)`.
    ///
    /// # Errors
    /// Not above zero and finite, or so short that the weight underflows.
    pub fn from_half_life(half_life: f64) -> Result<Self, StatisticsError> {
        sample::check_positive("half-life", half_life)?;
        let lambda = (-std::f64::consts::LN_2 / half_life).exp();
        Self::from_lambda(lambda)
            .map_err(|_| sample::out_of_range("half-life", half_life, "half-lives of a weight above zero"))
    }

    /// From the span of a moving average of equal lag, above one: `lambda = 1 - 2 / (span + 1)`.
    pub fn from_span(span: f64) -> Result<Self, StatisticsError> {
        sample::check_finite("span", span)?;
        if span > 1.0 {
            Self::from_lambda(1.0 - 2.0 / (span + 1.0))
        } else {
            Err(sample::out_of_range("span", span, "(1, inf)"))
        }
    }

    /// The weight ratio of two neighbouring observations.
    pub fn lambda(self) -> f64 {
        self.0
    }

    /// The age at which a weight has halved, in observations; `None` if nothing is forgotten.
    pub fn half_life(self) -> Option<f64> {
        (self.0 < 1.0).then(|| -std::f64::consts::LN_2 / self.0.ln())
    }
}

/// Exponentially weighted moments of a stream; the newest observation weighs one, one `k` steps old `lambda^k`.
///
/// Weights are normalised by their sum, so the estimates are right from the first observation on. The update is
/// West's (1979) for weighted data with all old weights scaled by `lambda`, which never subtracts large numbers.
///
/// ```
/// use autotrading_statistics::{Decay, ExponentialMoments};
///
/// let mut ewm = ExponentialMoments::new(Decay::from_half_life(1.0)?);
/// ewm.push(1.0)?;
/// ewm.push(4.0)?; // weights 1/2 and 1
/// assert!((ewm.mean()? - 3.0).abs() < 1e-15);
/// assert!((ewm.variance()? - 2.0).abs() < 1e-15); // (1/2 * 4 + 1 * 1) / 1.5
/// assert!((ewm.effective_count() - 1.8).abs() < 1e-15); // 1.5^2 / 1.25
/// assert!((ewm.corrected_variance()? - 4.5).abs() < 1e-14); // 2 * 1.8 / 0.8
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialMoments {
    decay: Decay,
    count: u64,
    weight: f64,
    square_weight: f64,
    mean: f64,
    spread: f64,
    squares: f64,
}

impl ExponentialMoments {
    /// An empty memory.
    pub fn new(decay: Decay) -> Self {
        Self { decay, count: 0, weight: 0.0, square_weight: 0.0, mean: 0.0, spread: 0.0, squares: 0.0 }
    }

    /// The memory after a whole sample, oldest first. Errors: as [`push`](Self::push), with the index.
    pub fn of(sample: &[f64], decay: Decay) -> Result<Self, StatisticsError> {
        sample::check("sample", sample, 1)?;
        let mut memory = Self::new(decay);
        sample.iter().try_for_each(|&x| memory.push(x))?;
        Ok(memory)
    }

    /// Takes the next observation.
    ///
    /// # Errors
    /// A value that is not finite, or so large that its square is not: it would never fade. The memory is unchanged then.
    pub fn push(&mut self, x: f64) -> Result<(), StatisticsError> {
        sample::check_finite("observation", x)?;
        let lambda = self.decay.0;
        let delta = x - self.mean;
        let mut next = *self;
        next.count += 1;
        next.weight = lambda * self.weight + 1.0;
        next.square_weight = lambda * lambda * self.square_weight + 1.0;
        next.mean += delta / next.weight;
        next.spread = lambda * self.spread + delta * (x - next.mean);
        next.squares = lambda * self.squares + x * x;
        sample::finite_result("exponentially weighted sum", next.mean + next.spread + next.squares)?;
        *self = next;
        Ok(())
    }

    /// The decay it was made with.
    pub fn decay(&self) -> Decay {
        self.decay
    }

    /// How many observations were taken, whatever they weigh by now.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// `n_eff = (sum w)^2 / sum w^2`: how many equally weighted observations these are worth. Zero when empty;
    /// tends to `(1 + lambda) / (1 - lambda)`.
    pub fn effective_count(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.weight * self.weight / self.square_weight }
    }

    /// Weighted mean. Errors: no observation; overflow.
    pub fn mean(&self) -> Result<f64, StatisticsError> {
        self.require(1)?;
        sample::finite_result("exponentially weighted mean", self.mean)
    }

    /// Weighted variance about the weighted mean, `sum w (x - mean)^2 / sum w`: too small by the factor
    /// `1 - 1 / n_eff`. Errors: no observation; overflow.
    pub fn variance(&self) -> Result<f64, StatisticsError> {
        self.require(1)?;
        // Every update adds a product of two numbers of one sign, so the spread is never below zero.
        sample::finite_result("exponentially weighted variance", self.spread / self.weight)
    }

    /// The variance freed of its bias: `variance * n_eff / (n_eff - 1)`. With `lambda = 1` it is the sample variance.
    ///
    /// # Errors
    /// Fewer than two observations; memory so short that one observation holds all the weight; overflow.
    pub fn corrected_variance(&self) -> Result<f64, StatisticsError> {
        self.require(2)?;
        let effective = self.effective_count();
        // (n_eff - 1) / n_eff without the cancellation: 1 - w2 / w^2.
        let factor = 1.0 - self.square_weight / (self.weight * self.weight);
        if factor <= 0.0 {
            return Err(sample::out_of_range("effective count", effective, "(1, inf)"));
        }
        sample::finite_result("exponentially weighted variance", self.variance()? / factor)
    }

    /// Square root of the [`corrected_variance`](Self::corrected_variance), with the same errors.
    pub fn corrected_standard_deviation(&self) -> Result<f64, StatisticsError> {
        Ok(self.corrected_variance()?.sqrt())
    }

    /// Weighted mean square `sum w x^2 / sum w`: RiskMetrics variance with the mean taken as zero and the weights
    /// normalised. Errors: no observation; overflow.
    pub fn mean_square(&self) -> Result<f64, StatisticsError> {
        self.require(1)?;
        sample::finite_result("exponentially weighted mean square", self.squares / self.weight)
    }

    fn require(&self, required: usize) -> Result<(), StatisticsError> {
        sample::check_length("observations", usize::try_from(self.count).unwrap_or(usize::MAX), required)
    }
}

/// The RiskMetrics recursion `v <- lambda v + (1 - lambda) x^2` from a stated first variance.
///
/// Source: J.P. Morgan/Reuters (1996), RiskMetrics Technical Document. Daily returns: `lambda` 0.94.
///
/// ```
/// use autotrading_statistics::{Decay, RiskMetrics};
/// let mut v = RiskMetrics::new(Decay::from_lambda(0.94)?, 1e-4)?;
/// v.push(0.02)?; // 0.94e-4 + 0.06 * 4e-4
/// assert!((v.variance() - 1.18e-4).abs() < 1e-18);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskMetrics {
    decay: Decay,
    variance: f64,
}

impl RiskMetrics {
    /// Starts at `first_variance`, finite and not below zero.
    pub fn new(decay: Decay, first_variance: f64) -> Result<Self, StatisticsError> {
        Ok(Self { decay, variance: sample::check_not_negative("first variance", first_variance)? })
    }

    /// Takes the next observation and returns the new variance, the forecast for the step after it.
    ///
    /// # Errors
    /// A non-finite value or one whose square overflows; the variance is unchanged then.
    pub fn push(&mut self, x: f64) -> Result<f64, StatisticsError> {
        sample::check_finite("observation", x)?;
        let lambda = self.decay.0;
        let next = lambda * self.variance + (1.0 - lambda) * x * x;
        self.variance = sample::finite_result("RiskMetrics variance", next)?;
        Ok(next)
    }

    /// The current variance, in squared units of the observations.
    pub fn variance(&self) -> f64 {
        self.variance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Estimator, moments};
    use proptest::prelude::*;

    /// The definition, by explicit weights.
    fn oracle(sample: &[f64], lambda: f64) -> (f64, f64, f64) {
        let weights: Vec<f64> = (0..sample.len()).rev().map(|age| lambda.powi(age as i32)).collect();
        let total: f64 = weights.iter().sum();
        let mean = weights.iter().zip(sample).map(|(w, x)| w * x).sum::<f64>() / total;
        let variance = weights.iter().zip(sample).map(|(w, x)| w * (x - mean).powi(2)).sum::<f64>() / total;
        (mean, variance, total * total / weights.iter().map(|w| w * w).sum::<f64>())
    }

    #[test]
    fn half_life_and_lambda_are_two_names_of_one_thing() {
        let decay = Decay::from_half_life(500.0).unwrap();
        assert!((decay.half_life().unwrap() - 500.0).abs() < 1e-9);
        assert!((decay.lambda().powi(500) - 0.5).abs() < 1e-12);
        assert_eq!(Decay::from_lambda(1.0).unwrap().half_life(), None);
    }

    #[test]
    fn impossible_decays_are_refused() {
        for lambda in [0.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Decay::from_lambda(lambda).is_err(), "{lambda}");
        }
        assert!(Decay::from_half_life(0.0).is_err());
        assert!(Decay::from_half_life(1e-9).is_err());
        assert!(Decay::from_span(1.0).is_err());
    }

    #[test]
    fn an_empty_or_single_memory_says_what_it_lacks() {
        let mut memory = ExponentialMoments::new(Decay::from_lambda(0.9).unwrap());
        assert_eq!(memory.effective_count(), 0.0);
        assert!(matches!(memory.mean(), Err(StatisticsError::TooFew { got: 0, required: 1, .. })));
        memory.push(2.0).unwrap();
        assert_eq!((memory.mean(), memory.variance()), (Ok(2.0), Ok(0.0)));
        assert!(matches!(
            memory.corrected_variance(),
            Err(StatisticsError::TooFew { got: 1, required: 2, .. })
        ));
    }

    #[test]
    fn the_effective_count_tends_to_its_closed_form() {
        let memory = ExponentialMoments::of(&[0.5; 5_000], Decay::from_lambda(0.94).unwrap()).unwrap();
        assert!((memory.effective_count() - 1.94 / 0.06).abs() < 1e-9);
    }

    #[test]
    fn a_refused_observation_leaves_the_memory_unchanged() {
        let mut memory = ExponentialMoments::of(&[1.0, 2.0], Decay::from_lambda(0.9).unwrap()).unwrap();
        let before = memory;
        assert!(memory.push(f64::NEG_INFINITY).is_err());
        assert_eq!(memory.push(1e200), Err(StatisticsError::Overflow { what: "exponentially weighted sum" }));
        assert_eq!(memory, before);
    }

    proptest! {
        #[test]
        fn the_stream_agrees_with_explicit_weights(
            sample in prop::collection::vec(-5.0_f64..5.0, 2..80),
            lambda in 0.3_f64..1.0,
        ) {
            let memory = ExponentialMoments::of(&sample, Decay::from_lambda(lambda).unwrap()).unwrap();
            let (mean, variance, effective) = oracle(&sample, lambda);
            prop_assert!((memory.mean().unwrap() - mean).abs() < 1e-12);
            prop_assert!((memory.variance().unwrap() - variance).abs() < 1e-11);
            prop_assert!((memory.effective_count() - effective).abs() < 1e-9 * effective);
            let square = sample.iter().rev().enumerate().map(|(k, x)| lambda.powi(k as i32) * x * x).sum::<f64>();
            let total: f64 = (0..sample.len()).map(|k| lambda.powi(k as i32)).sum();
            prop_assert!((memory.mean_square().unwrap() - square / total).abs() < 1e-11);
        }

        #[test]
        fn without_forgetting_it_is_the_sample_variance(sample in prop::collection::vec(-5.0_f64..5.0, 2..80)) {
            let memory = ExponentialMoments::of(&sample, Decay::from_lambda(1.0).unwrap()).unwrap();
            let plain = moments::variance(&sample, Estimator::Sample).unwrap();
            prop_assert!((memory.corrected_variance().unwrap() - plain).abs() < 1e-11);
        }
    }
}
