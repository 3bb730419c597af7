//! Reference numbers: the Python package `hmmlearn` 0.3.3 without priors, tolerance 1e-9 on the log-likelihood.
//!
//! Input: 100 times the simple returns of `tests/data/spx_adjclose_5031.csv`, one feature. Start: initial probabilities
//! alike; 0.95 on the diagonal of the moves, the rest alike; means at the sample's; variances at the sample's (divided
//! by n) times the multiples below. States are by ascending variance.

/// One model's numbers.
pub(crate) struct Golden {
    pub(crate) multiples: &'static [f64],
    pub(crate) steps: usize,
    pub(crate) log_likelihood: f64,
    pub(crate) transition: &'static [&'static [f64]],
    pub(crate) means: &'static [f64],
    pub(crate) variances: &'static [f64],
    pub(crate) path_log_likelihood: f64,
    /// SHA-256 of the likeliest path as one byte for each day.
    pub(crate) path_digest: &'static str,
    pub(crate) path_counts: &'static [usize],
    pub(crate) path_switches: usize,
    pub(crate) filtered_last: &'static [f64],
    pub(crate) smoothed_first: &'static [f64],
    pub(crate) filtered_at_2499: &'static [f64],
    pub(crate) smoothed_at_2499: &'static [f64],
    pub(crate) days_that_differ: usize,
    /// Log-likelihood after so many steps.
    pub(crate) after_steps: [(usize, f64); 4],
    /// Annualised Sharpe ratio of being long the day after the calm state was likeliest: filtered, smoothed.
    pub(crate) sharpe: [f64; 2],
}

pub(crate) const TWO: Golden = Golden {
    multiples: &[0.4, 2.5],
    steps: 36,
    log_likelihood: -7131.88699089692,
    transition: &[&[0.9882709775924213, 0.011729022407578771], &[0.022054265769583633, 0.9779457342304164]],
    means: &[0.07004019362725432, -0.06944383639853906],
    variances: &[0.4705683664905853, 3.2598645611168826],
    path_log_likelihood: -7206.450685171801,
    path_digest: "d5fb2142441d398f657618fcc952c9c41dbbf821f1bb06ce50648d5f4b822210",
    path_counts: &[3309, 1721],
    path_switches: 44,
    filtered_last: &[0.21134536805164472, 0.7886546319483553],
    smoothed_first: &[3.3982658589723535e-68, 1.0],
    filtered_at_2499: &[0.019864803195778657, 0.9801351968042213],
    smoothed_at_2499: &[0.00024395111888568836, 0.9997560488813828],
    days_that_differ: 420,
    after_steps: [
        (0, -7215.207527651807),
        (1, -7149.432750176514),
        (5, -7132.403894273108),
        (20, -7131.886999482584),
    ],
    sharpe: [0.09429443245655797, 1.1100562443724677],
};

pub(crate) const THREE: Golden = Golden {
    multiples: &[0.25, 1.0, 4.0],
    steps: 80,
    log_likelihood: -6901.4291233625345,
    transition: &[
        &[0.9794018649520899, 0.020389366703835284, 0.0002087683440748424],
        &[0.019977845024655383, 0.9732470151086691, 0.006775139866675546],
        &[7.191001048758962e-40, 0.03147701312366038, 0.9685229868763396],
    ],
    means: &[0.0921750348150395, -0.018206262622403616, -0.11458586943540602],
    variances: &[0.30092972182348193, 1.3535550833682428, 7.058311810118063],
    path_log_likelihood: -7040.715828456875,
    path_digest: "b0774f7e98513735779b8a47d8d34ae8349c2e98cfd58dc2dd4475ad4cca0b1e",
    path_counts: &[2265, 2312, 453],
    path_switches: 73,
    filtered_last: &[0.016201348278031637, 0.3246755862276012, 0.6591230654943672],
    smoothed_first: &[5.845080756223082e-177, 1.0, 4.955132061216183e-69],
    filtered_at_2499: &[0.00021913069002070396, 0.06725675115202787, 0.9325241181579513],
    smoothed_at_2499: &[9.242667695675366e-08, 0.0011168374628519413, 0.9988830701106913],
    days_that_differ: 597,
    after_steps: [
        (0, -6999.085346429824),
        (1, -6919.618255434488),
        (5, -6901.702717809275),
        (20, -6901.430279215303),
    ],
    sharpe: [0.2631984888502795, 1.6741638976515008],
};
