//! Least squares: how one variable follows others, and how sure that is.

use ndarray::{Array1, Array2, ArrayView2, Axis, Slice};

use crate::autocorrelation::autocovariances;
use crate::sum::sum_of;
use crate::{StatisticsError, sample};

/// An ordinary least-squares fit `y = X b + e`.
///
/// Solved by modified Gram-Schmidt on `X` with `y` appended, as stable as Householder's reflections and without the
/// squared condition number of the normal equations. Source: Bjorck (1967), BIT 7, 1-21.
///
/// ```
/// use autotrading_statistics::LeastSquares;
///
/// let line = LeastSquares::line(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 5.0])?;
/// assert!((line.coefficients()[0] - 0.0).abs() < 1e-14); // intercept
/// assert!((line.coefficients()[1] - 1.1).abs() < 1e-14); // slope 5.5 / 5
/// assert!((line.residual_variance() - 1.35).abs() < 1e-14); // 2.7 / (4 - 2)
/// assert!((line.standard_errors()[1] - 0.27_f64.sqrt()).abs() < 1e-14); // sqrt(1.35 / 5)
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LeastSquares {
    coefficients: Array1<f64>,
    inverse_gram: Array2<f64>,
    residuals: Array1<f64>,
    residual_variance: f64,
    r_squared: f64,
}

/// What is left of a column beyond this share of its length counts as independent of the columns before it.
const INDEPENDENT: f64 = 1e-12;

impl LeastSquares {
    /// Fits `y` on the columns of `design` (one row per observation; include a column of ones for an intercept).
    ///
    /// # Errors
    /// No column; not more rows than columns; a length of `y` other than the rows; a non-finite entry; columns that
    /// are combinations of earlier ones; overflow.
    pub fn fit(design: ArrayView2<'_, f64>, y: &[f64]) -> Result<Self, StatisticsError> {
        let (rows, columns) = design.dim();
        sample::check_length("columns", columns, 1)?;
        sample::check_length("rows", rows, columns + 1)?;
        sample::check_equal_length("y", y.len(), rows)?;
        sample::check_matrix("design", design)?;
        sample::check("y", y, rows)?;
        let Orthogonal { triangle, projections, residuals } = Orthogonal::of(design, y)?;
        let coefficients = back_substituted(&triangle, &projections);
        let inverse = inverse_of(&triangle);
        let squares = sum_of(residuals.iter().map(|e| e * e));
        let centre = if has_intercept(design) { sum_of(y.iter().copied()) / rows as f64 } else { 0.0 };
        let total = sum_of(y.iter().map(|v| (v - centre) * (v - centre)));
        let fit = Self {
            coefficients,
            inverse_gram: inverse.dot(&inverse.t()),
            residuals,
            residual_variance: sample::finite_result("residual variance", squares / (rows - columns) as f64)?,
            r_squared: if total > 0.0 { (1.0 - squares / total).clamp(0.0, 1.0) } else { 0.0 },
        };
        if fit.coefficients.iter().chain(&fit.inverse_gram).any(|x| !x.is_finite()) {
            return Err(StatisticsError::Overflow { what: "least squares" });
        }
        Ok(fit)
    }

    /// Fits the line `y = b0 + b1 x`. Errors: as [`fit`](Self::fit); a constant `x` among them.
    pub fn line(x: &[f64], y: &[f64]) -> Result<Self, StatisticsError> {
        let design = Array2::from_shape_fn((x.len(), 2), |(t, j)| if j == 0 { 1.0 } else { x[t] });
        Self::fit(design.view(), y)
    }

    /// The coefficients, in the order of the columns.
    pub fn coefficients(&self) -> &Array1<f64> {
        &self.coefficients
    }

    /// The residuals `y - X b`.
    pub fn residuals(&self) -> &Array1<f64> {
        &self.residuals
    }

    /// Rows minus columns.
    pub fn degrees_of_freedom(&self) -> usize {
        self.residuals.len() - self.coefficients.len()
    }

    /// `e'e / (n - k)`, in squared units of `y`.
    pub fn residual_variance(&self) -> f64 {
        self.residual_variance
    }

    /// Share of the variation of `y` that is explained, in [0, 1]: about its mean if a column is constant, about zero
    /// otherwise. Zero for a `y` that does not vary.
    pub fn r_squared(&self) -> f64 {
        self.r_squared
    }

    /// Standard errors of the coefficients for independent errors of equal variance.
    pub fn standard_errors(&self) -> Array1<f64> {
        self.inverse_gram.diag().mapv(|d| (d * self.residual_variance).sqrt())
    }

    /// Coefficients over their standard errors. Errors: a perfect fit, whose errors are zero.
    pub fn t_statistics(&self) -> Result<Array1<f64>, StatisticsError> {
        ratios(&self.coefficients, &self.standard_errors())
    }

    /// Standard errors of the coefficients that hold for errors of unequal variance, correlated over up to `lags` rows
    /// (Bartlett's weights, no small-sample factor). Needs the design again.
    /// Source: Newey and West (1987), Econometrica 55, 703-708.
    ///
    /// # Errors
    /// Another shape of the design than that of the fit, or one that is not finite; more lags than rows; overflow.
    pub fn newey_west_errors(
        &self,
        design: ArrayView2<'_, f64>,
        lags: usize,
    ) -> Result<Array1<f64>, StatisticsError> {
        let required = (self.residuals.len(), self.coefficients.len());
        if design.dim() != required {
            return Err(StatisticsError::Shape { what: "design", got: design.dim(), required });
        }
        sample::check_matrix("design", design)?;
        sample::check_length("rows", required.0, lags.saturating_add(1))?;
        let scores = Array2::from_shape_fn(required, |(t, j)| design[[t, j]] * self.residuals[t]);
        let mut middle = scores.t().dot(&scores);
        for lag in 1..=lags {
            let weight = 1.0 - lag as f64 / (lags as f64 + 1.0);
            let later = scores.slice_axis(Axis(0), Slice::from(lag..));
            let earlier = scores.slice_axis(Axis(0), Slice::from(..required.0 - lag));
            let cross = later.t().dot(&earlier);
            middle = middle + weight * (&cross + &cross.t());
        }
        let sandwich = self.inverse_gram.dot(&middle).dot(&self.inverse_gram);
        let root = |v: &f64| sample::finite_result("standard error", if *v < 0.0 { 0.0 } else { v.sqrt() });
        sandwich.diag().iter().map(root).collect()
    }
}

/// Newey-West standard error of the mean of a dependent series:
/// `sqrt((gamma_0 + 2 sum_(k=1)^L (1 - k/(L+1)) gamma_k) / n)`.
///
/// ```
/// use autotrading_statistics::regression::newey_west_error_of_mean;
/// let zigzag = [1.0, -1.0, 1.0, -1.0];
/// assert_eq!(newey_west_error_of_mean(&zigzag, 0)?, 0.5);
/// assert_eq!(newey_west_error_of_mean(&zigzag, 1)?, 0.25); // sqrt((1 - 0.75) / 4)
/// # Ok::<(), autotrading_statistics::StatisticsError>(())
/// ```
///
/// # Errors
/// Fewer than `max(2, lags + 1)` observations, a non-finite value, overflow.
pub fn newey_west_error_of_mean(sample: &[f64], lags: usize) -> Result<f64, StatisticsError> {
    sample::check("sample", sample, 2)?;
    let gamma = autocovariances(sample, lags)?;
    let weight = |k: usize| if k == 0 { 1.0 } else { 2.0 * (1.0 - k as f64 / (lags as f64 + 1.0)) };
    let long_run = sum_of(gamma.iter().enumerate().map(|(k, g)| weight(k) * g));
    sample::finite_result("standard error", (long_run.max(0.0) / sample.len() as f64).sqrt())
}

/// The customary number of lags for `n` observations: `floor(4 (n / 100)^(2/9))`.
///
/// ```
/// assert_eq!(autotrading_statistics::regression::newey_west_lags(5030), 9);
/// ```
pub fn newey_west_lags(observations: usize) -> usize {
    (4.0 * (observations as f64 / 100.0).powf(2.0 / 9.0)) as usize
}

/// `X = Q R` with `y` projected on the way.
struct Orthogonal {
    triangle: Array2<f64>,
    projections: Array1<f64>,
    residuals: Array1<f64>,
}

impl Orthogonal {
    fn of(design: ArrayView2<'_, f64>, y: &[f64]) -> Result<Self, StatisticsError> {
        let columns = design.ncols();
        let mut q: Vec<Array1<f64>> = design.columns().into_iter().map(|c| c.to_owned()).collect();
        let mut triangle = Array2::<f64>::zeros((columns, columns));
        let mut projections = Array1::zeros(columns);
        let mut residuals = Array1::from_vec(y.to_vec());
        for j in 0..columns {
            let whole = design.column(j).dot(&design.column(j)).sqrt();
            let left = q[j].dot(&q[j]).sqrt();
            if left <= INDEPENDENT * whole {
                return Err(StatisticsError::RankDeficient { what: "design", column: j, left, whole });
            }
            let unit = &q[j] / left;
            triangle[[j, j]] = left;
            for k in j + 1..columns {
                let share = unit.dot(&q[k]);
                triangle[[j, k]] = share;
                q[k].scaled_add(-share, &unit);
            }
            projections[j] = unit.dot(&residuals);
            residuals.scaled_add(-projections[j], &unit);
        }
        Ok(Self { triangle, projections, residuals })
    }
}

fn back_substituted(triangle: &Array2<f64>, right: &Array1<f64>) -> Array1<f64> {
    let mut x = right.clone();
    for row in (0..x.len()).rev() {
        let later: f64 = (row + 1..x.len()).map(|k| triangle[[row, k]] * x[k]).sum();
        x[row] = (x[row] - later) / triangle[[row, row]];
    }
    x
}

fn inverse_of(triangle: &Array2<f64>) -> Array2<f64> {
    let mut inverse = Array2::eye(triangle.nrows());
    for mut column in inverse.columns_mut() {
        let solved = back_substituted(triangle, &column.to_owned());
        column.assign(&solved);
    }
    inverse
}

fn has_intercept(design: ArrayView2<'_, f64>) -> bool {
    design.columns().into_iter().any(|c| c[0] != 0.0 && c.iter().all(|x| *x == c[0]))
}

fn ratios(above: &Array1<f64>, below: &Array1<f64>) -> Result<Array1<f64>, StatisticsError> {
    above.iter().zip(below).map(|(a, b)| sample::finite_result("t-statistic", a / b)).collect()
}
