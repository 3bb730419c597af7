//! Fits and streams of the regime crate, on series that any language can make again from the same integers.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::domain::{Bar, Span, Timestamp};
use autotrading::regime::garch::{Dynamics, Errors, VolatilityModel};
use autotrading::regime::hmm::{Gaussian, Hmm, HmmOptions};
use autotrading::regime::{DetectionMethod, Detector, DetectorRules, VolatilityMethod};
use criterion::{Criterion, Throughput};
use ndarray::{Array2, array};

const HMM_POINTS: usize = 10_000;
const GARCH_POINTS: usize = 2_500;
const EM_STEPS: usize = 100;

/// SplitMix64, and sums of twelve of its uniforms, which are nearly normal.
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// A t with 6 degrees of freedom, variance one.
    fn student(&mut self) -> f64 {
        let (z, squares) = (self.normal(), (0..6).map(|_| self.normal().powi(2)).sum::<f64>());
        z / (squares / 4.0).sqrt()
    }
}

/// Calm, usual and wild stretches of 60 to 120 points that follow each other.
fn switching() -> Vec<f64> {
    let mut chance = Chance(20_240_101);
    let laws = [(0.06, 0.8), (0.0, 1.0), (-0.1, 1.3)];
    let (mut state, mut left) = (0, 80);
    let mut point = || {
        if left == 0 {
            state = (state + if chance.uniform() < 0.5 { 1 } else { 2 }) % 3;
            left = 60 + (chance.uniform() * 60.0) as usize;
        }
        left -= 1;
        let (mean, deviation) = laws[state];
        mean + deviation * chance.normal()
    };
    (0..HMM_POINTS).map(|_| point()).collect()
}

/// Returns in percent whose variance follows its own past, with fat tails.
fn clustered() -> Vec<f64> {
    let mut chance = Chance(20_240_102);
    let mut variance: f64 = 1.0;
    let mut point = || {
        let error = variance.sqrt() * chance.student();
        variance = 0.02 + 0.08 * error * error + 0.9 * variance;
        0.05 + error
    };
    (0..GARCH_POINTS).map(|_| point()).collect()
}

/// Where Baum-Welch begins: equal means and variances a quarter, one and four.
fn start() -> Result<Hmm, Box<dyn Error>> {
    let laws = [0.25, 1.0, 4.0].map(|variance| Gaussian::diagonal(&[0.0], &[1.5 * variance]));
    let moves = array![[0.95, 0.025, 0.025], [0.025, 0.95, 0.025], [0.025, 0.025, 0.95]];
    let laws = laws.into_iter().collect::<Result<Vec<Gaussian>, _>>()?;
    Ok(Hmm::new(&[1.0 / 3.0; 3], moves.view(), laws)?)
}

fn bars(returns: &[f64]) -> Vec<Bar> {
    let mut close = 100.0;
    let mut bar = |(hour, step): (usize, &f64)| {
        let open = close;
        close *= (0.01 * step).exp();
        let (high, low) = (open.max(close) * 1.0005, open.min(close) / 1.0005);
        let open_time = Timestamp::from_secs(3600 * hour as i64);
        let volume = 10.0;
        Bar {
            open_time,
            interval: Span::HOUR,
            open,
            high,
            low,
            close,
            volume,
            closed: true,
            synthetic: false,
        }
    };
    returns.iter().enumerate().map(&mut bar).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let (switching, clustered) = (switching(), clustered());
    let mut criterion = Criterion::default().configure_from_args();

    let mut fits = criterion.benchmark_group("regime fits");
    fits.sample_size(30).measurement_time(Duration::from_secs(4)).warm_up_time(Duration::from_millis(500));
    let column = Array2::from_shape_vec((HMM_POINTS, 1), switching.clone())?;
    let (model, options) =
        (start()?, HmmOptions { tolerance: 0.0, iterations: EM_STEPS, ..HmmOptions::default() });
    let taken = model.improved(column.view(), options)?.iterations;
    if taken != EM_STEPS {
        return Err(format!("only {taken} steps were taken").into());
    }
    fits.bench_function("hmm, 3 states, 10 000 points, 100 steps", |bencher| {
        bencher.iter(|| model.improved(black_box(column.view()), options));
    });
    for (name, dynamics, errors) in [
        ("garch, normal, 2 500 points", Dynamics::Garch, Errors::Normal),
        ("garch, t, 2 500 points", Dynamics::Garch, Errors::StudentT),
        ("gjr, t, 2 500 points", Dynamics::Gjr, Errors::StudentT),
        ("egarch, t, 2 500 points", Dynamics::Egarch, Errors::StudentT),
        ("garch, skewed t, 2 500 points", Dynamics::Garch, Errors::SkewedT),
    ] {
        let model = VolatilityModel { dynamics, errors };
        fits.bench_function(name, |bencher| bencher.iter(|| model.fit(black_box(&clustered))));
    }
    fits.finish();

    let mut steps = criterion.benchmark_group("regime steps");
    steps.throughput(Throughput::Elements(HMM_POINTS as u64)).sample_size(50);
    steps.measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500));
    let fitted = model.improved(column.view(), options)?.model;
    steps.bench_function("filtered step, 3 states", |bencher| {
        let mut filter = fitted.forward_filter();
        bencher.iter(|| switching.iter().filter(|x| filter.observe(&[**x]).is_ok()).count());
    });
    let variance = VolatilityModel { dynamics: Dynamics::Garch, errors: Errors::StudentT };
    let variance = variance.fit(&clustered)?.stream();
    steps.bench_function("garch variance step", |bencher| {
        let mut variance = variance;
        bencher.iter(|| {
            clustered.iter().cycle().take(HMM_POINTS).filter(|r| variance.observe(**r).is_ok()).count()
        });
    });
    let bars = bars(&switching);
    let trend = DetectorRules::default();
    let learned = DetectorRules {
        method: DetectionMethod::Hmm,
        volatility: VolatilityMethod::Garch,
        refit_interval: 1_000_000,
        ..trend
    };
    for (name, rules) in [("detector, trend", trend), ("detector, hmm and garch between refits", learned)] {
        // Shown everything once, so that the windows are full and the models fitted.
        let mut warm = Detector::new(rules)?;
        for bar in &bars {
            warm.observe(bar)?;
        }
        steps.bench_function(name, |bencher| {
            bencher.iter(|| bars.iter().filter(|bar| warm.observe(bar).is_ok()).count());
        });
    }
    steps.finish();
    criterion.final_summary();
    Ok(())
}
