//! The variance of the next return, and how it changes with each parameter.
#![allow(
    clippy::indexing_slicing,
    reason = "arrays of constant length are indexed by constants of the same list"
)]

use std::f64::consts::FRAC_2_PI;

use super::Dynamics;
use super::parameters::{ALPHA, BETA, GAMMA, GarchParameters, MEAN, OMEGA};
use crate::log_sum::LogSum;

/// How many parameters move the variance.
pub(super) const DYNAMIC: usize = 5;

/// Logarithms of variances up to this size are those of numbers.
const FARTHEST: f64 = 690.0;

/// A recursion of the conditional variance.
pub(super) trait Recursion: Copy {
    /// The state at the first observation, from the variance before it.
    fn start(parameters: &GarchParameters, backcast: f64) -> Self;
    /// The variance of the present observation.
    fn variance(&self) -> f64;
    /// One over its root.
    fn inverse_deviation(&self) -> f64;
    /// Slopes of its logarithm in `mean, omega, alpha, gamma, beta`.
    fn ln_slopes(&self) -> [f64; DYNAMIC];
    /// Adds the logarithm of the variance to a sum.
    fn add_ln(&self, logs: &mut LogSum, plain: &mut f64);
    /// Moves on, given the present error.
    fn advance(&mut self, parameters: &GarchParameters, error: f64);
}

/// GARCH and GJR: the variance itself is a linear recursion.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linear {
    variance: f64,
    inverse: f64,
    slopes: [f64; DYNAMIC],
}

impl Recursion for Linear {
    fn start(p: &GarchParameters, backcast: f64) -> Self {
        let variance = p.omega + (p.alpha + 0.5 * p.gamma + p.beta) * backcast;
        let slopes = [0.0, 1.0, backcast, 0.5 * backcast, backcast];
        Self { variance, inverse: 1.0 / variance, slopes }
    }

    #[inline(always)]
    fn variance(&self) -> f64 {
        self.variance
    }

    #[inline(always)]
    fn inverse_deviation(&self) -> f64 {
        self.inverse.sqrt()
    }

    #[inline(always)]
    fn ln_slopes(&self) -> [f64; DYNAMIC] {
        self.slopes.map(|slope| slope * self.inverse)
    }

    #[inline(always)]
    fn add_ln(&self, logs: &mut LogSum, _: &mut f64) {
        logs.add(self.variance);
    }

    #[inline(always)]
    fn advance(&mut self, p: &GarchParameters, error: f64) {
        let square = error * error;
        let loss = if error < 0.0 { 1.0 } else { 0.0 };
        let news = p.alpha + loss * p.gamma;
        let [mean, omega, alpha, gamma, beta] = self.slopes;
        self.slopes = [
            p.beta * mean - 2.0 * news * error,
            p.beta * omega + 1.0,
            p.beta * alpha + square,
            p.beta * gamma + loss * square,
            p.beta * beta + self.variance,
        ];
        self.variance = p.omega + news * square + p.beta * self.variance;
        self.inverse = 1.0 / self.variance;
    }
}

/// EGARCH: the logarithm of the variance is a linear recursion.
#[derive(Clone, Copy, Debug)]
pub(super) struct Logarithmic {
    ln_variance: f64,
    inverse_deviation: f64,
    slopes: [f64; DYNAMIC],
}

impl Recursion for Logarithmic {
    fn start(p: &GarchParameters, backcast: f64) -> Self {
        let before = backcast.ln();
        let ln_variance = p.omega + p.beta * before;
        let inverse_deviation = (-0.5 * ln_variance).exp();
        Self { ln_variance, inverse_deviation, slopes: [0.0, 1.0, 0.0, 0.0, before] }
    }

    #[inline(always)]
    fn variance(&self) -> f64 {
        self.ln_variance.exp()
    }

    #[inline(always)]
    fn inverse_deviation(&self) -> f64 {
        self.inverse_deviation
    }

    #[inline(always)]
    fn ln_slopes(&self) -> [f64; DYNAMIC] {
        self.slopes
    }

    #[inline(always)]
    fn add_ln(&self, _: &mut LogSum, plain: &mut f64) {
        *plain += self.ln_variance;
    }

    #[inline(always)]
    fn advance(&mut self, p: &GarchParameters, error: f64) {
        let z = error * self.inverse_deviation;
        let reaction = if z < 0.0 { p.gamma - p.alpha } else { p.gamma + p.alpha };
        let size = z.abs() - FRAC_2_PI.sqrt();
        // A parameter moves the next logarithm directly, through the last one, and through z = e / s.
        let carried = p.beta - 0.5 * reaction * z;
        let mut slopes = self.slopes.map(|slope| carried * slope);
        slopes[MEAN] -= reaction * self.inverse_deviation;
        slopes[OMEGA] += 1.0;
        slopes[ALPHA] += size;
        slopes[GAMMA] += z;
        slopes[BETA] += self.ln_variance;
        self.slopes = slopes;
        self.ln_variance = p.omega + p.alpha * size + p.gamma * z + p.beta * self.ln_variance;
        // A variance outside of what numbers can hold makes the likelihood none, and a search turns back.
        let held = self.ln_variance.abs() < FARTHEST;
        self.inverse_deviation = if held { (-0.5 * self.ln_variance).exp() } else { f64::NAN };
    }
}

/// The next variance from the present one and its error, without slopes.
pub(super) fn next_variance(dynamics: Dynamics, p: &GarchParameters, variance: f64, error: f64) -> f64 {
    match dynamics {
        Dynamics::Garch => p.omega + p.alpha * error * error + p.beta * variance,
        Dynamics::Gjr => {
            let news = if error < 0.0 { p.alpha + p.gamma } else { p.alpha };
            p.omega + news * error * error + p.beta * variance
        }
        Dynamics::Egarch => {
            let z = error / variance.sqrt();
            let size = z.abs() - FRAC_2_PI.sqrt();
            (p.omega + p.alpha * size + p.gamma * z + p.beta * variance.ln()).exp()
        }
    }
}
