//! The common workload: numbers on which independent programs agree.

use autotrading_domain::{
    Bar, ClientOrderId, Event, Instrument, InstrumentSpec, Instruments, Money, OrderIntent, OrderKind,
    Purpose, Quantity, Rate, ReportKind, Side, Span, TimeInForce, Timestamp,
};
use autotrading_execution::Request;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::BITCOIN;
use crate::{SimulatedVenue, VenueRules};

/// One-minute bars of a random walk by integers, prices in 1/64: any language makes the same.
struct Walk {
    state: u64,
    price: i64,
    open_time: Timestamp,
}

impl Walk {
    fn new() -> Self {
        Self { state: 20_240_101, price: 250 * 64, open_time: "2024-01-01".parse().unwrap() }
    }

    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// The next bar, and its close in 1/64.
    fn next(&mut self) -> (Bar, i64) {
        let z = self.draw();
        let bits = |from: u32, count: u32| ((z >> from) & ((1 << count) - 1)) as i64;
        let mut step = bits(0, 4) + bits(4, 4) + bits(8, 4) + bits(12, 4) - 30;
        let gap = [-1, 0, 1, 0][bits(16, 2) as usize];
        if (self.price > 500 * 64 && step > 0) || (self.price < 125 * 64 && step < 0) {
            step = -step;
        }
        let open = self.price + gap;
        let close = open + step;
        let (high, low) = (open.max(close) + bits(18, 3), open.min(close) - bits(21, 3));
        let units = |count: i64| count as f64 / 64.0;
        let bar = Bar {
            open_time: self.open_time,
            interval: Span::MINUTE,
            open: units(open),
            high: units(high),
            low: units(low),
            close: units(close),
            volume: (bits(24, 16) + 1) as f64,
            closed: true,
            synthetic: false,
        };
        self.price = close;
        self.open_time = bar.close_time();
        (bar, close)
    }
}

/// Sums of the last 10 and 50 closes: +1 when the fast mean crosses above the slow one, -1 below, decided exactly.
#[derive(Default)]
struct Cross {
    closes: Vec<i64>,
    fast: i64,
    slow: i64,
    before: Option<i64>,
}

impl Cross {
    fn next(&mut self, close: i64) -> i64 {
        self.closes.push(close);
        let count = self.closes.len();
        (self.fast, self.slow) = (self.fast + close, self.slow + close);
        if count > 10 {
            self.fast -= self.closes[count - 11];
        }
        if count > 50 {
            self.slow -= self.closes[count - 51];
        }
        if count < 50 {
            return 0;
        }
        let now = self.fast * 50 - self.slow * 10;
        match self.before.replace(now) {
            Some(before) if before <= 0 && now > 0 => 1,
            Some(before) if before >= 0 && now < 0 => -1,
            _ => 0,
        }
    }
}

fn order(sequence: u32, side: Side) -> OrderIntent {
    OrderIntent {
        id: ClientOrderId { run: 1, sequence },
        instrument: BITCOIN,
        strategy: None,
        side,
        quantity: Quantity::of(Decimal::ONE),
        kind: OrderKind::Market,
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    }
}

fn is_fill(event: &Event) -> bool {
    matches!(event, Event::Order(report) if matches!(report.kind, ReportKind::Filled(_)))
}

#[test]
fn a_year_of_minutes_gives_the_equity_that_other_programs_agree_on() {
    let tick = Decimal::new(15_625, 6);
    let mut spec: InstrumentSpec =
        Instrument::linear_perpetual("sim", "WALK", tick, Decimal::ONE).unwrap().into();
    spec.taker_fee = Rate::basis_points(5);
    let listed = Instruments::new(vec![spec.try_into().unwrap()]);
    let cash = Money::new(Decimal::from(100_000));
    let mut venue = SimulatedVenue::new(&listed, VenueRules::research(), cash, 1).unwrap();
    let (mut walk, mut cross, mut out) = (Walk::new(), Cross::default(), Vec::new());
    let (mut long, mut sent, mut fills) = (false, 0, 0);
    for _ in 0..525_600 {
        let (bar, close) = walk.next();
        if !venue.is_idle(BITCOIN) {
            venue.open_bar(BITCOIN, &bar, &mut out).unwrap();
            venue.close_bar(BITCOIN, &bar, &mut out).unwrap();
        }
        fills += out.drain(..).filter(is_fill).count();
        let wanted = cross.next(close);
        if (wanted > 0 && !long) || (wanted < 0 && long) {
            (long, sent) = (wanted > 0, sent + 1);
            let intent = order(sent, if long { Side::Buy } else { Side::Sell });
            venue.receive(Request::Place(&intent), bar.close_time()).unwrap();
        }
    }
    let account = venue.account();
    let held = account.positions[0];
    let marked = held.signed * Decimal::from(walk.price) * Decimal::new(15_625, 6) - held.open_cost.get();
    let equity = account.wallet().unwrap().get() + marked;
    assert!((equity.to_f64().unwrap() - 98_400.590_742_187_43).abs() < 1e-6, "{equity}");
    assert_eq!(fills, 14_450);
}
