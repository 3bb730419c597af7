//! What the tests of the gate share: a gate at a market, and orders in the trader's words.

use autotrading_domain::*;
use autotrading_risk::{RiskGate, RiskLimits};

pub(crate) const BTC: InstrumentId = InstrumentId(0);
pub(crate) const ETH: InstrumentId = InstrumentId(1);

pub(crate) fn noon() -> Timestamp {
    Timestamp::from_secs(1_700_000_000)
}

pub(crate) fn instruments() -> Instruments {
    let perpetual = |symbol: &str| {
        Instrument::linear_perpetual("sim", symbol, "0.1".parse().unwrap(), "0.001".parse().unwrap()).unwrap()
    };
    Instruments::new(vec![perpetual("BTCUSDT"), perpetual("ETHUSDT")])
}

pub(crate) fn limits(change: impl FnOnce(&mut RiskLimits)) -> RiskLimits {
    let mut limits = RiskLimits::production();
    change(&mut limits);
    limits
}

/// Both instruments at 100, 100 000 of equity, plenty of volume.
pub(crate) fn gate(change: impl FnOnce(&mut RiskLimits)) -> RiskGate {
    let mut gate = RiskGate::new(&instruments(), limits(change)).unwrap();
    for id in [BTC, ETH] {
        gate.observe_price(id, 100.0, 100.0, noon());
        gate.observe_volume(id, 1e9);
    }
    gate.observe_equity(100_000.0, 100_000.0, noon());
    gate
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::new(text.parse().unwrap()).unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    Price::new(text.parse().unwrap()).unwrap()
}

pub(crate) fn market(sequence: u32, side: Side, amount: &str) -> OrderIntent {
    OrderIntent {
        id: ClientOrderId { run: 1, sequence },
        instrument: BTC,
        strategy: None,
        side,
        quantity: quantity(amount),
        kind: OrderKind::Market,
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    }
}

pub(crate) fn limit(sequence: u32, side: Side, amount: &str, at: &str) -> OrderIntent {
    OrderIntent { kind: OrderKind::Limit { price: price(at) }, ..market(sequence, side, amount) }
}

/// A confirmed position without open orders.
pub(crate) fn holds(gate: &mut RiskGate, id: InstrumentId, position: &str) {
    let position = position.parse().unwrap();
    gate.observe_exposure(&Exposure { position, ..Exposure::none(id) });
}

pub(crate) fn command(action: OperatorAction) -> OperatorCommand {
    OperatorCommand { at: noon(), action, operator: "Ada".into(), reason: "looked at it".into() }
}
