//! The book when it was largest: what it risked, position by position, and what the crashes of the past would have done.

use autotrading_core::Engine;
use autotrading_domain::Timestamp;
use autotrading_risk::{BookView, Scenario};
use serde::{Deserialize, Serialize};

/// The book at the moment of its largest gross notional per equity, as far as a past was known to measure it by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LargestBook {
    /// When.
    pub at: Timestamp,
    /// Gross notional per equity.
    pub leverage: f64,
    /// What it risked over a day at 95 %, in settlement currency, by position, and what crashes would have done to it.
    pub view: BookView,
    /// The symbols of its positions, in their order.
    pub symbols: Vec<String>,
}

/// Looks out for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LargestBookWatch {
    scenarios: Vec<Scenario>,
    largest: Option<LargestBook>,
}

/// A book is looked at again when it is larger by this share than the largest so far: a look costs as much as a
/// measurement of the whole book.
const WORTH_A_LOOK: f64 = 1.01;

impl LargestBookWatch {
    /// With the crashes that every book is held against.
    pub(crate) fn new() -> Self {
        Self { scenarios: Scenario::historical(), largest: None }
    }

    /// Takes the book as it is after the bars of a moment.
    pub(crate) fn see(&mut self, engine: &Engine, at: Timestamp) {
        let (gross, equity) = (engine.ledger().gross_notional_f64(), engine.ledger().equity_f64());
        let least = self.largest.as_ref().map_or(0.0, |largest| WORTH_A_LOOK * largest.leverage);
        if !(equity > 0.0 && gross / equity > least) {
            return;
        }
        let Some(view) = engine.look_at_book(&self.scenarios) else { return };
        let symbol = |held: &autotrading_risk::PositionView| {
            engine
                .instruments()
                .get(held.instrument)
                .map_or(String::new(), |facts| facts.spec().symbol.clone())
        };
        let symbols = view.positions.iter().map(symbol).collect();
        self.largest = Some(LargestBook { at, leverage: gross / equity, view, symbols });
    }

    pub(crate) fn found(&self) -> Option<LargestBook> {
        self.largest.clone()
    }
}
