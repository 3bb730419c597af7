//! What was found wrong with data: what, where, how bad, and what was expected.

use std::{collections::BTreeMap, fmt};

use autotrading_domain::Timestamp;
use serde::Serialize;

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A field cannot be read as what its column holds.
    Unreadable,
    /// A price is not finite and above zero, or a volume not finite.
    NotPositive,
    /// A row opens before the one before it.
    OutOfOrder,
    /// Two rows open at the same time.
    Duplicate,
    /// High below low, open or close, or low above open or close.
    Inconsistent,
    /// A volume below zero.
    NegativeVolume,
    /// Bars are missing.
    Gap,
    /// A bar opens off the grid of its interval.
    Irregular,
    /// Nothing was traded.
    ZeroVolume,
    /// A volume far above what was usual.
    AbnormalVolume,
    /// A return far from the median of those before it, counted in median absolute deviations.
    Outlier,
    /// A price far from the close before it.
    Spike,
    /// The close did not change for long.
    Stale,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// May be right, should be looked at.
    Warning,
    /// Cannot be right.
    Fault,
}

impl FindingKind {
    /// All of them, worst first.
    pub const ALL: [Self; 13] = [
        Self::Unreadable,
        Self::NotPositive,
        Self::OutOfOrder,
        Self::Duplicate,
        Self::Inconsistent,
        Self::NegativeVolume,
        Self::Gap,
        Self::Irregular,
        Self::AbnormalVolume,
        Self::Outlier,
        Self::Spike,
        Self::Stale,
        Self::ZeroVolume,
    ];

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Unreadable
            | Self::NotPositive
            | Self::OutOfOrder
            | Self::Duplicate
            | Self::Inconsistent
            | Self::NegativeVolume => Severity::Fault,
            Self::Gap
            | Self::Irregular
            | Self::AbnormalVolume
            | Self::Outlier
            | Self::Spike
            | Self::Stale => Severity::Warning,
            Self::ZeroVolume => Severity::Note,
        }
    }

    /// Its name in a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable field",
            Self::NotPositive => "not positive or not finite",
            Self::OutOfOrder => "out of order",
            Self::Duplicate => "duplicate time",
            Self::Inconsistent => "open, high, low, close at odds",
            Self::NegativeVolume => "negative volume",
            Self::Gap => "gap",
            Self::Irregular => "off the interval's grid",
            Self::ZeroVolume => "zero volume",
            Self::AbnormalVolume => "abnormal volume",
            Self::Outlier => "outlier",
            Self::Spike => "spike",
            Self::Stale => "stale",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// How bad.
    pub severity: Severity,
    /// Line of the source, from 1, where the source has lines.
    pub line: Option<u64>,
    /// Place in the history; for a row that was dropped, the place it would have had.
    pub row: usize,
    /// Open time of the bar, where it could be read.
    pub time: Option<Timestamp>,
    /// Column or figure.
    pub column: &'static str,
    /// What was there, as it was written or measured.
    pub value: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}")?,
            None => write!(f, "bar {}", self.row)?,
        }
        if let Some(time) = self.time {
            write!(f, " ({time})")?;
        }
        write!(f, ": {}: {} is {}, expected {}", self.kind, self.column, self.value, self.expected)
    }
}

/// Findings, all counted and the first of each kind listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    counts: BTreeMap<FindingKind, u64>,
    listed: Vec<Finding>,
    list_at_most: u64,
}

impl Default for Findings {
    fn default() -> Self {
        Self::listing(1_000)
    }
}

impl Findings {
    /// No finding yet; lists at most so many of each kind and counts the rest.
    pub const fn listing(list_at_most: u64) -> Self {
        Self { counts: BTreeMap::new(), listed: Vec::new(), list_at_most }
    }

    /// Counts a finding, and lists it unless its kind is full. The closure writes it out only when it is listed.
    pub(crate) fn add(&mut self, kind: FindingKind, finding: impl FnOnce() -> Finding) {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        if *count <= self.list_at_most {
            self.listed.push(finding());
        }
    }

    /// How many there are of each kind.
    pub const fn counts(&self) -> &BTreeMap<FindingKind, u64> {
        &self.counts
    }

    /// How many there are of one kind.
    pub fn count(&self, kind: FindingKind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or(0)
    }

    /// How many there are in all.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The listed ones, in the order of finding.
    pub fn listed(&self) -> &[Finding] {
        &self.listed
    }

    /// How many were counted only.
    pub fn unlisted(&self) -> u64 {
        self.total() - self.listed.len() as u64
    }

    /// The worst severity found.
    pub fn worst(&self) -> Option<Severity> {
        self.counts.keys().map(|kind| kind.severity()).max()
    }

    /// Sorts the list by place.
    pub(crate) fn sort(&mut self) {
        self.listed.sort_by_key(|finding| (finding.row, finding.line, finding.kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_still_counted() {
        let mut findings = Findings::listing(2);
        for row in 0..5 {
            findings.add(FindingKind::Gap, || Finding {
                kind: FindingKind::Gap,
                severity: FindingKind::Gap.severity(),
                line: Some(row as u64 + 2),
                row,
                time: None,
                column: "open_time",
                value: "1 h".to_owned(),
                expected: "1 min".to_owned(),
            });
        }
        assert_eq!((findings.total(), findings.listed().len(), findings.unlisted()), (5, 2, 3));
        assert_eq!(findings.worst(), Some(Severity::Warning));
        assert_eq!(findings.listed()[1].to_string(), "line 3: gap: open_time is 1 h, expected 1 min");
    }

    #[test]
    fn every_kind_is_in_the_list_of_all() {
        let all: std::collections::BTreeSet<_> = FindingKind::ALL.into_iter().collect();
        assert_eq!(all.len(), FindingKind::ALL.len());
    }
}
