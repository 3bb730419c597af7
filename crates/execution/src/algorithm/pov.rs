//! Goes with the volume.

use autotrading_domain::{Span, Timestamp};

use super::parent::setting;
use super::{Aggressive, Algorithm, AlgorithmError, AlgorithmKind, Children, MarketView, Parent, Wish};

/// Goes with the volume: fills a constant share of what trades (percentage of volume). What the market does not trade it
/// does not trade either; what is left at the deadline is reported, not forced.
///
/// `target(t) = rate * (volume(t) - volume(start))`, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pov {
    rate: f64,
    sweep: Aggressive,
    from: Option<f64>,
}

impl Pov {
    /// The share `rate` of what trades, taken as far as `reach_bps` beyond the touch, at most once in `every`.
    ///
    /// # Errors
    /// A rate outside (0, 1], or a reach outside its range.
    pub fn new(rate: f64, reach_bps: f64, every: Span) -> Result<Self, AlgorithmError> {
        setting("rate", rate, rate > 0.0 && rate <= 1.0, "above 0 and at most 1")?;
        Ok(Self { rate, sweep: Aggressive::new(reach_bps, every)?, from: None })
    }
}

impl Algorithm for Pov {
    fn kind(&self) -> AlgorithmKind {
        AlgorithmKind::Pov
    }

    fn on(
        &mut self,
        now: Timestamp,
        market: &MarketView,
        parent: &Parent,
        children: &Children,
        wishes: &mut Vec<Wish>,
    ) {
        let from = *self.from.get_or_insert(market.volume());
        let target = parent.lots_in(self.rate * (market.volume() - from));
        let wanted = children.short_of(target);
        if children.is_idle() && wanted >= parent.smallest() {
            wishes.extend(self.sweep.sweep(now, market, parent, wanted));
        }
    }
}
