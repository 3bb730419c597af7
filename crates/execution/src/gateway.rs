//! The port to the venues.

use crate::OrderCommand;

/// The one door through which an order leaves the house.
///
/// The duties of whoever stands behind it:
///
/// - Sending the same client id twice places at most one order, also across reconnects.
/// - A request that cannot reach the venue within the desk's answer time dies on the way (a receive window, an expiry):
///   it must not come to life after the venue was asked about it and said that it has no such order.
/// - An error means that the command certainly did not leave. Whatever is doubtful is no error: it goes unanswered, or
///   comes back as [`TimedOut`](autotrading_domain::ReportKind::TimedOut), and the desk asks.
/// - A query is answered by every fill of the order (those already told may be told again) and then by how it
///   stands: working, cancelled, expired, refused, absent. One that is filled whole is told as cancelled after its fills.
pub trait OrderGateway {
    /// Why a command did not leave.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Hands the command over; the answer comes back later as an [`Event`](autotrading_domain::Event).
    ///
    /// # Errors
    /// The command certainly did not leave.
    fn send(&mut self, command: &OrderCommand) -> Result<(), Self::Error>;
}
