//! Who sits where: each strategy on each instrument, or group of instruments, that it can trade.

use autotrading_domain::{InstrumentId, Instruments, StrategyId};
use autotrading_strategy::{Strategy, Universe, build_across, listing};

use crate::{Configuration, EngineError, StrategyEntry};

/// One strategy on one instrument, or across several, with the name it goes by.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) name: String,
    /// Where its opinions are; the market of the first weighs it.
    pub(crate) instruments: Vec<InstrumentId>,
    pub(crate) strategy: Box<dyn Strategy>,
    /// The number of an opinion with several legs that could not be had whole.
    pub(super) given_up: Option<u32>,
}

/// A strategy, and the instrument whose market weighs it.
type Placed = (InstrumentId, Box<dyn Strategy>);

impl Seat {
    pub(super) fn new(instrument: InstrumentId, strategy: Box<dyn Strategy>) -> Self {
        let legs = strategy.legs();
        let instruments = if legs.is_empty() { vec![instrument] } else { legs.to_vec() };
        Self { name: strategy.name().to_owned(), instruments, strategy, given_up: None }
    }

    /// The instrument whose market weighs it.
    pub(super) fn home(&self) -> Option<InstrumentId> {
        self.instruments.first().copied()
    }

    /// Whether its opinions have several legs.
    pub(super) fn has_legs(&self) -> bool {
        self.instruments.len() > 1
    }
}

/// Which entry sits on which instruments, in the order of the numbers: one seat for each group that it can trade. A
/// strategy that is not in the catalogue is presumed to sit on each instrument.
pub(crate) fn seating<'a>(
    entries: &'a [StrategyEntry],
    instruments: &Instruments,
) -> Vec<(&'a StrategyEntry, Vec<InstrumentId>)> {
    let groups = |entry: &StrategyEntry| {
        let reach = listing(&entry.name).map_or(autotrading_strategy::Reach::One, |listing| listing.reach);
        reach.groups(instruments)
    };
    entries.iter().flat_map(|entry| groups(entry).into_iter().map(move |group| (entry, group))).collect()
}

/// The strategies of a configuration at their seats, each with the instrument whose market weighs it.
///
/// # Errors
/// [`EngineError::Strategy`]: unknown, with illegal parameters, or the only ones there are and without a seat.
pub(super) fn seated(
    instruments: &Instruments,
    configuration: &Configuration,
) -> Result<Vec<Placed>, EngineError> {
    let fault = |entry: &StrategyEntry, problem: String| {
        Err(EngineError::Strategy { name: entry.name.clone(), problem })
    };
    for entry in &configuration.strategies {
        if let Err(error) = listing(&entry.name).and_then(|listing| listing.settings(&entry.parameters)) {
            return fault(entry, error.to_string());
        }
    }
    let mut strategies = Vec::new();
    for (entry, group) in seating(&configuration.strategies, instruments) {
        let strategy = StrategyId(u16::try_from(strategies.len()).unwrap_or(u16::MAX));
        let facts = |id: &InstrumentId| Ok((*id, instruments.get(*id)?.clone()));
        let of_group = group.iter().map(facts).collect::<Result<Vec<_>, EngineError>>()?;
        let universe = Universe { strategy, instruments: of_group };
        match (build_across(&entry.name, &entry.parameters, universe), group.first()) {
            (Ok(strategy), Some(home)) => strategies.push((*home, strategy)),
            (Ok(_), None) => {}
            (Err(error), _) => return fault(entry, error.to_string()),
        }
    }
    match configuration.strategies.first() {
        Some(entry) if strategies.is_empty() && !instruments.is_empty() => {
            let needs = listing(&entry.name).map_or("one instrument", |listing| listing.reach.in_words());
            fault(entry, format!("it needs {needs}, and there is none"))
        }
        _ => Ok(strategies),
    }
}

/// How many of the configured strategies have no seat anywhere; their weight is cash.
pub(super) fn without(configuration: &Configuration, instruments: &Instruments) -> usize {
    let seatless = |entry: &&StrategyEntry| {
        listing(&entry.name).is_ok_and(|listing| listing.reach.groups(instruments).is_empty())
    };
    configuration.strategies.iter().filter(seatless).count()
}
