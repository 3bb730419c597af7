//! Golden numbers on daily S&P 500 returns 1999 to 2018 and three shares 2013 to 2022: see `data/ATTRIBUTION.md`.

use autotrading_statistics::covariance::covariance;
use autotrading_statistics::exceedance::{christoffersen, kupiec};
use autotrading_statistics::tail::{
    historical_expected_shortfall, historical_value_at_risk, normal_expected_shortfall, normal_value_at_risk,
};
use autotrading_statistics::{
    CornishFisher, Decay, Estimator, ExponentialCovariance, Moments, PeaksOverThreshold, QuantileMethod,
    RollingSample, ShortfallMethod, StatisticsError, cornish_fisher, normal,
};
use ndarray::Array2;

/// Confidence, type 7 VaR, order statistic VaR, tail mean, fractional tail mean.
const HISTORICAL: [[f64; 5]; 3] = [
    [0.95, 0.01864332974449528, 0.018648495498240547, 0.028609270423168708, 0.028629073156617856],
    [0.975, 0.02472398290847846, 0.024737133498591635, 0.035744672536055934, 0.03576655631147832],
    [0.99, 0.03305941758920985, 0.03312017195684125, 0.04688736426669127, 0.04707895541215638],
];

/// Confidence, normal VaR and ES, Cornish-Fisher quantile, VaR and ES.
const PARAMETRIC: [[f64; 6]; 3] = [
    [
        0.95,
        0.01957452750068776,
        0.024601682517618247,
        -1.4824390842485018,
        0.017620560419994706,
        0.03944074116867178,
    ],
    [
        0.975,
        0.02336553817785075,
        0.027911218507282894,
        -2.5424432374329347,
        0.03037319442831875,
        0.055855598527207555,
    ],
    [
        0.99,
        0.027773407369035715,
        0.03185022016187513,
        -4.2901334714003925,
        0.05139920064419375,
        0.08123746519775309,
    ],
];

/// Confidence, VaR and ES by peaks over the 95 % threshold.
const EXTREME: [[f64; 3]; 3] = [
    [0.95, 0.018660039000952783, 0.02863616353685282],
    [0.975, 0.024820664132587468, 0.03594019568681266],
    [0.99, 0.034061299515621514, 0.04689588548802413],
];

fn returns() -> Vec<f64> {
    let file = include_str!("data/spx_adjclose_5031.csv");
    let prices: Vec<f64> =
        file.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect();
    prices.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn share_returns() -> Array2<f64> {
    let file = include_str!("data/us3_prices_2501.csv");
    let prices: Vec<[f64; 3]> = file
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',').skip(1).map(|cell| cell.parse().ok());
            Some([cells.next()??, cells.next()??, cells.next()??])
        })
        .collect();
    Array2::from_shape_fn((prices.len() - 1, 3), |(t, j)| prices[t + 1][j] / prices[t][j] - 1.0)
}

fn assert_near(got: f64, want: f64, relative: f64) {
    assert!(
        (got - want).abs() <= relative * want.abs(),
        "{got:?} is not {want:?}: off by {:e}",
        got / want - 1.0
    );
}

/// A fold over the bits of every number, in order: one bit off anywhere gives another sum.
fn checksum<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> u64 {
    let mix = |sum: u64, x: &f64| (sum ^ x.to_bits()).wrapping_mul(0x0100_0000_01b3);
    numbers.into_iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

#[test]
fn the_returns_are_bit_for_bit_the_ones_the_golden_numbers_were_made_of() {
    assert_eq!(returns().len(), 5030);
    assert_eq!(checksum(&returns()), 0xe2e3_5936_1655_f145);
    assert_eq!(share_returns().dim(), (2500, 3));
    assert_eq!(checksum(&share_returns()), 0xd824_bdb7_edd1_a667);
}

#[test]
fn moments() {
    let m = Moments::of(&returns()).unwrap();
    assert_near(m.mean().unwrap(), 0.00021427826838434595, 1e-12);
    assert_near(m.standard_deviation(Estimator::Sample).unwrap(), 0.012030739662682416, 1e-12);
    assert_near(m.skewness(Estimator::Population).unwrap(), -0.020482927649562475, 1e-12);
    assert_near(m.excess_kurtosis(Estimator::Population).unwrap(), 8.336117913791677, 1e-12);

    let mut stream = Moments::default();
    returns().iter().for_each(|&r| stream.push(r).unwrap());
    assert_near(stream.excess_kurtosis(Estimator::Population).unwrap(), 8.336117913791677, 1e-10);
}

#[test]
fn historical_value_at_risk_and_expected_shortfall() {
    let r = returns();
    for [confidence, linear, order, tail_mean, fractional] in HISTORICAL {
        let var = |method| historical_value_at_risk(&r, confidence, method).unwrap();
        let es = |method| historical_expected_shortfall(&r, confidence, method).unwrap();
        assert!((var(QuantileMethod::Linear) - linear).abs() <= 1e-15);
        assert!((var(QuantileMethod::InverseDistribution) - order).abs() <= 1e-15);
        assert!((es(ShortfallMethod::TailMean) - tail_mean).abs() <= 1e-15);
        assert!((es(ShortfallMethod::Fractional) - fractional).abs() <= 1e-15);
    }
}

#[test]
fn normal_and_cornish_fisher() {
    let m = Moments::of(&returns()).unwrap();
    let (mean, sd) = (m.mean().unwrap(), m.standard_deviation(Estimator::Sample).unwrap());
    let skewness = m.skewness(Estimator::Population).unwrap();
    let kurtosis = m.excess_kurtosis(Estimator::Population).unwrap();
    for [confidence, var, es, quantile, expanded_var, expanded_es] in PARAMETRIC {
        assert_near(normal_value_at_risk(mean, sd, confidence).unwrap(), var, 1e-12);
        assert_near(normal_expected_shortfall(mean, sd, confidence).unwrap(), es, 1e-12);
        let share = 1.0 - confidence;
        let z = normal::quantile(share).unwrap();
        let bare = cornish_fisher::expansion(z, skewness, kurtosis).unwrap();
        assert_near(bare, quantile, 1e-12);
        assert_near(-(mean + sd * bare), expanded_var, 1e-12);
        let multiple = cornish_fisher::shortfall_multiple(z, share, skewness, kurtosis).unwrap();
        assert_near(sd * multiple - mean, expanded_es, 1e-12);
    }
    // These very returns lie outside the domain in which the expansion is a quantile function.
    let refused = CornishFisher::new(skewness, kurtosis);
    assert_eq!(refused, Err(StatisticsError::NotMonotone { skewness, excess_kurtosis: kurtosis }));
}

#[test]
fn extreme_value_tail() {
    let losses: Vec<f64> = returns().iter().map(|r| -r).collect();
    let tail = PeaksOverThreshold::fit(&losses, 0.95).unwrap();
    assert!((tail.threshold() - 0.01864332974449529).abs() <= 1e-15);
    assert_eq!(tail.exceedances(), 252);
    assert!((tail.tail().distribution.shape() - 0.1565446310818124).abs() < 1e-6);
    assert!((tail.tail().distribution.scale() - 0.008411800056413557).abs() < 1e-6);
    assert!((tail.tail().ln_likelihood - 912.6369404755142).abs() < 1e-8);
    for [confidence, var, es] in EXTREME {
        assert_near(tail.value_at_risk(confidence).unwrap(), var, 1e-6);
        assert_near(tail.expected_shortfall(confidence).unwrap(), es, 1e-6);
    }
}

#[test]
fn rolling_value_at_risk_and_its_tests() {
    let r = returns();
    // confidence, hits, Kupiec and p, Christoffersen and p, first and last limit, sum of limits
    for (confidence, count, coverage, independence, ends, sum) in [
        (
            0.95,
            267,
            [3.3322520027118117, 0.06793379830640314],
            [25.0001952679294, 5.732450849778141e-07],
            [0.017989642778329484, 0.020690117153803776],
            85.36395926522228,
        ),
        (
            0.99,
            81,
            [19.276079465078624, 1.1311464969913592e-05],
            [6.0094473472798775, 0.014229483454647513],
            [0.02268024805738087, 0.03261955918575611],
            135.17506646920265,
        ),
    ] {
        let mut window = RollingSample::new(250).unwrap();
        let (mut limits, mut hits) = (Vec::new(), Vec::new());
        for &x in &r {
            if window.is_full() {
                let limit = -window.quantile(1.0 - confidence, QuantileMethod::Linear).unwrap();
                hits.push(x < -limit);
                limits.push(limit);
            }
            window.push(x).unwrap();
        }
        assert_eq!(hits.len(), 4780);
        assert_eq!(hits.iter().filter(|h| **h).count(), count);
        assert!((limits[0] - ends[0]).abs() <= 1e-15 && (limits[4779] - ends[1]).abs() <= 1e-15);
        assert_near(limits.iter().sum(), sum, 1e-12);
        let kupiec = kupiec(count, hits.len(), 1.0 - confidence).unwrap();
        assert_near(kupiec.statistic, coverage[0], 1e-9);
        assert_near(kupiec.p_value, coverage[1], 1e-9);
        let christoffersen = christoffersen(&hits).unwrap();
        assert_near(christoffersen.statistic, independence[0], 1e-9);
        assert_near(christoffersen.p_value, independence[1], 1e-9);
    }
}

#[test]
fn covariance_of_three_shares_sampled_and_fading() {
    let table = share_returns();
    let sample = [
        [0.00032851358761948427, 0.00026206911006039404, 0.00014560714226156797],
        [0.00026206911006039404, 0.001352069691098264, 0.00021181872038706024],
        [0.00014560714226156797, 0.00021181872038706024, 0.00037507444779622315],
    ];
    let fading = [
        [0.0005107859596545536, 0.0005835285454491323, 0.0001759679884324791],
        [0.0005835285454491323, 0.0010214512692689952, 0.0003082743295200783],
        [0.0001759679884324791, 0.0003082743295200783, 0.0002482469561577706],
    ];
    let got = covariance(table.view(), Estimator::Sample).unwrap();
    let stream = ExponentialCovariance::of(table.view(), Decay::from_lambda(0.94).unwrap()).unwrap();
    let about_zero = stream.about_zero().unwrap();
    for i in 0..3 {
        for j in 0..3 {
            assert_near(got[[i, j]], sample[i][j], 1e-12);
            assert_near(about_zero[[i, j]], fading[i][j], 1e-12);
        }
    }
}
