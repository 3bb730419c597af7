//! The controls of the gate, one word each, and what each measured.

use serde::{Deserialize, Serialize};

/// One control of the pre-trade gate. Listed in the order in which a refusal is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// The instrument is one of the run's.
    InstrumentKnown,
    /// The order to be changed is live, and keeps its kind.
    Changeable,
    /// The id was never used before.
    DuplicateId,
    /// Every price lies on the tick grid.
    Tick,
    /// The quantity is a whole number of lots above zero.
    Step,
    /// The price does not lie too far beyond mark. As a rate.
    CollarMark,
    /// The price does not lie too far beyond the last trade. As a rate.
    CollarLast,
    /// The trading state lets orders open.
    TradingState,
    /// Positions and orders were reconciled since the start.
    Recovered,
    /// The instrument trades.
    Tradable,
    /// The venue will cancel our orders should we fall silent.
    DeadMan,
    /// The smallest order. In base units.
    MinQuantity,
    /// The largest order. In base units.
    MaxQuantity,
    /// The smallest notional. In settlement currency.
    MinNotional,
    /// The largest notional. In settlement currency.
    MaxNotional,
    /// The age of the last price. In seconds.
    PriceAge,
    /// How far in the future the last price claims to be. In seconds.
    ClockSkew,
    /// The order as a multiple of the recent volume.
    VolumeMultiple,
    /// The position when all orders of this side fill. In base units.
    Position,
    /// The notional of that position. In settlement currency.
    InstrumentNotional,
    /// That notional per equity.
    Concentration,
    /// Sum of the largest notionals in the instruments it moves together with, per equity.
    Cluster,
    /// Notional of the order's strategy, its opening orders included. In settlement currency.
    StrategyNotional,
    /// Sum of the largest notionals that all orders can bring about. In settlement currency.
    Gross,
    /// The same with signs. In settlement currency.
    Net,
    /// Gross per equity.
    GrossLeverage,
    /// Margin and fee of all orders against free margin. In settlement currency.
    Margin,
    /// Loss since the start of the day, per equity then.
    DailyLoss,
    /// Loss since the highest equity, per that equity.
    Drawdown,
    /// Orders out of the bucket, this one included.
    OrderRate,
    /// Messages out of the bucket, this one included.
    MessageRate,
    /// Identical orders within the window, this one included.
    Repeats,
    /// Open orders, this one included.
    OpenOrders,
    /// Open orders of the instrument, this one included.
    InstrumentOpenOrders,
    /// The order meets none of our own.
    SelfTrade,
}

/// How many controls there are.
pub(crate) const CONTROLS: usize = Control::ALL.len();

impl Control {
    /// All of them, in order.
    pub const ALL: [Self; 35] = [
        Self::InstrumentKnown,
        Self::Changeable,
        Self::DuplicateId,
        Self::Tick,
        Self::Step,
        Self::CollarMark,
        Self::CollarLast,
        Self::TradingState,
        Self::Recovered,
        Self::Tradable,
        Self::DeadMan,
        Self::MinQuantity,
        Self::MaxQuantity,
        Self::MinNotional,
        Self::MaxNotional,
        Self::PriceAge,
        Self::ClockSkew,
        Self::VolumeMultiple,
        Self::Position,
        Self::InstrumentNotional,
        Self::Concentration,
        Self::Cluster,
        Self::StrategyNotional,
        Self::Gross,
        Self::Net,
        Self::GrossLeverage,
        Self::Margin,
        Self::DailyLoss,
        Self::Drawdown,
        Self::OrderRate,
        Self::MessageRate,
        Self::Repeats,
        Self::OpenOrders,
        Self::InstrumentOpenOrders,
        Self::SelfTrade,
    ];

    /// The controls that a proven close meets; nothing else stops it.
    pub(crate) const OF_CLOSES: Controls = Controls::NONE
        .with(Self::InstrumentKnown)
        .with(Self::DuplicateId)
        .with(Self::Tick)
        .with(Self::Step)
        .with(Self::CollarMark)
        .with(Self::CollarLast);

    /// Whether the limit is the least that must be reached; otherwise it is the most that is allowed.
    pub const fn is_floor(self) -> bool {
        matches!(self, Self::MinQuantity | Self::MinNotional)
    }
}

/// A set of controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Controls(u64);

impl Controls {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self((1 << CONTROLS) - 1);

    pub(crate) const fn with(self, control: Control) -> Self {
        Self(self.0 | 1 << control as u64)
    }

    pub(crate) const fn without(self, control: Control) -> Self {
        Self(self.0 & !(1 << control as u64))
    }

    pub(crate) const fn contains(self, control: Control) -> bool {
        self.0 & 1 << control as u64 != 0
    }

    pub(crate) fn first(self) -> Option<Control> {
        Control::ALL.get(self.0.trailing_zeros() as usize).copied()
    }
}

/// What a control measured, and what it allows. A floor keeps both with the other sign, so that one comparison serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measure {
    pub(crate) value: f64,
    pub(crate) limit: f64,
}

/// A measurement may exceed its limit by this share of it: the rounding of a handful of floating point operations.
const ROUNDING: f64 = 1e-12;

impl Measure {
    pub(crate) const UNLIMITED: Self = Self { value: 0.0, limit: f64::INFINITY };
    pub(crate) const FAULT: Self = Self { value: 1.0, limit: 0.0 };
    pub(crate) const SOUND: Self = Self { value: 0.0, limit: 0.0 };

    pub(crate) const fn most(value: f64, limit: f64) -> Self {
        Self { value, limit }
    }

    pub(crate) const fn least(value: f64, limit: f64) -> Self {
        Self { value: -value, limit: -limit }
    }

    /// NaN passes only where nothing is limited.
    pub(crate) fn passes(&self) -> bool {
        self.value <= self.limit + self.limit.abs() * ROUNDING || self.limit == f64::INFINITY
    }
}

/// What every control measured for one order, and which refuse.
///
/// Controls that only say yes or no keep one bit; the others keep two numbers, judged as they come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measures {
    refused: Controls,
    /// Which numbers are of this order; the others are left over, and count as unlimited.
    taken: Controls,
    numbers: [Measure; NUMBERS],
}

/// How many controls measure a number.
const NUMBERS: usize = 25;

/// Where the numbers of a control stand; none for those that say yes or no.
const fn number_of(control: Control) -> Option<usize> {
    match control as usize {
        place @ 5..=6 => Some(place - 5),
        place @ 11..=33 => Some(place - 9),
        _ => None,
    }
}

impl Measures {
    pub(crate) const fn none() -> Self {
        Self { refused: Controls::NONE, taken: Controls::NONE, numbers: [Measure::SOUND; NUMBERS] }
    }

    /// As new, and without touching the numbers.
    pub(crate) const fn forget(&mut self) {
        self.refused = Controls::NONE;
        self.taken = Controls::NONE;
    }

    /// Notes what a control measured against its limit.
    #[inline]
    pub(crate) fn set(&mut self, control: Control, measure: Measure) {
        if !measure.passes() {
            self.refused = self.refused.with(control);
        }
        if let Some(slot) = number_of(control).and_then(|place| self.numbers.get_mut(place)) {
            *slot = measure;
            self.taken = self.taken.with(control);
        }
    }

    /// Notes that a control says no, when it does.
    #[inline]
    pub(crate) const fn flag(&mut self, control: Control, fault: bool) {
        if fault {
            self.refused = self.refused.with(control);
        }
    }

    pub(crate) fn get(&self, control: Control) -> Measure {
        match number_of(control).and_then(|place| self.numbers.get(place)) {
            Some(measure) if self.taken.contains(control) => *measure,
            Some(_) => Measure::UNLIMITED,
            None if self.refused.contains(control) => Measure::FAULT,
            None => Measure::SOUND,
        }
    }

    /// The controls among `binding` that refuse.
    pub(crate) const fn refused_by(&self, binding: Controls) -> Controls {
        Controls(self.refused.0 & binding.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_stands_at_its_place() {
        for (place, control) in Control::ALL.into_iter().enumerate() {
            assert_eq!(control as usize, place);
            assert_eq!(Controls::NONE.with(control).first(), Some(control));
        }
    }

    #[test]
    fn each_control_keeps_its_own_measure() {
        let mut numbers: Vec<_> = Control::ALL.into_iter().filter_map(number_of).collect();
        assert_eq!(numbers.len(), NUMBERS);
        numbers.dedup();
        assert_eq!((numbers.len(), numbers.last()), (NUMBERS, Some(&(NUMBERS - 1))));
        let mut measures = Measures::none();
        for (control, place) in Control::ALL.into_iter().zip(1..) {
            match number_of(control) {
                Some(_) => measures.set(control, Measure::most(f64::from(place), 1e9)),
                None => measures.flag(control, place % 2 == 0),
            }
        }
        for (control, place) in Control::ALL.into_iter().zip(1..) {
            let expected = match number_of(control) {
                Some(_) => Measure::most(f64::from(place), 1e9),
                None if place % 2 == 0 => Measure::FAULT,
                None => Measure::SOUND,
            };
            assert_eq!(measures.get(control), expected, "{control:?}");
            let refuses = measures.refused_by(Controls::ALL).contains(control);
            assert_eq!(refuses, expected == Measure::FAULT, "{control:?}");
        }
    }

    #[test]
    fn not_a_number_passes_no_limit() {
        assert!(!Measure::most(f64::NAN, 1.0).passes());
        assert!(!Measure::most(1.0, f64::NAN).passes());
        assert!(!Measure::most(f64::INFINITY, 1.0).passes());
        assert!(!Measure::least(f64::NAN, 1.0).passes());
        assert!(Measure::most(f64::NAN, f64::INFINITY).passes());
    }

    #[test]
    fn rounding_is_forgiven_and_a_billionth_is_not() {
        assert!(Measure::most(1_000.000_000_000_1, 1_000.0).passes());
        assert!(!Measure::most(1_000.000_001, 1_000.0).passes());
        assert!(Measure::least(5.0, 5.0).passes() && !Measure::least(4.9, 5.0).passes());
    }
}
