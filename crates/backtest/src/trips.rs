//! Follows each round trip while it is open: what it traded, under which regime, and who spoke for it.

use autotrading_core::Turn;
use autotrading_domain::{InstrumentId, Money, RegimeLabel, TradeId};
use autotrading_exchanges::FillRecord;
use autotrading_positions::{BookChange, FillBooked};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

use crate::{Excursion, Series, TradeRow};

/// What is known of a round trip beside its books.
#[derive(Clone, Debug, Default)]
struct Trip {
    regime: Option<RegimeLabel>,
    strategy: Option<String>,
    /// Its fills, each with the share of it that belongs to this round trip: a fill that crosses zero ends one and
    /// begins the next.
    parts: Vec<(TradeId, f64)>,
    notional: f64,
}

/// All round trips of one instrument, in the order in which they ended.
#[derive(Debug, Default)]
pub(crate) struct Trips {
    instrument: InstrumentId,
    open: Trip,
    ended: Vec<Trip>,
}

impl Trips {
    pub(crate) fn new(instrument: InstrumentId) -> Self {
        Self { instrument, ..Self::default() }
    }

    /// Takes what a fill did; `lead` is the strategy that speaks loudest for what is held now.
    pub(crate) fn see(&mut self, turn: &Turn, regime: RegimeLabel, lead: Option<&str>) {
        for entry in turn.bookings() {
            if let BookChange::Fill(booked) = &entry.change
                && booked.fill.instrument == self.instrument
            {
                self.see_booked(booked, regime, lead);
            }
        }
    }

    fn see_booked(&mut self, booked: &FillBooked, regime: RegimeLabel, lead: Option<&str>) {
        let (price, trade) = (booked.fill.price.to_f64(), booked.fill.trade);
        let (closed, opened) = (booked.closed.to_f64(), booked.opened.to_f64());
        let whole = closed + opened;
        if closed > 0.0 {
            self.open.parts.push((trade, closed / whole));
            self.open.notional += price * closed;
        }
        if booked.closed_trade.is_some() {
            self.ended.push(std::mem::take(&mut self.open));
        }
        if opened > 0.0 {
            if booked.began {
                self.open =
                    Trip { regime: Some(regime), strategy: lead.map(str::to_owned), ..Trip::default() };
            }
            self.open.parts.push((trade, opened / whole));
            self.open.notional += price * opened;
        }
    }

    /// Writes into the rows, which are in the same order, what was seen; `series` holds the bars.
    pub(crate) fn tell(&self, rows: &mut [TradeRow], records: &[FillRecord], series: &Series) {
        let costs: BTreeMap<TradeId, [f64; 2]> = records
            .iter()
            .map(|record| (record.trade, [record.spread_cost(), record.impact_cost()]))
            .collect();
        for (row, trip) in rows.iter_mut().zip(&self.ended) {
            let sum = |which: fn(&[f64; 2]) -> f64| {
                let parts = trip.parts.iter();
                let known = parts.filter_map(|(trade, share)| Some(which(costs.get(trade)?) * share));
                Some(rounded(known.sum()))
            };
            (row.spread, row.impact) = (sum(|[spread, _]| *spread), sum(|[_, impact]| *impact));
            (row.regime, row.strategy) = (trip.regime, trip.strategy.clone());
            row.notional = Some(trip.notional);
            row.excursion = excursion(row, series);
        }
    }
}

/// Costs in prices are measured: eight digits are more than enough.
fn rounded(amount: f64) -> Money {
    Money::new(Decimal::from_f64_retain(amount).unwrap_or_default().round_dp(8).normalize())
}

/// How far the price went against and for a round trip, over the bars in which it was open.
fn excursion(row: &TradeRow, series: &Series) -> Option<Excursion> {
    // A bar is named by its close: the first that closes after the entry, up to the first that has seen the exit.
    let first = series.time.partition_point(|close| *close <= row.opened_at);
    let last = series.time.partition_point(|close| *close < row.closed_at);
    let bars = series.price.get(first..=last.min(series.price.len().saturating_sub(1)))?;
    let highs: Vec<f64> = bars.iter().map(|[_, high, ..]| *high).collect();
    let lows: Vec<f64> = bars.iter().map(|[_, _, low, _]| *low).collect();
    Excursion::of(row.direction, row.entry.to_f64(), &highs, &lows)
}
