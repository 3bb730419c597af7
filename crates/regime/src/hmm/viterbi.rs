//! The likeliest sequence of states, in hindsight.

use ndarray::ArrayView2;

use super::{Hmm, MAX_STATES};
use crate::RegimeError;

/// The sequence of states under which a whole series is likeliest. It knows the future: for research only.
#[derive(Clone, Debug, PartialEq)]
pub struct StatePath {
    /// The state at each time.
    pub in_hindsight: Vec<usize>,
    /// Log-likelihood of states and observations together.
    pub log_likelihood: f64,
}

impl Hmm {
    /// The likeliest sequence of states. Source: Viterbi (1967), IEEE Transactions on Information Theory 13, 260-269.
    ///
    /// # Errors
    /// No observation; another number of features; one that is not finite.
    pub fn likeliest_path(&self, observations: ArrayView2<'_, f64>) -> Result<StatePath, RegimeError> {
        let rows = self.rows(observations)?;
        let ln_moves = self.transition().mapv(f64::ln);
        let mut scores: Vec<f64> = self.initial().iter().map(|p| p.ln()).collect();
        let mut before = scores.clone();
        let mut arrivals: Vec<[u8; MAX_STATES]> = Vec::with_capacity(observations.nrows());
        for (time, row) in rows.chunks_exact(self.features().max(1)).enumerate() {
            let mut came_from = [0; MAX_STATES];
            if time > 0 {
                before.clone_from(&scores);
                for ((score, origin), moves) in scores.iter_mut().zip(&mut came_from).zip(ln_moves.columns())
                {
                    let (from, best) = best(before.iter().zip(moves).map(|(b, m)| b + m));
                    (*score, *origin) = (best, from as u8);
                }
            }
            for (score, law) in scores.iter_mut().zip(self.emissions()) {
                *score += law.ln_density(row);
            }
            arrivals.push(came_from);
        }
        let (mut state, log_likelihood) = best(scores.iter().copied());
        let mut path = vec![state; arrivals.len()];
        for (slot, came_from) in path.iter_mut().zip(&arrivals).rev() {
            *slot = state;
            state = came_from.get(state).map_or(0, |from| usize::from(*from));
        }
        Ok(StatePath { in_hindsight: path, log_likelihood })
    }
}

/// The highest score and its place; the first of equals.
fn best(scores: impl Iterator<Item = f64>) -> (usize, f64) {
    scores.enumerate().fold(
        (0, f64::NEG_INFINITY),
        |best, (place, score)| {
            if score > best.1 { (place, score) } else { best }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hmm::Gaussian;
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    fn model() -> Hmm {
        let laws = [(1.0, 0.5), (-1.0, 2.0), (0.0, 0.3)];
        let laws = laws.map(|(mean, variance)| Gaussian::diagonal(&[mean], &[variance]).unwrap());
        let moves = array![[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.3, 0.1, 0.6]];
        Hmm::new(&[0.5, 0.3, 0.2], moves.view(), laws.to_vec()).unwrap()
    }

    /// Joint log-likelihood of one path, term by term.
    fn joint(model: &Hmm, path: &[usize], xs: &[f64]) -> f64 {
        let first = model.initial()[path[0]].ln();
        let moves: f64 = path.windows(2).map(|pair| model.transition()[[pair[0], pair[1]]].ln()).sum();
        let seen: f64 = path.iter().zip(xs).map(|(s, x)| model.emissions()[*s].ln_density(&[*x])).sum();
        first + moves + seen
    }

    fn every_path(length: usize) -> impl Iterator<Item = Vec<usize>> {
        (0..3_usize.pow(length as u32))
            .map(move |code| (0..length).map(|t| code / 3_usize.pow(t as u32) % 3).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn path_likelihood_and_probabilities_agree_with_all_paths_counted(xs in prop::collection::vec(-3.0_f64..3.0, 6)) {
            let (model, column) = (model(), Array2::from_shape_vec((6, 1), xs.clone()).unwrap());
            let scored: Vec<(f64, Vec<usize>)> =
                every_path(6).map(|path| (joint(&model, &path, &xs), path)).collect();
            let best = scored.iter().max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
            let found = model.likeliest_path(column.view()).unwrap();
            prop_assert!((found.log_likelihood - best.0).abs() < 1e-12);
            prop_assert_eq!(&found.in_hindsight, &best.1);

            let total: f64 = scored.iter().map(|(score, _)| score.exp()).sum();
            prop_assert!((model.log_likelihood(column.view()).unwrap() - total.ln()).abs() < 1e-12);
            let smoothed = model.smoothed(column.view()).unwrap();
            for ((time, state), p) in smoothed.in_hindsight().indexed_iter() {
                let share: f64 = scored.iter().filter(|(_, path)| path[time] == state).map(|(s, _)| s.exp()).sum();
                prop_assert!((p - share / total).abs() < 1e-12);
            }
            // At the last observation hindsight is the present.
            let last = model.filtered(column.view()).unwrap()[5];
            for (f, s) in last.probabilities().iter().zip(smoothed.in_hindsight().row(5)) {
                prop_assert!((f - s).abs() < 1e-13);
            }
        }
    }
}
