//! The front door: a market in columns, looked at once, on which any number of runs is made.

use autotrading_domain::{Direction, Grid};
use autotrading_market_data::Window;
use autotrading_strategy::{ParameterValue, listing};
use rust_decimal::Decimal;

use super::block::{COUNTABLE, lie_on, survey};
use super::course::Course;
use super::crossing::Pair;
use super::sweep::Sweep;
use super::terms::Terms;
use super::{ColumnFault, ColumnOutcome, ColumnStrategy, Keep};
use crate::{InstrumentRules, ResearchRules};

/// Bars of a stretch that a strategy of one's own is asked about.
const STRETCH: usize = 4096;

/// A market in columns that was found fit for the fused path. Borrowed, read-only, shared between threads at will.
///
/// ```
/// use autotrading_backtest::{Columns, Keep, ResearchRules};
/// use autotrading_market_data::CommonWorkload;
///
/// let history = CommonWorkload::history(525_600);
/// let columns = Columns::new(history.all())?;
/// let outcome = columns.run(&ResearchRules::default(), Keep::Account)?;
/// assert_eq!(outcome.final_equity.to_string(), "98400.5907421875");
/// assert_eq!((outcome.fills, outcome.closed_trades), (14_450, 7_225));
/// # Ok::<(), autotrading_backtest::ColumnFault>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    pub(super) bars: Window<'a>,
    tick: Decimal,
    /// The step in which closes are counted: a tick where every close lies on one, else a part of it.
    step: f64,
    highest: f64,
}

impl<'a> Columns<'a> {
    /// Looks at every bar once.
    ///
    /// # Errors
    /// [`ColumnFault::NoBars`], [`ColumnFault::Bar`], [`ColumnFault::Synthetic`] or [`ColumnFault::Price`]: the engine
    /// would judge such bars one by one.
    pub fn new(bars: Window<'a>) -> Result<Self, ColumnFault> {
        if bars.is_empty() {
            return Err(ColumnFault::NoBars);
        }
        let seen = survey(&bars)?;
        let instrument = InstrumentRules::default().instrument(bars)?;
        let ticks = instrument.ticks();
        // The grid that the strategy counts closes on: finer than the tick by six decimals, down to nine.
        let places = 9_u32.saturating_sub(ticks.step().scale()).min(6);
        let part = Grid::new(ticks.step() * Decimal::new(1, places))?;
        if seen.lowest / ticks.step_f64() < 0.5 || seen.highest / part.step_f64() >= COUNTABLE {
            let got = if seen.highest / part.step_f64() >= COUNTABLE { seen.highest } else { seen.lowest };
            let column = if got == seen.highest { bars.high() } else { bars.low() };
            let place = column.iter().position(|price| *price == got).unwrap_or(0);
            return Err(ColumnFault::Price { place, got });
        }
        let on_ticks = lie_on(bars.close(), ticks.step_f64(), part.step_f64(), 10f64.powi(places as i32));
        let step = if on_ticks { ticks.step_f64() } else { part.step_f64() };
        Ok(Self { bars, tick: ticks.step(), step, highest: seen.highest })
    }

    /// The bars.
    pub const fn bars(&self) -> Window<'a> {
        self.bars
    }

    /// Runs the strategy that the rules name.
    ///
    /// # Errors
    /// [`ColumnFault`] says what cannot be stated exactly.
    pub fn run(&self, rules: &ResearchRules, keep: Keep) -> Result<ColumnOutcome, ColumnFault> {
        let mut outcomes = self.sweep(std::slice::from_ref(rules), keep);
        outcomes.pop().unwrap_or(Err(ColumnFault::NoBars))
    }

    /// Runs a strategy of one's own; the strategy that the rules name is not looked at.
    ///
    /// # Errors
    /// As [`Columns::run`].
    pub fn run_with(
        &self,
        strategy: &mut impl ColumnStrategy,
        rules: &ResearchRules,
        keep: Keep,
    ) -> Result<ColumnOutcome, ColumnFault> {
        let mut course = Course::new(self.terms(rules)?, keep, self.bars.len());
        let mut changes = Vec::new();
        let mut from = 0;
        while from < self.bars.len() {
            let places = from..(from + STRETCH).min(self.bars.len());
            changes.clear();
            strategy.observe(self.bars.slice(0, places.end), places.clone(), &mut changes)?;
            course.take(self.bars, places.clone(), &changes)?;
            from = places.end;
        }
        course.finish(self.bars)
    }

    /// Runs every one of the rules in one pass over the bars; each outcome is that of its own run, to the bit. For more
    /// threads, give each its own share of the rules.
    pub fn sweep(&self, rules: &[ResearchRules], keep: Keep) -> Vec<Result<ColumnOutcome, ColumnFault>> {
        Sweep::new(self, self.step, rules, keep).run()
    }

    pub(super) fn terms(&self, rules: &ResearchRules) -> Result<Terms, ColumnFault> {
        Terms::of(rules, self.tick, self.bars, self.highest)
    }
}

/// The averages that rules ask for.
pub(super) fn pair(rules: &ResearchRules) -> Result<Pair, ColumnFault> {
    let name = rules.strategy.name.as_str();
    let settings = listing(name)?.settings(&rules.strategy.parameters)?;
    let refused = || ColumnFault::Strategy { name: name.to_owned() };
    if name != "sma-cross" {
        return Err(refused());
    }
    let said = |wanted: &str| settings.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let bars = |wanted| match said(wanted) {
        Some(ParameterValue::Integer(bars)) => usize::try_from(*bars).map_err(|_| refused()),
        _ => Err(refused()),
    };
    let (fast, slow) = (bars("fast")?, bars("slow")?);
    let down = match said("mode") {
        Some(ParameterValue::Word(mode)) if mode.as_str() == "long-short" => Direction::Short,
        Some(ParameterValue::Word(mode)) if mode.as_str() == "long-flat" => Direction::Flat,
        _ => return Err(refused()),
    };
    if fast < slow {
        return Ok(Pair { fast, slow, down });
    }
    let order = autotrading_strategy::ParameterError::Order {
        strategy: "sma-cross",
        lower: "fast",
        low: fast,
        upper: "slow",
        high: slow,
    };
    Err(order.into())
}
