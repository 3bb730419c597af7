//! Scores, speeds and hedges over a window; a market at rest.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_and_how_fast_they_come_back(xs in prices(), n in 4_usize..24) {
        let deviation = |xs: &[f64]| {
            let usual = mean(xs);
            mean(&xs.iter().map(|x| (x - usual).powi(2)).collect::<Vec<f64>>()).sqrt()
        };
        agree(ZScore::new(n).unwrap(), &xs, one, |xs| {
            let window = last(xs, n)?;
            let away = deviation(window);
            Some(vec![if away > 0.0 { (window[n - 1] - mean(window)) / away } else { 0.0 }])
        })?;
        agree(HalfLife::new(n).unwrap(), &xs, |bars| vec![bars.min(1e6)], |xs| {
            let window = last(xs, n)?;
            let (still, moves) = (deviation(window), deviation(&changes(window)));
            let phi = 1.0 - (moves / still).powi(2) / 2.0;
            (still > 0.0).then(|| vec![if phi <= 0.0 { 0.0 } else { (0.5_f64.ln() / phi.ln()).min(1e6) }])
        })?;
        let n = n + 12;
        agree(Hurst::new(n).unwrap(), &xs, one, |xs| {
            let window = last(xs, n)?;
            let lags: Vec<usize> = (0..10).map(|power| 1 << power).filter(|lag| lag * 4 <= n).collect();
            let at = |lag: &usize| {
                let moves: Vec<f64> = window.iter().zip(&window[*lag..]).map(|(then, now)| now - then).collect();
                ((*lag as f64).ln(), deviation(&moves).ln())
            };
            let points: Vec<(f64, f64)> = lags.iter().map(at).collect();
            if points.iter().any(|(_, y)| !y.is_finite()) {
                return None;
            }
            let (x, y) = (mean(&points.iter().map(|p| p.0).collect::<Vec<f64>>()), mean(&points.iter().map(|p| p.1).collect::<Vec<f64>>()));
            let both: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
            Some(vec![both / points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()])
        })?;
    }

    #[test]
    fn a_hedge_that_does_not_wander_is_least_squares(
        xs in prop::collection::vec((90.0..110.0_f64, 90.0..110.0_f64), 1..60), n in 3_usize..12,
    ) {
        let line = |pairs: &[(f64, f64)]| {
            let (y, x) = (mean(&pairs.iter().map(|p| p.0).collect::<Vec<f64>>()), mean(&pairs.iter().map(|p| p.1).collect::<Vec<f64>>()));
            let both: f64 = pairs.iter().map(|p| (p.0 - y) * (p.1 - x)).sum();
            let slope = both / pairs.iter().map(|p| (p.1 - x).powi(2)).sum::<f64>();
            (slope, y - slope * x)
        };
        agree(HedgeRatio::new(n, 0.0).unwrap(), &xs, |told| vec![told.slope, 1e-2 * told.intercept, 1e-2 * told.spread], |pairs| {
            let (now, before) = (line(pairs), line(if pairs.len() > n { &pairs[..pairs.len() - 1] } else { pairs }));
            let (y, x) = pairs[pairs.len() - 1];
            (pairs.len() >= n).then(|| vec![now.0, 1e-2 * now.1, 1e-2 * (y - before.1 - before.0 * x)])
        })?;
    }

    #[test]
    fn a_market_at_rest_has_no_strength_no_width_and_no_direction(price in 1e-3..1e6_f64, n in 4_usize..12) {
        let still = Candle::new(price, price, price, 1.0).unwrap();
        let (mut cci, mut score, mut strength) = (Cci::new(n).unwrap(), ZScore::new(n).unwrap(), Rsi::new(n).unwrap());
        let (mut flow, mut place) = (Mfi::new(n).unwrap(), Stochastic::new(n, 2, 2).unwrap());
        let (mut adx, mut range, mut slope) = (Adx::new(n).unwrap(), Atr::new(n).unwrap(), LinearSlope::new(n).unwrap());
        let (mut half, mut hurst) = (HalfLife::new(n).unwrap(), Hurst::new(n + 12).unwrap());
        for _ in 0..50 {
            cci.update(still).unwrap();
            score.update(price).unwrap();
            strength.update(price).unwrap();
            flow.update(still).unwrap();
            place.update(still).unwrap();
            adx.update(still).unwrap();
            range.update(still).unwrap();
            slope.update(price).unwrap();
            half.update(price).unwrap();
            hurst.update(price).unwrap();
        }
        prop_assert_eq!([cci.value(), score.value(), strength.value(), flow.value()], [Some(0.0); 4]);
        prop_assert_eq!(place.value().map(|value| value.d), Some(0.0));
        prop_assert_eq!(adx.value().map(|value| [value.adx, value.plus, value.minus]), Some([0.0; 3]));
        prop_assert_eq!([range.value(), half.value(), hurst.value()], [Some(0.0), None, None]);
        prop_assert!(slope.value().unwrap().abs() <= 1e-14 * price);
    }
}
