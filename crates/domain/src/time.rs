//! Moments and spans of time, in nanoseconds. The house reads no clock: every moment comes in with an event.

use std::{fmt, str::FromStr};

use chrono::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ValueError;

/// A moment: nanoseconds since 1970-01-01T00:00:00Z. Reaches from 1677 to 2262.
///
/// Shown to the millisecond; written to files as RFC 3339 without losing a nanosecond.
///
/// ```
/// use autotrading_domain::{Span, Timestamp};
/// let noon: Timestamp = "2024-01-01T12:00:00Z".parse()?;
/// assert_eq!(noon.after(Span::HOUR).to_string(), "2024-01-01T13:00:00.000Z");
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last moment that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// A moment from its nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A moment from its seconds since the epoch; the ends of the range are kept.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// The moment `span` later; the ends of the range are kept.
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// The moment `span` earlier; the ends of the range are kept.
    pub const fn before(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// The time from `earlier` to this moment, negative when it lies in the future.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The start of the period of length `span` (counted from the epoch, UTC) in which the moment lies.
    pub const fn floor(self, span: Span) -> Self {
        if span.0 <= 0 { self } else { Self(self.0.saturating_sub(self.0.rem_euclid(span.0))) }
    }

    /// Calendar form in UTC.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl FromStr for Timestamp {
    type Err = ValueError;

    /// Reads RFC 3339, or a calendar date (`2024-01-31`, taken as midnight UTC).
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let instant = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).ok();
        let midnight = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
        instant
            .or_else(|| midnight().map(|naive| naive.and_utc()))
            .and_then(|utc| utc.timestamp_nanos_opt())
            .map(Self)
            .ok_or_else(|| ValueError::Unreadable {
                what: "time",
                got: text.to_owned(),
                expected: "RFC 3339 such as 2024-01-31T12:00:00Z, or a date such as 2024-01-31",
            })
    }
}

impl TryFrom<String> for Timestamp {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        let whole = moment.0 % Span::MILLISECOND.0 == 0;
        let form = if whole { SecondsFormat::Millis } else { SecondsFormat::Nanos };
        moment.to_utc().to_rfc3339_opts(form, true)
    }
}

/// A length of time in nanoseconds. Written as a whole number of the largest unit that fits: `8 h`, `250 ms`.
///
/// ```
/// use autotrading_domain::Span;
/// assert_eq!("8h".parse::<Span>()?, Span::HOUR.times(8));
/// assert_eq!(Span::HOUR.times(48).to_string(), "2 d");
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(i64);

/// Units of a written span, largest first.
const UNITS: [(Span, &str); 7] = [
    (Span::DAY, "d"),
    (Span::HOUR, "h"),
    (Span::MINUTE, "min"),
    (Span::SECOND, "s"),
    (Span::MILLISECOND, "ms"),
    (Span(1_000), "us"),
    (Span(1), "ns"),
];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One millisecond.
    pub const MILLISECOND: Self = Self(1_000_000);
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);
    /// One minute.
    pub const MINUTE: Self = Self(60 * Self::SECOND.0);
    /// One hour.
    pub const HOUR: Self = Self(60 * Self::MINUTE.0);
    /// One day of 24 hours.
    pub const DAY: Self = Self(24 * Self::HOUR.0);

    /// A span from its nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The length in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// `count` times this span; the ends of the range are kept.
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// The length in units of `unit`.
    pub fn in_units_of(self, unit: Self) -> f64 {
        self.0 as f64 / unit.0 as f64
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0 s");
        }
        match UNITS.iter().find(|(unit, _)| self.0 % unit.0 == 0) {
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit.0),
            None => write!(f, "{} ns", self.0),
        }
    }
}

impl FromStr for Span {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let trimmed = text.trim();
        let digits = trimmed.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(trimmed.len());
        let (count, unit) = trimmed.split_at(digits);
        let unit = UNITS.iter().find(|(_, name)| *name == unit).map(|(unit, _)| unit.0);
        let count = count.trim().parse::<i64>().ok();
        count.zip(unit).and_then(|(count, unit)| count.checked_mul(unit)).map(Self).ok_or_else(|| {
            let expected = "a whole number and a unit (d, h, min, s, ms, us, ns) such as 8h or 250ms";
            ValueError::Unreadable { what: "span of time", got: text.to_owned(), expected }
        })
    }
}

impl TryFrom<String> for Span {
    type Error = ValueError;
    fn try_from(text: String) -> Result<Self, ValueError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_back_as_it_was_written() {
        let moment: Timestamp = "2017-07-01T11:00:00Z".parse().unwrap();
        assert_eq!(moment.to_string(), "2017-07-01T11:00:00.000Z");
        assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
        assert_eq!("2017-07-01".parse::<Timestamp>().unwrap(), moment.before(Span::HOUR.times(11)));
    }

    #[test]
    fn no_nanosecond_is_lost_in_writing() {
        for nanos in [0, 1, -1, 1_498_906_800_000_000_001, i64::MAX, i64::MIN] {
            let moment = Timestamp::from_nanos(nanos);
            let text = serde_json::to_string(&moment).unwrap();
            assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), moment, "{text}");
        }
        assert_eq!(serde_json::to_string(&Timestamp::EPOCH).unwrap(), "\"1970-01-01T00:00:00.000Z\"");
    }

    #[test]
    fn nonsense_is_refused_with_an_example() {
        assert!("yesterday".parse::<Timestamp>().unwrap_err().to_string().contains("RFC 3339"));
    }

    #[test]
    fn periods_start_on_the_utc_grid_also_before_1970() {
        assert_eq!(Timestamp::from_secs(3_700).floor(Span::HOUR), Timestamp::from_secs(3_600));
        assert_eq!(Timestamp::from_secs(-1).floor(Span::HOUR), Timestamp::from_secs(-3_600));
    }

    #[test]
    fn the_ends_of_time_are_kept() {
        assert_eq!(Timestamp::MAX.after(Span::DAY), Timestamp::MAX);
        assert_eq!(Span::HOUR.times(8).to_string(), "8 h");
    }

    #[test]
    fn a_span_reads_back_as_it_was_written() {
        for nanos in [0, 1, -7, 1_500, 2_000_000, 3_000_000_000, 3_600_000_000_000, i64::MAX] {
            let span = Span::from_nanos(nanos);
            assert_eq!(span.to_string().parse::<Span>().unwrap(), span, "{span}");
        }
        for bad in ["", "8", "h", "8 weeks", "1.5h", "999999999999d"] {
            assert!(bad.parse::<Span>().is_err(), "{bad:?}");
        }
    }
}
