//! Bayesian online detection of change points.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

use crate::RegimeError;

/// What is presumed of the stretches between changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePointRules {
    /// Expected length of a stretch, in observations, above 1: a change comes with probability `1 / length` each time.
    pub expected_length: f64,
    /// Mean that a stretch is expected to have.
    pub mean: f64,
    /// Variance that a stretch is expected to have, above 0.
    pub variance: f64,
    /// Longest stretch that is told from longer ones, 10 to 10 000.
    pub longest: usize,
}

/// How long ago the last change was: a distribution over run lengths.
///
/// Within a stretch, observations are normal with a mean and a variance of which a normal-gamma law is presumed (one
/// observation's worth about the mean, two about the variance), so that the next one follows a Student's t. The
/// posterior of the run length is updated with each observation, O(longest), without allocation. Runs longer than
/// `longest` are kept as one that forgets. Source: Adams and MacKay (2007), arXiv:0710.3742.
///
/// ```
/// use autotrading_regime::{ChangePointRules, ChangePoints};
///
/// let rules = ChangePointRules { expected_length: 100.0, mean: 0.0, variance: 1.0, longest: 300 };
/// let mut changes = ChangePoints::new(rules)?;
/// for t in 0..100 {
///     changes.observe(if t % 2 == 0 { 0.5 } else { -0.5 })?;
/// }
/// assert!(changes.run_lengths().at_most(10) < 0.05);
/// for t in 0..6 {
///     changes.observe(if t % 2 == 0 { 9.0 } else { 7.0 })?;
/// }
/// assert!(changes.run_lengths().at_most(10) > 0.99);
/// assert_eq!(changes.run_lengths().most_likely(), 6);
/// # Ok::<(), autotrading_regime::RegimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ChangePoints {
    rules: ChangePointRules,
    probabilities: Vec<f64>,
    means: Vec<f64>,
    /// The second parameter of the gamma law of each run's precision.
    spreads: Vec<f64>,
    /// Logarithm of the predictive density's constant for each run length, which no observation changes.
    constants: Vec<f64>,
    scratch: Vec<f64>,
    used: usize,
}

/// Observations that the presumed mean is worth.
const KAPPA: f64 = 1.0;
/// Half of the observations that the presumed variance is worth.
const ALPHA: f64 = 1.0;

/// Probabilities of the run lengths, shortest (no observation since the change) first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunLengths<'a>(&'a [f64]);

impl<'a> RunLengths<'a> {
    /// One for each length from zero; they sum to one. The last stands for that length and all longer ones.
    pub const fn probabilities(&self) -> &'a [f64] {
        self.0
    }

    /// The likeliest length; the first of equals.
    pub fn most_likely(&self) -> usize {
        let better =
            |best: (usize, f64), (length, p): (usize, &f64)| if *p > best.1 { (length, *p) } else { best };
        self.0.iter().enumerate().fold((0, f64::NEG_INFINITY), better).0
    }

    /// Probability that the last change is at most `length` observations ago.
    pub fn at_most(&self, length: usize) -> f64 {
        self.0.iter().take(length.saturating_add(1)).sum::<f64>().min(1.0)
    }
}

impl ChangePoints {
    /// Starts right after a change.
    ///
    /// # Errors
    /// A rule out of range.
    pub fn new(rules: ChangePointRules) -> Result<Self, RegimeError> {
        let legal = [
            (
                "expected_length",
                rules.expected_length,
                rules.expected_length > 1.0 && rules.expected_length.is_finite(),
                "above 1 and finite",
            ),
            ("mean", rules.mean, rules.mean.is_finite(), "finite"),
            (
                "variance",
                rules.variance,
                rules.variance.is_normal() && rules.variance > 0.0,
                "above 0 and finite",
            ),
            ("longest", rules.longest as f64, (10..=10_000).contains(&rules.longest), "10 to 10000"),
        ];
        if let Some((name, got, _, allowed)) = legal.into_iter().find(|(_, _, legal, _)| !legal) {
            return Err(RegimeError::Parameter { name, got, allowed });
        }
        let size = rules.longest + 1;
        let constant = |run: usize| {
            let (alpha, kappa) = (ALPHA + 0.5 * run as f64, KAPPA + run as f64);
            // The t has 2 alpha degrees of freedom and the squared scale beta (kappa + 1) / (alpha kappa).
            ln_gamma(alpha + 0.5) - ln_gamma(alpha) - 0.5 * (2.0 * PI * (kappa + 1.0) / kappa).ln()
        };
        let mut changes = Self {
            rules,
            probabilities: vec![0.0; size],
            means: vec![rules.mean; size],
            spreads: vec![ALPHA * rules.variance; size],
            constants: (0..size).map(constant).collect(),
            scratch: vec![0.0; size],
            used: 1,
        };
        if let Some(first) = changes.probabilities.first_mut() {
            *first = 1.0;
        }
        Ok(changes)
    }

    /// How long ago the last change was.
    pub fn run_lengths(&self) -> RunLengths<'_> {
        RunLengths(self.probabilities.get(..self.used).unwrap_or(&self.probabilities))
    }

    /// Takes the next observation and says how long ago the last change was.
    ///
    /// # Errors
    /// An observation that is not finite; nothing changes.
    pub fn observe(&mut self, x: f64) -> Result<RunLengths<'_>, RegimeError> {
        if !x.is_finite() {
            return Err(RegimeError::NotFinite { what: "observation", index: 0, got: x });
        }
        // So far out that its square would not be a number, one observation is as good as another.
        let far = 1e6 * self.rules.variance.sqrt();
        let x = x.clamp(self.rules.mean - far, self.rules.mean + far);
        let full = self.used > self.rules.longest;
        self.weigh(x);
        self.grow();
        self.learn(x, full);
        Ok(self.run_lengths())
    }

    /// Multiplies each run's probability by the density that it gives the observation; together they are one again.
    fn weigh(&mut self, x: f64) {
        let mut peak = f64::NEG_INFINITY;
        let runs = self.means.iter().zip(&self.spreads).zip(&self.constants).zip(&mut self.scratch);
        for (run, (((mean, spread), constant), slot)) in runs.take(self.used).enumerate() {
            let (alpha, kappa) = (ALPHA + 0.5 * run as f64, KAPPA + run as f64);
            let distance = kappa * (x - mean) * (x - mean) / (2.0 * spread * (kappa + 1.0));
            *slot = constant - 0.5 * spread.ln() - (alpha + 0.5) * distance.ln_1p();
            peak = peak.max(*slot);
        }
        let mut sum = 0.0;
        for (p, density) in self.probabilities.iter_mut().zip(&self.scratch).take(self.used) {
            *p *= (density - peak).exp();
            sum += *p;
        }
        if sum > 0.0 {
            self.probabilities.iter_mut().take(self.used).for_each(|p| *p /= sum);
        } else {
            // Every run that was thought possible is refuted beyond what numbers can say: it has changed.
            self.probabilities.iter_mut().for_each(|p| *p = 0.0);
            if let Some(first) = self.probabilities.first_mut() {
                *first = 1.0;
            }
        }
    }

    /// Each run grows by one or ends.
    fn grow(&mut self) {
        let hazard = 1.0 / self.rules.expected_length;
        let mut carried = hazard;
        let longest = self.rules.longest;
        for p in self.probabilities.iter_mut().take(self.used) {
            (*p, carried) = (carried, *p * (1.0 - hazard));
        }
        let place = if self.used <= longest { self.used } else { longest };
        if let Some(last) = self.probabilities.get_mut(place) {
            *last += carried;
        }
        self.used = (self.used + 1).min(longest + 1);
    }

    /// Each run's law learns from the observation and moves to the next length. The longest, once it is reached, does not
    /// move on: it forgets as much as it learns.
    fn learn(&mut self, x: f64, full: bool) {
        let longest = self.means.last().copied().zip(self.spreads.last().copied());
        let mut fresh = (self.rules.mean, ALPHA * self.rules.variance);
        let runs = self.means.iter_mut().zip(&mut self.spreads).take(self.used);
        for (run, (mean, spread)) in runs.enumerate() {
            let learned = learned(KAPPA + run as f64, *mean, *spread, x);
            (*mean, *spread) = fresh;
            fresh = learned;
        }
        if full
            && let Some((mean, spread)) = longest
            && let (Some(own_mean), Some(own_spread)) = (self.means.last_mut(), self.spreads.last_mut())
        {
            let run = self.rules.longest as f64;
            let alpha = ALPHA + 0.5 * run;
            let (mean, spread) = learned(KAPPA + run, mean, spread, x);
            (*own_mean, *own_spread) = (mean, spread * alpha / (alpha + 0.5));
        }
    }
}

/// The mean and the spread of a run after one more observation.
fn learned(kappa: f64, mean: f64, spread: f64, x: f64) -> (f64, f64) {
    let apart = (x - mean) * (x - mean);
    ((kappa * mean + x) / (kappa + 1.0), spread + kappa * apart / (2.0 * (kappa + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: ChangePointRules =
        ChangePointRules { expected_length: 8.0, mean: 0.2, variance: 0.7, longest: 50 };

    /// Marginal likelihood of one stretch in closed form.
    fn ln_marginal(xs: &[f64]) -> f64 {
        let n = xs.len() as f64;
        let mean = if xs.is_empty() { 0.0 } else { xs.iter().sum::<f64>() / n };
        let squares: f64 = xs.iter().map(|x| (x - mean).powi(2)).sum();
        let (alpha, kappa, beta) = (ALPHA, KAPPA, ALPHA * RULES.variance);
        let apart = (mean - RULES.mean).powi(2);
        let beta_n = beta + 0.5 * squares + kappa * n * apart / (2.0 * (kappa + n));
        ln_gamma(alpha + 0.5 * n) - ln_gamma(alpha) + alpha * beta.ln() - (alpha + 0.5 * n) * beta_n.ln()
            + 0.5 * (kappa / (kappa + n)).ln()
            - 0.5 * n * (2.0 * PI).ln()
    }

    /// Every way of cutting the series is tried.
    fn oracle(xs: &[f64]) -> Vec<f64> {
        let (n, hazard) = (xs.len(), 1.0 / RULES.expected_length);
        let mut runs = vec![0.0; n + 1];
        for cuts in 0..1_u32 << n {
            // Bit t: a change right after observation t.
            let (mut from, mut ln_p) = (0, 0.0);
            for t in 0..n {
                let cut = cuts >> t & 1 == 1;
                ln_p += if cut { hazard.ln() } else { (1.0 - hazard).ln() };
                if cut {
                    ln_p += ln_marginal(&xs[from..=t]);
                    from = t + 1;
                }
            }
            runs[n - from] += (ln_p + ln_marginal(&xs[from..])).exp();
        }
        let total: f64 = runs.iter().sum();
        runs.into_iter().map(|p| p / total).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn run_lengths_agree_with_all_ways_of_cutting_the_series(xs in prop::collection::vec(-4.0_f64..4.0, 1..9)) {
            let mut changes = ChangePoints::new(RULES).unwrap();
            xs.iter().for_each(|x| { changes.observe(*x).unwrap(); });
            for (got, want) in changes.run_lengths().probabilities().iter().zip(oracle(&xs)) {
                prop_assert!((got - want).abs() < 1e-11, "{got} {want}");
            }
        }

        #[test]
        fn run_lengths_are_a_distribution_however_wild_the_series(
            xs in prop::collection::vec(prop_oneof![-3.0_f64..3.0, -1e300_f64..1e300], 80),
        ) {
            let mut changes = ChangePoints::new(ChangePointRules { longest: 20, ..RULES }).unwrap();
            for x in xs {
                let lengths = changes.observe(x).unwrap();
                prop_assert!((lengths.probabilities().iter().sum::<f64>() - 1.0).abs() < 1e-9);
                prop_assert!(lengths.probabilities().iter().all(|p| (0.0..=1.0).contains(p)));
                prop_assert!(lengths.probabilities().len() <= 21);
            }
        }
    }

    #[test]
    fn a_change_of_swing_alone_is_found() {
        let mut changes = ChangePoints::new(ChangePointRules {
            expected_length: 200.0,
            mean: 0.0,
            variance: 1.0,
            longest: 100,
        })
        .unwrap();
        let wave = |t: i32| f64::from(t * t % 13) / 6.0 - 1.0;
        for t in 0..300 {
            changes.observe(wave(t)).unwrap();
        }
        assert!(changes.run_lengths().at_most(15) < 0.05);
        for t in 0..15 {
            changes.observe(8.0 * wave(t)).unwrap();
        }
        assert!(changes.run_lengths().at_most(20) > 0.95);
    }

    #[test]
    fn a_bad_observation_or_rule_is_refused() {
        let mut changes = ChangePoints::new(RULES).unwrap();
        let before = changes.clone();
        assert!(changes.observe(f64::NAN).is_err());
        assert_eq!(changes, before);
        assert!(ChangePoints::new(ChangePointRules { expected_length: 1.0, ..RULES }).is_err());
        assert!(ChangePoints::new(ChangePointRules { variance: 0.0, ..RULES }).is_err());
        assert!(ChangePoints::new(ChangePointRules { longest: 3, ..RULES }).is_err());
    }
}
