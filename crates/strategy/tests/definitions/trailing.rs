//! Lines that trail the price and turn.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_band_that_follows_and_turns(candles in candles(), n in 1_usize..8) {
        let tell = |shown: TrailingLine| vec![shown.line, f64::from(u8::from(shown.trend == Trend::Up))];
        agree(Supertrend::new(n, 2.0).unwrap(), &candles, tell, |candles| {
            let ranges = wilder(&true_ranges(candles), n);
            let mut now: Option<(f64, f64, bool)> = None;
            for (place, range) in ranges.iter().enumerate() {
                let (before, candle) = (candles[place + n - 1].close(), candles[place + n]);
                let middle = f64::midpoint(candle.high(), candle.low());
                let (under, over) = (middle - 2.0 * range, middle + 2.0 * range);
                now = Some(match now {
                    None => (under, over, candle.close() >= middle),
                    Some((lower, upper, up)) => {
                        // A band is let go only by a close beyond it.
                        let lower = if before < lower { under } else { lower.max(under) };
                        let upper = if before > upper { over } else { upper.min(over) };
                        let up = if up { candle.close() >= lower } else { candle.close() > upper };
                        (lower, upper, up)
                    }
                });
            }
            now.map(|(lower, upper, up)| vec![if up { lower } else { upper }, f64::from(u8::from(up))])
        })?;
    }

    #[test]
    fn a_stop_that_gains_on_the_price(candles in candles()) {
        let (step, fastest) = (0.02, 0.2);
        let tell = |shown: TrailingLine| vec![shown.line, f64::from(u8::from(shown.trend == Trend::Up))];
        agree(ParabolicSar::new(step, fastest).unwrap(), &candles, tell, |candles| {
            let [first, second, ..] = candles else { return None };
            let fell = first.low() - second.low();
            let mut up = !(fell > 0.0 && fell > second.high() - first.high());
            let (mut stop, mut best) =
                if up { (first.low(), second.high()) } else { (first.high(), second.low()) };
            let (mut pace, mut shown) = (step, (0.0, true));
            for at in 1..candles.len() {
                // The two candles that the next stop may not lie within; at the start there is but one.
                let around = &candles[if at == 1 { 1 } else { at - 1 }..=at];
                let outside = |stop: f64, up: bool| {
                    if up { stop.min(least(&of(around, Candle::low))) } else { stop.max(most(&of(around, Candle::high))) }
                };
                let (low, high) = (candles[at].low(), candles[at].high());
                if (up && low <= stop) || (!up && high >= stop) {
                    up = !up;
                    stop = outside(best, up);
                    best = if up { high } else { low };
                    pace = step;
                    shown = (stop, up);
                } else {
                    shown = (stop, up);
                    let further = if up { best.max(high) } else { best.min(low) };
                    if further != best {
                        best = further;
                        pace = (pace + step).min(fastest);
                    }
                }
                stop = outside(stop + pace * (best - stop), up);
            }
            Some(vec![shown.0, f64::from(u8::from(shown.1))])
        })?;
    }
}
