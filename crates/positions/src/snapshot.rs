//! The exact books as a value that can be stored and taken up again.

use std::collections::BTreeMap;

use autotrading_domain::{Direction, InstrumentId, Instruments};
use serde::{Deserialize, Serialize};

use crate::{
    FeeBalances, IdentityBroken, Ledger, LedgerError, LedgerRules, Position, PositionMode, Totals,
    TradeMemory, Unsettled, ledger::legs,
};

/// The exact books of an account after an entry. Equal books give equal bytes. Measured marks are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSnapshot {
    /// Number of the last entry.
    pub sequence: u64,
    /// The rules of the account.
    pub rules: LedgerRules,
    /// What all changes add up to.
    pub totals: Totals,
    /// Fees in other currencies.
    pub other_fees: FeeBalances,
    /// The positions in order of their instruments.
    pub positions: Vec<Position>,
    /// The trades known per instrument.
    pub trades: Vec<TradeMemory>,
    /// What was inferred and not yet told, by place among the positions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unsettled: BTreeMap<usize, Unsettled>,
}

/// Why a snapshot is not taken up.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SnapshotError {
    /// The ledger cannot be opened with its rules.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It was taken with other instruments, or in another order.
    #[error("the snapshot holds {got} positions, the instruments ask for {expected} in their order")]
    Positions {
        /// How many it holds.
        got: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The known trades of an instrument are out of order or too many.
    #[error("the trades known of instrument {} are out of order, repeated or too many", instrument.0)]
    Trades {
        /// The instrument.
        instrument: InstrumentId,
    },
    /// What came since an inferred fill does not lead to the position.
    #[error("what is told since an inferred fill does not lead to position {place}")]
    Unsettled {
        /// Its place among the positions.
        place: usize,
    },
    /// Its books do not add up.
    #[error(transparent)]
    Identity(#[from] IdentityBroken),
}

impl Ledger {
    /// The exact books as they are.
    pub fn snapshot(&self) -> LedgerSnapshot {
        LedgerSnapshot {
            sequence: self.sequence,
            rules: self.rules,
            totals: self.totals,
            other_fees: self.other_fees.clone(),
            positions: self.positions.clone(),
            trades: self.trades.clone(),
            unsettled: self.unsettled.clone(),
        }
    }

    /// Books taken up from a snapshot; the entries after it can be replayed on top. Until a mark comes, measured figures
    /// take each position at its average entry.
    ///
    /// # Errors
    /// A [`SnapshotError`] when it belongs to other instruments or does not add up.
    pub fn restore(instruments: &Instruments, snapshot: LedgerSnapshot) -> Result<Self, SnapshotError> {
        let mut ledger = Self::new(instruments, snapshot.rules)?;
        let expected = instruments.len() * legs(snapshot.rules.mode);
        let in_place = ledger
            .positions
            .iter()
            .zip(&snapshot.positions)
            .filter(|(empty, kept)| empty.instrument == kept.instrument)
            .count();
        if in_place != expected || snapshot.positions.len() != expected {
            return Err(SnapshotError::Positions { got: snapshot.positions.len(), expected });
        }
        if snapshot.trades.len() != instruments.len() {
            return Err(SnapshotError::Positions { got: snapshot.trades.len(), expected: instruments.len() });
        }
        for ((instrument, _), memory) in instruments.iter().zip(&snapshot.trades) {
            if !memory.is_sound() {
                return Err(SnapshotError::Trades { instrument });
            }
        }
        ledger.sequence = snapshot.sequence;
        ledger.totals = snapshot.totals;
        ledger.other_fees = snapshot.other_fees;
        ledger.positions = snapshot.positions;
        ledger.trades = snapshot.trades;
        ledger.unsettled = snapshot.unsettled;
        ledger.check_unsettled()?;
        ledger.marks.set_wallet(ledger.totals.wallet.to_f64());
        for (id, _) in instruments.iter() {
            ledger.shadow(id, ledger.average_entry_f64(id));
        }
        ledger.check_identities()?;
        Ok(ledger)
    }

    fn check_unsettled(&self) -> Result<(), SnapshotError> {
        for (place, unsettled) in &self.unsettled {
            let kept = self.positions.get(*place).ok_or(SnapshotError::Unsettled { place: *place })?;
            let spot = !self.instruments.get(kept.instrument).map_err(LedgerError::from)?.is_perpetual();
            if unsettled.fold(leg_at(self.rules.mode, *place), spot)?.position != *kept {
                return Err(SnapshotError::Unsettled { place: *place });
            }
        }
        Ok(())
    }

    /// Cost per unit over the legs of an instrument, zero when nothing is held.
    fn average_entry_f64(&self, id: InstrumentId) -> f64 {
        let (mut cost, mut quantity) = (0.0, 0.0);
        for position in self.positions.iter().filter(|position| position.instrument == id) {
            cost += position.open_cost.to_f64();
            quantity += position.quantity.to_f64();
        }
        if quantity > 0.0 { cost / quantity } else { 0.0 }
    }
}

/// The leg at a place among the positions of a hedge account.
pub(crate) const fn leg_at(mode: PositionMode, place: usize) -> Option<Direction> {
    match mode {
        PositionMode::OneWay => None,
        PositionMode::Hedge if place.is_multiple_of(2) => Some(Direction::Long),
        PositionMode::Hedge => Some(Direction::Short),
    }
}
