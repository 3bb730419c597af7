//! How likely it is that any of several positions is liquidated: simulated, because they fall together.

use autotrading_statistics::Cholesky;
use ndarray::{Array1, ArrayView2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{ChiSquared, Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::{LimitsError, LiquidationRisk, RiskError, error::finite, limits_check::refuse};

/// How the joint probability is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JointRules {
    /// How many futures are drawn for each of the two models: 2048.
    pub paths: u32,
    /// Into how many steps the time is cut: 8. What happens between two of them is counted by its probability.
    pub steps: u32,
    /// Where chance starts.
    pub seed: u64,
}

impl Default for JointRules {
    fn default() -> Self {
        Self { paths: 2_048, steps: 8, seed: 0 }
    }
}

/// Paths times steps, at the most.
const MOST_WORK: u64 = 100_000_000;

impl JointRules {
    pub(crate) fn check(&self) -> Result<(), LimitsError> {
        if self.work() == 0 || self.work() > MOST_WORK {
            return refuse(
                "joint_liquidation",
                self.work(),
                "paths times steps must lie between 1 and 100 million",
            );
        }
        Ok(())
    }

    fn work(&self) -> u64 {
        u64::from(self.steps) * u64::from(self.paths)
    }
}

/// Degrees of freedom of the fat-tailed model, as for one position.
const FREEDOM: f64 = 4.0;

/// Probability that at least one of several positions is liquidated within a time, by the two models of
/// [`liquidation_risk`](crate::liquidation_risk): correlated Brownian motions, and the same with a volatility that is
/// drawn for each future, so that each log return is a Student-t of 4 degrees scaled to unit variance.
///
/// `distances[i]` is the signed log distance `ln(LP / mark)`, below zero for a long; `covariance` that of log returns over
/// the whole time. Between two steps at `a` and `b` on the near side of the barrier at 0 it is touched with the
/// probability `exp(-2 a b / variance)` of a Brownian bridge, so that with one position the number of steps does not
/// matter. Of several, touches between two steps count as independent. Source: Glasserman (2003), Monte Carlo Methods in
/// Financial Engineering, section 6.4.
///
/// ```
/// use autotrading_risk::{JointRules, joint_liquidation_risk};
/// use ndarray::array;
/// let rules = JointRules { paths: 20_000, ..JointRules::default() };
/// // One position two standard deviations away: 2 Phi(-2) and 2 F_t4(-2 sqrt 2).
/// let one = joint_liquidation_risk(&[-0.1], array![[0.0025]].view(), &rules)?;
/// assert!((one.normal - 0.0455).abs() < 0.003 && (one.fat_tailed - 0.0474).abs() < 0.003);
/// // A second one that moves alone: 1 - (1 - 0.0455)^2.
/// let two = joint_liquidation_risk(&[-0.1, 0.1], array![[0.0025, 0.0], [0.0, 0.0025]].view(), &rules)?;
/// assert!((two.normal - 0.0889).abs() < 0.004);
/// # Ok::<(), autotrading_risk::RiskError>(())
/// ```
///
/// # Errors
/// Shapes that do not fit, a distance that is not finite, a covariance that is not positive definite, no path or step,
/// more than 100 million steps in all.
pub fn joint_liquidation_risk(
    distances: &[f64],
    covariance: ArrayView2<'_, f64>,
    rules: &JointRules,
) -> Result<LiquidationRisk, RiskError> {
    let work = rules.work();
    if work == 0 || work > MOST_WORK {
        return Err(RiskError::OutOfRange {
            what: "paths times steps",
            got: work as f64,
            required: "1 to 100 million",
        });
    }
    let factor = Cholesky::of(covariance)?;
    if factor.order() != distances.len() {
        return Err(RiskError::Length { what: "distances", got: distances.len(), required: factor.order() });
    }
    for distance in distances {
        finite("log distance", *distance)?;
    }
    let cut = f64::from(rules.steps);
    let mut futures = Futures {
        distances,
        factor: &factor,
        variances: covariance.diag().mapv(|variance| variance / cut),
        steps: rules.steps,
        draws: Array1::zeros(distances.len()),
        path: Array1::zeros(distances.len()),
        rng: ChaCha8Rng::seed_from_u64(rules.seed),
    };
    let squares = ChiSquared::new(FREEDOM).map_err(|_| RiskError::OutOfRange {
        what: "degrees of freedom",
        got: FREEDOM,
        required: "above zero",
    })?;
    let (mut normal, mut fat_tailed) = (0.0, 0.0);
    for _ in 0..rules.paths {
        normal += futures.liquidated(1.0);
        // t = Z sqrt(freedom / chi squared), and its variance freedom / (freedom - 2) is brought to one.
        let wildness = (FREEDOM - 2.0) / squares.sample(&mut futures.rng);
        fat_tailed += futures.liquidated(wildness);
    }
    let paths = f64::from(rules.paths);
    Ok(LiquidationRisk { normal: normal / paths, fat_tailed: fat_tailed / paths })
}

struct Futures<'a> {
    distances: &'a [f64],
    factor: &'a Cholesky,
    /// Of a step.
    variances: Array1<f64>,
    steps: u32,
    draws: Array1<f64>,
    path: Array1<f64>,
    rng: ChaCha8Rng,
}

impl Futures<'_> {
    /// One more future with its variance so many times the usual one: the probability that any barrier is touched,
    /// given where the prices are after each step.
    fn liquidated(&mut self, wildness: f64) -> f64 {
        let scale = (wildness / f64::from(self.steps)).sqrt();
        self.path.fill(0.0);
        let mut spared = 1.0;
        for _ in 0..self.steps {
            for draw in &mut self.draws {
                *draw = StandardNormal.sample(&mut self.rng);
            }
            let moves = self.factor.lower().dot(&self.draws);
            let walks = self.path.iter_mut().zip(&moves).zip(self.distances).zip(&self.variances);
            for (((at, moved), barrier), variance) in walks {
                let from = *at;
                *at += scale * moved;
                spared *= 1.0 - touched(barrier - from, barrier - *at, wildness * variance);
            }
            if spared == 0.0 {
                break;
            }
        }
        1.0 - spared
    }
}

/// Probability that a barrier is touched on the way from one distance to another, both signed.
fn touched(before: f64, after: f64, variance: f64) -> f64 {
    let product = before * after;
    if product <= 0.0 { 1.0 } else { (-2.0 * product / variance).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_barrier_that_was_crossed_was_touched_and_a_far_one_was_not() {
        assert_eq!(touched(-0.1, 0.05, 1e-4), 1.0);
        assert_eq!(touched(-0.1, 0.0, 1e-4), 1.0);
        assert!((touched(-0.1, -0.1, 0.02) - (-1.0f64).exp()).abs() < 1e-15);
        assert!(touched(0.3, 0.3, 1e-4) < 1e-300);
    }

    #[test]
    fn rules_without_work_or_with_too_much_are_refused() {
        assert!(JointRules::default().check().is_ok());
        for (paths, steps) in [(0, 8), (8, 0), (100_000, 1_001)] {
            let rules = JointRules { paths, steps, seed: 0 };
            assert_eq!(rules.check().unwrap_err().key, "joint_liquidation");
            let covariance = ndarray::array![[1e-4]];
            assert!(joint_liquidation_risk(&[-0.1], covariance.view(), &rules).is_err());
        }
    }
}
