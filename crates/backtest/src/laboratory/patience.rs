//! When a search has looked long enough.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::monte_carlo::shuffle;

/// Ends a search after so many trials in a row without a better one. Trials are looked at in an order that is drawn by
/// chance, so that a quiet corner of the grid does not end it; the order, and so the end, depends on the seed and not on
/// how many threads run trials.
///
/// ```
/// use autotrading_backtest::laboratory::Patience;
///
/// let mut patience = Patience::new(2, 5, 7);
/// // Told out of order, as threads tell it: looked at in order.
/// for (turn, score) in [(1, 0.9), (0, 1.0), (3, 5.0)] {
///     assert!(patience.see(turn, Some(score)).is_continue());
/// }
/// assert!(patience.see(2, Some(0.8)).is_break());
/// assert_eq!(patience.looked_at().len(), 3); // the fourth came too late
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Patience {
    trials: usize,
    order: Vec<usize>,
    scores: Vec<Option<Option<f64>>>,
    best: Option<f64>,
    since: usize,
    next: usize,
    over: bool,
}

impl Patience {
    /// Patience of so many trials, at least one, for a search of `points`.
    pub fn new(trials: usize, points: usize, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..points).collect();
        shuffle(&mut order, &mut ChaCha8Rng::seed_from_u64(seed));
        Self {
            trials: trials.max(1),
            order,
            scores: vec![None; points],
            best: None,
            since: 0,
            next: 0,
            over: false,
        }
    }

    /// Places of the points in the order in which they are to be tried.
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// Takes the score of the trial at this turn of the order; more is better, undefined is never better. Breaks when the
    /// search is over.
    pub fn see(&mut self, turn: usize, score: Option<f64>) -> ControlFlow<()> {
        if let Some(slot) = self.scores.get_mut(turn) {
            *slot = Some(score);
        }
        while !self.over
            && let Some(Some(score)) = self.scores.get(self.next)
        {
            self.next += 1;
            let better = score.is_some_and(|score| self.best.is_none_or(|best| score > best));
            (self.best, self.since) = if better { (*score, 0) } else { (self.best, self.since + 1) };
            self.over = self.since >= self.trials;
        }
        if self.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether patience ended the search.
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// Places of the points that were looked at, ascending. What other threads had finished by then is not among them.
    pub fn looked_at(&self) -> Vec<usize> {
        let mut places: Vec<usize> = self.order.iter().take(self.next).copied().collect();
        places.sort_unstable();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_point_has_one_turn() {
        let patience = Patience::new(5, 100, 3);
        let mut places = patience.order().to_vec();
        places.sort_unstable();
        assert!(places == (0..100).collect::<Vec<_>>() && patience.order() != places);
        assert_eq!(patience.order(), Patience::new(5, 100, 3).order());
        assert_ne!(patience.order(), Patience::new(5, 100, 4).order());
    }

    #[test]
    fn a_search_that_keeps_getting_better_is_looked_at_to_its_end() {
        let mut patience = Patience::new(3, 50, 1);
        assert!((0..50).all(|turn| patience.see(turn, Some((turn / 3) as f64)).is_continue()));
        assert!(!patience.is_over() && patience.looked_at().len() == 50);
    }

    #[test]
    fn trials_without_a_score_wear_patience_out() {
        let mut patience = Patience::new(4, 50, 1);
        let turns = (0..50).take_while(|turn| patience.see(*turn, None).is_continue()).count();
        assert_eq!((turns, patience.looked_at().len()), (3, 4));
    }

    proptest! {
        #[test]
        fn the_end_does_not_depend_on_who_is_done_first(
            scores in prop::collection::vec(prop::option::of(-5i32..5), 1..40), trials in 1usize..8, seed: u64,
        ) {
            let scores: Vec<Option<f64>> = scores.into_iter().map(|score| score.map(f64::from)).collect();
            let mut in_order = Patience::new(trials, scores.len(), 1);
            let _ = scores.iter().enumerate().try_for_each(|(turn, score)| in_order.see(turn, *score));
            let mut mixed = Patience::new(trials, scores.len(), 1);
            let mut turns: Vec<usize> = (0..scores.len()).collect();
            shuffle(&mut turns, &mut ChaCha8Rng::seed_from_u64(seed));
            let _ = turns.iter().try_for_each(|turn| mixed.see(*turn, scores[*turn]));
            prop_assert_eq!(in_order.looked_at(), mixed.looked_at());
            prop_assert_eq!(in_order.is_over(), mixed.is_over());
        }
    }
}
