//! The list of strategies, each with its parameters and the way to make it.

use crate::parameters::{Parameter, Parameters};
use crate::settings::{ParameterError, Settings, nearest};
use crate::strategies::{mean_reversion, momentum, range_trading, sma_cross, trend_following};
use crate::strategy::{Mandate, Strategy};

/// Makes a strategy from checked settings.
type Build = fn(&Settings, Mandate) -> Result<Box<dyn Strategy>, ParameterError>;

/// One strategy of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Its name in configuration files and on the command line.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// What can be set about it.
    pub parameters: &'static [Parameter],
    build: Build,
}

const CATALOGUE: &[Listing] = &[
    Listing {
        name: trend_following::NAME,
        summary: "Goes with two exponential averages that stand well apart.",
        parameters: trend_following::PARAMETERS,
        build: trend_following::build,
    },
    Listing {
        name: mean_reversion::NAME,
        summary: "Goes against a close outside the Bollinger bands with an exhausted RSI.",
        parameters: mean_reversion::PARAMETERS,
        build: mean_reversion::build,
    },
    Listing {
        name: range_trading::NAME,
        summary: "Buys near the support and sells near the resistance of a confirmed narrow range.",
        parameters: range_trading::PARAMETERS,
        build: range_trading::build,
    },
    Listing {
        name: momentum::NAME,
        summary: "Goes with the past return, scaled by volatility, without its latest stretch.",
        parameters: momentum::PARAMETERS,
        build: momentum::build,
    },
    Listing {
        name: sma_cross::NAME,
        summary: "Goes with the crossing of two simple averages; the reference for comparisons.",
        parameters: sma_cross::PARAMETERS,
        build: sma_cross::build,
    },
];

/// All strategies that can be made by name.
#[must_use]
pub const fn catalogue() -> &'static [Listing] {
    CATALOGUE
}

/// The listing of a strategy.
///
/// # Errors
/// [`ParameterError::Strategy`] with the nearest known name.
pub fn listing(name: &str) -> Result<&'static Listing, ParameterError> {
    CATALOGUE.iter().find(|listing| listing.name == name).ok_or_else(|| ParameterError::Strategy {
        name: name.to_owned(),
        nearest: nearest(name, CATALOGUE.iter().map(|listing| listing.name)),
    })
}

/// Makes a strategy by name.
///
/// # Errors
/// [`ParameterError`]: no such strategy, no such parameter, a value out of range, or values that contradict each other.
pub fn build(name: &str, said: &Parameters, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    let listing = listing(name)?;
    listing.build(&listing.settings(said)?, mandate)
}

impl Listing {
    /// Checks what was said against this strategy's parameters, and fills in the defaults.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] or [`ParameterError::Range`].
    pub fn settings(&self, said: &Parameters) -> Result<Settings, ParameterError> {
        Settings::check(self.name, self.parameters, said)
    }

    /// Makes the strategy.
    ///
    /// # Errors
    /// [`ParameterError`] where settings contradict each other.
    pub fn build(&self, settings: &Settings, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
        (self.build)(settings, mandate)
    }
}
