//! The rows of a run over columns: every fill and every round trip, made when they are asked for.

use autotrading_domain::{
    ClientOrderId, Direction, Fill, FillCause, InstrumentId, Instruments, Leverage, Liquidity, Purpose,
    Quantity, Side, Timestamp, TradeId,
};
use autotrading_exchanges::FillReason;
use autotrading_positions::{Applied, ClosedTrade, Ledger, LedgerRules};

use super::{ColumnFault, ColumnOutcome, Columns};
use crate::digest::{EquityDigest, RunDigest};
use crate::{FillMark, ResearchRules};

const INSTRUMENT: InstrumentId = InstrumentId(0);

impl Columns<'_> {
    /// Every execution of an outcome of these rules, as the report of the event engine lists them.
    ///
    /// # Errors
    /// [`ColumnFault::NotKept`] unless it was run with [`Keep::Everything`](super::Keep::Everything).
    pub fn fills(
        &self,
        rules: &ResearchRules,
        outcome: &ColumnOutcome,
    ) -> Result<Vec<FillMark>, ColumnFault> {
        let fills = self.executions(rules, outcome)?;
        let mark = |fill: Fill| FillMark {
            at: fill.at,
            trade: fill.trade,
            order: fill.order,
            side: fill.side,
            price: fill.price,
            quantity: fill.quantity,
            fee: fill.fee,
            purpose: Some(Purpose::Target),
            reason: FillReason::MarketAtOpen.to_string(),
        };
        Ok(fills.into_iter().map(mark).collect())
    }

    /// Every round trip of an outcome of these rules, kept by a ledger of its own.
    ///
    /// # Errors
    /// As [`Columns::fills`].
    pub fn trades(
        &self,
        rules: &ResearchRules,
        outcome: &ColumnOutcome,
    ) -> Result<Vec<ClosedTrade>, ColumnFault> {
        let instruments = Instruments::new(vec![self.terms(rules)?.instrument]);
        let settle = rules.instrument().quote;
        let rules_of_books = LedgerRules { settle, ..LedgerRules::isolated(Leverage::ONE) };
        let mut ledger = Ledger::new(&instruments, rules_of_books)?;
        let mut trades = Vec::new();
        for fill in self.executions(rules, outcome)? {
            if let Applied::Booked(entry) = ledger.apply_fill(&fill)? {
                trades.extend(entry.closed_trade().copied());
            }
        }
        Ok(trades)
    }

    /// The digest of the run, equal to that of the event engine's summary.
    ///
    /// # Errors
    /// As [`Columns::fills`].
    pub fn digest(&self, rules: &ResearchRules, outcome: &ColumnOutcome) -> Result<String, ColumnFault> {
        let mut digest = RunDigest::of(&format!("{:016x}", self.bars.digest()));
        for fill in self.executions(rules, outcome)? {
            digest.fill(&fill);
        }
        Ok(digest.finish(EquityDigest::of(&outcome.equity)))
    }

    fn executions(&self, rules: &ResearchRules, outcome: &ColumnOutcome) -> Result<Vec<Fill>, ColumnFault> {
        if outcome.equity.len() != self.bars.len() {
            return Err(ColumnFault::NotKept { what: "the run" });
        }
        let terms = self.terms(rules)?;
        let settle = terms.instrument.spec().settle;
        let mut held = Direction::Flat;
        let mut fills = Vec::with_capacity(outcome.turns.len());
        for (number, turn) in (1..).zip(&outcome.turns) {
            let (Some(open), Some(at)) =
                (self.bars.open().get(turn.place), self.bars.open_time().get(turn.place))
            else {
                return Err(ColumnFault::NotKept { what: "a fill" });
            };
            let turned = held != Direction::Flat && turn.to != Direction::Flat;
            let quantity: Quantity = if turned { terms.double } else { terms.quantity };
            let price = terms.instrument.price(*open)?;
            fills.push(Fill {
                instrument: INSTRUMENT,
                order: Some(ClientOrderId { run: 1, sequence: number }),
                trade: TradeId(number.into()),
                at: Timestamp::from_nanos(*at),
                side: if turn.to.sign() > held.sign() { Side::Buy } else { Side::Sell },
                price,
                quantity,
                liquidity: Liquidity::Taker,
                fee: price.times(quantity)?.times(terms.fee)?.booked(),
                fee_currency: settle,
                cause: FillCause::Order,
            });
            held = turn.to;
        }
        Ok(fills)
    }
}
