//! One order reviewed among 10 000 open ones in 1 000 instruments, every control on: the mean, and the tail.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use autotrading::domain::{
    ClientOrderId, Instrument, InstrumentId, Instruments, OrderIntent, OrderKind, Price, Purpose, Quantity,
    Side, TimeInForce, Timestamp, ValueError,
};
use autotrading::risk::{Cap, Measured, RateLimit, RiskGate, RiskLimits};
use criterion::Criterion;
use rust_decimal::Decimal;

const INSTRUMENTS: u32 = 1_000;
const OPEN: u32 = 10_000;
const TIMED: usize = 1_000_000;
const COUNTED: usize = 100_000;

/// Production limits, with rates that a bench does not reach and room for one order more than is open.
fn limits() -> RiskLimits {
    let plenty = Cap::At(RateLimit { burst: u32::MAX, per_second: 1_000_000, reserve: 10 });
    RiskLimits {
        order_rate: plenty,
        message_rate: plenty,
        open_orders: Cap::At(2 * OPEN),
        ..RiskLimits::production()
    }
}

/// A buy below or a sell above the market, different each time.
fn order(sequence: u32) -> Result<OrderIntent, ValueError> {
    let side = if sequence.is_multiple_of(2) { Side::Buy } else { Side::Sell };
    let away = i64::from(1 + sequence % 97) * side.sign() as i64;
    Ok(OrderIntent {
        id: ClientOrderId { run: 1, sequence },
        instrument: InstrumentId(sequence.wrapping_mul(7_919) % INSTRUMENTS),
        strategy: None,
        side,
        quantity: Quantity::new(Decimal::new(i64::from(10 + sequence % 89), 3))?,
        kind: OrderKind::Limit { price: Price::new(Decimal::new(250_000 - away, 1))? },
        time_in_force: TimeInForce::Gtc,
        reduce_only: false,
        bracket: None,
        purpose: Purpose::Target,
    })
}

/// A gate that knows the market, the account and the open orders.
fn gate(now: Timestamp) -> Result<RiskGate, Box<dyn Error>> {
    let list = |number| {
        Instrument::linear_perpetual("sim", &format!("I{number}USDT"), Decimal::new(1, 1), Decimal::new(1, 3))
    };
    let instruments = (0..INSTRUMENTS).map(list).collect::<Result<Vec<_>, _>>()?;
    let mut gate = RiskGate::new(&Instruments::new(instruments), limits())?;
    for id in (0..INSTRUMENTS).map(InstrumentId) {
        gate.observe_price(id, 25_000.0, 25_000.0, now);
        gate.observe_volume(id, 900.0);
    }
    gate.observe_equity(100_000_000.0, 100_000_000.0, now);
    for sequence in 1..=OPEN {
        if let Err(refusal) = gate.review(order(sequence)?, now).outcome {
            return Err(format!("order {sequence} of the setting was refused: {refusal}").into());
        }
    }
    Ok(gate)
}

/// Reviews one more order and takes it back; whether it was approved, and how long the review took.
#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn timed(
    gate: &mut RiskGate,
    intent: OrderIntent,
    now: Timestamp,
    measured: &mut Measured,
) -> (bool, Duration) {
    let start = Instant::now();
    let approved = black_box(gate.review_into(black_box(intent), now, measured)).is_ok();
    let took = start.elapsed();
    gate.order_done(intent.id);
    (approved, took)
}

#[expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
fn cost_of_the_clock() -> Duration {
    let mut costs: Vec<Duration> = (0..10_001).map(|_| Instant::now().elapsed()).collect();
    costs.sort_unstable();
    costs.get(5_000).copied().unwrap_or_default()
}

fn print_tail(gate: &mut RiskGate, sequence: &mut u32, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let (mut times, mut measured) = (Vec::with_capacity(TIMED), Measured::default());
    let mut refused = 0;
    for _ in 0..TIMED {
        *sequence += 1;
        let (approved, took) = timed(gate, order(*sequence)?, now, &mut measured);
        refused += u32::from(!approved);
        times.push(took.as_nanos());
    }
    times.sort_unstable();
    println!(
        "{TIMED} reviews among {OPEN} open orders, {refused} refused; the clock itself costs {:?}",
        cost_of_the_clock()
    );
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)] {
        println!("  {name:<7} {:>6} ns", times.get((share * TIMED as f64) as usize).copied().unwrap_or(0));
    }
    let counted = allocation_counter::measure(|| {
        for _ in 0..COUNTED {
            *sequence += 1;
            if let Ok(intent) = order(*sequence) {
                let _ = black_box(gate.review_into(intent, now, &mut measured));
                gate.order_done(intent.id);
            }
        }
    });
    println!("  {} allocations in {COUNTED} more", counted.count_total);
    for power in 5..14 {
        let (low, high) = (1_u128 << power, 1_u128 << (power + 1));
        let within = times.partition_point(|t| *t < high) - times.partition_point(|t| *t < low);
        let bar = "#".repeat((within * 60).div_ceil(TIMED));
        println!("  {low:>5} to {high:>5} ns {within:>8} {bar}");
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::from_secs(1_704_110_400);
    let mut gate = gate(now)?;
    let mut sequence = OPEN;
    let mut criterion = Criterion::default().configure_from_args();
    print_tail(&mut gate, &mut sequence, now)?;

    let mut group = criterion.benchmark_group("pre_trade_review");
    group.sample_size(50).measurement_time(Duration::from_secs(5)).warm_up_time(Duration::from_secs(1));
    let mut measured = Measured::default();
    group.bench_function("review and take back", |bencher| {
        bencher.iter(|| {
            sequence += 1;
            order(sequence).is_ok_and(|intent| {
                let approved = gate.review_into(black_box(intent), now, &mut measured).is_ok();
                gate.order_done(intent.id);
                approved
            })
        });
    });
    group.bench_function("a price of an instrument at stake", |bencher| {
        bencher.iter(|| {
            sequence += 1;
            gate.observe_price(InstrumentId(sequence % INSTRUMENTS), 25_000.0, 25_000.0, now);
        });
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
