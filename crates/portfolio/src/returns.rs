//! Returns of several assets over the same periods, checked once at the door.

use autotrading_statistics::moments;
use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::PortfolioError;

/// A table of simple returns: one row a period (oldest first), one column an asset, every entry finite.
///
/// ```
/// use autotrading_portfolio::Returns;
/// use ndarray::array;
///
/// let returns = Returns::from_prices(["BTC", "ETH"], array![[100.0, 10.0], [110.0, 9.0]].view())?;
/// assert!((returns.table()[[0, 0]] - 0.1).abs() < 1e-15);
/// assert!(Returns::new(["BTC", "BTC"], array![[0.1, 0.2]]).is_err()); // one name, two assets
/// assert!(Returns::new(["BTC"], array![[f64::NAN]]).is_err()); // never silent about a hole
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Returns {
    names: Vec<String>,
    table: Array2<f64>,
}

impl Returns {
    /// Takes a table as it is.
    ///
    /// # Errors
    /// No asset or no row, a duplicate name, a number of names other than of columns, an entry that is not finite.
    pub fn new<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        table: Array2<f64>,
    ) -> Result<Self, PortfolioError> {
        let names = checked_names(names)?;
        check_columns("returns", table.view(), &names)?;
        check_finite("the return", table.view(), &names)?;
        Ok(Self { names, table })
    }

    /// Simple returns `p_t / p_(t-1) - 1` of a table of prices.
    ///
    /// # Errors
    /// As [`new`](Self::new), and for a price that is not above zero.
    pub fn from_prices<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        prices: ArrayView2<'_, f64>,
    ) -> Result<Self, PortfolioError> {
        let names = checked_names(names)?;
        check_columns("prices", prices, &names)?;
        check_finite("the price", prices, &names)?;
        if let Some(&got) = prices.iter().find(|p| **p <= 0.0) {
            return Err(PortfolioError::Parameter { what: "a price", got, allowed: "above zero" });
        }
        let table = Array2::from_shape_fn((prices.nrows().saturating_sub(1), prices.ncols()), |(t, i)| {
            prices[[t + 1, i]] / prices[[t, i]] - 1.0
        });
        Self::new(names, table)
    }

    /// Takes a table with holes (NaN) and drops each row that has one: the stated policy for missing data.
    /// [`pairwise_covariance`](crate::pairwise_covariance) is the other.
    ///
    /// # Errors
    /// As [`new`](Self::new) for what is left; an infinity is not a hole.
    pub fn complete_rows<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        table: ArrayView2<'_, f64>,
    ) -> Result<Self, PortfolioError> {
        let complete: Vec<usize> =
            (0..table.nrows()).filter(|&t| !table.row(t).iter().any(|x| x.is_nan())).collect();
        Self::new(names, table.select(Axis(0), &complete))
    }

    /// The assets, in the order of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The table.
    pub fn table(&self) -> ArrayView2<'_, f64> {
        self.table.view()
    }

    /// How many periods.
    pub fn observations(&self) -> usize {
        self.table.nrows()
    }

    /// How many assets.
    pub fn assets(&self) -> usize {
        self.table.ncols()
    }

    /// Mean return of each asset, per period.
    ///
    /// # Errors
    /// Overflow.
    pub fn means(&self) -> Result<Array1<f64>, PortfolioError> {
        let mean = |column: ndarray::ArrayView1<'_, f64>| moments::mean(&column.to_vec());
        Ok(self.table.columns().into_iter().map(mean).collect::<Result<_, _>>()?)
    }

    /// Deviations from the means.
    pub(crate) fn deviations(&self) -> Result<Array2<f64>, PortfolioError> {
        Ok(&self.table - &self.means()?)
    }

    /// Refuses fewer periods than a method needs.
    pub(crate) fn require(&self, required: usize) -> Result<(), PortfolioError> {
        let got = self.observations();
        if got >= required {
            return Ok(());
        }
        Err(autotrading_statistics::StatisticsError::TooFew { what: "returns", got, required }.into())
    }
}

/// Names as given, refused when empty or when two are the same.
pub(crate) fn checked_names<N: Into<String>>(
    names: impl IntoIterator<Item = N>,
) -> Result<Vec<String>, PortfolioError> {
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    if names.is_empty() {
        return Err(PortfolioError::Empty);
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    match sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b) {
        Some((name, _)) => Err(PortfolioError::Duplicate { what: "asset", name: (*name).clone() }),
        None => Ok(names),
    }
}

fn check_columns(
    what: &'static str,
    table: ArrayView2<'_, f64>,
    names: &[String],
) -> Result<(), PortfolioError> {
    if table.ncols() == names.len() && table.nrows() > 0 {
        return Ok(());
    }
    let required = (table.nrows().max(1), names.len());
    Err(PortfolioError::Shape { what, got: table.dim(), required })
}

fn check_finite(
    what: &'static str,
    table: ArrayView2<'_, f64>,
    names: &[String],
) -> Result<(), PortfolioError> {
    for ((row, column), &got) in table.indexed_iter() {
        if !got.is_finite() {
            return Err(PortfolioError::NotFinite { what, asset: names[column].clone(), row, got });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_hole_is_refused_by_asset_and_row() {
        let error = Returns::new(["BTC", "ETH"], array![[0.1, 0.2], [0.1, f64::NAN]]).unwrap_err();
        assert_eq!(error.to_string(), "the return of ETH in row 1 is NaN, it must be finite");
        assert!(Returns::new(["BTC"], array![[f64::INFINITY]]).is_err());
    }

    #[test]
    fn rows_with_holes_are_dropped_only_when_asked_to() {
        let table = array![[0.1, 0.2], [0.1, f64::NAN], [0.3, 0.4]];
        let kept = Returns::complete_rows(["BTC", "ETH"], table.view()).unwrap();
        assert_eq!(kept.table(), array![[0.1, 0.2], [0.3, 0.4]]);
        let infinite = array![[0.1, f64::INFINITY]];
        assert!(Returns::complete_rows(["BTC", "ETH"], infinite.view()).is_err());
    }

    #[test]
    fn shapes_and_names_must_fit() {
        assert!(matches!(Returns::new(["BTC"], array![[0.1, 0.2]]), Err(PortfolioError::Shape { .. })));
        assert_eq!(Returns::new(Vec::<String>::new(), Array2::zeros((3, 0))), Err(PortfolioError::Empty));
        assert!(Returns::from_prices(["BTC"], array![[1.0]].view()).is_err());
        assert!(Returns::from_prices(["BTC"], array![[1.0], [0.0]].view()).is_err());
    }
}
