//! What realism costs: a year of minutes through the whole engine with fees alone, and with funding at its times, isolated
//! margin, liquidation on every bar's extremes and tiered fees on top.
//!
//! Both runs take turns, so that whatever else the machine does meets both; what is compared is processor time.
#![allow(clippy::disallowed_methods, reason = "what time was used comes from outside")]

use std::error::Error;
use std::hint::black_box;
use std::ops::ControlFlow;

use autotrading::backtest::{Backtest, BacktestConfiguration, Detail, ResearchRules, Summary};
use autotrading::core::Unrecorded;
use autotrading::domain::{Leverage, Money, Rate};
use autotrading::exchanges::{FeeSchedule, FeeTier, MarginRule, VenueRules};
use autotrading::market_data::CommonWorkload;

const BARS: usize = 525_600;
const REPEATS: usize = 15;

fn real() -> Result<BacktestConfiguration, Box<dyn Error>> {
    let plain = ResearchRules::default().configuration();
    let leverage = Leverage::new(2.into())?;
    let tier = |from: i64, maker: i64, taker: i64| FeeTier {
        from_volume: Money::new(from.into()),
        maker: Rate::basis_points(maker),
        taker: Rate::basis_points(taker),
    };
    let mut real = BacktestConfiguration {
        venue: VenueRules {
            default_funding_rate: Some(Rate::basis_points(1)),
            margin: MarginRule::Isolated { leverage },
            liquidation: true,
            liquidation_fee: Rate::basis_points(50),
            ..plain.venue
        },
        fee_tiers: Some(FeeSchedule::new(vec![tier(0, 2, 5), tier(50_000, 1, 4), tier(200_000, 0, 3)])?),
        ..plain
    };
    real.instrument.leverage = leverage;
    Ok(real)
}

/// Seconds that this process has used outside the system, as Linux counts them: in hundredths.
fn user_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(11)?.parse().ok()?;
    Some(ticks / 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let history = CommonWorkload::history(BARS);
    let (plain, real) = (ResearchRules::default().configuration(), real()?);
    let summary = |configuration: &BacktestConfiguration| -> Result<Summary, Box<dyn Error>> {
        let backtest = Backtest {
            configuration,
            history: history.all(),
            funding: &[],
            data: "common workload",
            detail: Detail::Summary,
        };
        let (finished, _) = backtest.run(Unrecorded, |_| ControlFlow::Continue(()))?;
        Ok(finished.summary(&backtest)?)
    };
    let (bare, full) = (summary(&plain)?, summary(&real)?);
    println!("fees alone: equity {}, {} fills", bare.final_equity, bare.fills);
    println!("everything: equity {}, {} fills, funding {}", full.final_equity, full.fills, full.funding);
    if full.fills != bare.fills || full.funding.is_zero() || full.fees == bare.fees {
        return Err("the same orders should be filled, with funding and other fees".into());
    }
    // With an argument one of the two runs alone, for whoever counts its instructions.
    match std::env::args().nth(1).as_deref() {
        Some("plain") => return summary(&plain).map(|_| ()),
        Some("real") => return summary(&real).map(|_| ()),
        _ => {}
    }
    let mut least = [f64::INFINITY; 2];
    for _ in 0..REPEATS {
        for (least, configuration) in least.iter_mut().zip([&plain, &real]) {
            let Some(begin) = user_seconds() else { continue };
            for _ in 0..2 {
                black_box(summary(configuration)?);
            }
            *least = least.min((user_seconds().unwrap_or(f64::INFINITY) - begin) / 2.0);
        }
    }
    let [plain, real] = least;
    println!("fees alone {:.0} ms, everything {:.0} ms: {:.2} times", plain * 1e3, real * 1e3, real / plain);
    Ok(())
}
