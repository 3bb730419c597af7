//! Follows a schedule.

use autotrading_domain::{Span, Timestamp};

use super::{
    Aggressive, Algorithm, AlgorithmError, AlgorithmKind, Children, MarketView, Parent, Schedule, Wish,
};

/// Follows a [`Schedule`]: takes at each slice what the schedule asks for and is not done. What the book or the limit
/// denied comes again with the next slice; in the last one it is tried until the deadline.
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduled {
    schedule: Schedule,
    sweep: Aggressive,
    next: Option<Timestamp>,
}

impl Scheduled {
    /// Follows a schedule with IOC orders that reach `reach_bps` beyond the touch.
    ///
    /// # Errors
    /// A reach outside its range.
    pub fn new(schedule: Schedule, reach_bps: f64) -> Result<Self, AlgorithmError> {
        Ok(Self { schedule, sweep: Aggressive::new(reach_bps, Span::ZERO)?, next: None })
    }

    /// The schedule.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

impl Algorithm for Scheduled {
    fn kind(&self) -> AlgorithmKind {
        self.schedule.kind()
    }

    fn on(
        &mut self,
        now: Timestamp,
        market: &MarketView,
        parent: &Parent,
        children: &Children,
        wishes: &mut Vec<Wish>,
    ) {
        if self.next.is_some_and(|next| now < next) || !children.is_idle() {
            return;
        }
        let (Some(slice), next) = self.schedule.at(now) else { return };
        let wanted = children.short_of(parent.share(slice.cumulative));
        let Some(wish) = self.sweep.sweep(now, market, parent, wanted) else { return };
        wishes.push(wish);
        let left = parent.spec().deadline.since(now);
        let again = now.after(Span::from_nanos(left.nanos() / 4).max(Span::SECOND));
        self.next = Some(next.unwrap_or(again));
    }
}
