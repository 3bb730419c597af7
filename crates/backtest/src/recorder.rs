//! Looks over the engine's shoulder and writes down what a report is made of.

use std::collections::BTreeMap;

use autotrading_core::{Decision, Engine, Occasion, Outcome, Turn};
use autotrading_domain::{
    Direction, Event, Fill, FillCause, InstrumentId, MarketData, Purpose, RegimeEstimate, ReportKind,
    Timestamp,
};
use autotrading_positions::ClosedTrade;
use autotrading_risk::{Cause, Level, RiskMeasure, StateChange};

use crate::digest::{EquityDigest, RunDigest};
use crate::largest_book::LargestBookWatch;
use crate::limits::LimitWatch;
use crate::running::{RunningEquity, RunningFigures};
use crate::trips::Trips;
use crate::voices::Voices;
use crate::{FillMark, LevelNote, OrderStory, Series, StateChangeNote};

/// How much is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The sums behind a [`Summary`](crate::Summary) alone, and nothing that grows with the run: for bars that are larger
    /// than memory.
    Summary,
    /// What figures and tables are made of: equity bar by bar, closed trades.
    Figures,
    /// All that pages and tables are made of.
    Full,
}

/// What was seen of a run.
#[derive(Debug)]
pub(crate) struct Recorder {
    detail: Detail,
    instrument: InstrumentId,
    digest: RunDigest,
    seen_at: Timestamp,
    running: RunningEquity,
    pub(crate) equity: Vec<f64>,
    pub(crate) series: Series,
    pub(crate) limits: LimitWatch,
    pub(crate) largest_book: LargestBookWatch,
    pub(crate) voices: Voices,
    pub(crate) trips: Trips,
    pub(crate) fills: Vec<FillMark>,
    pub(crate) fill_count: u64,
    pub(crate) trade_count: u64,
    pub(crate) liquidations: u64,
    pub(crate) notional: f64,
    pub(crate) trades: Vec<ClosedTrade>,
    pub(crate) stories: Vec<OrderStory>,
    pub(crate) orders: u64,
    pub(crate) refused: u64,
    pub(crate) bounds: BTreeMap<String, u64>,
    pub(crate) refusals: BTreeMap<String, u64>,
    pub(crate) state_changes: Vec<StateChangeNote>,
    pub(crate) levels: Vec<LevelNote>,
    pub(crate) beyond_value_at_risk: Vec<Timestamp>,
    pub(crate) findings: BTreeMap<String, u64>,
    pub(crate) first_finding: Option<String>,
}

impl Recorder {
    pub(crate) fn new(
        detail: Detail,
        instrument: InstrumentId,
        engine: &Engine,
        data_digest: &str,
        bars: usize,
    ) -> Self {
        Self {
            detail,
            instrument,
            digest: RunDigest::of(data_digest),
            seen_at: Timestamp::from_nanos(i64::MIN),
            running: RunningEquity::default(),
            equity: Vec::with_capacity(if detail == Detail::Summary { 0 } else { bars }),
            series: Series::default(),
            limits: LimitWatch::new(engine),
            largest_book: LargestBookWatch::new(),
            voices: Voices::new(instrument, engine),
            trips: Trips::new(instrument),
            fills: Vec::new(),
            fill_count: 0,
            trade_count: 0,
            liquidations: 0,
            notional: 0.0,
            trades: Vec::new(),
            stories: Vec::new(),
            orders: 0,
            refused: 0,
            bounds: BTreeMap::new(),
            refusals: BTreeMap::new(),
            state_changes: Vec::new(),
            levels: Vec::new(),
            beyond_value_at_risk: Vec::new(),
            findings: BTreeMap::new(),
            first_finding: None,
        }
    }

    #[inline]
    pub(crate) fn see(&mut self, event: &Event, engine: &Engine, turn: &Turn) {
        if self.detail == Detail::Full {
            self.voices.hear(turn);
        }
        match event {
            Event::Market(market) => {
                if let MarketData::Bar(bar) = &market.data {
                    self.see_equity(market.ts_event, engine.ledger().equity_f64());
                    if self.detail == Detail::Full {
                        self.see_bar([bar.open, bar.high, bar.low, bar.close], market.ts_event, engine);
                    }
                }
            }
            Event::Order(report) => {
                if let ReportKind::Filled(fill) = &report.kind {
                    let purpose = engine.desk().order(report.order).map(|order| order.intent().purpose);
                    self.see_fill(fill, purpose, engine, turn);
                }
                self.digest.take(event);
            }
            Event::Fill(fill) => {
                self.liquidations += u64::from(fill.cause == FillCause::Liquidation);
                self.see_fill(fill, None, engine, turn);
                self.digest.take(event);
            }
            Event::Funding(_) => self.digest.take(event),
            Event::Deposit { .. } | Event::Operator(_) | Event::Connection { .. } | Event::Clock(_) => {}
        }
        if turn.has_news() {
            self.see_news(engine, turn);
        }
    }

    /// Of several bars that close at one moment the last one has seen them all.
    #[inline]
    fn see_equity(&mut self, at: Timestamp, equity: f64) {
        if self.detail == Detail::Summary {
            return self.running.point(at, equity);
        }
        if std::mem::replace(&mut self.seen_at, at) == at {
            self.equity.pop();
        }
        self.equity.push(equity);
    }

    pub(crate) fn digest(&self) -> String {
        let equity = match self.running() {
            Some(running) => running.digest,
            None => EquityDigest::of(&self.equity),
        };
        self.digest.clone().finish(equity)
    }

    /// What is known of the equity curve where its points were not kept.
    pub(crate) fn running(&self) -> Option<RunningFigures> {
        (self.detail == Detail::Summary).then(|| self.running.clone().finish())
    }

    /// What kind of market it was held to be at the last close.
    fn regime(&self, engine: &Engine) -> RegimeEstimate {
        engine.market(self.instrument).map(|market| market.regime()).unwrap_or_default()
    }

    fn see_bar(&mut self, price: [f64; 4], at: Timestamp, engine: &Engine) {
        self.largest_book.see(engine, at);
        let equity = engine.ledger().equity_f64();
        let regime = self.regime(engine);
        self.series.time.push(at);
        self.series.price.push(price);
        self.series.equity.push(equity);
        self.series.exposure.push(if equity > 0.0 {
            engine.ledger().net_notional_f64() / equity
        } else {
            0.0
        });
        self.series.regime.push(regime.label);
        self.series.volatility.push(regime.volatility_level);
        self.series.probabilities.push(regime.probabilities.map(|p| p as f32));
        self.voices.see_bar(engine, at);
        self.limits.see(engine);
    }

    fn see_fill(&mut self, fill: &Fill, purpose: Option<Purpose>, engine: &Engine, turn: &Turn) {
        if turn.bookings().is_empty() {
            return; // a duplicate
        }
        self.fill_count += 1;
        self.notional += fill.price.to_f64() * fill.quantity.to_f64();
        for trade in turn.bookings().iter().filter_map(|entry| entry.closed_trade()) {
            self.trade_count += 1;
            if self.detail != Detail::Summary {
                self.trades.push(*trade);
            }
        }
        if self.detail == Detail::Full {
            self.voices.see_bookings(turn);
            self.trips.see(turn, self.regime(engine).label, self.voices.lead());
            self.fills.push(FillMark {
                at: fill.at,
                trade: fill.trade,
                order: fill.order,
                side: fill.side,
                price: fill.price,
                quantity: fill.quantity,
                fee: fill.fee,
                purpose,
                reason: String::new(),
            });
        }
    }

    fn see_news(&mut self, engine: &Engine, turn: &Turn) {
        if let Some(change) = turn.state_change() {
            let cause = match &change.word {
                Some(word) => format!("{}: {}", word.operator, word.reason),
                None => tightened(change, breached(engine, change.limit)),
            };
            self.state_changes.push(StateChangeNote { at: change.at, to: change.to, cause });
        }
        self.levels.extend(turn.levels().iter().map(|change| LevelNote {
            at: change.at,
            measure: change.measure.replace('_', " "),
            from: change.from.to_string(),
            to: change.to.to_string(),
            value: change.value,
            limit: change.limit,
        }));
        if turn.beyond_value_at_risk() {
            self.beyond_value_at_risk.push(turn.at());
        }
        for finding in turn.findings() {
            *self.findings.entry(spelled(&finding.kind)).or_default() += 1;
            self.first_finding.get_or_insert_with(|| format!("{}: {}", turn.at(), finding.detail));
        }
        for decision in turn.decisions() {
            self.see_decision(decision, turn);
        }
    }

    fn see_decision(&mut self, decision: &Decision, turn: &Turn) {
        match &decision.outcome {
            Outcome::Sent(_) => self.orders += 1,
            Outcome::Refused(_) => self.refused += 1,
            Outcome::NoTrade | Outcome::Amended(_) => {}
        }
        if self.detail != Detail::Full {
            return;
        }
        if let Outcome::Refused(refusal) = &decision.outcome {
            *self.refusals.entry(spelled(refusal)).or_default() += 1;
        }
        let bound = decision.sizing().map(|sizing| sizing.bound.to_string());
        if let Some(bound) = &bound {
            *self.bounds.entry(bound.clone()).or_default() += 1;
        }
        if decision.occasion == Occasion::Protection {
            return;
        }
        self.stories.push(OrderStory {
            at: turn.at(),
            order: decision.intent.map(|intent| intent.id),
            direction: decision
                .intent
                .map_or(decision.target.direction, |intent| Direction::built_by(intent.side)),
            quantity: decision.intent.map(|intent| intent.quantity).unwrap_or_default(),
            bound: bound.unwrap_or_else(|| "the whole position".to_owned()),
            outcome: match &decision.outcome {
                Outcome::NoTrade => "nothing to trade".to_owned(),
                Outcome::Refused(refusal) => format!("refused: {refusal}"),
                Outcome::Sent(_) => "sent".to_owned(),
                Outcome::Amended(_) => "amended".to_owned(),
            },
        });
    }
}

/// The measure of the monitor that is beyond this limit.
fn breached(engine: &Engine, limit: f64) -> Option<RiskMeasure> {
    let mut readings = engine.monitor()?.readings();
    readings.find(|reading| reading.level == Level::Breached && reading.limit == limit).map(|own| own.measure)
}

/// Why the house tightened by itself: shares in per cent, counts and multiples as they are.
fn tightened(change: &StateChange, measure: Option<RiskMeasure>) -> String {
    let StateChange { value, limit, cause, .. } = change;
    let name = match (cause, measure) {
        (Cause::PortfolioRisk, Some(measure)) => measure.name().replace('_', " "),
        _ => spelled(cause),
    };
    match (cause, measure) {
        (Cause::LosingStreak | Cause::ValueAtRiskBreaches, _) => format!("{name} of {value}, limit {limit}"),
        (Cause::Volatility, _) => format!("{name} of {value:.2} times the usual, limit {limit:.2}"),
        (Cause::PortfolioRisk, Some(RiskMeasure::GrossLeverage)) => {
            format!("{name} of {value:.2}, limit {limit:.2}")
        }
        _ => format!("{name} of {:.2} %, limit {:.2} %", value * 100.0, limit * 100.0),
    }
}

/// The name of a variant in words and without its fields: `GrossLimit { .. }` is "gross limit".
fn spelled(variant: &impl std::fmt::Debug) -> String {
    let text = format!("{variant:?}");
    let name: String = text.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
    name.chars().enumerate().fold(String::new(), |mut words, (place, letter)| {
        if place > 0 && letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
        words
    })
}

#[cfg(test)]
mod tests {
    use autotrading_domain::TradingState;

    use super::*;

    #[test]
    fn counts_are_told_as_counts_and_shares_in_per_cent() {
        let change = |cause, value, limit| StateChange {
            at: Timestamp::EPOCH,
            from: TradingState::Active,
            to: TradingState::ReduceOnly,
            cause,
            value,
            limit,
            word: None,
        };
        let (risk, leverage) = (Some(RiskMeasure::ValueAtRisk), Some(RiskMeasure::GrossLeverage));
        for (cause, measure, value, limit, said) in [
            (Cause::DailyLoss, risk, 0.016, 0.015, "daily loss of 1.60 %, limit 1.50 %"),
            (Cause::LosingStreak, None, 8.0, 8.0, "losing streak of 8, limit 8"),
            (Cause::Volatility, None, 3.456, 3.0, "volatility of 3.46 times the usual, limit 3.00"),
            (Cause::PortfolioRisk, risk, 0.021, 0.02, "value at risk of 2.10 %, limit 2.00 %"),
            (Cause::PortfolioRisk, leverage, 3.5, 3.0, "gross leverage of 3.50, limit 3.00"),
        ] {
            assert_eq!(tightened(&change(cause, value, limit), measure), said);
        }
    }

    #[test]
    fn a_refusal_is_named_without_its_numbers() {
        let refusal = autotrading_risk::Refusal::GrossLimit { would_be: 2.0, limit: 1.0 };
        assert_eq!(spelled(&refusal), "gross limit");
    }
}
