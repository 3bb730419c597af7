//! Averages that fade, and what is made of them.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn averages_that_fade(xs in prices(), n in 1_usize..12) {
        agree(Ema::new(n).unwrap(), &xs, one, |xs| ema(xs, n).last().map(|x| vec![*x]))?;
        agree(Dema::new(n).unwrap(), &xs, one, |xs| {
            let once = ema(xs, n);
            Some(vec![2.0 * once.last()? - ema(&once, n).last()?])
        })?;
        agree(Tema::new(n).unwrap(), &xs, one, |xs| {
            let once = ema(xs, n);
            let twice = ema(&once, n);
            Some(vec![3.0 * once.last()? - 3.0 * twice.last()? + ema(&twice, n).last()?])
        })?;
    }

    #[test]
    fn convergence_of_two_averages(xs in prices(), fast in 2_usize..6, further in 1_usize..6, signal in 1_usize..6) {
        let slow = fast + further;
        agree(Macd::new(fast, slow, signal).unwrap(), &xs, |m| vec![m.line, m.signal, m.histogram], |xs| {
            // The fast average begins so late that both have their first value at the same bar.
            let lines: Vec<f64> =
                ema(xs.get(further..)?, fast).iter().zip(ema(xs, slow)).map(|(f, s)| f - s).collect();
            let (line, signal) = (*lines.last()?, *ema(&lines, signal).last()?);
            Some(vec![line, signal, line - signal])
        })?;
    }

    #[test]
    fn an_average_that_adapts(xs in prices(), n in 2_usize..12) {
        agree(Kama::new(n).unwrap(), &xs, one, |xs| {
            let mut average = *xs.get(n - 1)?;
            xs.get(n)?;
            for at in n..xs.len() {
                let path: f64 = changes(&xs[at - n..=at]).iter().map(|step| step.abs()).sum();
                let straight = (xs[at] - xs[at - n]).abs();
                let efficiency = if path > 0.0 { straight / path } else { 1.0 };
                let weight = (efficiency * (2.0 / 3.0 - 2.0 / 31.0) + 2.0 / 31.0).powi(2);
                average += weight * (xs[at] - average);
            }
            Some(vec![average])
        })?;
    }

    #[test]
    fn relative_strength(xs in prices(), n in 2_usize..12) {
        agree(Rsi::new(n).unwrap(), &xs, one, |xs| {
            let moved = changes(xs);
            let gains: Vec<f64> = moved.iter().map(|step| step.max(0.0)).collect();
            let losses: Vec<f64> = moved.iter().map(|step| (-step).max(0.0)).collect();
            let (gain, loss) = (*wilder(&gains, n).last()?, *wilder(&losses, n).last()?);
            Some(vec![if gain + loss > 0.0 { 100.0 * gain / (gain + loss) } else { 0.0 }])
        })?;
    }
}
