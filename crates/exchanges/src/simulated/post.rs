//! The way back: reports reach us after the response latency, unless a fault comes between.

use autotrading_domain::{ClientOrderId, Event, InstrumentId, OrderReport, ReportKind, Span, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{FaultRules, LatencyModel, latency::LatencyLine};

/// Sends what the venue says, and keeps what comes late.
#[derive(Clone, Debug)]
pub(super) struct Post {
    response: LatencyLine,
    faults: FaultRules,
    chance: ChaCha8Rng,
    late: Vec<Event>,
}

impl Post {
    pub(super) fn new(response: Span, faults: Option<FaultRules>, seed: u64) -> Self {
        let faults = faults.unwrap_or_default();
        let response = LatencyLine::new(LatencyModel::Constant(response));
        Self { response, faults, chance: ChaCha8Rng::seed_from_u64(seed), late: Vec::new() }
    }

    /// Answers travel by this model from now on.
    pub(super) fn set_response(&mut self, model: LatencyModel) {
        self.response = LatencyLine::new(model);
    }

    /// Whether something is still to come.
    pub(super) const fn holds(&self) -> bool {
        !self.late.is_empty()
    }

    /// Draws whether a fault of this chance happens; no fault, no draw.
    pub(super) fn strikes(&mut self, chance: f64) -> bool {
        chance > 0.0 && self.chance.random::<f64>() < chance
    }

    pub(super) const fn faults(&self) -> FaultRules {
        self.faults
    }

    /// Reports on an order.
    pub(super) fn report(
        &mut self,
        out: &mut Vec<Event>,
        order: ClientOrderId,
        instrument: InstrumentId,
        at: Timestamp,
        kind: ReportKind,
    ) {
        let ts_received = self.response.arrival(at);
        let report = OrderReport { order, instrument, ts_event: at, ts_received, kind };
        if self.strikes(self.faults.duplicate) {
            out.push(Event::Order(report.clone()));
        }
        if self.strikes(self.faults.late) {
            let ts_received = ts_received.after(self.faults.late_by);
            self.late.push(Event::Order(OrderReport { ts_received, ..report }));
        } else {
            out.push(Event::Order(report));
        }
    }

    /// Hands over what has come by now, in the order of its coming.
    pub(super) fn deliver(&mut self, now: Timestamp, out: &mut Vec<Event>) {
        if self.late.is_empty() {
            return;
        }
        self.late.sort_by_key(Event::at);
        let come = self.late.partition_point(|event| event.at() <= now);
        out.extend(self.late.drain(..come));
    }
}
