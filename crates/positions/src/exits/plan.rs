//! The front door: all exits of one position together.

use autotrading_domain::{Timestamp, TriggerSource};
use serde::{Deserialize, Serialize};

use super::{
    EntryFacts, ExitError, ExitRules, PriceRange, break_even::BreakEven, course::Course,
    fixed_stop::FixedStop, ladder::Ladder, rules::positive, take_profit::TakeProfit, time_stop::TimeStop,
    trailing::Trailing,
};

/// Why a position ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitCause {
    /// The fixed stop.
    StopLoss,
    /// The stop at break-even.
    BreakEven,
    /// The trailing stop.
    TrailingStop,
    /// The target.
    TakeProfit,
    /// It was held as long as it may be.
    MaxHolding,
}

/// A partial profit that waits at a price.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RungLevel {
    /// Quote currency per base unit.
    pub price: f64,
    /// Share of what is held when it is reached.
    pub share: f64,
}

/// What stands after an observation, and what is to be done. Prices in quote currency per base unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExitUpdate {
    /// The tightest stop: keep one at the venue here. It only ever tightens.
    pub stop: Option<f64>,
    /// Which price sets the stop off.
    pub stop_source: TriggerSource,
    /// Which rule the stop comes from.
    pub stop_cause: Option<ExitCause>,
    /// The target: keep a take-profit at the venue here. `None` while profits may not be taken yet.
    pub target: Option<f64>,
    /// Which price sets the target off.
    pub target_source: TriggerSource,
    /// The next partial profit, for those who keep it at the venue too.
    pub rung: Option<RungLevel>,
    /// Share of what is held that is to be closed now, because rungs were reached; for those who do not keep them at
    /// the venue.
    pub trim: Option<f64>,
    /// The position is to be closed now, whole. Repeated until the position is gone.
    pub close: Option<ExitCause>,
}

/// All exits of one position. Make one when it is opened, show it every bar, drop it when the position is gone.
///
/// ```
/// use autotrading_domain::{Direction, Span, Timestamp};
/// use autotrading_positions::{Distance, EntryFacts, ExitCause, ExitPlan, ExitRules, StopRule, TrailingRule};
/// let rules = ExitRules {
///     stop: Some(StopRule { distance: Distance::Atr(2.0), source: Default::default() }),
///     trailing: Some(TrailingRule { activation: Some(Distance::Rate(0.03)), distance: Distance::Rate(0.02), source: Default::default() }),
///     ..ExitRules::default()
/// };
/// let mut plan = ExitPlan::new(&rules, &EntryFacts {
///     direction: Direction::Long, price: 100.0, stop_distance: None, target_distance: None, atr: Some(2.0), at: Timestamp::EPOCH,
/// })?;
/// let at = |hours| Timestamp::EPOCH.after(Span::HOUR.times(hours));
/// assert_eq!(plan.observe(102.0, 99.0, 101.0, at(1))?.stop, Some(96.0)); // entry less two ATR
/// assert_eq!(plan.observe(110.0, 101.0, 109.0, at(2))?.stop, Some(107.8)); // 2 % behind the best
/// let update = plan.observe(109.0, 107.0, 108.0, at(3))?;
/// assert_eq!(update.close, Some(ExitCause::TrailingStop));
/// # Ok::<(), autotrading_positions::ExitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExitPlan {
    rules: ExitRules,
    course: Course,
    signal_stop: Option<f64>,
    atr: Option<f64>,
    fixed: Option<FixedStop>,
    break_even: Option<BreakEven>,
    trailing: Option<Trailing>,
    floor: Option<f64>,
    target: Option<TakeProfit>,
    ladder: Ladder,
    time: TimeStop,
    closing: Option<ExitCause>,
}

/// A stop of one rule, its level as the position sees prices.
#[derive(Clone, Copy)]
struct Standing {
    level: f64,
    cause: ExitCause,
    source: TriggerSource,
}

impl ExitPlan {
    /// A plan for a position that was just opened.
    ///
    /// # Errors
    /// An [`ExitError`] that names the rule, its figure and what was expected.
    pub fn new(rules: &ExitRules, entry: &EntryFacts) -> Result<Self, ExitError> {
        let course = Course::of(entry.direction).ok_or(ExitError::Flat)?;
        positive("entry price", entry.price)?;
        if let Some(atr) = entry.atr {
            positive("average true range", atr)?;
        }
        Ok(Self {
            fixed: rules.stop.map(|rule| FixedStop::new(&rule, entry, course)).transpose()?,
            break_even: rules.break_even.map(|rule| BreakEven::new(&rule, entry, course)).transpose()?,
            trailing: rules.trailing.map(|rule| Trailing::new(&rule, entry, course)).transpose()?,
            target: rules.target.map(|rule| TakeProfit::new(&rule, entry, course)).transpose()?.flatten(),
            ladder: Ladder::new(&rules.ladder, entry, course)?,
            time: TimeStop::new(rules, entry.at)?,
            signal_stop: entry.stop_distance,
            atr: entry.atr,
            floor: None,
            closing: None,
            rules: rules.clone(),
            course,
        })
    }

    /// What stands now, without a new observation: the levels to place right after the entry.
    pub fn levels(&self, at: Timestamp) -> ExitUpdate {
        // A distance wider than the price itself leaves no stop above zero: none yet.
        let stop = self.tightest().filter(|standing| self.course.price(standing.level) > 0.0);
        let allowed = self.time.profits_allowed(at);
        let rung = self.ladder.pending().filter(|_| allowed);
        ExitUpdate {
            stop: stop.map(|standing| self.course.price(standing.level)),
            stop_source: stop.map(|standing| standing.source).unwrap_or_default(),
            stop_cause: stop.map(|standing| standing.cause),
            target: self.target.filter(|_| allowed).map(|target| self.course.price(target.level)),
            target_source: self.rules.target.map(|rule| rule.source).unwrap_or_default(),
            rung: rung.map(|(level, share)| RungLevel { price: self.course.price(level), share }),
            trim: None,
            close: self.closing,
        }
    }

    /// One bar in which last and mark price are the same thing.
    ///
    /// # Errors
    /// [`ExitError::Range`] when it is no range of prices; the plan is then as it was.
    pub fn observe(
        &mut self,
        high: f64,
        low: f64,
        close: f64,
        at: Timestamp,
    ) -> Result<ExitUpdate, ExitError> {
        let range = PriceRange { high, low, close };
        self.observe_both(range, range, at)
    }

    /// What last and mark price did since the last observation. In this order: the stops that stood, the target and the
    /// rungs, the stops' moves (met at once when the close is already beyond them), the time.
    ///
    /// # Errors
    /// [`ExitError::Range`] when one is no range of prices; the plan is then as it was.
    pub fn observe_both(
        &mut self,
        last: PriceRange,
        mark: PriceRange,
        at: Timestamp,
    ) -> Result<ExitUpdate, ExitError> {
        let ranges = (last.check()?, mark.check()?);
        let (trailing, break_even) = self.tightened(ranges)?;
        let mut trim = None;
        if self.closing.is_none() {
            self.closing = self.stopped(ranges, |course, range| course.worst(range));
        }
        if self.closing.is_none() && self.time.profits_allowed(at) {
            (self.closing, trim) = self.profits(ranges);
        }
        if self.closing.is_none() {
            (self.trailing, self.break_even) = (trailing, break_even);
            self.closing = self
                .stopped(ranges, |course, range| course.sees(range.close))
                .or_else(|| self.time.is_over(at).then_some(ExitCause::MaxHolding));
        }
        let trim = trim.filter(|_| self.closing.is_none());
        Ok(ExitUpdate { trim, ..self.levels(at) })
    }

    /// The latest average true range, for a trailing distance in ATR. What is no such range is refused.
    ///
    /// # Errors
    /// [`ExitError::Figure`] when it is not finite and above zero; the last one then stays.
    pub fn set_atr(&mut self, atr: f64) -> Result<(), ExitError> {
        self.atr = Some(positive("average true range", atr)?);
        Ok(())
    }

    /// A stop from elsewhere, such as that of the plan before the position was added to. It counts when it is tighter.
    ///
    /// # Errors
    /// [`ExitError::Figure`] when it is no price.
    pub fn tighten_stop(&mut self, price: f64) -> Result<(), ExitError> {
        let level = self.course.sees(positive("stop price", price)?);
        self.floor = Some(self.floor.map_or(level, |floor| floor.max(level)));
        Ok(())
    }

    /// Whether the shortest holding time is over: before it only stops end the position.
    pub fn profits_allowed(&self, at: Timestamp) -> bool {
        self.time.profits_allowed(at)
    }

    fn standing(&self) -> [Option<Standing>; 4] {
        let rules = &self.rules;
        let source_of_stop = rules.stop.map(|rule| rule.source).unwrap_or_default();
        let stop = |level: Option<f64>, cause, source: Option<TriggerSource>| {
            level.map(|level| Standing { level, cause, source: source.unwrap_or_default() })
        };
        [
            stop(self.fixed.map(|fixed| fixed.level), ExitCause::StopLoss, Some(source_of_stop)),
            stop(self.floor, ExitCause::StopLoss, Some(source_of_stop)),
            stop(
                self.break_even.and_then(BreakEven::level),
                ExitCause::BreakEven,
                rules.break_even.map(|rule| rule.source),
            ),
            stop(
                self.trailing.and_then(Trailing::level),
                ExitCause::TrailingStop,
                rules.trailing.map(|rule| rule.source),
            ),
        ]
    }

    /// The highest stop as the position sees prices; the first of equals.
    fn tightest(&self) -> Option<Standing> {
        self.standing()
            .into_iter()
            .flatten()
            .reduce(|tightest, stop| if stop.level > tightest.level { stop } else { tightest })
    }

    /// The tightest stop that what the position saw of a range has met.
    fn stopped(
        &self,
        ranges: (PriceRange, PriceRange),
        seen: impl Fn(Course, PriceRange) -> f64,
    ) -> Option<ExitCause> {
        let met = self
            .standing()
            .into_iter()
            .flatten()
            .filter(|stop| seen(self.course, of(ranges, stop.source)) <= stop.level);
        met.reduce(|tightest, stop| if stop.level > tightest.level { stop } else { tightest })
            .map(|stop| stop.cause)
    }

    fn profits(&mut self, ranges: (PriceRange, PriceRange)) -> (Option<ExitCause>, Option<f64>) {
        let source = self.rules.target.map(|rule| rule.source).unwrap_or_default();
        let best = self.course.best(of(ranges, source));
        if self.target.is_some_and(|target| target.reached(best)) {
            return (Some(ExitCause::TakeProfit), None);
        }
        let taken = self.ladder.climb(self.course.best(of(ranges, self.rules.ladder_source)));
        if taken >= 1.0 {
            return (Some(ExitCause::TakeProfit), None);
        }
        (None, (taken > 0.0).then_some(taken))
    }

    /// The moving stops as the best of the ranges leaves them.
    fn tightened(
        &self,
        ranges: (PriceRange, PriceRange),
    ) -> Result<(Option<Trailing>, Option<BreakEven>), ExitError> {
        let best = |source| self.course.best(of(ranges, source));
        let trailing = match (self.rules.trailing, self.trailing) {
            (Some(rule), Some(now)) => {
                Some(now.follow(&rule, best(rule.source), self.atr, self.signal_stop)?)
            }
            (_, now) => now,
        };
        let break_even = match (self.rules.break_even, self.break_even) {
            (Some(rule), Some(now)) => Some(now.observe(best(rule.source))),
            (_, now) => now,
        };
        Ok((trailing, break_even))
    }
}

/// The range of the price that a rule looks at.
const fn of((last, mark): (PriceRange, PriceRange), source: TriggerSource) -> PriceRange {
    match source {
        TriggerSource::Last => last,
        TriggerSource::Mark => mark,
    }
}
