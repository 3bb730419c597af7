//! One sizing decision with every cap and multiplier on, beside a book of ten positions.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::domain::{Instrument, Leverage, RegimeLabel, Side};
use autotrading::sizing::{AtrRisk, BookRisk, Edge, SizeRequest, Sizer, SizingDecision, SizingRules};
use criterion::Criterion;

const POSITIONS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let exposures = [4_000.0; POSITIONS];
    let mut covariance = [0.000_1; POSITIONS * POSITIONS];
    covariance.iter_mut().step_by(POSITIONS + 1).for_each(|variance| *variance = 0.000_4);
    let request = SizeRequest {
        leverage: Leverage::new(5.into())?,
        gross_notional: 40_000.0,
        atr: Some(240.0),
        volatility: Some(0.02),
        annual_volatility: Some(0.40),
        edge: Some(Edge { mean: 0.001_2, variance: 0.000_2, n_eff: 700.0, observations: 800 }),
        regime: RegimeLabel::Bull,
        strength: 0.8,
        drawdown: 0.01,
        book: Some(BookRisk { exposures: &exposures, covariance: &covariance, own: 0 }),
        recent_volume: Some(120.0),
        top_depth: Some(4.0),
        ..SizeRequest::new(&bitcoin, Side::Buy, 60_000.0, 100_000.0)
    };
    let every = Sizer::new(SizingRules::default())?;
    let one = Sizer::empty().with_cap(AtrRisk::default());
    println!("{}", every.size(&request));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("sizing");
    group.sample_size(50).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    let mut decision = SizingDecision::default();
    for (name, sizer) in [("one cap", &one), ("every cap", &every)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                sizer.size_into(black_box(&request), &mut decision);
                decision.is_trade()
            });
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
