//! Choosing on some days and testing on others, in every way the groups allow.

use autotrading_statistics::overfitting::{SharpeEstimate, expected_maximum_sharpe};
use autotrading_statistics::{Estimator, Moments};
use serde::{Deserialize, Serialize};

use super::{Check, FoldError, FoldRules, ReturnTable, Split};
use crate::{max_drawdown, sharpe};

/// A cross-validation of a choice among trials: in each split the trial with the best Sharpe ratio on the days learned
/// on is taken, and looked at on the days held out.
///
/// The trials' returns come from causal runs, so no refit is needed: what a trial earned on a day depends on the past of
/// that day alone. What is cross-validated is the choice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossValidation<'a> {
    /// Daily returns, one column a trial.
    pub returns: &'a ReturnTable,
    /// How days are split.
    pub rules: FoldRules,
    /// From where on results are good enough.
    pub thresholds: CrossValidationThresholds,
}

/// From where on a cross-validation counts as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossValidationThresholds {
    /// Largest share of the splits whose choice did worse than the median trial on the days held out.
    pub below_median: f64,
    /// Largest share of the paths that lost money.
    pub losing_paths: f64,
    /// Least mean Sharpe ratio of the paths, annualised. What luck alone is expected to show in the best of as many
    /// worthless trials is asked if that is more: a trial that was lucky all the way is lucky on the days held out, too.
    pub sharpe: f64,
}

impl Default for CrossValidationThresholds {
    fn default() -> Self {
        Self { below_median: 0.2, losing_paths: 0.05, sharpe: 0.5 }
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossValidationReport {
    /// How days were split.
    pub rules: FoldRules,
    /// Days there were.
    pub days: usize,
    /// Trials chosen among.
    pub trials: usize,
    /// One line a split.
    pub splits: Vec<SplitFigures>,
    /// One whole history a path: each group tested once, by another choice. There are `C(groups - 1, held_out - 1)`.
    pub paths: Vec<PathFigures>,
    /// Mean in-sample Sharpe ratio of what was chosen.
    pub mean_in_sample: Option<f64>,
    /// Mean Sharpe ratio of the paths.
    pub mean_path_sharpe: Option<f64>,
    /// Share of the splits whose choice did worse than the median trial on the days held out.
    pub below_median: Option<f64>,
    /// Share of the paths that lost money.
    pub losing_paths: Option<f64>,
    /// Whether every threshold is met.
    pub holds: bool,
    /// What it amounts to, in one sentence.
    pub verdict: String,
    /// Each threshold with what was found.
    pub checks: Vec<Check>,
}

/// One split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitFigures {
    /// Groups held out.
    pub held_out: Vec<usize>,
    /// Place of the trial that was chosen; `None` where no trial had a Sharpe ratio.
    pub chosen: Option<usize>,
    /// Its Sharpe ratio on the days learned on, annualised.
    pub in_sample: Option<f64>,
    /// Its Sharpe ratio on the days held out.
    pub out_of_sample: Option<f64>,
    /// Its rank among all trials on the days held out: 0 the worst, 1 the best.
    pub rank: Option<f64>,
}

/// One path through all groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathFigures {
    /// Sharpe ratio, annualised.
    pub sharpe: Option<f64>,
    /// End over start, minus one.
    pub total_return: f64,
    /// Largest fall, day by day, in [0, 1].
    pub max_drawdown: f64,
    /// Daily returns, in order of the days.
    pub returns: Vec<f64>,
}

impl CrossValidation<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// [`FoldError`].
    pub fn run(&self) -> Result<CrossValidationReport, FoldError> {
        let days = self.returns.days().len();
        let splits = self.rules.splits(days)?;
        let figures: Vec<SplitFigures> = splits.iter().map(|split| self.figures(split)).collect();
        let paths = self.paths(days, &splits, &figures);
        let ranks: Vec<f64> = figures.iter().filter_map(|split| split.rank).collect();
        let mean_path_sharpe = mean(paths.iter().filter_map(|path| path.sharpe));
        let below_median = share(&ranks, |rank| *rank < 0.5);
        let losing_paths = share(&paths, |path| path.total_return < 0.0);
        let limits = self.thresholds;
        let checks = vec![
            Check::at_most(
                "share of splits whose choice did worse than the median afterwards",
                below_median,
                limits.below_median,
            ),
            Check::at_most("share of paths that lost money", losing_paths, limits.losing_paths),
            Check::at_least(
                "mean Sharpe ratio of the paths",
                mean_path_sharpe,
                self.luck().map_or(limits.sharpe, |luck| luck.max(limits.sharpe)),
            ),
        ];
        Ok(CrossValidationReport {
            rules: self.rules,
            days,
            trials: self.returns.columns().len(),
            mean_in_sample: mean(figures.iter().filter_map(|split| split.in_sample)),
            mean_path_sharpe,
            below_median,
            losing_paths,
            holds: Check::all_met(&checks),
            verdict: Check::verdict(
                &checks,
                "the choice holds up on days that it has not seen",
                "the choice does not hold up on days that it has not seen",
            ),
            checks,
            splits: figures,
            paths,
        })
    }

    fn figures(&self, split: &Split) -> SplitFigures {
        let ratios = |stretches: &[std::ops::Range<usize>]| -> Vec<Option<f64>> {
            self.returns.columns().iter().map(|column| self.ratio(&gather(column, stretches))).collect()
        };
        let (learned, tested) = (ratios(&split.train), ratios(&split.test));
        let scored =
            learned.iter().enumerate().filter_map(|(place, ratio)| ratio.map(|ratio| (place, ratio)));
        let best = scored.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let chosen = best.map(|(place, _)| place);
        let out_of_sample = chosen.and_then(|place| tested.get(place).copied().flatten());
        SplitFigures {
            held_out: split.held_out.clone(),
            chosen,
            in_sample: best.map(|(_, ratio)| ratio),
            out_of_sample,
            rank: out_of_sample.and_then(|own| rank(own, &tested)),
        }
    }

    /// The Sharpe ratio, annualised, that the best of as many worthless trials is expected to show.
    fn luck(&self) -> Option<f64> {
        let ratios = self.returns.columns().iter().filter_map(|column| SharpeEstimate::of(column).ok());
        let ratios: Vec<f64> = ratios.map(|estimate| estimate.ratio).collect();
        let variance = Moments::of(&ratios).ok()?.variance(Estimator::Sample).ok()?;
        let luck = expected_maximum_sharpe(ratios.len() as f64, variance).ok()?;
        Some(luck * self.returns.periods_per_year().sqrt())
    }

    fn ratio(&self, returns: &[f64]) -> Option<f64> {
        sharpe(returns, self.returns.periods_per_year())
    }

    /// The n-th path takes each group from the n-th split that holds it out.
    fn paths(&self, days: usize, splits: &[Split], figures: &[SplitFigures]) -> Vec<PathFigures> {
        let testing = |group: usize| {
            splits.iter().zip(figures).filter(move |(split, _)| split.held_out.contains(&group))
        };
        let count = testing(0).count();
        (0..count)
            .map(|number| {
                let mut returns = Vec::with_capacity(days);
                for group in 0..self.rules.groups {
                    let stretch = self.rules.group(days, group);
                    let chosen = testing(group).nth(number).and_then(|(_, figures)| figures.chosen);
                    match chosen.and_then(|place| self.returns.columns().get(place)?.get(stretch.clone())) {
                        Some(earned) => returns.extend_from_slice(earned),
                        None => returns.extend(stretch.map(|_| 0.0)), // nothing was chosen: it stays in cash
                    }
                }
                self.path(returns)
            })
            .collect()
    }

    fn path(&self, returns: Vec<f64>) -> PathFigures {
        let equity = compounded(&returns);
        PathFigures {
            sharpe: self.ratio(&returns),
            total_return: equity.last().copied().unwrap_or(1.0) - 1.0,
            max_drawdown: max_drawdown(&equity),
            returns,
        }
    }
}

/// Growth of one unit, starting with it.
pub(crate) fn compounded(returns: &[f64]) -> Vec<f64> {
    let mut equity = Vec::with_capacity(returns.len() + 1);
    let mut latest = 1.0;
    equity.push(latest);
    for value in returns {
        latest *= 1.0 + value;
        equity.push(latest);
    }
    equity
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

pub(super) fn share<T>(values: &[T], test: impl Fn(&T) -> bool) -> Option<f64> {
    let hits = values.iter().filter(|value| test(value)).count();
    (!values.is_empty()).then(|| hits as f64 / values.len() as f64)
}

fn gather(column: &[f64], stretches: &[std::ops::Range<usize>]) -> Vec<f64> {
    stretches.iter().filter_map(|stretch| column.get(stretch.clone())).flatten().copied().collect()
}

/// Share of the others that are worse; ties count half. `None` when there is no other.
fn rank(own: f64, all: &[Option<f64>]) -> Option<f64> {
    let others = all.iter().flatten().count().checked_sub(1).filter(|others| *others > 0)?;
    let points: f64 = all
        .iter()
        .flatten()
        .map(|other| match own.total_cmp(other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    Some((points - 0.5) / others as f64) // without the tie with itself
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of seeded noise with a drift for some columns.
    fn table(seed: u64, trials: usize, days: usize, drift: impl Fn(usize) -> f64) -> ReturnTable {
        let mut state = seed;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) as f64 / f64::from(1u32 << 31) - 0.5) * 0.04
        };
        let columns = (0..trials).map(|trial| (0..days).map(|_| noise() + drift(trial)).collect()).collect();
        ReturnTable::from_columns(columns, 365.0)
    }

    #[test]
    fn each_path_tests_every_group_once_and_there_are_as_many_as_the_formula_says() {
        let returns = table(7, 3, 120, |_| 0.0);
        let rules = FoldRules { groups: 6, held_out: 2, purge: 1, embargo: 1 };
        let report =
            CrossValidation { returns: &returns, rules, thresholds: Default::default() }.run().unwrap();
        assert_eq!((report.splits.len(), report.paths.len()), (15, 5));
        assert!(report.paths.iter().all(|path| path.returns.len() == 120));
    }

    #[test]
    fn a_trial_with_an_edge_is_chosen_and_stays_good() {
        let returns = table(7, 10, 600, |trial| if trial == 4 { 0.004 } else { 0.0 });
        let report = CrossValidation {
            returns: &returns,
            rules: FoldRules::default(),
            thresholds: Default::default(),
        }
        .run()
        .unwrap();
        let right = report.splits.iter().filter(|split| split.chosen == Some(4)).count();
        assert!(right * 10 >= report.splits.len() * 9, "{right} of {}", report.splits.len());
        assert!(report.below_median < Some(0.1) && report.losing_paths == Some(0.0));
        assert!(report.holds && report.verdict.contains("every threshold is met"), "{}", report.verdict);
    }

    #[test]
    fn a_choice_among_noise_looks_good_before_and_is_worth_nothing_afterwards() {
        let rules = FoldRules { groups: 6, held_out: 2, purge: 0, embargo: 0 };
        let (mut before, mut after, mut holding) = (0.0, 0.0, 0);
        for seed in 1..=40 {
            let returns = table(seed * 7919, 20, 300, |_| 0.0);
            let report =
                CrossValidation { returns: &returns, rules, thresholds: Default::default() }.run().unwrap();
            holding += u32::from(report.holds);
            before += report.mean_in_sample.unwrap() / 40.0;
            after += report.mean_path_sharpe.unwrap() / 40.0;
        }
        assert!(before > 2.0 && after.abs() < 0.6, "{before} {after}");
        assert!(holding <= 2, "{holding} of 40 choices among noise are called good");
    }

    #[test]
    fn a_trial_that_never_trades_is_not_chosen_and_gives_no_nan() {
        let returns = ReturnTable::from_columns(vec![vec![0.0; 200]; 3], 365.0);
        let report = CrossValidation {
            returns: &returns,
            rules: FoldRules::default(),
            thresholds: Default::default(),
        }
        .run()
        .unwrap();
        assert!(report.splits.iter().all(|split| split.chosen.is_none() && split.rank.is_none()));
        assert!(report.paths.iter().all(|path| path.total_return == 0.0 && path.sharpe.is_none()));
        assert_eq!((report.mean_in_sample, report.below_median, report.holds), (None, None, false));
    }
}
