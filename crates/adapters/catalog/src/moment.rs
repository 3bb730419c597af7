//! Times in files: RFC 3339 or a count since the epoch, one form for a whole file.

use autotrading_domain::Timestamp;

/// How a file tells its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    Text,
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl TimeForm {
    /// By magnitude: up to 10^11 it is seconds (until the year 5138), up to 10^14 milliseconds (from 1973 on), up to
    /// 10^17 microseconds, above that nanoseconds.
    const fn of_count(count: i64) -> Self {
        match count.unsigned_abs() {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Milliseconds,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Microseconds,
            _ => Self::Nanoseconds,
        }
    }

    const fn nanos(self) -> i64 {
        match self {
            Self::Text | Self::Nanoseconds => 1,
            Self::Microseconds => 1_000,
            Self::Milliseconds => 1_000_000,
            Self::Seconds => 1_000_000_000,
        }
    }

    /// What a field of this form looks like.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a time as RFC 3339 such as 2024-01-31T12:00:00Z, as in the rows before",
            Self::Seconds => "seconds since 1970, as in the rows before",
            Self::Milliseconds => "milliseconds since 1970, as in the rows before",
            Self::Microseconds => "microseconds since 1970, as in the rows before",
            Self::Nanoseconds => "nanoseconds since 1970, as in the rows before",
        }
    }
}

/// What the first time of a file may look like.
const ANY_TIME: &str =
    "a time as RFC 3339 with its zone such as 2024-01-31T12:00:00Z, or an epoch in s, ms, us or ns";

/// Reads the times of one file. The first one decides the form, and the others keep to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clockface {
    form: Option<TimeForm>,
}

impl Clockface {
    /// The moment that a field tells, or what it should look like.
    #[inline]
    pub(crate) fn read(&mut self, field: &[u8]) -> Result<Timestamp, &'static str> {
        let (form, nanos) = if let Some(count) = whole(field) {
            Self::counted(count)?
        } else {
            (TimeForm::Text, spelled(field)?)
        };
        match self.form {
            None => self.form = Some(form),
            Some(first) if first == form => {}
            Some(first) => return Err(first.expected()),
        }
        Ok(Timestamp::from_nanos(nanos))
    }

    fn counted(count: i64) -> Result<(TimeForm, i64), &'static str> {
        let form = TimeForm::of_count(count);
        count.checked_mul(form.nanos()).map(|nanos| (form, nanos)).ok_or(ANY_TIME)
    }
}

/// A whole number of at most 19 characters.
#[inline]
fn whole(field: &[u8]) -> Option<i64> {
    let (negative, digits) = match field {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut count = 0_i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        count = count.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    Some(if negative { -count } else { count })
}

#[inline]
fn spelled(field: &[u8]) -> Result<i64, &'static str> {
    plain_utc(field).map_or_else(|| by_calendar(field), Ok)
}

/// Anything else that the domain reads as a time: other zones, fractions, a date alone.
#[cold]
fn by_calendar(field: &[u8]) -> Result<i64, &'static str> {
    let text = std::str::from_utf8(field).map_err(|_| ANY_TIME)?;
    text.trim().parse::<Timestamp>().map(Timestamp::nanos).map_err(|_| ANY_TIME)
}

/// `2024-01-31T12:00:00Z`, or with a space for the `T`: the form that nearly every file has.
#[inline]
fn plain_utc(field: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b' ', h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] =
        field
    else {
        return None;
    };
    let year = number([*y1, *y2])? * 100 + number([*y3, *y4])?;
    let (month, day) = (number([*m1, *m2])?, number([*d1, *d2])?);
    let (hour, minute, second) = (number([*h1, *h2])?, number([*n1, *n2])?, number([*s1, *s2])?);
    let legal = (1700..2260).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    legal.then_some(seconds * 1_000_000_000)
}

#[inline]
fn number([tens, ones]: [u8; 2]) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar. The year is counted from March, so that the leap day is its last.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_month = (153 * month + 2) / 5;
    year * 365 + year / 4 - year / 100 + year / 400 + before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::prelude::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, &'static str> {
        Clockface::default().read(text.as_bytes()).map(|moment| moment.to_string())
    }

    #[test]
    fn one_moment_in_every_form() {
        for text in [
            "2024-01-31T12:00:00Z",
            "2024-01-31 12:00:00Z",
            "2024-01-31T14:00:00+02:00",
            "2024-01-31 12:00:00.000+00:00",
            "1706702400",
            "1706702400000",
            "1706702400000000",
            "1706702400000000000",
        ] {
            assert_eq!(read(text).as_deref(), Ok("2024-01-31T12:00:00.000Z"), "{text}");
        }
        assert_eq!(read("2024-01-31").as_deref(), Ok("2024-01-31T00:00:00.000Z"));
    }

    #[test]
    fn a_time_without_zone_and_a_day_that_is_none_are_refused() {
        for text in ["", "2024-01-31T12:00:00", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "noon", "1.5"]
        {
            assert_eq!(read(text), Err(ANY_TIME), "{text}");
        }
    }

    #[test]
    fn a_file_keeps_to_its_form() {
        let mut clockface = Clockface::default();
        assert!(clockface.read(b"1706702400000").is_ok());
        assert_eq!(clockface.read(b"1706702400000000"), Err(TimeForm::Milliseconds.expected()));
        assert_eq!(clockface.read(b"2024-01-31T12:00:00Z"), Err(TimeForm::Milliseconds.expected()));
    }

    proptest! {
        #[test]
        fn the_quick_calendar_is_that_of_chrono(seconds in -8_000_000_000_i64..9_000_000_000) {
            let text = DateTime::from_timestamp(seconds, 0).unwrap().to_rfc3339_opts(SecondsFormat::Secs, true);
            prop_assert_eq!(plain_utc(text.as_bytes()), Some(seconds * 1_000_000_000));
        }

        #[test]
        fn no_date_is_accepted_that_chrono_refuses(
            year in 1900_u32..2100, month in 0_u32..15, day in 0_u32..33, hour in 0_u32..26, minute in 0_u32..62,
        ) {
            let text = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z");
            let expected = DateTime::parse_from_rfc3339(&text).ok().map(|moment| moment.timestamp() * 1_000_000_000);
            prop_assert_eq!(plain_utc(text.as_bytes()), expected);
        }
    }
}
