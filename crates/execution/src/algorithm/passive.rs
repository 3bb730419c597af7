//! Waits at the touch, and loses patience at the end.

use autotrading_domain::{Span, Timestamp, Toward};

use super::parent::setting;
use super::{
    Aggressive, Algorithm, AlgorithmError, AlgorithmKind, Children, MarketView, Parent, Style, Wish,
};

/// Posts all that is left at the touch of its own side, follows the touch when it moves away, and sweeps what is left
/// when its patience ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passive {
    follow: f64,
    every: Span,
    patience: f64,
    sweep: Aggressive,
    pegged: Option<Timestamp>,
}

impl Passive {
    /// Follows a touch that is more than `follow_bps` away, at most once in `every`; sweeps with `sweep` once the share
    /// `patience` of its time is over (1: never).
    ///
    /// # Errors
    /// A distance or patience outside its range.
    pub fn new(
        follow_bps: f64,
        every: Span,
        patience: f64,
        sweep: Aggressive,
    ) -> Result<Self, AlgorithmError> {
        let follow = setting("follow", follow_bps, follow_bps >= 0.0, "no negative distance")? / 1e4;
        setting("patience", patience, (0.0..=1.0).contains(&patience), "0 to 1")?;
        Ok(Self { follow, every, patience, sweep, pegged: None })
    }
}

impl Algorithm for Passive {
    fn kind(&self) -> AlgorithmKind {
        AlgorithmKind::Passive
    }

    fn on(
        &mut self,
        now: Timestamp,
        market: &MarketView,
        parent: &Parent,
        children: &Children,
        wishes: &mut Vec<Wish>,
    ) {
        if parent.elapsed(now) >= self.patience {
            let resting = children.live().filter(|child| child.style == Style::Post);
            wishes.extend(resting.map(|child| Wish::Cancel(child.id)));
            if children.is_idle() {
                wishes.extend(self.sweep.sweep(now, market, parent, children.room(parent)));
            }
            return;
        }
        if self.pegged.is_some_and(|pegged| now < pegged.after(self.every)) {
            return;
        }
        let near = market.near(parent.side());
        let peg = parent.price(near, Toward::Passive);
        if children.is_idle() {
            self.pegged = Some(now);
            wishes.push(Wish::Place { quantity: children.room(parent), price: peg, style: Style::Post });
            return;
        }
        let away = children
            .live()
            .filter(|child| (child.price.to_f64() - peg.to_f64()).abs() > self.follow * peg.to_f64());
        for child in away {
            wishes.push(Wish::Cancel(child.id));
        }
    }
}
