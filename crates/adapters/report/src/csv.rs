//! Tables for other programs: a header, commas, one line a row, every digit kept.

use std::io::{self, Write};

use autotrading_backtest::{Series, TradeRow, drawdowns};

use crate::word;

pub(crate) const TRADES_HEADER: &str = "number,direction,opened_at,closed_at,quantity,entry,exit,realized,fees,funding,net,spread,impact,regime,strategy,adverse,\
     favourable";
pub(crate) const EQUITY_HEADER: &str =
    "time,open,high,low,close,equity,drawdown,buy_and_hold,exposure,regime,volatility";

pub(crate) fn trades(sink: &mut impl Write, trades: &[TradeRow]) -> io::Result<()> {
    writeln!(sink, "{TRADES_HEADER}")?;
    for trade in trades {
        let TradeRow { number, direction, opened_at, closed_at, quantity, entry, exit, .. } = trade;
        let TradeRow { realized, fees, funding, net, .. } = trade;
        write!(
            sink,
            "{number},{direction},{opened_at},{closed_at},{quantity},{entry},{exit},{realized},{fees},{funding},{net}"
        )?;
        for paid in [trade.spread, trade.impact] {
            match paid {
                Some(paid) => write!(sink, ",{paid}")?,
                None => sink.write_all(b",")?,
            }
        }
        let strategy = trade.strategy.as_deref().unwrap_or_default();
        write!(sink, ",{},{strategy}", trade.regime.map_or("", word::regime))?;
        field(sink, trade.excursion.map(|seen| seen.adverse))?;
        field(sink, trade.excursion.map(|seen| seen.favourable))?;
        writeln!(sink)?;
    }
    Ok(())
}

pub(crate) fn equity(sink: &mut impl Write, series: &Series) -> io::Result<()> {
    writeln!(sink, "{EQUITY_HEADER}")?;
    let held = buy_and_hold(series);
    let mut falls = drawdowns(&series.equity);
    for (place, time) in series.time.iter().enumerate() {
        write!(sink, "{time}")?;
        for price in series.price.get(place).copied().unwrap_or([f64::NAN; 4]) {
            field(sink, Some(price))?;
        }
        field(sink, series.equity.get(place).copied())?;
        field(sink, falls.next())?;
        field(sink, held.get(place).copied())?;
        field(sink, series.exposure.get(place).copied())?;
        let regime = series.regime.get(place).map_or("", |label| word::regime(*label));
        let volatility = series.volatility.get(place).map_or("", |level| word::volatility(*level));
        writeln!(sink, ",{regime},{volatility}")?;
    }
    Ok(())
}

/// What the first equity would have become in the asset: `equity[0] * close / close[0]`, in settlement currency.
pub(crate) fn buy_and_hold(series: &Series) -> Vec<f64> {
    let (Some(money), Some([.., first])) = (series.equity.first(), series.price.first()) else {
        return Vec::new();
    };
    series.price.iter().map(|[.., close]| money * (close / first)).collect()
}

/// An undefined number is an empty field.
fn field(sink: &mut impl Write, value: Option<f64>) -> io::Result<()> {
    match value.filter(|value| value.is_finite()) {
        Some(value) => write!(sink, ",{value}"),
        None => sink.write_all(b","),
    }
}
