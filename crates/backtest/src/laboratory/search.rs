//! Which points of a space are tried: all of them, or some drawn by chance.

use std::collections::BTreeSet;

use autotrading_strategy::ParameterValue;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::SearchAxis;

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Search {
    /// Every point.
    Grid,
    /// This many different points, drawn evenly.
    Random {
        /// How many.
        trials: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

/// All combinations of the values of some axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSpace {
    axes: Vec<SearchAxis>,
}

/// Why a space cannot be searched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// Nothing is varied.
    #[error("nothing is varied: name at least one parameter")]
    NoAxis,
    /// Two axes vary the same parameter.
    #[error("{axis} is varied twice")]
    Twice {
        /// The parameter.
        axis: String,
    },
    /// An axis without values.
    #[error("{axis} has no value to try")]
    NoValue {
        /// The parameter.
        axis: String,
    },
    /// More points than are allowed.
    #[error(
        "the grid has {points} points, at most {most} are allowed; take longer strides, fewer axes, or a random search \
         (--random N)"
    )]
    TooMany {
        /// How many there are; `u128::MAX` stands for more.
        points: u128,
        /// How many may be.
        most: u128,
    },
    /// A random search without trials.
    #[error("a random search needs at least one trial")]
    NoTrial,
    /// No point is a legal combination.
    #[error("none of the {points} points is legal; the first is refused because {reason}")]
    NoneLegal {
        /// How many were looked at.
        points: usize,
        /// Why the first was refused.
        reason: String,
    },
}

impl SearchSpace {
    /// The space of these axes.
    ///
    /// # Errors
    /// [`SearchError::NoAxis`], [`SearchError::Twice`], [`SearchError::NoValue`].
    pub fn new(axes: Vec<SearchAxis>) -> Result<Self, SearchError> {
        if axes.is_empty() {
            return Err(SearchError::NoAxis);
        }
        let mut seen = BTreeSet::new();
        for axis in &axes {
            if axis.values.is_empty() {
                return Err(SearchError::NoValue { axis: axis.to_string() });
            }
            if !seen.insert((axis.entry, axis.parameter.as_str())) {
                return Err(SearchError::Twice { axis: axis.to_string() });
            }
        }
        Ok(Self { axes })
    }

    /// The axes.
    pub fn axes(&self) -> &[SearchAxis] {
        &self.axes
    }

    /// Values of a point with the names of their parameters: `fast 10, slow 50`.
    pub fn words(&self, values: &[ParameterValue]) -> String {
        let pairs = self.axes.iter().zip(values);
        pairs.map(|(axis, value)| format!("{} {value}", axis.parameter)).collect::<Vec<_>>().join(", ")
    }

    /// How many points there are; `u128::MAX` stands for more.
    pub fn points(&self) -> u128 {
        self.axes.iter().fold(1, |points: u128, axis| points.saturating_mul(axis.values.len() as u128))
    }

    /// The point with this number: the last axis turns fastest. Each figure is a place in the axis' values.
    pub fn point(&self, number: u128) -> Vec<usize> {
        let mut rest = number;
        let mut places: Vec<usize> = self
            .axes
            .iter()
            .rev()
            .map(|axis| {
                let count = axis.values.len().max(1) as u128;
                let place = (rest % count) as usize;
                rest /= count;
                place
            })
            .collect();
        places.reverse();
        places
    }

    /// Numbers of the points to try, ascending. Random points are different from each other; asking for as many as there
    /// are gives all of them.
    ///
    /// # Errors
    /// [`SearchError::TooMany`] when more than `most` would be tried, [`SearchError::NoTrial`].
    pub fn choose(&self, search: Search, most: u128) -> Result<Vec<u128>, SearchError> {
        let points = self.points();
        let wanted = match search {
            Search::Grid => points,
            Search::Random { trials: 0, .. } => return Err(SearchError::NoTrial),
            Search::Random { trials, .. } => points.min(trials as u128),
        };
        if wanted > most {
            return Err(SearchError::TooMany { points: wanted, most });
        }
        Ok(match search {
            Search::Random { seed, .. } if wanted < points => draw(points, wanted as usize, seed),
            Search::Grid | Search::Random { .. } => (0..points).collect(),
        })
    }
}

/// Different numbers below `points`, by Floyd's algorithm: no more draws than numbers, whatever their share.
/// Source: Bentley and Floyd (1987), Communications of the ACM 30, 754-757.
fn draw(points: u128, wanted: usize, seed: u64) -> Vec<u128> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = BTreeSet::new();
    for highest in points - wanted as u128..points {
        let number = rng.random_range(0..=highest);
        if !drawn.insert(number) {
            drawn.insert(highest);
        }
    }
    drawn.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(parameter: &str, count: i64) -> SearchAxis {
        SearchAxis {
            entry: 0,
            strategy: "sma-cross".to_owned(),
            parameter: parameter.to_owned(),
            values: (0..count).map(ParameterValue::Integer).collect(),
        }
    }

    #[test]
    fn a_grid_visits_every_point_once_with_the_last_axis_turning_fastest() {
        let space = SearchSpace::new(vec![axis("a", 2), axis("b", 3)]).unwrap();
        let points: Vec<_> =
            space.choose(Search::Grid, 10).unwrap().into_iter().map(|number| space.point(number)).collect();
        assert_eq!(points, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
    }

    #[test]
    fn a_grid_of_a_billion_points_is_refused_with_its_count_and_a_hint() {
        let space = SearchSpace::new(vec![axis("a", 1000), axis("b", 1000), axis("c", 1000)]).unwrap();
        let refused = space.choose(Search::Grid, 100_000).unwrap_err().to_string();
        assert!(refused.contains("1000000000 points") && refused.contains("--random"), "{refused}");
        let many = SearchSpace::new((0..40).map(|n| axis(&format!("p{n}"), 1000)).collect()).unwrap();
        assert_eq!(many.points(), u128::MAX);
        assert_eq!(many.choose(Search::Random { trials: 5, seed: 1 }, 10).unwrap().len(), 5);
    }

    #[test]
    fn random_points_differ_and_repeat_with_their_seed() {
        let space = SearchSpace::new(vec![axis("a", 100), axis("b", 100)]).unwrap();
        let draw = |seed| space.choose(Search::Random { trials: 500, seed }, 1000).unwrap();
        let first = draw(7);
        assert!(first == draw(7) && first != draw(8));
        assert!(first.windows(2).all(|pair| pair[0] < pair[1]) && first.len() == 500);
        assert_eq!(space.choose(Search::Random { trials: 20_000, seed: 1 }, 20_000).unwrap().len(), 10_000);
    }

    #[test]
    fn random_points_are_spread_evenly() {
        let space = SearchSpace::new(vec![axis("a", 10)]).unwrap();
        let mut counts = [0; 10];
        for seed in 0..2000 {
            for number in space.choose(Search::Random { trials: 3, seed }, 10).unwrap() {
                counts[number as usize] += 1;
            }
        }
        assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
    }

    #[test]
    fn nothing_varied_twice_varied_and_valueless_axes_are_refused() {
        assert_eq!(SearchSpace::new(Vec::new()), Err(SearchError::NoAxis));
        let twice = SearchSpace::new(vec![axis("a", 2), axis("a", 3)]);
        assert_eq!(twice, Err(SearchError::Twice { axis: "sma-cross.a".to_owned() }));
        assert!(matches!(SearchSpace::new(vec![axis("a", 0)]), Err(SearchError::NoValue { .. })));
    }
}
