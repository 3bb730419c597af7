//! The minimiser on the likelihood it was built for: GARCH(1, 1) on twenty years of daily returns.
//!
//! Golden optimum: the same likelihood polished from the fit of the Python package `arch` 8.0.0.

use autotrading_statistics::minimise::{Bounds, Minimum, Status, Stop, minimise};
use autotrading_statistics::{StatisticsError, moments};

const LN_LIKELIHOOD: f64 = -6936.718476971884;
const OPTIMUM: [f64; 4] =
    [0.05635324055164253, 0.017506762394594463, 0.10214983259241513, 0.8852060899311057];

/// Returns times `scale`: percent for 100.
fn returns(scale: f64) -> Vec<f64> {
    let file = include_str!("data/spx_adjclose_5031.csv");
    let prices: Vec<f64> =
        file.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect();
    prices.windows(2).map(|pair| scale * (pair[1] / pair[0] - 1.0)).collect()
}

/// Mean negative log likelihood of mean, omega, alpha, beta, with its gradient; the variance starts at `backcast`.
fn garch(r: &[f64], backcast: f64, x: &[f64], gradient: &mut [f64]) -> f64 {
    let n = r.len() as f64;
    let [mean, omega, alpha, beta] = [x[0], x[1], x[2], x[3]];
    let (mut variance, mut square, mut before) = (backcast, backcast, 0.0);
    let (mut slope, mut value) = ([0.0; 4], 0.0);
    gradient.fill(0.0);
    for &r in r {
        let own = [-2.0 * alpha * before, 1.0, square, variance];
        variance = omega + alpha * square + beta * variance;
        slope = std::array::from_fn(|i| own[i] + beta * slope[i]);
        let e = r - mean;
        value += 0.5 * (std::f64::consts::TAU.ln() + variance.ln() + e * e / variance) / n;
        let weight = 0.5 * (1.0 - e * e / variance) / variance / n;
        (0..4).for_each(|i| gradient[i] += weight * slope[i]);
        gradient[0] -= e / variance / n;
        (square, before) = (e * e, e);
    }
    value
}

fn fit(r: &[f64], start: [f64; 2]) -> Result<Minimum, StatisticsError> {
    let mean = moments::mean(r)?;
    let squares: Vec<f64> = r.iter().take(75).map(|x| (x - mean).powi(2)).collect();
    let weight = |t: usize| 0.94_f64.powi(t as i32);
    let backcast = squares.iter().enumerate().map(|(t, s)| weight(t) * s).sum::<f64>()
        / (0..75).map(weight).sum::<f64>();
    let variance = moments::variance(r, moments::Estimator::Population)?;
    let [alpha, beta] = start;
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let bounds = Bounds::new(&[free, (1e-9 * variance, f64::INFINITY), (0.0, 1.0), (0.0, 1.0)])?;
    let start = [mean, variance * (1.0 - alpha - beta), alpha, beta];
    minimise(|x, g| garch(r, backcast, x, g), &start, &bounds, Stop::default())
}

#[test]
fn the_gradient_is_the_slope_of_the_value() {
    let r = returns(100.0);
    let mut gradient = [0.0; 4];
    garch(&r, 1.8, &[0.05, 0.02, 0.1, 0.85], &mut gradient);
    for i in 0..4 {
        let at = |h: f64| {
            let mut x = [0.05, 0.02, 0.1, 0.85];
            x[i] += h;
            garch(&r, 1.8, &x, &mut [0.0; 4])
        };
        let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
        assert!((slope - gradient[i]).abs() < 1e-6 * (1.0 + slope.abs()), "{i}: {slope} {}", gradient[i]);
    }
}

#[test]
fn every_start_leads_to_the_golden_optimum() {
    let r = returns(100.0);
    for start in [[0.05, 0.9], [0.1, 0.8], [0.3, 0.3], [0.01, 0.98]] {
        let minimum = fit(&r, start).unwrap();
        assert_eq!(minimum.status, Status::Converged, "{minimum:?}");
        assert!((-minimum.value * r.len() as f64 - LN_LIKELIHOOD).abs() < 1e-6, "{minimum:?}");
        for (got, want) in minimum.point.iter().zip(OPTIMUM) {
            assert!((got / want - 1.0).abs() < 1e-4, "{minimum:?}");
        }
        assert!(minimum.iterations < 80, "{minimum:?}");
    }
}

/// Raw returns put omega at two in a million beside a beta of one: the trap in which careless scaling stops early.
#[test]
fn badly_scaled_returns_lead_to_the_same_optimum() {
    let r = returns(1.0);
    let n = r.len() as f64;
    let minimum = fit(&r, [0.05, 0.9]).unwrap();
    assert_eq!(minimum.status, Status::Converged, "{minimum:?}");
    assert!(minimum.iterations < 120, "{minimum:?}");
    assert!((-minimum.value * n - (LN_LIKELIHOOD + n * 100.0_f64.ln())).abs() < 1e-6, "{minimum:?}");
    assert!((minimum.point[1] * 1e4 / OPTIMUM[1] - 1.0).abs() < 1e-4, "{minimum:?}");
}
