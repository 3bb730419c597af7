//! Constraints in the words of a trader, and their rows.

use ndarray::Array1;

use super::{
    inputs::Inputs,
    program::{Cone, Program},
};
use crate::{PortfolioError, definite::check_vector};

/// A lower and an upper limit, either may be missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limits(pub(super) Option<f64>, pub(super) Option<f64>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constraint {
    Sum(Limits),
    Weight(String, Limits),
    Sector(String, Limits),
    Gross(f64),
    Turnover(Vec<f64>, f64),
    LinearCost(Vec<f64>, f64),
    ImpactCost(Vec<f64>, f64),
    Tracking(Vec<f64>, f64),
    Exposure(String, Vec<f64>, Limits),
    Return(f64),
    Volatility(f64),
}

/// A program under construction: the first variables are the weights.
pub(super) struct Draft<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) program: Program,
    /// Variables that are paid for, and what each unit of them costs in return.
    pub(super) costs: Vec<(usize, f64)>,
    /// Floor of the expected return after costs, to be laid down when all costs are known.
    pub(super) return_floor: Option<f64>,
    /// The only scenarios that an expected shortfall looks at, and the variable of its threshold.
    pub(super) tail: Option<Vec<usize>>,
    pub(super) threshold: usize,
}

impl<'a> Draft<'a> {
    pub(super) fn new(inputs: &'a Inputs) -> Self {
        let mut program = Program::default();
        program.add(inputs.names().len());
        Self { inputs, program, costs: Vec::new(), return_floor: None, tail: None, threshold: 0 }
    }

    fn assets(&self) -> usize {
        self.inputs.names().len()
    }

    /// The same bounds for all but those that have none here.
    pub(super) fn bounds(&mut self, of: impl Fn(usize) -> Option<(f64, f64)>) {
        for i in 0..self.assets() {
            let Some((low, high)) = of(i) else { continue };
            if low.is_finite() {
                let text = if low == 0.0 {
                    "no weight below 0".into()
                } else {
                    format!("each weight at least {low}")
                };
                let label = self.program.label(text);
                self.program.at_least(label, vec![(i, 1.0)], low);
            }
            if high.is_finite() {
                let label = self.program.label(format!("each weight at most {high}"));
                self.program.at_most(label, vec![(i, 1.0)], high);
            }
        }
    }

    /// Bounds of one asset, whose label says why they are there.
    pub(super) fn place(&mut self, asset: usize, limits: Limits, why: &str) {
        let label = self.program.label(why);
        if let Some(low) = limits.0 {
            self.program.at_least(label, vec![(asset, 1.0)], low);
        }
        if let Some(high) = limits.1 {
            self.program.at_most(label, vec![(asset, 1.0)], high);
        }
    }

    pub(super) fn constrain(&mut self, constraint: &Constraint) -> Result<(), PortfolioError> {
        let inputs = self.inputs;
        match constraint {
            Constraint::Sum(limits) => {
                let terms = (0..self.assets()).map(|i| (i, 1.0)).collect();
                self.between("the weights sum to", terms, *limits);
            }
            Constraint::Weight(name, limits) => {
                self.between(name, vec![(inputs.place(name)?, 1.0)], *limits);
            }
            Constraint::Sector(name, limits) => {
                let terms = inputs.members(name)?.iter().map(|&i| (i, 1.0)).collect();
                self.between(&format!("sector {name}"), terms, *limits);
            }
            Constraint::Exposure(name, loadings, limits) => {
                check_vector("loadings", loadings, self.assets())?;
                let terms = loadings.iter().copied().enumerate().collect();
                self.between(&format!("exposure to {name}"), terms, *limits);
            }
            Constraint::Gross(limit) => {
                let label = self.program.label(format!("gross exposure at most {limit}"));
                self.sum_of_moves(label, &vec![0.0; self.assets()], *limit);
            }
            Constraint::Turnover(current, limit) => {
                check_vector("current weights", current, self.assets())?;
                let label = self.program.label(format!("turnover at most {limit}"));
                self.sum_of_moves(label, current, *limit);
            }
            Constraint::LinearCost(current, rate) => self.linear_cost(current, *rate)?,
            Constraint::ImpactCost(current, coefficient) => self.impact_cost(current, *coefficient)?,
            Constraint::Tracking(benchmark, limit) => {
                let label = self.program.label(format!("tracking error at most {limit}"));
                self.volatility_of_gap("a tracking error", label, benchmark, *limit)?;
            }
            Constraint::Volatility(limit) => {
                let label = self.program.label(format!("volatility at most {limit}"));
                let nothing = vec![0.0; self.assets()];
                self.volatility_of_gap("a volatility limit", label, &nothing, *limit)?;
            }
            Constraint::Return(floor) => {
                inputs.wanted_expected("a return floor")?;
                self.return_floor = Some(*floor);
            }
        }
        Ok(())
    }

    fn between(&mut self, what: &str, terms: Vec<(usize, f64)>, limits: Limits) {
        match limits {
            Limits(Some(low), Some(high)) if low == high => {
                let label = self.program.label(format!("{what} {low}"));
                self.program.equal(label, terms, low);
            }
            Limits(low, high) => {
                if let Some(low) = low {
                    let label = self.program.label(format!("{what} at least {low}"));
                    self.program.at_least(label, terms.clone(), low);
                }
                if let Some(high) = high {
                    let label = self.program.label(format!("{what} at most {high}"));
                    self.program.at_most(label, terms, high);
                }
            }
        }
    }

    /// New variables, each at least as large as the distance of a weight from `current`.
    fn moves(&mut self, label: usize, current: &[f64]) -> usize {
        let first = self.program.add(current.len());
        for (i, &from) in current.iter().enumerate() {
            self.program.at_most(label, vec![(i, 1.0), (first + i, -1.0)], from);
            self.program.at_most(label, vec![(i, -1.0), (first + i, -1.0)], -from);
        }
        first
    }

    fn sum_of_moves(&mut self, label: usize, current: &[f64], limit: f64) {
        let first = self.moves(label, current);
        let terms = (0..current.len()).map(|i| (first + i, 1.0)).collect();
        self.program.at_most(label, terms, limit);
    }

    fn linear_cost(&mut self, current: &[f64], rate: f64) -> Result<(), PortfolioError> {
        check_rate(rate)?;
        check_vector("current weights", current, self.assets())?;
        let label = self.program.label("");
        let first = self.moves(label, current);
        self.costs.extend((0..current.len()).map(|i| (first + i, rate)));
        Ok(())
    }

    /// `coefficient * |move|^(3/2)`: the cost of trading against the square root of one's own size.
    fn impact_cost(&mut self, current: &[f64], coefficient: f64) -> Result<(), PortfolioError> {
        check_rate(coefficient)?;
        check_vector("current weights", current, self.assets())?;
        let label = self.program.label("");
        let first = self.program.add(current.len());
        for (i, &from) in current.iter().enumerate() {
            // cost^(2/3) * 1^(1/3) >= |from - weight|
            let rows = vec![(vec![(first + i, -1.0)], 0.0), (vec![], 1.0), (vec![(i, 1.0)], from)];
            self.program.within(Cone::Power(2.0 / 3.0), label, rows);
            self.costs.push((first + i, coefficient));
        }
        Ok(())
    }

    fn volatility_of_gap(
        &mut self,
        wanted_by: &'static str,
        label: usize,
        from: &[f64],
        limit: f64,
    ) -> Result<(), PortfolioError> {
        check_vector("benchmark", from, self.assets())?;
        let covariance = self.inputs.wanted_covariance(wanted_by)?;
        let at = covariance.root.dot(&Array1::from(from.to_vec()));
        let mut rows = vec![(vec![], limit / covariance.scale.sqrt())];
        for (direction, bound) in covariance.root.rows().into_iter().zip(at) {
            rows.push((direction.iter().copied().enumerate().collect(), bound));
        }
        self.program.within(Cone::SecondOrder, label, rows);
        Ok(())
    }

    /// Expected return after costs, as terms.
    pub(super) fn return_terms(&self, wanted_by: &'static str) -> Result<Vec<(usize, f64)>, PortfolioError> {
        let expected = self.inputs.wanted_expected(wanted_by)?.iter().copied().enumerate();
        Ok(expected.chain(self.costs.iter().map(|&(i, rate)| (i, -rate))).collect())
    }

    /// Lays down the return floor, once all costs are known.
    pub(super) fn close(&mut self) -> Result<(), PortfolioError> {
        let Some(floor) = self.return_floor else { return Ok(()) };
        let terms = self.return_terms("a return floor")?;
        let unit = terms.iter().fold(floor.abs(), |m, (_, c)| m.max(c.abs())).max(f64::MIN_POSITIVE);
        let label = self.program.label(format!("expected return at least {floor}"));
        let terms = terms.into_iter().map(|(i, c)| (i, c / unit)).collect();
        self.program.at_least(label, terms, floor / unit);
        Ok(())
    }
}

/// A trade that earned for being made would make every objective unbounded.
fn check_rate(got: f64) -> Result<(), PortfolioError> {
    if got >= 0.0 && got.is_finite() {
        return Ok(());
    }
    Err(PortfolioError::Parameter { what: "the cost of a trade", got, allowed: "zero or above" })
}
