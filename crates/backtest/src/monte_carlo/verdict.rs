//! What the futures amount to: the worst of all makers, beside what is tolerable.

use serde::{Deserialize, Serialize};

use super::{Frequency, MonteCarloOutcome};
use crate::laboratory::Check;

/// From where on a risk is too large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskThresholds {
    /// Largest tolerable probability of ruin, by the worst of the makers.
    pub ruin: f64,
    /// Largest tolerable probability that a position is liquidated.
    pub liquidation: f64,
}

impl Default for RiskThresholds {
    fn default() -> Self {
        Self { ruin: 0.01, liquidation: 0.01 }
    }
}

/// The verdict on several makers of the same futures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskVerdict {
    /// Whether every threshold is met.
    pub holds: bool,
    /// What it amounts to, in one sentence.
    pub verdict: String,
    /// Each threshold with what was found.
    pub checks: Vec<Check>,
}

impl RiskVerdict {
    /// Judges outcomes by the upper end of each interval, so that few paths do not look safe; `ruin` is the level at or
    /// below which an account is ruined.
    pub fn of(outcomes: &[MonteCarloOutcome], ruin: f64, thresholds: RiskThresholds) -> Self {
        let name = |maker: Option<&str>| maker.map_or_else(String::new, |maker| format!(" ({maker})"));
        let mut checks = Vec::new();
        let ruins = worst(outcomes.iter().map(|outcome| (outcome.maker.as_str(), outcome.ruin)));
        checks.push(Check::at_most(
            format!(
                "probability to fall to {:.0} % of the start, by the worst maker{}, upper end of its interval",
                ruin * 100.0,
                name(ruins.map(|(maker, _)| maker))
            ),
            ruins.map(|(_, chance)| chance.high),
            thresholds.ruin,
        ));
        let liquidations = outcomes.iter().flat_map(|outcome| {
            outcome.liquidations.iter().map(|chance| (outcome.maker.as_str(), chance.frequency))
        });
        if let Some((maker, chance)) = worst(liquidations) {
            checks.push(Check::at_most(
                format!(
                    "probability that a position is liquidated, by the worst maker{}, upper end of its interval",
                    name(Some(maker))
                ),
                Some(chance.high),
                thresholds.liquidation,
            ));
        }
        Self {
            holds: Check::all_met(&checks),
            verdict: Check::verdict(&checks, "the risk is tolerable", "the risk is too large"),
            checks,
        }
    }
}

/// The chance whose interval reaches highest, with who drew it.
fn worst<'o>(chances: impl Iterator<Item = (&'o str, Frequency)>) -> Option<(&'o str, Frequency)> {
    chances.reduce(|worst, next| if next.1.high > worst.1.high { next } else { worst })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monte_carlo::{HeldPosition, MonteCarlo, MonteCarloRules, ResampledPaths};
    use autotrading_domain::Direction;

    fn outcome(swing: f64) -> MonteCarloOutcome {
        let returns: Vec<f64> = (0..100).map(|i| if i % 2 == 0 { swing } else { -swing }).collect();
        let maker = ResampledPaths::new(&returns, Some(1.0)).unwrap();
        let long = HeldPosition { direction: Direction::Long, leverage: 5.0, maintenance: 0.005 };
        let rules = MonteCarloRules {
            paths: 2_000,
            horizon: 100,
            positions: vec![long],
            ..MonteCarloRules::default()
        };
        MonteCarlo::new(&maker, rules).unwrap().run().unwrap()
    }

    #[test]
    fn the_worst_maker_decides() {
        let (calm, wild) = (outcome(0.001), outcome(0.1));
        let good = RiskVerdict::of(std::slice::from_ref(&calm), 0.5, RiskThresholds::default());
        assert!(good.holds && good.verdict.starts_with("the risk is tolerable"), "{good:?}");
        let bad = RiskVerdict::of(&[calm, wild], 0.5, RiskThresholds::default());
        assert!(
            !bad.holds && bad.verdict == "the risk is too large: 2 of 2 thresholds are missed",
            "{bad:?}"
        );
    }

    #[test]
    fn few_paths_are_not_called_safe_and_none_at_all_neither() {
        let returns = [0.001, -0.001];
        let maker = ResampledPaths::new(&returns, Some(1.0)).unwrap();
        let rules = MonteCarloRules { paths: 50, horizon: 10, ..MonteCarloRules::default() };
        let few = MonteCarlo::new(&maker, rules).unwrap().run().unwrap();
        assert_eq!(few.ruin.paths, 0);
        assert!(!RiskVerdict::of(&[few], 0.5, RiskThresholds::default()).holds);
        assert!(!RiskVerdict::of(&[], 0.5, RiskThresholds::default()).holds);
    }
}
