//! Black and Litterman: the market's opinion, corrected by one's own.

use std::fmt;

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::capm_equilibrium;
use crate::{
    PortfolioError,
    definite::{Factor, ScaledCovariance, check_vector},
    returns::checked_names,
};

/// An opinion on the return of a combination of assets, of a strategy's signal for one.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    legs: Vec<(String, f64)>,
    expected: f64,
    confidence: f64,
}

impl View {
    /// The asset will return this, in excess of the risk-free rate.
    pub fn absolute(asset: &str, expected: f64) -> Self {
        Self::of(&[(asset, 1.0)], expected)
    }

    /// One asset will return so much more than the other.
    pub fn relative(better: &str, worse: &str, by: f64) -> Self {
        Self::of(&[(better, 1.0), (worse, -1.0)], by)
    }

    /// Any combination of assets.
    pub fn of(legs: &[(&str, f64)], expected: f64) -> Self {
        let legs = legs.iter().map(|&(name, weight)| (name.to_owned(), weight)).collect();
        Self { legs, expected, confidence: 0.5 }
    }

    /// How sure, from 0 (the market is right) to 1 (the view is): the share of the way from the one to the other that a
    /// single view goes. 0.5 when nothing is said, which is the noise `tau p'Sp` in common use. Source: Idzorek (2005),
    /// "A step-by-step guide to the Black-Litterman model", in the closed form `omega = (1 / c - 1) tau p'Sp`.
    #[must_use]
    pub fn with_confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }
}

/// Expected returns and covariance after the views.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// What the market expects, `delta S w`.
    pub equilibrium: Array1<f64>,
    /// What is expected after the views.
    pub expected: Array1<f64>,
    /// Covariance of the returns, with the uncertainty of their means in it.
    pub covariance: Array2<f64>,
}

/// The market as prior.
///
/// `mu = pi + tau S P' (P tau S P' + Omega)^-1 (q - P pi)`. Source: Black and Litterman (1992), "Global portfolio
/// optimization".
///
/// ```
/// use autotrading_portfolio::{BlackLitterman, View};
/// use ndarray::array;
///
/// let covariance = array![[0.04, 0.0], [0.0, 0.09]];
/// let market = BlackLitterman { risk_aversion: 2.0, tau: 0.05 };
/// let views = [View::absolute("A", 0.10)];
/// let posterior = market.posterior(&["A", "B"], covariance.view(), array![0.5, 0.5].view(), &views)?;
/// assert!((posterior.equilibrium[0] - 0.04).abs() < 1e-15);
/// assert!((posterior.expected[0] - 0.07).abs() < 1e-15); // half of the way from 4 % to 10 %
/// assert!((posterior.expected[1] - 0.09).abs() < 1e-15); // uncorrelated: as before
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlackLitterman {
    /// Risk aversion of the market, about 2.5 for yearly numbers.
    pub risk_aversion: f64,
    /// Uncertainty of the equilibrium relative to the covariance, 0.01 to 0.1.
    pub tau: f64,
}

impl BlackLitterman {
    /// The returns to expect after the views.
    ///
    /// # Errors
    /// Two assets of one name; a covariance as in [`minimum_variance`](crate::minimum_variance); a view on an unknown
    /// asset, on nothing, on what has no risk, or with a confidence outside of (0, 1]; shapes that do not fit;
    /// [`PortfolioError::Contradiction`] for views that leave no doubt and repeat or contradict each other.
    pub fn posterior(
        self,
        names: &[&str],
        covariance: ArrayView2<'_, f64>,
        market: ArrayView1<'_, f64>,
        views: &[View],
    ) -> Result<Posterior, PortfolioError> {
        let n = names.len();
        if covariance.dim() != (n, n) {
            let got = covariance.dim();
            return Err(PortfolioError::Shape { what: "covariance", got, required: (n, n) });
        }
        checked_names(names.iter().copied())?;
        ScaledCovariance::of(covariance)?;
        check_vector("market weights", &market.to_vec(), n)?;
        if !(self.tau > 0.0 && self.tau.is_finite()) {
            return Err(PortfolioError::Parameter { what: "tau", got: self.tau, allowed: "above zero" });
        }
        let equilibrium = capm_equilibrium(covariance, market, self.risk_aversion)?;
        let prior = &covariance * self.tau;
        let mut posterior =
            Posterior { expected: equilibrium.clone(), covariance: &covariance + &prior, equilibrium };
        if !views.is_empty() {
            update(&mut posterior, &prior, &picks(names, views)?, views)?;
        }
        Ok(posterior)
    }
}

/// One row a view, one column an asset.
fn picks(names: &[&str], views: &[View]) -> Result<Array2<f64>, PortfolioError> {
    let mut picks = Array2::zeros((views.len(), names.len()));
    for (row, view) in views.iter().enumerate() {
        if !(view.confidence > 0.0 && view.confidence <= 1.0) {
            let (what, got) = ("the confidence of a view", view.confidence);
            return Err(PortfolioError::Parameter { what, got, allowed: "above 0, at most 1" });
        }
        check_vector("the return of a view", &[view.expected], 1)?;
        for (name, weight) in &view.legs {
            check_vector("the legs of a view", &[*weight], 1)?;
            let unknown = || PortfolioError::Unknown { what: "asset", name: name.clone() };
            let column = names.iter().position(|n| n == name).ok_or_else(unknown)?;
            picks[[row, column]] += weight;
        }
        if picks.row(row).iter().all(|weight| *weight == 0.0) {
            return Err(PortfolioError::Missing { what: "an asset with a weight", wanted_by: "a view" });
        }
    }
    Ok(picks)
}

fn update(
    posterior: &mut Posterior,
    prior: &Array2<f64>,
    picks: &Array2<f64>,
    views: &[View],
) -> Result<(), PortfolioError> {
    let reach = prior.dot(&picks.t());
    let mut spread = picks.dot(&reach);
    for (k, view) in views.iter().enumerate() {
        let variance = spread[[k, k]];
        if variance <= 0.0 {
            return Err(PortfolioError::Constant { asset: view.to_string(), variance });
        }
        spread[[k, k]] += (1.0 / view.confidence - 1.0) * spread[[k, k]];
    }
    let spread = (&spread + &spread.t()) / 2.0;
    let told: Array1<f64> = views.iter().map(|view| view.expected).collect();
    let surprise = told - picks.dot(&posterior.equilibrium);
    let singular = contradiction(views);
    let factor = Factor::of(spread.view()).ok_or_else(|| singular.clone())?;
    posterior.expected += &reach.dot(&factor.solve(&surprise).ok_or_else(|| singular.clone())?);
    let mut certainty = Array2::zeros(reach.dim());
    for (i, row) in reach.rows().into_iter().enumerate() {
        certainty.row_mut(i).assign(&factor.solve(&row.to_owned()).ok_or_else(|| singular.clone())?);
    }
    let less = certainty.dot(&reach.t());
    posterior.covariance -= &((&less + &less.t()) / 2.0);
    Ok(())
}

/// The views that leave no doubt: only they can make the system singular.
fn contradiction(views: &[View]) -> PortfolioError {
    let certain = views.iter().filter(|view| view.confidence == 1.0);
    PortfolioError::Contradiction { views: certain.map(ToString::to_string).collect() }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, weight)) in self.legs.iter().enumerate() {
            let sign = match (*weight < 0.0, place) {
                (true, 0) => "-",
                (true, _) => " - ",
                (false, 0) => "",
                (false, _) => " + ",
            };
            write!(f, "{sign}")?;
            if weight.abs() != 1.0 {
                write!(f, "{} ", weight.abs())?;
            }
            write!(f, "{name}")?;
        }
        write!(f, " returns {}", self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    const MARKET: BlackLitterman = BlackLitterman { risk_aversion: 2.5, tau: 0.05 };

    fn told(views: &[View]) -> Result<Posterior, PortfolioError> {
        let covariance = array![[0.04, 0.01], [0.01, 0.09]];
        MARKET.posterior(&["A", "B"], covariance.view(), array![0.5, 0.5].view(), views)
    }

    #[test]
    fn a_view_that_is_sure_is_believed_to_the_letter() {
        let posterior = told(&[View::relative("A", "B", 0.03).with_confidence(1.0)]).unwrap();
        assert!((posterior.expected[0] - posterior.expected[1] - 0.03).abs() < 1e-15);
    }

    #[test]
    fn confidence_is_the_share_of_the_way() {
        let none = told(&[]).unwrap();
        for confidence in [0.1, 0.5, 0.9] {
            let some = told(&[View::absolute("A", 0.2).with_confidence(confidence)]).unwrap();
            let way = (some.expected[0] - none.expected[0]) / (0.2 - none.expected[0]);
            assert!((way - confidence).abs() < 1e-12);
        }
    }

    #[test]
    fn bad_views_are_named() {
        let unknown = told(&[View::absolute("C", 0.2)]).unwrap_err();
        assert_eq!(unknown.to_string(), "there is no asset named C");
        assert!(told(&[View::absolute("A", f64::NAN)]).is_err());
        assert!(told(&[View::absolute("A", 0.1).with_confidence(0.0)]).is_err());
        assert_eq!(
            told(&[View::of(&[], 0.1)]).unwrap_err().to_string(),
            "a view needs an asset with a weight"
        );
        let twins = MARKET.posterior(&["A", "A"], Array2::eye(2).view(), array![0.5, 0.5].view(), &[]);
        assert_eq!(twins.unwrap_err().to_string(), "asset A is named twice");
        let impossible = array![[1.0, 2.0], [2.0, 1.0]];
        let refused = MARKET.posterior(&["A", "B"], impossible.view(), array![0.5, 0.5].view(), &[]);
        assert!(matches!(refused, Err(PortfolioError::NotPositiveSemidefinite { got }) if got < -2.9));
        let alike = array![[1.0, 1.0], [1.0, 1.0]];
        let view = [View::relative("A", "B", 0.1)];
        let refused = MARKET.posterior(&["A", "B"], alike.view(), array![0.5, 0.5].view(), &view);
        assert_eq!(
            refused.unwrap_err(),
            PortfolioError::Constant { asset: "A - B returns 0.1".into(), variance: 0.0 }
        );
        let sure = |expected| View::relative("A", "B", expected).with_confidence(1.0);
        assert_eq!(
            told(&[sure(0.1), View::absolute("A", 0.3), sure(0.2)]).unwrap_err().to_string(),
            "these views, held for certain, repeat or contradict each other: A - B returns 0.1; A - B returns 0.2"
        );
    }
}
