//! All tests of a search together, and what they amount to.

use ndarray::ArrayView2;

use super::{
    AbilityTest, BacktestOverfitting, CombinatorialSplits, DeflatedSharpe, Evidence, IndependentTrials,
    SharpeEstimate, SuperiorAbility,
};
use crate::{StatisticsError, sample};

/// What is asked of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// [`SharpeEstimate::probability_above`] zero, of the best trial.
    ProbabilisticSharpe,
    /// Observations over [`SharpeEstimate::minimum_track_record`], of the best trial.
    TrackRecord,
    /// [`DeflatedSharpe::probability`] of the best trial.
    DeflatedSharpe,
    /// [`BacktestOverfitting::probability`].
    Overfitting,
    /// [`BacktestOverfitting::probability_of_loss`].
    Loss,
    /// [`SuperiorAbility::reality_check`], for all trials that were counted.
    RealityCheck,
    /// The consistent probability of [`SuperiorAbility::p_values`], for all trials that were counted.
    SuperiorAbility,
}

impl Question {
    /// Whether a larger value is the better one.
    pub const fn wants_more(self) -> bool {
        matches!(self, Self::ProbabilisticSharpe | Self::TrackRecord | Self::DeflatedSharpe)
    }
}

/// The answer to a question, with its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The value is on the right side of the threshold.
    Passed(f64),
    /// It is not.
    Failed(f64),
    /// There is none, and why: what was missing, how much of it there was and how much is needed.
    NotComputable(StatisticsError),
}

/// A question with its threshold and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was asked.
    pub question: Question,
    /// What the value must reach, or must not exceed.
    pub threshold: f64,
    /// What came out.
    pub answer: Answer,
    /// Whether the verdict counts it.
    pub decisive: bool,
}

impl Finding {
    /// The value; `None` when it cannot be computed.
    pub fn value(&self) -> Option<f64> {
        match self.answer {
            Answer::Passed(value) | Answer::Failed(value) => Some(value),
            Answer::NotComputable(_) => None,
        }
    }

    /// Whether the value is on the right side of the threshold.
    pub fn passed(&self) -> bool {
        matches!(self.answer, Answer::Passed(_))
    }
}

/// A search whose best trial is on trial.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Returns per period, one column for each trial whose record is at hand.
    pub returns: ArrayView2<'a, f64>,
    /// How many trials were ever made on these data; fewer than there are columns counts as the columns.
    pub trials: u64,
}

/// Thresholds, and how hard the tests work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerdictRules {
    /// Least probability that the Sharpe ratio is above zero, and above the luck of the search. Default 0.95.
    pub confidence: f64,
    /// Most probability of luck in the reality check and in Hansen's test. Default 0.025.
    pub significance: f64,
    /// Most probability of overfitting. Default 0.2.
    pub overfitting: f64,
    /// Most probability of a loss afterwards. Default 0.2.
    pub loss: f64,
    /// Blocks of the splits. Default 16.
    pub blocks: usize,
    /// How the reality check and Hansen's test resample.
    pub resampling: AbilityTest,
    /// Correlation from which on trials are one idea. Default 0.5.
    pub joined: f64,
}

impl Default for VerdictRules {
    fn default() -> Self {
        Self {
            confidence: 0.95,
            significance: 0.025,
            overfitting: 0.2,
            loss: 0.2,
            blocks: 16,
            resampling: AbilityTest::default(),
            joined: 0.5,
        }
    }
}

/// What all tests say of a search, each with its threshold, and what it amounts to.
///
/// Three questions are decisive: the deflated Sharpe ratio, the probability of overfitting, and Hansen's test. All
/// three passed are evidence; Hansen's and one other are weak evidence; anything else is none. What cannot be computed
/// has not passed. After a search of a single trial there is no choice to be overfitted, and the other two decide. The
/// other questions are told and not counted: some do not know of the search, some say the same less sharply.
///
/// Errors of the verdict, from 1000 simulated searches each of 100 independent trials over three years of 365 days
/// (`cargo test --release -p autotrading-statistics --test overfitting -- --ignored --nocapture` prints them anew):
/// see the table in `docs/formulas.md`. In short: of searches in pure noise one or two in a hundred are called anything but
/// "no evidence"; a single trial with a true yearly Sharpe ratio of 4 among 99 worthless ones is nearly always found, one
/// of 2 mostly is not: three years are too short for it after a hundred trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What it amounts to.
    pub evidence: Evidence,
    /// How many trials were counted.
    pub trials: u64,
    /// How many returns each has.
    pub observations: usize,
    /// The column with the highest Sharpe ratio; `None` when none has one.
    pub best: Option<usize>,
    /// Every question with its threshold and answer.
    pub findings: Vec<Finding>,
    /// The best trial's ratio, deflated.
    pub deflated: Result<DeflatedSharpe, StatisticsError>,
    /// The splits, for a histogram of logits.
    pub overfitting: Result<BacktestOverfitting, StatisticsError>,
    /// The reality check and Hansen's test, before they are corrected for trials whose record is not at hand.
    pub ability: Result<SuperiorAbility, StatisticsError>,
    /// How many different ideas the columns hold.
    pub independent: Result<IndependentTrials, StatisticsError>,
}

impl Verdict {
    /// Judges a search.
    ///
    /// Where more trials were made than there are columns, the probabilities of luck are corrected as for that many more
    /// searches of the same size: `1 - (1 - p)^(trials / columns)`. Source: Sidak (1967), Journal of the American
    /// Statistical Association 62, 626-633.
    ///
    /// ```
    /// use autotrading_statistics::overfitting::{Evidence, Search, Verdict, VerdictRules};
    /// use ndarray::Array2;
    ///
    /// // Ten trials that go up and down without end or aim.
    /// let returns = Array2::from_shape_fn((160, 10), |(t, k)| ((t * (7 + k) + k) % 11) as f64 - 5.0);
    /// let verdict = Verdict::of(Search { returns: returns.view(), trials: 10 }, &VerdictRules::default());
    /// assert_eq!(verdict.evidence, Evidence::NoEvidence);
    /// assert!(verdict.to_string().starts_with("no evidence: luck explains what was seen (best of 10 trials"));
    /// ```
    pub fn of(search: Search<'_>, rules: &VerdictRules) -> Self {
        let Search { returns, trials } = search;
        let columns = returns.ncols() as u64;
        let trials = trials.max(columns);
        let chosen = Chosen::of(returns);
        let best = chosen.as_ref().map(|chosen| chosen.estimate).map_err(Clone::clone);
        let deflated = chosen
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|chosen| DeflatedSharpe::among(&chosen.estimate, trials as f64, &chosen.ratios));
        let overfitting = CombinatorialSplits::new(rules.blocks).and_then(|splits| splits.judge(returns));
        let ability = rules.resampling.judge(returns);
        let luck = |p: f64| corrected(p, trials as f64 / columns.max(1) as f64);
        let asked = Asked { alone: trials <= 1 };
        let ask = |question, threshold, value| asked.finding(question, threshold, value);
        let record = best.clone().and_then(|best| {
            Ok(best.observations as f64 / best.minimum_track_record(0.0, rules.confidence)?)
        });
        let findings = vec![
            ask(Question::DeflatedSharpe, rules.confidence, of(&deflated, |deflated| deflated.probability)),
            ask(Question::SuperiorAbility, rules.significance, of(&ability, |a| luck(a.p_values.consistent))),
            ask(Question::Overfitting, rules.overfitting, of(&overfitting, BacktestOverfitting::probability)),
            ask(Question::RealityCheck, rules.significance, of(&ability, |a| luck(a.reality_check))),
            ask(Question::Loss, rules.loss, of(&overfitting, BacktestOverfitting::probability_of_loss)),
            ask(
                Question::ProbabilisticSharpe,
                rules.confidence,
                best.and_then(|best| best.probability_above(0.0)),
            ),
            ask(Question::TrackRecord, 1.0, record),
        ];
        Self {
            evidence: asked.weigh(&findings),
            trials,
            observations: returns.nrows(),
            best: chosen.ok().map(|chosen| chosen.column),
            findings,
            deflated,
            overfitting,
            ability,
            independent: IndependentTrials::among(returns, rules.joined),
        }
    }

    /// The finding on a question.
    pub fn on(&self, question: Question) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.question == question)
    }
}

fn of<T>(test: &Result<T, StatisticsError>, figure: impl Fn(&T) -> f64) -> Result<f64, StatisticsError> {
    test.as_ref().map(figure).map_err(Clone::clone)
}

/// The chance that at least one of so many searches shows what one shows with probability `p`.
fn corrected(p: f64, searches: f64) -> f64 {
    if searches <= 1.0 { p } else { -((-p).ln_1p() * searches).exp_m1() }
}

/// The trial with the highest ratio, and the ratios of all that have one.
struct Chosen {
    column: usize,
    estimate: SharpeEstimate,
    ratios: Vec<f64>,
}

impl Chosen {
    fn of(returns: ArrayView2<'_, f64>) -> Result<Self, StatisticsError> {
        sample::check_length("trials", returns.ncols(), 1)?;
        let mut ratios = Vec::with_capacity(returns.ncols());
        let mut best: Option<(usize, SharpeEstimate)> = None;
        let mut without = None;
        for (column, values) in returns.columns().into_iter().enumerate() {
            match SharpeEstimate::of(&values.to_vec()) {
                Ok(estimate) => {
                    ratios.push(estimate.ratio);
                    if best.is_none_or(|(_, best)| estimate.ratio > best.ratio) {
                        best = Some((column, estimate));
                    }
                }
                // A trial that never traded has no ratio and cannot have been the best.
                Err(reason @ StatisticsError::NoVariation { .. }) => without = Some(reason),
                Err(reason) => return Err(reason),
            }
        }
        match (best, without) {
            (Some((column, estimate)), _) => Ok(Self { column, estimate, ratios }),
            (None, Some(reason)) => Err(reason),
            (None, None) => Err(StatisticsError::TooFew { what: "trials", got: 0, required: 1 }),
        }
    }
}

/// How answers are judged and weighed.
#[derive(Clone, Copy)]
struct Asked {
    /// A single trial: nothing was chosen.
    alone: bool,
}

impl Asked {
    fn is_decisive(self, question: Question) -> bool {
        match question {
            Question::DeflatedSharpe | Question::SuperiorAbility => true,
            Question::Overfitting => !self.alone,
            Question::ProbabilisticSharpe
            | Question::TrackRecord
            | Question::Loss
            | Question::RealityCheck => false,
        }
    }

    fn finding(self, question: Question, threshold: f64, value: Result<f64, StatisticsError>) -> Finding {
        let answer = match value {
            Ok(value) if question.wants_more() && value >= threshold => Answer::Passed(value),
            Ok(value) if !question.wants_more() && value <= threshold => Answer::Passed(value),
            Ok(value) => Answer::Failed(value),
            Err(reason) => Answer::NotComputable(reason),
        };
        Finding { question, threshold, answer, decisive: self.is_decisive(question) }
    }

    fn weigh(self, findings: &[Finding]) -> Evidence {
        let decisive = || findings.iter().filter(|finding| finding.decisive);
        let able =
            decisive().any(|finding| finding.question == Question::SuperiorAbility && finding.passed());
        let passed = decisive().filter(|finding| finding.passed()).count();
        if passed == decisive().count() {
            Evidence::Evidence
        } else if able && passed >= 2 {
            Evidence::Weak
        } else {
            Evidence::NoEvidence
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn what_cannot_be_computed_says_how_much_is_missing_and_has_not_passed() {
        let returns = Array2::from_shape_fn((20, 3), |(t, k)| ((t * (k + 3)) % 7) as f64 - 3.0);
        let verdict = Verdict::of(Search { returns: returns.view(), trials: 3 }, &VerdictRules::default());
        let finding = verdict.on(Question::Overfitting).unwrap();
        assert_eq!(
            finding.answer,
            Answer::NotComputable(StatisticsError::TooFew {
                what: "returns of each trial",
                got: 20,
                required: 32
            })
        );
        assert_ne!(verdict.evidence, Evidence::Evidence);
        assert!(verdict.to_string().contains("20 observations, at least 32 required"));
    }

    #[test]
    fn a_search_without_a_trial_or_with_nothing_but_zeros_is_no_evidence() {
        for returns in [Array2::zeros((100, 0)), Array2::zeros((0, 3)), Array2::zeros((100, 4))] {
            let verdict =
                Verdict::of(Search { returns: returns.view(), trials: 5 }, &VerdictRules::default());
            assert_eq!((verdict.evidence, verdict.best), (Evidence::NoEvidence, None));
        }
        let nan = Array2::from_elem((100, 4), f64::NAN);
        let verdict = Verdict::of(Search { returns: nan.view(), trials: 5 }, &VerdictRules::default());
        assert!(verdict.findings.iter().all(|finding| finding.value().is_none()));
    }

    #[test]
    fn trials_that_left_no_record_count_too() {
        let returns = Array2::from_shape_fn((400, 1), |(t, _)| ((t * 37) % 11) as f64 - 4.2);
        let of = |trials| Verdict::of(Search { returns: returns.view(), trials }, &VerdictRules::default());
        let luck = |trials| of(trials).on(Question::SuperiorAbility).unwrap().value().unwrap();
        assert!(luck(1000) > luck(1));
        assert!((corrected(0.01, 2.0) - 0.0199).abs() < 1e-15);
        assert!(corrected(1.0, 3.0) <= 1.0);
    }

    #[test]
    fn a_single_trial_was_not_chosen_and_cannot_be_overfitted() {
        let returns = Array2::from_shape_fn((400, 1), |(t, _)| ((t * 37) % 11) as f64 - 3.5);
        let verdict = Verdict::of(Search { returns: returns.view(), trials: 1 }, &VerdictRules::default());
        assert_eq!(verdict.evidence, Evidence::Evidence);
        assert!(!verdict.on(Question::Overfitting).unwrap().decisive);
    }
}
