//! The stages of a strategy's life, and which leads to which.

use serde::{Deserialize, Serialize};

/// How far a strategy has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is tried with little weight.
    #[default]
    Incubation,
    /// It has shown that it earns, and earns more.
    Growth,
    /// It earns well and steadily.
    Mature,
    /// It no longer earns what it did.
    Decay,
    /// It is over, and only a person begins it again.
    Retired,
}

impl Stage {
    /// All stages, in the order of a life.
    pub const ALL: [Self; 5] = [Self::Incubation, Self::Growth, Self::Mature, Self::Decay, Self::Retired];

    /// The stage after a day on which the live results say this. A life moves one stage a day at most.
    #[must_use]
    pub const fn after(self, sign: Sign) -> Self {
        use Sign as W;
        use Stage as S;
        match (self, sign) {
            (S::Incubation, W::Rising | W::Steady) => S::Growth, // who is steady above 1.5 is above 1 as well
            (S::Incubation, W::Unclear | W::Fading) => S::Incubation, // it has little weight already
            (S::Incubation, W::Spent) => S::Retired,             // it never lived, so it cannot decay

            (S::Growth, W::Steady) => S::Mature,
            (S::Growth, W::Rising | W::Unclear) => S::Growth,
            (S::Growth, W::Fading | W::Spent) => S::Decay,

            (S::Mature, W::Rising | W::Steady | W::Unclear) => S::Mature,
            (S::Mature, W::Fading | W::Spent) => S::Decay,

            (S::Decay, W::Rising | W::Steady) => S::Growth, // it came back, and proves itself again from there
            (S::Decay, W::Unclear | W::Fading) => S::Decay,
            (S::Decay, W::Spent) => S::Retired,

            (S::Retired, W::Rising | W::Steady | W::Unclear | W::Fading | W::Spent) => S::Retired,
        }
    }
}

/// What the live results say of a strategy on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// Above the threshold of growth, rising, and significantly above zero.
    Rising,
    /// Above the threshold of maturity, flat, and significantly above zero.
    Steady,
    /// Nothing that is sure enough to act on.
    Unclear,
    /// Below the threshold of decay or falling, and in all likelihood truly below it.
    Fading,
    /// Below the threshold of retirement or negative for long, and beyond doubt truly below it.
    Spent,
}

impl Sign {
    /// All signs.
    pub const ALL: [Self; 5] = [Self::Rising, Self::Steady, Self::Unclear, Self::Fading, Self::Spent];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unclear_day_changes_nothing_and_the_retired_stay_retired() {
        assert!(Stage::ALL.into_iter().all(|stage| stage.after(Sign::Unclear) == stage));
        assert!(Sign::ALL.into_iter().all(|sign| Stage::Retired.after(sign) == Stage::Retired));
    }

    #[test]
    fn good_news_never_leads_down_and_bad_news_never_up() {
        let worth = |stage: Stage| match stage {
            Stage::Retired => 0,
            Stage::Decay => 1,
            Stage::Incubation => 2,
            Stage::Growth => 3,
            Stage::Mature => 4,
        };
        for stage in Stage::ALL {
            for sign in [Sign::Rising, Sign::Steady] {
                assert!(worth(stage.after(sign)) >= worth(stage), "{stage:?} {sign:?}");
            }
            for sign in [Sign::Fading, Sign::Spent] {
                assert!(worth(stage.after(sign)) <= worth(stage), "{stage:?} {sign:?}");
            }
        }
    }
}
