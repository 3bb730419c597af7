//! The round trips of a run taken apart: by strategy, regime, instrument, side and month.

use std::collections::BTreeMap;

use autotrading_domain::{Money, Span, Timestamp, ValueError};
use serde::{Deserialize, Serialize};

use crate::{RoundTripFigures, TradeRow};

/// The same round trips, sorted by five marks. Each list has all of them, so each adds up to the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// By the strategy that spoke loudest for the position when it was opened; "nobody" where none did. Empty for a run
    /// that kept figures only.
    pub strategies: Vec<GroupFigures>,
    /// By the regime that was known when the position was opened. Empty for a run that kept figures only.
    pub regimes: Vec<GroupFigures>,
    /// By instrument.
    pub instruments: Vec<GroupFigures>,
    /// By side: long, short.
    pub sides: Vec<GroupFigures>,
    /// By the month (UTC) in which the position was closed.
    pub months: Vec<GroupFigures>,
}

/// What the round trips of one mark came to. Undefined is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupFigures {
    /// The mark.
    pub name: String,
    /// Win rate, profit factor, expectancy, Kelly and the like.
    pub round_trips: RoundTripFigures,
    /// Time in these positions as a share of the run's.
    pub exposure: f64,
    /// Traded notional over mean equity, a year; `None` for a run that kept figures only.
    pub annual_turnover: Option<f64>,
    /// Mean of the furthest that prices went against a position, as a share of its entry price.
    pub mean_adverse: Option<f64>,
    /// Mean of the furthest that prices went for it.
    pub mean_favourable: Option<f64>,
    /// Profit before costs, in settlement currency.
    pub realized: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received, negative when paid.
    pub funding: Money,
    /// Paid for crossing the spread, in the fill prices already.
    pub spread: Money,
    /// Paid for moving the price, in the fill prices already.
    pub impact: Money,
    /// `realized - fees + funding`.
    pub net: Money,
}

/// What shares are taken of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) mean_equity: f64,
    /// Whether regimes and strategies were written down.
    pub(crate) full: bool,
}

impl Breakdown {
    /// Takes round trips apart; each comes with the symbol of its instrument.
    ///
    /// # Errors
    /// A sum overflows.
    pub(crate) fn of(trades: &[(&str, &TradeRow)], whole: Whole) -> Result<Self, ValueError> {
        let by = |mark: &dyn Fn(&str, &TradeRow) -> String| groups(trades, whole, mark);
        let full =
            |mark: &dyn Fn(&str, &TradeRow) -> String| if whole.full { by(mark) } else { Ok(Vec::new()) };
        Ok(Self {
            strategies: full(&|_, row| row.strategy.clone().unwrap_or_else(|| "nobody".to_owned()))?,
            regimes: full(&|_, row| {
                row.regime.map_or_else(|| "unknown".to_owned(), |label| format!("{label:?}").to_lowercase())
            })?,
            instruments: by(&|symbol, _| symbol.to_owned())?,
            sides: by(&|_, row| row.direction.to_string())?,
            months: by(&|_, row| month(row.closed_at))?,
        })
    }
}

/// `2017-08`.
fn month(at: Timestamp) -> String {
    at.to_string().chars().take(7).collect()
}

fn groups(
    trades: &[(&str, &TradeRow)],
    whole: Whole,
    mark: &dyn Fn(&str, &TradeRow) -> String,
) -> Result<Vec<GroupFigures>, ValueError> {
    let mut sorted: BTreeMap<String, Vec<&TradeRow>> = BTreeMap::new();
    for (symbol, row) in trades {
        sorted.entry(mark(symbol, row)).or_default().push(row);
    }
    sorted.into_iter().map(|(name, rows)| figures(name, &rows, whole)).collect()
}

fn figures(name: String, rows: &[&TradeRow], whole: Whole) -> Result<GroupFigures, ValueError> {
    let sum = |amount: &dyn Fn(&TradeRow) -> Money| {
        rows.iter().try_fold(Money::ZERO, |sum, row| sum.plus(amount(row))).map(crate::outcome::normal)
    };
    let span = whole.to.since(whole.from).in_units_of(Span::DAY);
    let held: f64 = rows.iter().map(|row| row.closed_at.since(row.opened_at).in_units_of(Span::DAY)).sum();
    let notional: Option<f64> = rows.iter().map(|row| row.notional).sum();
    Ok(GroupFigures {
        name,
        round_trips: RoundTripFigures::of(rows.iter().map(|row| row.net.to_f64())),
        exposure: if span > 0.0 { held / span } else { 0.0 },
        annual_turnover: notional
            .map(|notional| notional / whole.mean_equity / (span / 365.0))
            .filter(|turnover| turnover.is_finite()),
        mean_adverse: mean(rows, |row| Some(row.excursion?.adverse)),
        mean_favourable: mean(rows, |row| Some(row.excursion?.favourable)),
        realized: sum(&|row| row.realized)?,
        fees: sum(&|row| row.fees)?,
        funding: sum(&|row| row.funding)?,
        spread: sum(&|row| row.spread.unwrap_or_default())?,
        impact: sum(&|row| row.impact.unwrap_or_default())?,
        net: sum(&|row| row.net)?,
    })
}

/// The mean of what is known; `None` where nothing is.
pub(crate) fn mean(rows: &[&TradeRow], of: impl Fn(&TradeRow) -> Option<f64>) -> Option<f64> {
    let known: Vec<f64> = rows.iter().filter_map(|row| of(row)).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}
