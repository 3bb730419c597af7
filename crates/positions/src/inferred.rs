//! Fills that nobody told but that must have been, until the venue tells them itself.

use autotrading_domain::{Direction, Fill, Money, Quantity};
use serde::{Deserialize, Serialize};

use crate::{
    ClosedTrade, FillBooked, LedgerError, Position, TRADE_MEMORY, booking, ledger::refuse_wrong_flip, precise,
};

/// A position with inferred fills: how it stood before the first of them, and all that came since. When the venue tells
/// a fill of the same order, it takes the place of the inferred one, and the position is folded again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsettled {
    base: Position,
    events: Vec<Told>,
}

/// Something that happened to the position since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    /// The venue told a fill.
    Fill { fill: Fill, fee_settles: bool },
    /// Nobody told it yet.
    Inferred { fill: Fill },
    /// Funding, as booked.
    Funding { amount: Money },
}

/// Books one fill while folding.
fn fold_fill(
    position: &Position,
    fill: &Fill,
    leg: Option<Direction>,
    spot: bool,
    fee_settles: bool,
    trades: &mut Vec<ClosedTrade>,
) -> Result<Position, LedgerError> {
    let (booked, after) = booking::book(position, fill, leg, fee_settles)?;
    refuse_wrong_flip(position, &booked, spot)?;
    trades.extend(booked.closed_trade);
    Ok(after)
}

/// A position folded again.
pub(crate) struct Refolded {
    pub(crate) position: Position,
    /// The round trips that ended since the first inferred fill.
    pub(crate) trades: Vec<ClosedTrade>,
}

impl Unsettled {
    pub(crate) const fn since(base: Position) -> Self {
        Self { base, events: Vec::new() }
    }

    /// With one more fill.
    pub(crate) fn filled(mut self, booked: &FillBooked, fee_settles: bool) -> Result<Self, LedgerError> {
        let fill = booked.fill;
        self.push(if booked.inferred { Told::Inferred { fill } } else { Told::Fill { fill, fee_settles } })?;
        Ok(self)
    }

    /// With funding.
    pub(crate) fn funded(mut self, amount: Money) -> Result<Self, LedgerError> {
        self.push(Told::Funding { amount })?;
        Ok(self)
    }

    /// With the venue's own word in the place of the oldest inferred fill of its order and side, and how much of that it
    /// replaces; `None` when there is no such fill.
    pub(crate) fn superseded(
        mut self,
        told: &Fill,
        fee_settles: bool,
    ) -> Result<Option<(Self, Quantity)>, LedgerError> {
        let place = self.events.iter().position(|event| match event {
            Told::Inferred { fill } => {
                told.order.is_some() && fill.order == told.order && fill.side == told.side
            }
            Told::Fill { .. } | Told::Funding { .. } => false,
        });
        let Some(place) = place else { return Ok(None) };
        let Some(Told::Inferred { fill }) = self.events.get_mut(place) else { return Ok(None) };
        let replaced = fill.quantity.min(told.quantity);
        fill.quantity = fill.quantity.less(replaced);
        if fill.quantity.is_zero() {
            self.events.remove(place);
        }
        self.check_room()?;
        self.events.insert(place, Told::Fill { fill: *told, fee_settles });
        Ok(Some((self, replaced)))
    }

    /// Folds everything since again.
    pub(crate) fn fold(&self, leg: Option<Direction>, spot: bool) -> Result<Refolded, LedgerError> {
        let (mut position, mut trades) = (self.base.clone(), Vec::new());
        for event in &self.events {
            match event {
                Told::Fill { fill, fee_settles } => {
                    position = fold_fill(&position, fill, leg, spot, *fee_settles, &mut trades)?;
                }
                Told::Inferred { fill } => {
                    position = fold_fill(&position, fill, leg, spot, true, &mut trades)?;
                }
                Told::Funding { amount } => {
                    position.funding = precise::sum(position.funding, *amount)?;
                    position.trip = position.trip.map(|trip| trip.funded(*amount)).transpose()?;
                }
            }
        }
        Ok(Refolded { position, trades })
    }

    /// How much of the position was never told by the venue, in base units.
    pub(crate) fn inferred(&self) -> Quantity {
        let each = self.events.iter().map(|event| match event {
            Told::Inferred { fill } => fill.quantity.get(),
            Told::Fill { .. } | Told::Funding { .. } => rust_decimal::Decimal::ZERO,
        });
        Quantity::of(each.fold(rust_decimal::Decimal::ZERO, |sum, one| sum.saturating_add(one)))
    }

    fn push(&mut self, event: Told) -> Result<(), LedgerError> {
        self.check_room()?;
        self.events.push(event);
        Ok(())
    }

    fn check_room(&self) -> Result<(), LedgerError> {
        if self.events.len() < TRADE_MEMORY {
            return Ok(());
        }
        Err(LedgerError::TooLongUnsettled { instrument: self.base.instrument, events: self.events.len() })
    }
}
