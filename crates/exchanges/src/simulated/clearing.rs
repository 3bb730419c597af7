//! What all instruments of the venue share: the account's sums, the numbering, the post.

use autotrading_domain::{Instrument, Money, TradeId, ValueError};

use super::{
    FillRecord, MarginRule, VenueRules, costs::TakingCosts, memory::OrderMemory, position::Position,
    post::Post,
};

/// The shared part of the venue.
#[derive(Clone, Debug)]
pub(super) struct Clearing {
    pub(super) rules: VenueRules,
    pub(super) costs: TakingCosts,
    pub(super) post: Post,
    pub(super) memory: OrderMemory,
    pub(super) records: Vec<FillRecord>,
    pub(super) deposits: Money,
    pub(super) realized: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    /// What positions bind: isolated margin of perpetuals, whole cost of spot.
    pub(super) bound: Money,
    /// What working orders bind.
    pub(super) reserved: Money,
    trades: u64,
    priorities: u64,
}

impl Clearing {
    pub(super) fn new(rules: VenueRules, cash: Money, seed: u64) -> Self {
        Self {
            rules,
            costs: TakingCosts::of(&rules),
            post: Post::new(rules.latency.response, rules.faults, seed),
            memory: OrderMemory::default(),
            records: Vec::new(),
            deposits: cash,
            realized: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
            bound: Money::ZERO,
            reserved: Money::ZERO,
            trades: 0,
            priorities: 0,
        }
    }

    /// `wallet = deposits + realized - fees + funding`.
    pub(super) fn wallet(&self) -> Result<Money, ValueError> {
        self.deposits.plus(self.realized)?.minus(self.fees)?.plus(self.funding)
    }

    /// What neither positions nor orders bind.
    pub(super) fn free(&self) -> Result<Money, ValueError> {
        self.wallet()?.minus(self.bound)?.minus(self.reserved)
    }

    /// The margin that a position carries: `open cost / leverage`, booked; nothing while the rule is off and for spot.
    pub(super) fn isolated_margin(
        &self,
        instrument: &Instrument,
        position: &Position,
    ) -> Result<Money, ValueError> {
        match self.rules.margin {
            MarginRule::Isolated { leverage } if instrument.is_perpetual() && !position.is_flat() => {
                Ok(position.open_cost().over(leverage)?.booked())
            }
            MarginRule::Isolated { .. } | MarginRule::Off => Ok(Money::ZERO),
        }
    }

    /// What a position binds of the wallet.
    pub(super) fn bound_by(&self, instrument: &Instrument, position: &Position) -> Result<Money, ValueError> {
        if instrument.is_perpetual() {
            self.isolated_margin(instrument, position)
        } else {
            Ok(position.open_cost())
        }
    }

    pub(super) const fn next_trade(&mut self) -> TradeId {
        self.trades += 1;
        TradeId(self.trades)
    }

    pub(super) const fn next_priority(&mut self) -> u64 {
        self.priorities += 1;
        self.priorities
    }
}
