//! The variables that the likelihood is climbed in: a box whose inside is the admissible set.
//!
//! GARCH and GJR: `mean`; `u`, logarithm of the long-run variance; `q = -ln(1 - persistence)`; `w`, the share of the
//! persistence that reacts to news; for GJR `v`, the share of that which gains have. Then `omega = exp(u - q)`,
//! `alpha = p w` (GJR: `2 p w v`), `alpha + gamma = 2 p w (1 - v)`, `beta = p (1 - w)` with `p = 1 - exp(-q)`.
//! EGARCH: `mean`, long-run log variance, `alpha`, `gamma`, `q` with `beta = 1 - exp(-q)`.
//! Shapes: `1 / nu`, in which the way to the normal law is short, and `lambda`.
//! Returns are standardised, so the long-run variance starts at one: variance targeting.
#![allow(
    clippy::indexing_slicing,
    reason = "points have the length of the box, arrays are indexed by constants"
)]

use super::parameters::{ALPHA, BETA, GAMMA, GarchParameters, LAMBDA, MEAN, NU, OMEGA, PARAMETERS};
use super::{Degeneracy, Dynamics, Errors, VolatilityModel};

/// The largest `q`: a persistence of `1 - 1.5e-8`.
const LONGEST: f64 = 18.0;
/// The range of `1 / nu`: degrees of freedom from 2.05 to 500.
const FATTEST: f64 = 1.0 / 2.05;
const THINNEST: f64 = 1.0 / 500.0;

impl VolatilityModel {
    /// How many variables there are before the shapes.
    const fn moving(self) -> usize {
        match self.dynamics {
            Dynamics::Garch => 4,
            Dynamics::Gjr | Dynamics::Egarch => 5,
        }
    }

    /// The box.
    pub(super) fn search_box(self) -> Vec<(f64, f64)> {
        let mut pairs = match self.dynamics {
            Dynamics::Garch => vec![(-5.0, 5.0), (-40.0, 40.0), (0.0, LONGEST), (0.0, 1.0)],
            Dynamics::Gjr => vec![(-5.0, 5.0), (-40.0, 40.0), (0.0, LONGEST), (0.0, 1.0), (0.0, 1.0)],
            Dynamics::Egarch => {
                vec![(-5.0, 5.0), (-40.0, 40.0), (-3.0, 3.0), (-3.0, 3.0), (-0.65, LONGEST)]
            }
        };
        match self.errors {
            Errors::Normal => {}
            Errors::StudentT => pairs.push((THINNEST, FATTEST)),
            Errors::SkewedT => pairs.extend([(THINNEST, FATTEST), (-0.99, 0.99)]),
        }
        pairs
    }

    /// Points from which to climb, spread over what markets show.
    pub(super) fn starts(self) -> Vec<Vec<f64>> {
        let mut starts = Vec::new();
        let mut push = |moving: &[f64]| {
            let mut start = moving.to_vec();
            match self.errors {
                Errors::Normal => {}
                Errors::StudentT => start.push(0.13),
                Errors::SkewedT => start.extend([0.13, 0.0]),
            }
            starts.push(start);
        };
        for persistence in [0.7, 0.95, 0.99, 0.998_f64] {
            let q = -(1.0 - persistence).ln();
            match self.dynamics {
                Dynamics::Garch => [0.04, 0.1, 0.25].iter().for_each(|w| push(&[0.0, 0.0, q, *w])),
                Dynamics::Gjr => {
                    for (w, v) in [(0.04, 0.5), (0.1, 0.2), (0.1, 0.8), (0.25, 0.4)] {
                        push(&[0.0, 0.0, q, w, v]);
                    }
                }
                Dynamics::Egarch => {
                    for (alpha, gamma) in
                        [(0.1, 0.0), (0.12, -0.12), (0.12, 0.12), (0.3, -0.05), (-0.1, -0.1)]
                    {
                        push(&[0.0, 0.0, alpha, gamma, q]);
                    }
                }
            }
        }
        starts
    }

    /// The parameters at a point.
    pub(super) fn at(self, point: &[f64]) -> GarchParameters {
        let mut p = GarchParameters { mean: point[0], ..GarchParameters::ZERO };
        match self.dynamics {
            Dynamics::Garch | Dynamics::Gjr => {
                let (u, q, w) = (point[1], point[2], point[3]);
                let persistence = -(-q).exp_m1();
                p.omega = (u - q).exp();
                p.beta = persistence * (1.0 - w);
                p.alpha = persistence * w;
                if self.dynamics == Dynamics::Gjr {
                    let v = point[4];
                    p.alpha = 2.0 * persistence * w * v;
                    p.gamma = 2.0 * persistence * w * (1.0 - 2.0 * v);
                }
            }
            Dynamics::Egarch => {
                (p.alpha, p.gamma) = (point[2], point[3]);
                p.omega = point[1] * (-point[4]).exp();
                p.beta = -(-point[4]).exp_m1();
            }
        }
        let shape = self.moving();
        if self.errors != Errors::Normal {
            p.nu = 1.0 / point[shape];
        }
        if self.errors == Errors::SkewedT {
            p.lambda = point[shape + 1];
        }
        p
    }

    /// Slopes in the parameters become slopes in the variables.
    pub(super) fn pull_back(self, point: &[f64], of: &[f64; PARAMETERS], slopes: &mut [f64]) {
        slopes[0] = of[MEAN];
        match self.dynamics {
            Dynamics::Garch | Dynamics::Gjr => {
                let (u, q, w) = (point[1], point[2], point[3]);
                let (omega, left) = ((u - q).exp(), (-q).exp());
                let persistence = -(-q).exp_m1();
                // Of the news' weight, `mean` counts for alpha and gamma as the persistence does.
                let v = if self.dynamics == Dynamics::Gjr { point[4] } else { 0.5 };
                let news = 2.0 * v * of[ALPHA] + 2.0 * (1.0 - 2.0 * v) * of[GAMMA];
                slopes[1] = omega * of[OMEGA];
                slopes[2] = -omega * of[OMEGA] + left * (w * news + (1.0 - w) * of[BETA]);
                slopes[3] = persistence * (news - of[BETA]);
                if self.dynamics == Dynamics::Gjr {
                    slopes[4] = persistence * w * (2.0 * of[ALPHA] - 4.0 * of[GAMMA]);
                }
            }
            Dynamics::Egarch => {
                let left = (-point[4]).exp();
                slopes[1] = left * of[OMEGA];
                (slopes[2], slopes[3]) = (of[ALPHA], of[GAMMA]);
                slopes[4] = left * (of[BETA] - point[1] * of[OMEGA]);
            }
        }
        let shape = self.moving();
        if self.errors != Errors::Normal {
            slopes[shape] = -of[NU] / (point[shape] * point[shape]);
        }
        if self.errors == Errors::SkewedT {
            slopes[shape + 1] = of[LAMBDA];
        }
    }

    /// Why a point cannot be trusted though nothing is higher: what the sample does not tell.
    pub(super) fn degeneracy(self, point: &[f64]) -> Option<Degeneracy> {
        let reacts = match self.dynamics {
            Dynamics::Garch | Dynamics::Gjr => point[3] > 1e-6 && point[2] > 1e-6,
            Dynamics::Egarch => point[2].hypot(point[3]) > 1e-6,
        };
        let longest = match self.dynamics {
            Dynamics::Garch | Dynamics::Gjr => point[2],
            Dynamics::Egarch => point[4],
        };
        let fat = self.errors != Errors::Normal && point[self.moving()] >= FATTEST - 1e-9;
        if !reacts {
            Some(Degeneracy::NoReaction)
        } else if longest > 0.95 * LONGEST {
            Some(Degeneracy::Integrated)
        } else if fat {
            Some(Degeneracy::TailsTooFat)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MODELS: [(Dynamics, Errors); 3] = [
        (Dynamics::Garch, Errors::Normal),
        (Dynamics::Gjr, Errors::StudentT),
        (Dynamics::Egarch, Errors::SkewedT),
    ];

    proptest! {
        #[test]
        fn slopes_are_pulled_back_by_the_chain_rule(
            shares in prop::collection::vec(0.05_f64..0.95, 7), of in prop::collection::vec(-2.0_f64..2.0, 7),
        ) {
            let of: [f64; PARAMETERS] = of.try_into().unwrap();
            for (dynamics, errors) in MODELS {
                let model = VolatilityModel { dynamics, errors };
                let point: Vec<f64> = model.search_box().iter().zip(&shares)
                    .map(|((low, high), share)| { let (low, high) = (low.max(-2.0), high.min(4.0)); low + share * (high - low) }).collect();
                let value = |point: &[f64]| model.at(point).to_array().iter().zip(&of).map(|(p, o)| p * o).sum::<f64>();
                let mut slopes = vec![0.0; point.len()];
                model.pull_back(&point, &of, &mut slopes);
                for place in 0..point.len() {
                    let (mut up, mut down) = (point.clone(), point.clone());
                    let h = 1e-6;
                    up[place] += h;
                    down[place] -= h;
                    let shown = (value(&up) - value(&down)) / (2.0 * h);
                    prop_assert!((slopes[place] - shown).abs() < 1e-5 * (1.0 + shown.abs()), "{model:?} {place}");
                }
            }
        }

        #[test]
        fn every_point_of_the_box_is_admissible(shares in prop::collection::vec(0.0_f64..=1.0, 7)) {
            for (dynamics, errors) in MODELS {
                let model = VolatilityModel { dynamics, errors };
                let point: Vec<f64> = model.search_box().iter().zip(&shares)
                    .map(|((low, high), share)| low + share * (high - low)).collect();
                let parameters = model.at(&point);
                prop_assert_eq!(parameters.check(model), Ok(()));
                prop_assert!(parameters.persistence(dynamics) < 1.0);
            }
        }
    }

    #[test]
    fn every_start_lies_in_the_box() {
        for (dynamics, errors) in MODELS {
            let model = VolatilityModel { dynamics, errors };
            let limits = model.search_box();
            assert!(model.starts().iter().all(|start| start.len() == limits.len()
                && start.iter().zip(&limits).all(|(x, (low, high))| low <= x && x <= high)));
        }
    }
}
