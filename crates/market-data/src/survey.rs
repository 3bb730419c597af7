//! What must be known of bars before they are walked along, of a source that does not fit into memory.

use autotrading_domain::{Span, Timestamp};

use crate::digest::ContentDigest;
use crate::gap::Steps;
use crate::{BarFacts, Findings, History, Intake, IntakeError, ReadRules, Row};

/// Judges the rows of a source in pieces, and sums up what there is.
///
/// It keeps one piece of bars at a time, the findings that are listed, and eight bytes for each bar that is marked as
/// filled forward.
///
/// ```
/// use autotrading_market_data::{BarSupply, CommonWorkload, ReadRules, Row, Survey};
///
/// let history = CommonWorkload::history(1_000);
/// let mut survey = Survey::new(ReadRules::default());
/// for (bar, line) in history.iter().zip(2..) {
///     survey.take(line, &Row { price_decimals: history.price_decimals(), ..bar.into() })?;
///     if line % 100 == 0 {
///         survey.piece()?;
///     }
/// }
/// let (facts, findings) = survey.finish()?;
/// assert_eq!(facts.digest, history.digest());
/// assert_eq!(facts, history.facts());
/// assert!(findings.is_empty());
/// # Ok::<(), autotrading_market_data::IntakeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Survey {
    intake: Intake,
    stated: Option<Span>,
    digest: ContentDigest,
    steps: Steps,
    ends: Option<(i64, i64)>,
    bars: usize,
    highest: f64,
    decimals: u32,
}

impl Survey {
    /// A survey of no rows yet.
    pub fn new(rules: ReadRules) -> Self {
        Self {
            stated: rules.interval,
            intake: Intake::new(rules),
            digest: ContentDigest::default(),
            steps: Steps::default(),
            ends: None,
            bars: 0,
            highest: 0.0,
            decimals: 0,
        }
    }

    /// Judges a row as [`Intake::take`] does.
    ///
    /// # Errors
    /// [`IntakeError::Refused`] with the finding, when the rules refuse it.
    #[inline]
    pub fn take(&mut self, line: u64, row: &Row) -> Result<(), IntakeError> {
        self.intake.take(line, row)
    }

    /// Reports a field that cannot be read, as [`Intake::unreadable`] does.
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
        self.intake.unreadable(line, column, value, expected)
    }

    /// Gives the bars that were taken since the last piece and lets them go.
    ///
    /// # Errors
    /// [`IntakeError::Refused`] for a gap when the rules refuse gaps and state the interval.
    pub fn piece(&mut self) -> Result<History, IntakeError> {
        let piece = self.intake.give()?;
        let times = piece.open_time();
        if let (Some(first), Some(last)) = (times.first(), times.last()) {
            if let Some((_, before)) = self.ends {
                self.steps.take(&[before, *first]);
            }
            self.ends = Some((self.ends.map_or(*first, |(start, _)| start), *last));
        }
        self.steps.take(times);
        self.digest.take(&piece.all());
        self.highest = piece.high().iter().copied().fold(self.highest, f64::max);
        self.bars += piece.len();
        self.decimals = piece.price_decimals();
        Ok(piece)
    }

    /// All rows have come: what there is, and what was found. Gaps were looked for only where the rules state the
    /// interval: it is not known before the end otherwise.
    ///
    /// # Errors
    /// As [`Intake::finish`].
    pub fn finish(mut self) -> Result<(BarFacts, Findings), IntakeError> {
        self.piece()?;
        let Some((start, last)) = self.ends else {
            return Err(IntakeError::NoBars { dropped: self.intake.dropped() });
        };
        let interval = match self.stated {
            Some(stated) if stated <= Span::ZERO => return Err(IntakeError::Interval { got: stated }),
            Some(stated) => stated,
            None => self.steps.most_frequent().ok_or(IntakeError::NoInterval)?,
        };
        let facts = BarFacts {
            interval,
            price_decimals: self.decimals,
            bars: self.bars,
            start: Some(Timestamp::from_nanos(start)),
            end: Some(Timestamp::from_nanos(last).after(interval)),
            highest: self.highest,
            digest: self.digest.finish(interval, self.decimals),
        };
        Ok((facts, self.intake.into_findings()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finding, FindingKind, MissingBars, Unusable};

    fn row(minute: i64) -> Row {
        let open_time = Timestamp::EPOCH.after(Span::MINUTE.times(minute));
        let (open, high, low, close) = (1.0, 2.0, 0.5, 1.5);
        Row { open_time, open, high, low, close, volume: 1.0, synthetic: minute == 7, price_decimals: 1 }
    }

    /// Gaps after 2 and 11, a duplicate of 4, something late after 9.
    const MINUTES: [i64; 14] = [0, 1, 2, 4, 4, 5, 6, 7, 8, 9, 3, 10, 11, 15];

    fn rules() -> ReadRules {
        let drop = Unusable::Drop;
        ReadRules {
            duplicate: drop,
            out_of_order: drop,
            interval: Some(Span::MINUTE),
            ..ReadRules::default()
        }
    }

    fn surveyed(every: u64, rules: ReadRules) -> Result<(BarFacts, Findings, Vec<History>), IntakeError> {
        let (mut survey, mut pieces) = (Survey::new(rules), Vec::new());
        for (minute, line) in MINUTES.into_iter().zip(2..) {
            survey.take(line, &row(minute))?;
            if line % every == 0 {
                pieces.push(survey.piece()?);
            }
        }
        let (facts, findings) = survey.finish()?;
        Ok((facts, findings, pieces))
    }

    #[test]
    fn what_is_found_does_not_depend_on_where_the_pieces_are_cut() {
        let mut intake = Intake::new(rules());
        for (minute, line) in MINUTES.into_iter().zip(2..) {
            intake.take(line, &row(minute)).unwrap();
        }
        let whole = intake.finish().unwrap();
        let sorted = |findings: &Findings| {
            let mut all: Vec<Finding> = findings.listed().to_vec();
            all.sort_by_key(|found| (found.row, found.line, found.kind));
            all
        };
        assert_eq!(whole.findings.count(FindingKind::Gap), 2);
        for every in 1..=15 {
            let (facts, findings, _) = surveyed(every, rules()).unwrap();
            assert_eq!(facts.digest, whole.history.digest(), "pieces of {every}");
            assert_eq!((facts.bars, facts.interval), (whole.history.len(), whole.history.interval()));
            assert_eq!(sorted(&findings), sorted(&whole.findings), "pieces of {every}");
        }
    }

    #[test]
    fn the_interval_is_told_from_steps_across_pieces_too() {
        let (facts, findings, pieces) = surveyed(2, ReadRules { interval: None, ..rules() }).unwrap();
        assert_eq!(facts.interval, Span::MINUTE);
        assert_eq!(findings.count(FindingKind::Gap), 0, "not looked for");
        assert!(pieces.iter().all(|piece| piece.len() <= 2));
    }

    #[test]
    fn gaps_are_refused_by_line_when_the_rules_say_so() {
        let error = surveyed(3, ReadRules { gap: MissingBars::Refuse, ..rules() }).unwrap_err();
        let IntakeError::Refused(finding) = error else { panic!("{error}") };
        assert_eq!((finding.kind, finding.line, finding.row), (FindingKind::Gap, Some(5), 3));
    }
}
