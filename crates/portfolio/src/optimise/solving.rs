//! From a sentence to certified weights.

use ndarray::Array2;

use super::{
    choice::{Choosing, Place},
    constraint::Draft,
    corner::least_shortfall,
    exact,
    inputs::Inputs,
    objective::{Objective, Reward, Risk},
    polish::polish,
    portfolio::Portfolio,
    program::{Point, Program},
    scenarios::{first_tail, widen_tail},
    solution::{Residuals, Solution, SolvedBy, Trace},
};
use crate::{PortfolioError, budgeting::contributions};

/// A residual above this is no certificate.
const TOLERANCE: f64 = 1e-8;
/// What an answer must come to that is made from the constraints of an earlier one.
const CONTINUED: f64 = 1e-10;

impl Portfolio {
    /// The weights, with their certificate.
    ///
    /// # Errors
    /// An input that is missing or does not fit; [`PortfolioError::Infeasible`] with the constraints that exclude each
    /// other; [`PortfolioError::Unbounded`]; [`PortfolioError::NoExcessReturn`] for a Sharpe ratio that cannot be above
    /// zero; [`PortfolioError::StoppedEarly`] when the certificate is not good to 1e-8. Never equal weights instead.
    pub fn solve(&self, inputs: &Inputs) -> Result<Solution, PortfolioError> {
        self.solve_from(inputs, None)
    }

    /// The same, from an answer to a problem that was nearly this one: yesterday's, or that of the target before. Where the
    /// same constraints still hold the weights, one linear system takes the place of the whole search
    /// ([`SolvedBy::Continued`]). What comes out does not depend on it.
    ///
    /// ```
    /// use autotrading_portfolio::{Inputs, Portfolio, Risk, SolvedBy};
    /// use ndarray::array;
    ///
    /// let inputs = |calm: f64| {
    ///     let names = Inputs::new(["BTC", "ETH", "SOL"])?.sector("majors", &["BTC", "ETH"])?;
    ///     names.covariance(array![[calm, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 9.0]])
    /// };
    /// let asked = Portfolio::minimise(Risk::Variance).long_only().cap(1.0).sector("majors", ..=0.8);
    /// let yesterday = asked.solve(&inputs(1.0)?)?;
    /// let today = asked.solve_near(&inputs(1.1)?, &yesterday)?;
    /// assert_eq!(today.solved_by, SolvedBy::Continued);
    /// assert!((today.weights[2] - 0.2).abs() < 1e-12); // the sector is still full
    /// # Ok::<(), autotrading_portfolio::PortfolioError>(())
    /// ```
    ///
    /// # Errors
    /// As [`solve`](Self::solve); an answer for another number of assets.
    pub fn solve_near(&self, inputs: &Inputs, near: &Solution) -> Result<Solution, PortfolioError> {
        let (got, required) = (near.weights.len(), inputs.names().len());
        if got != required {
            let what = "the weights to start from";
            return Err(PortfolioError::Shape { what, got: (got, 1), required: (required, 1) });
        }
        self.solve_from(inputs, Some(near))
    }

    fn solve_from(&self, inputs: &Inputs, near: Option<&Solution>) -> Result<Solution, PortfolioError> {
        self.check()?;
        match Choosing::of(self, inputs) {
            Some(choosing) => choosing.run(near),
            None => self.solve_placed(inputs, &[], near),
        }
    }

    fn check(&self) -> Result<(), PortfolioError> {
        let refused = |what, got, allowed| Err(PortfolioError::Parameter { what, got, allowed });
        if let Some(got) = [self.lower(), self.upper].into_iter().find(|limit| limit.is_nan()) {
            return refused("a weight limit", got, "a number");
        }
        let smallest = self.smallest_position;
        if !(smallest >= 0.0 && smallest.is_finite()) {
            return refused("the smallest position", smallest, "zero or above");
        }
        match self.most_assets {
            Some(0) => refused("the number of assets with a weight", 0.0, "one or more"),
            _ => Ok(()),
        }
    }

    /// With some assets in a place of their own. Expected shortfall is solved on its tail alone, which is widened until no
    /// scenario outside of it matters.
    pub(super) fn solve_placed(
        &self,
        inputs: &Inputs,
        places: &[Place],
        near: Option<&Solution>,
    ) -> Result<Solution, PortfolioError> {
        let Objective::Minimise(Risk::ConditionalValueAtRisk { confidence }) = self.objective else {
            return Ok(self.solve_tail(inputs, places, None, near)?.0);
        };
        let (scenarios, _) = inputs.scaled_scenarios("expected shortfall")?;
        let sound = confidence > 0.0 && confidence < 1.0;
        if sound && let Some(answer) = self.solve_corner(inputs, places, &scenarios, confidence)? {
            return Ok(answer);
        }
        let earlier = near.and_then(|near| near.trace.tail_within(scenarios.nrows()));
        let mut tail = sound.then(|| earlier.unwrap_or_else(|| first_tail(&scenarios, confidence)));
        loop {
            let (mut answer, threshold) = self.solve_tail(inputs, places, tail.clone(), near)?;
            let widened =
                tail.as_mut().is_some_and(|tail| widen_tail(tail, &scenarios, &answer.weights, threshold));
            if !widened {
                answer.trace.tail = tail;
                return Ok(answer);
            }
        }
    }

    /// The least shortfall between bounds, exactly; `None` where there are other limits or the certificate is not good.
    fn solve_corner(
        &self,
        inputs: &Inputs,
        places: &[Place],
        scenarios: &Array2<f64>,
        confidence: f64,
    ) -> Result<Option<Solution>, PortfolioError> {
        let mut draft = self.draft(inputs, places)?;
        let bounds = exact::bounds(&draft.program).filter(|_| draft.costs.is_empty());
        let Some((lower, upper)) = bounds else { return Ok(None) };
        let Some(corner) = least_shortfall(scenarios, confidence, (&lower, &upper)) else { return Ok(None) };
        let plain = draft.program.inequalities.len();
        let mut tail: Vec<usize> = corner.tail.iter().map(|(t, _)| *t).collect();
        draft.tail = Some(tail.clone());
        self.objective.compile(&mut draft)?;
        let rows = &draft.program.inequalities[..plain];
        let point = corner.point(rows, scenarios, confidence, (&lower, &upper));
        let residuals = Residuals::of(&draft.program, &point);
        if residuals.largest() > CONTINUED
            || widen_tail(&mut tail, scenarios, &corner.weights, corner.threshold)
        {
            return Ok(None);
        }
        let mut answer = self.answer(&draft, &point, None, residuals, SolvedBy::ActiveSet)?;
        answer.trace.tail = Some(tail);
        Ok(Some(answer))
    }

    /// The answer, and the threshold of an expected shortfall.
    fn solve_tail(
        &self,
        inputs: &Inputs,
        places: &[Place],
        tail: Option<Vec<usize>>,
        near: Option<&Solution>,
    ) -> Result<(Solution, f64), PortfolioError> {
        let mut draft = self.draft(inputs, places)?;
        draft.tail = tail;
        let plain = draft.program.clone();
        let size = self.objective.compile(&mut draft)?;
        if let Some((point, residuals)) = exact::solve(&draft.program, near.map(|near| &near.weights[..])) {
            return Ok((self.answer(&draft, &point, size, residuals, SolvedBy::ActiveSet)?, 0.0));
        }
        let earlier = near.and_then(|near| near.trace.fitting(&draft.program));
        let continued = earlier.and_then(|point| polish(&draft.program, &point, CONTINUED));
        let (point, residuals, way) = match continued {
            Some((point, residuals)) => (point, residuals, SolvedBy::Continued),
            None => self.solve_conic(inputs, &draft.program, &plain, size)?,
        };
        let threshold = point.x[draft.threshold];
        Ok((self.answer(&draft, &point, size, residuals, way)?, threshold))
    }

    fn solve_conic(
        &self,
        inputs: &Inputs,
        program: &Program,
        plain: &Program,
        size: Option<usize>,
    ) -> Result<(Point, Residuals, SolvedBy), PortfolioError> {
        let solved = match (program.solve(), size) {
            (Err(PortfolioError::Infeasible { conflict }), Some(_)) => {
                plain.solve()?; // the constraints themselves may be at fault
                return Err(self.no_excess(inputs, conflict));
            }
            (solved, _) => solved?,
        };
        let before = Residuals::of(program, &solved);
        let (point, residuals, way) = match polish(program, &solved, before.largest()) {
            Some((point, residuals)) => (point, residuals, SolvedBy::Polished),
            None => (solved, before, SolvedBy::Conic),
        };
        let residual = residuals.largest();
        if residual <= TOLERANCE {
            return Ok((point, residuals, way));
        }
        if program.recedes() {
            return Err(PortfolioError::Unbounded);
        }
        Err(PortfolioError::StoppedEarly { status: point.status, iterations: point.iterations, residual })
    }

    fn draft<'a>(&self, inputs: &'a Inputs, places: &[Place]) -> Result<Draft<'a>, PortfolioError> {
        let mut draft = Draft::new(inputs);
        let count = inputs.names().len();
        let (lower, upper) = (self.lower(), self.upper);
        draft.bounds(|i| if places.get(i) == Some(&Place::Out) { None } else { Some((lower, upper)) });
        for i in 0..count {
            if let Some((limits, why)) = places.get(i).and_then(|place| place.limits(self)) {
                draft.place(i, limits, &why);
            }
        }
        self.constraints.iter().try_for_each(|constraint| draft.constrain(constraint))?;
        draft.close()?;
        Ok(draft)
    }

    fn no_excess(&self, inputs: &Inputs, conflict: Vec<String>) -> PortfolioError {
        match (&self.objective, inputs.wanted_expected("the Sharpe ratio")) {
            (Objective::Maximise(Reward::Sharpe { risk_free }), Ok(expected)) => {
                let best = expected.iter().copied().fold(f64::NEG_INFINITY, f64::max) - risk_free;
                PortfolioError::NoExcessReturn { best }
            }
            _ => PortfolioError::Infeasible { conflict },
        }
    }

    fn answer(
        &self,
        draft: &Draft<'_>,
        point: &Point,
        size: Option<usize>,
        residuals: Residuals,
        solved_by: SolvedBy,
    ) -> Result<Solution, PortfolioError> {
        let inputs = draft.inputs;
        let shrink = size.map_or(1.0, |s| point.x[s]);
        let weights: Vec<f64> = point.x.iter().take(inputs.names().len()).map(|x| x / shrink).collect();
        let costs: f64 = draft.costs.iter().map(|&(i, rate)| rate * point.x[i] / shrink).sum();
        let objective = self.objective.value(inputs, &weights, costs)?;
        if !objective.is_finite() || weights.iter().any(|w| !w.is_finite()) {
            return Err(PortfolioError::Unbounded);
        }
        let shares = inputs.covariance.as_ref().map(|c| contributions(&c.matrix, &weights));
        let contributions = shares.filter(|(_, variance)| *variance > 0.0).map(|(shares, _)| shares);
        Ok(Solution {
            objective,
            expected_return: inputs.expected_return(&weights),
            volatility: inputs.volatility(&weights),
            contributions,
            binding: binding(&draft.program, point),
            condition_number: inputs.covariance.as_ref().map(|c| c.condition),
            residuals,
            iterations: point.iterations,
            solved_by,
            choice: None,
            weights,
            trace: Trace::of(point),
        })
    }
}

/// The labels of the inequalities and cones whose multipliers are above noise.
fn binding(program: &Program, point: &Point) -> Vec<String> {
    let largest = point.multipliers.iter().fold(1.0_f64, |m, z| m.max(z.abs()));
    let rows = program.rows().zip(&point.multipliers).skip(program.equalities.len());
    let mut labels: Vec<usize> =
        rows.filter(|(_, z)| z.abs() > 1e-7 * largest).map(|(row, _)| row.label).collect();
    labels.sort_unstable();
    labels.dedup();
    labels.into_iter().map(|l| program.labels[l].clone()).filter(|text| !text.is_empty()).collect()
}
