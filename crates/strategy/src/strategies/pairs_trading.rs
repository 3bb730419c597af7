//! Two prices that belong together, when they have parted.

use autotrading_domain::{Direction, InstrumentId, MarketEvent, Timestamp};

use crate::cointegration::{EngleGranger, Significance};
use crate::compound::{Compound, Emphasis, Part};
use crate::indicators::{HedgeRatio, HedgeValue, Indicator, RollingMoments, Window, ratio};
use crate::lockstep::Lockstep;
use crate::parameters::Parameter;
use crate::settings::{ParameterError, Settings};
use crate::strategy::{Context, Signals, Strategy, StrategyError, Universe};

pub(crate) const NAME: &str = "pairs-trading";

pub(crate) const PARAMETERS: &[Parameter] = &[
    Parameter::integer(
        "window",
        "bars of the cointegration test and of the first fit",
        (60, 20_000, 60, 480),
    ),
    Parameter::integer("retest", "bars between two cointegration tests", (1, 5_000, 12, 24)),
    Parameter::integer("lags", "lagged differences in the test", (0, 4, 1, 1)),
    Parameter::choice("significance", "how often unrelated prices may pass it", &["5 %", "10 %"], "5 %"),
    Parameter::real(
        "drift",
        "variance of a step of the hedge ratio, in variances of the spread",
        (0.0, 0.01, 0.000_1, 0.000_001),
    ),
    Parameter::integer("length", "bars over which the spread is compared with itself", (10, 20_000, 20, 120)),
    Parameter::real("entry", "z-score of the spread at which to enter", (0.5, 10.0, 0.25, 2.0)),
    Parameter::real("exit", "z-score at which the spread has come back", (0.0, 5.0, 0.25, 0.5)),
    Parameter::real("stop", "z-score at which it will not come back", (1.0, 20.0, 0.5, 4.0)),
];

/// Enters where the spread `ln(first) - intercept - slope * ln(second)`, in deviations from its own mean, lies beyond the
/// entry level while the two are cointegrated (Engle and Granger, tested again every `retest` bars): short the dear one,
/// long the cheap one, with the notional of the second `slope` times that of the first. The slope follows a Kalman filter.
/// Leaves when the spread has come back, or has gone so far that it will not.
///
/// After a stop nothing is entered until the spread has come back. A slope that is not above zero hedges nothing.
#[derive(Clone, Debug)]
pub(crate) struct PairsTrading {
    compound: Compound,
    lockstep: Lockstep,
    pair: [InstrumentId; 2],
    logs: [Window<f64>; 2],
    hedge: HedgeRatio,
    spread: RollingMoments,
    together: Option<EngleGranger>,
    since_test: usize,
    retest: usize,
    lags: usize,
    significance: Significance,
    entry: f64,
    exit: f64,
    stop: f64,
    stopped: bool,
}

pub(crate) fn build(settings: &Settings, universe: Universe) -> Result<Box<dyn Strategy>, ParameterError> {
    let window = settings.count("window")?;
    let pair = match universe.instruments.as_slice() {
        [(one, _), (other, _)] => [*one, *other],
        _ => return Err(settings.too_few("two instruments", universe.instruments.len())),
    };
    Ok(Box::new(PairsTrading {
        compound: Compound::new(universe.strategy),
        lockstep: Lockstep::new(pair.into_iter()),
        pair,
        logs: [Window::new(window), Window::new(window)],
        hedge: HedgeRatio::new(window, settings.real("drift")?)?,
        spread: RollingMoments::new(settings.count("length")?)?,
        together: None,
        since_test: 0,
        retest: settings.count("retest")?,
        lags: settings.count("lags")?,
        significance: match settings.word("significance")? {
            "10 %" => Significance::TenPercent,
            _ => Significance::FivePercent,
        },
        entry: settings.real("entry")?,
        exit: settings.real("exit")?,
        stop: settings.real("stop")?,
        stopped: false,
    }))
}

impl PairsTrading {
    fn judge(&mut self, at: Timestamp, signals: &mut Signals) {
        let &[first, second] = self.lockstep.closes() else { return };
        let (y, x) = (first.ln(), second.ln());
        let [ys, xs] = &mut self.logs;
        ys.push(y);
        xs.push(x);
        let was_warm = self.hedge.value().is_some();
        let Some(hedge) = self.hedge.push(y, x) else { return };
        self.test_again();
        if !was_warm {
            return; // the spread of the pair that completes the fit is no forecast
        }
        let Some(usual) = self.spread.push(hedge.spread) else { return };
        let z = ratio(hedge.spread - usual.mean, usual.deviation);
        if self.compound.stands() {
            self.leave(at, z, hedge, signals);
        } else if z.abs() <= self.exit {
            self.stopped = false;
        }
        if !self.compound.stands() {
            self.enter(at, z, hedge, signals);
        }
    }

    fn test_again(&mut self) {
        self.since_test += 1;
        if self.together.is_some() && self.since_test < self.retest {
            return;
        }
        self.since_test = 0;
        let [ys, xs] = &self.logs;
        let oldest = ys.length() - 1;
        let look = |window: &Window<f64>, place: usize| window.back(oldest - place).unwrap_or(f64::NAN);
        let found = EngleGranger::test_by(ys.length(), |at| look(ys, at), |at| look(xs, at), self.lags);
        self.together = found.ok();
    }

    fn leave(&mut self, at: Timestamp, z: f64, hedge: HedgeValue, signals: &mut Signals) {
        let side = self.compound.parts().first().map_or(0.0, |part| part.direction.sign());
        // Long the first leg is the bet that a spread below its mean rises.
        let beyond = -side * z;
        let why = if beyond <= self.exit {
            "the spread came back"
        } else if beyond >= self.stop {
            self.stopped = true;
            "the spread went too far"
        } else if hedge.slope <= 0.0 {
            "the second leg hedges nothing"
        } else {
            return;
        };
        self.compound.take_back(at, why, signals);
    }

    fn enter(&mut self, at: Timestamp, z: f64, hedge: HedgeValue, signals: &mut Signals) {
        let Some(found) = self.together.filter(|found| found.holds(self.significance)) else { return };
        let apart = z.abs() > self.entry && z.abs() < self.stop;
        if self.stopped || !apart || hedge.slope <= 0.0 {
            return;
        }
        let critical = self.significance.critical_value(found.observations);
        let direction = Direction::of(-z);
        let [first, second] = self.pair;
        let parts = [
            Part { instrument: first, direction, ratio: 1.0, stop: None },
            Part { instrument: second, direction: Direction::of(z), ratio: hedge.slope, stop: None },
        ];
        let emphasis = Emphasis {
            strength: (z.abs() / self.stop).min(1.0),
            confidence: (0.5 * ratio(found.statistic, critical)).clamp(0.5, 1.0),
            reason: if z > 0.0 {
                "the first is dear against the second"
            } else {
                "the first is cheap against the second"
            },
        };
        self.compound.say(at, &parts, emphasis, signals);
    }
}

impl Strategy for PairsTrading {
    fn name(&self) -> &'static str {
        NAME
    }

    fn warm_up(&self) -> usize {
        self.hedge.warm_up() + self.spread.warm_up()
    }

    fn legs(&self) -> &[InstrumentId] {
        &self.pair
    }

    fn observe(
        &mut self,
        event: &MarketEvent,
        _: &Context<'_>,
        signals: &mut Signals,
    ) -> Result<(), StrategyError> {
        if self.lockstep.completes(NAME, event)? {
            self.judge(event.ts_event, signals);
        }
        Ok(())
    }
}
