//! How much of each limit is in use, bar by bar.

use autotrading_core::Engine;
use autotrading_domain::Rate;
use autotrading_risk::{Cap, LossLadder};

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
    values: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Leverage,
    Concentration,
    DailyLoss,
    Drawdown,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Leverage => "gross leverage",
            Self::Concentration => "concentration",
            Self::DailyLoss => "daily loss",
            Self::Drawdown => "drawdown",
        }
    }
}

impl LimitWatch {
    pub(crate) fn new(engine: &Engine) -> Self {
        let limits = engine.gate().limits();
        let rate = |cap: &Cap<Rate>| cap.at().map(|rate| rate.to_f64());
        let ladder = |ladder: &LossLadder| rate(&ladder.reduce_only).or_else(|| rate(&ladder.halted));
        let set = [
            (Kind::Leverage, limits.gross_leverage.at().map(|leverage| leverage.to_f64())),
            (Kind::Concentration, rate(&limits.concentration)),
            (Kind::DailyLoss, ladder(&limits.daily_loss)),
            (Kind::Drawdown, ladder(&limits.drawdown)),
        ];
        let line =
            |(kind, limit): (Kind, Option<f64>)| Some(Line { kind, limit: limit?, values: Vec::new() });
        Self { lines: set.into_iter().filter_map(line).collect() }
    }

    pub(crate) fn see(&mut self, engine: &Engine) {
        let (equity, losses) = (engine.ledger().equity_f64(), engine.gate().losses());
        let share = |notional: f64| if equity > 0.0 { notional / equity } else { 0.0 };
        for line in &mut self.lines {
            line.values.push(match line.kind {
                Kind::Leverage => share(engine.ledger().gross_notional_f64()),
                Kind::Concentration => engine
                    .instruments()
                    .iter()
                    .map(|(id, _)| share(engine.ledger().notional_f64(id).abs()))
                    .fold(0.0, f64::max),
                Kind::DailyLoss => losses.map_or(0.0, |losses| losses.daily.max(0.0)),
                Kind::Drawdown => losses.map_or(0.0, |losses| losses.drawdown.max(0.0)),
            });
        }
    }

    /// Peak and mean use of each limit.
    pub(crate) fn uses(&self) -> Vec<LimitUse> {
        let of = |line: &Line| LimitUse {
            name: line.kind.name().to_owned(),
            limit: line.limit,
            peak: line.values.iter().copied().fold(0.0, f64::max),
            mean: line.values.iter().sum::<f64>() / (line.values.len().max(1)) as f64,
        };
        self.lines.iter().map(of).collect()
    }

    /// One line a limit: its use as a share of it, bar by bar.
    pub(crate) fn shares(self) -> Vec<(String, Vec<f64>)> {
        let share = |line: Line| {
            let values = line.values.into_iter().map(|value| value / line.limit).collect();
            (line.kind.name().to_owned(), values)
        };
        self.lines.into_iter().map(share).collect()
    }
}
