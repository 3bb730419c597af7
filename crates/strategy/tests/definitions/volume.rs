//! What traded at which price, and how far from it.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn distance_from_the_usual_price(candles in candles(), n in 2_usize..12) {
        agree(Cci::new(n).unwrap(), &candles, one, |candles| {
            let prices = of(last(candles, n)?, |c| (c.high() + c.low() + c.close()) / 3.0);
            let usual = mean(&prices);
            let away = mean(&prices.iter().map(|p| (p - usual).abs()).collect::<Vec<f64>>());
            // Below a digit of the price nothing moved.
            Some(vec![if away > 1e-12 * usual { (prices[n - 1] - usual) / (0.015 * away) } else { 0.0 }])
        })?;
    }

    #[test]
    fn what_traded_at_which_price(candles in candles(), n in 2_usize..12) {
        let typical = |c: &Candle| (c.high() + c.low() + c.close()) / 3.0;
        let flow = |c: &Candle| typical(c) * c.volume();
        agree(Mfi::new(n).unwrap(), &candles, one, |candles| {
            let pairs = candles.windows(2);
            let signed: Vec<f64> = pairs
                .map(|pair| match typical(&pair[1]).total_cmp(&typical(&pair[0])) {
                    std::cmp::Ordering::Greater => flow(&pair[1]),
                    std::cmp::Ordering::Less => -flow(&pair[1]),
                    std::cmp::Ordering::Equal => 0.0,
                })
                .collect();
            let window = last(&signed, n)?;
            let up: f64 = window.iter().filter(|f| **f > 0.0).sum();
            let down: f64 = -window.iter().filter(|f| **f < 0.0).sum::<f64>();
            Some(vec![if up + down > 0.0 { 100.0 * up / (up + down) } else { 0.0 }])
        })?;
        agree(RollingVwap::new(n).unwrap(), &candles, one, |candles| {
            let window = last(candles, n)?;
            Some(vec![of(window, flow).iter().sum::<f64>() / of(window, Candle::volume).iter().sum::<f64>()])
        })?;
        agree(Obv::new(), &candles, one, |candles| {
            let signed = candles.windows(2).map(|pair| (pair[1].close() - pair[0].close()).signum() * pair[1].volume()
                * f64::from(u8::from(pair[1].close() != pair[0].close())));
            Some(vec![candles[0].volume() + signed.sum::<f64>()])
        })?;
        let days: Vec<SessionCandle> =
            candles.iter().enumerate().map(|(at, candle)| SessionCandle { session: (at / 7) as i64, candle: *candle }).collect();
        agree(SessionVwap::new(), &days, one, |days| {
            let today = days.iter().filter(|day| day.session == days[days.len() - 1].session).map(|day| day.candle);
            let today: Vec<Candle> = today.collect();
            Some(vec![of(&today, flow).iter().sum::<f64>() / of(&today, Candle::volume).iter().sum::<f64>()])
        })?;
    }
}
