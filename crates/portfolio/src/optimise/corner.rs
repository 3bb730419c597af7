//! The way past the conic solver for an expected shortfall: from corner to corner of a function that is linear in pieces.
//!
//! `min t + u sum max(-r_k'w - t, 0)` has its minimum at a corner: as many scenarios lose exactly the threshold as there are
//! weights between their bounds. From a corner one leaves along the edge that falls most, past every scenario that crosses
//! the threshold, until the fall ends or a weight meets its bound: the simplex method with long steps, whose systems are as
//! large as the number of weights between bounds and not as the number of scenarios. Source: Bloomfield and Steiger (1983),
//! "Least absolute deviations", chapter 7, for the step; the problem is that of Rockafellar and Uryasev (2000).

use faer::{Mat, linalg::solvers::Solve};
use ndarray::{Array2, ArrayView1};

use super::{
    exact::carried,
    program::{Point, Row},
};

/// A multiplier is out of its place by more than this.
const NOISE: f64 = 1e-12;

/// The best corner, with what proves it.
pub(super) struct Corner {
    pub(super) weights: Vec<f64>,
    pub(super) threshold: f64,
    /// Scenarios that lose the threshold or more, in order, and how much of the tail's mean each is.
    pub(super) tail: Vec<(usize, f64)>,
    /// The slope of the shortfall along each weight.
    pub(super) slope: Vec<f64>,
    /// The slope that weights between bounds have in common.
    pub(super) price: f64,
    pub(super) steps: u32,
}

impl Corner {
    /// The point of the program of the tail: weights, threshold, the excess of each scenario.
    pub(super) fn point(
        &self,
        rows: &[Row],
        scenarios: &Array2<f64>,
        confidence: f64,
        (lower, upper): (&[f64], &[f64]),
    ) -> Point {
        let unit = 1.0 / ((1.0 - confidence) * scenarios.nrows() as f64);
        let mut x = self.weights.clone();
        x.push(self.threshold);
        let excess =
            |(t, _): &(usize, f64)| (-dot(scenarios.row(*t), &self.weights) - self.threshold).max(0.0);
        x.extend(self.tail.iter().map(excess));
        let edges = self.weights.iter().zip(lower.iter().zip(upper));
        let held: Vec<bool> = edges.map(|(weight, (low, high))| weight == low || weight == high).collect();
        let mut multipliers = vec![-self.price];
        multipliers.extend(carried(rows, &self.weights, &held, (&self.slope, self.price), (lower, upper)));
        multipliers.extend(self.tail.iter().flat_map(|(_, share)| [*share, unit - share]));
        Point { x, multipliers, iterations: self.steps, status: "Exact".to_owned() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Below,
    On,
    Above,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Lower,
    Free,
    Upper,
}

/// Which way a corner is left.
#[derive(Clone, Copy)]
enum Exit {
    /// A weight leaves its bound.
    Asset(usize),
    /// A scenario leaves the threshold; `true` for a larger loss.
    Scenario(usize, bool),
}

/// What ends an edge.
enum End {
    Asset(usize, Place),
    Scenario(usize),
}

/// The least shortfall of weights between bounds that sum to one; `None` where the search does not end well.
pub(super) fn least_shortfall(
    scenarios: &Array2<f64>,
    confidence: f64,
    (lower, upper): (&[f64], &[f64]),
) -> Option<Corner> {
    faer::set_global_parallelism(faer::Par::Seq); // the caller owns the threads
    let mut search = Search::start(scenarios, confidence, lower, upper)?;
    for step in 1..=20 * (lower.len() as u32 + 50) {
        let factor = search.basis().partial_piv_lu();
        let (shares, price) = search.multipliers(&factor)?;
        let slope = search.slope(&shares);
        match search.exit(&shares, &slope, price) {
            None => return search.told(&factor, &shares, slope, price, step),
            Some((exit, fall)) => search.follow(&factor, exit, fall)?,
        }
    }
    None
}

type Factor = faer::linalg::solvers::PartialPivLu<f64>;

struct Search<'a> {
    scenarios: &'a Array2<f64>,
    /// The same with one asset after the other, which an edge walks along.
    columns: Array2<f64>,
    lower: &'a [f64],
    upper: &'a [f64],
    /// What one scenario of the tail weighs.
    unit: f64,
    weights: Vec<f64>,
    threshold: f64,
    places: Vec<Place>,
    free: Vec<usize>,
    sides: Vec<Side>,
    on: Vec<usize>,
    /// Loss less threshold.
    excess: Vec<f64>,
    above: usize,
    /// `-unit * sum of returns above`, by asset.
    pull: Vec<f64>,
}

impl<'a> Search<'a> {
    /// All at the lower bound and then filled, the asset of the least shortfall first; the last one filled is between bounds.
    fn start(
        scenarios: &'a Array2<f64>,
        confidence: f64,
        lower: &'a [f64],
        upper: &'a [f64],
    ) -> Option<Self> {
        let (periods, assets) = scenarios.dim();
        let unit = 1.0 / ((1.0 - confidence) * periods as f64);
        let mut order: Vec<(f64, usize)> =
            (0..assets).map(|i| (scenarios.column(i).iter().map(|r| r * r).sum(), i)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut weights = lower.to_vec();
        let mut places = vec![Place::Lower; assets];
        let mut left = 1.0 - lower.iter().sum::<f64>();
        let mut last = None;
        for (_, i) in order {
            if left <= 0.0 {
                break;
            }
            let room = upper[i] - lower[i];
            let taken = room.min(left);
            // To the last bit at its bound, for what is held there is told by that.
            weights[i] = if room <= left { upper[i] } else { lower[i] + taken };
            left -= taken;
            (places[i], last) = (Place::Upper, Some(i));
        }
        let last = last.filter(|_| left <= 1e-12)?;
        places[last] = Place::Free;
        let losses: Vec<f64> = scenarios.rows().into_iter().map(|row| -dot(row, &weights)).collect();
        let mut sorted: Vec<usize> = (0..periods).collect();
        sorted.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
        // So many are above that one more would be more than the tail.
        let above = ((1.0 / unit) as usize).min(periods.checked_sub(1)?);
        let on = sorted[above];
        let threshold = losses[on];
        let mut sides = vec![Side::Below; periods];
        sorted.iter().take(above).for_each(|&t| sides[t] = Side::Above);
        sides[on] = Side::On;
        let mut pull = vec![0.0; assets];
        for &t in sorted.iter().take(above) {
            scenarios.row(t).iter().zip(&mut pull).for_each(|(r, p)| *p -= unit * r);
        }
        let excess = losses.iter().map(|loss| loss - threshold).collect();
        let (free, on) = (vec![last], vec![on]);
        Some(Self {
            scenarios,
            columns: scenarios.t().as_standard_layout().into_owned(),
            lower,
            upper,
            unit,
            weights,
            threshold,
            places,
            free,
            sides,
            on,
            excess,
            above,
            pull,
        })
    }

    /// `[-r 1; 1 0]`: a row for each scenario on the threshold and one for the sum, a column for each free weight and one for
    /// the threshold.
    fn basis(&self) -> Mat<f64> {
        let size = self.free.len();
        Mat::from_fn(size + 1, size + 1, |row, column| match (self.on.get(row), self.free.get(column)) {
            (Some(&t), Some(&i)) => -self.scenarios[[t, i]],
            (Some(_), None) => -1.0,
            (None, Some(_)) => 1.0,
            (None, None) => 0.0,
        })
    }

    /// What part each scenario on the threshold is of the tail, and the price.
    fn multipliers(&self, factor: &Factor) -> Option<(Vec<f64>, f64)> {
        let size = self.free.len();
        let rhs = Mat::from_fn(size + 1, 1, |row, _| match self.free.get(row) {
            Some(&i) => -self.pull[i],
            None => self.unit * self.above as f64 - 1.0,
        });
        let solved = factor.solve_transpose(&rhs);
        let shares: Vec<f64> = (0..size).map(|row| solved[(row, 0)]).collect();
        let price = -solved[(size, 0)];
        (price.is_finite() && shares.iter().all(|share| share.is_finite())).then_some((shares, price))
    }

    fn slope(&self, shares: &[f64]) -> Vec<f64> {
        let mut slope = self.pull.clone();
        for (&t, share) in self.on.iter().zip(shares) {
            self.scenarios.row(t).iter().zip(&mut slope).for_each(|(r, s)| *s -= share * r);
        }
        slope
    }

    /// The edge that falls most, and how steeply.
    fn exit(&self, shares: &[f64], slope: &[f64], price: f64) -> Option<(Exit, f64)> {
        let mut best: Option<(Exit, f64)> = None;
        let mut offer = |exit, fall: f64| {
            if fall < -NOISE && best.as_ref().is_none_or(|(_, most)| fall < *most) {
                best = Some((exit, fall));
            }
        };
        for (i, place) in self.places.iter().enumerate().filter(|(i, _)| self.lower[*i] < self.upper[*i]) {
            match place {
                Place::Lower => offer(Exit::Asset(i), slope[i] - price),
                Place::Upper => offer(Exit::Asset(i), price - slope[i]),
                Place::Free => {}
            }
        }
        for (row, share) in shares.iter().enumerate() {
            offer(Exit::Scenario(row, false), *share);
            offer(Exit::Scenario(row, true), self.unit - share);
        }
        best
    }

    /// Along the edge to where the fall ends.
    fn follow(&mut self, factor: &Factor, exit: Exit, fall: f64) -> Option<()> {
        let size = self.free.len();
        let leaving = match exit {
            Exit::Asset(asset) => Some((asset, if self.places[asset] == Place::Lower { 1.0 } else { -1.0 })),
            Exit::Scenario(..) => None,
        };
        let rhs = Mat::from_fn(size + 1, 1, |row, _| match (exit, leaving) {
            (_, Some((asset, way))) => match self.on.get(row) {
                Some(&t) => way * self.scenarios[[t, asset]],
                None => -way,
            },
            (Exit::Scenario(place, up), _) if place == row => {
                if up {
                    1.0
                } else {
                    -1.0
                }
            }
            _ => 0.0,
        });
        let solved = factor.solve(&rhs);
        let mut moves: Vec<(usize, f64)> =
            self.free.iter().enumerate().map(|(c, &i)| (i, solved[(c, 0)])).collect();
        moves.extend(leaving);
        let rise = solved[(size, 0)];
        let changes: Vec<f64> = self.changes(&moves, rise);
        let (length, end, crossed) = self.end_of(&moves, &changes, fall)?;
        for &(i, by) in &moves {
            self.weights[i] += length * by;
        }
        self.threshold += length * rise;
        self.excess.iter_mut().zip(&changes).for_each(|(excess, change)| *excess += length * change);
        crossed.into_iter().for_each(|t| self.cross(t));
        self.exchange(exit, end);
        Some(())
    }

    fn changes(&self, moves: &[(usize, f64)], rise: f64) -> Vec<f64> {
        let mut changes = vec![-rise; self.excess.len()];
        for &(i, by) in moves {
            let column = self.columns.row(i).to_slice().unwrap_or_default();
            changes.iter_mut().zip(column).for_each(|(change, r)| *change -= by * r);
        }
        changes
    }

    /// How far the edge falls, what ends it, and which scenarios cross the threshold on the way.
    fn end_of(&self, moves: &[(usize, f64)], changes: &[f64], fall: f64) -> Option<(f64, End, Vec<usize>)> {
        let mut wall: Option<(f64, usize, Place)> = None;
        for &(i, by) in moves {
            let (bound, place) =
                if by < 0.0 { (self.lower[i], Place::Lower) } else { (self.upper[i], Place::Upper) };
            let length = ((bound - self.weights[i]) / by).max(0.0);
            if by.abs() > NOISE
                && length.is_finite()
                && wall.as_ref().is_none_or(|(least, ..)| length < *least)
            {
                wall = Some((length, i, place));
            }
        }
        let most = wall.as_ref().map_or(f64::INFINITY, |(length, ..)| *length);
        let mut crossings: Vec<(f64, usize)> = (self.excess.iter().zip(changes).enumerate())
            .filter(|(t, (_, change))| match self.sides[*t] {
                Side::Below => **change > 0.0,
                Side::Above => **change < 0.0,
                Side::On => false,
            })
            .map(|(t, (excess, change))| ((-excess / change).max(0.0), t))
            .filter(|(length, _)| *length <= most)
            .collect();
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut slope, mut crossed) = (fall, Vec::new());
        for (length, t) in crossings {
            slope += self.unit * changes[t].abs();
            if slope >= 0.0 {
                return Some((length, End::Scenario(t), crossed));
            }
            crossed.push(t);
        }
        wall.map(|(length, i, place)| (length, End::Asset(i, place), crossed))
    }

    /// A scenario goes to the other side of the threshold.
    fn cross(&mut self, t: usize) {
        let now = if self.sides[t] == Side::Above { Side::Below } else { Side::Above };
        self.put(t, now);
    }

    /// Puts a scenario on a side, and its pull with it.
    fn put(&mut self, t: usize, side: Side) {
        let sign = match (self.sides[t], side) {
            (Side::Above, Side::Above) => 0.0,
            (_, Side::Above) => 1.0,
            (Side::Above, _) => -1.0,
            _ => 0.0,
        };
        if sign > 0.0 {
            self.above += 1;
        } else if sign < 0.0 {
            self.above -= 1;
        }
        let weight = sign * self.unit;
        self.scenarios.row(t).iter().zip(&mut self.pull).for_each(|(r, p)| *p -= weight * r);
        self.sides[t] = side;
    }

    /// What left the corner makes room for what ended the edge.
    fn exchange(&mut self, exit: Exit, end: End) {
        match exit {
            Exit::Asset(asset) => {
                self.places[asset] = Place::Free;
                self.free.push(asset);
            }
            Exit::Scenario(place, up) => {
                let t = self.on.remove(place);
                self.put(t, if up { Side::Above } else { Side::Below });
            }
        }
        match end {
            End::Asset(asset, place) => {
                self.places[asset] = place;
                self.weights[asset] =
                    if place == Place::Lower { self.lower[asset] } else { self.upper[asset] };
                self.free.retain(|i| *i != asset);
            }
            End::Scenario(t) => {
                self.put(t, Side::On);
                self.excess[t] = 0.0;
                self.on.push(t);
            }
        }
    }

    /// The corner itself, solved once more from what defines it.
    fn told(
        mut self,
        factor: &Factor,
        shares: &[f64],
        slope: Vec<f64>,
        price: f64,
        steps: u32,
    ) -> Option<Corner> {
        let size = self.free.len();
        let mut held = self.weights.clone();
        self.free.iter().for_each(|&i| held[i] = 0.0);
        let rhs = Mat::from_fn(size + 1, 1, |row, _| match self.on.get(row) {
            Some(&t) => dot(self.scenarios.row(t), &held),
            None => 1.0 - held.iter().sum::<f64>(),
        });
        let solved = factor.solve(&rhs);
        for (column, &i) in self.free.iter().enumerate() {
            self.weights[i] = solved[(column, 0)];
        }
        self.threshold = solved[(size, 0)];
        let above = (0..self.sides.len()).filter(|t| self.sides[*t] == Side::Above).map(|t| (t, self.unit));
        let on = self.on.iter().copied().zip(shares.iter().copied());
        let mut tail: Vec<(usize, f64)> = above.chain(on).collect();
        tail.sort_unstable_by_key(|(t, _)| *t);
        Some(Corner { weights: self.weights, threshold: self.threshold, tail, slope, price, steps })
    }
}

fn dot(row: ArrayView1<'_, f64>, weights: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(r, w)| r * w).sum()
}
