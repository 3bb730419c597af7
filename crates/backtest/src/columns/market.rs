//! The front door: a market in columns, looked at once, on which any number of runs is made.

use autotrading_domain::{Direction, Grid};
use autotrading_market_data::Window;
use autotrading_strategy::{ParameterValue, listing};
use rust_decimal::Decimal;

use super::block::{COUNTABLE, Survey, Unit};
use super::course::{Course, Stretch};
use super::crossing::Pair;
use super::sweep::Sweep;
use super::terms::Terms;
use super::{ColumnFault, ColumnOutcome, ColumnStrategy, Keep};
use crate::ResearchRules;
use crate::configuration::decimals_told_apart;

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
    /// Opens are counted in ticks, the nearest.
    pub(super) ticks: Unit,
    pub(super) unit: Unit,
    /// By how many units two closes can differ.
    pub(super) spread: f64,
    pub(super) highest: f64,
}

/// The grid of prices, and the finer one on which the averages are compared.
#[derive(Clone, Copy, Debug)]
struct Grids {
    tick: Grid,
    part: Grid,
}

impl Grids {
    /// The strategy counts closes on a grid finer than the tick by six decimals, down to nine.
    fn of(decimals: u32) -> Result<Self, ColumnFault> {
        let finer = decimals + 9_u32.saturating_sub(decimals).min(6);
        Ok(Self { tick: Grid::new(Decimal::new(1, decimals))?, part: Grid::new(Decimal::new(1, finer))? })
    }

    fn parts(&self) -> f64 {
        (self.tick.step_f64() / self.part.step_f64()).round()
    }
}

impl<'a> Columns<'a> {
    /// Looks at every bar once.
    ///
    /// # Errors
    /// [`ColumnFault::NoBars`], [`ColumnFault::Bar`], [`ColumnFault::Synthetic`], [`ColumnFault::Overlap`] or
    /// [`ColumnFault::Price`]: the engine would judge such bars one by one.
    pub fn new(bars: Window<'a>) -> Result<Self, ColumnFault> {
        if bars.is_empty() {
            return Err(ColumnFault::NoBars);
        }
        // What the data say of their decimals; no more are told apart when the prices are known.
        let stated = Grids::of(bars.price_decimals())?;
        let seen = Survey::of(&bars, stated.tick.step_f64(), stated.parts())?;
        let decimals = decimals_told_apart(bars.price_decimals(), seen.highest);
        let (grids, seen) = if decimals == bars.price_decimals() {
            (stated, seen)
        } else {
            let coarser = Grids::of(decimals)?;
            (coarser, Survey::of(&bars, coarser.tick.step_f64(), coarser.parts())?)
        };
        let uncounted = |column: &[f64], got: f64| ColumnFault::Price {
            place: column.iter().position(|price| *price == got).unwrap_or(0),
            got,
        };
        if seen.lowest / grids.tick.step_f64() < 0.5 {
            return Err(uncounted(bars.low(), seen.lowest));
        }
        if seen.highest / grids.part.step_f64() >= COUNTABLE {
            return Err(uncounted(bars.high(), seen.highest));
        }
        let unit = seen.unit_of_closes(grids.tick.step_f64(), grids.part.step_f64());
        let spread = unit.most(seen.highest - seen.lowest) + 1.0;
        let ticks = seen.unit_of_opens(grids.tick.step_f64(), grids.part.step_f64());
        Ok(Self { bars, tick: grids.tick.step(), ticks, unit, spread, highest: seen.highest })
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
        let (mut opens, mut changes) = (Vec::new(), Vec::new());
        let blocks = self.bars.open().chunks(STRETCH).zip(self.bars.close().chunks(STRETCH));
        for ((open, closes), from) in blocks.zip((0..).step_by(STRETCH)) {
            let places = from..from + closes.len();
            changes.clear();
            strategy.observe(self.bars.slice(0, places.end), places.clone(), &mut changes)?;
            opens.clear();
            self.ticks.count(open, &mut opens);
            course.take(&Stretch { places, closes, opens: &opens }, &changes)?;
        }
        course.finish(&self.bars, self.last_close()?)
    }

    /// The last close in ticks, the nearest.
    pub(super) fn last_close(&self) -> Result<i64, ColumnFault> {
        let last = self.bars.close().last().copied().ok_or(ColumnFault::NoBars)?;
        Ok(Grid::new(self.tick)?.nearest_index(last)?)
    }

    /// Runs every one of the rules in one pass over the bars; each outcome is that of its own run, to the bit. For more
    /// threads, give each its own share of the rules.
    pub fn sweep(&self, rules: &[ResearchRules], keep: Keep) -> Vec<Result<ColumnOutcome, ColumnFault>> {
        Sweep::new(self, rules, keep).run()
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
