//! Which assets have a position at all: branch and bound over the convex program.

use super::{
    constraint::Limits, inputs::Inputs, objective::Objective, portfolio::Portfolio, solution::Solution,
};
use crate::PortfolioError;

/// Convex programs that are solved for one choice; beyond them the best that was found is the answer.
const MOST: u32 = 1000;
/// A weight below this is none.
const NOTHING: f64 = 1e-9;

/// How the assets with a position were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Convex programs that were solved.
    pub programs: u32,
    /// Whether no other choice is better. If not, the search was cut off and this is the best that was found.
    pub proven: bool,
}

/// What has been decided of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing yet.
    Open,
    /// No position.
    Out,
    /// A position, long or of any sign where none is too small.
    Long,
    /// A short position.
    Short,
}

impl Place {
    /// The bounds of an asset in this place beyond those of all, and why they are there.
    pub(super) fn limits(self, asked: &Portfolio) -> Option<(Limits, String)> {
        let (size, most) = (asked.smallest_position, asked.most_assets);
        let small = format!("no position smaller than {size}");
        match self {
            Self::Open => None,
            Self::Out if size > 0.0 && most.is_none() => Some((Limits(Some(0.0), Some(0.0)), small)),
            Self::Out => {
                let few = most.map_or(String::new(), |count| format!("at most {count} assets with a weight"));
                let why = if size > 0.0 { format!("{few}, {small}") } else { few };
                Some((Limits(Some(0.0), Some(0.0)), why))
            }
            Self::Long => (size > 0.0).then_some((Limits(Some(size), None), small)),
            Self::Short => Some((Limits(None, Some(-size)), small)),
        }
    }
}

/// The search for the best choice.
pub(super) struct Choosing<'a> {
    asked: &'a Portfolio,
    inputs: &'a Inputs,
    most: usize,
    programs: u32,
    best: Option<(Vec<Place>, Solution)>,
    /// What kept the choices that are impossible from being made.
    conflict: Vec<String>,
    /// A part of the choices that earns nothing: no fault of the search.
    poor: Option<PortfolioError>,
    /// A part of the choices of which nothing is known.
    fault: Option<PortfolioError>,
}

impl<'a> Choosing<'a> {
    /// `None` where nothing needs to be chosen.
    pub(super) fn of(asked: &'a Portfolio, inputs: &'a Inputs) -> Option<Self> {
        let assets = inputs.names().len();
        let most = asked.most_assets.unwrap_or(assets);
        let needed = asked.smallest_position > 0.0 || most < assets;
        needed.then_some(Self {
            asked,
            inputs,
            most,
            programs: 0,
            best: None,
            conflict: Vec::new(),
            poor: None,
            fault: None,
        })
    }

    /// The best choice, solved.
    pub(super) fn run(mut self, near: Option<&Solution>) -> Result<Solution, PortfolioError> {
        if self.all_are_in() && self.most < self.inputs.names().len() {
            let few = format!("at most {} assets with a weight", self.most);
            let all = "every asset carries a part of the risk".to_owned();
            return Err(PortfolioError::Infeasible { conflict: vec![few, all] });
        }
        let open = vec![Place::Open; self.inputs.names().len()];
        let mut waiting = vec![(open.clone(), self.solved(&open, near)?)];
        while let Some((places, relaxed)) = waiting.pop() {
            if self.best.as_ref().is_some_and(|(_, best)| !self.improves(&relaxed, best)) {
                continue;
            }
            let Some(asset) = self.undecided(&places, &relaxed) else {
                self.best = Some((places, relaxed));
                continue;
            };
            let sides = self.sides(asset, &places, &relaxed);
            let mut parts: Vec<_> = sides.into_iter().filter_map(|p| self.tried(p, &relaxed)).collect();
            // The likeliest last, so that it is looked at first.
            parts.reverse();
            waiting.extend(parts);
            if self.programs >= MOST {
                return self.told(waiting.is_empty());
            }
        }
        self.told(true)
    }

    fn told(self, ended: bool) -> Result<Solution, PortfolioError> {
        let choice = Some(Choice { programs: self.programs, proven: ended && self.fault.is_none() });
        match (self.best, self.fault.or(self.poor)) {
            (Some((places, mut best)), _) => {
                for (weight, place) in best.weights.iter_mut().zip(places) {
                    if place == Place::Out || weight.abs() < NOTHING {
                        *weight = 0.0;
                    }
                }
                Ok(Solution { choice, ..best })
            }
            (None, Some(fault)) => Err(fault),
            (None, None) if ended => Err(PortfolioError::Infeasible { conflict: self.conflict }),
            (None, None) => Err(PortfolioError::StoppedEarly {
                status: "no choice of assets was found that meets the constraints".to_owned(),
                iterations: self.programs,
                residual: f64::INFINITY,
            }),
        }
    }

    fn solved(&mut self, places: &[Place], near: Option<&Solution>) -> Result<Solution, PortfolioError> {
        self.programs += 1;
        self.asked.solve_placed(self.inputs, places, near)
    }

    /// A part of the choices, with the best that it could hold; `None` if it holds none.
    fn tried(&mut self, places: Vec<Place>, near: &Solution) -> Option<(Vec<Place>, Solution)> {
        match self.solved(&places, Some(near)) {
            Ok(solution) => Some((places, solution)),
            Err(PortfolioError::Infeasible { conflict }) => {
                for text in conflict {
                    if !self.conflict.contains(&text) {
                        self.conflict.push(text);
                    }
                }
                None
            }
            Err(poor @ PortfolioError::NoExcessReturn { .. }) => {
                self.poor = Some(poor);
                None
            }
            Err(fault) => {
                self.fault = Some(fault);
                None
            }
        }
    }

    /// Whether the objective leaves nobody out.
    fn all_are_in(&self) -> bool {
        matches!(self.asked.objective, Objective::Share(_))
    }

    fn improves(&self, one: &Solution, best: &Solution) -> bool {
        let margin = 1e-8 * best.objective.abs();
        match self.asked.objective {
            Objective::Maximise(_) => one.objective > best.objective + margin,
            Objective::Minimise(_) | Objective::Share(_) => one.objective < best.objective - margin,
        }
    }

    /// The asset to decide next: the smallest position that is too small, or one too many; `None` when all is well.
    fn undecided(&self, places: &[Place], relaxed: &Solution) -> Option<usize> {
        let size = |i: usize| relaxed.weights[i].abs();
        let held = |i: &usize| size(*i) > NOTHING;
        let open = |i: &usize| held(i) && matches!(places.get(*i), None | Some(Place::Open));
        let smallest = |a: &usize, b: &usize| size(*a).total_cmp(&size(*b));
        let all = 0..relaxed.weights.len();
        let too_small = |i: &usize| size(*i) < self.asked.smallest_position - NOTHING;
        if let Some(small) = all.clone().filter(open).filter(too_small).min_by(smallest) {
            return Some(small);
        }
        let many = all.clone().filter(held).count() > self.most;
        if many { all.filter(open).min_by(smallest) } else { None }
    }

    /// The ways to decide of an asset, the likeliest first.
    fn sides(&self, asset: usize, places: &[Place], relaxed: &Solution) -> Vec<Vec<Place>> {
        let with = |place: Place| {
            let mut places = places.to_vec();
            places[asset] = place;
            let taken = places.iter().filter(|p| matches!(p, Place::Long | Place::Short)).count();
            if taken >= self.most {
                places.iter_mut().filter(|p| **p == Place::Open).for_each(|p| *p = Place::Out);
            }
            places
        };
        let shorts = self.asked.smallest_position > 0.0 && self.asked.lower() < 0.0;
        let (first, second) = if relaxed.weights[asset] < 0.0 {
            (Place::Short, Place::Long)
        } else {
            (Place::Long, Place::Short)
        };
        match shorts {
            _ if self.all_are_in() => vec![with(Place::Long)],
            true => vec![with(Place::Out), with(first), with(second)],
            false => vec![with(Place::Out), with(Place::Long)],
        }
    }
}
