//! What kind of market is this? A detector is shown three kinds of market, one bar at a time.
//!
//! ```text
//! cargo run -p autotrading-examples --example detect_a_regime
//! ```

use std::error::Error;

use autotrading_domain::{Bar, RegimeLabel, Span, Timestamp};
use autotrading_regime::{Detector, DetectorRules};

/// A price that drifts by `drift` a bar and swings by `swing`.
struct Market {
    price: f64,
    hour: i64,
}

impl Market {
    fn next(&mut self, drift: f64, swing: f64) -> Bar {
        let angle = self.hour as f64;
        let change = drift + swing * ((angle * 1.7).sin() + (angle * 0.61).cos()) / 2.0;
        let open = self.price;
        self.price *= 1.0 + change;
        let (high, low) = (open.max(self.price) * 1.001, open.min(self.price) * 0.999);
        let open_time = Timestamp::from_secs(1_704_067_200).after(Span::HOUR.times(self.hour));
        self.hour += 1;
        Bar {
            open_time,
            interval: Span::HOUR,
            open,
            high,
            low,
            close: self.price,
            volume: 100.0,
            closed: true,
            synthetic: false,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rules =
        DetectorRules { warm_up: 100, trend_half_life: 36.0, level_window: 240, ..DetectorRules::default() };
    let mut detector = Detector::new(rules)?;
    let mut market = Market { price: 30_000.0, hour: 0 };
    let chapters = [
        ("nothing much happens", 240, 0.0, 0.004),
        ("a steady rise", 240, 0.002, 0.004),
        ("nervous, going nowhere", 240, 0.0, 0.015),
        ("a slide", 240, -0.003, 0.008),
    ];

    println!(
        "The market of a detector that knows only the past. A line for each change of label, and every 120 bars.\n"
    );
    println!(
        "{:>5} {:>9}  {:<10} {:>6} {:>12} {:>7}",
        "hour", "price", "label", "sure", "volatility", "level"
    );
    for (story, hours, drift, swing) in chapters {
        println!("--- {story}");
        for step in 0..hours {
            let before = detector.estimate().label;
            let bar = market.next(drift, swing);
            let now = *detector.observe(&bar)?;
            if now.label == before && step % 120 != 119 {
                continue;
            }
            let forecast =
                now.volatility.map_or("-".to_owned(), |volatility| format!("{:.3} %", volatility * 100.0));
            println!(
                "{:>5} {:>9.0}  {:<10} {:>5.0}% {forecast:>12} {:>7}",
                market.hour,
                bar.close,
                format!("{:?}", now.label),
                now.confidence * 100.0,
                format!("{:?}", now.volatility_level)
            );
        }
    }

    let last = detector.estimate();
    println!("\nProbabilities at the end:");
    for (label, probability) in RegimeLabel::ALL.iter().zip(last.probabilities) {
        println!("  {:<10} {:>5.1} %", format!("{label:?}"), probability * 100.0);
    }
    if let Err(error) = detector.observe(&Bar { close: f64::NAN, ..market.next(0.0, 0.0) }) {
        println!("\nA bar that cannot be true changes nothing: {error}");
    }
    Ok(())
}
