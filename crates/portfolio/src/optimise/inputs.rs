//! What the optimiser knows of the assets.

use std::collections::BTreeMap;

use autotrading_statistics::StatisticsError;
use ndarray::{Array1, Array2};

use crate::{
    CovarianceEstimator, PortfolioError, Returns,
    definite::{ScaledCovariance, check_vector},
    estimate::eigen,
    returns::checked_names,
};

/// Names, and whatever of expected returns, covariance, scenarios and sectors an objective or a constraint asks for.
///
/// All in one unit of time and of return. Each is checked when it is given.
///
/// ```
/// use autotrading_portfolio::Inputs;
/// use ndarray::array;
///
/// let inputs = Inputs::new(["BTC", "ETH"])?
///     .covariance(array![[0.04, 0.01], [0.01, 0.09]])?
///     .expected(vec![0.10, 0.15])?
///     .sector("majors", &["BTC", "ETH"])?;
/// assert_eq!(inputs.names(), ["BTC", "ETH"]);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    names: Vec<String>,
    expected: Option<Vec<f64>>,
    pub(super) covariance: Option<Spectral>,
    scenarios: Option<Array2<f64>>,
    sectors: BTreeMap<String, Vec<usize>>,
}

/// A covariance brought to a mean variance of one, and its square root.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spectral {
    pub(super) matrix: Array2<f64>,
    pub(super) scale: f64,
    /// `R` with `R'R` the matrix; one row a direction that has risk.
    pub(super) root: Array2<f64>,
    pub(super) condition: f64,
}

impl Inputs {
    /// Assets by name.
    ///
    /// # Errors
    /// None, or a duplicate.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Self, PortfolioError> {
        let names = checked_names(names)?;
        Ok(Self { names, expected: None, covariance: None, scenarios: None, sectors: BTreeMap::new() })
    }

    /// Means, sample covariance and scenarios of past returns.
    ///
    /// # Errors
    /// Fewer than two periods, a constant asset.
    pub fn from_returns(returns: &Returns) -> Result<Self, PortfolioError> {
        Self::new(returns.names().to_vec())?
            .covariance(CovarianceEstimator::Sample.estimate(returns)?.matrix)?
            .expected(returns.means()?.to_vec())?
            .scenarios(returns.table().to_owned())
    }

    /// The covariance of returns.
    ///
    /// # Errors
    /// Another size, not finite, not symmetric, not positive semi-definite, a constant asset (by name).
    pub fn covariance(mut self, covariance: Array2<f64>) -> Result<Self, PortfolioError> {
        let n = self.names.len();
        if covariance.dim() != (n, n) {
            let got = covariance.dim();
            return Err(PortfolioError::Shape { what: "covariance", got, required: (n, n) });
        }
        if let Some((index, &variance)) = covariance.diag().iter().enumerate().find(|(_, v)| **v <= 0.0) {
            return Err(PortfolioError::Constant { asset: self.names[index].clone(), variance });
        }
        let ScaledCovariance { matrix, scale } = ScaledCovariance::of(covariance.view())?;
        let (values, vectors) = eigen(matrix.view())?;
        let largest = values[n - 1];
        // What is below rounding is no risk, and a direction without risk needs no row.
        let kept: Vec<usize> = (0..n).filter(|&k| values[k] > f64::EPSILON * largest).collect();
        let root = Array2::from_shape_fn((kept.len(), n), |(row, i)| {
            values[kept[row]].sqrt() * vectors[[i, kept[row]]]
        });
        let condition = if kept.len() == n { largest / values[0] } else { f64::INFINITY };
        self.covariance = Some(Spectral { matrix, scale, root, condition });
        Ok(self)
    }

    /// Expected returns.
    ///
    /// # Errors
    /// Another number than assets, not finite.
    pub fn expected(mut self, expected: Vec<f64>) -> Result<Self, PortfolioError> {
        check_vector("expected returns", &expected, self.names.len())?;
        self.expected = Some(expected);
        Ok(self)
    }

    /// Scenarios of returns, one row each, all equally likely.
    ///
    /// # Errors
    /// Another number of columns than assets, no row, not finite.
    pub fn scenarios(mut self, scenarios: Array2<f64>) -> Result<Self, PortfolioError> {
        self.scenarios = Some(Returns::new(self.names.clone(), scenarios)?.table().to_owned());
        Ok(self)
    }

    /// A named group of assets, for `Portfolio::sector`.
    ///
    /// # Errors
    /// An unknown asset, a member named twice, none at all, a sector that is there already.
    pub fn sector(mut self, sector: &str, members: &[&str]) -> Result<Self, PortfolioError> {
        checked_names(members.iter().copied())?;
        let members = members.iter().map(|name| self.place(name)).collect::<Result<Vec<_>, _>>()?;
        match self.sectors.insert(sector.to_owned(), members) {
            None => Ok(self),
            Some(_) => Err(PortfolioError::Duplicate { what: "sector", name: sector.to_owned() }),
        }
    }

    /// The assets in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn place(&self, name: &str) -> Result<usize, PortfolioError> {
        let unknown = || PortfolioError::Unknown { what: "asset", name: name.to_owned() };
        self.names.iter().position(|n| n == name).ok_or_else(unknown)
    }

    pub(super) fn members(&self, sector: &str) -> Result<&[usize], PortfolioError> {
        let unknown = || PortfolioError::Unknown { what: "sector", name: sector.to_owned() };
        self.sectors.get(sector).map(Vec::as_slice).ok_or_else(unknown)
    }

    pub(super) fn wanted_covariance(&self, wanted_by: &'static str) -> Result<&Spectral, PortfolioError> {
        self.covariance.as_ref().ok_or(PortfolioError::Missing { what: "a covariance", wanted_by })
    }

    pub(super) fn wanted_expected(&self, wanted_by: &'static str) -> Result<&[f64], PortfolioError> {
        self.expected.as_deref().ok_or(PortfolioError::Missing { what: "expected returns", wanted_by })
    }

    pub(super) fn wanted_scenarios(&self, wanted_by: &'static str) -> Result<&Array2<f64>, PortfolioError> {
        self.scenarios.as_ref().ok_or(PortfolioError::Missing { what: "scenarios", wanted_by })
    }

    /// Scenarios over their root mean square, and that.
    pub(super) fn scaled_scenarios(&self, by: &'static str) -> Result<(Array2<f64>, f64), PortfolioError> {
        let scenarios = self.wanted_scenarios(by)?;
        let largest = scenarios.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        let square = scenarios.iter().map(|x| (x / largest).powi(2)).sum::<f64>() / scenarios.len() as f64;
        let scale = square.sqrt() * largest;
        match scale.is_normal() {
            true => Ok((scenarios / scale, scale)),
            false => Err(StatisticsError::NoVariation { what: "scenarios", index: 0, value: largest }.into()),
        }
    }

    pub(super) fn expected_return(&self, weights: &[f64]) -> Option<f64> {
        self.expected.as_ref().map(|mu| mu.iter().zip(weights).map(|(m, w)| m * w).sum())
    }

    pub(super) fn volatility(&self, weights: &[f64]) -> Option<f64> {
        let covariance = self.covariance.as_ref()?;
        let risks = covariance.root.dot(&Array1::from(weights.to_vec()));
        Some((risks.dot(&risks) * covariance.scale).sqrt())
    }
}
