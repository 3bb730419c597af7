//! Prices of several markets on one clock, and what they did afterwards: hindsight, for the page alone.

use autotrading_domain::{Span, Timestamp};
use autotrading_market_data::History;
use autotrading_portfolio::{
    CovarianceEstimator, PortfolioError, Returns, WeightBounds, diversification_ratio, efficient_line,
};
use ndarray::{Array1, Array2};

use super::{AssetFigures, FrontierFigures};

/// Simple returns of every market between the moments of a run; zero while a market says nothing.
#[derive(Debug)]
pub(super) struct Closes {
    returns: Returns,
    per_year: f64,
}

impl Closes {
    pub(super) fn of(
        markets: &[(&str, &History)],
        times: &[Timestamp],
        interval: Span,
    ) -> Result<Self, PortfolioError> {
        let columns: Vec<Vec<f64>> = markets.iter().map(|(_, history)| at_moments(history, times)).collect();
        let rows = times.len().saturating_sub(1);
        let entry = |(row, column): (usize, usize)| {
            let prices = columns.get(column).map_or(&[][..], Vec::as_slice);
            match (prices.get(row), prices.get(row + 1)) {
                (Some(before), Some(after)) if *before > 0.0 => after / before - 1.0,
                _ => 0.0,
            }
        };
        let table = Array2::from_shape_fn((rows, markets.len()), entry);
        let names = markets.iter().map(|(symbol, _)| (*symbol).to_owned());
        let per_year = Span::DAY.times(365).in_units_of(interval);
        Ok(Self { returns: Returns::new(names, table)?, per_year })
    }

    pub(super) const fn returns(&self) -> &Returns {
        &self.returns
    }

    fn covariance(&self) -> Result<Array2<f64>, PortfolioError> {
        Ok(CovarianceEstimator::Sample.estimate(&self.returns)?.matrix * self.per_year)
    }

    /// What each market did.
    pub(super) fn assets(&self) -> Result<Vec<AssetFigures>, PortfolioError> {
        let (means, covariance) = (self.returns.means()? * self.per_year, self.covariance()?);
        let rows = self.returns.names().iter().zip(means.iter().zip(covariance.diag()));
        Ok(rows
            .map(|(symbol, (mean, variance))| AssetFigures {
                symbol: symbol.clone(),
                mean_return: *mean,
                volatility: variance.sqrt(),
            })
            .collect())
    }

    /// The efficient portfolios of what happened.
    pub(super) fn frontier(
        &self,
        largest: f64,
        points: usize,
    ) -> Result<Vec<FrontierFigures>, PortfolioError> {
        let (means, n) = (self.returns.means()? * self.per_year, self.returns.assets());
        let bounds = WeightBounds::new(vec![0.0; n], vec![largest; n])?;
        let line = efficient_line(self.covariance()?.view(), &means.to_vec(), &bounds, points)?;
        let point = |portfolio: autotrading_portfolio::BoundedPortfolio| FrontierFigures {
            mean_return: portfolio.weights.iter().zip(&means).map(|(w, mean)| w * mean).sum(),
            volatility: portfolio.volatility,
            weights: portfolio.weights,
        };
        Ok(line.into_iter().map(point).collect())
    }

    /// The part of the variance of `sum w_i r_i` that each market brought, by the weights of the moment before: parts sum to
    /// one. `None` without any risk.
    pub(super) fn contributions(&self, weights: &[Vec<f64>]) -> Option<Vec<f64>> {
        let (rows, table) = (self.returns.observations(), self.returns.table());
        let held = |row: usize, column: usize| {
            weights.get(column).and_then(|column| column.get(row)).copied().unwrap_or(0.0)
        };
        let earned = Array2::from_shape_fn(table.dim(), |(row, column)| {
            held(row, column) * table.get((row, column)).copied().unwrap_or(0.0)
        });
        let total: Array1<f64> = earned.rows().into_iter().map(|row| row.sum()).collect();
        let mean = total.sum() / rows as f64;
        let variance = total.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        let part = |column: ndarray::ArrayView1<'_, f64>| {
            let own = column.sum() / rows as f64;
            column.iter().zip(&total).map(|(x, all)| (x - own) * (all - mean)).sum::<f64>() / variance
        };
        (variance > 0.0).then(|| earned.columns().into_iter().map(part).collect())
    }

    /// Diversification ratio of the mean weights, each over their sum. `None` without any risk.
    pub(super) fn diversification(&self, weights: &[Vec<f64>]) -> Option<f64> {
        let mean = |column: &Vec<f64>| column.iter().sum::<f64>() / column.len().max(1) as f64;
        let mean: Vec<f64> = weights.iter().map(mean).collect();
        let total: f64 = mean.iter().sum();
        let shares: Vec<f64> = mean.iter().map(|weight| weight / total).collect();
        diversification_ratio(self.covariance().ok()?.view(), &shares).ok()
    }
}

/// The last close known at each moment; zero before the first.
fn at_moments(history: &History, times: &[Timestamp]) -> Vec<f64> {
    let mut bars = history.iter().peekable();
    let mut last = 0.0;
    let mut prices = Vec::with_capacity(times.len());
    for at in times {
        while let Some(bar) = bars.next_if(|bar| bar.close_time() <= *at) {
            last = bar.close;
        }
        prices.push(last);
    }
    prices
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Bar;

    use super::*;

    fn market(closes: &[f64]) -> History {
        let bar = |(hour, close): (i64, &f64)| Bar {
            open_time: Timestamp::EPOCH.after(Span::HOUR.times(hour)),
            interval: Span::HOUR,
            open: *close,
            high: *close,
            low: *close,
            close: *close,
            volume: 1.0,
            closed: true,
            synthetic: false,
        };
        History::from_bars(Span::HOUR, (0..).zip(closes).map(bar)).unwrap()
    }

    #[test]
    fn parts_of_the_risk_sum_to_one_and_what_is_not_held_has_none() {
        let (one, other) = (market(&[100.0, 110.0, 99.0, 104.0]), market(&[50.0, 50.5, 49.0, 51.0]));
        let times: Vec<Timestamp> =
            (1..=4).map(|hour| Timestamp::EPOCH.after(Span::HOUR.times(hour))).collect();
        let closes = Closes::of(&[("A", &one), ("B", &other)], &times, Span::HOUR).unwrap();
        let parts = closes.contributions(&[vec![0.5; 4], vec![0.4; 4]]).unwrap();
        assert!((parts.iter().sum::<f64>() - 1.0).abs() < 1e-12 && parts[0] > parts[1]);
        let alone = closes.contributions(&[vec![0.5; 4], vec![0.0; 4]]).unwrap();
        assert!((alone[0] - 1.0).abs() < 1e-12 && alone[1].abs() < 1e-12);
        assert_eq!(closes.contributions(&[vec![0.0; 4], vec![0.0; 4]]), None);
        let ratio = |weights: [f64; 2]| closes.diversification(&weights.map(|weight| vec![weight; 4]));
        assert!((ratio([0.5, 0.0]).unwrap() - 1.0).abs() < 1e-12 && ratio([0.2, 0.3]).unwrap() > 1.0);
        assert_eq!(ratio([0.0, 0.0]), None);
    }
}
