//! How a history is cut into stretches to learn on and stretches to be tested on.

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// One step of a walk-forward: what is chosen on the training stretch is tested on the stretch that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// Start of the training stretch.
    pub train_from: Timestamp,
    /// Its end, and the start of the test.
    pub test_from: Timestamp,
    /// End of the test.
    pub test_to: Timestamp,
}

/// How walks are cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalkRules {
    /// Length of the (first) training stretch.
    pub train: Span,
    /// Length of a test.
    pub test: Span,
    /// `true`: training always begins with the data and grows. `false`: it rolls.
    pub anchored: bool,
    /// Fewer walks than this are refused: a handful proves nothing.
    pub least_walks: usize,
    /// How long a run warms up before each stretch, on data before it; as much as there is.
    pub warm_up: Span,
}

impl Default for WalkRules {
    fn default() -> Self {
        Self {
            train: Span::DAY.times(60),
            test: Span::DAY.times(20),
            anchored: false,
            least_walks: 10,
            warm_up: Span::DAY.times(30),
        }
    }
}

/// Why a history cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// A stretch without length.
    #[error("{what} of a walk-forward is {got}, it must be longer than nothing")]
    Length {
        /// Which stretch.
        what: &'static str,
        /// Its length.
        got: Span,
    },
    /// Too little data.
    #[error(
        "{walks} walks fit between {from} and {to}, at least {least} are asked for; take shorter stretches or more data"
    )]
    TooFew {
        /// How many fit.
        walks: usize,
        /// How many are asked for.
        least: usize,
        /// Start of the data.
        from: Timestamp,
        /// End of the data.
        to: Timestamp,
    },
}

impl WalkRules {
    /// Cuts the data into walks. Tests follow each other without gap or overlap; a rest shorter than a test is left. Where
    /// tests are whole days, walks begin at midnight in UTC, so that no day belongs to two of them.
    ///
    /// # Errors
    /// [`WalkError`]: a stretch without length, or too little data.
    pub fn walks(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Walk>, WalkError> {
        for (what, got) in [("training stretch", self.train), ("test", self.test)] {
            if got <= Span::ZERO {
                return Err(WalkError::Length { what, got });
            }
        }
        if self.warm_up < Span::ZERO {
            return Err(WalkError::Length { what: "warm-up", got: self.warm_up });
        }
        let mut walks = Vec::new();
        let from = if self.test.nanos() % Span::DAY.nanos() == 0 { next_midnight(from) } else { from };
        let mut test_from = from.after(self.train);
        while test_from.after(self.test) <= to && test_from.after(self.test) > test_from {
            let train_from = if self.anchored { from } else { test_from.before(self.train) };
            let test_to = test_from.after(self.test);
            walks.push(Walk { train_from, test_from, test_to });
            test_from = test_to;
        }
        if walks.len() < self.least_walks.max(1) {
            return Err(WalkError::TooFew { walks: walks.len(), least: self.least_walks.max(1), from, to });
        }
        Ok(walks)
    }
}

fn next_midnight(at: Timestamp) -> Timestamp {
    let midnight = at.floor(Span::DAY);
    if midnight == at { at } else { midnight.after(Span::DAY) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::DAY.times(number))
    }

    fn cut(rules: WalkRules, days: i64) -> Vec<[Timestamp; 3]> {
        let walks = rules.walks(day(0), day(days)).unwrap();
        walks.iter().map(|walk| [walk.train_from, walk.test_from, walk.test_to]).collect()
    }

    #[test]
    fn a_rolling_walk_forgets_and_an_anchored_one_remembers() {
        let rules = WalkRules { least_walks: 2, ..WalkRules::default() };
        assert_eq!(cut(rules, 115), [[day(0), day(60), day(80)], [day(20), day(80), day(100)]]);
        let anchored = WalkRules { anchored: true, ..rules };
        assert_eq!(cut(anchored, 100), [[day(0), day(60), day(80)], [day(0), day(80), day(100)]]);
    }

    #[test]
    fn walks_of_whole_days_begin_at_midnight() {
        let noon = day(0).after(Span::HOUR.times(12));
        let rules = WalkRules { least_walks: 1, ..WalkRules::default() };
        assert_eq!(rules.walks(noon, day(100)).unwrap()[0].train_from, day(1));
        let short = WalkRules { train: Span::HOUR.times(6), test: Span::HOUR, ..rules };
        assert_eq!(short.walks(noon, day(1)).unwrap()[0].train_from, noon);
    }

    #[test]
    fn too_little_data_is_refused_with_what_would_fit() {
        let refused = WalkRules::default().walks(day(0), day(100)).unwrap_err();
        assert!(refused.to_string().starts_with("2 walks fit between 1970-01-01"), "{refused}");
        let nothing = WalkRules { test: Span::ZERO, ..WalkRules::default() };
        assert_eq!(nothing.walks(day(0), day(900)), Err(WalkError::Length { what: "test", got: Span::ZERO }));
    }

    #[test]
    fn no_test_sees_its_own_training_and_no_day_is_tested_twice() {
        let walks = WalkRules::default().walks(day(0), day(900)).unwrap();
        assert!(walks.iter().all(|walk| walk.train_from < walk.test_from && walk.test_from < walk.test_to));
        assert!(walks.windows(2).all(|pair| pair[0].test_to == pair[1].test_from));
    }
}
