//! Where an order stands among the others at its price.

use autotrading_domain::{Side, Timestamp};
use serde::{Deserialize, Serialize};

/// What is assumed of those who cancel at our price. A feed tells how much they take away, not who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueModel {
    /// All of them stand behind us: only trades at the price bring us forward, and a level that has become smaller than
    /// what we thought ahead of us.
    #[default]
    Conservative,
    /// They stand behind us in proportion to `f(behind)` against `f(ahead)`.
    Probabilistic(CancelWeight),
}

/// How much the longer side of the queue weighs in [`QueueModel::Probabilistic`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CancelWeight {
    /// `f(x) = x^n`: 1 is each unit alike, more favours the longer side.
    Power {
        /// `n`, above zero.
        exponent: f64,
    },
    /// `f(x) = ln(1 + x)`: the shorter side keeps more of it.
    Logarithm,
}

impl CancelWeight {
    fn of(self, quantity: f64) -> f64 {
        match self {
            Self::Power { exponent } => quantity.powf(exponent),
            Self::Logarithm => quantity.ln_1p(),
        }
    }
}

impl QueueModel {
    /// What stands ahead after `canceled` was taken away by others, of `ahead` before us and `behind` after us. All in
    /// base units.
    ///
    /// Probabilistic: `ahead' = ahead - canceled * f(ahead) / (f(ahead) + f(behind))`, and never more of one side than
    /// is there. Source: E. Rigtorp, "Estimating order queue position" (2013), for the form.
    ///
    /// ```
    /// use autotrading_exchanges::{CancelWeight, QueueModel};
    /// // 3 ahead, 1 behind, 1 cancelled: three quarters of it stood ahead.
    /// let model = QueueModel::Probabilistic(CancelWeight::Power { exponent: 1.0 });
    /// assert_eq!(model.ahead_after(3.0, 1.0, 1.0), 2.25);
    /// assert_eq!(QueueModel::Conservative.ahead_after(3.0, 1.0, 0.9), 3.0);
    /// ```
    pub fn ahead_after(self, ahead: f64, behind: f64, canceled: f64) -> f64 {
        let left = (ahead + behind - canceled).max(0.0);
        let ahead_now = match self {
            Self::Conservative => ahead,
            Self::Probabilistic(weight) => {
                let (before, after) = (weight.of(ahead), weight.of(behind));
                let share = if before + after > 0.0 { after / (before + after) } else { 0.0 };
                let from_behind = (canceled * share).min(behind);
                (ahead - (canceled - from_behind)).max(0.0)
            }
        };
        ahead_now.min(left)
    }
}

/// How an order came to its turn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueWait {
    /// When it joined the queue at its price.
    pub joined: Timestamp,
    /// What stood ahead of it then, in base units; infinite where the feed did not show it.
    pub ahead: f64,
    /// What was traded at its price since, as far as it passed it by, in base units.
    pub traded: f64,
}

/// Our order's place in the queue at one price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) priority: u64,
    pub(super) side: Side,
    pub(super) tick: i64,
    /// What stands ahead, in base units.
    pub(super) ahead: f64,
    /// What was traded at the price since the level was last spoken of: its next change contains that.
    unsettled: f64,
    pub(super) wait: QueueWait,
}

impl Place {
    pub(super) const fn last(priority: u64, side: Side, tick: i64, ahead: f64, joined: Timestamp) -> Self {
        let wait = QueueWait { joined, ahead, traded: 0.0 };
        Self { priority, side, tick, ahead, unsettled: 0.0, wait }
    }

    /// The level is now `now` and was `before`, others' orders alone.
    pub(super) fn level_changed(&mut self, model: QueueModel, before: f64, now: f64) {
        let standing = (before - self.unsettled).max(now);
        self.unsettled = 0.0;
        if self.ahead <= now && standing <= now {
            return; // whoever came stands behind
        }
        let behind = (standing - self.ahead).max(0.0);
        self.ahead = model.ahead_after(self.ahead.min(standing), behind, standing - now).min(now);
    }

    /// The level was not seen before, or is seen anew.
    pub(super) fn level_seen(&mut self, now: f64) {
        self.unsettled = 0.0;
        self.ahead = self.ahead.min(now);
    }

    /// A trade of `total` at our price, of which `left` was not ours already: tells how much of it comes to us.
    pub(super) fn let_trade(&mut self, total: f64, left: f64) -> f64 {
        let reach = (left - self.ahead).max(0.0);
        self.ahead = (self.ahead - left).max(0.0);
        self.unsettled += total;
        self.wait.traded += left - reach;
        reach
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cancel_is_shared_by_weight() {
        let power = |exponent| QueueModel::Probabilistic(CancelWeight::Power { exponent });
        assert_eq!(power(2.0).ahead_after(3.0, 1.0, 1.0), 3.0 - 0.9);
        let log = QueueModel::Probabilistic(CancelWeight::Logarithm).ahead_after(3.0, 1.0, 1.0);
        assert!((log - (3.0 - 4.0f64.ln() / (4.0f64.ln() + 2.0f64.ln()))).abs() < 1e-12);
        assert_eq!(power(1.0).ahead_after(3.0, 1.0, 4.0), 0.0);
        assert_eq!(power(1.0).ahead_after(0.0, 5.0, 2.0), 0.0);
    }

    /// The obvious queue: every unit at the price in a list, ours among them.
    #[derive(Debug)]
    struct Line {
        units: Vec<bool>, // whether it is ours
    }

    impl Line {
        fn ahead(&self) -> usize {
            self.units.iter().position(|ours| *ours).unwrap_or(self.units.len())
        }

        /// Trades from the front; tells how many units of ours were among them.
        fn trade(&mut self, count: usize) -> usize {
            let count = count.min(self.units.len());
            self.units.drain(..count).filter(|ours| *ours).count()
        }

        /// The one from the back goes, as the conservative model assumes, as long as somebody is there.
        fn cancel_from_behind(&mut self, count: usize) {
            for _ in 0..count {
                if let Some(place) = self.units.iter().rposition(|ours| !ours) {
                    self.units.remove(place);
                }
            }
        }

        fn others(&self) -> usize {
            self.units.iter().filter(|ours| !**ours).count()
        }
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Join(usize),
        Cancel(usize),
        Trade(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1usize..6).prop_map(Step::Join),
            (1usize..6).prop_map(Step::Cancel),
            (1usize..6).prop_map(Step::Trade),
        ];
        prop::collection::vec(step, 0..40)
    }

    proptest! {
        #[test]
        fn the_conservative_place_is_that_of_a_list_in_which_the_last_cancel_first(
            ahead in 0usize..12, ours in 1usize..5, steps in steps(), told_together in any::<bool>(),
        ) {
            let mut line = Line { units: [vec![false; ahead], vec![true; ours]].concat() };
            let mut place = Place::last(1, Side::Buy, 100, ahead as f64, Timestamp::EPOCH);
            let (mut told, mut filled, mut expected) = (ahead, 0.0, 0);
            for step in steps {
                match step {
                    Step::Join(count) => line.units.extend(vec![false; count]),
                    Step::Cancel(count) => line.cancel_from_behind(count),
                    Step::Trade(count) => {
                        // What others hold is all that the feed shows: a trade beyond it is beyond the recording.
                        let shown = count.min(line.others());
                        let got = line.trade(shown);
                        // Ours took the place of theirs: as many of theirs trade after ours, by the recording.
                        expected += got;
                        line.trade_others(got);
                        filled += place.let_trade(shown as f64, shown as f64);
                        if expected >= ours { return Ok(()); }
                    }
                }
                if !told_together || matches!(step, Step::Cancel(_)) {
                    place.level_changed(QueueModel::Conservative, told as f64, line.others() as f64);
                    told = line.others();
                }
                prop_assert_eq!(place.ahead, line.ahead().min(line.others()) as f64);
                prop_assert_eq!(filled, expected as f64);
            }
        }

        #[test]
        fn no_model_is_more_patient_than_the_conservative_one(
            ahead in 0.0f64..50.0, behind in 0.0f64..50.0, share in 0.0f64..1.0, exponent in 0.1f64..4.0,
        ) {
            let canceled = share * (ahead + behind);
            let patient = QueueModel::Conservative.ahead_after(ahead, behind, canceled);
            for weight in [CancelWeight::Power { exponent }, CancelWeight::Logarithm] {
                let now = QueueModel::Probabilistic(weight).ahead_after(ahead, behind, canceled);
                prop_assert!(now >= 0.0 && now <= patient + 1e-9, "{now} against {patient}");
                prop_assert!(ahead - now <= canceled + 1e-9);
            }
        }
    }

    impl Line {
        /// Takes as many of the others from the front.
        fn trade_others(&mut self, count: usize) {
            for _ in 0..count {
                if let Some(place) = self.units.iter().position(|ours| !ours) {
                    self.units.remove(place);
                }
            }
        }
    }
}
