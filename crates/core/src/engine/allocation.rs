//! How capital is shared: among instruments, and among the strategies that speak of them.

use autotrading_domain::{Bar, InstrumentId, Span, StrategyId, Timestamp};
use autotrading_portfolio::{
    Allocation, PortfolioError, PortfolioRules, StrategyAllocation, StrategySharing,
};
use autotrading_statistics::{Decay, ExponentialCovariance, StatisticsError};
use ndarray::{Array2, ArrayView1};

use super::{Engine, Seat, comovement::Comovement};
use crate::{EngineError, Finding, FindingKind, Turn};

/// With fewer moments than this nothing is said of how strategies move together.
const FEW: u64 = 30;

/// How capital is shared now, and what the next sharing will be estimated from.
///
/// Shares are estimated at the first bar of a moment, from what was known before it, so that all instruments of that moment
/// have shares of one and the same estimate.
#[derive(Debug)]
pub(super) struct Sharing {
    /// Of each instrument.
    shares: Vec<f64>,
    together: Option<Comovement>,
    strategies: Option<StrategyReturns>,
    /// Whether a strategy's opinions are views and no targets, by seat.
    views: Vec<bool>,
    moment: Option<Timestamp>,
    estimated: Option<Timestamp>,
    interval: Span,
}

impl Sharing {
    pub(super) fn new(
        instruments: usize,
        rules: &PortfolioRules,
        seats: &[Seat],
    ) -> Result<Self, EngineError> {
        if rules.largest_share * instruments as f64 + 1e-12 < 1.0 {
            let (key, got) = ("largest_share", rules.largest_share);
            let allowed = "at least 1 over the number of instruments";
            return Err(PortfolioError::Rule { key, got, allowed }.into());
        }
        if let Some(name) = rules.views.iter().find(|name| !seats.iter().any(|seat| seat.name == **name)) {
            return Err(PortfolioError::Unknown { what: "strategy for views", name: name.clone() }.into());
        }
        let asks = instruments > 1 && rules.allocation.needs_covariance();
        let parity = rules.strategies == StrategySharing::RiskParity;
        Ok(Self {
            shares: vec![1.0 / instruments.max(1) as f64; instruments],
            together: asks.then(|| Comovement::new(instruments, rules.half_life)).transpose()?,
            strategies: parity.then(|| StrategyReturns::new(seats, rules)).transpose()?,
            views: seats.iter().map(|seat| rules.views.contains(&seat.name)).collect(),
            moment: None,
            estimated: None,
            interval: Span::ZERO,
        })
    }

    /// The share of capital that an instrument may use.
    pub(super) fn of(&self, id: InstrumentId) -> f64 {
        if self.shares.len() < 2 { 1.0 } else { self.shares.get(id.index()).copied().unwrap_or(0.0) }
    }

    /// Whether anything is ever estimated.
    const fn is_idle(&self) -> bool {
        self.shares.len() < 2 && self.strategies.is_none()
    }

    /// Takes a closed bar, after the shares of its moment were settled.
    pub(super) fn observe(&mut self, id: InstrumentId, bar: &Bar) {
        self.interval = bar.interval;
        if let Some(together) = &mut self.together {
            together.observe(id.index(), bar);
        }
    }

    /// What part of its weight each strategy of these seats is worth now; `None` when nothing changes it.
    pub(super) fn of_seats(&self, seats: &[usize]) -> Option<Vec<f64>> {
        let seen = |seat: &usize| self.views.get(*seat).copied().unwrap_or(false);
        let share = |seat: &usize| match &self.strategies {
            _ if seen(seat) => 0.0,
            Some(strategies) => strategies.share_of(*seat),
            None => 1.0,
        };
        let changed = self.strategies.is_some() || seats.iter().any(seen);
        changed.then(|| seats.iter().map(share).collect())
    }
}

/// What following each strategy's opinions has earned, moment by moment, on all instruments together.
#[derive(Debug)]
struct StrategyReturns {
    rule: StrategyAllocation,
    /// The strategy of each seat.
    of_seat: Vec<usize>,
    memory: ExponentialCovariance,
    row: Vec<f64>,
    told: bool,
    shares: Vec<f64>,
}

impl StrategyReturns {
    fn new(seats: &[Seat], rules: &PortfolioRules) -> Result<Self, StatisticsError> {
        let mut names: Vec<&str> = Vec::new();
        let mut of_seat = Vec::with_capacity(seats.len());
        for seat in seats {
            let known = names.iter().position(|name| *name == seat.name);
            of_seat.push(known.unwrap_or(names.len()));
            if known.is_none() {
                names.push(&seat.name);
            }
        }
        let count = names.len().max(1);
        Ok(Self {
            rule: StrategyAllocation { turnover_penalty: rules.turnover_penalty },
            of_seat,
            memory: ExponentialCovariance::new(count, Decay::from_half_life(rules.half_life)?)?,
            row: vec![0.0; count],
            told: false,
            shares: vec![1.0 / count as f64; count],
        })
    }

    fn share_of(&self, seat: usize) -> f64 {
        let strategy = self.of_seat.get(seat).copied().unwrap_or(usize::MAX);
        self.shares.get(strategy).copied().unwrap_or(0.0)
    }

    /// An opinion of this lean stood over a bar that returned `change`; `part` is the instrument's part of all.
    fn earn(&mut self, seat: usize, lean: f64, change: f64, part: f64) {
        let strategy = self.of_seat.get(seat).copied().unwrap_or(usize::MAX);
        if let Some(sum) = self.row.get_mut(strategy) {
            *sum += lean * change * part;
            self.told = true;
        }
    }

    /// The moment is over.
    fn close(&mut self) -> Result<(), StatisticsError> {
        if std::mem::take(&mut self.told) {
            self.memory.push(ArrayView1::from(&self.row))?;
            self.row.fill(0.0);
        }
        Ok(())
    }

    /// Risk parity among those that have ever moved; the others keep what an even share would be.
    fn estimate(&mut self) -> Result<(), PortfolioError> {
        if self.memory.count() < FEW {
            return Ok(());
        }
        let covariance = self.memory.covariance()?;
        let moved: Vec<f64> = covariance.diag().iter().map(|v| f64::from(u8::from(*v > 0.0))).collect();
        let active: f64 = moved.iter().sum();
        let count = moved.len() as f64;
        if active == 0.0 {
            return Ok(());
        }
        let part = active / count;
        let current: Vec<f64> = self.shares.iter().map(|share| (share / part).min(1.0)).collect();
        let shares = self.rule.shares(covariance.view(), &moved, &current)?;
        for ((slot, share), moved) in self.shares.iter_mut().zip(shares).zip(moved) {
            *slot = if moved > 0.0 { share * part } else { 1.0 / count };
        }
        Ok(())
    }
}

impl Engine {
    /// At the first bar of a moment at which it is due, shares the capital anew, from what was known before this bar.
    #[inline]
    pub(super) fn share_anew(
        &mut self,
        id: InstrumentId,
        bar: &Bar,
        at: Timestamp,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        if self.sharing.is_idle() {
            return Ok(());
        }
        let new = self.sharing.moment.is_none_or(|moment| at > moment);
        if new {
            self.sharing.moment = Some(at);
            if let Some(strategies) = &mut self.sharing.strategies {
                strategies.close()?;
            }
            let refresh = self.configuration.portfolio.refresh;
            if self.sharing.estimated.is_none_or(|last| at.since(last) >= refresh) {
                self.estimate(at, turn);
            }
        }
        self.count_earnings(id, bar);
        Ok(())
    }

    /// What the standing opinions on an instrument have earned with this bar.
    fn count_earnings(&mut self, id: InstrumentId, bar: &Bar) {
        let Some(market) = self.markets.get(id.index()) else { return };
        let Some(strategies) = &mut self.sharing.strategies else { return };
        let change = bar.close / market.close - 1.0;
        let part = 1.0 / self.markets.len().max(1) as f64;
        if !change.is_finite() {
            return;
        }
        for seat in &market.seats {
            let lean = lean_of(&self.pipeline, *seat, id, self.now);
            strategies.earn(*seat, lean, change, part);
        }
    }

    /// Where an estimate fails, the shares stay as they are, and it is said why.
    fn estimate(&mut self, at: Timestamp, turn: &mut Turn) {
        let instruments = if self.markets.len() > 1 { self.estimated_shares() } else { Ok(None) };
        match instruments {
            Ok(Some(shares)) => (self.sharing.shares, self.sharing.estimated) = (shares, Some(at)),
            Ok(None) if self.markets.len() > 1 => {}
            Ok(None) => self.sharing.estimated = Some(at),
            Err(fault) => turn.findings.push(Finding::about_all(FindingKind::NotShared, fault)),
        }
        if let Some(strategies) = &mut self.sharing.strategies
            && let Err(fault) = strategies.estimate()
        {
            turn.findings.push(Finding::about_all(FindingKind::NotShared, fault));
        }
        for market in &mut self.markets {
            market.seat_shares = self.sharing.of_seats(&market.seats);
            market.weigh();
        }
    }

    /// The shares of the instruments; `None` while too little is known, and they are even or by inverse volatility.
    fn estimated_shares(&mut self) -> Result<Option<Vec<f64>>, PortfolioError> {
        let (rules, count) = (&self.configuration.portfolio, self.markets.len());
        let largest = rules.largest_share;
        let covariance = self.sharing.together.as_ref().and_then(Comovement::covariance);
        if let Some(covariance) = covariance {
            let shares = match rules.allocation {
                Allocation::BlackLitterman => {
                    let year = Span::DAY.times(365).in_units_of(self.sharing.interval);
                    rules.black_litterman.weights((covariance * year).view(), &self.leans(), largest)?
                }
                other => other.weights(covariance.view(), largest)?,
            };
            // Rounding may leave a hair below zero.
            return Ok(Some(shares.into_iter().map(|share| share.clamp(0.0, 1.0)).collect()));
        }
        let sigma: Option<Vec<f64>> =
            self.markets.iter().map(|market| market.measures.volatility()).collect();
        let by_sigma = match (rules.allocation, sigma) {
            (Allocation::Equal, _) | (_, None) => None,
            (_, Some(sigma)) if sigma.iter().all(|s| *s > 0.0) => {
                let variances =
                    Array2::from_diag(&sigma.iter().map(|s| s * s).collect::<ndarray::Array1<f64>>());
                Some(Allocation::InverseVolatility.weights(variances.view(), largest)?)
            }
            _ => None,
        };
        let settled = !rules.allocation.needs_covariance()
            && (by_sigma.is_some() || rules.allocation == Allocation::Equal);
        let shares = by_sigma.unwrap_or_else(|| vec![1.0 / count as f64; count]);
        if settled {
            return Ok(Some(shares));
        }
        self.sharing.shares = shares;
        Ok(None)
    }

    /// How the opinions that are views lean on each instrument, -1 to 1.
    fn leans(&self) -> Vec<f64> {
        let all = !self.sharing.views.contains(&true);
        let of = |(index, market): (usize, &super::Market)| {
            let id = InstrumentId(u32::try_from(index).unwrap_or(u32::MAX));
            let heard =
                market.seats.iter().filter(|seat| all || self.sharing.views.get(**seat) == Some(&true));
            let leans: Vec<f64> = heard.map(|seat| lean_of(&self.pipeline, *seat, id, self.now)).collect();
            (leans.iter().sum::<f64>() / leans.len().max(1) as f64).clamp(-1.0, 1.0)
        };
        self.markets.iter().enumerate().map(of).collect()
    }

    /// What an instrument is to have of the equity, signed, when its target is of this lean: its share, or the nearer edge of
    /// the band around it.
    pub(super) fn wanted_weight(&self, id: InstrumentId, lean: f64) -> f64 {
        let target = self.sharing.of(id) * lean;
        self.configuration.portfolio.edge(self.held_weight(id), target, self.cost_of(id))
    }

    /// Whether a position has drifted off its share far enough to be traded.
    pub(super) fn has_drifted(&self, id: InstrumentId) -> bool {
        let rules = &self.configuration.portfolio;
        let Some(market) = self.markets.get(id.index()) else { return false };
        if rules.rebalance == autotrading_portfolio::Rebalancing::Opinions || market.held == 0.0 {
            return false;
        }
        let target = self.sharing.of(id) * market.lean();
        rules.has_drifted(self.held_weight(id), target, self.cost_of(id), market.last_resize, self.now)
    }

    fn held_weight(&self, id: InstrumentId) -> f64 {
        let weight = self.ledger.notional_f64(id) / self.ledger.equity_f64();
        if weight.is_finite() { weight } else { 0.0 }
    }

    fn cost_of(&self, id: InstrumentId) -> f64 {
        self.instruments.get(id).map_or(0.0, |facts| facts.spec().taker_fee.to_f64().max(0.0))
    }
}

/// The lean of a standing opinion, 0 when there is none or its time is over.
pub(super) fn lean_of(
    pipeline: &autotrading_strategy::Pipeline,
    seat: usize,
    id: InstrumentId,
    now: Timestamp,
) -> f64 {
    let number = StrategyId(u16::try_from(seat).unwrap_or(u16::MAX));
    let stands = |signal: &&autotrading_domain::Signal| {
        signal.horizon.is_none_or(|horizon| now < signal.at.after(horizon))
    };
    pipeline.standing(number, id).filter(stands).map_or(0.0, autotrading_domain::Signal::lean)
}
