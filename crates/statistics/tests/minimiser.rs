//! The minimiser against functions whose minima are known.

use autotrading_statistics::StatisticsError;
use autotrading_statistics::minimise::{Bounds, Minimum, Status, Stop, minimise};
use proptest::prelude::*;

fn rosenbrock(x: &[f64], g: &mut [f64]) -> f64 {
    g.fill(0.0);
    let mut value = 0.0;
    for i in 0..x.len() - 1 {
        let (a, b) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
        value += a * a + 100.0 * b * b;
        g[i] += -2.0 * a - 400.0 * x[i] * b;
        g[i + 1] += 200.0 * b;
    }
    value
}

fn himmelblau(x: &[f64], g: &mut [f64]) -> f64 {
    let (a, b) = (x[0] * x[0] + x[1] - 11.0, x[0] + x[1] * x[1] - 7.0);
    g[0] = 4.0 * x[0] * a + 2.0 * b;
    g[1] = 2.0 * a + 4.0 * x[1] * b;
    a * a + b * b
}

fn close(minimum: &Minimum, point: &[f64], tolerance: f64) -> bool {
    minimum.point.iter().zip(point).all(|(a, b)| (a - b).abs() < tolerance)
}

#[test]
fn rosenbrock_s_valley_is_followed_to_its_end() {
    for start in [vec![-1.2, 1.0], vec![5.0, -7.0], vec![-1.2, 1.0, -1.2, 1.0, -1.2, 1.0]] {
        let minimum =
            minimise(rosenbrock, &start, &Bounds::none(start.len()).unwrap(), Stop::default()).unwrap();
        assert_eq!(minimum.status, Status::Converged, "{minimum:?}");
        // In six dimensions there is a second, local minimum near (-1, 1, 1, ...).
        assert!(minimum.value < 1e-12 || (minimum.value - 3.973_940_5).abs() < 1e-4, "{minimum:?}");
        assert!(minimum.iterations < 150, "{}", minimum.iterations);
    }
}

#[test]
fn rosenbrock_needs_no_more_than_the_usual_forty_steps() {
    let minimum = minimise(rosenbrock, &[-1.2, 1.0], &Bounds::none(2).unwrap(), Stop::default()).unwrap();
    assert!(close(&minimum, &[1.0, 1.0], 1e-8));
    assert!(minimum.iterations <= 45, "{}", minimum.iterations);
    assert!(minimum.evaluations <= 70, "{}", minimum.evaluations);
}

#[test]
fn each_of_himmelblau_s_four_minima_is_found_from_its_own_quarter() {
    let minima = [
        [3.0, 2.0],
        [-2.805_118_086_952_745, 3.131_312_518_250_573],
        [-3.779_310_253_377_747, -3.283_185_991_286_17],
        [3.584_428_340_330_492, -1.848_126_526_964_404],
    ];
    for m in minima {
        let start = [m[0] * 0.95, m[1] * 1.05];
        let minimum = minimise(himmelblau, &start, &Bounds::none(2).unwrap(), Stop::default()).unwrap();
        assert_eq!(minimum.status, Status::Converged);
        assert!(close(&minimum, &m, 1e-8), "{minimum:?}");
    }
}

#[test]
fn a_bound_in_the_way_is_found_and_held() {
    // Rosenbrock with x <= 1/2: the minimum on the bound is (1/2, 1/4).
    let bounds = Bounds::new(&[(-2.0, 0.5), (-2.0, 2.0)]).unwrap();
    let minimum = minimise(rosenbrock, &[-1.2, 1.0], &bounds, Stop::default()).unwrap();
    assert_eq!(minimum.status, Status::Converged, "{minimum:?}");
    assert_eq!(minimum.point[0], 0.5);
    assert!((minimum.point[1] - 0.25).abs() < 1e-9);
    assert!(minimum.gradient[0] < 0.0);
}

#[test]
fn a_corner_is_a_minimum_when_both_gradients_point_outward() {
    let bounds = Bounds::new(&[(4.0, 9.0), (3.0, 9.0)]).unwrap();
    let minimum = minimise(himmelblau, &[8.0, 8.0], &bounds, Stop::default()).unwrap();
    assert_eq!((minimum.status, minimum.point), (Status::Converged, vec![4.0, 3.0]));
}

#[test]
fn a_variable_without_room_stays_where_it_is() {
    let bounds = Bounds::new(&[(-2.0, 2.0), (0.0, 0.0)]).unwrap();
    let minimum = minimise(rosenbrock, &[-1.0, 0.0], &bounds, Stop::default()).unwrap();
    assert_eq!(minimum.status, Status::Converged);
    assert_eq!(minimum.point[1], 0.0);
    // d/dx [(1 - x)^2 + 100 x^4] = 0
    assert!((minimum.point[0] - 0.161_262_030_703_168).abs() < 1e-6, "{minimum:?}");
}

#[test]
fn a_start_outside_the_box_is_moved_inside() {
    let bounds = Bounds::new(&[(0.0, 1.0)]).unwrap();
    let minimum = minimise(
        |x, g| {
            g[0] = 1.0;
            x[0]
        },
        &[5.0],
        &bounds,
        Stop::default(),
    )
    .unwrap();
    assert_eq!((minimum.status, minimum.point), (Status::Converged, vec![0.0]));
}

#[test]
fn a_region_where_the_function_is_not_defined_is_avoided() {
    // x - ln x, defined for x > 0 only; the first full step from 0.01 would go far below zero from the right side.
    let barrier = |x: &[f64], g: &mut [f64]| {
        g[0] = 1.0 - 1.0 / x[0];
        if x[0] > 0.0 { x[0] - x[0].ln() } else { f64::NAN }
    };
    for start in [0.01, 3.0, 500.0] {
        let minimum = minimise(barrier, &[start], &Bounds::none(1).unwrap(), Stop::default()).unwrap();
        assert_eq!(minimum.status, Status::Converged, "{minimum:?}");
        assert!((minimum.point[0] - 1.0).abs() < 1e-7);
    }
}

#[test]
fn every_way_of_not_arriving_has_its_status_and_finite_numbers() {
    let few = Stop { iterations: 3, ..Stop::default() };
    let minimum = minimise(rosenbrock, &[-1.2, 1.0], &Bounds::none(2).unwrap(), few).unwrap();
    assert_eq!((minimum.status, minimum.iterations), (Status::MaxIterations, 3));

    // A gradient of the wrong sign promises a descent that never comes.
    let wrong = |x: &[f64], g: &mut [f64]| {
        g[0] = -2.0 * x[0];
        x[0] * x[0]
    };
    assert_eq!(
        minimise(wrong, &[1.0], &Bounds::none(1).unwrap(), Stop::default()).unwrap().status,
        Status::Stalled
    );

    let mut first = true;
    let cliff = |x: &[f64], g: &mut [f64]| {
        g[0] = 1.0;
        if std::mem::take(&mut first) { x[0] } else { f64::NAN }
    };
    let minimum = minimise(cliff, &[1.0], &Bounds::none(1).unwrap(), Stop::default()).unwrap();
    assert_eq!((minimum.status, minimum.value), (Status::NonFinite, 1.0));
}

/// Near its minimum on the face of this box the sum of squares is 2e-5, and its rounding a hundred times its last digit.
#[test]
fn where_the_values_differ_by_rounding_alone_the_slope_leads_on() {
    let start = [-2.819_705_180_011_552, 4.965_886_073_534_766, -1.538_302_009_788_229_6];
    let corner = [
        (-0.551_278_162_494_023_7, 2.683_516_561_546_815_7),
        (-1.071_323_209_205_943, 2.530_760_168_073_775_2),
        (-1.321_342_418_188_133_5, 2.313_696_884_536_102),
    ];
    let pairs = corner.map(|(lower, width)| (lower, lower + width));
    let minimum = minimise(rosenbrock, &start, &Bounds::new(&pairs).unwrap(), Stop::default()).unwrap();
    assert_eq!(minimum.status, Status::Converged, "{minimum:?}");
}

#[test]
fn bad_input_is_named() {
    let nan = |_: &[f64], _: &mut [f64]| f64::NAN;
    assert!(matches!(
        minimise(nan, &[1.0], &Bounds::none(1).unwrap(), Stop::default()),
        Err(StatisticsError::NotFinite { .. })
    ));
    assert!(matches!(
        minimise(nan, &[1.0], &Bounds::none(2).unwrap(), Stop::default()),
        Err(StatisticsError::Length { .. })
    ));
    assert!(matches!(
        Bounds::new(&[(0.0, 1.0), (2.0, 1.0)]),
        Err(StatisticsError::OutOfRange { index: 1, .. })
    ));
    assert!(Bounds::new(&[]).is_err() && Bounds::new(&[(f64::NAN, 1.0)]).is_err());
    let stop = Stop { gradient: 0.0, ..Stop::default() };
    assert!(minimise(rosenbrock, &[1.0, 1.0], &Bounds::none(2).unwrap(), stop).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Slow oracle: projected coordinate descent, exact in each coordinate.
    #[test]
    fn a_convex_quadratic_in_a_box_agrees_with_coordinate_descent(
        entries in prop::collection::vec(-1.0_f64..1.0, 16),
        linear in prop::collection::vec(-3.0_f64..3.0, 4),
        corner in prop::collection::vec((-2.0_f64..0.5, 0.0_f64..2.0), 4),
        start in prop::collection::vec(-3.0_f64..3.0, 4),
    ) {
        let a = |i: usize, j: usize| {
            (0..4).map(|k| entries[4 * i + k] * entries[4 * j + k]).sum::<f64>() + if i == j { 0.3 } else { 0.0 }
        };
        let pairs: Vec<(f64, f64)> = corner.iter().map(|&(l, w)| (l, l + w)).collect();
        let quadratic = |x: &[f64], g: &mut [f64]| {
            let mut value = 0.0;
            for i in 0..4 {
                let row: f64 = (0..4).map(|j| a(i, j) * x[j]).sum();
                g[i] = row - linear[i];
                value += 0.5 * x[i] * row - linear[i] * x[i];
            }
            value
        };
        let minimum = minimise(quadratic, &start, &Bounds::new(&pairs).unwrap(), Stop::default()).unwrap();
        prop_assert_eq!(minimum.status, Status::Converged);
        let mut x = [0.0; 4];
        for _ in 0..2_000 {
            for i in 0..4 {
                let others: f64 = (0..4).filter(|&j| j != i).map(|j| a(i, j) * x[j]).sum();
                x[i] = ((linear[i] - others) / a(i, i)).clamp(pairs[i].0, pairs[i].1);
            }
        }
        prop_assert!(close(&minimum, &x, 1e-6), "{:?} {:?}", minimum, x);
    }

    #[test]
    fn the_answer_is_inside_the_box_and_never_above_the_start(
        start in prop::collection::vec(-5.0_f64..5.0, 3),
        corner in prop::collection::vec((-3.0_f64..3.0, 0.0_f64..3.0), 3),
    ) {
        let pairs: Vec<(f64, f64)> = corner.iter().map(|&(l, w)| (l, l + w)).collect();
        let minimum = minimise(rosenbrock, &start, &Bounds::new(&pairs).unwrap(), Stop::default()).unwrap();
        let inside: Vec<f64> = start.iter().zip(&pairs).map(|(x, p)| x.clamp(p.0, p.1)).collect();
        prop_assert!(minimum.value <= rosenbrock(&inside, &mut [0.0; 3]) * (1.0 + 1e-12));
        prop_assert!(minimum.point.iter().zip(&pairs).all(|(x, p)| (p.0..=p.1).contains(x)));
        prop_assert!(minimum.status == Status::Converged, "{:?}", minimum);
    }
}
