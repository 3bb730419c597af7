//! A label that does not flicker.

use autotrading_domain::RegimeLabel;

/// Keeps a label until it has stood long enough and a challenger is probable enough. Neutral is a label like the others;
/// only the neutral of the beginning, which says that nothing is known yet, may be left at once.
#[derive(Clone, Copy, Debug)]
pub struct Hysteresis {
    label: RegimeLabel,
    age: u32,
    begun: bool,
    min_duration: u32,
    switch_probability: f64,
}

impl Hysteresis {
    /// Starts neutral.
    pub const fn new(min_duration: u32, switch_probability: f64) -> Self {
        Self { label: RegimeLabel::Neutral, age: 0, begun: false, min_duration, switch_probability }
    }

    /// Takes the newest probabilities, in the order of [`RegimeLabel::ALL`], and says the label and its age in bars.
    pub fn observe(&mut self, probabilities: &[f64; 4]) -> (RegimeLabel, u32) {
        let ripe = self.age >= self.min_duration || !self.begun;
        self.age = self.age.saturating_add(1);
        let challenger = RegimeLabel::ALL
            .into_iter()
            .zip(probabilities)
            .fold((self.label, 0.0), |best, (label, &p)| if p > best.1 { (label, p) } else { best });
        if challenger.0 != self.label && challenger.1 >= self.switch_probability && ripe {
            (self.label, self.age, self.begun) = (challenger.0, 1, true);
        }
        (self.label, self.age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BULL: [f64; 4] = [0.8, 0.1, 0.1, 0.0];
    const BEAR: [f64; 4] = [0.1, 0.8, 0.1, 0.0];
    const MAYBE_BEAR: [f64; 4] = [0.35, 0.6, 0.05, 0.0];

    #[test]
    fn a_label_stands_at_least_its_minimum() {
        let mut label = Hysteresis::new(5, 0.7);
        assert_eq!(label.observe(&BULL), (RegimeLabel::Bull, 1));
        for age in 2..=5 {
            assert_eq!(label.observe(&BEAR), (RegimeLabel::Bull, age));
        }
        assert_eq!(label.observe(&BEAR), (RegimeLabel::Bear, 1), "it was said of five bars");
    }

    #[test]
    fn neutral_stands_as_long_as_any_other_label_once_it_was_told() {
        use RegimeLabel::{Bull, Neutral};
        const NOTHING: [f64; 4] = [0.0, 0.0, 0.0, 1.0];
        let mut label = Hysteresis::new(3, 0.7);
        let mut told = |probabilities: &[f64; 4]| label.observe(probabilities).0;
        assert_eq!(told(&NOTHING), Neutral);
        assert_eq!(told(&BULL), Bull, "what was never told may be left at once");
        let after =
            [NOTHING, NOTHING, NOTHING, BULL, BULL, BULL, BEAR].map(|probabilities| told(&probabilities));
        assert_eq!(after, [Bull, Bull, Neutral, Neutral, Neutral, Bull, Bull]);
    }

    #[test]
    fn a_challenger_that_is_not_sure_enough_changes_nothing() {
        let mut label = Hysteresis::new(1, 0.7);
        label.observe(&BULL);
        assert!((0..100).all(|_| label.observe(&MAYBE_BEAR).0 == RegimeLabel::Bull));
    }
}
