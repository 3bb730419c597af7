//! A rule of your own beside the built-in ones: a type, a name and a formula.
//!
//! ```text
//! cargo run -p autotrading-examples --example your_own_cap
//! ```

use std::error::Error;

use autotrading_domain::{Instrument, Side};
use autotrading_sizing::{
    AtrRisk, Cap, CapName, Ceiling, GrossLeverage, Multiplier, Refusal, SizeRequest, Sizer, ceiling,
};

/// Funding must not cost more than a share of the equity a day: `share * equity / (rate * times a day * mark)`.
struct FundingBudget {
    /// Of the equity, a day.
    share: f64,
    /// What the next funding will take from a long, as a rate; negative when longs receive it.
    next_rate: f64,
    times_a_day: f64,
}

impl Cap for FundingBudget {
    fn name(&self) -> CapName {
        "funding_budget".into()
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        // What it cannot believe it answers with a refusal, which opens nothing: a NaN never becomes a size.
        let cost = match ceiling::finite("next funding rate", self.next_rate) {
            Ok(rate) => rate * request.side.sign() * self.times_a_day,
            Err(refusal) => return refusal.into(),
        };
        if cost <= 0.0 {
            return Ceiling::Unlimited; // we are paid
        }
        Ceiling::at(self.share * request.equity / (cost * request.mark))
    }
}

/// Half as much while nobody watches.
struct Weekend(bool);

impl Multiplier for Weekend {
    fn name(&self) -> CapName {
        "weekend".into()
    }

    fn factor(&self, _: &SizeRequest<'_>) -> Result<f64, Refusal> {
        Ok(if self.0 { 0.5 } else { 1.0 })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let bitcoin = Instrument::linear_perpetual("binance", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
    let request =
        SizeRequest { atr: Some(500.0), ..SizeRequest::new(&bitcoin, Side::Buy, 50_000.0, 100_000.0) };
    for (day, next_rate, weekend) in [
        ("Funding is cheap", 0.000_1, false),
        ("Funding is dear", 0.001, false),
        ("Funding is dear, on a Sunday", 0.001, true),
        ("Nobody knows the funding", f64::NAN, false),
    ] {
        let sizer = Sizer::empty()
            .with_cap(AtrRisk::default())
            .with_cap(GrossLeverage { maximum: 3.0 })
            .with_cap(FundingBudget { share: 0.001, next_rate, times_a_day: 3.0 })
            .with_multiplier(Weekend(weekend));
        println!("{day}:\n{}", sizer.size(&request));
    }
    // The other way round the short is paid, and the budget has nothing against it.
    let short = SizeRequest { side: Side::Sell, ..request };
    let paid = FundingBudget { share: 0.001, next_rate: 0.001, times_a_day: 3.0 };
    assert_eq!(paid.ceiling(&short), Ceiling::Unlimited);
    Ok(())
}
