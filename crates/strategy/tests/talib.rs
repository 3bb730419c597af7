//! The indicators against TA-Lib, value by value and warm-up by warm-up, on 300 real hourly bars.
//!
//! `data/make_talib_goldens.py` made the vectors; what TA-Lib does not have is there from its plain definition.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, in its helpers too"
)]

use autotrading_strategy::indicators::*;

const BARS: &str = include_str!("data/btcusd_1h_300.csv");
const GOLDENS: &str = include_str!("data/talib_goldens.csv");

fn bars() -> Vec<(String, Candle)> {
    let bar = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |place: usize| cells[place].parse::<f64>().unwrap();
        (cells[0].to_owned(), Candle::new(number(2), number(3), number(4), number(5)).unwrap())
    };
    BARS.lines().skip(1).map(bar).collect()
}

fn golden(name: &str) -> Vec<Option<f64>> {
    let place = GOLDENS.lines().next().unwrap().split(',').position(|column| column == name);
    let place = place.unwrap_or_else(|| panic!("no column {name}"));
    let cell = |line: &str| {
        let cell = line.split(',').nth(place).unwrap();
        (!cell.is_empty()).then(|| cell.parse().unwrap())
    };
    GOLDENS.lines().skip(1).map(cell).collect()
}

/// A column of the goldens, and where in the output it is found.
type Column<'a, O> = (&'a str, fn(O) -> f64);

/// Feeds all bars and compares every output column; the first value must come exactly at `warm_up`.
fn agree<I: Indicator>(
    mut indicator: I,
    input: impl Fn(&Candle) -> I::Input,
    columns: &[Column<'_, I::Output>],
) {
    let outputs: Vec<Option<I::Output>> =
        bars().iter().map(|(_, candle)| indicator.update(input(candle)).unwrap()).collect();
    assert_eq!(outputs.len(), 300);
    assert_eq!(outputs.iter().position(Option::is_some), Some(indicator.warm_up() - 1), "{}", columns[0].0);
    for (name, tell) in columns {
        for (at, (ours, theirs)) in outputs.iter().zip(golden(name)).enumerate() {
            match (ours.map(tell), theirs) {
                (Some(ours), Some(theirs)) => {
                    let allowed = 1e-9 * theirs.abs().max(1.0);
                    assert!((ours - theirs).abs() <= allowed, "{name} at bar {at}: {ours}, golden {theirs}");
                }
                (ours, theirs) => assert_eq!(ours, theirs, "{name} at bar {at}"),
            }
        }
    }
}

fn itself(value: f64) -> f64 {
    value
}

#[test]
fn simple_exponential_and_weighted_averages_equal_ta_lib() {
    agree(Sma::new(3).unwrap(), Candle::close, &[("talib_sma_3", itself)]);
    agree(Sma::new(20).unwrap(), Candle::close, &[("talib_sma_20", itself)]);
    agree(Ema::new(3).unwrap(), Candle::close, &[("talib_ema_3", itself)]);
    agree(Ema::new(20).unwrap(), Candle::close, &[("talib_ema_20", itself)]);
    agree(Wma::new(3).unwrap(), Candle::close, &[("talib_wma_3", itself)]);
    agree(Wma::new(20).unwrap(), Candle::close, &[("talib_wma_20", itself)]);
}

#[test]
fn double_triple_and_adaptive_averages_equal_ta_lib() {
    agree(Dema::new(10).unwrap(), Candle::close, &[("talib_dema_10", itself)]);
    agree(Tema::new(10).unwrap(), Candle::close, &[("talib_tema_10", itself)]);
    agree(Kama::new(10).unwrap(), Candle::close, &[("talib_kama_10", itself)]);
}

#[test]
fn wilders_rsi_and_average_true_range_equal_ta_lib() {
    agree(Rsi::new(2).unwrap(), Candle::close, &[("talib_rsi_2", itself)]);
    agree(Rsi::new(14).unwrap(), Candle::close, &[("talib_rsi_14", itself)]);
    agree(Atr::new(2).unwrap(), |candle| *candle, &[("talib_atr_2", itself)]);
    agree(Atr::new(14).unwrap(), |candle| *candle, &[("talib_atr_14", itself)]);
    agree(TrueRange::new(), |candle| *candle, &[("talib_trange", itself)]);
}

#[test]
fn bollinger_bands_and_deviation_equal_ta_lib() {
    agree(
        Bollinger::new(20, 2.0).unwrap(),
        Candle::close,
        &[
            ("talib_bbands_upper", |bands| bands.upper),
            ("talib_bbands_middle", |bands| bands.middle),
            ("talib_bbands_lower", |bands| bands.lower),
        ],
    );
    agree(RollingStd::new(20).unwrap(), Candle::close, &[("talib_stddev_20", itself)]);
}

#[test]
fn macd_equals_ta_lib_with_its_late_fast_average() {
    agree(
        Macd::new(12, 26, 9).unwrap(),
        Candle::close,
        &[
            ("talib_macd_line", |macd| macd.line),
            ("talib_macd_signal", |macd| macd.signal),
            ("talib_macd_histogram", |macd| macd.histogram),
        ],
    );
}

#[test]
fn directional_movement_equals_ta_lib() {
    agree(
        DirectionalIndex::new(14).unwrap(),
        |candle| *candle,
        &[("talib_plus_di_14", |index| index.plus), ("talib_minus_di_14", |index| index.minus)],
    );
    agree(Adx::new(14).unwrap(), |candle| *candle, &[("talib_adx_14", |value| value.adx)]);
}

#[test]
fn stochastic_commodity_channel_and_rate_of_change_equal_ta_lib() {
    agree(
        Stochastic::new(5, 3, 3).unwrap(),
        |candle| *candle,
        &[("talib_stoch_k", |value| value.k), ("talib_stoch_d", |value| value.d)],
    );
    agree(Cci::new(14).unwrap(), |candle| *candle, &[("talib_cci_14", itself)]);
    agree(Roc::new(10).unwrap(), Candle::close, &[("talib_roc_10", itself)]);
}

#[test]
fn money_flow_and_on_balance_volume_equal_ta_lib() {
    agree(Mfi::new(14).unwrap(), |candle| *candle, &[("talib_mfi_14", itself)]);
    agree(Obv::new(), |candle| *candle, &[("talib_obv", itself)]);
}

#[test]
fn extremes_and_slope_equal_ta_lib() {
    agree(RollingMax::new(20).unwrap(), Candle::high, &[("talib_max_20", itself)]);
    agree(RollingMin::new(20).unwrap(), Candle::low, &[("talib_min_20", itself)]);
    agree(LinearSlope::new(14).unwrap(), Candle::close, &[("talib_slope_14", itself)]);
}

#[test]
fn parabolic_stop_and_reverse_equals_ta_lib() {
    agree(ParabolicSar::new(0.02, 0.2).unwrap(), |candle| *candle, &[("talib_sar", |stop| stop.line)]);
}

#[test]
fn channels_equal_their_definition() {
    agree(
        Keltner::new(20, 10, 2.0).unwrap(),
        |candle| *candle,
        &[("plain_keltner_upper", |bands| bands.upper), ("plain_keltner_lower", |bands| bands.lower)],
    );
    agree(
        Donchian::new(20).unwrap(),
        |candle| *candle,
        &[
            ("talib_max_20", |bands| bands.upper),
            ("talib_min_20", |bands| bands.lower),
            ("plain_donchian_middle_20", |bands| bands.middle),
        ],
    );
}

#[test]
fn volume_weighted_prices_equal_their_definition() {
    agree(RollingVwap::new(24).unwrap(), |candle| *candle, &[("plain_vwap_24", itself)]);
    let mut session = SessionVwap::new();
    let mut days: Vec<String> = Vec::new();
    for ((time, candle), theirs) in bars().into_iter().zip(golden("plain_vwap_session")) {
        let day = time[..10].to_owned();
        if days.last() != Some(&day) {
            days.push(day);
        }
        let ours = session.update(SessionCandle { session: days.len() as i64, candle }).unwrap();
        assert!((ours.unwrap() - theirs.unwrap()).abs() < 1e-8);
    }
    assert_eq!(days.len(), 13);
}

#[test]
fn score_and_hurst_exponent_equal_their_definition() {
    agree(ZScore::new(20).unwrap(), Candle::close, &[("plain_zscore_20", itself)]);
    agree(Hurst::new(100).unwrap(), |candle| candle.close().ln(), &[("plain_hurst_100", itself)]);
}

#[test]
fn supertrend_and_ichimoku_equal_their_definition() {
    agree(
        Supertrend::new(10, 3.0).unwrap(),
        |candle| *candle,
        &[
            ("plain_supertrend", |shown| shown.line),
            ("plain_supertrend_up", |shown| f64::from(u8::from(shown.trend == Trend::Up))),
        ],
    );
    let mut lines = Ichimoku::new(9, 26, 52, 26).unwrap();
    let columns =
        ["conversion", "base", "span_a", "span_b"].map(|name| golden(&format!("plain_ichimoku_{name}")));
    let bars = bars();
    for (at, (_, candle)) in bars.iter().enumerate() {
        let Some(now) = lines.update(*candle).unwrap() else {
            assert!(at < 77);
            continue;
        };
        let ours = [now.conversion, now.base, now.span_a, now.span_b];
        for (ours, column) in ours.into_iter().zip(&columns) {
            assert!((ours - column[at].unwrap()).abs() < 1e-9);
        }
        assert_eq!(now.close_then, bars[at - 26].1.close());
    }
    assert!(lines.value().is_some());
}
