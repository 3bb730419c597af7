//! The statistical checks over a whole history, and the report of them.

use autotrading_domain::{Bar, Span, Timestamp};
use serde::Serialize;

use crate::deviation::TrailingDeviation;
use crate::gap::{Gap, SourceLines, Step, uneven_steps};
use crate::intake::{Judgement, contradiction, note_uneven_steps};
use crate::{FindingKind, Findings, History};

/// What counts as remarkable.
#[derive(Clone, Debug, PartialEq)]
pub struct QualityRules {
    /// A return whose modified z-score is larger than this is an outlier. Default 5; infinity switches the check off.
    pub outlier_score: f64,
    /// Number of returns (and volumes) before a bar that it is compared with. Default 100; 0 switches outliers and
    /// abnormal volumes off.
    pub trailing_bars: usize,
    /// A price further from the close before it than this share of it is a spike. Default 0.10.
    pub spike: f64,
    /// A volume of more than this many medians is abnormal. Default 50.
    pub volume_medians: f64,
    /// So many equal closes in a row are stale. Default 10; 0 switches the check off.
    pub stale_bars: usize,
}

impl Default for QualityRules {
    fn default() -> Self {
        Self { outlier_score: 5.0, trailing_bars: 100, spike: 0.10, volume_medians: 50.0, stale_bars: 10 }
    }
}

/// Is this data fit to trade on? The evidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QualityReport {
    /// How many bars were looked at.
    pub bars: usize,
    /// The length of a bar.
    pub interval: Span,
    /// When the first bar opens.
    pub start: Option<Timestamp>,
    /// When the last bar closes.
    pub end: Option<Timestamp>,
    /// Every stretch without bars.
    pub gaps: Vec<Gap>,
    /// Bars that are there over bars that should be there, in [0, 1].
    pub coverage: f64,
    /// Everything that was found, by place.
    pub findings: Findings,
}

/// Checks a history that did not come from a file with lines; one that did is checked by [`crate::Reading::check`].
///
/// Outliers are judged by the modified z-score of the close-to-close return against the returns before it; spikes by
/// the farthest of open, high, low and close from the close before. Nothing looks ahead.
pub fn check(history: &History, rules: &QualityRules) -> QualityReport {
    let (lines, mut findings) = (SourceLines::default(), Findings::default());
    for (row, bar) in history.iter().enumerate() {
        if let Some(judgement) = contradiction(&bar) {
            findings.add(judgement.kind, || judgement.at(row, None, Some(bar.open_time)));
        }
    }
    note_uneven_steps(history, &lines, 0, &mut findings);
    judge(history, &lines, rules, findings)
}

/// The statistical checks on top of what was found before.
pub(crate) fn judge(
    history: &History,
    lines: &SourceLines,
    rules: &QualityRules,
    findings: Findings,
) -> QualityReport {
    let mut inspection = Inspection::new(rules, lines, findings);
    for (row, bar) in history.iter().enumerate() {
        inspection.look_at(row, &bar);
    }
    let mut findings = inspection.end(history);
    findings.sort();
    let gaps: Vec<Gap> = uneven_steps(history.all(), lines, 0)
        .filter_map(|step| match step {
            Step::Gap(gap) => Some(gap),
            Step::Irregular(..) => None,
        })
        .collect();
    let missing: u64 = gaps.iter().map(|gap| gap.missing).sum();
    let present = history.len() as f64;
    let coverage = if history.is_empty() { 0.0 } else { present / (present + missing as f64) };
    QualityReport {
        bars: history.len(),
        interval: history.interval(),
        start: history.all().start(),
        end: history.all().end(),
        gaps,
        coverage,
        findings,
    }
}

/// One walk along a history with what the checks remember of it.
struct Inspection<'a> {
    rules: &'a QualityRules,
    lines: &'a SourceLines,
    findings: Findings,
    returns: Option<TrailingDeviation>,
    volumes: Option<TrailingDeviation>,
    last_close: Option<f64>,
    /// How many bars in a row, up to the last one, closed where it did.
    same_closes: usize,
}

impl<'a> Inspection<'a> {
    fn new(rules: &'a QualityRules, lines: &'a SourceLines, findings: Findings) -> Self {
        let trailing = || TrailingDeviation::over(rules.trailing_bars).ok();
        Self {
            rules,
            lines,
            findings,
            returns: trailing(),
            volumes: trailing(),
            last_close: None,
            same_closes: 0,
        }
    }

    fn look_at(&mut self, row: usize, bar: &Bar) {
        self.volume(row, bar);
        if let Some(last) = self.last_close {
            self.change(row, bar, last);
        }
        self.staleness(row, bar);
        self.last_close = Some(bar.close);
    }

    fn volume(&mut self, row: usize, bar: &Bar) {
        if bar.volume == 0.0 && !bar.synthetic {
            self.note(row, bar, || Judgement {
                kind: FindingKind::ZeroVolume,
                column: "volume",
                value: "0".to_owned(),
                expected: "above zero".to_owned(),
            });
        }
        let Some(volumes) = &mut self.volumes else { return };
        let usual = volumes.median();
        // A volume that cannot be counted was refused before it became part of a history.
        volumes.push(bar.volume).ok();
        let ceiling = usual.map(|median| median * self.rules.volume_medians);
        if let Some(ceiling) = ceiling.filter(|ceiling| *ceiling > 0.0 && bar.volume > *ceiling) {
            let medians = self.rules.volume_medians;
            self.note(row, bar, || Judgement {
                kind: FindingKind::AbnormalVolume,
                column: "volume",
                value: bar.volume.to_string(),
                expected: format!("at most {ceiling:.6} ({medians} medians)"),
            });
        }
    }

    fn change(&mut self, row: usize, bar: &Bar, last: f64) {
        let far = [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)]
            .into_iter()
            .map(|(column, price)| (column, price / last - 1.0))
            .max_by(|(_, left), (_, right)| left.abs().total_cmp(&right.abs()));
        if let Some((column, change)) = far.filter(|(_, change)| change.abs() > self.rules.spike) {
            let limit = 100.0 * self.rules.spike;
            self.note(row, bar, || Judgement {
                kind: FindingKind::Spike,
                column,
                value: format!("{:+.2} % from the last close {last}", 100.0 * change),
                expected: format!("within {limit} %"),
            });
        }
        let Some(returns) = &mut self.returns else { return };
        let change = bar.close / last - 1.0;
        let score = returns.modified_z(change);
        // The quotient of two extreme prices may overflow; such a return is a spike, and bends no median.
        returns.push(change).ok();
        if let Some(score) = score.filter(|score| score.abs() > self.rules.outlier_score) {
            let limit = self.rules.outlier_score;
            self.note(row, bar, || Judgement {
                kind: FindingKind::Outlier,
                column: "close",
                value: format!("a return of {:+.3} %, modified z {score:+.1}", 100.0 * change),
                expected: format!("modified z within {limit}"),
            });
        }
    }

    fn staleness(&mut self, row: usize, bar: &Bar) {
        if self.last_close.is_some_and(|last| last.to_bits() == bar.close.to_bits()) {
            self.same_closes += 1;
            return;
        }
        self.end_of_run(row);
        self.same_closes = 1;
    }

    /// A run of equal closes ended before `row`: listed once, at its last bar.
    fn end_of_run(&mut self, row: usize) {
        let (length, limit) = (self.same_closes, self.rules.stale_bars);
        if limit == 0 || length < limit {
            return;
        }
        let row = row.saturating_sub(1);
        let line = self.lines.line_of(row);
        let close = self.last_close.unwrap_or(0.0);
        self.findings.add(FindingKind::Stale, || {
            let value = format!("{close} for {length} bars in a row");
            let expected = format!("a change within {limit} bars");
            Judgement { kind: FindingKind::Stale, column: "close", value, expected }.at(row, line, None)
        });
    }

    fn end(mut self, history: &History) -> Findings {
        self.end_of_run(history.len());
        self.findings
    }

    fn note(&mut self, row: usize, bar: &Bar, judgement: impl FnOnce() -> Judgement) {
        let judgement = judgement();
        let line = self.lines.line_of(row);
        self.findings.add(judgement.kind, || judgement.at(row, line, Some(bar.open_time)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommonWorkload;

    fn edited(edit: impl Fn(usize, &mut Bar)) -> QualityReport {
        let bars = CommonWorkload::default().take(400).enumerate().map(|(row, mut bar)| {
            edit(row, &mut bar);
            bar
        });
        check(&History::from_bars(Span::MINUTE, bars).unwrap(), &QualityRules::default())
    }

    fn rows(report: &QualityReport, kind: FindingKind) -> Vec<usize> {
        report.findings.listed().iter().filter(|found| found.kind == kind).map(|found| found.row).collect()
    }

    #[test]
    fn a_clean_market_has_no_finding() {
        let report = edited(|_, _| {});
        assert!(report.findings.is_empty(), "{:?}", report.findings.listed());
        assert_eq!((report.coverage, report.gaps.len(), report.bars), (1.0, 0, 400));
    }

    #[test]
    fn a_bad_print_is_a_spike_where_it_stands() {
        let report = edited(|row, bar| {
            if row == 200 {
                bar.high *= 1.5
            }
        });
        assert_eq!(rows(&report, FindingKind::Spike), [200]);
        assert_eq!(report.findings.listed()[0].column, "high");
    }

    #[test]
    fn a_jump_is_an_outlier_there_and_back() {
        let report = edited(|row, bar| {
            if row == 200 {
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= 1.08;
                }
            }
        });
        assert_eq!(rows(&report, FindingKind::Outlier), [200, 201]);
        assert_eq!(rows(&report, FindingKind::Spike), [0_usize; 0]);
    }

    #[test]
    fn missing_bars_are_listed_with_both_ends() {
        let history = CommonWorkload::history(100);
        let bars = history.iter().enumerate().filter(|(row, _)| !(40..43).contains(row)).map(|(_, bar)| bar);
        let report = check(&History::from_bars(Span::MINUTE, bars).unwrap(), &QualityRules::default());
        let gap = report.gaps[0];
        assert_eq!((gap.missing, gap.row, gap.line), (3, 40, None));
        assert_eq!(gap.from, history.bar(40).unwrap().open_time);
        assert_eq!(gap.to, history.bar(43).unwrap().open_time);
        assert_eq!(report.coverage, 0.97);
        assert_eq!(rows(&report, FindingKind::Gap), [40]);
    }

    #[test]
    fn volumes_of_zero_below_zero_and_far_above_are_told_apart() {
        let report = edited(|row, bar| match row {
            150 => bar.volume = 0.0,
            160 => bar.volume = -1.0,
            170 => bar.volume = 1e9,
            _ => {}
        });
        assert_eq!(rows(&report, FindingKind::ZeroVolume), [150]);
        assert_eq!(rows(&report, FindingKind::NegativeVolume), [160]);
        assert_eq!(rows(&report, FindingKind::AbnormalVolume), [170]);
    }

    #[test]
    fn a_close_that_does_not_move_is_stale_also_at_the_end() {
        let still = |from: usize, to: usize| {
            edited(move |row, bar| {
                if (from..to).contains(&row) {
                    (bar.close, bar.high, bar.low) = (250.0, bar.open.max(250.0), bar.open.min(250.0));
                }
            })
        };
        assert_eq!(rows(&still(100, 110), FindingKind::Stale), [109]);
        assert_eq!(rows(&still(390, 400), FindingKind::Stale), [399]);
        assert_eq!(rows(&still(100, 109), FindingKind::Stale), [0_usize; 0]);
    }
}
