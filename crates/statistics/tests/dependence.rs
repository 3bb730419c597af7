//! Regression, robust errors and block lengths against certified and independently computed numbers.

use autotrading_statistics::block_length::politis_white;
use autotrading_statistics::regression::{newey_west_error_of_mean, newey_west_lags};
use autotrading_statistics::{LeastSquares, StatisticsError};
use ndarray::{Array2, array};
use proptest::prelude::*;

/// Longley's macroeconomic table, NIST Statistical Reference Datasets (public domain): employment and six regressors,
/// so nearly dependent that single precision finds no digit.
const LONGLEY: [[f64; 7]; 16] = [
    [60323.0, 83.0, 234289.0, 2356.0, 1590.0, 107608.0, 1947.0],
    [61122.0, 88.5, 259426.0, 2325.0, 1456.0, 108632.0, 1948.0],
    [60171.0, 88.2, 258054.0, 3682.0, 1616.0, 109773.0, 1949.0],
    [61187.0, 89.5, 284599.0, 3351.0, 1650.0, 110929.0, 1950.0],
    [63221.0, 96.2, 328975.0, 2099.0, 3099.0, 112075.0, 1951.0],
    [63639.0, 98.1, 346999.0, 1932.0, 3594.0, 113270.0, 1952.0],
    [64989.0, 99.0, 365385.0, 1870.0, 3547.0, 115094.0, 1953.0],
    [63761.0, 100.0, 363112.0, 3578.0, 3350.0, 116219.0, 1954.0],
    [66019.0, 101.2, 397469.0, 2904.0, 3048.0, 117388.0, 1955.0],
    [67857.0, 104.6, 419180.0, 2822.0, 2857.0, 118734.0, 1956.0],
    [68169.0, 108.4, 442769.0, 2936.0, 2798.0, 120445.0, 1957.0],
    [66513.0, 110.8, 444546.0, 4681.0, 2637.0, 121950.0, 1958.0],
    [68655.0, 112.6, 482704.0, 3813.0, 2552.0, 123366.0, 1959.0],
    [69564.0, 114.2, 502601.0, 3931.0, 2514.0, 125368.0, 1960.0],
    [69331.0, 115.7, 518173.0, 4806.0, 2572.0, 127852.0, 1961.0],
    [70551.0, 116.9, 554894.0, 4007.0, 2827.0, 130081.0, 1962.0],
];

fn returns() -> Vec<f64> {
    let file = include_str!("data/spx_adjclose_5031.csv");
    let prices: Vec<f64> =
        file.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect();
    prices.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
}

fn assert_near(got: f64, want: f64, relative: f64) {
    assert!(
        (got - want).abs() <= relative * want.abs(),
        "{got:?} is not {want:?}: off by {:e}",
        got / want - 1.0
    );
}

#[test]
fn longley_s_certified_values_are_met() {
    let design = Array2::from_shape_fn((16, 7), |(t, j)| if j == 0 { 1.0 } else { LONGLEY[t][j] });
    let y = LONGLEY.map(|row| row[0]);
    let fit = LeastSquares::fit(design.view(), &y).unwrap();
    let certified = [
        (-3_482_258.634_595_82, 890_420.383_607_373),
        (15.061_872_271_373_3, 84.914_925_774_766_9),
        (-0.035_819_179_292_591, 0.033_491_007_772_243_2),
        (-2.020_229_803_816_83, 0.488_399_681_651_699),
        (-1.033_226_867_173_59, 0.214_274_163_161_675),
        (-0.051_104_105_653_580_7, 0.226_073_200_069_37),
        (1_829.151_464_613_55, 455.478_499_142_212),
    ];
    for (j, (coefficient, error)) in certified.into_iter().enumerate() {
        assert_near(fit.coefficients()[j], coefficient, 1e-7);
        assert_near(fit.standard_errors()[j], error, 1e-7);
        assert_near(fit.t_statistics().unwrap()[j], coefficient / error, 1e-7);
    }
    assert_near(fit.residual_variance().sqrt(), 304.854_073_561_965, 1e-9);
    assert_near(fit.r_squared(), 0.995_479_004_577_296, 1e-12);
    assert_eq!(fit.degrees_of_freedom(), 9);
}

#[test]
fn the_regression_of_volatility_on_itself_agrees_with_statsmodels() {
    let r = returns();
    let design = Array2::from_shape_fn((r.len() - 1, 3), |(t, j)| [1.0, r[t].abs(), r[t]][j]);
    let y: Vec<f64> = r[1..].iter().map(|x| x.abs()).collect();
    let fit = LeastSquares::fit(design.view(), &y).unwrap();
    let robust = fit.newey_west_errors(design.view(), 9).unwrap();
    let expected = [
        [0.0061575176815446536, 0.0001635001717224404, 0.0002584032311307264],
        [0.24001521672756854, 0.01358685852644567, 0.032042056892804094],
        [-0.08670487605543419, 0.01006979429494768, 0.014913654895533708],
    ];
    for (j, [coefficient, error, robust_error]) in expected.into_iter().enumerate() {
        assert_near(fit.coefficients()[j], coefficient, 1e-11);
        assert_near(fit.standard_errors()[j], error, 1e-11);
        assert_near(robust[j], robust_error, 1e-11);
    }
    assert_near(fit.r_squared(), 0.07266911680739241, 1e-11);
}

#[test]
fn the_error_of_a_mean_return_agrees_with_statsmodels() {
    let r = returns();
    for (lags, error) in [(0, 0.0001696153534903123), (5, 0.00015198084175001126), (9, 0.0001452180711400732)]
    {
        assert_near(newey_west_error_of_mean(&r, lags).unwrap(), error, 1e-12);
    }
    assert_eq!(newey_west_lags(r.len()), 9);
}

/// Reference: `arch.bootstrap.optimal_block_length` 8.0.0, which has no floor of one.
#[test]
fn block_lengths_agree_with_arch() {
    let r = returns();
    let sizes: Vec<f64> = r.iter().map(|x| x.abs()).collect();
    for (series, stationary, circular) in
        [(&r[..], 9.08523876, 10.40000221), (&sizes[..], 146.45830389, 167.6529064)]
    {
        let length = politis_white(series).unwrap();
        assert_near(length.stationary, stationary, 1e-8);
        assert_near(length.circular, circular, 1e-8);
    }
    assert_eq!(politis_white(&r[..500]).unwrap().stationary, 1.0);
    assert_near(politis_white(&sizes[..500]).unwrap().circular, 1.06853369, 1e-8);
}

#[test]
fn bad_input_is_named() {
    assert!(matches!(
        LeastSquares::line(&[1.0, 2.0], &[1.0, 2.0]),
        Err(StatisticsError::TooFew { what: "rows", got: 2, required: 3 })
    ));
    assert!(matches!(
        LeastSquares::line(&[3.0; 9], &[1.0; 9]),
        Err(StatisticsError::RankDeficient { column: 1, .. })
    ));
    assert!(matches!(
        LeastSquares::line(&[1.0, 2.0, 3.0], &[1.0, 2.0]),
        Err(StatisticsError::Length { got: 2, required: 3, .. })
    ));
    let design = array![[1.0, 2.0], [1.0, 3.0], [1.0, 5.0]];
    let fit = LeastSquares::fit(design.view(), &[1.0, 2.0, 2.0]).unwrap();
    assert!(fit.newey_west_errors(design.view(), 3).is_err());
    assert!(fit.newey_west_errors(array![[1.0]].view(), 0).is_err());
    let perfect = LeastSquares::line(&[0.0, 1.0, 2.0], &[0.0, 0.0, 0.0]).unwrap();
    assert!(perfect.t_statistics().is_err());
    assert!(newey_west_error_of_mean(&[1.0], 0).is_err());
    assert!(newey_west_error_of_mean(&[1.0, 2.0], 2).is_err());
}

proptest! {
    #[test]
    fn residuals_are_at_right_angles_to_every_column(
        entries in prop::collection::vec(-1.0_f64..1.0, 36),
        y in prop::collection::vec(-5.0_f64..5.0, 12),
    ) {
        let design = Array2::from_shape_vec((12, 3), entries).unwrap();
        if let Ok(fit) = LeastSquares::fit(design.view(), &y) {
            for column in design.columns() {
                prop_assert!(column.dot(fit.residuals()).abs() < 1e-11);
            }
            prop_assert!((0.0..=1.0).contains(&fit.r_squared()));
        }
    }

    #[test]
    fn a_line_without_noise_is_found_exactly(a in -9.0_f64..9.0, b in -9.0_f64..9.0) {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| a + b * x).collect();
        let fit = LeastSquares::line(&x, &y).unwrap();
        prop_assert!((fit.coefficients()[0] - a).abs() < 1e-12 && (fit.coefficients()[1] - b).abs() < 1e-12);
    }
}
