//! What all instruments of the venue share: the account's sums, the numbering, the post.

use autotrading_domain::{Instrument, InstrumentId, Money, TradeId, ValueError};

use super::{
    FillRecord, LatencyModel, VenueRules, costs::TakingCosts, fees::FeeMeter, latency::LatencyLine,
    memory::OrderMemory, position::Position, post::Post,
};

/// The shared part of the venue.
#[derive(Clone, Debug)]
pub(super) struct Clearing {
    pub(super) rules: VenueRules,
    pub(super) costs: TakingCosts,
    pub(super) post: Post,
    /// The way of requests to the venue.
    pub(super) entry: LatencyLine,
    pub(super) fee_meter: Option<FeeMeter>,
    pub(super) memory: OrderMemory,
    pub(super) records: Vec<FillRecord>,
    pub(super) deposits: Money,
    pub(super) realized: Money,
    pub(super) fees: Money,
    pub(super) funding: Money,
    /// What positions bind: isolated margin of perpetuals, whole cost of spot.
    pub(super) bound: Money,
    /// Of that, what was paid for coins.
    pub(super) coins: Money,
    /// What each position adds to and asks of a shared wallet, by instrument.
    pub(super) shares: Vec<CrossShare>,
    /// What working orders bind.
    pub(super) reserved: Money,
    trades: u64,
    priorities: u64,
}

/// A position's part in a shared wallet, at its latest mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CrossShare {
    pub(super) unrealized: Money,
    pub(super) maintenance: Money,
}

impl Clearing {
    pub(super) fn new(rules: VenueRules, cash: Money, seed: u64) -> Self {
        Self {
            rules,
            costs: TakingCosts::of(&rules),
            post: Post::new(rules.latency.response, rules.faults, seed),
            entry: LatencyLine::new(LatencyModel::Constant(rules.latency.entry)),
            fee_meter: None,
            memory: OrderMemory::default(),
            records: Vec::new(),
            deposits: cash,
            realized: Money::ZERO,
            fees: Money::ZERO,
            funding: Money::ZERO,
            bound: Money::ZERO,
            coins: Money::ZERO,
            shares: Vec::new(),
            reserved: Money::ZERO,
            trades: 0,
            priorities: 0,
        }
    }

    /// `wallet = deposits + realized - fees + funding`.
    pub(super) fn wallet(&self) -> Result<Money, ValueError> {
        self.deposits.plus(self.realized)?.minus(self.fees)?.plus(self.funding)
    }

    /// What neither positions nor orders bind. Where positions share the wallet, what they have lost and not realized
    /// is not free either; what they have won is not yet.
    pub(super) fn free(&self) -> Result<Money, ValueError> {
        let free = self.wallet()?.minus(self.bound)?.minus(self.reserved)?;
        if !self.rules.margin.is_cross() {
            return Ok(free);
        }
        let open = self.shares.iter().try_fold(Money::ZERO, |sum, share| sum.plus(share.unrealized))?;
        if open.is_negative() { free.plus(open) } else { Ok(free) }
    }

    /// What the other positions of the account add to and ask of the shared wallet: their profit or loss and their
    /// maintenance margin, at their latest marks.
    pub(super) fn others(&self, id: InstrumentId) -> Result<CrossShare, ValueError> {
        let mut sum = CrossShare::default();
        for (place, share) in self.shares.iter().enumerate() {
            if place != id.index() {
                sum.unrealized = sum.unrealized.plus(share.unrealized)?;
                sum.maintenance = sum.maintenance.plus(share.maintenance)?;
            }
        }
        Ok(sum)
    }

    /// The wallet that positions share: without what was paid for coins.
    pub(super) fn shared_wallet(&self) -> Result<Money, ValueError> {
        self.wallet()?.minus(self.coins)
    }

    /// The margin that a position carries of its own: `open cost / leverage`, booked; nothing for spot and while
    /// positions share the wallet.
    pub(super) fn isolated_margin(
        &self,
        instrument: &Instrument,
        position: &Position,
    ) -> Result<Money, ValueError> {
        if self.rules.margin.is_cross() { Ok(Money::ZERO) } else { self.initial_margin(instrument, position) }
    }

    fn initial_margin(&self, instrument: &Instrument, position: &Position) -> Result<Money, ValueError> {
        match self.rules.margin.leverage() {
            Some(leverage) if instrument.is_perpetual() && !position.is_flat() => {
                Ok(position.open_cost().over(leverage)?.booked())
            }
            Some(_) | None => Ok(Money::ZERO),
        }
    }

    /// What a position binds of the wallet.
    pub(super) fn bound_by(&self, instrument: &Instrument, position: &Position) -> Result<Money, ValueError> {
        if instrument.is_perpetual() {
            self.initial_margin(instrument, position)
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
