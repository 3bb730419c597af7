//! The verdict in plain words.

use std::fmt;

use super::{Answer, Finding, Question, Verdict};

/// What a record is worth as evidence of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// Luck explains what was seen.
    NoEvidence,
    /// More than luck, but not enough to trust.
    Weak,
    /// Luck is an unlikely explanation.
    Evidence,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEvidence => "no evidence",
            Self::Weak => "weak evidence",
            Self::Evidence => "evidence",
        })
    }
}

impl Question {
    /// The question in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ProbabilisticSharpe => {
                "probability that the true Sharpe ratio is above zero, search ignored"
            }
            Self::TrackRecord => "length of the record over the shortest that would do, search ignored",
            Self::DeflatedSharpe => "probability that the true Sharpe ratio is above the luck of the search",
            Self::Overfitting => "share of splits whose best trial is no better than the median afterwards",
            Self::Loss => "share of splits whose best trial loses afterwards",
            Self::RealityCheck => "White's probability that luck shows a best trial as good",
            Self::SuperiorAbility => "Hansen's probability that luck shows a best trial as good",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = if self.question.wants_more() { "at least" } else { "at most" };
        let weight = if self.decisive { "" } else { " (told, not counted)" };
        match &self.answer {
            Answer::Passed(value) => {
                write!(
                    f,
                    "passed: {} is {value:.4}, asked is {bound} {}{weight}",
                    self.question.words(),
                    self.threshold
                )
            }
            Answer::Failed(value) => {
                write!(
                    f,
                    "failed: {} is {value:.4}, asked is {bound} {}{weight}",
                    self.question.words(),
                    self.threshold
                )
            }
            Answer::NotComputable(reason) => {
                write!(f, "not computable: {}: {reason}{weight}", self.question.words())
            }
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = match self.evidence {
            Evidence::NoEvidence => "luck explains what was seen",
            Evidence::Weak => "more than luck, but not enough to trust",
            Evidence::Evidence => "luck is an unlikely explanation",
        };
        writeln!(
            f,
            "{}: {told} (best of {} trials, {} returns each)",
            self.evidence, self.trials, self.observations
        )?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "  {finding}"))
    }
}
