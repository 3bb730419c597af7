//! The venue as the order desk sees it: a gateway.

use autotrading_domain::Timestamp;
use autotrading_execution::{OrderCommand, OrderGateway, Request};

use super::{
    SimulatedVenue, VenueError,
    letter::{Ask, Letter},
};

/// Sending never fails here, but for an unknown instrument and for the faults that the rules ask for.
impl OrderGateway for SimulatedVenue {
    type Error = VenueError;

    fn send(&mut self, command: &OrderCommand) -> Result<(), VenueError> {
        self.receive(command.request(), command.at())
    }
}

impl SimulatedVenue {
    /// Puts a request on its way; it arrives after the entry latency.
    pub(crate) fn receive(&mut self, request: Request<'_>, at: Timestamp) -> Result<(), VenueError> {
        let ask = match request {
            Request::Place(intent) => Ask::Place(*intent),
            Request::Amend { change, instrument } => Ask::Amend(instrument, *change),
            Request::Cancel { id, instrument } => Ask::Cancel(instrument, id),
            Request::Query { id, instrument } => Ask::Query(instrument, id),
        };
        let (instrument, order) = (ask.instrument(), ask.order());
        let post = &mut self.clearing.post;
        let faults = post.faults();
        if post.strikes(faults.disconnect) {
            return Err(VenueError::Disconnected { order });
        }
        let timeout = post.strikes(faults.timeout);
        let lost = timeout && post.strikes(0.5);
        let ask = if lost { Ask::Lost(instrument, order) } else { ask };
        let arrives = self.clearing.entry.arrival(at);
        let book = self.book_mut(instrument)?;
        book.inbox.push_back(Letter { arrives, ask, unanswered: timeout && !lost });
        if let Some(ticks) = book.ticks.as_deref_mut() {
            ticks.watch.due = ticks.watch.due.min(arrives);
        }
        Ok(())
    }
}
