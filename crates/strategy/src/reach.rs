//! How many instruments an opinion of a strategy takes, and which of those of a run go together.

use autotrading_domain::{Instrument, InstrumentId, Instruments};
use serde::Serialize;

/// On which instruments a strategy has its opinions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// One instrument.
    One,
    /// A perpetual and the spot market of the same pair, in this order.
    PerpetualAndSpot,
    /// Two instruments with the same quote currency.
    Pair,
    /// Three or more instruments, ranked among each other.
    Ranked,
}

impl Reach {
    /// The same in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::One => "one instrument",
            Self::PerpetualAndSpot => "a perpetual and the spot market of the same pair",
            Self::Pair => "two instruments with the same quote currency",
            Self::Ranked => "three or more instruments",
        }
    }

    /// Whether these instruments, in this order, are what it takes.
    #[must_use]
    pub fn fits(self, instruments: &[&Instrument]) -> bool {
        match (self, instruments) {
            (Self::One, [_]) => true,
            (Self::PerpetualAndSpot, [perpetual, spot]) => {
                let pair = |instrument: &Instrument| (instrument.spec().base, instrument.spec().quote);
                perpetual.is_perpetual() && !spot.is_perpetual() && pair(perpetual) == pair(spot)
            }
            (Self::Pair, [one, other]) => one.spec().quote == other.spec().quote,
            (Self::Ranked, many) => many.len() >= 3,
            (Self::One | Self::PerpetualAndSpot | Self::Pair, _) => false,
        }
    }

    /// Which instruments of a run go together: one strategy is made for each group. None, where something is missing: the
    /// strategy cannot trade here, and its weight in the matrix goes to cash.
    ///
    /// ```
    /// use autotrading_domain::{Instrument, InstrumentId, Instruments};
    /// use autotrading_strategy::Reach;
    ///
    /// let perpetual = |symbol| Instrument::linear_perpetual("sim", symbol, "0.1".parse().unwrap(), "0.001".parse().unwrap());
    /// let run = Instruments::new(vec![perpetual("BTCUSDT")?, perpetual("ETHUSDT")?]);
    /// assert_eq!(Reach::Pair.groups(&run), [[InstrumentId(0), InstrumentId(1)]]);
    /// assert!(Reach::PerpetualAndSpot.groups(&run).is_empty()); // no spot market, no arbitrage
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn groups(self, instruments: &Instruments) -> Vec<Vec<InstrumentId>> {
        let all: Vec<InstrumentId> = instruments.iter().map(|(id, _)| id).collect();
        match self {
            Self::One => all.into_iter().map(|id| vec![id]).collect(),
            Self::PerpetualAndSpot => self.couples(instruments, |one, other| one != other),
            Self::Pair => self.couples(instruments, |one, other| one < other),
            Self::Ranked if all.len() >= 3 => vec![all],
            Self::Ranked => Vec::new(),
        }
    }

    fn couples(
        self,
        instruments: &Instruments,
        ordered: impl Fn(InstrumentId, InstrumentId) -> bool,
    ) -> Vec<Vec<InstrumentId>> {
        let mut couples = Vec::new();
        for (one, facts) in instruments.iter() {
            for (other, other_facts) in instruments.iter() {
                if ordered(one, other) && self.fits(&[facts, other_facts]) {
                    couples.push(vec![one, other]);
                }
            }
        }
        couples
    }
}
