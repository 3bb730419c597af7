//! What the desk does when nobody says anything.

use autotrading_domain::{OrderEvent, OrderState, Timestamp};

use super::OrderDesk;
use crate::OrderCommand;

impl OrderDesk {
    /// Lets time pass. Requests without an answer become unknown and are asked about; orders that nobody tended for long
    /// are cancelled. Nothing is ever sent again. Call it with every event: it costs nothing until something is due.
    pub fn expire(&mut self, now: Timestamp, out: &mut Vec<OrderCommand>) {
        if self.orders.is_idle() || now < self.wake {
            return;
        }
        let rules = self.rules;
        let mut wake = Timestamp::MAX;
        for nth in 0..self.orders.live_places().len() {
            let Some(place) = self.orders.live_places().get(nth).copied() else { break };
            let Some(record) = self.orders.at_mut(place) else { continue };
            if record.due(&rules) <= now {
                out.extend(record.wake_up(now));
            }
            wake = wake.min(record.due(&rules));
        }
        self.wake = wake;
    }

    /// Asks about every live order: after a reconnect, when words may have been lost. Orders whose request may still be
    /// on its way are left to their time-out.
    pub fn ask_about_all(&mut self, now: Timestamp, out: &mut Vec<OrderCommand>) {
        let live = self.orders.live();
        out.extend(
            live.filter(|record| record.state != OrderState::Submitted)
                .map(|record| OrderCommand::query(record.id(), record.intent.instrument, now)),
        );
    }
}

impl crate::OrderRecord {
    /// What is due, and the command that it takes.
    fn wake_up(&mut self, now: Timestamp) -> Option<OrderCommand> {
        use OrderState as S;
        let (id, instrument) = (self.id(), self.intent.instrument);
        let cancel = match self.state {
            S::Submitted | S::PendingAmend | S::PendingCancel => {
                self.step(OrderEvent::TimeOut).ok()?;
                false
            }
            S::Unknown => false,
            S::Accepted | S::Triggered | S::PartiallyFilled => {
                self.step(OrderEvent::RequestCancel).ok()?;
                true
            }
            S::Created | S::Denied | S::Rejected | S::Filled | S::Canceled | S::Expired => return None,
        };
        self.queried = !cancel;
        self.asked_at = now;
        self.updated_at = self.updated_at.max(now);
        Some(if cancel {
            OrderCommand::cancel(id, instrument, now)
        } else {
            OrderCommand::query(id, instrument, now)
        })
    }
}
