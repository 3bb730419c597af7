//! The best portfolio between bounds: a fast exact path, without a conic solver.

use ndarray::{Array1, Array2, ArrayView2};

use crate::{
    PortfolioError,
    budgeting::contributions,
    definite::{Factor, ScaledCovariance, check_vector},
};

/// Largest relative violation of the optimality conditions that counts as solved.
const TOLERANCE: f64 = 1e-10;
/// Rounding of a weight.
const ROUNDING: f64 = 1e-13;

/// Bounds of each weight, summing to 1 between them.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightBounds {
    lower: Vec<f64>,
    upper: Vec<f64>,
}

impl WeightBounds {
    /// No weight below zero.
    ///
    /// # Errors
    /// No asset.
    pub fn long_only(assets: usize) -> Result<Self, PortfolioError> {
        Self::new(vec![0.0; assets], vec![1.0; assets])
    }

    /// Any bounds.
    ///
    /// # Errors
    /// [`PortfolioError::Infeasible`] when weights between them cannot sum to 1, lengths that differ, not finite.
    pub fn new(lower: Vec<f64>, upper: Vec<f64>) -> Result<Self, PortfolioError> {
        if lower.is_empty() {
            return Err(PortfolioError::Empty);
        }
        check_vector("lower bounds", &lower, lower.len())?;
        check_vector("upper bounds", &upper, lower.len())?;
        let sum = |bounds: &[f64]| bounds.iter().sum::<f64>();
        let conflict = if let Some(i) = (0..lower.len()).find(|&i| lower[i] > upper[i]) {
            vec![format!("asset {i} at least {}", lower[i]), format!("asset {i} at most {}", upper[i])]
        } else if sum(&lower) > 1.0 + ROUNDING {
            vec!["the weights sum to 1".into(), format!("the lower bounds, which sum to {}", sum(&lower))]
        } else if sum(&upper) < 1.0 - ROUNDING {
            vec!["the weights sum to 1".into(), format!("the upper bounds, which sum to {}", sum(&upper))]
        } else {
            return Ok(Self { lower, upper });
        };
        Err(PortfolioError::Infeasible { conflict })
    }
}

/// The best portfolio between bounds, with its proof.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundedPortfolio {
    /// Weights, summing to 1.
    pub weights: Vec<f64>,
    /// Standard deviation, per period of the covariance.
    pub volatility: f64,
    /// Share of the variance that each asset carries.
    pub contributions: Vec<f64>,
    /// Places of the assets that are held at a bound.
    pub at_bound: Vec<usize>,
    /// The certificate: largest violation of the optimality conditions relative to the terms of the marginal risk,
    /// at most 1e-10.
    pub residual: f64,
    /// Linear systems solved.
    pub iterations: u32,
}

/// The portfolio of least variance between bounds.
///
/// Guesses which bounds hold, solves the rest exactly, and lets the signs of the multipliers correct the guess (block
/// principal pivoting: Judice and Pires 1994). A singular covariance is solved by proximal steps that end at a minimum
/// of the covariance itself, not of a regularised one.
///
/// ```
/// use autotrading_portfolio::{WeightBounds, minimum_variance};
/// use ndarray::array;
///
/// // Uncorrelated variances of 1 and 3: three quarters and one quarter.
/// let answer = minimum_variance(array![[1.0, 0.0], [0.0, 3.0]].view(), &WeightBounds::long_only(2)?)?;
/// assert!((answer.weights[0] - 0.75).abs() < 1e-15);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// A covariance of another size, not finite, not symmetric, not positive semi-definite, with a constant asset;
/// [`PortfolioError::StoppedEarly`] when the certificate is not good enough.
pub fn minimum_variance(
    covariance: ArrayView2<'_, f64>,
    bounds: &WeightBounds,
) -> Result<BoundedPortfolio, PortfolioError> {
    BoundedProblem::of(covariance, bounds)?.solve(None)
}

/// `min w'Sw / 2 - g'w` between bounds, in the unit in which the mean variance is one.
pub(crate) struct BoundedProblem<'a> {
    covariance: ScaledCovariance,
    bounds: &'a WeightBounds,
    gain: Array1<f64>,
}

impl<'a> BoundedProblem<'a> {
    /// Without a gain: the least variance.
    pub(crate) fn of(
        covariance: ArrayView2<'_, f64>,
        bounds: &'a WeightBounds,
    ) -> Result<Self, PortfolioError> {
        let n = bounds.lower.len();
        if covariance.dim() != (n, n) {
            let got = covariance.dim();
            return Err(PortfolioError::Shape { what: "covariance", got, required: (n, n) });
        }
        let covariance = ScaledCovariance::of(covariance)?;
        Ok(Self { covariance, bounds, gain: Array1::zeros(n) })
    }

    /// The same with a gain for each unit of weight, in the unit of the covariance.
    pub(crate) fn gaining(self, gain: &[f64]) -> Result<Self, PortfolioError> {
        check_vector("expected returns", gain, self.gain.len())?;
        let gain: Array1<f64> = gain.iter().map(|g| g / self.covariance.scale).collect();
        check_vector("expected returns over the risk aversion", &gain.to_vec(), gain.len())?;
        Ok(Self { gain, ..self })
    }

    /// The answer, from weights near it where there are some.
    pub(crate) fn solve(&self, near: Option<&[f64]>) -> Result<BoundedPortfolio, PortfolioError> {
        let mut search = Pivoting::new(&self.covariance.matrix, &self.gain, self.bounds);
        if let Some(near) = near {
            check_vector("weights to start from", near, self.gain.len())?;
            search.start_near(near);
        }
        search.run();
        let residual = search.residual();
        if residual.is_nan() || residual > TOLERANCE {
            let status = "the portfolio between bounds is not certified".to_owned();
            return Err(PortfolioError::StoppedEarly { status, iterations: search.iterations, residual });
        }
        let weights = search.weights.to_vec();
        let (contributions, variance) = contributions(&self.covariance.matrix, &weights);
        let at_bound = (0..weights.len()).filter(|&i| search.places[i] != Place::Free).collect();
        let (volatility, iterations) =
            ((variance.max(0.0) * self.covariance.scale).sqrt(), search.iterations);
        Ok(BoundedPortfolio { weights, volatility, contributions, at_bound, residual, iterations })
    }
}

/// The same, from weights near the answer: those of yesterday. The answer does not depend on them; it takes fewer steps
/// when the same assets lie at the same bounds.
///
/// ```
/// use autotrading_portfolio::{WeightBounds, minimum_variance, minimum_variance_near};
/// use ndarray::array;
///
/// let bounds = WeightBounds::new(vec![0.0; 3], vec![0.5; 3])?;
/// let yesterday = minimum_variance(array![[1.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 9.0]].view(), &bounds)?;
/// let today = array![[1.1, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 9.0]];
/// let answer = minimum_variance_near(today.view(), &bounds, &yesterday.weights)?;
/// assert_eq!(answer.weights[0], 0.5); // still at its cap
/// assert_eq!(answer.iterations, 1);
/// # Ok::<(), autotrading_portfolio::PortfolioError>(())
/// ```
///
/// # Errors
/// As [`minimum_variance`]; weights of another number.
pub fn minimum_variance_near(
    covariance: ArrayView2<'_, f64>,
    bounds: &WeightBounds,
    near: &[f64],
) -> Result<BoundedPortfolio, PortfolioError> {
    BoundedProblem::of(covariance, bounds)?.solve(Some(near))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Lower,
    Upper,
}

struct Pivoting<'a> {
    covariance: &'a Array2<f64>,
    gain: &'a Array1<f64>,
    bounds: &'a WeightBounds,
    places: Vec<Place>,
    weights: Array1<f64>,
    /// The multiplier of the budget: the marginal risk of every free asset.
    price: f64,
    iterations: u32,
}

impl<'a> Pivoting<'a> {
    fn new(covariance: &'a Array2<f64>, gain: &'a Array1<f64>, bounds: &'a WeightBounds) -> Self {
        let n = bounds.lower.len();
        let fixed = |i: usize| if bounds.lower[i] == bounds.upper[i] { Place::Lower } else { Place::Free };
        Self {
            covariance,
            gain,
            bounds,
            places: (0..n).map(fixed).collect(),
            weights: Array1::from_elem(n, 1.0 / n as f64),
            price: 0.0,
            iterations: 0,
        }
    }

    /// The first guess: what lies at a bound stays there.
    fn start_near(&mut self, weights: &[f64]) {
        for (i, &weight) in weights.iter().enumerate() {
            let (lower, upper) = (self.bounds.lower[i], self.bounds.upper[i]);
            self.places[i] = match weight {
                w if w <= lower + ROUNDING => Place::Lower,
                w if w >= upper - ROUNDING => Place::Upper,
                _ => Place::Free,
            };
        }
    }

    /// Plain first; where a free block is singular, proximal steps: each adds `pull / 2 |w - last|^2`, which fades as
    /// the weights settle.
    fn run(&mut self) {
        const PULL: f64 = 1e-7;
        if (self.pivot(0.0) || self.walk(0.0)) && self.residual() <= TOLERANCE {
            return;
        }
        self.start_inside();
        for _ in 0..50 {
            let last = self.weights.clone();
            if !self.pivot(PULL) {
                self.weights = last;
                self.walk(PULL);
            }
            if self.residual() <= TOLERANCE / 10.0 {
                return;
            }
        }
    }

    /// Every weight the same share of the way between its bounds, so that they sum to one.
    fn start_inside(&mut self) {
        let (lower, upper) = (&self.bounds.lower, &self.bounds.upper);
        let (low, high): (f64, f64) = (lower.iter().sum(), upper.iter().sum());
        let share = if high > low { ((1.0 - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        let fixed = |i: usize| if lower[i] == upper[i] { Place::Lower } else { Place::Free };
        self.places = (0..lower.len()).map(fixed).collect();
        self.weights = lower.iter().zip(upper).map(|(l, u)| l + share * (u - l)).collect();
    }

    /// The slow sure way, for when the blocks go in circles: from an allowed portfolio towards the best for the places
    /// as they are, up to the first bound in the way; there, lets go of the bound that pushes the wrong way most. Each
    /// step lowers the variance.
    fn walk(&mut self, pull: f64) -> bool {
        let anchor = self.weights.clone();
        self.start_inside();
        for _ in 0..20 * self.weights.len() + 100 {
            self.iterations += 1;
            let from = self.weights.clone();
            if self.solve(pull, &anchor).is_none() {
                return false;
            }
            if let Some((length, asset, place)) = self.first_bound(&from) {
                self.weights = &from + &((&self.weights - &from) * length);
                self.places[asset] = place;
                continue;
            }
            let marginal = self.marginal(pull, &anchor);
            let push = |&(asset, _): &(usize, Place)| (marginal[asset] - self.price).abs();
            let wrong = self.wrong(pull, &anchor);
            match wrong.iter().max_by(|a, b| push(a).total_cmp(&push(b))) {
                None => return true,
                Some(&(asset, place)) => self.places[asset] = place,
            }
        }
        false
    }

    /// The first bound on the way from `from` to the weights: how far it is (0 to 1), whose, and which.
    fn first_bound(&self, from: &Array1<f64>) -> Option<(f64, usize, Place)> {
        let mut first: Option<(f64, usize, Place)> = None;
        for i in (0..from.len()).filter(|&i| self.places[i] == Place::Free) {
            let (w, step) = (self.weights[i], self.weights[i] - from[i]);
            let (bound, place) = match step < 0.0 {
                true => (self.bounds.lower[i], Place::Lower),
                false => (self.bounds.upper[i], Place::Upper),
            };
            let beyond = if step < 0.0 { bound - w } else { w - bound };
            let length = ((bound - from[i]) / step).clamp(0.0, 1.0);
            if beyond > ROUNDING && first.is_none_or(|(least, _, _)| length < least) {
                first = Some((length, i, place));
            }
        }
        first
    }

    /// Moves every asset to where its sign says, in blocks while that helps, one at a time when it does not. That it ends is
    /// likely and not certain.
    fn pivot(&mut self, pull: f64) -> bool {
        let anchor = self.weights.clone();
        let (mut fewest, mut patience) = (usize::MAX, 5);
        for _ in 0..self.weights.len() + 50 {
            self.iterations += 1;
            if self.solve(pull, &anchor).is_none() {
                return false;
            }
            let wrong = self.wrong(pull, &anchor);
            if wrong.is_empty() {
                return true;
            }
            if wrong.len() < fewest {
                (fewest, patience) = (wrong.len(), 5);
            } else {
                patience -= i32::from(patience > 0);
            }
            let moved = if patience > 0 { wrong.len() } else { 1 };
            for &(asset, place) in wrong.iter().rev().take(moved) {
                self.places[asset] = place;
            }
        }
        false
    }

    /// Solves the free weights and the price exactly.
    fn solve(&mut self, pull: f64, anchor: &Array1<f64>) -> Option<()> {
        let free: Vec<usize> = (0..self.places.len()).filter(|&i| self.places[i] == Place::Free).collect();
        for (i, place) in self.places.iter().enumerate() {
            match place {
                Place::Free => self.weights[i] = 0.0,
                Place::Lower => self.weights[i] = self.bounds.lower[i],
                Place::Upper => self.weights[i] = self.bounds.upper[i],
            }
        }
        if free.is_empty() {
            return self.price_without_free(pull, anchor);
        }
        let block = Array2::from_shape_fn((free.len(), free.len()), |(a, b)| {
            self.covariance[[free[a], free[b]]] + if a == b { pull } else { 0.0 }
        });
        let held = self.covariance.dot(&self.weights);
        let target = Array1::from_shape_fn(free.len(), |a| {
            self.gain[free[a]] + pull * anchor[free[a]] - held[free[a]]
        });
        let factor = Factor::of(block.view())?;
        let unit = factor.solve(&Array1::ones(free.len()))?;
        let base = factor.solve(&target)?;
        self.price = (1.0 - self.weights.sum() - base.sum()) / unit.sum();
        for (a, &i) in free.iter().enumerate() {
            self.weights[i] = base[a] + self.price * unit[a];
        }
        self.price.is_finite().then_some(())
    }

    /// All at bounds: any price between the marginal risks at the upper and at the lower bounds will do; if the sum is
    /// off, the cheapest asset that can still move is freed.
    fn price_without_free(&mut self, pull: f64, anchor: &Array1<f64>) -> Option<()> {
        let marginal = self.marginal(pull, anchor);
        let missing = 1.0 - self.weights.sum();
        let (mut best, mut chosen) = (f64::INFINITY, None);
        for (i, place) in self.places.iter().enumerate() {
            let movable =
                self.bounds.lower[i] < self.bounds.upper[i] && (missing >= 0.0) == (*place == Place::Lower);
            let cost = if missing >= 0.0 { marginal[i] } else { -marginal[i] };
            if movable && cost < best {
                (best, chosen) = (cost, Some(i));
            }
        }
        let chosen_price = chosen.map_or(0.0, |i| marginal[i]);
        if missing.abs() <= 1e-12 {
            // Full: the price is the dearest that is still worth holding at its cap.
            let held = (0..self.places.len()).filter(|&i| self.places[i] == Place::Upper);
            let dearest = held.map(|i| marginal[i]).fold(f64::NEG_INFINITY, f64::max);
            self.price = if dearest.is_finite() { dearest } else { chosen_price };
            return Some(());
        }
        self.places[chosen?] = Place::Free;
        self.solve(pull, anchor)
    }

    fn marginal(&self, pull: f64, anchor: &Array1<f64>) -> Array1<f64> {
        let mut marginal = self.covariance.dot(&self.weights) - self.gain;
        if pull > 0.0 {
            marginal.scaled_add(pull, &self.weights);
            marginal.scaled_add(-pull, anchor);
        }
        marginal
    }

    /// Assets at the wrong place, and where they belong.
    fn wrong(&self, pull: f64, anchor: &Array1<f64>) -> Vec<(usize, Place)> {
        let marginal = self.marginal(pull, anchor);
        let noise = 1e-13 * marginal.iter().chain(self.gain).fold(self.price.abs(), |m, x| m.max(x.abs()));
        let belongs = |i: usize| {
            let (w, gap) = (self.weights[i], marginal[i] - self.price);
            let movable = self.bounds.lower[i] < self.bounds.upper[i];
            match self.places[i] {
                Place::Free if w < self.bounds.lower[i] - ROUNDING => Some((i, Place::Lower)),
                Place::Free if w > self.bounds.upper[i] + ROUNDING => Some((i, Place::Upper)),
                Place::Lower if movable && gap < -noise => Some((i, Place::Free)),
                Place::Upper if movable && gap > noise => Some((i, Place::Free)),
                _ => None,
            }
        };
        (0..self.places.len()).filter_map(belongs).collect()
    }

    /// Largest violation of the optimality conditions of the covariance itself.
    fn residual(&self) -> f64 {
        let marginal = self.covariance.dot(&self.weights) - self.gain;
        // Relative to the terms of each marginal risk, not to their sum, which a perfect hedge brings to rounding.
        let size = self.covariance.mapv(f64::abs).dot(&self.weights.mapv(f64::abs));
        let size = size.iter().chain(self.gain).fold(f64::MIN_POSITIVE, |m, x| m.max(x.abs()));
        let mut worst = (self.weights.sum() - 1.0).abs();
        for (i, place) in self.places.iter().enumerate() {
            let (w, gap) = (self.weights[i], (marginal[i] - self.price) / size);
            let movable = self.bounds.lower[i] < self.bounds.upper[i];
            let slope = match place {
                Place::Free => gap.abs(),
                Place::Lower if movable => (-gap).max(0.0),
                Place::Upper if movable => gap.max(0.0),
                _ => 0.0,
            };
            worst = worst.max(slope).max(self.bounds.lower[i] - w).max(w - self.bounds.upper[i]);
        }
        worst
    }
}
