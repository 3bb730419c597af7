//! Nothing panics and NaN never comes out, whatever goes in: empty, huge, tiny, constant, not finite.

use autotrading_statistics::*;
use ndarray::{Array1, Array2};
use proptest::prelude::*;

/// Ordinary numbers among the ones that break formulas.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -2.0_f64..2.0,
        1 => prop::sample::select(vec![
            0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 1e154, 1e-154, 5e-324, f64::EPSILON, 1e16, 0.5, 30.0,
        ]),
    ]
}

fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![9 => number(), 1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY])]
}

fn samples() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        prop::collection::vec(number(), 0..60),
        prop::collection::vec(anything(), 0..20),
        (number(), 0_usize..40).prop_map(|(x, n)| vec![x; n]),
    ]
}

#[track_caller]
fn sound(what: &str, result: Result<f64, StatisticsError>) {
    assert!(!matches!(result, Ok(x) if !x.is_finite()), "{what}: {result:?}");
}

#[track_caller]
fn all_sound(what: &str, values: impl IntoIterator<Item = f64>) {
    values.into_iter().for_each(|x| sound(what, Ok(x)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn statistics_of_one_sample(xs in samples(), p in anything(), lag in 0_usize..12) {
        let mut stream = Moments::default();
        xs.iter().for_each(|&x| drop(stream.push(x)));
        let mut merged = stream;
        merged.merge(&stream);
        for m in [stream, merged].into_iter().chain(Moments::of(&xs)) {
            for e in [Estimator::Population, Estimator::Sample] {
                sound("mean", m.mean());
                sound("variance", m.variance(e));
                sound("skewness", m.skewness(e));
                sound("kurtosis", m.excess_kurtosis(e));
            }
        }
        sound("sum", sum::compensated_sum(&xs));
        sound("median", quantile::median(&xs));
        sound("mad", quantile::median_absolute_deviation(&xs));
        sound("effective", autocorrelation::effective_sample_size(&xs));
        sound("weights", autocorrelation::effective_weight_count(&xs));
        all_sound("rho", autocorrelation::autocorrelations(&xs, lag).into_iter().flatten());
        sound("newey-west", regression::newey_west_error_of_mean(&xs, lag));
        for method in [QuantileMethod::Linear, QuantileMethod::InverseDistribution, QuantileMethod::NormalUnbiased] {
            sound("quantile", quantile::quantile(&xs, p, method));
            sound("VaR", tail::historical_value_at_risk(&xs, p, method));
        }
        for method in [ShortfallMethod::TailMean, ShortfallMethod::Fractional] {
            sound("ES", tail::historical_expected_shortfall(&xs, p, method));
        }
        if let Ok(fit) = PeaksOverThreshold::fit(&xs, p) {
            sound("tail VaR", fit.value_at_risk(0.99));
            sound("tail ES", fit.expected_shortfall(0.99));
            sound("likelihood", Ok(fit.tail().ln_likelihood));
        }
        if let Ok(length) = block_length::politis_white(&xs) {
            all_sound("block length", [length.stationary, length.circular]);
        }
    }

    #[test]
    fn fading_memory(xs in samples(), decay in anything()) {
        for decay in [Decay::from_lambda(decay), Decay::from_half_life(decay), Decay::from_span(decay)].into_iter().flatten() {
            let mut memory = ExponentialMoments::new(decay);
            let mut metrics = RiskMetrics::new(decay, 0.0).unwrap();
            for &x in &xs {
                drop(memory.push(x));
                drop(metrics.push(x));
            }
            sound("mean", memory.mean());
            sound("variance", memory.variance());
            sound("corrected", memory.corrected_variance());
            sound("mean square", memory.mean_square());
            all_sound("state", [metrics.variance(), memory.effective_count()]);
        }
    }

    #[test]
    fn distributions(x in anything(), p in anything(), nu in anything(), s in anything(), k in anything()) {
        sound("normal cdf", normal::cdf(x));
        sound("normal pdf", normal::pdf(x));
        sound("normal quantile", normal::quantile(p));
        sound("normal VaR", tail::normal_value_at_risk(x, s, p));
        sound("normal ES", tail::normal_expected_shortfall(x, s, p));
        for t in [StudentT::new(nu), StudentT::standardised(nu)].into_iter().flatten() {
            sound("t pdf", t.pdf(x));
            sound("t cdf", t.cdf(x));
            sound("t quantile", t.quantile(p));
            sound("t tail mean", t.lower_tail_mean(p));
            sound("t ES", tail::student_t_expected_shortfall(x, s, &t, p));
        }
        sound("expansion", cornish_fisher::expansion(x, s, k));
        if let Ok(w) = CornishFisher::new(s, k) {
            sound("at", w.at(x));
            sound("VaR", w.value_at_risk(x, k, p));
            sound("ES", w.expected_shortfall(x, k, p));
        }
        if let Ok(tail) = GeneralisedPareto::new(s, k) {
            sound("survival", tail.survival(x));
            sound("excess", tail.excess_at(p));
            sound("mean", tail.mean());
        }
    }

    #[test]
    fn tables(entries in prop_oneof![9 => prop::collection::vec(number(), 24), 1 => prop::collection::vec(anything(), 24)], w in prop::collection::vec(number(), 3)) {
        let table = Array2::from_shape_vec((8, 3), entries.clone()).unwrap();
        let square = Array2::from_shape_fn((3, 3), |(i, j)| entries[i.min(j) * 3 + i.max(j)]);
        let w = Array1::from_vec(w);
        let sampled = covariance::covariance(table.view(), Estimator::Sample);
        for matrix in sampled.into_iter().chain([square]) {
            sound("form", covariance::quadratic_form(w.view(), matrix.view()));
            all_sound("correlation", covariance::correlation(matrix.view()).into_iter().flatten());
            drop(cholesky::is_positive_semidefinite(matrix.view(), 1e-10));
            if let Ok(factor) = Cholesky::of(matrix.view()) {
                all_sound("factor", factor.lower().iter().copied());
                all_sound("solution", factor.solve(w.view()).into_iter().flatten());
                all_sound("determinant", [factor.ln_determinant()]);
            }
        }
        let y: Vec<f64> = (0..8).map(|t| entries[t]).collect();
        if let Ok(fit) = LeastSquares::fit(table.view(), &y) {
            all_sound("fit", fit.coefficients().iter().chain(fit.residuals()).copied());
            all_sound("fit", [fit.residual_variance(), fit.r_squared()]);
            all_sound("errors", fit.standard_errors());
            all_sound("t", fit.t_statistics().into_iter().flatten());
            all_sound("robust", fit.newey_west_errors(table.view(), 3).into_iter().flatten());
        }
        let mut stream = ExponentialCovariance::new(3, Decay::from_lambda(0.9).unwrap()).unwrap();
        table.rows().into_iter().for_each(|row| drop(stream.push(row)));
        all_sound("mean", stream.mean().into_iter().flatten().copied());
        for matrix in [stream.covariance(), stream.corrected_covariance(), stream.about_zero()] {
            all_sound("stream", matrix.into_iter().flatten());
        }
    }

    #[test]
    fn minimisers(a in anything(), b in anything(), c in number(), start in anything()) {
        let valley = |x: f64| (x - c).powi(4) - a * x;
        for lowest in [brent::minimise(valley, a, b, 1e-8), brent::golden_section(valley, a, b, 1e-8)].into_iter().flatten() {
            all_sound("lowest", [lowest.at, lowest.value]);
        }
        sound("root", brent::root(|x| (x - c).powi(3) + a, a, b, 0.0));
        if let Ok(bounds) = minimise::Bounds::new(&[(a, b), (f64::NEG_INFINITY, f64::INFINITY)]) {
            let objective = |x: &[f64], g: &mut [f64]| {
                g[0] = 4.0 * (x[0] - c).powi(3) + x[1];
                g[1] = x[0] + 2.0 * x[1];
                (x[0] - c).powi(4) + x[0] * x[1] + x[1] * x[1]
            };
            if let Ok(m) = minimise::minimise(objective, &[start, 0.3], &bounds, minimise::Stop::default()) {
                all_sound("minimum", m.point.into_iter().chain(m.gradient).chain([m.value, m.gradient_norm]));
            }
        }
    }
}
