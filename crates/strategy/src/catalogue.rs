//! The list of strategies, each with its parameters and the way to make it.

use autotrading_domain::{Instrument, InstrumentId, InstrumentKind, InstrumentSpec, StrategyId};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::parameters::{Parameter, Parameters};
use crate::reach::Reach;
use crate::settings::{ParameterError, Settings, nearest};
use crate::space::ParameterSpace;
use crate::strategies::{
    cross_sectional_momentum, funding_arbitrage, mean_reversion, momentum, pairs_trading, range_trading,
    sma_cross, trend_following,
};
use crate::strategy::{Mandate, Strategy, Universe};

/// Makes a strategy from checked settings and what it is put in charge of.
type Make<T> = fn(&Settings, T) -> Result<Box<dyn Strategy>, ParameterError>;

/// How a strategy is made.
#[derive(Clone, Copy, Debug)]
enum Build {
    One(Make<Mandate>),
    Several(Make<Universe>),
}

/// One strategy of the catalogue.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Listing {
    /// Its name in configuration files and on the command line.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The number that it looks at, as an equation in its parameters.
    pub equation: &'static str,
    /// When it enters, and how strongly.
    pub enters: &'static str,
    /// When it leaves.
    pub leaves: &'static str,
    /// On how many instruments its opinions are.
    pub reach: Reach,
    /// What can be set about it.
    pub parameters: &'static [Parameter],
    /// Pairs of parameters of which the first must be below the second.
    pub rising: &'static [(&'static str, &'static str)],
    #[serde(skip)]
    build: Build,
}

const CATALOGUE: &[Listing] = &[
    Listing {
        name: trend_following::NAME,
        summary: "Goes with two exponential averages that stand well apart.",
        equation: "score = (EMA(fast) - EMA(slow)) / ATR(atr)",
        enters: "abs(score) > entry, in the direction of its sign; strength = min(1, abs(score) / full)",
        leaves: "the averages cross back; stop, trailing stop or target, each in ATR",
        reach: Reach::One,
        parameters: trend_following::PARAMETERS,
        rising: &[("fast", "slow")],
        build: Build::One(trend_following::build),
    },
    Listing {
        name: mean_reversion::NAME,
        summary: "Goes against a close outside the Bollinger bands with an exhausted RSI.",
        equation: "band = SMA(length) -+ deviations * std(length); half-life = ln(1/2) / ln(phi)",
        enters: "close below the lower band with RSI below oversold, or above the upper with RSI above overbought, while \
                 the half-life is within its limit; strength = min(1, distance to the mean / (full * mean))",
        leaves: "the middle band is reached; stop beyond the band",
        reach: Reach::One,
        parameters: mean_reversion::PARAMETERS,
        rising: &[],
        build: Build::One(mean_reversion::build),
    },
    Listing {
        name: range_trading::NAME,
        summary: "Buys near the support and sells near the resistance of a confirmed narrow range.",
        equation: "support, resistance = lowest low, highest high of the length bars before this one",
        enters: "resistance <= support * (1 + width), both edges touched often enough, close within near of an edge; \
                 strength = 1 - distance to the edge / (2 * near)",
        leaves: "target before the other edge; stop beyond the edge; breakout closes in a row beyond an edge",
        reach: Reach::One,
        parameters: range_trading::PARAMETERS,
        rising: &[],
        build: Build::One(range_trading::build),
    },
    Listing {
        name: momentum::NAME,
        summary: "Goes with the past return, scaled by volatility, without its latest stretch.",
        equation: "score = ln(close[skip] / close[lookback]) / (std of one bar * sqrt(lookback - skip))",
        enters: "abs(score) > entry, in the direction of its sign; strength = min(1, abs(score) / full)",
        leaves: "the score changes its sign; stop in ATR",
        reach: Reach::One,
        parameters: momentum::PARAMETERS,
        rising: &[("skip", "lookback")],
        build: Build::One(momentum::build),
    },
    Listing {
        name: funding_arbitrage::NAME,
        summary: "Takes funding on the side that is paid, hedged in spot where that is worth it.",
        equation: "score = (expected funding within the horizon - taker fees in and out) / price risk; hedged: the \
                   deviation of ln(perpetual / spot), alone: the deviation of a bar * sqrt(bars in the horizon)",
        enters: "score > entry; beyond neutral of expected funding hedged with the opposite notional in spot, below it \
                 the perpetual alone; strength = min(1, score / full)",
        leaves: "the side that is paid changes; the funding to come no longer covers the fees; the margin of the \
                 perpetual leg is down to its floor; unhedged also its stop",
        reach: Reach::PerpetualAndSpot,
        parameters: funding_arbitrage::PARAMETERS,
        rising: &[("entry", "full")],
        build: Build::Several(funding_arbitrage::build),
    },
    Listing {
        name: pairs_trading::NAME,
        summary: "Sells the dear and buys the cheap of two cointegrated prices that have parted.",
        equation: "z = (spread - its mean) / its deviation, spread = ln(first) - intercept - slope * ln(second) by a \
                   Kalman filter",
        enters: "entry < abs(z) < stop while the test of Engle and Granger holds; strength = abs(z) / stop",
        leaves: "z comes back to exit; stop, and then nothing until it has come back",
        reach: Reach::Pair,
        parameters: pairs_trading::PARAMETERS,
        rising: &[("exit", "entry"), ("entry", "stop")],
        build: Build::Several(pairs_trading::build),
    },
    Listing {
        name: cross_sectional_momentum::NAME,
        summary: "Buys the strongest and sells the weakest of a universe, by past return over volatility.",
        equation: "score = ln(close[skip] / close[lookback]) / (std of one bar * sqrt(lookback - skip)), ranked",
        enters: "at each ranking, the first and the last each_side; notional in proportion to 1 / std; strength = \
                 min(1, distance of best and worst / 4)",
        leaves: "others lead; the legs together lost stop of their notional",
        reach: Reach::Ranked,
        parameters: cross_sectional_momentum::PARAMETERS,
        rising: &[("skip", "lookback")],
        build: Build::Several(cross_sectional_momentum::build),
    },
    Listing {
        name: sma_cross::NAME,
        summary: "Goes with the crossing of two simple averages; the reference for comparisons.",
        equation: "SMA(fast) against SMA(slow), compared exactly",
        enters: "SMA(fast) crosses above SMA(slow); strength 1",
        leaves: "SMA(fast) crosses below SMA(slow); with long-short it then goes short",
        reach: Reach::One,
        parameters: sma_cross::PARAMETERS,
        rising: &[("fast", "slow")],
        build: Build::One(sma_cross::build),
    },
];

/// All strategies that can be made by name.
#[must_use]
pub const fn catalogue() -> &'static [Listing] {
    CATALOGUE
}

/// The listing of a strategy.
///
/// # Errors
/// [`ParameterError::Strategy`] with the nearest known name.
pub fn listing(name: &str) -> Result<&'static Listing, ParameterError> {
    CATALOGUE.iter().find(|listing| listing.name == name).ok_or_else(|| ParameterError::Strategy {
        name: name.to_owned(),
        nearest: nearest(name, CATALOGUE.iter().map(|listing| listing.name)),
    })
}

/// Makes a strategy by name.
///
/// # Errors
/// [`ParameterError`]: no such strategy, no such parameter, a value out of range, values that contradict each other, or a
/// strategy that takes several instruments: see [`build_across`].
pub fn build(name: &str, said: &Parameters, mandate: Mandate) -> Result<Box<dyn Strategy>, ParameterError> {
    build_across(name, said, mandate.into())
}

/// Makes a strategy by name for the instruments of its opinions, one or several: one group of [`Reach::groups`].
///
/// # Errors
/// As [`build`]; [`ParameterError::Reach`] when the strategy cannot trade on these instruments.
pub fn build_across(
    name: &str,
    said: &Parameters,
    universe: Universe,
) -> Result<Box<dyn Strategy>, ParameterError> {
    let listing = listing(name)?;
    listing.build(&listing.settings(said)?, universe)
}

impl Listing {
    /// Everything that can be set about it, with the laws between settings.
    #[must_use]
    pub const fn space(&self) -> ParameterSpace {
        ParameterSpace::new(self.name, self.parameters, self.rising)
    }

    /// Checks what was said against this strategy's parameters, and fills in the defaults.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`], [`ParameterError::Range`] or [`ParameterError::Order`].
    pub fn settings(&self, said: &Parameters) -> Result<Settings, ParameterError> {
        self.space().check(said)
    }

    /// Makes the strategy.
    ///
    /// # Errors
    /// [`ParameterError::Reach`] for other instruments than it takes; an indicator that refuses its setting.
    pub fn build(
        &self,
        settings: &Settings,
        universe: impl Into<Universe>,
    ) -> Result<Box<dyn Strategy>, ParameterError> {
        let mut universe = universe.into();
        let facts: Vec<&Instrument> = universe.instruments.iter().map(|(_, facts)| facts).collect();
        if !self.reach.fits(&facts) {
            let symbols: Vec<&str> = facts.iter().map(|facts| facts.spec().symbol.as_str()).collect();
            return Err(self.out_of_reach(symbols.join(", ")));
        }
        match self.build {
            Build::Several(build) => build(settings, universe),
            Build::One(build) => {
                let (instrument, facts) =
                    universe.instruments.pop().ok_or_else(|| self.out_of_reach(String::new()))?;
                build(settings, Mandate { strategy: universe.strategy, instrument, facts })
            }
        }
    }

    /// How many closed bars it takes with these settings until it can have an opinion.
    ///
    /// # Errors
    /// As [`Listing::build`].
    pub fn warm_up(&self, settings: &Settings) -> Result<usize, ParameterError> {
        let each_side = settings.count("each_side").unwrap_or(1);
        let instruments = stand_ins(self.reach, each_side).ok_or_else(|| self.out_of_reach(String::new()))?;
        let strategy = self.build(settings, Universe { strategy: StrategyId(0), instruments })?;
        Ok(strategy.warm_up())
    }

    fn out_of_reach(&self, got: String) -> ParameterError {
        ParameterError::Reach { strategy: self.name, needs: self.reach.in_words(), got }
    }
}

/// Instruments that fit, to ask a strategy about itself before there is a market.
fn stand_ins(reach: Reach, each_side: usize) -> Option<Vec<(InstrumentId, Instrument)>> {
    let (tick, lot) = (Decimal::new(1, 1), Decimal::new(1, 3));
    let perpetual = Instrument::linear_perpetual("any", "BTCUSDT", tick, lot).ok()?;
    let facts = perpetual.spec().clone();
    let spot = InstrumentSpec { kind: InstrumentKind::Spot, funding_interval: None, ..facts };
    let instruments = match reach {
        Reach::One => vec![perpetual],
        Reach::PerpetualAndSpot => vec![perpetual, Instrument::new(spot).ok()?],
        Reach::Pair => vec![perpetual.clone(), perpetual],
        Reach::Ranked => vec![perpetual; (2 * each_side).max(3)],
    };
    Some((0..).map(InstrumentId).zip(instruments).collect())
}
