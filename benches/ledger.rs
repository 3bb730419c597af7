//! The books: what a fill costs, exact, and what a mark costs, measured.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::domain::{
    Currency, Fill, FillCause, Instrument, InstrumentId, Instruments, Leverage, Liquidity, Money, Price,
    Quantity, Side, Timestamp, TradeId,
};
use autotrading::positions::{Ledger, LedgerRules};
use criterion::{BatchSize, Criterion, Throughput};
use rust_decimal::Decimal;

const INSTRUMENTS: u32 = 10;
const FILLS: u64 = 1_000;

fn books() -> Result<Ledger, Box<dyn Error>> {
    let list = |number| {
        Instrument::linear_perpetual("sim", &format!("I{number}USDT"), Decimal::new(1, 1), Decimal::new(1, 3))
    };
    let instruments = (0..INSTRUMENTS).map(list).collect::<Result<Vec<_>, _>>()?;
    let mut books =
        Ledger::new(&Instruments::new(instruments), LedgerRules::isolated(Leverage::new(5.into())?))?;
    books.deposit(Money::new(1_000_000.into()), Timestamp::EPOCH)?;
    Ok(books)
}

/// Opens, adds, trims, closes and turns around, over and over.
fn fills() -> Result<Vec<Fill>, Box<dyn Error>> {
    let pattern =
        [(Side::Buy, 400), (Side::Buy, 200), (Side::Sell, 300), (Side::Sell, 500), (Side::Buy, 200)];
    let fill = |(number, (side, lots)): (u64, (Side, i64))| -> Result<Fill, Box<dyn Error>> {
        let moment = i64::try_from(number)?;
        Ok(Fill {
            trade: TradeId(number),
            order: None,
            instrument: InstrumentId(u32::try_from(number / 5 % u64::from(INSTRUMENTS))?),
            side,
            price: Price::new(Decimal::new(250_000 + moment * 37 % 999, 1))?,
            quantity: Quantity::new(Decimal::new(lots, 3))?,
            fee: Money::new(Decimal::new(2_515, 4)),
            fee_currency: Currency::USDT,
            liquidity: Liquidity::Taker,
            cause: FillCause::Order,
            at: Timestamp::from_secs(moment),
        })
    };
    (1..=FILLS).zip(pattern.into_iter().cycle()).map(fill).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let fills = fills()?;
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("ledger");
    group.sample_size(50).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    group.throughput(Throughput::Elements(FILLS));
    group.bench_function("apply_fill", |bencher| {
        bencher.iter_batched(
            books,
            |books| books.is_ok_and(|mut books| fills.iter().all(|fill| books.apply_fill(fill).is_ok())),
            BatchSize::LargeInput,
        );
    });

    let mut held = books()?;
    for fill in fills.iter().take(4) {
        let _ = held.apply_fill(fill)?.entry();
    }
    held.check_identities()?;
    let mut mark = 25_000.0;
    group.throughput(Throughput::Elements(1));
    group.bench_function("mark and equity", |bencher| {
        bencher.iter(|| {
            mark = if mark > 26_000.0 { 25_000.0 } else { mark + 0.1 };
            held.mark(InstrumentId(0), black_box(mark));
            held.equity_f64()
        });
    });
    let price = Price::new(25_000.into())?;
    group.bench_function("exact account", |bencher| {
        bencher.iter(|| held.account(|_| Some(black_box(price))).is_ok());
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
