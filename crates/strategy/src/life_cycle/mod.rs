//! The life of a strategy: tried, grown, mature, in decay, retired, by what its live days prove.

mod live_record;
mod rules;
mod stage;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use live_record::LiveRecord;
pub use rules::{LifeCycleError, LifeCycleRules, StageWeights};
pub use stage::{Sign, Stage};

/// Largest return of a day that is believed.
const LARGEST_DAY: f64 = 1e6;

/// What is known of a strategy at the end of a day. Sharpe ratios are annualised.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Sharpe ratio over the window; zero where nothing varied.
    pub rolling: f64,
    /// Slope of the least-squares line through its last values, a day.
    pub slope: f64,
    /// For how many days in a row it has been negative.
    pub negative_days: u32,
    /// Sharpe ratio over all live days.
    pub live: f64,
    /// Probability, by all live days, that the true ratio lies above zero.
    pub above_zero: f64,
    /// Probability that it lies below the threshold of decay.
    pub below_decay: f64,
    /// Probability that it lies below the threshold of retirement.
    pub below_retired: f64,
    /// Whether what speaks for it is significant, also against having been asked every day.
    pub proven: bool,
    /// The same of what speaks for a true ratio below the threshold of retirement: nobody comes back from there, so one
    /// bad look is not enough.
    pub lost: bool,
}

/// A move from one stage to another, with what led to it. To be journaled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The stage before.
    pub from: Stage,
    /// The stage now.
    pub to: Stage,
    /// The live day on which it happened, from 1.
    pub day: u32,
    /// What the day said.
    pub sign: Sign,
    /// The numbers behind it.
    pub reading: Reading,
}

/// Follows one strategy through its life, a day at a time.
///
/// A day costs a pass over the window. It is kept and read back as plain data and goes on as if it had never stopped.
///
/// ```
/// use autotrading_strategy::{LifeCycle, LifeCycleRules, Stage};
///
/// let mut life = LifeCycle::new(LifeCycleRules::default())?;
/// for day in 0..400 {
///     // 0.2 % a day with a deviation of 0.5 %: a Sharpe ratio of 7.6 a year. It is noticed in weeks.
///     let luck = [0.5, -0.8, 0.9, -0.6][day % 4] * [0.007, 0.006, 0.0075][day % 3];
///     if let Some(moved) = life.observe(0.002 + luck)? {
///         assert!(moved.reading.above_zero > 0.9);
///     }
/// }
/// assert_eq!((life.stage(), life.weight()), (Stage::Mature, 1.0));
/// # Ok::<(), autotrading_strategy::LifeCycleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct LifeCycle {
    rules: LifeCycleRules,
    stage: Stage,
    record: LiveRecord,
    days: VecDeque<f64>,
    ratios: VecDeque<f64>,
    negative_days: u32,
}

impl LifeCycle {
    /// A strategy in incubation, without a day.
    ///
    /// # Errors
    /// [`LifeCycleError`] names the rule that is illegal.
    pub fn new(rules: LifeCycleRules) -> Result<Self, LifeCycleError> {
        rules.check()?;
        Ok(Self {
            rules,
            stage: Stage::Incubation,
            record: LiveRecord::default(),
            days: VecDeque::with_capacity(rules.window + 1),
            ratios: VecDeque::with_capacity(rules.window + 1),
            negative_days: 0,
        })
    }

    /// Takes the return of a day, as a share of the capital the strategy had, and says whether it led to another stage.
    ///
    /// # Errors
    /// [`LifeCycleError::Day`] for a return that cannot be; nothing is changed then.
    pub fn observe(&mut self, day_return: f64) -> Result<Option<Transition>, LifeCycleError> {
        if !(-1.0..=LARGEST_DAY).contains(&day_return) {
            return Err(LifeCycleError::Day { got: day_return });
        }
        self.record.push(day_return);
        keep(&mut self.days, day_return, self.rules.window);
        if self.days.len() == self.rules.window {
            let rolling = self.annual(sharpe(&self.days));
            keep(&mut self.ratios, rolling, self.rules.window);
            self.negative_days = if rolling < 0.0 { self.negative_days.saturating_add(1) } else { 0 };
        }
        let Some(reading) = self.reading() else { return Ok(None) };
        let (from, sign) = (self.stage, self.sign(&reading));
        self.stage = from.after(sign);
        let moved = Transition { from, to: self.stage, day: self.record.days(), sign, reading };
        Ok((moved.from != moved.to).then_some(moved))
    }

    /// The stage it is in.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// What share of its weight in the matrix it has now; the rest is cash.
    #[must_use]
    pub const fn weight(&self) -> f64 {
        self.rules.weight(self.stage)
    }

    /// All its live days.
    #[must_use]
    pub const fn record(&self) -> &LiveRecord {
        &self.record
    }

    /// What is known of it; `None` until there is a slope, after two windows of days.
    #[must_use]
    pub fn reading(&self) -> Option<Reading> {
        if self.ratios.len() < self.rules.window {
            return None;
        }
        let daily = |annual: f64| annual / self.rules.year.sqrt();
        let below = |threshold| Some(1.0 - self.record.probability_above(daily(threshold))?);
        let score = self.record.score_against(0.0)?;
        let short = -self.record.score_against(daily(self.rules.retired))?;
        let above_zero = self.record.probability_above(0.0)?;
        let below_retired = below(self.rules.retired)?;
        let bound = if self.rules.anytime { self.rules.anytime_bound(self.record.days()) } else { 0.0 };
        Some(Reading {
            rolling: self.ratios.back().copied()?,
            slope: slope(&self.ratios),
            negative_days: self.negative_days,
            live: self.annual(self.record.sharpe()?),
            above_zero,
            below_decay: below(self.rules.decay)?,
            below_retired,
            proven: above_zero >= self.rules.significance && score >= bound,
            lost: below_retired > self.rules.significance && short >= bound,
        })
    }

    /// What a reading says, the worst first.
    fn sign(&self, reading: &Reading) -> Sign {
        let rules = &self.rules;
        let (rises, falls) = (reading.slope > rules.flat, reading.slope < -rules.flat);
        let spent = reading.rolling < rules.retired || reading.negative_days >= rules.negative_days;
        if spent && reading.lost {
            Sign::Spent
        } else if (reading.rolling < rules.decay || falls) && reading.below_decay > rules.significance {
            Sign::Fading
        } else if reading.proven && reading.rolling > rules.mature && !rises && !falls {
            Sign::Steady
        } else if reading.proven && reading.rolling > rules.growth && rises {
            Sign::Rising
        } else {
            Sign::Unclear
        }
    }

    fn annual(&self, daily: f64) -> f64 {
        daily * self.rules.year.sqrt()
    }
}

/// Adds a value and lets the oldest go.
fn keep(values: &mut VecDeque<f64>, value: f64, window: usize) {
    values.push_back(value);
    if values.len() > window {
        values.pop_front();
    }
}

/// Mean over sample deviation; zero where nothing varied.
fn sharpe(days: &VecDeque<f64>) -> f64 {
    let n = days.len() as f64;
    let mean = days.iter().sum::<f64>() / n;
    let deviation = (days.iter().map(|day| (day - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    // Equal days leave rounding errors and no deviation.
    if deviation > 1e-12 * mean.abs() { mean / deviation } else { 0.0 }
}

/// Slope of the least-squares line through values at equal distances.
fn slope(values: &VecDeque<f64>) -> f64 {
    let n = values.len() as f64;
    let centre = (n - 1.0) / 2.0;
    let rise: f64 = (0u32..).zip(values).map(|(at, value)| (f64::from(at) - centre) * value).sum();
    rise * 12.0 / (n * (n * n - 1.0))
}

/// A life cycle as plain data.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    rules: LifeCycleRules,
    stage: Stage,
    record: LiveRecord,
    days: Vec<f64>,
    ratios: Vec<f64>,
    negative_days: u32,
}

impl From<LifeCycle> for Kept {
    fn from(life: LifeCycle) -> Self {
        let LifeCycle { rules, stage, record, days, ratios, negative_days } = life;
        Self { rules, stage, record, days: days.into(), ratios: ratios.into(), negative_days }
    }
}

impl TryFrom<Kept> for LifeCycle {
    type Error = LifeCycleError;

    fn try_from(kept: Kept) -> Result<Self, LifeCycleError> {
        let Kept { rules, stage, record, days, ratios, negative_days } = kept;
        rules.check()?;
        let refuse = |what| Err(LifeCycleError::Kept { what });
        let live = usize::try_from(record.days()).unwrap_or(usize::MAX);
        if days.len() != live.min(rules.window)
            || ratios.len() != (live + 1).saturating_sub(rules.window).min(rules.window)
        {
            return refuse("the days and ratios do not fit the number of live days");
        }
        if !record.is_finite() || days.iter().chain(&ratios).any(|value| !value.is_finite()) {
            return refuse("a number is not finite");
        }
        Ok(Self { rules, stage, record, days: days.into(), ratios: ratios.into(), negative_days })
    }
}
