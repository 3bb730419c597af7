//! Every streaming indicator on the same real bars: one update a bar, no value before it is warm.
//!
//! ```text
//! cargo run -p autotrading-examples --example indicator_zoo
//! ```

use std::error::Error;

use autotrading_catalog::{Columns, read_bars_from};
use autotrading_domain::{Bar, Span};
use autotrading_market_data::ReadRules;
use autotrading_strategy::indicators::*;

/// The hourly bitcoin that the program has built in.
const BITCOIN: &str = include_str!("../crates/cli/data/btcusd_coinbase_1h_2017-07_2019-10.csv");
/// The bars, counted from the first, whose values are shown.
const SHOWN: [usize; 4] = [24, 200, 2_000, 19_000];

/// Feeds a bar to an indicator and reads its number.
type Feed = Box<dyn FnMut(&Bar) -> Result<Option<f64>, IndicatorError>>;

/// One row of the table: an indicator that is fed bars and tells one number.
struct Row {
    name: &'static str,
    warm_up: usize,
    feed: Feed,
    shown: Vec<Option<f64>>,
}

/// A row of an indicator on any input, with the number of its output that is shown.
fn row<I: Indicator + 'static>(
    name: &'static str,
    mut indicator: I,
    input: impl Fn(&Bar) -> Result<I::Input, IndicatorError> + 'static,
    tell: impl Fn(I::Output) -> f64 + 'static,
) -> Row {
    let warm_up = indicator.warm_up();
    let feed = Box::new(move |bar: &Bar| Ok(indicator.update(input(bar)?)?.map(&tell)));
    Row { name, warm_up, feed, shown: Vec::new() }
}

fn close<I: Indicator<Input = f64, Output = f64> + 'static>(name: &'static str, indicator: I) -> Row {
    row(name, indicator, |bar| Ok(bar.close), |value| value)
}

fn candle<I: Indicator<Input = Candle> + 'static>(
    name: &'static str,
    indicator: I,
    tell: impl Fn(I::Output) -> f64 + 'static,
) -> Row {
    row(name, indicator, |bar| Candle::try_from(bar), tell)
}

fn zoo() -> Result<Vec<Row>, IndicatorError> {
    let day = |bar: &Bar| {
        let session = bar.open_time.nanos() / Span::DAY.nanos();
        Ok(SessionCandle { session, candle: Candle::try_from(bar)? })
    };
    Ok(vec![
        close("SMA 20", Sma::new(20)?),
        close("EMA 20", Ema::new(20)?),
        close("WMA 20", Wma::new(20)?),
        close("DEMA 20", Dema::new(20)?),
        close("TEMA 20", Tema::new(20)?),
        close("KAMA 10", Kama::new(10)?),
        close("RSI 14", Rsi::new(14)?),
        close("ROC 10", Roc::new(10)?),
        row("MACD 12 26 9, histogram", Macd::new(12, 26, 9)?, |bar| Ok(bar.close), |macd| macd.histogram),
        row("Bollinger 20 2, upper", Bollinger::new(20, 2.0)?, |bar| Ok(bar.close), |bands| bands.upper),
        close("deviation 20", RollingStd::new(20)?),
        close("z-score 20", ZScore::new(20)?),
        close("highest close 100", RollingMax::new(100)?),
        close("lowest close 100", RollingMin::new(100)?),
        close("regression slope 14", LinearSlope::new(14)?),
        row("Hurst 128, of log prices", Hurst::new(128)?, |bar| Ok(bar.close.ln()), |value| value),
        close("half-life 100", HalfLife::new(100)?),
        row(
            "hedge ratio 100, close on open",
            HedgeRatio::new(100, 1e-6)?,
            |b| Ok((b.close, b.open)),
            |h| h.slope,
        ),
        candle("true range", TrueRange::new(), |value| value),
        candle("ATR 14", Atr::new(14)?, |value| value),
        candle("Donchian 20, upper", Donchian::new(20)?, |bands| bands.upper),
        candle("Keltner 20 10 2, upper", Keltner::new(20, 10, 2.0)?, |bands| bands.upper),
        candle("stochastic 14 3 3, slow", Stochastic::new(14, 3, 3)?, |value| value.d),
        candle("CCI 14", Cci::new(14)?, |value| value),
        candle("MFI 14", Mfi::new(14)?, |value| value),
        candle("OBV", Obv::new(), |value| value),
        candle("VWAP 24", RollingVwap::new(24)?, |value| value),
        row("VWAP of the day", SessionVwap::new(), day, |value| value),
        candle("DI+ 14", DirectionalIndex::new(14)?, |value| value.plus),
        candle("ADX 14", Adx::new(14)?, |value| value.adx),
        candle("parabolic SAR", ParabolicSar::new(0.02, 0.2)?, |told| told.line),
        candle("Supertrend 10 3", Supertrend::new(10, 3.0)?, |told| told.line),
        candle("Ichimoku 9 26 52, base", Ichimoku::new(9, 26, 52, 26)?, |value| value.base),
    ])
}

fn main() -> Result<(), Box<dyn Error>> {
    let reading = read_bars_from(BITCOIN.as_bytes(), "built in", &Columns::default(), ReadRules::default())?;
    let history = reading.history;
    let mut rows = zoo()?;
    for (place, bar) in (1..).zip(history.iter()) {
        for row in &mut rows {
            let value = (row.feed)(&bar)?;
            if SHOWN.contains(&place) {
                row.shown.push(value);
            }
        }
    }

    println!("{} hours of bitcoin; a dash says: not warm yet.\n", history.len());
    print!("{:<32} {:>7}", "indicator", "warm-up");
    SHOWN.iter().for_each(|bar| print!(" {:>12}", format!("bar {bar}")));
    println!();
    for row in &rows {
        print!("{:<32} {:>7}", row.name, row.warm_up);
        for value in &row.shown {
            print!(" {:>12}", value.map_or("-".to_owned(), |value| format!("{value:.3}")));
        }
        println!();
    }

    println!("\nA refused input leaves an indicator as it was:");
    let mut trend = Ema::new(3)?;
    for price in [100.0, 101.0, 102.0] {
        trend.update(price)?;
    }
    let before = trend.value();
    if let Err(error) = trend.update(f64::NAN) {
        println!("  {error}; still {:?}", trend.value());
    }
    assert_eq!(trend.value(), before);
    Ok(())
}
