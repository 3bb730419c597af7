//! Who pays funding pays somebody: the perpetual against its spot market, where that is worth its costs and risk.

use autotrading_domain::{Direction, InstrumentId, MarketData, MarketEvent, Span, Timestamp};

use crate::compound::{Compound, Emphasis, Part};
use crate::funding_forecast::FundingForecast;
use crate::indicators::{Indicator, RollingMoments, ratio};
use crate::lockstep::Lockstep;
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Signals, Strategy, StrategyError, Universe};

pub(crate) const NAME: &str = "funding-arbitrage";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer("horizon", "hours for which it would be held", (8, 2_160, 8, 168)),
    Parameter::real("entry", "edge over price risk at which to enter", (0.1, 20.0, 0.25, 1.5)),
    Parameter::real("full", "edge over price risk at full strength", (0.2, 50.0, 0.5, 3.0)),
    Parameter::real("neutral", "expected funding beyond which it is hedged", (0.0, 0.1, 0.000_5, 0.002)),
    Parameter::real(
        "persistence",
        "share of a rate's excess that the next rate keeps",
        (0.0, 1.0, 0.05, 0.9),
    ),
    Parameter::integer("memory", "fundings over which the usual rate is learnt", (1, 1_000, 3, 21)),
    Parameter::integer("window", "bars over which price risk is measured", (10, 20_000, 24, 168)),
    Parameter::choice("spot", "whether spot can be sold short", &["long-only", "long-short"], "long-only"),
    Parameter::real("leverage", "leverage of the perpetual leg", (1.0, 50.0, 0.5, 3.0)),
    Parameter::real(
        "margin",
        "share of the perpetual leg's margin below which to leave",
        (0.05, 0.95, 0.05, 0.4),
    ),
    Parameter::real(
        "stop",
        "distance of the stop when not hedged, in deviations over the horizon",
        (0.1, 10.0, 0.25, 1.0),
    ),
];

/// What an opinion would earn and risk over the horizon, each as a share of notional.
#[derive(Clone, Copy, Debug)]
struct Case {
    hedged: bool,
    /// Funding earned, above zero, less what entering and leaving costs.
    edge: f64,
    risk: f64,
}

/// Enters on the side that is paid where `edge / risk` passes the entry level: the edge is the funding expected at the
/// actual funding times within the horizon, less the taker fees of entering and leaving all legs. Beyond `neutral` of
/// expected funding the opposite notional is held in spot, and the risk is the deviation of the basis; below it the
/// perpetual stands alone, and the risk is that of its price over the horizon.
///
/// Leaves when the side that is paid changes, when the funding to come no longer covers the costs, or when the margin of
/// the perpetual leg has shrunk to its floor: by the distance to liquidation where it is known, otherwise as
/// `1 + leverage * return`.
#[derive(Clone, Debug)]
pub(crate) struct FundingArbitrage {
    compound: Compound,
    lockstep: Lockstep,
    perpetual: InstrumentId,
    spot: InstrumentId,
    /// Taker fees of entering and leaving: perpetual alone, and both legs.
    fees: [f64; 2],
    interval: Option<Span>,
    funding: FundingForecast,
    basis: RollingMoments,
    moves: RollingMoments,
    before: Option<f64>,
    bar: Span,
    last: Option<Timestamp>,
    entered: f64,
    hedged: bool,
    horizon: Span,
    entry: f64,
    full: f64,
    neutral: f64,
    sells_spot: bool,
    leverage: f64,
    margin: f64,
    stop: f64,
}

pub(crate) fn build(settings: &Settings, universe: Universe) -> Result<Box<dyn Strategy>, ParameterError> {
    let [(perpetual, facts), (spot, spot_facts)] = universe.instruments.as_slice() else {
        return Err(settings.too_few("a perpetual and its spot market", universe.instruments.len()));
    };
    let (fee, spot_fee) = (facts.spec().taker_fee.to_f64(), spot_facts.spec().taker_fee.to_f64());
    let window = settings.count("window")?;
    let hours = i64::try_from(settings.count("horizon")?).unwrap_or(i64::MAX);
    Ok(Box::new(FundingArbitrage {
        compound: Compound::new(universe.strategy),
        lockstep: Lockstep::new([*perpetual, *spot].into_iter()),
        perpetual: *perpetual,
        spot: *spot,
        fees: [2.0 * fee, 2.0 * (fee + spot_fee)],
        interval: facts.spec().funding_interval,
        funding: FundingForecast::new(settings.count("memory")?, settings.real("persistence")?),
        basis: RollingMoments::new(window)?,
        moves: RollingMoments::new(window)?,
        before: None,
        bar: Span::ZERO,
        last: None,
        entered: 0.0,
        hedged: false,
        horizon: Span::HOUR.times(hours),
        entry: settings.real("entry")?,
        full: settings.real("full")?,
        neutral: settings.real("neutral")?,
        sells_spot: settings.word("spot")? == "long-short",
        leverage: settings.real("leverage")?,
        margin: settings.real("margin")?,
        stop: settings.real("stop")?,
    }))
}

impl FundingArbitrage {
    fn judge(&mut self, at: Timestamp, context: &Context<'_>, signals: &mut Signals) {
        let &[perpetual, spot] = self.lockstep.closes() else { return };
        let log = perpetual.ln();
        let basis = self.basis.push(log - spot.ln());
        let moves = self.before.replace(log).and_then(|before| self.moves.push(log - before));
        if let Some(before) = self.last.replace(at) {
            self.bar = at.since(before);
        }
        let (Some(basis), Some(moves)) = (basis, moves) else { return };
        let Some(expected) = self.funding.expected(at, self.interval, self.horizon) else {
            return self.compound.take_back(at, "funding is not known", signals);
        };
        let bars = self.horizon.in_units_of(self.bar).max(1.0);
        let price_risk = moves.deviation * bars.sqrt();
        if self.compound.stands() {
            self.leave(at, perpetual, expected, context, signals);
        } else {
            self.enter(at, perpetual, expected, [price_risk, basis.deviation], signals);
        }
    }

    /// The case for the side that is paid, if it can be traded.
    fn case(&self, expected: f64, [alone, hedged]: [f64; 2]) -> Option<Case> {
        let [fee, fees] = self.fees;
        let paid = expected.abs();
        if paid > self.neutral {
            // A perpetual bought for its negative funding is hedged by spot sold short.
            (expected > 0.0 || self.sells_spot).then_some(Case {
                hedged: true,
                edge: paid - fees,
                risk: hedged,
            })
        } else {
            Some(Case { hedged: false, edge: paid - fee, risk: alone })
        }
    }

    fn enter(&mut self, at: Timestamp, price: f64, expected: f64, risks: [f64; 2], signals: &mut Signals) {
        let Some(case) = self.case(expected, risks) else { return };
        // Without any risk to compare with, nothing is known rather than everything certain.
        let score = ratio(case.edge, case.risk);
        if score <= self.entry {
            return;
        }
        let direction = Direction::of(-expected);
        let stop = (!case.hedged).then_some(self.stop * case.risk * price).filter(|stop| *stop > 0.0);
        let perpetual = Part { instrument: self.perpetual, direction, ratio: 1.0, stop };
        let spot = Part { instrument: self.spot, direction: Direction::of(expected), ratio: 1.0, stop: None };
        let strength = (score / self.full).min(1.0);
        let reason =
            if case.hedged { "funding beyond costs, hedged" } else { "funding beyond costs and risk" };
        let emphasis = Emphasis { strength, confidence: 0.5 + strength / 2.0, reason };
        let parts: &[Part] = if case.hedged { &[perpetual, spot] } else { &[perpetual] };
        (self.entered, self.hedged) = (price, case.hedged);
        self.compound.say(at, parts, emphasis, signals);
    }

    fn leave(
        &mut self,
        at: Timestamp,
        price: f64,
        expected: f64,
        context: &Context<'_>,
        signals: &mut Signals,
    ) {
        let Some(part) = self.compound.parts().first() else { return };
        let side = part.direction.sign();
        let earned = -side * expected;
        let [fee, fees] = self.fees;
        let cost = if self.hedged { fees } else { fee };
        let lost = -side * (price - self.entered);
        let why = if self.margin_left(side, price, context) < self.margin {
            "margin of the perpetual leg runs low"
        } else if part.stop.is_some_and(|stop| lost >= stop) {
            "stop touched"
        } else if earned <= 0.0 {
            "funding flipped"
        } else if earned < cost {
            "funding no longer covers the costs"
        } else {
            return;
        };
        self.compound.take_back(at, why, signals);
    }

    /// What is left of the margin of the perpetual leg, as a share of what it began with.
    fn margin_left(&self, side: f64, price: f64, context: &Context<'_>) -> f64 {
        let known = context.leg(self.perpetual).and_then(|leg| leg.liquidation_distance);
        known.map_or(1.0 + self.leverage * side * (price / self.entered - 1.0), |far| far * self.leverage)
    }

    /// Takes the funding outlook from wherever it is told.
    fn hear_funding(&mut self, event: &MarketEvent, context: &Context<'_>) {
        let own = event.instrument == self.perpetual;
        let told = match &event.data {
            MarketData::FundingRate { rate, next } if own => Some((*rate, *next)),
            _ => {
                let leg = context.leg(self.perpetual).and_then(|leg| leg.funding);
                let outlook = leg.or(context.funding.filter(|_| own));
                outlook.map(|outlook| (outlook.rate, outlook.next))
            }
        };
        if let Some((rate, next)) = told {
            self.funding.hear(rate, next);
        }
    }
}

impl Strategy for FundingArbitrage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.basis.warm_up().max(self.moves.warm_up() + 1)
    }

    fn legs(&self) -> &[InstrumentId] {
        self.lockstep.instruments()
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        context: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        self.hear_funding(event, context);
        if self.lockstep.completes(NAME, event)? {
            self.judge(event.ts_event, context, signals);
        }
        Ok(())
    }
}
