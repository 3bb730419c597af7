//! The plainest strategy: it wants to hold, and leaves it to others how much.

use autotrading_domain::{Direction, MarketData, MarketEvent, Signal};
use autotrading_strategy::{Context, Mandate, Signals, Strategy, StrategyError};

/// A strategy that wants to be long at full strength from its first bar on, for ever.
///
/// What is compared under it is how capital is shared, and nothing else.
pub fn hold(mandate: Mandate) -> Box<dyn Strategy> {
    Box::new(Hold { mandate })
}

#[derive(Clone, Debug)]
struct Hold {
    mandate: Mandate,
}

impl Strategy for Hold {
    fn name(&self) -> &'static str {
        "hold"
    }

    fn warm_up(&self) -> usize {
        1
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        context: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        let closed = matches!(&event.data, MarketData::Bar(bar) if bar.closed);
        if !closed || event.instrument != self.mandate.instrument || context.position != 0.0 {
            return Ok(());
        }
        signals.push(Signal {
            strategy: self.mandate.strategy,
            instrument: self.mandate.instrument,
            at: event.ts_event,
            direction: Direction::Long,
            strength: 1.0,
            confidence: 1.0,
            stop_distance: None,
            target_distance: None,
            horizon: None,
            reason: "to be held".into(),
            leg: None,
        });
        Ok(())
    }
}
