//! How long states last, how much of the time they have, and how sure their means are.

use super::{Hmm, HmmFit};

/// Rounds in which moves are doubled until they no longer remember where they began.
const DOUBLINGS: usize = 64;

impl Hmm {
    /// For how many observations each state is expected to last, `1 / (1 - a_ii)`; infinite where it is never left.
    ///
    /// ```
    /// use autotrading_regime::hmm::{Gaussian, Hmm};
    /// use ndarray::array;
    ///
    /// let laws = vec![Gaussian::diagonal(&[0.0], &[1.0])?, Gaussian::diagonal(&[0.0], &[4.0])?];
    /// let model = Hmm::new(&[0.5, 0.5], array![[0.9, 0.1], [0.2, 0.8]].view(), laws)?;
    /// let durations = model.expected_durations();
    /// assert!((durations[0] - 10.0).abs() < 1e-12 && (durations[1] - 5.0).abs() < 1e-12);
    /// // Twice as long in the calm state, so two thirds of the time.
    /// assert!((model.long_run_shares()[0] - 2.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), autotrading_regime::RegimeError>(())
    /// ```
    pub fn expected_durations(&self) -> Vec<f64> {
        self.transition().diag().iter().map(|stay| 1.0 / (1.0 - stay)).collect()
    }

    /// The share of the time that each state has in the long run, from the initial probabilities on. States that are
    /// never left share what flows into them.
    pub fn long_run_shares(&self) -> Vec<f64> {
        let mut moves = self.transition().to_owned();
        // Half of the time nothing moves: it changes no share, and keeps states that take turns from doing so for ever.
        moves *= 0.5;
        moves.diag_mut().mapv_inplace(|stay| stay + 0.5);
        for _ in 0..DOUBLINGS {
            moves = moves.dot(&moves);
            for mut row in moves.rows_mut() {
                let sum = row.sum();
                row.mapv_inplace(|p| p / sum);
            }
        }
        ndarray::ArrayView1::from(self.initial()).dot(&moves).to_vec()
    }
}

impl HmmFit {
    /// Standard error of each state's mean of a feature, `sqrt(v / n)` with its variance and its expected number of
    /// observations; infinite where there are none. It presumes that the states are known: with states that overlap the
    /// truth is larger.
    ///
    /// ```
    /// # use autotrading_regime::hmm::{Hmm, HmmOptions};
    /// # use ndarray::Array2;
    /// let value = |t: usize| (t * t % 97) as f64 / 48.0 - 1.0;
    /// let days = Array2::from_shape_fn((600, 1), |(t, _)| value(t) * if t / 50 % 2 == 0 { 0.01 } else { 0.04 });
    /// let fit = Hmm::fit(days.view(), HmmOptions { states: 2, ..HmmOptions::default() })?;
    /// let calm = (fit.model.emissions()[0].variance(0) / fit.weights[0]).sqrt();
    /// assert_eq!(fit.mean_errors(0)[0], calm);
    /// # Ok::<(), autotrading_regime::RegimeError>(())
    /// ```
    pub fn mean_errors(&self, feature: usize) -> Vec<f64> {
        let states = self.model.emissions().iter().zip(&self.weights);
        states
            .map(|(law, n)| if *n > 0.0 { (law.variance(feature) / n).sqrt() } else { f64::INFINITY })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hmm::Gaussian;
    use ndarray::{Array2, array};

    fn model(moves: &Array2<f64>) -> Hmm {
        let laws = (0..moves.nrows()).map(|_| Gaussian::diagonal(&[0.0], &[1.0]).unwrap()).collect();
        let initial = vec![1.0 / moves.nrows() as f64; moves.nrows()];
        Hmm::new(&initial, moves.view(), laws).unwrap()
    }

    #[test]
    fn shares_are_those_that_a_move_leaves_as_they_are() {
        let moves = array![[0.98, 0.01, 0.01], [0.05, 0.9, 0.05], [0.0, 0.3, 0.7]];
        let shares = ndarray::Array1::from(model(&moves).long_run_shares());
        assert!((shares.sum() - 1.0).abs() < 1e-12);
        assert!((&shares.dot(&moves) - &shares).iter().all(|apart| apart.abs() < 1e-12));
    }

    #[test]
    fn states_that_take_turns_have_half_of_the_time_each_and_last_for_one() {
        let turns = model(&array![[0.0, 1.0], [1.0, 0.0]]);
        assert_eq!(turns.expected_durations(), vec![1.0, 1.0]);
        assert!(turns.long_run_shares().iter().all(|share| (share - 0.5).abs() < 1e-12));
    }

    #[test]
    fn a_state_that_is_never_left_lasts_for_ever() {
        let trap = model(&array![[1.0, 0.0], [0.1, 0.9]]);
        assert_eq!(trap.expected_durations()[0], f64::INFINITY);
        assert!((trap.long_run_shares()[0] - 1.0).abs() < 1e-12);
    }
}
