//! Do forecast limits hold as often, and as independently, as they claim? Likelihood-ratio tests of exceedances.
//!
//! An exceedance ("hit") is an observation beyond its forecast limit; with limits of 95 % confidence five in a hundred
//! are due, and they must not come in clusters.

use crate::{StatisticsError, normal, sample};

/// A likelihood-ratio statistic and how likely a larger one is by chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LikelihoodRatio {
    /// The statistic, at or above zero: minus twice the difference of the log likelihoods.
    pub statistic: f64,
    /// Probability of at least this statistic if the forecast is right (chi-squared).
    pub p_value: f64,
}

/// Kupiec's test of coverage: are there as many hits as the share `rate` demands? One degree of freedom.
///
/// `-2 ln [ (1-p)^(n-x) p^x / ((1-x/n)^(n-x) (x/n)^x) ]` with `x` hits among `n`. Source: Kupiec (1995), Journal of
/// Derivatives 3, 73-84.
///
/// ```
/// use autotrading_statistics::exceedance::kupiec;
/// let fair = kupiec(5, 100, 0.05)?;
/// assert_eq!((fair.statistic, fair.p_value), (0.0, 1.0));
/// assert!(kupiec(15, 100, 0.05)?.p_value < 0.001);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// No observation; more hits than observations; a rate outside (0, 1).
pub fn kupiec(hits: usize, observations: usize, rate: f64) -> Result<LikelihoodRatio, StatisticsError> {
    sample::check_length("observations", observations, hits.max(1))?;
    sample::check_probability("rate", rate)?;
    let misses = observations - hits;
    let found = hits as f64 / observations as f64;
    one_degree(ln_coin(misses, hits, found) - ln_coin(misses, hits, rate))
}

/// Christoffersen's test of independence: is a hit as likely after a hit as after none? One degree of freedom.
///
/// Compares a first-order Markov chain with independent draws of one rate, over the transitions between neighbours.
/// Source: Christoffersen (1998), International Economic Review 39, 841-862. Without any hit among them, or with hits
/// only, there is no dependence to see: statistic zero.
///
/// ```
/// use autotrading_statistics::exceedance::christoffersen;
/// let clustered: Vec<bool> = (0..100).map(|t| t >= 90).collect();
/// assert!(christoffersen(&clustered)?.p_value < 1e-6);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Fewer than two observations.
pub fn christoffersen(hits: &[bool]) -> Result<LikelihoodRatio, StatisticsError> {
    sample::check_length("observations", hits.len(), 2)?;
    let mut transitions = [[0_usize; 2]; 2];
    for (&before, &after) in hits.iter().zip(hits.iter().skip(1)) {
        transitions[usize::from(before)][usize::from(after)] += 1;
    }
    let [[n00, n01], [n10, n11]] = transitions;
    let rate = |misses: usize, hits: usize| hits as f64 / (misses + hits).max(1) as f64;
    let common = rate(n00 + n10, n01 + n11);
    let chain = ln_coin(n00, n01, rate(n00, n01)) + ln_coin(n10, n11, rate(n10, n11));
    one_degree(chain - ln_coin(n00 + n10, n01 + n11, common))
}

/// Conditional coverage: the right number of hits, and independent ones. Sum of the two statistics, two degrees of
/// freedom (`p = exp(-statistic / 2)`).
///
/// ```
/// use autotrading_statistics::exceedance::conditional_coverage;
/// let steady: Vec<bool> = (0..100).map(|t| t % 20 == 10).collect();
/// assert!(conditional_coverage(&steady, 0.05)?.p_value > 0.5);
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Fewer than two observations; a rate outside (0, 1).
pub fn conditional_coverage(hits: &[bool], rate: f64) -> Result<LikelihoodRatio, StatisticsError> {
    let coverage = kupiec(hits.iter().filter(|&&hit| hit).count(), hits.len(), rate)?;
    let statistic = coverage.statistic + christoffersen(hits)?.statistic;
    Ok(LikelihoodRatio { statistic, p_value: (-0.5 * statistic).exp() })
}

/// `misses ln(1 - rate) + hits ln(rate)`, where nothing times `ln 0` is nothing.
fn ln_coin(misses: usize, hits: usize, rate: f64) -> f64 {
    let term = |count: usize, ln: f64| if count == 0 { 0.0 } else { count as f64 * ln };
    term(misses, (-rate).ln_1p()) + term(hits, rate.ln())
}

/// The statistic of a log likelihood gained by one parameter; `P(chi2_1 > s) = 2 P(N > sqrt s)`.
fn one_degree(gain: f64) -> Result<LikelihoodRatio, StatisticsError> {
    let statistic = sample::finite_result("likelihood ratio", (2.0 * gain).max(0.0))?;
    Ok(LikelihoodRatio { statistic, p_value: 2.0 * normal::survival(statistic.sqrt())? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_hit_at_all_is_an_answer_too() {
        // -2 n ln(1 - p)
        let none = kupiec(0, 250, 0.01).unwrap();
        assert!((none.statistic + 500.0 * 0.99_f64.ln()).abs() < 1e-12);
        assert_eq!(christoffersen(&[false; 250]).unwrap().statistic, 0.0);
        assert!((kupiec(3, 3, 0.5).unwrap().statistic - 6.0 * 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(christoffersen(&[true; 9]).unwrap().p_value, 1.0);
    }

    #[test]
    fn the_critical_values_of_chi_squared_are_the_known_ones() {
        let p = |statistic: f64| one_degree(0.5 * statistic).unwrap().p_value;
        assert!((p(3.841_458_820_694_124) - 0.05).abs() < 1e-14);
        assert!((p(6.634_896_601_021_213) - 0.01).abs() < 1e-14);
    }

    #[test]
    fn bad_input_is_named() {
        assert!(matches!(kupiec(3, 2, 0.05), Err(StatisticsError::TooFew { got: 2, required: 3, .. })));
        assert!(kupiec(0, 0, 0.05).is_err());
        assert!(kupiec(1, 10, 0.0).is_err() && kupiec(1, 10, 1.0).is_err());
        assert!(christoffersen(&[true]).is_err());
    }

    proptest! {
        #[test]
        fn the_statistic_is_smallest_where_hits_meet_the_rate(hits in 1_usize..99, rate in 0.01_f64..0.99) {
            let off = kupiec(hits, 100, rate).unwrap();
            let met = kupiec(hits, 100, hits as f64 / 100.0).unwrap();
            prop_assert!(met.statistic <= off.statistic && off.p_value <= 1.0 && off.p_value >= 0.0);
        }

        #[test]
        fn both_parts_add_up_to_conditional_coverage(hits in prop::collection::vec(any::<bool>(), 2..200)) {
            let both = conditional_coverage(&hits, 0.3).unwrap();
            let count = hits.iter().filter(|h| **h).count();
            let sum = kupiec(count, hits.len(), 0.3).unwrap().statistic + christoffersen(&hits).unwrap().statistic;
            prop_assert_eq!(both.statistic, sum);
        }
    }
}
