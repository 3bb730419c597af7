//! Returns by calendar month, in UTC.

use autotrading_domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The return of one month.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthReturn {
    /// Calendar year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Simple return from the end of the month before (or the start of the series) to its end.
    pub simple_return: f64,
}

/// The return of each month that the series touches.
pub fn monthly_returns(times: &[Timestamp], equity: &[f64]) -> Vec<MonthReturn> {
    let mut months = Vec::new();
    let Some(mut base) = equity.first().copied() else { return months };
    let mut last: Option<(i32, u32, f64)> = None;
    for (at, &value) in times.iter().zip(equity) {
        let (year, month) = year_month(*at);
        if let Some((y, m, end)) = last
            && (y, m) != (year, month)
        {
            months.push(MonthReturn { year: y, month: m, simple_return: end / base - 1.0 });
            base = end;
        }
        last = Some((year, month, value));
    }
    if let Some((year, month, end)) = last {
        months.push(MonthReturn { year, month, simple_return: end / base - 1.0 });
    }
    months.retain(|month| month.simple_return.is_finite());
    months
}

/// A close at midnight belongs to the month that it ends.
fn year_month(at: Timestamp) -> (i32, u32) {
    let text = Timestamp::from_nanos(at.nanos().saturating_sub(1)).to_string();
    let mut parts = text.split('-');
    let year = parts.next().and_then(|part| part.parse().ok()).unwrap_or(1970);
    let month = parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
    (year, month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_compound_to_the_whole() {
        let days: Vec<Timestamp> = (0..90).map(|day| Timestamp::from_secs(86_400 * day)).collect();
        let equity: Vec<f64> = (0..90).map(|day| 100.0 + f64::from(day)).collect();
        let months = monthly_returns(&days, &equity);
        assert_eq!(
            months.iter().map(|m| (m.year, m.month)).collect::<Vec<_>>(),
            [(1969, 12), (1970, 1), (1970, 2), (1970, 3)]
        );
        let whole: f64 = months.iter().map(|m| 1.0 + m.simple_return).product();
        assert!((whole - 1.89).abs() < 1e-12);
    }
}
