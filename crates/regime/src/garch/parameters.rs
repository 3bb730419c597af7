//! The parameters of a volatility model, in the units of the returns.

use super::{Dynamics, Errors, VolatilityModel};
use crate::RegimeError;

/// Places of the parameters in arrays.
pub(super) const MEAN: usize = 0;
pub(super) const OMEGA: usize = 1;
pub(super) const ALPHA: usize = 2;
pub(super) const GAMMA: usize = 3;
pub(super) const BETA: usize = 4;
pub(super) const NU: usize = 5;
pub(super) const LAMBDA: usize = 6;
/// How many there are at most.
pub(super) const PARAMETERS: usize = 7;

/// Parameters of a [`VolatilityModel`]. Those that the model does not have are not looked at.
///
/// Admissible set: GARCH and GJR: `omega > 0`, `alpha >= 0`, `alpha + gamma >= 0`, `beta >= 0`; EGARCH: `|beta| < 1`;
/// `nu > 2`; `|lambda| < 1`. A fit keeps `alpha + gamma / 2 + beta < 1` besides; its optimum may lie on a border, as
/// GJR's often does on `alpha = 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GarchParameters {
    /// Mean return, in units of the returns.
    pub mean: f64,
    /// Constant of the variance (GARCH, GJR: squared units of the returns) or of its logarithm (EGARCH).
    pub omega: f64,
    /// Reaction to the last error's size.
    pub alpha: f64,
    /// Reaction to its sign: of losses beyond gains (GJR), of gains (EGARCH, below zero where losses excite).
    pub gamma: f64,
    /// Persistence of the last variance.
    pub beta: f64,
    /// Degrees of freedom of the errors.
    pub nu: f64,
    /// Skewness of the errors, in (-1, 1); below zero where large losses are likelier than large gains.
    pub lambda: f64,
}

impl GarchParameters {
    /// All zero, from which to write others.
    pub const ZERO: Self =
        Self { mean: 0.0, omega: 0.0, alpha: 0.0, gamma: 0.0, beta: 0.0, nu: 0.0, lambda: 0.0 };

    /// Checks that they lie in the admissible set.
    ///
    /// # Errors
    /// [`RegimeError::Parameter`] names the first that does not.
    pub fn check(&self, model: VolatilityModel) -> Result<(), RegimeError> {
        let fat = model.errors != Errors::Normal;
        let skewed = model.errors == Errors::SkewedT;
        let arch = model.dynamics != Dynamics::Egarch;
        let signed = model.dynamics != Dynamics::Garch;
        let gamma = if signed { self.gamma } else { 0.0 };
        let rules = [
            ("mean", self.mean, self.mean.is_finite(), "finite"),
            (
                "omega",
                self.omega,
                self.omega.is_finite() && (!arch || self.omega > 0.0),
                "finite, and above 0 but for EGARCH",
            ),
            (
                "alpha",
                self.alpha,
                self.alpha.is_finite() && (!arch || self.alpha >= 0.0),
                "finite, and 0 or more but for EGARCH",
            ),
            (
                "gamma",
                gamma,
                gamma.is_finite() && (!arch || self.alpha + gamma >= 0.0),
                "finite, and -alpha or more but for EGARCH",
            ),
            (
                "beta",
                self.beta,
                self.beta.is_finite() && if arch { self.beta >= 0.0 } else { self.beta.abs() < 1.0 },
                "0 or more; within (-1, 1) for EGARCH",
            ),
            ("nu", self.nu, !fat || (self.nu > 2.0 && self.nu.is_finite()), "above 2 and finite"),
            (
                "lambda",
                self.lambda,
                !skewed || (self.lambda > -1.0 && self.lambda < 1.0),
                "above -1 and below 1",
            ),
        ];
        match rules.into_iter().find(|(_, _, legal, _)| !legal) {
            Some((name, got, _, allowed)) => Err(RegimeError::Parameter { name, got, allowed }),
            None => Ok(()),
        }
    }

    /// How much of a shock to the variance is left a step later, for symmetric errors: `alpha + gamma / 2 + beta`;
    /// `beta` for EGARCH.
    pub fn persistence(&self, dynamics: Dynamics) -> f64 {
        match dynamics {
            Dynamics::Garch => self.alpha + self.beta,
            Dynamics::Gjr => self.alpha + 0.5 * self.gamma + self.beta,
            Dynamics::Egarch => self.beta,
        }
    }

    pub(super) fn to_array(self) -> [f64; PARAMETERS] {
        [self.mean, self.omega, self.alpha, self.gamma, self.beta, self.nu, self.lambda]
    }

    pub(super) fn from_array([mean, omega, alpha, gamma, beta, nu, lambda]: [f64; PARAMETERS]) -> Self {
        Self { mean, omega, alpha, gamma, beta, nu, lambda }
    }

    /// The same law for returns `centre + scale * r`, and back with the inverse.
    pub(super) fn rescaled(self, dynamics: Dynamics, centre: f64, scale: f64) -> Self {
        let omega = match dynamics {
            Dynamics::Garch | Dynamics::Gjr => self.omega * scale * scale,
            Dynamics::Egarch => self.omega + (1.0 - self.beta) * 2.0 * scale.ln(),
        };
        Self { mean: centre + scale * self.mean, omega, ..self }
    }
}

impl VolatilityModel {
    /// The parameters that are estimated, by their place in arrays, in the customary order.
    pub(super) fn estimated(self) -> impl Iterator<Item = usize> {
        let signed = self.dynamics != Dynamics::Garch;
        let (fat, skewed) = (self.errors != Errors::Normal, self.errors == Errors::SkewedT);
        (0..PARAMETERS).filter(move |place| match *place {
            GAMMA => signed,
            NU => fat,
            LAMBDA => skewed,
            _ => true,
        })
    }
}

pub(crate) fn check_finite(what: &'static str, sample: &[f64]) -> Result<(), RegimeError> {
    match sample.iter().position(|x| !x.is_finite()) {
        Some(index) => {
            Err(RegimeError::NotFinite { what, index, got: sample.get(index).copied().unwrap_or(f64::NAN) })
        }
        None => Ok(()),
    }
}
