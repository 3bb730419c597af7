//! Decimal text to the nearest `f64`, and how many decimals it had.

/// A number and its significant decimals: `42283.5800` has two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) decimals: u32,
}

/// Powers of ten that an `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Every number of up to 15 significant digits comes back from an `f64` as it was; digits beyond are the noise of somebody's
/// arithmetic (`1.2086000000000001`) and say nothing about the grid of the prices.
const TRUSTED: u64 = 1_000_000_000_000_000;

/// Reads a number. NaN and infinities are read as what they are, for the rules to refuse.
#[inline]
pub(crate) fn figure(text: &[u8]) -> Option<Figure> {
    plain(text).or_else(|| unusual(text))
}

/// Plain decimals of up to 2^53 in the mantissa: both mantissa and power of ten are exact, so that one division rounds
/// correctly (W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990).
#[inline]
fn plain(text: &[u8]) -> Option<Figure> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let (mut mantissa, mut places, mut decimals, mut point) = (0_u64, 0_usize, 0, false);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                let digit = u64::from(byte - b'0');
                mantissa = mantissa * 10 + digit;
                places += usize::from(point);
                if digit != 0 {
                    decimals = places;
                }
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    let has_digit = digits.len() > usize::from(point);
    if !has_digit || mantissa >= TRUSTED {
        return None;
    }
    let magnitude = mantissa as f64 / POWERS.get(places)?;
    let value = if negative { -magnitude } else { magnitude };
    Some(Figure { value, decimals: u32::try_from(decimals).ok()? })
}

/// Everything else that is a number: long mantissas, exponents, a plus sign, spaces around.
#[cold]
fn unusual(text: &[u8]) -> Option<Figure> {
    let value: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
    Some(Figure { value, decimals: trusted_decimals(value).unwrap_or(0) })
}

/// Decimals of the value when it is rounded to its trusted digits.
fn trusted_decimals(value: f64) -> Option<u32> {
    let scientific = format!("{value:.14e}");
    let (digits, exponent) = scientific.split_once('e')?;
    let behind = digits.trim_end_matches('0').split_once('.').map_or(0, |(_, behind)| behind.len());
    let decimals = i64::try_from(behind).ok()? - exponent.parse::<i64>().ok()?;
    u32::try_from(decimals.max(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(f64, u32)> {
        figure(text.as_bytes()).map(|figure| (figure.value, figure.decimals))
    }

    #[test]
    fn trailing_zeros_are_no_decimals() {
        assert_eq!(read("42283.58000000"), Some((42283.58, 2)));
        assert_eq!(read("100"), Some((100.0, 0)));
        assert_eq!(read("0.00"), Some((0.0, 0)));
        assert_eq!(read("-0.0125"), Some((-0.0125, 4)));
        assert_eq!(read(".5"), Some((0.5, 1)));
    }

    #[test]
    fn unusual_numbers_are_numbers_too() {
        assert_eq!(read("1e-5"), Some((0.00001, 5)));
        assert_eq!(read(" 7.5 "), Some((7.5, 1)));
        assert_eq!(
            read("123456789012345678901234.5").map(|(value, _)| value),
            Some(1.234_567_890_123_456_8e23)
        );
        assert!(read("NaN").is_some_and(|(value, _)| value.is_nan()));
        assert_eq!(read("inf").map(|(value, _)| value), Some(f64::INFINITY));
    }

    #[test]
    fn the_noise_of_arithmetic_is_no_decimals() {
        assert_eq!(read("1.2086000000000001"), Some((1.2086000000000001, 4)));
        assert_eq!(read("1.2086999999999999"), Some((1.2086999999999999, 4)));
        assert_eq!(read("46319.30000000000291"), Some((46319.3, 1)));
        assert_eq!(read("0.30000000000000004"), Some((0.300_000_000_000_000_04, 1)));
        assert_eq!(read("123456.789012345"), Some((123_456.789_012_345, 9)));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "abc", "1.2.3", "1,5", "0x10", "--1"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_rounds_as_the_standard_library(text in "-?[0-9]{1,12}(\\.[0-9]{0,9})?") {
            prop_assert_eq!(read(&text).map(|(value, _)| value), text.parse::<f64>().ok());
        }

        #[test]
        fn any_text_is_a_number_exactly_when_the_standard_library_says_so(text in "[-+.0-9eEinfNa ]{0,12}") {
            let expected = text.trim().parse::<f64>().ok().map(f64::to_bits);
            prop_assert_eq!(read(&text).map(|(value, _)| value.to_bits()), expected);
        }
    }
}
