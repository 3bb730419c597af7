//! From a control that refused to the sentence that says why. Off the hot path.

use autotrading_domain::{Grid, OrderIntent, OrderKind, ValueError};
use rust_decimal::Decimal;

use crate::{
    Control, MissingInput, Refusal, RiskGate,
    assessment::Assessment,
    steps::Steps,
    watch::{Facts, Watch},
};

impl RiskGate {
    #[cold]
    pub(crate) fn refusal(&self, control: Control, intent: &OrderIntent, assessment: &Assessment) -> Refusal {
        use Control as C;
        let Some(watch) = self.watches.get(intent.instrument.index()) else {
            return Refusal::UnknownInstrument { instrument: intent.instrument };
        };
        let measure = assessment.measures.get(control);
        let sign = if control.is_floor() { -1.0 } else { 1.0 };
        let (value, limit) = (sign * measure.value, sign * measure.limit);
        if !value.is_finite() || !limit.is_finite() {
            return Refusal::Missing { control, input: self.missing(control, watch) };
        }
        match control {
            C::InstrumentKnown => Refusal::UnknownInstrument { instrument: intent.instrument },
            C::Changeable => Refusal::UnknownOrder { id: intent.id },
            C::DuplicateId => Refusal::DuplicateId { id: intent.id },
            C::Tick => off_tick(intent, &watch.facts),
            C::Step => off_step(intent, &watch.facts),
            C::CollarMark => Refusal::BeyondMark { beyond: value, limit },
            C::CollarLast => Refusal::BeyondLast { beyond: value, limit },
            C::TradingState => Refusal::State { state: self.state },
            C::Recovered => Refusal::Recovering,
            C::Tradable => {
                Refusal::NotTradable { instrument: intent.instrument, status: watch.market.status }
            }
            C::DeadMan => Refusal::DeadManUnarmed,
            C::MinQuantity => Refusal::BelowMinQuantity { quantity: value, limit },
            C::MaxQuantity => Refusal::AboveMaxQuantity { quantity: value, limit },
            C::MinNotional => Refusal::BelowMinNotional { notional: value, limit },
            C::MaxNotional => Refusal::AboveMaxNotional { notional: value, limit },
            C::PriceAge => Refusal::StalePrice { age_seconds: value, limit_seconds: limit },
            C::ClockSkew => Refusal::ClockSkew { ahead_seconds: value, limit_seconds: limit },
            C::VolumeMultiple => Refusal::VolumeMultiple { multiple: value, limit },
            C::Position => Refusal::PositionLimit { would_be: value, limit },
            C::InstrumentNotional => Refusal::InstrumentLimit { would_be: value, limit },
            C::Concentration => Refusal::ConcentrationLimit { would_be: value, limit },
            C::Cluster => Refusal::ClusterLimit { would_be: value, limit },
            C::StrategyNotional => Refusal::StrategyLimit {
                strategy: intent.strategy.unwrap_or_default(),
                would_be: value,
                limit,
            },
            C::Gross => Refusal::GrossLimit { would_be: value, limit },
            C::Net => Refusal::NetLimit { would_be: value, limit },
            C::GrossLeverage => Refusal::LeverageLimit { would_be: value, limit },
            C::Margin => Refusal::InsufficientMargin { required: value, free: limit },
            C::DailyLoss => Refusal::DailyLoss { loss: value, limit },
            C::Drawdown => Refusal::Drawdown { drawdown: value, limit },
            C::OrderRate => Refusal::OrderRate { used: value, limit },
            C::MessageRate => Refusal::MessageRate { used: value, limit },
            C::Repeats => Refusal::Repeated { count: value, limit },
            C::OpenOrders => Refusal::OpenOrders { count: value, limit },
            C::InstrumentOpenOrders => Refusal::InstrumentOpenOrders { count: value, limit },
            C::SelfTrade => {
                let own =
                    watch.own.best_against(intent.side).and_then(|tick| watch.facts.tick_grid.at(tick).ok());
                Refusal::SelfTrade { own: own.unwrap_or(Decimal::ZERO) }
            }
        }
    }

    /// Which input a control had not.
    fn missing(&self, control: Control, watch: &Watch) -> MissingInput {
        use Control as C;
        let (priced, equity) = (watch.market.sound, self.equity.equity());
        match control {
            C::VolumeMultiple if !watch.market.volume.is_finite() || watch.market.volume == 0.0 => {
                MissingInput::Volume
            }
            _ if !priced => MissingInput::Price,
            C::PriceAge => MissingInput::Interval,
            _ if !watch.held.confirmed => MissingInput::Position,
            C::Cluster | C::Gross | C::Net | C::GrossLeverage | C::Margin if self.sums.is_unpriced() => {
                MissingInput::OtherPrices
            }
            C::Concentration | C::Cluster | C::GrossLeverage | C::DailyLoss | C::Drawdown
                if equity.is_nan() =>
            {
                MissingInput::Equity
            }
            C::StrategyNotional => MissingInput::Strategy,
            C::Margin if !self.equity.free_margin().is_finite() => MissingInput::FreeMargin,
            _ => MissingInput::FiniteResult,
        }
    }
}

fn off_tick(intent: &OrderIntent, facts: &Facts) -> Refusal {
    let trigger = intent.kind.trigger().map(|trigger| trigger.price);
    let activation = match intent.kind {
        OrderKind::TrailingStop { activation, .. } => activation,
        _ => None,
    };
    let faulty = [intent.kind.limit_price(), trigger, activation].into_iter().flatten().find_map(|price| {
        nearest(&facts.tick, &facts.tick_grid, price.get()).map(|nearest| (price, nearest))
    });
    match faulty {
        Some((price, nearest)) => Refusal::OffTick { price, tick: facts.tick_grid.step(), nearest },
        None => Refusal::Missing { control: Control::Tick, input: MissingInput::FiniteResult },
    }
}

fn off_step(intent: &OrderIntent, facts: &Facts) -> Refusal {
    let quantity = intent.quantity;
    match nearest(&facts.lot, &facts.lot_grid, quantity.get()) {
        Some(nearest) => Refusal::OffStep { quantity, step: facts.lot_grid.step(), nearest },
        None => Refusal::EmptyOrder { quantity },
    }
}

/// The grid value nearest to one between two; `None` for one on the grid, or beyond what the grid can count.
fn nearest(steps: &Steps, grid: &Grid, value: Decimal) -> Option<Decimal> {
    steps.within(value)?;
    match grid.index(value, "value") {
        Err(ValueError::OffGrid { nearest, .. }) => Some(nearest),
        _ => None,
    }
}
