//! How much of each limit is in use, bar by bar.

use autotrading_core::Engine;
use autotrading_domain::Rate;
use autotrading_risk::{Cap, LossLadder, Reading, RiskMeasure};

use crate::LimitUse;

/// The limits that were set, and their use so far.
#[derive(Clone, Debug)]
pub(crate) struct LimitWatch {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    kind: Kind,
    limit: f64,
    /// `None` where it could not be measured.
    values: Vec<Option<f64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Leverage,
    Concentration,
    DailyLoss,
    Drawdown,
    LosingStreak,
    VolatilityMultiple,
    Watched(RiskMeasure),
}

impl Kind {
    fn name(self) -> String {
        match self {
            Self::Leverage => "gross leverage".to_owned(),
            Self::Concentration => "concentration".to_owned(),
            Self::DailyLoss => "daily loss".to_owned(),
            Self::Drawdown => "drawdown".to_owned(),
            Self::LosingStreak => "losing streak".to_owned(),
            Self::VolatilityMultiple => "volatility multiple".to_owned(),
            Self::Watched(measure) => {
                let name = measure.name().replace('_', " ");
                if of_the_gate(measure).is_some() { format!("{name} (monitor)") } else { name }
            }
        }
    }

    fn value(self, engine: &Engine) -> Option<f64> {
        let equity = engine.ledger().equity_f64();
        let share = |notional: f64| (equity > 0.0).then(|| notional / equity);
        let losses = || engine.gate().losses();
        match self {
            Self::Leverage => share(engine.ledger().gross_notional_f64()),
            Self::Concentration => {
                let all = engine.instruments().iter();
                share(all.map(|(id, _)| engine.ledger().notional_f64(id).abs()).fold(0.0, f64::max))
            }
            Self::DailyLoss => losses().map(|losses| losses.daily),
            Self::Drawdown => losses().map(|losses| losses.drawdown),
            Self::LosingStreak => Some(f64::from(engine.gate().losing_streak())),
            Self::VolatilityMultiple => engine.monitor()?.volatility_multiple(),
            Self::Watched(measure) => reading(engine, measure)?.value,
        }
    }
}

/// The limit of the gate on the same measure.
const fn of_the_gate(measure: RiskMeasure) -> Option<Kind> {
    match measure {
        RiskMeasure::GrossLeverage => Some(Kind::Leverage),
        RiskMeasure::Concentration => Some(Kind::Concentration),
        RiskMeasure::DailyLoss => Some(Kind::DailyLoss),
        RiskMeasure::Drawdown => Some(Kind::Drawdown),
        RiskMeasure::ValueAtRisk
        | RiskMeasure::ExpectedShortfall
        | RiskMeasure::Correlation
        | RiskMeasure::LiquidationProbability => None,
    }
}

fn reading(engine: &Engine, measure: RiskMeasure) -> Option<Reading> {
    engine.monitor()?.readings().find(|reading| reading.measure == measure)
}

impl LimitWatch {
    pub(crate) fn new(engine: &Engine) -> Self {
        let limits = engine.gate().limits();
        let rate = |cap: &Cap<Rate>| cap.at().map(|rate| rate.to_f64());
        let ladder = |ladder: &LossLadder| rate(&ladder.reduce_only).or_else(|| rate(&ladder.halted));
        let breakers = limits.breakers.at();
        let mut set = vec![
            (Kind::Leverage, limits.gross_leverage.at().map(|leverage| leverage.to_f64())),
            (Kind::Concentration, rate(&limits.concentration)),
            (Kind::DailyLoss, ladder(&limits.daily_loss)),
            (Kind::Drawdown, ladder(&limits.drawdown)),
            (Kind::LosingStreak, breakers.map(|breakers| f64::from(breakers.losing_streak))),
        ];
        if let Some(monitor) = engine.monitor() {
            set.push((Kind::VolatilityMultiple, breakers.map(|breakers| breakers.volatility_multiple)));
            for reading in monitor.readings() {
                // The same limit on the same measure is one line.
                let twin = of_the_gate(reading.measure);
                if !set.iter().any(|(kind, limit)| Some(*kind) == twin && *limit == Some(reading.limit)) {
                    set.push((Kind::Watched(reading.measure), Some(reading.limit)));
                }
            }
        }
        let line =
            |(kind, limit): (Kind, Option<f64>)| Some(Line { kind, limit: limit?, values: Vec::new() });
        Self { lines: set.into_iter().filter_map(line).collect() }
    }

    pub(crate) fn see(&mut self, engine: &Engine) {
        for line in &mut self.lines {
            line.values.push(line.kind.value(engine));
        }
    }

    /// Peak and mean use of each limit, over the bars at which it could be measured.
    pub(crate) fn uses(&self) -> Vec<LimitUse> {
        self.lines.iter().map(Line::used).collect()
    }

    /// One line a limit: its use as a share of it, bar by bar.
    pub(crate) fn shares(self) -> Vec<(String, Vec<Option<f64>>)> {
        let share = |line: Line| {
            let values = line.values.into_iter().map(|value| Some(value? / line.limit)).collect();
            (line.kind.name(), values)
        };
        self.lines.into_iter().map(share).collect()
    }
}

impl Line {
    fn used(&self) -> LimitUse {
        let known = || self.values.iter().flatten().copied();
        let count = known().count();
        LimitUse {
            name: self.kind.name(),
            limit: self.limit,
            peak: known().reduce(f64::max),
            mean: (count > 0).then(|| known().sum::<f64>() / count as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_measured_has_no_use_and_gaps_do_not_count_as_zero() {
        let kind = Kind::Watched(RiskMeasure::ValueAtRisk);
        let line = |values: &[Option<f64>]| Line { kind, limit: 0.5, values: values.to_vec() };
        let never = line(&[None, None]).used();
        assert_eq!((never.peak, never.mean), (None, None));
        let gaps = line(&[None, Some(0.1), Some(0.3), None]).used();
        assert_eq!((gaps.peak, gaps.mean), (Some(0.3), Some(0.2)));
        let shares = LimitWatch { lines: vec![line(&[None, Some(0.1)])] }.shares();
        assert_eq!(shares, [("value at risk".to_owned(), vec![None, Some(0.2)])]);
    }
}
