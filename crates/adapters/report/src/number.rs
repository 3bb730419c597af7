//! Numbers as people read them: thousands apart, as many decimals as mean something, undefined as a dash.

use autotrading_domain::Timestamp;

/// What stands for an undefined figure.
pub(crate) const DASH: &str = "–";

/// `12345.678` with two places is `12,345.68`; a loss has a true minus sign.
pub(crate) fn plain(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return DASH.to_owned();
    }
    grouped(&format!("{value:.places$}"))
}

/// As [`plain`], with a plus sign above zero.
pub(crate) fn signed(value: f64, places: usize) -> String {
    let text = plain(value, places);
    let nothing = text.chars().all(|c| !c.is_ascii_digit() || c == '0');
    if value > 0.0 && !nothing { format!("+{text}") } else { text }
}

/// `0.1234` is `12.3 %`: one place from a tenth on, two below.
pub(crate) fn percent(value: f64) -> String {
    share(value, plain)
}

/// As [`percent`], with a plus sign above zero.
pub(crate) fn signed_percent(value: f64) -> String {
    share(value, signed)
}

/// A round share, such as a quantile or a threshold: `0.05` is `5 %`, `0.025` is `2.5 %`.
pub(crate) fn round_percent(value: f64) -> String {
    if !value.is_finite() {
        return DASH.to_owned();
    }
    let text = plain(value * 100.0, 2);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn share(value: f64, write: fn(f64, usize) -> String) -> String {
    let places = if value.abs() >= 0.1 { 1 } else { 2 };
    let text = write(value * 100.0, places);
    if text == DASH { text } else { format!("{text} %") }
}

/// The figure as written by `write`, or a dash.
pub(crate) fn or_dash(value: Option<f64>, write: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| DASH.to_owned(), write)
}

/// A decimal number's own text with thousands apart: `-1234.50` is `−1,234.50`. Nothing has no sign.
pub(crate) fn grouped(text: &str) -> String {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len() + whole.len() / 3 + 2);
    if negative && digits.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') {
        out.push('−');
    }
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

pub(crate) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// `2018-01-31 14:00`, UTC.
pub(crate) fn minute(at: Timestamp) -> String {
    at.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// `2018-01-31`, UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_share_has_no_empty_places() {
        let written = [0.05, 0.5, 0.025, 1.0, 0.0].map(round_percent);
        assert_eq!(written, ["5 %", "50 %", "2.5 %", "100 %", "0 %"]);
    }

    #[test]
    fn thousands_stand_apart_and_a_loss_has_a_true_minus() {
        assert_eq!(plain(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(plain(-1234.0, 0), "−1,234");
        assert_eq!(plain(999.0, 0), "999");
        assert_eq!(grouped("-100000.000100"), "−100,000.000100");
    }

    #[test]
    fn nothing_has_no_sign() {
        assert_eq!(plain(-0.001, 2), "0.00");
        assert_eq!(signed(0.001, 2), "0.00");
        assert_eq!(signed(0.01, 2), "+0.01");
    }

    #[test]
    fn undefined_is_a_dash() {
        assert_eq!(or_dash(None, percent), "–");
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!(plain(f64::INFINITY, 2), "–");
    }

    #[test]
    fn small_shares_keep_a_digit_more() {
        assert_eq!(percent(0.1234), "12.3 %");
        assert_eq!(signed_percent(0.0123), "+1.23 %");
        assert_eq!(signed_percent(-0.5), "−50.0 %");
    }

    #[test]
    fn times_are_told_to_the_minute() {
        let at: Timestamp = "2018-01-31T14:00:00Z".parse().unwrap();
        assert_eq!(minute(at), "2018-01-31 14:00");
        assert_eq!(day(at), "2018-01-31");
    }
}
