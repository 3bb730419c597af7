//! The order that is to be worked, and the bounds that hold however it is worked.

use autotrading_domain::{
    Grid, Instrument, InstrumentId, Price, Quantity, Side, Span, Timestamp, Toward, ValueError,
};

/// What is to be traded, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParentSpec {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much, in base units; on the lot grid.
    pub quantity: Quantity,
    /// The worst price of any child; on the tick grid.
    pub limit: Price,
    /// The largest share of the market's volume, above 0 and at most 1.
    pub participation: f64,
    /// No child before.
    pub start: Timestamp,
    /// No child at or after; what is open then is cancelled.
    pub deadline: Timestamp,
    /// How long the unfilled rest of a child that has ended stays reserved, because fills may still be on their way.
    pub grace: Span,
}

/// A parent order whose bounds were checked, with the grids of its instrument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parent {
    spec: ParentSpec,
    ticks: Grid,
    lots: Grid,
    smallest: Quantity,
    largest: Quantity,
}

/// Why a parent order or an algorithm cannot be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AlgorithmError {
    /// A figure breaks the law of its type or lies off the grid.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A setting lies outside its range.
    #[error("{what} must be {allowed}, got {got}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Its value.
        got: f64,
        /// What was allowed.
        allowed: &'static str,
    },
    /// The deadline is not after the start.
    #[error("the deadline {deadline} is not after the start {start}")]
    NoTime {
        /// The start.
        start: Timestamp,
        /// The deadline.
        deadline: Timestamp,
    },
}

/// Refuses a setting that is not finite or not allowed.
pub(super) fn setting(
    what: &'static str,
    got: f64,
    ok: bool,
    allowed: &'static str,
) -> Result<f64, AlgorithmError> {
    if got.is_finite() && ok { Ok(got) } else { Err(AlgorithmError::Setting { what, got, allowed }) }
}

impl Parent {
    /// A parent order on an instrument.
    ///
    /// # Errors
    /// [`AlgorithmError`]: quantity or limit off the grid, quantity below the smallest order, participation outside
    /// (0, 1], a negative grace, a deadline that is not after the start.
    pub fn new(spec: ParentSpec, instrument: &Instrument) -> Result<Self, AlgorithmError> {
        instrument.lot_of(spec.quantity)?;
        instrument.tick_of(spec.limit)?;
        let facts = instrument.spec();
        if spec.quantity < facts.min_quantity || spec.quantity.is_zero() {
            let (low, high) = (facts.min_quantity.get(), facts.max_quantity.get());
            let got = spec.quantity.get();
            return Err(ValueError::OutOfRange { what: "parent quantity", got, low, high }.into());
        }
        let share = spec.participation;
        setting("participation", share, share > 0.0 && share <= 1.0, "above 0 and at most 1")?;
        setting("grace", spec.grace.nanos() as f64, spec.grace >= Span::ZERO, "no negative span")?;
        if spec.deadline <= spec.start {
            return Err(AlgorithmError::NoTime { start: spec.start, deadline: spec.deadline });
        }
        Ok(Self {
            spec,
            ticks: *instrument.ticks(),
            lots: *instrument.lots(),
            smallest: facts.min_quantity,
            largest: facts.max_quantity,
        })
    }

    /// What is to be traded, and within which bounds.
    pub const fn spec(&self) -> &ParentSpec {
        &self.spec
    }

    /// Which way.
    pub const fn side(&self) -> Side {
        self.spec.side
    }

    /// How much, in base units.
    pub const fn quantity(&self) -> Quantity {
        self.spec.quantity
    }

    /// The smallest order of the instrument, in base units.
    pub const fn smallest(&self) -> Quantity {
        self.smallest
    }

    /// The share of the whole, on the lot grid, never rounded up; the whole from a share of 1 on, nothing of NaN.
    pub fn share(&self, share: f64) -> Quantity {
        if share >= 1.0 { self.spec.quantity } else { self.lots_in(self.spec.quantity.to_f64() * share) }
    }

    /// The largest quantity on the lot grid not above a measurement, at most the whole; nothing when it is NaN.
    pub fn lots_in(&self, raw: f64) -> Quantity {
        if raw >= self.spec.quantity.to_f64() {
            return self.spec.quantity;
        }
        let lots = self.lots.floor_index(raw.max(0.0)).and_then(|index| self.lots.at(index));
        lots.and_then(Quantity::new).unwrap_or(Quantity::ZERO).min(self.spec.quantity)
    }

    /// The quantity on the lot grid and not above the largest order; `None` below the smallest.
    pub(super) fn tradable(&self, quantity: Quantity) -> Option<Quantity> {
        let floored = self.lots.floor(quantity.min(self.largest).get()).and_then(Quantity::new).ok()?;
        (floored >= self.smallest && !floored.is_zero()).then_some(floored)
    }

    /// The price on the tick next to a measurement, never worse than the limit; the limit itself when the measurement is
    /// no price.
    pub fn price(&self, raw: f64, toward: Toward) -> Price {
        let index = match (self.spec.side, toward) {
            (Side::Buy, Toward::Passive) | (Side::Sell, Toward::Aggressive) => self.ticks.floor_index(raw),
            (Side::Sell, Toward::Passive) | (Side::Buy, Toward::Aggressive) => self.ticks.ceiling_index(raw),
        };
        let price = index.and_then(|index| self.ticks.at(index)).and_then(Price::new);
        self.bounded(price.unwrap_or(self.spec.limit))
    }

    /// The price, or the limit when the price is worse.
    pub(super) fn bounded(&self, price: Price) -> Price {
        match self.spec.side {
            Side::Buy => price.min(self.spec.limit),
            Side::Sell => price.max(self.spec.limit),
        }
    }

    /// Whether the limit allows to trade at this price.
    pub fn allows(&self, raw: f64) -> bool {
        match self.spec.side {
            Side::Buy => raw <= self.spec.limit.to_f64(),
            Side::Sell => raw >= self.spec.limit.to_f64(),
        }
    }

    /// The part of the way from start to deadline that is behind, 0 to 1.
    pub fn elapsed(&self, now: Timestamp) -> f64 {
        let whole = self.spec.deadline.since(self.spec.start);
        now.since(self.spec.start).in_units_of(whole).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn instrument() -> Instrument {
        Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
            .unwrap()
    }

    pub(crate) fn buy(quantity: &str, limit: &str, secs: i64) -> ParentSpec {
        ParentSpec {
            instrument: InstrumentId(0),
            side: Side::Buy,
            quantity: Quantity::new(quantity.parse().unwrap()).unwrap(),
            limit: Price::new(limit.parse().unwrap()).unwrap(),
            participation: 1.0,
            start: Timestamp::EPOCH,
            deadline: Timestamp::from_secs(secs),
            grace: Span::ZERO,
        }
    }

    #[test]
    fn a_parent_off_the_grid_or_without_time_is_refused() {
        let new = |spec| Parent::new(spec, &instrument());
        assert!(new(buy("1", "100", 60)).is_ok());
        for bad in [
            buy("1.0005", "100", 60),
            buy("1", "100.05", 60),
            buy("0", "100", 60),
            buy("1", "100", 0),
            ParentSpec { participation: f64::NAN, ..buy("1", "100", 60) },
            ParentSpec { participation: 0.0, ..buy("1", "100", 60) },
        ] {
            assert!(new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_price_is_worse_than_the_limit() {
        let parent = Parent::new(buy("1", "100", 60), &instrument()).unwrap();
        assert_eq!(parent.price(99.97, Toward::Aggressive).to_string(), "100.0");
        assert_eq!(parent.price(100.27, Toward::Aggressive).to_string(), "100");
        assert_eq!(parent.price(99.97, Toward::Passive).to_string(), "99.9");
        assert_eq!(parent.price(f64::NAN, Toward::Passive).to_string(), "100");
        assert!(parent.allows(100.0) && !parent.allows(100.1));
    }

    #[test]
    fn shares_are_never_rounded_up() {
        let parent = Parent::new(buy("1", "100", 60), &instrument()).unwrap();
        assert_eq!(parent.share(1.0 / 3.0).to_string(), "0.333");
        assert_eq!(parent.share(7.0), parent.quantity());
        assert_eq!(parent.share(f64::NAN), Quantity::ZERO);
        assert_eq!(parent.lots_in(f64::MAX), parent.quantity());
    }
}
