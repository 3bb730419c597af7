//! What is known of one market, and what a word of it leads to.

use autotrading_domain::{
    Bar, InstrumentId, Instruments, MarketData, MarketEvent, RegimeEstimate, Span, StrategyId, Target,
    Timestamp,
};
use autotrading_market_data::{Verdict, Watch};
use autotrading_regime::Detector;
use autotrading_risk::{PriceSource, PriceSources};
use autotrading_strategy::{Consensus, Context, FundingOutlook, Weighing};

use super::{
    Engine, Guard, Seat,
    legs::{Joint, leg_context},
    listing::Listing,
    seat,
    standing::Standing,
    touch::Touch,
    work::Work,
};
use crate::{Configuration, EngineError, Finding, FindingKind, Measures, Turn};

/// What is known of one market.
#[derive(Debug)]
pub struct Market {
    pub(super) watch: Watch,
    pub(super) prices: PriceSources,
    pub(super) touch: Touch,
    pub(super) standing: Standing,
    pub(super) interval: Span,
    pub(super) measures: Measures,
    pub(super) detector: Option<Detector>,
    pub(super) seats: Vec<usize>,
    weighing: Weighing,
    own_weights: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// What part of its weight each own strategy is worth; `None`: all of it.
    pub(super) seat_shares: Option<Vec<f64>>,
    /// What part of that each has at the stage of its life; `None`: all of it.
    pub(super) life_shares: Option<Vec<f64>>,
    /// Weights have changed, and the target does not know it yet.
    pub(super) reweighed: bool,
    /// Seats of several legs, and the market of the first, which weighs them.
    pub(super) legged: Vec<(usize, usize)>,
    /// Whether the target is one leg of an opinion on several instruments.
    pub(super) joint: Option<Joint>,
    pub(super) funding: Option<FundingOutlook>,
    pub(super) target: Target,
    pub(super) acted_on: f64,
    pub(super) last_resize: Timestamp,
    pub(super) retry_at: Option<Timestamp>,
    pub(super) guard: Option<Guard>,
    pub(super) work: Option<Work>,
    pub(super) listing: Listing,
    pub(super) close: f64,
    pub(super) held: f64,
    pub(super) entry_price: Option<f64>,
}

impl Market {
    pub(super) fn new(
        id: InstrumentId,
        instruments: &Instruments,
        configuration: &Configuration,
        seats: &[Seat],
    ) -> Result<Self, EngineError> {
        let here = || seats.iter().enumerate().filter(|(_, seat)| seat.instruments.contains(&id));
        let own: Vec<usize> = here().map(|(place, _)| place).collect();
        let names: Vec<&str> = here().map(|(_, seat)| seat.name.as_str()).collect();
        let legged = here().filter(|(_, seat)| seat.has_legs());
        let weighing = match &configuration.matrix {
            None => Weighing::even(names.len() + seat::without(configuration, instruments)),
            Some(matrix) => matrix.weighing(&names).map_err(|error| EngineError::Strategy {
                name: names.join(", "),
                problem: error.to_string(),
            })?,
        };
        let mut market = Self {
            watch: Watch::new(configuration.stale_after, Span::ZERO),
            prices: PriceSources::default(),
            touch: Touch::default(),
            standing: Standing::default(),
            interval: Span::ZERO,
            measures: Measures::new(&configuration.measures)?,
            detector: configuration.regime.map(Detector::new).transpose()?,
            own_weights: vec![0.0; own.len()],
            weights: vec![0.0; seats.len()],
            seat_shares: None,
            life_shares: None,
            reweighed: false,
            legged: legged.filter_map(|(place, seat)| Some((place, seat.home()?.index()))).collect(),
            joint: None,
            seats: own,
            weighing,
            funding: None,
            target: Target { instrument: id, ..Target::default() },
            acted_on: 0.0,
            last_resize: Timestamp::from_nanos(i64::MIN),
            retry_at: None,
            guard: None,
            work: None,
            listing: Listing::Standing,
            close: f64::NAN,
            held: 0.0,
            entry_price: None,
        };
        market.weigh();
        Ok(market)
    }

    /// The regime as it is known now.
    pub fn regime(&self) -> RegimeEstimate {
        self.detector.as_ref().map_or(RegimeEstimate::UNKNOWN, |detector| *detector.estimate())
    }

    /// What is measured of it.
    pub const fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Weights of the strategies now, by number; zero for one that sits elsewhere.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// What the opinions add up to now.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The target as one number, -1 to 1.
    pub(super) fn lean(&self) -> f64 {
        self.target.direction.sign() * self.target.strength
    }

    /// What one of its own strategies weighs here.
    pub(super) fn own_weight(&self, seat: usize) -> f64 {
        let place = self.seats.iter().position(|own| *own == seat);
        place.and_then(|place| self.own_weights.get(place)).copied().unwrap_or(0.0)
    }

    /// Weighs the strategies by the regime as it is known now.
    pub(super) fn weigh(&mut self) {
        self.weighing.weigh(&self.regime(), &mut self.own_weights);
        if let Some(shares) = &self.seat_shares {
            reweigh(&mut self.own_weights, shares);
        }
        if let Some(shares) = &self.life_shares {
            Weighing::temper(&mut self.own_weights, shares.iter().copied());
        }
        for (seat, weight) in self.seats.iter().zip(&self.own_weights) {
            if let Some(slot) = self.weights.get_mut(*seat) {
                *slot = *weight;
            }
        }
    }
}

impl Engine {
    #[inline]
    pub(super) fn hear_market(&mut self, event: &MarketEvent, turn: &mut Turn) -> Result<(), EngineError> {
        let id = event.instrument;
        let Some(market) = self.markets.get_mut(id.index()) else {
            self.facts(id)?;
            return Ok(());
        };
        let opens = match market.watch.look_at(event) {
            Verdict::Good => true,
            Verdict::Conservative(doubt) => {
                turn.findings.push(Finding::about(id, FindingKind::DataDoubtful, doubt));
                false
            }
            Verdict::Refuse(doubt) => {
                turn.findings.push(Finding::about(id, FindingKind::DataRefused, doubt));
                return Ok(());
            }
        };
        match &event.data {
            MarketData::Bar(bar) if bar.closed => self.close_bar(event, bar, opens, turn),
            MarketData::Bar(bar) => self.mark(id, PriceSource::Last, bar.close, event.ts_event, turn),
            MarketData::Trade(trade) => self.mark(id, PriceSource::Last, trade.price, event.ts_event, turn),
            MarketData::Quote(quote) => {
                market.touch = Touch::of(quote, event.ts_event);
                self.mark(id, PriceSource::Mid, 0.5 * (quote.bid + quote.ask), event.ts_event, turn)
            }
            MarketData::MarkPrice(mark) => self.mark(id, PriceSource::Mark, *mark, event.ts_event, turn),
            MarketData::IndexPrice(index) => {
                self.compare(id, PriceSource::Index, *index, event.ts_event);
                Ok(())
            }
            MarketData::FundingRate { rate, next } => {
                let outlook = FundingOutlook { rate: *rate, next: *next };
                self.fund_paper(id);
                if let Some(market) = self.markets.get_mut(id.index()) {
                    market.funding = Some(outlook);
                }
                Ok(())
            }
            MarketData::Status(status) => {
                self.hear_status(id, *status);
                Ok(())
            }
            MarketData::Listing(facts) => self.hear_listing(id, facts, turn),
            MarketData::BookSnapshot(_) | MarketData::BookDelta(_) | MarketData::Liquidation(_) => Ok(()),
        }
    }

    #[inline]
    fn mark(
        &mut self,
        id: InstrumentId,
        source: PriceSource,
        price: f64,
        at: Timestamp,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        self.ledger.mark(id, price);
        self.compare(id, source, price, at);
        self.watch_equity(at, turn)
    }

    /// Tells the gate the price that orders are held against, now that one source has said something else.
    #[inline]
    fn compare(&mut self, id: InstrumentId, source: PriceSource, price: f64, at: Timestamp) {
        let Some(market) = self.markets.get_mut(id.index()) else { return };
        market.prices.hear(source, price, at);
        let (reference, last) = market.prices.reference_and_last(self.patience);
        self.gate.observe_price(id, reference, last, at);
    }

    /// The order of the day for a closed bar.
    #[inline]
    fn close_bar(
        &mut self,
        event: &MarketEvent,
        bar: &Bar,
        opens: bool,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let id = event.instrument;
        self.mark(id, PriceSource::Last, bar.close, event.ts_event, turn)?;
        self.share_anew(id, bar, event.ts_event, turn)?;
        self.count_paper(id, bar, turn)?;
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        market.close = bar.close;
        if market.interval != bar.interval {
            market.interval = bar.interval;
            self.gate.observe_interval(id, bar.interval);
        }
        let lean = market.lean();
        market.measures.observe(bar, lean)?;
        if let Some(volume) = market.measures.volume() {
            self.gate.observe_volume(id, volume);
        }
        if let Some(detector) = &mut market.detector {
            detector.observe(bar)?;
            market.weigh();
        }
        let regimes = market.detector.is_some();
        if let Some(comovement) = &mut self.comovement {
            comovement.observe(id.index(), bar);
        }
        self.sharing.observe(id, bar);
        self.oversee(id, bar, event.ts_event, turn)?;
        self.watch_guard(id, bar, turn)?;
        self.ask_strategies(event, opens, turn)?;
        self.note_leans(id);
        let reweighed =
            self.markets.get_mut(id.index()).is_some_and(|market| std::mem::take(&mut market.reweighed));
        self.mind_legs(id, turn)?;
        let beside = self.named_beside(id, turn);
        self.follow(id, regimes || reweighed || !turn.signals.is_empty(), turn)?;
        for other in beside {
            self.follow(other, true, turn)?;
        }
        if self.is_working(id) { self.go_on(id, bar.volume, turn) } else { Ok(()) }
    }

    /// Shows the event to the strategies of its instrument and takes their opinions.
    #[inline]
    fn ask_strategies(
        &mut self,
        event: &MarketEvent,
        opens: bool,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let Some(market) = self.markets.get(event.instrument.index()) else { return Ok(()) };
        let regime = market.regime();
        let context = Context {
            regime: &regime,
            position: market.held,
            entry_price: market.entry_price,
            funding: market.funding,
            ..Context::BLANK
        };
        self.said.clear();
        for seat in &market.seats {
            let Some(seat) = self.seats.get_mut(*seat) else { continue };
            self.legs.clear();
            if seat.has_legs() {
                let know =
                    |id: &InstrumentId| leg_context(*id, &self.markets, &self.ledger, &self.instruments);
                self.legs.extend(seat.instruments.iter().map(know));
            }
            let context = Context { legs: &self.legs, ..context };
            if let Err(error) = seat.strategy.observe(event, &context, &mut self.said) {
                turn.findings.push(Finding::about(event.instrument, FindingKind::DataRefused, error));
            }
        }
        for signal in &self.said {
            match self.pipeline.admit(signal, self.now, opens) {
                Ok(_) => turn.signals.push(signal.clone()),
                Err(fault) => {
                    turn.findings.push(Finding::about(event.instrument, FindingKind::OpinionRefused, fault))
                }
            }
        }
        Ok(())
    }

    /// Adds the opinions on an instrument up.
    #[inline]
    pub(super) fn add_up(&mut self, id: InstrumentId) {
        self.weigh_legs(id);
        let now = self.now;
        let Some(market) = self.markets.get_mut(id.index()) else { return };
        let consensus = self.pipeline.consensus(id, now, &market.weights);
        market.target = target_of(id, &consensus);
        market.joint = match self.pipeline.ancestry() {
            [only] => only.leg.filter(|leg| leg.of > 1).map(|leg| Joint { seat: only.strategy.index(), leg }),
            _ => None,
        };
        if consensus.held_back.is_some() {
            market.retry_at.get_or_insert(now);
        }
    }

    /// Adds the opinions up when something moved, and goes after the target when that is due.
    #[inline]
    pub(super) fn follow(
        &mut self,
        id: InstrumentId,
        moved: bool,
        turn: &mut Turn,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let Some(market) = self.markets.get_mut(id.index()) else { return Ok(()) };
        let held_back = market.retry_at.is_some();
        if !moved && !held_back && !self.has_drifted(id) {
            return Ok(());
        }
        self.add_up(id);
        let Some(market) = self.markets.get(id.index()) else { return Ok(()) };
        if market.retry_at.is_some_and(|at| at > now) && market.lean() != 0.0 {
            return Ok(());
        }
        if market.work.is_some() {
            return self.abandon_work(id, turn);
        }
        let due =
            self.configuration.portfolio.is_due(market.acted_on, market.lean(), market.last_resize, now)
                || held_back
                || self.has_drifted(id);
        if due { self.pursue(id, turn) } else { Ok(()) }
    }

    /// Reasons of the strategies that were heard, for the record.
    pub(super) fn reason_of(&self, strategy: StrategyId, id: InstrumentId) -> std::borrow::Cow<'static, str> {
        self.pipeline.standing(strategy, id).map_or("".into(), |signal| signal.reason.clone())
    }
}

/// Weights times shares, adding up to what the weights did, so that cash stays what it was.
fn reweigh(weights: &mut [f64], shares: &[f64]) {
    let before: f64 = weights.iter().sum();
    for (weight, share) in weights.iter_mut().zip(shares) {
        *weight *= share;
    }
    let after: f64 = weights.iter().sum();
    if after > 0.0 {
        weights.iter_mut().for_each(|weight| *weight *= before / after);
    }
}

fn target_of(instrument: InstrumentId, consensus: &Consensus) -> Target {
    Target {
        instrument,
        direction: consensus.direction,
        strength: consensus.strength,
        capital_share: 1.0,
        stop_distance: consensus.stop_distance,
        target_distance: consensus.target_distance,
        lead: consensus.lead,
    }
}
