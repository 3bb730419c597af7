//! Where a run may be a year on, if its days are a fair sample of those to come.

use serde::{Deserialize, Serialize};

use crate::laboratory::DayReturn;
use crate::monte_carlo::{MonteCarlo, MonteCarloError, MonteCarloOutcome, MonteCarloRules, ResampledPaths};

/// Futures drawn from a run's own daily returns by the stationary bootstrap: a quick look that every report has.
/// `autotrading monte-carlo` looks longer, by more ways to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// What was drawn, without the end of each path; `None` where the days do not suffice.
    pub futures: Option<MonteCarloOutcome>,
    /// Mean length of the blocks of days, chosen by the data.
    pub mean_block: Option<f64>,
    /// Level at or below which an account counts as ruined, as a share of the start.
    pub ruin: f64,
    /// Why there is nothing.
    pub reason: Option<String>,
}

/// Paths that are drawn: enough for a picture.
const PATHS: u64 = 2_000;
/// Fewer days than this are no sample.
const FEWEST: usize = 30;

impl Outlook {
    /// Draws a year from these days.
    pub(crate) fn of(days: &[DayReturn], seed: u64) -> Self {
        let rules = MonteCarloRules { paths: PATHS, seed, ..MonteCarloRules::default() };
        let ruin = rules.ruin;
        match draw(days, rules) {
            Ok((mean_block, mut futures)) => {
                futures.terminals.clear();
                Self { futures: Some(futures), mean_block: Some(mean_block), ruin, reason: None }
            }
            Err(error) => {
                Self { futures: None, mean_block: None, ruin, reason: Some(format!("of the days: {error}")) }
            }
        }
    }
}

fn draw(days: &[DayReturn], rules: MonteCarloRules) -> Result<(f64, MonteCarloOutcome), MonteCarloError> {
    if days.len() < FEWEST {
        return Err(MonteCarloError::TooFew { got: days.len(), required: FEWEST });
    }
    let returns: Vec<f64> = days.iter().map(|day| day.value.max(-1.0)).collect();
    let maker = ResampledPaths::new(&returns, None)?;
    Ok((maker.mean_block(), MonteCarlo::new(&maker, rules)?.run()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: i32) -> Vec<DayReturn> {
        (0..count).map(|day| DayReturn { day, value: f64::from(day * 37 % 23 - 10) / 1000.0 }).collect()
    }

    #[test]
    fn the_same_days_and_seed_draw_the_same_futures() {
        let drawn = Outlook::of(&days(200), 7);
        assert_eq!(drawn, Outlook::of(&days(200), 7));
        assert_ne!(drawn.futures, Outlook::of(&days(200), 8).futures);
        let futures = drawn.futures.unwrap();
        assert_eq!((futures.paths, futures.horizon, futures.terminals.len()), (2_000, 365, 0));
        assert!(futures.fan.iter().all(|point| point.levels.is_sorted()));
    }

    #[test]
    fn too_few_or_equal_days_draw_nothing_and_say_why() {
        let few = Outlook::of(&days(12), 1);
        assert_eq!(few.reason.unwrap(), "of the days: 12 returns, at least 30 are needed");
        let still: Vec<DayReturn> = (0..90).map(|day| DayReturn { day, value: 0.0 }).collect();
        let still = Outlook::of(&still, 1);
        assert!(still.futures.is_none() && still.reason.is_some());
    }
}
