//! The same run with other fees: how much of the result the costs decide.

use std::ops::ControlFlow;

use autotrading_core::Unrecorded;
use autotrading_domain::Money;

use crate::recorder::Detail;
use crate::{Backtest, BacktestError, FeeScenario, Summary};

impl Backtest<'_> {
    /// Runs once for each multiple of the fees, keeping figures only.
    ///
    /// # Errors
    /// As [`Backtest::run`].
    pub fn fee_scenarios(&self, multiples: &[u32]) -> Result<Vec<FeeScenario>, BacktestError> {
        multiples.iter().map(|multiple| self.fee_scenario(*multiple)).collect()
    }

    fn fee_scenario(&self, multiple: u32) -> Result<FeeScenario, BacktestError> {
        let configuration = self.configuration.with_fees_times(multiple);
        let scenario = Backtest { configuration: &configuration, detail: Detail::Figures, ..*self };
        let (finished, _) = scenario.run(Unrecorded, |_| ControlFlow::Continue(()))?;
        Ok(FeeScenario::of(multiple, &finished.summary(&scenario)?, configuration.run.cash))
    }
}

impl FeeScenario {
    /// A run as one row of the table of fees.
    pub(crate) fn of(multiple: u32, summary: &Summary, start_cash: Money) -> Self {
        let (start, end) = (start_cash.to_f64(), summary.final_equity.to_f64());
        Self {
            multiple,
            final_equity: summary.final_equity,
            total_return: if start > 0.0 { end / start - 1.0 } else { 0.0 },
            sharpe: summary.sharpe,
            fills: summary.fills,
        }
    }
}
