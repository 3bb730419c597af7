//! Daily returns of many trials, side by side.

use std::collections::BTreeSet;

use super::JobResult;

/// Returns of trials on the same days: one column a trial. A day on which a trial has no return (its account was gone)
/// counts as zero.
///
/// Shape: [`ReturnTable::days`] rows, [`ReturnTable::columns`] columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReturnTable {
    days: Vec<i32>,
    columns: Vec<Vec<f64>>,
    periods_per_year: f64,
}

impl ReturnTable {
    /// The table of these results, in their order.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a JobResult> + Clone) -> Self {
        let days: BTreeSet<i32> =
            results.clone().into_iter().flat_map(|result| result.days.iter().map(|day| day.day)).collect();
        let days: Vec<i32> = days.into_iter().collect();
        let column = |result: &JobResult| {
            let mut known = result.days.iter().peekable();
            let value = |day: &i32| known.next_if(|known| known.day == *day).map_or(0.0, |known| known.value);
            days.iter().map(value).collect()
        };
        let columns = results.clone().into_iter().map(column).collect();
        let periods_per_year =
            results.into_iter().map(|result| result.figures.periods_per_year).fold(0.0, f64::max);
        Self { days, columns, periods_per_year }
    }

    /// A table of given columns, for returns that come from elsewhere; days are counted from zero.
    ///
    /// All columns are cut to the shortest.
    pub fn from_columns(columns: Vec<Vec<f64>>, periods_per_year: f64) -> Self {
        let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
        let columns = columns
            .into_iter()
            .map(|mut column| {
                column.truncate(rows);
                column
            })
            .collect();
        Self { days: (0..rows as i32).collect(), columns, periods_per_year }
    }

    /// The days, since 1970-01-01, ascending.
    pub fn days(&self) -> &[i32] {
        &self.days
    }

    /// One column of returns a trial.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// Returns a year holds.
    pub const fn periods_per_year(&self) -> f64 {
        self.periods_per_year
    }
}
