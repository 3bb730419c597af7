//! Ranges of candles: true range, channels, direction, clouds.

use super::*;

/// Wilder's sums as TA-Lib begins them: the first `n - 1` added up, and from then on a part of the sum is let go.
fn wilder_sums(xs: &[f64], n: usize) -> Vec<f64> {
    let mut sum: f64 = xs.iter().take(n - 1).sum();
    let step = |x: &f64| {
        sum = sum - sum / n as f64 + x;
        sum
    };
    xs.iter().skip(n - 1).map(step).collect()
}

/// Plus and minus DI at each bar from the first on which there is one.
fn directions(candles: &[Candle], n: usize) -> Vec<(f64, f64)> {
    let moves = |pair: &[Candle]| (pair[1].high() - pair[0].high(), pair[0].low() - pair[1].low());
    let ups: Vec<f64> =
        candles.windows(2).map(moves).map(|(up, down)| if up > down { up.max(0.0) } else { 0.0 }).collect();
    let downs: Vec<f64> =
        candles.windows(2).map(moves).map(|(up, down)| if down > up { down.max(0.0) } else { 0.0 }).collect();
    let ranges = wilder_sums(&true_ranges(candles), n);
    let share = |xs: &[f64]| -> Vec<f64> {
        wilder_sums(xs, n)
            .iter()
            .zip(&ranges)
            .map(|(x, r)| if *r > 0.0 { 100.0 * x / r } else { 0.0 })
            .collect()
    };
    share(&ups).into_iter().zip(share(&downs)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ranges_and_the_bands_made_of_them(candles in candles(), n in 1_usize..12, wide in 1_usize..12) {
        agree(TrueRange::new(), &candles, one, |candles| true_ranges(candles).last().map(|x| vec![*x]))?;
        agree(Atr::new(n).unwrap(), &candles, one, |candles| {
            wilder(&true_ranges(candles), n).last().map(|x| vec![*x])
        })?;
        agree(Keltner::new(wide, n, 1.5).unwrap(), &candles, |b| vec![b.lower, b.middle, b.upper], |candles| {
            let (middle, range) = (*ema(&of(candles, Candle::close), wide).last()?, *wilder(&true_ranges(candles), n).last()?);
            Some(vec![middle - 1.5 * range, middle, middle + 1.5 * range])
        })?;
    }

    #[test]
    fn directional_movement(candles in candles(), n in 2_usize..12) {
        agree(DirectionalIndex::new(n).unwrap(), &candles, |value| vec![value.plus, value.minus], |candles| {
            directions(candles, n).last().map(|(plus, minus)| vec![*plus, *minus])
        })?;
    }

    #[test]
    fn average_directional_movement(candles in candles(), n in 2_usize..8) {
        agree(Adx::new(n).unwrap(), &candles, |value| vec![value.adx], |candles| {
            // Where neither side moved there is no index of it: nothing at the beginning, and the average stands later.
            let all = directions(candles, n);
            let index = |(plus, minus): &(f64, f64)| {
                (plus + minus > 0.0).then(|| 100.0 * (plus - minus).abs() / (plus + minus))
            };
            let first = all.get(..n)?.iter().map(|pair| index(pair).unwrap_or(0.0)).sum::<f64>() / n as f64;
            let rest = all[n..].iter().filter_map(index);
            Some(vec![rest.fold(first, |average, dx| average + (dx - average) / n as f64)])
        })?;
    }

    #[test]
    fn the_place_within_a_range(candles in candles(), n in 1_usize..12, k in 1_usize..4, d in 1_usize..4) {
        agree(Stochastic::new(n, k, d).unwrap(), &candles, |value| vec![value.k, value.d], |candles| {
            let place = |window: &[Candle]| {
                let (low, high) = (least(&of(window, Candle::low)), most(&of(window, Candle::high)));
                let close = window[n - 1].close();
                if high > low { 100.0 * (close - low) / (high - low) } else { 0.0 }
            };
            let raw: Vec<f64> = candles.windows(n).map(place).collect();
            let smooth: Vec<f64> = raw.windows(k).map(mean).collect();
            Some(vec![*smooth.last()?, mean(last(&smooth, d)?)])
        })?;
    }

    #[test]
    fn channels(candles in candles(), n in 1_usize..12) {
        agree(Donchian::new(n).unwrap(), &candles, |b| vec![b.lower, b.middle, b.upper], |candles| {
            let window = last(candles, n)?;
            let (low, high) = (least(&of(window, Candle::low)), most(&of(window, Candle::high)));
            Some(vec![low, (low + high) / 2.0, high])
        })?;
    }

    #[test]
    fn cloud_lines(candles in candles(), short in 1_usize..4, more in 1_usize..4, back in 1_usize..6) {
        let (medium, long) = (short + more, short + 2 * more);
        let middle = |candles: &[Candle], n: usize| {
            let window = last(candles, n)?;
            Some((least(&of(window, Candle::low)) + most(&of(window, Candle::high))) / 2.0)
        };
        let tell = |now: IchimokuValue| vec![now.conversion, now.base, now.span_a, now.span_b, now.close_then];
        agree(Ichimoku::new(short, medium, long, back).unwrap(), &candles, tell, |candles| {
            let then = &candles[..candles.len().checked_sub(back)?];
            Some(vec![
                middle(candles, short)?,
                middle(candles, medium)?,
                f64::midpoint(middle(then, short)?, middle(then, medium)?),
                middle(then, long)?,
                then.last()?.close(),
            ]).filter(|_| then.len() >= long)
        })?;
    }
}
