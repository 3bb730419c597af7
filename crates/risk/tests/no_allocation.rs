//! What is on the way of an order asks for no memory once the books have been full.

#[cfg(test)]
mod counted {
    use autotrading_domain::*;
    use autotrading_risk::{Cap, Measured, RateLimit, RiskGate, RiskLimits};
    use rust_decimal::Decimal;

    const ROOM: u32 = 500;
    const INSTRUMENTS: u32 = 20;

    /// Buys below and sells above 100, some of them legs of brackets, some of a strategy.
    fn order(sequence: u32) -> OrderIntent {
        let side = if sequence.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let away = i64::from(1 + sequence * 7 % 40) * side.sign() as i64;
        OrderIntent {
            id: ClientOrderId { run: 1, sequence },
            instrument: InstrumentId(sequence * 3 % INSTRUMENTS),
            strategy: sequence.is_multiple_of(3).then_some(StrategyId(3)),
            side,
            quantity: Quantity::of(Decimal::new(i64::from(1 + sequence % 89), 3)),
            kind: OrderKind::Limit { price: Price::new(Decimal::new(1_000 - away, 1)).unwrap() },
            time_in_force: TimeInForce::Gtc,
            reduce_only: false,
            bracket: sequence.is_multiple_of(5).then_some(BracketId(sequence % 11)),
            purpose: Purpose::Target,
        }
    }

    fn full_gate(now: Timestamp) -> RiskGate {
        let plenty = Cap::At(RateLimit { burst: u32::MAX, per_second: 1_000, reserve: 1 });
        let limits = RiskLimits {
            open_orders: Cap::At(2 * ROOM),
            order_rate: plenty,
            message_rate: plenty,
            ..RiskLimits::production()
        };
        let listed = (0..INSTRUMENTS).map(|number| {
            let (tick, lot) = (Decimal::new(1, 1), Decimal::new(1, 3));
            Instrument::linear_perpetual("sim", &format!("I{number}"), tick, lot).unwrap()
        });
        let mut gate = RiskGate::new(&Instruments::new(listed.collect()), limits).unwrap();
        for id in (0..INSTRUMENTS).map(InstrumentId) {
            gate.observe_price(id, 100.0, 100.0, now);
            gate.observe_volume(id, 1e6);
        }
        gate.observe_equity(1e6, 1e6, now);
        for sequence in 1..=ROOM {
            assert!(gate.review(order(sequence), now).outcome.is_ok());
        }
        gate
    }

    #[test]
    fn reviews_fills_and_prices_ask_for_no_memory() {
        let now = Timestamp::from_secs(1_700_000_000);
        let (mut gate, mut measured) = (full_gate(now), Measured::default());
        let mut approved = 0;
        let mut go_on = |gate: &mut RiskGate, from: u32, to: u32| {
            for sequence in from..to {
                let (oldest, intent) = (order(sequence - ROOM), order(sequence));
                gate.order_changed(oldest.id, Quantity::ZERO, oldest.quantity);
                gate.order_done(oldest.id);
                gate.observe_price(intent.instrument, 100.0, 100.0, now);
                gate.observe_equity(1e6, 1e6, now);
                approved += u32::from(gate.review_into(intent, now, &mut measured).is_ok());
                let change = Amendment { id: intent.id, quantity: intent.quantity, kind: intent.kind };
                let _ = gate.review_change(change, now);
                gate.cancel_budget(now);
            }
        };
        // Once round, so that every list has been as long as it gets.
        go_on(&mut gate, ROOM + 1, 20 * ROOM);
        let counted = allocation_counter::measure(|| go_on(&mut gate, 20 * ROOM, 40 * ROOM));
        assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
        assert!(approved > 30 * ROOM, "{approved}");
    }

    #[test]
    fn a_refusal_asks_for_no_memory_either() {
        let now = Timestamp::from_secs(1_700_000_000);
        let (mut gate, mut measured) = (full_gate(now), Measured::default());
        let too_large = OrderIntent { quantity: Quantity::of(Decimal::from(100_000)), ..order(9_999) };
        let counted = allocation_counter::measure(|| {
            assert!(gate.review_into(too_large, now, &mut measured).is_err());
            assert!(gate.review_into(order(7), now, &mut measured).is_err(), "an id that was used");
        });
        assert_eq!(counted.count_total, 0);
    }
}
