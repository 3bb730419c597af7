//! The way in: each row is judged before it joins a history, by rules that leave no row unmentioned.

use autotrading_domain::{Bar, Span, Timestamp};

use crate::gap::{SourceLines, Step, most_frequent_step, uneven_steps};
use crate::{
    Doubtful, Finding, FindingKind, Findings, History, MissingBars, QualityReport, QualityRules, ReadRules,
};

/// One row of a source, read but not judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// When the bar opens.
    pub open_time: Timestamp,
    /// First price, in quote currency per base unit.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount, in base units.
    pub volume: f64,
    /// Whether the source marks it as filled forward.
    pub synthetic: bool,
    /// The largest number of significant decimals in its prices.
    pub price_decimals: u32,
}

/// A bar that is known already, as a row.
impl From<Bar> for Row {
    fn from(bar: Bar) -> Self {
        let Bar { open_time, open, high, low, close, volume, synthetic, .. } = bar;
        Self { open_time, open, high, low, close, volume, synthetic, price_decimals: 0 }
    }
}

/// Why rows did not become a history.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IntakeError {
    /// A row was found that the rules refuse.
    #[error("{0}")]
    Refused(Box<Finding>),
    /// No row was left.
    #[error("there is no bar{}", if *dropped == 0 { String::new() } else { format!(": all {dropped} rows were dropped") })]
    NoBars {
        /// How many rows were dropped.
        dropped: u64,
    },
    /// One bar alone has no interval.
    #[error("one bar alone does not say how long it is: state the interval")]
    NoInterval,
    /// The stated interval is not above zero.
    #[error("the interval of bars must be above zero, got {got}")]
    Interval {
        /// What was stated.
        got: Span,
    },
}

/// A history and how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The bars.
    pub history: History,
    /// What was found while reading: dropped and doubtful rows, gaps.
    pub findings: Findings,
    /// Which line each bar came from.
    pub lines: SourceLines,
}

impl Reading {
    /// The findings of reading and of the statistical checks together.
    pub fn check(&self, rules: &QualityRules) -> QualityReport {
        crate::quality::judge(&self.history, &self.lines, rules, self.findings.clone())
    }
}

/// Takes rows one by one and makes a [`Reading`] of them.
///
/// ```
/// use autotrading_domain::Timestamp;
/// use autotrading_market_data::{FindingKind, Intake, ReadRules, Row};
///
/// let row = |secs, price| Row {
///     open_time: Timestamp::from_secs(secs),
///     open: price, high: price, low: price, close: price, volume: 1.0,
///     synthetic: false, price_decimals: 1,
/// };
/// let mut intake = Intake::new(ReadRules::inspect());
/// intake.take(2, &row(0, 100.0))?;
/// intake.take(3, &row(60, 101.5))?;
/// intake.take(4, &row(60, 101.5))?;
/// let reading = intake.finish()?;
/// assert_eq!(reading.history.len(), 2);
/// assert_eq!(reading.findings.count(FindingKind::Duplicate), 1);
/// # Ok::<(), autotrading_market_data::IntakeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Intake {
    rules: ReadRules,
    history: History,
    findings: Findings,
    lines: SourceLines,
    last: Option<i64>,
    decimals: u32,
    dropped: u64,
    /// Place of the first bar that is here; above zero once bars were given away.
    first: usize,
    /// Bars that are here and were given away: the last one of them, or none.
    given: usize,
}

impl Intake {
    /// An intake without rows.
    pub fn new(rules: ReadRules) -> Self {
        Self {
            rules,
            history: History::unchecked(Span::MINUTE, 0),
            findings: Findings::default(),
            lines: SourceLines::default(),
            last: None,
            decimals: 0,
            dropped: 0,
            first: 0,
            given: 0,
        }
    }

    /// Judges a row and takes it, drops it with a finding, or stops.
    ///
    /// # Errors
    /// [`IntakeError::Refused`] with the finding, when the rules refuse it.
    #[inline]
    pub fn take(&mut self, line: u64, row: &Row) -> Result<(), IntakeError> {
        let bar = Bar {
            open_time: row.open_time,
            interval: Span::ZERO,
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            volume: row.volume,
            closed: true,
            synthetic: row.synthetic,
        };
        let later = self.last.is_none_or(|last| last < row.open_time.nanos());
        if (!later || bar.check().is_err()) && !self.doubt(line, &bar)? {
            self.dropped += 1;
            return Ok(());
        }
        self.lines.note(self.first + self.history.len(), line);
        self.last = Some(row.open_time.nanos());
        self.decimals = self.decimals.max(row.price_decimals);
        self.history.append(&bar);
        Ok(())
    }

    /// Reports a field that cannot be read; its row is dropped, or reading stops.
    ///
    /// # Errors
    /// [`IntakeError::Refused`] with the finding, when the rules refuse it.
    pub fn unreadable(
        &mut self,
        line: u64,
        column: &'static str,
        value: &str,
        expected: &str,
    ) -> Result<(), IntakeError> {
        let verdict = Judgement {
            kind: FindingKind::Unreadable,
            column,
            value: format!("{value:?}"),
            expected: expected.to_owned(),
        };
        self.dropped += 1;
        self.settle(line, None, verdict, self.rules.unusable.into()).map(|_| ())
    }

    /// All rows have come.
    ///
    /// # Errors
    /// [`IntakeError::NoBars`], [`IntakeError::NoInterval`], [`IntakeError::Interval`], and [`IntakeError::Refused`] for
    /// a gap when the rules refuse gaps.
    pub fn finish(mut self) -> Result<Reading, IntakeError> {
        if self.history.is_empty() {
            return Err(IntakeError::NoBars { dropped: self.dropped });
        }
        let interval = match self.rules.interval {
            Some(stated) if stated <= Span::ZERO => return Err(IntakeError::Interval { got: stated }),
            Some(stated) => stated,
            None => most_frequent_step(self.history.open_time()).ok_or(IntakeError::NoInterval)?,
        };
        self.history.shrink();
        self.look_for_gaps(interval)?;
        let history = self.history.with_price_decimals(self.decimals);
        Ok(Reading { history, findings: self.findings, lines: self.lines })
    }

    /// How many rows were dropped.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What was found, without the bars.
    pub(crate) fn into_findings(self) -> Findings {
        self.findings
    }

    /// Gives the bars that were taken since the last time, so that memory does not grow with the source; the judging goes
    /// on where it stands. The interval must be stated in the rules for gaps to be found on the way.
    ///
    /// # Errors
    /// [`IntakeError::Refused`] for a gap when the rules refuse gaps.
    pub(crate) fn give(&mut self) -> Result<History, IntakeError> {
        if let Some(interval) = self.rules.interval {
            self.look_for_gaps(interval)?;
        }
        let bars = self.history.all().slice(self.given, self.history.len()).to_history();
        // The step from the last bar to the next one is looked at next time.
        if let Some(last) = self.history.bar(self.history.len().saturating_sub(1)) {
            self.first += self.history.len() - 1;
            self.given = 1;
            self.history.clear();
            self.history.append(&last);
        }
        Ok(bars.with_price_decimals(self.decimals))
    }

    fn look_for_gaps(&mut self, interval: Span) -> Result<(), IntakeError> {
        self.history.set_interval(interval);
        let known = self.findings.listed().len();
        note_uneven_steps(&self.history, &self.lines, self.first, &mut self.findings);
        let mut new = self.findings.listed().iter().skip(known);
        match new.find(|found| found.kind == FindingKind::Gap) {
            Some(gap) if self.rules.gap == MissingBars::Refuse => {
                Err(IntakeError::Refused(Box::new(gap.clone())))
            }
            _ => Ok(()),
        }
    }

    /// Lists what is wrong with a row and says whether it is taken all the same.
    #[cold]
    fn doubt(&mut self, line: u64, bar: &Bar) -> Result<bool, IntakeError> {
        if let Some(verdict) = unusable(bar) {
            return self.settle(line, Some(bar.open_time), verdict, self.rules.unusable.into());
        }
        if let Some(last) = self.last.filter(|last| *last >= bar.open_time.nanos()) {
            let duplicate = last == bar.open_time.nanos();
            let (kind, policy) = if duplicate {
                (FindingKind::Duplicate, self.rules.duplicate)
            } else {
                (FindingKind::OutOfOrder, self.rules.out_of_order)
            };
            let expected = format!("later than {}", Timestamp::from_nanos(last));
            let verdict = Judgement { kind, column: "open_time", value: bar.open_time.to_string(), expected };
            return self.settle(line, Some(bar.open_time), verdict, policy.into());
        }
        match contradiction(bar) {
            Some(verdict) => self.settle(line, Some(bar.open_time), verdict, self.rules.inconsistent),
            None => Ok(true),
        }
    }

    fn settle(
        &mut self,
        line: u64,
        time: Option<Timestamp>,
        verdict: Judgement,
        policy: Doubtful,
    ) -> Result<bool, IntakeError> {
        let finding = verdict.at(self.first + self.history.len(), Some(line), time);
        if policy == Doubtful::Refuse {
            return Err(IntakeError::Refused(Box::new(finding)));
        }
        self.findings.add(finding.kind, || finding);
        Ok(policy == Doubtful::Keep)
    }
}

/// A finding without its place.
pub(crate) struct Judgement {
    pub(crate) kind: FindingKind,
    pub(crate) column: &'static str,
    pub(crate) value: String,
    pub(crate) expected: String,
}

impl Judgement {
    pub(crate) fn at(self, row: usize, line: Option<u64>, time: Option<Timestamp>) -> Finding {
        let Self { kind, column, value, expected } = self;
        Finding { kind, severity: kind.severity(), line, row, time, column, value, expected }
    }
}

/// A price that is none, or a volume that is no number.
fn unusable(bar: &Bar) -> Option<Judgement> {
    let kind = FindingKind::NotPositive;
    let prices = [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)];
    let price = prices.into_iter().find(|(_, price)| !(*price > 0.0 && *price < f64::INFINITY));
    if let Some((column, value)) = price {
        let expected = "a finite price above zero".to_owned();
        return Some(Judgement { kind, column, value: value.to_string(), expected });
    }
    (!bar.volume.is_finite()).then(|| Judgement {
        kind,
        column: "volume",
        value: bar.volume.to_string(),
        expected: "a finite number".to_owned(),
    })
}

/// Usable figures that cannot all be true.
pub(crate) fn contradiction(bar: &Bar) -> Option<Judgement> {
    let judgement = |kind, column, value: f64, expected| {
        Some(Judgement { kind, column, value: value.to_string(), expected })
    };
    let (top, bottom) = (bar.open.max(bar.close), bar.open.min(bar.close));
    if bar.high < bar.low {
        let expected = format!("not below the low {}", bar.low);
        judgement(FindingKind::Inconsistent, "high", bar.high, expected)
    } else if bar.high < top {
        let expected = format!("not below open and close, {top}");
        judgement(FindingKind::Inconsistent, "high", bar.high, expected)
    } else if bar.low > bottom {
        let expected = format!("not above open and close, {bottom}");
        judgement(FindingKind::Inconsistent, "low", bar.low, expected)
    } else if bar.volume < 0.0 {
        judgement(FindingKind::NegativeVolume, "volume", bar.volume, "not below zero".to_owned())
    } else {
        None
    }
}

/// Lists gaps and bars off the grid.
pub(crate) fn note_uneven_steps(
    history: &History,
    lines: &SourceLines,
    first: usize,
    findings: &mut Findings,
) {
    for step in uneven_steps(history.all(), lines, first) {
        let (kind, row, value) = match step {
            Step::Gap(gap) => {
                let bars = if gap.missing == 1 { "bar" } else { "bars" };
                let value = format!("{} after {} missing {bars} from {}", gap.to, gap.missing, gap.from);
                (FindingKind::Gap, gap.row, value)
            }
            Step::Irregular(row, since) => {
                (FindingKind::Irregular, row, format!("{since} after the bar before it"))
            }
        };
        findings.add(kind, || {
            let time = history.open_time().get(row - first).copied().map(Timestamp::from_nanos);
            let expected = format!("{} after the bar before it", history.interval());
            Judgement { kind, column: "open_time", value, expected }.at(row, lines.line_of(row), time)
        });
    }
}
