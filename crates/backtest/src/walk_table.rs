//! A run seen as a walk-forward would see it: stretches of days, each with the days that follow it.

use autotrading_domain::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::laboratory::{DayReturn, Walk, WalkRules};
use crate::sharpe;

/// The walks of one run. Nothing is chosen on the way: whether good stretches are followed by good ones is what it shows.
/// `autotrading walk-forward` chooses parameters anew in each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkTable {
    /// How the days are cut.
    pub rules: WalkRules,
    /// One row a walk; empty where the days do not suffice.
    pub walks: Vec<WalkStretch>,
    /// Share of the walks that gained in the days that follow.
    pub consistency: Option<f64>,
    /// Why there is nothing.
    pub reason: Option<String>,
}

/// One stretch with what followed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WalkStretch {
    /// From when to when.
    pub walk: Walk,
    /// Return of the stretch.
    pub first_return: f64,
    /// Its Sharpe ratio, annualised.
    pub first_sharpe: Option<f64>,
    /// Return of the days that follow.
    pub next_return: f64,
    /// Their Sharpe ratio, annualised.
    pub next_sharpe: Option<f64>,
    /// Largest fall within them, day by day, in [0, 1].
    pub next_drawdown: f64,
}

impl WalkTable {
    /// Cuts the days of a run between two moments.
    pub(crate) fn of(days: &[DayReturn], from: Timestamp, to: Timestamp) -> Self {
        let rules = WalkRules::default();
        match rules.walks(from, to) {
            Ok(walks) => {
                let walks: Vec<WalkStretch> = walks.into_iter().map(|walk| stretch(walk, days)).collect();
                let gained = walks.iter().filter(|walk| walk.next_return > 0.0).count();
                let consistency = (!walks.is_empty()).then(|| gained as f64 / walks.len() as f64);
                Self { rules, walks, consistency, reason: None }
            }
            Err(error) => {
                Self { rules, walks: Vec::new(), consistency: None, reason: Some(error.to_string()) }
            }
        }
    }
}

fn stretch(walk: Walk, days: &[DayReturn]) -> WalkStretch {
    let first = between(days, walk.train_from, walk.test_from);
    let next = between(days, walk.test_from, walk.test_to);
    let ratio = |returns: &[f64], length: Span| {
        sharpe(returns, 365.0 * returns.len() as f64 / length.in_units_of(Span::DAY))
    };
    let equity = crate::laboratory::compounded(&next);
    WalkStretch {
        first_return: total(&first),
        first_sharpe: ratio(&first, walk.test_from.since(walk.train_from)),
        next_return: total(&next),
        next_sharpe: ratio(&next, walk.test_to.since(walk.test_from)),
        next_drawdown: crate::max_drawdown(&equity),
        walk,
    }
}

/// Returns of the days that begin within a stretch.
fn between(days: &[DayReturn], from: Timestamp, to: Timestamp) -> Vec<f64> {
    let begins = |day: &DayReturn| Timestamp::EPOCH.after(Span::DAY.times(i64::from(day.day)));
    days.iter().filter(|day| (from..to).contains(&begins(day))).map(|day| day.value).collect()
}

fn total(returns: &[f64]) -> f64 {
    returns.iter().map(|value| 1.0 + value).product::<f64>() - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: i32) -> Vec<DayReturn> {
        (0..count).map(|day| DayReturn { day, value: f64::from(day * 37 % 23 - 10) / 1000.0 }).collect()
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::DAY.times(number))
    }

    #[test]
    fn what_follows_is_strung_together_without_gap_or_overlap() {
        let table = WalkTable::of(&days(300), day(0), day(300));
        assert_eq!(table.walks.len(), 12);
        let growth: f64 = table.walks.iter().map(|walk| 1.0 + walk.next_return).product();
        let whole: f64 = days(300)[60..].iter().map(|day| 1.0 + day.value).product();
        assert!((growth - whole).abs() < 1e-12);
        let gained = table.walks.iter().filter(|walk| walk.next_return > 0.0).count();
        assert_eq!(table.consistency, Some(gained as f64 / 12.0));
    }

    #[test]
    fn too_few_days_for_ten_walks_have_no_table_and_say_why() {
        let table = WalkTable::of(&days(100), day(0), day(100));
        assert!(table.walks.is_empty());
        assert!(table.reason.unwrap().starts_with("2 walks fit between"));
    }
}
