//! Many runs in one pass: a block of bars is read once, and every run takes it while it is near.

use super::course::{Course, Stretch};
use super::crossing::{Pair, Standing, Sums};
use super::market::{Columns, pair};
use super::{Change, ColumnFault, ColumnOutcome, Keep};
use crate::ResearchRules;

/// One of the runs.
#[derive(Debug)]
struct Runner {
    pair: Pair,
    standing: Standing,
    course: Course,
}

/// A sweep on its way.
#[derive(Debug)]
pub(super) struct Sweep<'a> {
    columns: &'a Columns<'a>,
    sums: Sums,
    /// In the order of the rules; a run that cannot go on has its reason instead.
    runners: Vec<Result<Runner, ColumnFault>>,
    opens: Vec<i64>,
    changes: Vec<Change>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(columns: &'a Columns<'a>, rules: &[ResearchRules], keep: Keep) -> Self {
        let runner = |rules: &ResearchRules| {
            let course = Course::new(columns.terms(rules)?, keep, columns.bars.len());
            Ok(Runner { pair: pair(rules)?, standing: Standing::default(), course })
        };
        let runners: Vec<Result<Runner, ColumnFault>> = rules.iter().map(runner).collect();
        let pairs: Vec<Pair> = runners.iter().flatten().map(|runner| runner.pair).collect();
        Self {
            columns,
            sums: Sums::new(&pairs, columns.unit, (columns.highest, columns.spread)),
            runners,
            opens: Vec::new(),
            changes: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Vec<Result<ColumnOutcome, ColumnFault>> {
        let bars = self.columns.bars;
        let block = self.sums.block();
        let blocks = bars.open().chunks(block).zip(bars.close().chunks(block));
        for ((opens, closes), from) in blocks.zip((0..).step_by(block)) {
            self.sums.take(closes);
            self.opens.clear();
            self.columns.ticks.count(opens, &mut self.opens);
            let stretch = Stretch { places: from..from + closes.len(), closes, opens: &self.opens };
            for slot in &mut self.runners {
                let Ok(runner) = slot else { continue };
                self.changes.clear();
                let seen = self.sums.crossings(runner.pair, &mut runner.standing, &mut self.changes);
                if let Err(fault) = seen.and_then(|()| runner.course.take(&stretch, &self.changes)) {
                    *slot = Err(fault);
                }
            }
        }
        let last = self.columns.last_close();
        let finish = |runner: Runner| runner.course.finish(&bars, last.clone()?);
        self.runners.into_iter().map(|slot| slot.and_then(finish)).collect()
    }
}
