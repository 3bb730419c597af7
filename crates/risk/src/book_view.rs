//! A book looked at from all sides at one moment: what it risks, which position contributes how much, what a crash does.

use autotrading_domain::InstrumentId;
use autotrading_statistics::{Estimator, covariance::covariance};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::{
    MonitoredPosition, RiskError, RiskMonitor, Scenario, StressResult, StressedPosition, herfindahl,
    incremental_risk, risk_monitor::of_book, split_risk, tail_risk,
};

/// What a book risks, in settlement currency, over one day at 95 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookView {
    /// Equity that stands behind it.
    pub equity: f64,
    /// Value at risk by the monitor's own model.
    pub value_at_risk: f64,
    /// Expected shortfall by the same.
    pub expected_shortfall: f64,
    /// Value at risk of a normal distribution: what the contributions of the positions add up to.
    pub normal_value_at_risk: f64,
    /// Each position, in the order given.
    pub positions: Vec<PositionView>,
    /// Herfindahl index of the shares of gross notional.
    pub herfindahl: f64,
    /// What each scenario would do.
    pub stress: Vec<StressResult>,
}

/// What one position has to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositionView {
    /// In what.
    pub instrument: InstrumentId,
    /// At mark; negative short.
    pub notional: f64,
    /// Its part of the normal value at risk; a hedge has a negative one.
    pub component: f64,
    /// What one more unit of money in it would add.
    pub marginal: f64,
    /// By how much the value at risk would change if it were closed.
    pub without: f64,
}

/// One day, and the confidence of every figure of a view.
const CONFIDENCE: f64 = 0.95;

impl RiskMonitor {
    /// Looks at a book from all sides, from the past returns that the monitor remembers. `assets` are the base assets of
    /// the positions, by which scenarios name their shocks.
    ///
    /// # Errors
    /// No position, one without an asset or of an instrument that is not followed, too few shared returns, an equity
    /// that is not above zero, figures that are not finite.
    pub fn look_at_book(
        &self,
        equity: f64,
        positions: &[MonitoredPosition],
        assets: &[&str],
        scenarios: &[Scenario],
    ) -> Result<BookView, RiskError> {
        if positions.is_empty() || assets.len() != positions.len() {
            let required = positions.len().max(1);
            return Err(RiskError::Length { what: "assets of the positions", got: assets.len(), required });
        }
        let (past, bars) = self.past_of(positions)?;
        let book = of_book(equity, positions, &past);
        let tail = tail_risk(&book, self.model(), CONFIDENCE, bars)?.in_money(equity)?;
        let exposures = Array1::from_iter(positions.iter().map(|held| held.notional));
        let rows = past.first().map_or(0, Vec::len);
        let returns = Array2::from_shape_fn((rows, past.len()), |(row, column)| {
            past.get(column).and_then(|own| own.get(row)).copied().unwrap_or(f64::NAN)
        });
        let covariance = covariance(returns.view(), Estimator::Sample)? * f64::from(bars);
        let split = split_risk(exposures.view(), covariance.view(), CONFIDENCE)?;
        let mut views = Vec::with_capacity(positions.len());
        for (place, held) in positions.iter().enumerate() {
            let mut change = Array1::zeros(positions.len());
            if let Some(own) = change.get_mut(place) {
                *own = -held.notional;
            }
            let without = incremental_risk(exposures.view(), change.view(), covariance.view(), CONFIDENCE)?;
            views.push(PositionView {
                instrument: held.instrument,
                notional: held.notional,
                component: split.component.get(place).copied().unwrap_or(f64::NAN),
                marginal: split.marginal.get(place).copied().unwrap_or(f64::NAN),
                without,
            });
        }
        let stressed: Vec<_> = positions
            .iter()
            .zip(assets)
            .map(|(held, asset)| StressedPosition { asset, notional: held.notional, beta: 1.0 })
            .collect();
        let stress = scenarios.iter().map(|scenario| scenario.apply(&stressed, equity));
        Ok(BookView {
            equity,
            value_at_risk: tail.value_at_risk,
            expected_shortfall: tail.expected_shortfall,
            normal_value_at_risk: split.total,
            positions: views,
            herfindahl: herfindahl(&exposures.to_vec())?,
            stress: stress.collect::<Result<_, _>>()?,
        })
    }
}
