//! What a strategy is: it sees one event at a time and says what it thinks.

use autotrading_domain::{
    Bar, Instrument, InstrumentId, MarketData, MarketEvent, RegimeEstimate, Signal, Span, StrategyId,
    Timestamp,
};

use crate::indicators::{Candle, IndicatorError};

/// An opinion in the making. It is told what happened and says what it thinks; it cannot send an order, read a clock or
/// see anything later than the event.
///
/// An opinion stands until it is changed, so a strategy speaks when its direction changes, when its strength has changed
/// noticeably, and otherwise holds its tongue. Equal events give equal opinions.
pub trait Strategy: std::fmt::Debug + Send {
    /// Its name in the [`catalogue`](crate::catalogue).
    fn name(&self) -> &'static str;

    /// How many closed bars (of each of its instruments) it takes until it can have an opinion.
    fn warm_up(&self) -> usize;

    /// The instruments of a strategy whose opinions have several legs: it must be shown the events of each. Empty, unless
    /// said otherwise: it has opinions on one instrument.
    fn legs(&self) -> &[InstrumentId] {
        &[]
    }

    /// Takes one event; opinions go into `signals`. Events on other instruments and open bars change nothing.
    ///
    /// # Errors
    /// [`StrategyError`] if the event cannot be true (NaN, a high below the low); the strategy is then as it was.
    fn observe(
        &mut self,
        event: &MarketEvent,
        context: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError>;
}

/// What a strategy is put in charge of, under which number.
#[derive(Clone, Debug)]
pub struct Mandate {
    /// Its place in the configuration of the run; each of its signals carries it.
    pub strategy: StrategyId,
    /// The instrument it has opinions on.
    pub instrument: InstrumentId,
    /// That instrument's facts.
    pub facts: Instrument,
}

/// What a strategy with several legs is put in charge of, under which number.
#[derive(Clone, Debug)]
pub struct Universe {
    /// As [`Mandate::strategy`].
    pub strategy: StrategyId,
    /// Its instruments with their facts, in the order in which the strategy wants them ([`Reach`](crate::Reach)).
    pub instruments: Vec<(InstrumentId, Instrument)>,
}

impl From<Mandate> for Universe {
    fn from(mandate: Mandate) -> Self {
        Self { strategy: mandate.strategy, instruments: vec![(mandate.instrument, mandate.facts)] }
    }
}

/// What a strategy may know besides the event.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What kind of market it is, from the past alone.
    pub regime: &'a RegimeEstimate,
    /// What is held of its instrument: base units, positive long, negative short.
    pub position: f64,
    /// The average price it was bought or sold at, in quote currency per base unit; `None` when flat.
    pub entry_price: Option<f64>,
    /// What funding will cost, where the instrument has funding.
    pub funding: Option<FundingOutlook>,
    /// The same for each instrument of a strategy with several legs; empty for the others.
    pub legs: &'a [LegContext],
}

impl Context<'static> {
    /// Nothing is known and nothing is held.
    pub const BLANK: Self =
        Self { regime: &RegimeEstimate::UNKNOWN, position: 0.0, entry_price: None, funding: None, legs: &[] };
}

impl Context<'_> {
    /// What is known of one of several instruments.
    #[must_use]
    pub fn leg(&self, instrument: InstrumentId) -> Option<&LegContext> {
        self.legs.iter().find(|leg| leg.instrument == instrument)
    }
}

/// What a strategy with several legs may know of one of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LegContext {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// As [`Context::position`].
    pub position: f64,
    /// As [`Context::entry_price`].
    pub entry_price: Option<f64>,
    /// As [`Context::funding`].
    pub funding: Option<FundingOutlook>,
    /// How far mark lies from the price of liquidation, as a share of mark; `None` when flat, spot or not known.
    pub liquidation_distance: Option<f64>,
}

/// The coming funding of a perpetual.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FundingOutlook {
    /// The rate per notional; longs pay when positive.
    pub rate: f64,
    /// When it is paid.
    pub next: Timestamp,
}

impl FundingOutlook {
    /// How many fundings lie after `now` and not after `now + horizon`: the next one, and then one each `interval`.
    ///
    /// ```
    /// use autotrading_domain::{Span, Timestamp};
    /// use autotrading_strategy::FundingOutlook;
    ///
    /// let hour = |count| Timestamp::EPOCH.after(Span::HOUR.times(count));
    /// let outlook = FundingOutlook { rate: 0.0001, next: hour(8) };
    /// let times = |now, horizon| outlook.times(hour(now), Some(Span::HOUR.times(8)), Span::HOUR.times(horizon));
    /// assert_eq!(times(1, 24), 3); // at 8, 16 and 24; a plain 24 / 8 would not know when
    /// assert_eq!(times(1, 22), 2);
    /// assert_eq!(times(9, 8), 1); // the one at 8 is over
    /// ```
    #[must_use]
    pub fn times(&self, now: Timestamp, interval: Option<Span>, horizon: Span) -> u32 {
        let until = now.after(horizon);
        let up_to = |moment: Timestamp| match interval {
            _ if moment < self.next => 0,
            Some(interval) if interval > Span::ZERO => moment.since(self.next).nanos() / interval.nanos() + 1,
            _ => 1,
        };
        u32::try_from(up_to(until) - up_to(now)).unwrap_or(0)
    }
}

/// Where strategies put their opinions. Kept by the caller and emptied for each event, so that nothing is allocated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals(Vec<Signal>);

impl Signals {
    /// Room for opinions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, signal: Signal) {
        self.0.push(signal);
    }

    /// Empties it, keeps the room.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The opinions, in the order in which they were formed.
    #[must_use]
    pub fn as_slice(&self) -> &[Signal] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Signals {
    type Item = &'a Signal;
    type IntoIter = std::slice::Iter<'a, Signal>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Why a strategy refused an event.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StrategyError {
    /// The bar contradicts itself.
    #[error("{strategy} refuses the bar of {at}: {source}")]
    Bar {
        /// Which strategy.
        strategy: &'static str,
        /// When the bar closed.
        at: Timestamp,
        /// What is wrong with it.
        source: IndicatorError,
    },
    /// A price that cannot be.
    #[error("{strategy} refuses the bar of {at}: price {got} must be above zero and fit the tick grid")]
    Price {
        /// Which strategy.
        strategy: &'static str,
        /// When the bar closed.
        at: Timestamp,
        /// The price.
        got: f64,
    },
}

impl TryFrom<&Bar> for Candle {
    type Error = IndicatorError;

    #[inline]
    fn try_from(bar: &Bar) -> Result<Self, IndicatorError> {
        Self::new(bar.high, bar.low, bar.close, bar.volume)
    }
}

/// The checked candle of a closed bar on this instrument; `None` for all other events.
pub(crate) fn closed_candle(
    strategy: &'static str,
    instrument: InstrumentId,
    event: &MarketEvent,
) -> Result<Option<Candle>, StrategyError> {
    let MarketData::Bar(bar) = &event.data else { return Ok(None) };
    if event.instrument != instrument || !bar.closed {
        return Ok(None);
    }
    let at = event.ts_event;
    let candle = Candle::try_from(bar).map_err(|source| StrategyError::Bar { strategy, at, source })?;
    if candle.low() > 0.0 {
        Ok(Some(candle))
    } else {
        Err(StrategyError::Price { strategy, at, got: candle.low() })
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::Span;

    use super::*;

    fn event(low: f64, closed: bool) -> MarketEvent {
        let bar = Bar {
            open_time: Timestamp::EPOCH,
            interval: Span::HOUR,
            open: 10.0,
            high: 12.0,
            low,
            close: 11.0,
            volume: 1.0,
            closed,
            synthetic: false,
        };
        MarketEvent::closed_bar(InstrumentId(3), bar)
    }

    #[test]
    fn only_closed_bars_of_the_own_instrument_count() {
        let own = InstrumentId(3);
        assert!(closed_candle("test", own, &event(9.0, true)).unwrap().is_some());
        assert!(closed_candle("test", own, &event(9.0, false)).unwrap().is_none());
        assert!(closed_candle("test", InstrumentId(4), &event(9.0, true)).unwrap().is_none());
        let quote = MarketEvent { data: MarketData::MarkPrice(10.0), ..event(9.0, true) };
        assert!(closed_candle("test", own, &quote).unwrap().is_none());
    }

    #[test]
    fn a_bar_that_cannot_be_true_is_refused_by_name() {
        let refused = closed_candle("sma-cross", InstrumentId(3), &event(f64::NAN, true)).unwrap_err();
        assert!(refused.to_string().contains("sma-cross refuses the bar of 1970"), "{refused}");
        assert!(matches!(
            closed_candle("test", InstrumentId(3), &event(-1.0, true)),
            Err(StrategyError::Price { got: -1.0, .. })
        ));
    }
}
