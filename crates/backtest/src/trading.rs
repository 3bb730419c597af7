//! What a run's trades came to: all together, apart, and each beside the account that it was made with.

use autotrading_domain::{Span, Timestamp, ValueError};

use crate::breakdown::{Whole, mean};
use crate::simulation::Finished;
use crate::{
    Backtest, BacktestError, Breakdown, ConfigurationFault, RoundTripFigures, RunFacts, TradeRow,
    TradingFigures,
};

impl Finished {
    /// What each round trip made of the account: its net over the last equity before it was opened. A trade that began
    /// without equity has no return and ends the list.
    ///
    /// # Errors
    /// A sum overflows.
    pub fn trade_returns(&self, backtest: &Backtest<'_>) -> Result<Vec<f64>, BacktestError> {
        let times = self.times(backtest);
        let cash = backtest.configuration.run.cash.to_f64();
        let mut returns = Vec::with_capacity(self.recorder.trades.len());
        for trade in &self.recorder.trades {
            let before = times.partition_point(|close| *close <= trade.opened_at);
            let equity = before.checked_sub(1).and_then(|place| self.recorder.equity.get(place)).copied();
            let equity = equity.unwrap_or(cash);
            if equity <= 0.0 {
                break;
            }
            returns.push(trade.net().map_err(ConfigurationFault::from)?.to_f64() / equity);
        }
        Ok(returns)
    }

    pub(crate) fn breakdown(&self, trades: &[TradeRow], run: &RunFacts) -> Result<Breakdown, ValueError> {
        let equity = &self.recorder.equity;
        let whole = Whole {
            from: run.from,
            to: run.to,
            mean_equity: equity.iter().sum::<f64>() / equity.len().max(1) as f64,
            full: !self.recorder.series.time.is_empty(),
        };
        let named: Vec<(&str, &TradeRow)> = trades.iter().map(|row| (run.instrument.as_str(), row)).collect();
        Breakdown::of(&named, whole)
    }

    pub(crate) fn trading(&self, trades: &[TradeRow], times: &[Timestamp]) -> TradingFigures {
        let nets: Vec<f64> = trades.iter().map(|trade| trade.net.to_f64()).collect();
        let (wins, losses): (Vec<f64>, Vec<f64>) = nets.iter().partition(|net| **net > 0.0);
        let mean_of =
            |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        let exposure = &self.recorder.series.exposure;
        let held = exposure.iter().filter(|share| **share != 0.0).count();
        let bars = exposure.len().max(1) as f64;
        let trips = RoundTripFigures::of(nets.iter().copied());
        let rows: Vec<&TradeRow> = trades.iter().collect();
        let hours: Vec<f64> =
            trades.iter().map(|t| t.closed_at.since(t.opened_at).in_units_of(Span::HOUR)).collect();
        let years = match (times.first(), times.last()) {
            (Some(first), Some(last)) => last.since(*first).in_units_of(Span::DAY) / 365.0,
            _ => 0.0,
        };
        let turnover = mean_of(&self.recorder.equity).map(|equity| self.recorder.notional / equity / years);
        TradingFigures {
            orders: self.recorder.orders,
            refused: self.recorder.refused,
            win_rate: trips.win_rate,
            profit_factor: trips.profit_factor,
            expectancy: trips.expectancy,
            average_win: mean_of(&wins),
            average_loss: mean_of(&losses).map(|loss| -loss),
            payoff: trips.payoff,
            kelly: trips.kelly,
            best: trips.best,
            worst: trips.worst,
            longest_losing_streak: trips.longest_losing_streak,
            mean_adverse: mean(&rows, |row| Some(row.excursion?.adverse)),
            mean_favourable: mean(&rows, |row| Some(row.excursion?.favourable)),
            average_hours: mean_of(&hours),
            time_in_market: held as f64 / bars,
            average_leverage: exposure.iter().map(|share| share.abs()).sum::<f64>() / bars,
            peak_leverage: exposure.iter().map(|share| share.abs()).fold(0.0, f64::max),
            annual_turnover: turnover.filter(|turnover| turnover.is_finite()),
            liquidations: self.recorder.liquidations,
        }
    }
}
