//! What can be traded, and on which grid.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    Currency, Grid, InstrumentId, MarginTiers, Money, Price, Quantity, Rate, Side, Span, ValueError,
};

/// What kind of contract it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// The asset itself against money.
    Spot,
    /// A perpetual future settled in the quote currency.
    LinearPerpetual,
    /// A perpetual future settled in the base currency. Reserved: no arithmetic is defined for it yet.
    InversePerpetual,
}

/// How far from mark an order's price may lie, as multiples of mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceBand {
    /// The highest buy, e.g. 1.05.
    pub up: Decimal,
    /// The lowest sell, e.g. 0.95.
    pub down: Decimal,
}

/// The plain facts of an instrument, as a venue or a configuration states them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentSpec {
    /// Where it trades.
    pub venue: String,
    /// The venue's name for it.
    pub symbol: String,
    /// What kind of contract it is.
    pub kind: InstrumentKind,
    /// What is bought and sold.
    pub base: Currency,
    /// What the price is counted in.
    pub quote: Currency,
    /// What profit and margin are counted in.
    pub settle: Currency,
    /// The price grid, in quote currency per base unit.
    pub tick_size: Decimal,
    /// The quantity grid, in base units.
    pub lot_step: Decimal,
    /// The smallest order, in base units.
    pub min_quantity: Quantity,
    /// The largest order, in base units.
    pub max_quantity: Quantity,
    /// The largest market order, in base units.
    pub max_market_quantity: Quantity,
    /// The smallest order that opens, in settlement currency.
    pub min_notional: Money,
    /// How far from mark a price may lie; `None` where the venue states nothing.
    pub price_band: Option<PriceBand>,
    /// Base units per contract; 1 where the venue counts in base units.
    pub contract_multiplier: Decimal,
    /// Fee per notional for a fill that rested in the book; negative is a rebate.
    pub maker_fee: Rate,
    /// Fee per notional for a fill that took from the book.
    pub taker_fee: Rate,
    /// What margin a notional needs. Spot carries one tier that is never reached.
    pub tiers: MarginTiers,
    /// Time between two fundings; `None` for spot.
    pub funding_interval: Option<Span>,
}

/// An instrument whose facts were checked, with its two grids. The one place where a measurement becomes a price.
///
/// ```
/// # use autotrading_domain::{Instrument, Side, Toward};
/// # let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// assert_eq!(instrument.price(25_000.26)?.to_string(), "25000.3");
/// assert_eq!(instrument.price_toward(25_000.26, Side::Buy, Toward::Passive)?.to_string(), "25000.2");
/// assert_eq!(instrument.quantity_down(0.0129)?.to_string(), "0.012");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "InstrumentSpec", into = "InstrumentSpec")]
pub struct Instrument {
    spec: InstrumentSpec,
    ticks: Grid,
    lots: Grid,
}

/// Which way a price between two ticks is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Away from the other side of the book: a buy down, a sell up.
    Passive,
    /// Toward the other side of the book: a buy up, a sell down.
    Aggressive,
}

/// Why a specification is not an instrument.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InstrumentError {
    /// A figure breaks the law of its type.
    #[error("instrument {symbol}: {source}")]
    Value {
        /// The instrument.
        symbol: String,
        /// What is wrong.
        source: ValueError,
    },
    /// Two figures contradict each other.
    #[error("instrument {symbol}: {field} is {got}, expected {expected}")]
    Inconsistent {
        /// The instrument.
        symbol: String,
        /// The field.
        field: &'static str,
        /// Its value.
        got: String,
        /// What was expected.
        expected: &'static str,
    },
    /// No instrument has this number.
    #[error("there is no instrument {}; {known} are known", id.0)]
    Unknown {
        /// The number.
        id: InstrumentId,
        /// How many there are.
        known: usize,
    },
}

impl Instrument {
    /// An instrument from its facts.
    ///
    /// # Errors
    /// [`InstrumentError`] that names the field, its value and what was expected.
    pub fn new(spec: InstrumentSpec) -> Result<Self, InstrumentError> {
        let refuse = |field, got: String, expected| {
            Err(InstrumentError::Inconsistent { symbol: spec.symbol.clone(), field, got, expected })
        };
        let grid = |step| {
            Grid::new(step).map_err(|source| InstrumentError::Value { symbol: spec.symbol.clone(), source })
        };
        let (ticks, lots) = (grid(spec.tick_size)?, grid(spec.lot_step)?);
        if spec.max_quantity < spec.min_quantity {
            return refuse("max_quantity", spec.max_quantity.to_string(), "not below min_quantity");
        }
        if spec.min_notional.is_negative() {
            return refuse("min_notional", spec.min_notional.to_string(), "not below zero");
        }
        if spec.contract_multiplier <= Decimal::ZERO {
            return refuse("contract_multiplier", spec.contract_multiplier.to_string(), "above zero");
        }
        if spec.kind == InstrumentKind::InversePerpetual {
            return refuse("kind", "inverse_perpetual".to_owned(), "spot or linear_perpetual");
        }
        if let Some(band) = spec.price_band
            && (band.up <= Decimal::ONE || band.down >= Decimal::ONE || band.down <= Decimal::ZERO)
        {
            return refuse(
                "price_band",
                format!("{}..{}", band.down, band.up),
                "down below 1 and up above 1",
            );
        }
        if spec.funding_interval.is_some_and(|span| span <= Span::ZERO) {
            return refuse("funding_interval", "0".to_owned(), "above zero");
        }
        Ok(Self { spec, ticks, lots })
    }

    /// A USDT-margined perpetual without surprises: no fees, no minimum, one margin tier of 0.4 % up to 125x.
    /// A starting point for examples and tests; change the [`InstrumentSpec`] it is made of for more.
    ///
    /// # Errors
    /// As [`Instrument::new`].
    pub fn linear_perpetual(
        venue: &str,
        symbol: &str,
        tick: Decimal,
        step: Decimal,
    ) -> Result<Self, InstrumentError> {
        let named = |source| InstrumentError::Value { symbol: symbol.to_owned(), source };
        let base = symbol.strip_suffix("USDT").unwrap_or(symbol).parse().map_err(named)?;
        let tiers = crate::Leverage::new(Decimal::from(125)).map_err(named)?;
        let tiers = MarginTiers::single(Rate::basis_points(40), tiers).map_err(|error| {
            InstrumentError::Inconsistent {
                symbol: symbol.to_owned(),
                field: "tiers",
                got: error.to_string(),
                expected: "a legal tier",
            }
        })?;
        let plenty = Quantity::of(Decimal::from(1_000_000_000));
        Self::new(InstrumentSpec {
            venue: venue.to_owned(),
            symbol: symbol.to_owned(),
            kind: InstrumentKind::LinearPerpetual,
            base,
            quote: Currency::USDT,
            settle: Currency::USDT,
            tick_size: tick,
            lot_step: step,
            min_quantity: Quantity::of(step),
            max_quantity: plenty,
            max_market_quantity: plenty,
            min_notional: Money::ZERO,
            price_band: None,
            contract_multiplier: Decimal::ONE,
            maker_fee: Rate::ZERO,
            taker_fee: Rate::ZERO,
            tiers,
            funding_interval: Some(Span::HOUR.times(8)),
        })
    }

    /// Takes other facts on. What it is stays: venue, symbol, kind and currencies.
    ///
    /// # Errors
    /// [`InstrumentError::Inconsistent`] names what would not be the same.
    pub fn change(&mut self, facts: Self) -> Result<(), InstrumentError> {
        let (old, new) = (&self.spec, &facts.spec);
        let currencies = |spec: &InstrumentSpec| format!("{}, {}, {}", spec.base, spec.quote, spec.settle);
        let pairs = [
            ("venue", old.venue.clone(), new.venue.clone()),
            ("symbol", old.symbol.clone(), new.symbol.clone()),
            ("kind", format!("{:?}", old.kind), format!("{:?}", new.kind)),
            ("base, quote and settle", currencies(old), currencies(new)),
        ];
        if let Some((field, _, got)) = pairs.into_iter().find(|(_, old, new)| old != new) {
            let symbol = old.symbol.clone();
            return Err(InstrumentError::Inconsistent { symbol, field, got, expected: "what it was" });
        }
        *self = facts;
        Ok(())
    }

    /// The facts it was made of.
    pub const fn spec(&self) -> &InstrumentSpec {
        &self.spec
    }

    /// The price grid.
    pub const fn ticks(&self) -> &Grid {
        &self.ticks
    }

    /// The quantity grid.
    pub const fn lots(&self) -> &Grid {
        &self.lots
    }

    /// The margin tiers.
    pub const fn tiers(&self) -> &MarginTiers {
        &self.spec.tiers
    }

    /// Whether positions in it carry margin, funding and a liquidation price.
    pub const fn is_perpetual(&self) -> bool {
        matches!(self.spec.kind, InstrumentKind::LinearPerpetual | InstrumentKind::InversePerpetual)
    }

    /// The price on the tick nearest to a measurement; lossless for a measurement of a price on the grid.
    ///
    /// # Errors
    /// Not finite, or not above zero after rounding.
    pub fn price(&self, raw: f64) -> Result<Price, ValueError> {
        self.ticks.nearest_index(raw).and_then(|index| self.ticks.at(index)).and_then(Price::new)
    }

    /// The price on the tick next to a measurement, on the passive or the aggressive side of it.
    ///
    /// # Errors
    /// Not finite, or not above zero after rounding.
    pub fn price_toward(&self, raw: f64, side: Side, toward: Toward) -> Result<Price, ValueError> {
        let index = match (side, toward) {
            (Side::Buy, Toward::Passive) | (Side::Sell, Toward::Aggressive) => self.ticks.floor_index(raw)?,
            (Side::Sell, Toward::Passive) | (Side::Buy, Toward::Aggressive) => {
                self.ticks.ceiling_index(raw)?
            }
        };
        self.ticks.at(index).and_then(Price::new)
    }

    /// The largest quantity on the lot grid not above a measurement. Never rounded up.
    ///
    /// # Errors
    /// Not finite, or negative.
    pub fn quantity_down(&self, raw: f64) -> Result<Quantity, ValueError> {
        self.lots.floor_index(raw).and_then(|index| self.lots.at(index)).and_then(Quantity::new)
    }

    /// The largest quantity on the lot grid not above an exact one. Never rounded up.
    ///
    /// # Errors
    /// Overflow.
    pub fn quantity_floor(&self, quantity: Quantity) -> Result<Quantity, ValueError> {
        self.lots.floor(quantity.get()).and_then(Quantity::new)
    }

    /// The place of a price on the tick grid.
    ///
    /// # Errors
    /// [`ValueError::OffGrid`] with the nearest legal price.
    pub fn tick_of(&self, price: Price) -> Result<i64, ValueError> {
        self.ticks.index(price.get(), "price")
    }

    /// The place of a quantity on the lot grid.
    ///
    /// # Errors
    /// [`ValueError::OffGrid`] with the nearest legal quantity.
    pub fn lot_of(&self, quantity: Quantity) -> Result<i64, ValueError> {
        self.lots.index(quantity.get(), "quantity")
    }
}

impl TryFrom<InstrumentSpec> for Instrument {
    type Error = InstrumentError;
    fn try_from(spec: InstrumentSpec) -> Result<Self, InstrumentError> {
        Self::new(spec)
    }
}

impl From<Instrument> for InstrumentSpec {
    fn from(instrument: Instrument) -> Self {
        instrument.spec
    }
}

/// The instruments of a run, numbered in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instruments(Vec<Instrument>);

impl Instruments {
    /// Instruments in the order of their numbers.
    pub const fn new(instruments: Vec<Instrument>) -> Self {
        Self(instruments)
    }

    /// The instrument with a number.
    ///
    /// # Errors
    /// [`InstrumentError::Unknown`] names the number and how many there are.
    pub fn get(&self, id: InstrumentId) -> Result<&Instrument, InstrumentError> {
        self.0.get(id.index()).ok_or(InstrumentError::Unknown { id, known: self.0.len() })
    }

    /// Gives an instrument other facts from now on, as [`Instrument::change`] allows them.
    ///
    /// # Errors
    /// [`InstrumentError::Unknown`], and those of [`Instrument::change`].
    pub fn change(&mut self, id: InstrumentId, facts: Instrument) -> Result<(), InstrumentError> {
        let known = self.0.len();
        self.0.get_mut(id.index()).ok_or(InstrumentError::Unknown { id, known })?.change(facts)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (InstrumentId, &Instrument)> {
        (0u32..).map(InstrumentId).zip(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instrument() -> Instrument {
        Instrument::linear_perpetual("sim", "BTCUSDT", Decimal::new(1, 1), Decimal::new(1, 3)).unwrap()
    }

    #[test]
    fn a_buy_rounds_down_when_passive_and_up_when_aggressive() {
        let at = |side, toward| instrument().price_toward(100.27, side, toward).unwrap().to_string();
        assert_eq!(at(Side::Buy, Toward::Passive), "100.2");
        assert_eq!(at(Side::Buy, Toward::Aggressive), "100.3");
        assert_eq!(at(Side::Sell, Toward::Passive), "100.3");
        assert_eq!(at(Side::Sell, Toward::Aggressive), "100.2");
    }

    #[test]
    fn a_price_that_rounds_to_nothing_is_refused() {
        assert!(instrument().price(0.01).is_err());
        assert!(instrument().price(f64::NAN).is_err());
        assert!(instrument().quantity_down(-1.0).is_err());
    }

    #[test]
    fn a_contradiction_is_refused_by_field() {
        let mut spec = InstrumentSpec::from(instrument());
        spec.max_quantity = Quantity::ZERO;
        assert!(Instrument::new(spec).unwrap_err().to_string().contains("max_quantity"));
    }

    #[test]
    fn facts_change_and_what_it_is_stays() {
        let mut all = Instruments::new(vec![instrument()]);
        let coarse = Instrument::linear_perpetual("sim", "BTCUSDT", Decimal::ONE, Decimal::ONE).unwrap();
        all.change(InstrumentId(0), coarse.clone()).unwrap();
        assert_eq!(all.get(InstrumentId(0)), Ok(&coarse));
        let other = Instrument::linear_perpetual("sim", "ETHUSDT", Decimal::ONE, Decimal::ONE).unwrap();
        let error = all.change(InstrumentId(0), other).unwrap_err().to_string();
        assert_eq!(error, "instrument BTCUSDT: symbol is ETHUSDT, expected what it was");
        let spot = InstrumentSpec { kind: InstrumentKind::Spot, ..InstrumentSpec::from(coarse.clone()) };
        assert!(all.change(InstrumentId(0), Instrument::new(spot).unwrap()).is_err());
        assert!(all.change(InstrumentId(1), coarse).is_err());
    }

    #[test]
    fn an_unknown_number_is_an_error() {
        let all = Instruments::new(vec![instrument()]);
        assert!(all.get(InstrumentId(0)).is_ok());
        assert_eq!(
            all.get(InstrumentId(1)).unwrap_err().to_string(),
            "there is no instrument 1; 1 are known"
        );
    }
}
