//! Why an order had its size, and what became of it: told from the records of a journal.

use std::fmt;

use autotrading_domain::{ClientOrderId, Event, Instruments, OrderReport, ReportKind, Timestamp};
use autotrading_strategy::Stage;

use crate::{DecisionRecord, Occasion, Opening, Outcome, OwnedRecord, TurnRecord, engine::seating};

/// The story of one order.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The order.
    pub order: ClientOrderId,
    /// When it was decided.
    pub at: Timestamp,
    /// The decision, with all that it rests on.
    pub decision: DecisionRecord,
    /// What the venue said about it, in order.
    pub reports: Vec<OrderReport>,
    /// When it was amended by us.
    pub amendments: Vec<Timestamp>,
    instruments: Instruments,
    strategies: Vec<String>,
    /// At which stage of its life each strategy was; empty when lives were not followed.
    stages: Vec<Stage>,
}

/// The journal has no such order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownOrder {
    /// It has others.
    #[error("the journal has no order {order}; its orders go from {first} to {last}")]
    Unknown {
        /// The order that was asked for.
        order: ClientOrderId,
        /// The first one it has.
        first: ClientOrderId,
        /// The last one it has.
        last: ClientOrderId,
    },
    /// It has none at all.
    #[error("the journal has no order at all")]
    NoOrders,
}

/// Gathers the story of one order while a journal is read.
#[derive(Clone, Debug)]
pub struct Explainer {
    order: ClientOrderId,
    instruments: Instruments,
    strategies: Vec<String>,
    stages: Vec<Stage>,
    decided: Option<(Timestamp, DecisionRecord)>,
    reports: Vec<OrderReport>,
    amendments: Vec<Timestamp>,
    known: Option<(ClientOrderId, ClientOrderId)>,
}

impl Explainer {
    /// Somebody who looks for this order.
    pub fn new(order: ClientOrderId) -> Self {
        Self {
            order,
            instruments: Instruments::default(),
            strategies: Vec::new(),
            stages: Vec::new(),
            decided: None,
            reports: Vec::new(),
            amendments: Vec::new(),
            known: None,
        }
    }

    /// Takes the next record.
    pub fn take(&mut self, record: OwnedRecord) {
        match record {
            OwnedRecord::Opened(opening) => self.learn_names(*opening),
            OwnedRecord::Turn(turn) => {
                if self.decided.is_none() {
                    self.age(&turn);
                }
                for decision in turn.decisions {
                    if let Some(id) = decision.intent.map(|intent| intent.id) {
                        self.known = Some((self.known.map_or(id, |(first, _)| first), id));
                    }
                    if decision.outcome == Outcome::Amended(self.order) {
                        self.amendments.push(turn.at);
                    } else if decision.intent.is_some_and(|intent| intent.id == self.order) {
                        self.decided = Some((turn.at, decision));
                    }
                }
            }
            OwnedRecord::Event(Event::Order(report)) if report.order == self.order => {
                self.reports.push(report)
            }
            OwnedRecord::Event(_) | OwnedRecord::Command(_) | OwnedRecord::Closed(_) => {}
        }
    }

    /// The story.
    ///
    /// # Errors
    /// [`UnknownOrder`] when the order was never wanted; it names those that were.
    pub fn finish(self) -> Result<Explanation, UnknownOrder> {
        let order = self.order;
        let Some((at, decision)) = self.decided else {
            let unknown = |(first, last)| UnknownOrder::Unknown { order, first, last };
            return Err(self.known.map_or(UnknownOrder::NoOrders, unknown));
        };
        Ok(Explanation {
            order: self.order,
            at,
            decision,
            reports: self.reports,
            amendments: self.amendments,
            instruments: self.instruments,
            strategies: self.strategies,
            stages: self.stages,
        })
    }

    fn age(&mut self, turn: &TurnRecord) {
        for change in &turn.life_changes {
            for strategy in &change.strategies {
                if let Some(stage) = self.stages.get_mut(strategy.index()) {
                    *stage = change.transition.to;
                }
            }
        }
    }

    fn learn_names(&mut self, opening: Opening) {
        let seats = seating(&opening.configuration.strategies, &opening.instruments);
        self.strategies = seats.into_iter().map(|(entry, _)| entry.name.clone()).collect();
        let stage = opening.configuration.life_cycle.map(|_| Stage::default());
        self.stages = stage.map_or_else(Vec::new, |stage| vec![stage; self.strategies.len()]);
        self.instruments = opening.instruments;
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_headline(f)?;
        self.write_opinions(f)?;
        if let Some(sizing) = &self.decision.sizing {
            writeln!(f, "\nHow much, and what held it back:\n{sizing}")?;
        }
        if let Some(verdict) = &self.decision.verdict {
            writeln!(f, "What the risk gate measured:\n{verdict}")?;
        }
        self.write_fate(f)
    }
}

impl Explanation {
    fn write_headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(intent) = &self.decision.intent else { return Ok(()) };
        let symbol =
            self.instruments.get(intent.instrument).map_or("?", |instrument| &instrument.spec().symbol);
        let price = match (intent.kind.limit_price(), intent.kind.trigger()) {
            (Some(price), _) => format!("at {price} or better"),
            (None, Some(trigger)) => format!("at market once the price reaches {}", trigger.price),
            (None, None) => "at market".to_owned(),
        };
        let why = match self.decision.occasion {
            Occasion::Target => "because the opinions moved the target",
            Occasion::Slice => "as the next part of a worked order",
            Occasion::Protection => "to guard the position",
            Occasion::Exit => "because a rule of leaving said so",
        };
        writeln!(f, "Order {}: {} {} {symbol} {price}, {why}.", self.order, intent.side, intent.quantity)?;
        let DecisionRecord { held, mark, .. } = &self.decision;
        writeln!(f, "Decided at {}, holding {held} at a mark of {mark}.", self.at)
    }

    fn write_opinions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regime = &self.decision.regime;
        writeln!(
            f,
            "The market was taken for {:?} with {:.0} % confidence for {} bars; volatility was {:?}.",
            regime.label,
            regime.confidence * 100.0,
            regime.age,
            regime.volatility_level
        )?;
        if self.decision.voices.is_empty() {
            return writeln!(f, "No strategy held an opinion.");
        }
        writeln!(f, "\n  {:<20} {:>8} {:>8}  reason", "strategy", "opinion", "weight")?;
        for voice in &self.decision.voices {
            let name = self.strategies.get(voice.strategy.index()).map_or("your own", String::as_str);
            write!(f, "  {name:<20} {:>+8.3} {:>8.3}  {}", voice.lean, voice.weight, voice.reason)?;
            match self.stages.get(voice.strategy.index()) {
                Some(stage) => writeln!(f, "; its life: {stage:?}")?,
                None => writeln!(f)?,
            }
        }
        let target = &self.decision.target;
        writeln!(
            f,
            "Together: {} with strength {:.3} of what sizing allows, with {:.0} % of the capital.",
            target.direction,
            target.strength,
            target.capital_share * 100.0
        )
    }

    fn write_fate(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.decision.outcome {
            Outcome::Refused(refusal) => {
                return writeln!(f, "It was refused and never left the house: {refusal}.");
            }
            Outcome::NoTrade => return writeln!(f, "There was nothing to trade."),
            Outcome::Sent(_) | Outcome::Amended(_) => writeln!(f, "What became of it:")?,
        }
        writeln!(f, "  {}  sent", self.at)?;
        for at in &self.amendments {
            writeln!(f, "  {at}  amended by us")?;
        }
        for report in &self.reports {
            writeln!(f, "  {}  {}", report.ts_event, fate(&report.kind))?;
        }
        Ok(())
    }
}

fn fate(kind: &ReportKind) -> String {
    match kind {
        ReportKind::Accepted => "accepted by the venue".to_owned(),
        ReportKind::Rejected(reason) => format!("rejected by the venue: {reason}"),
        ReportKind::Triggered => "triggered".to_owned(),
        ReportKind::Filled(fill) => {
            let part = format!("filled {} at {}", fill.quantity, fill.price);
            format!(
                "{part} as {:?}, fee {} {}",
                fill.liquidity,
                fill.fee.get().normalize(),
                fill.fee_currency
            )
        }
        ReportKind::Canceled(reason) => format!("cancelled: {reason}"),
        ReportKind::Expired(reason) => format!("expired: {reason}"),
        ReportKind::CancelRefused(reason) => format!("the cancel was refused: {reason}"),
        ReportKind::Amended { quantity, .. } => format!("changed at the venue, quantity {quantity}"),
        ReportKind::AmendRefused(reason) => format!("the change was refused: {reason}"),
        ReportKind::TimedOut => "no answer came".to_owned(),
        ReportKind::Working { filled } => format!("works at the venue, {filled} filled"),
        ReportKind::Absent => "the venue never had it".to_owned(),
    }
}
