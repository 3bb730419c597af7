//! Opinions about a market: regimes, signals and the targets made of them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Direction, InstrumentId, Span, StrategyId, Timestamp, ValueError};

/// What kind of market it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegimeLabel {
    /// Prices rise.
    Bull,
    /// Prices fall.
    Bear,
    /// Prices go nowhere.
    Sideways,
    /// Nobody can tell.
    #[default]
    Neutral,
}

impl RegimeLabel {
    /// All labels, in the order of the probabilities of a [`RegimeEstimate`].
    pub const ALL: [Self; 4] = [Self::Bull, Self::Bear, Self::Sideways, Self::Neutral];

    /// The place in [`RegimeLabel::ALL`].
    pub const fn index(self) -> usize {
        match self {
            Self::Bull => 0,
            Self::Bear => 1,
            Self::Sideways => 2,
            Self::Neutral => 3,
        }
    }
}

/// How much prices move, compared with what is usual for this market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolatilityLevel {
    /// Less than usual.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// More than usual.
    High,
}

/// What kind of market it is, knowing only the past.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegimeEstimate {
    /// The label after hysteresis.
    pub label: RegimeLabel,
    /// Filtered probability of each label, in the order of [`RegimeLabel::ALL`]; sums to 1.
    pub probabilities: [f64; 4],
    /// How sure the label is, in [0, 1].
    pub confidence: f64,
    /// Forecast standard deviation of the next bar's return; `None` while warming up.
    pub volatility: Option<f64>,
    /// That forecast compared with its own past.
    pub volatility_level: VolatilityLevel,
    /// For how many bars the label has stood.
    pub age: u32,
}

impl RegimeEstimate {
    /// What is said before anything is known: neutral, half sure.
    pub const UNKNOWN: Self = Self {
        label: RegimeLabel::Neutral,
        probabilities: [0.0, 0.0, 0.0, 1.0],
        confidence: 0.5,
        volatility: None,
        volatility_level: VolatilityLevel::Normal,
        age: 0,
    };
}

impl Default for RegimeEstimate {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

/// The part that one signal has in an opinion on several instruments at once, such as spot against its perpetual.
///
/// The signals of all legs carry the same opinion number; each has the direction, stop and reason of its own instrument.
/// The opinion means all of its legs or none: half of a spread is a different bet.
///
/// ```
/// use autotrading_domain::Leg;
/// let hedge = Leg { opinion: 7, place: 1, of: 2, ratio: 0.8 };
/// assert!(hedge.check().is_ok()); // for 1000 on the first leg, 800 on this one
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// Number of the opinion among those of its strategy, from 1; the same on each of its legs.
    pub opinion: u32,
    /// Place of this leg in it, from 0.
    pub place: u16,
    /// How many legs it has.
    pub of: u16,
    /// Notional of this leg for each unit of notional on the first, above zero; the first leg has 1.
    pub ratio: f64,
}

impl Leg {
    /// Checks that the place is one of the legs and that the ratio is finite and above zero.
    ///
    /// # Errors
    /// [`ValueError::NotFinite`] names the field and its value.
    pub fn check(&self) -> Result<(), ValueError> {
        if self.place >= self.of {
            let got = f64::from(self.place);
            return Err(ValueError::NotFinite {
                what: "place of a leg below their number",
                got,
                positive: false,
            });
        }
        if !(self.ratio > 0.0 && self.ratio.is_finite()) {
            return Err(ValueError::NotFinite { what: "ratio of a leg", got: self.ratio, positive: true });
        }
        Ok(())
    }
}

/// One strategy's opinion on one instrument, or one leg of it where an opinion has several. It stands until the strategy
/// says otherwise or its horizon has passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Whose opinion.
    pub strategy: StrategyId,
    /// On what.
    pub instrument: InstrumentId,
    /// When it was formed.
    pub at: Timestamp,
    /// Which way; `Flat` takes the opinion back.
    pub direction: Direction,
    /// How far toward the largest position, in [0, 1].
    pub strength: f64,
    /// How sure, in [0, 1].
    pub confidence: f64,
    /// Distance from the price at which the opinion is proven wrong, in quote currency per base unit, above zero.
    pub stop_distance: Option<f64>,
    /// Distance from the price at which it has come true, in quote currency per base unit, above zero.
    pub target_distance: Option<f64>,
    /// For how long it stands; for ever when `None`.
    pub horizon: Option<Span>,
    /// In words.
    pub reason: Cow<'static, str>,
    /// Its part in an opinion with several legs; `None` when it stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<Leg>,
}

impl Signal {
    /// Checks that strength and confidence lie in [0, 1], that the distances are finite and above zero, and the leg.
    ///
    /// # Errors
    /// [`ValueError::NotFinite`] names the field and its value.
    pub fn check(&self) -> Result<(), ValueError> {
        for (what, got) in
            [("signal strength in [0, 1]", self.strength), ("signal confidence in [0, 1]", self.confidence)]
        {
            if !(0.0..=1.0).contains(&got) {
                return Err(ValueError::NotFinite { what, got, positive: false });
            }
        }
        for (what, distance) in
            [("stop distance", self.stop_distance), ("target distance", self.target_distance)]
        {
            if let Some(got) = distance
                && !(got > 0.0 && got.is_finite())
            {
                return Err(ValueError::NotFinite { what, got, positive: true });
            }
        }
        self.leg.map_or(Ok(()), |leg| leg.check())
    }

    /// The opinion as one number in [-1, 1]: direction times strength.
    pub fn lean(&self) -> f64 {
        self.direction.sign() * self.strength
    }
}

/// What the opinions on an instrument add up to: which way, how much of the largest position, and on whose word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// On what.
    pub instrument: InstrumentId,
    /// Which way.
    pub direction: Direction,
    /// How much of what sizing allows, in [0, 1].
    pub strength: f64,
    /// Share of the capital that this instrument may use, in [0, 1].
    pub capital_share: f64,
    /// Distance of the protective stop, in quote currency per base unit.
    pub stop_distance: Option<f64>,
    /// Distance of the profit target, in quote currency per base unit.
    pub target_distance: Option<f64>,
    /// The strategy that weighs most in it.
    pub lead: Option<StrategyId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(strength: f64, stop: Option<f64>) -> Signal {
        Signal {
            strategy: StrategyId(0),
            instrument: InstrumentId(0),
            at: Timestamp::EPOCH,
            direction: Direction::Short,
            strength,
            confidence: 1.0,
            stop_distance: stop,
            target_distance: None,
            horizon: None,
            reason: Cow::Borrowed("test"),
            leg: None,
        }
    }

    #[test]
    fn an_opinion_without_a_number_is_refused() {
        assert!(signal(f64::NAN, None).check().is_err());
        assert!(signal(1.1, None).check().is_err());
        assert!(signal(0.5, Some(0.0)).check().is_err());
        assert_eq!(signal(0.5, Some(10.0)).check(), Ok(()));
    }

    #[test]
    fn a_leg_without_a_sound_ratio_or_place_is_refused() {
        let with =
            |place, ratio| Signal { leg: Some(Leg { opinion: 1, place, of: 2, ratio }), ..signal(0.5, None) };
        assert_eq!(with(1, 0.8).check(), Ok(()));
        for (place, ratio) in [(2, 0.8), (0, 0.0), (0, f64::NAN), (0, f64::INFINITY)] {
            assert!(with(place, ratio).check().is_err(), "{place} {ratio}");
        }
    }

    #[test]
    fn a_short_leans_below_zero() {
        assert_eq!(signal(0.5, None).lean(), -0.5);
    }

    #[test]
    fn labels_know_their_place() {
        assert!(RegimeLabel::ALL.iter().enumerate().all(|(place, label)| label.index() == place));
    }
}
