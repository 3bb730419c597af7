//! One sizing decision with every cap and multiplier on, beside a book of ten and of fifty positions.

use std::error::Error;
use std::hint::black_box;
use std::time::Duration;

use autotrading::domain::{Instrument, Leverage, RegimeLabel, Side};
use autotrading::sizing::{AtrRisk, BookRisk, Edge, SizeRequest, Sizer, SizingDecision, SizingRules};
use criterion::Criterion;

const FEW: usize = 10;
const MANY: usize = 50;

/// Every pair moves together a little.
fn covariance(positions: usize) -> Vec<f64> {
    let mut all = vec![0.000_1; positions * positions];
    all.iter_mut().step_by(positions + 1).for_each(|variance| *variance = 0.000_4);
    all
}

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let (few, many) = (covariance(FEW), covariance(MANY));
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
        book: Some(BookRisk { exposures: &[4_000.0; FEW], covariance: &few, own: 0 }),
        recent_volume: Some(120.0),
        top_depth: Some(4.0),
        ..SizeRequest::new(&bitcoin, Side::Buy, 60_000.0, 100_000.0)
    };
    let larger = SizeRequest {
        book: Some(BookRisk { exposures: &[800.0; MANY], covariance: &many, own: 0 }),
        ..request
    };
    let every = Sizer::new(SizingRules::default())?;
    let one = Sizer::empty().with_cap(AtrRisk::default());
    println!("{}", every.size(&request));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("sizing");
    group.sample_size(50).measurement_time(Duration::from_secs(3)).warm_up_time(Duration::from_secs(1));
    let mut decision = SizingDecision::default();
    for (name, sizer, request) in [
        ("one cap", &one, &request),
        ("every cap, 10 positions", &every, &request),
        ("every cap, 50 positions", &every, &larger),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                sizer.size_into(black_box(request), &mut decision);
                decision.is_trade()
            });
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
