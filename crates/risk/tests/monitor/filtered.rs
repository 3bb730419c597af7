//! History filtered by a GARCH volatility, on the returns of the golden numbers.

use autotrading_regime::garch::{Dynamics, Errors, VolatilityModel};
use autotrading_risk::{filtered_tail_risk, rolling_value_at_risk, test_forecasts};

use crate::golden::returns;

/// Days that the model is fitted to, and days that each forecast looks back on.
const FITTED: usize = 2_000;
const WINDOW: usize = 500;

#[test]
fn history_filtered_by_garch_holds_out_of_sample_where_plain_history_does_not() {
    let returns = returns();
    let model = VolatilityModel { dynamics: Dynamics::Gjr, errors: Errors::StudentT };
    let fit = model.fit(&returns[..FITTED]).unwrap();
    let sigma: Vec<f64> =
        model.evaluate(&fit.parameters, &returns).unwrap().variances.iter().map(|v| v.sqrt()).collect();
    let forecast = |day: usize| {
        let window = day - WINDOW..day;
        filtered_tail_risk(&returns[window.clone()], &sigma[window], sigma[day], 0.99, 1).unwrap()
    };
    let filtered: Vec<f64> = (FITTED..returns.len()).map(|day| forecast(day).value_at_risk).collect();
    let plain = rolling_value_at_risk(&returns[FITTED - WINDOW..], WINDOW, 0.99).unwrap();
    let [filtered_test, plain_test] =
        [&filtered, &plain].map(|series| test_forecasts(&returns[FITTED..], series, 0.99).unwrap());
    assert!(filtered_test.coverage.p_value > 0.05, "{:?} of {}", filtered_test.count, filtered.len());
    assert!(filtered_test.independence.p_value > 0.05, "{:?}", filtered_test.independence);
    assert!(plain_test.conditional_coverage.p_value < 0.01, "{:?}", plain_test.conditional_coverage);

    // The autumn of 2008 against the year before: the forecast knows, day by day.
    let wildest = filtered.iter().copied().fold(0.0, f64::max);
    let calmest = filtered.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(wildest > 8.0 * calmest, "{calmest} {wildest}");
}

#[test]
fn volatilities_that_do_not_fit_are_refused() {
    assert!(filtered_tail_risk(&[0.01, 0.02], &[0.01], 0.01, 0.95, 1).is_err());
    assert!(filtered_tail_risk(&[0.01, 0.02], &[0.01, 0.0], 0.01, 0.95, 1).is_err());
    assert!(filtered_tail_risk(&[0.01, 0.02], &[0.01, 0.01], f64::NAN, 0.95, 1).is_err());
}
