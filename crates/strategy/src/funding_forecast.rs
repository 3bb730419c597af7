//! What funding will be paid over a horizon, at the moments at which it is paid.

use autotrading_domain::{Span, Timestamp};

use crate::strategy::FundingOutlook;

/// Rates beyond this are not funding: no venue lets one pass.
const LARGEST_RATE: f64 = 1.0;

/// Expects rates that fall back from the announced one toward the usual one: the k-th funding from now has the rate
/// `usual + (announced - usual) * persistence^k`, k from 0. The usual rate is an exponential mean over the fundings so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FundingForecast {
    memory: f64,
    persistence: f64,
    outlook: Option<FundingOutlook>,
    /// Mean of the rates of fundings that are over, and how many there were.
    usual: f64,
    count: f64,
}

impl FundingForecast {
    pub(crate) fn new(memory: usize, persistence: f64) -> Self {
        Self { memory: memory.max(1) as f64, persistence, outlook: None, usual: 0.0, count: 0.0 }
    }

    /// Takes an announcement; one that cannot be true is not heard.
    pub(crate) fn hear(&mut self, rate: f64, next: Timestamp) {
        if rate.is_nan() || rate.abs() > LARGEST_RATE {
            return;
        }
        if let Some(before) = self.outlook.filter(|before| next > before.next) {
            self.count = (self.count + 1.0).min(self.memory);
            self.usual += (before.rate - self.usual) / self.count;
        }
        if self.outlook.is_none_or(|before| next >= before.next) {
            self.outlook = Some(FundingOutlook { rate, next });
        }
    }

    /// The sum of the rates at the funding times after `now` within the horizon; longs pay when positive. `None` if
    /// nothing was announced, or only what is over.
    pub(crate) fn expected(&self, now: Timestamp, interval: Option<Span>, horizon: Span) -> Option<f64> {
        let outlook = self.outlook.filter(|outlook| outlook.next > now)?;
        let times = f64::from(outlook.times(now, interval, horizon));
        let usual = if self.count > 0.0 { self.usual } else { outlook.rate };
        let kept = if self.persistence < 1.0 {
            (1.0 - self.persistence.powf(times)) / (1.0 - self.persistence)
        } else {
            times
        };
        Some(usual * times + (outlook.rate - usual) * kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(count: i64) -> Timestamp {
        Timestamp::EPOCH.after(Span::HOUR.times(count))
    }

    #[test]
    fn only_the_funding_times_inside_the_horizon_count() {
        let mut forecast = FundingForecast::new(3, 1.0);
        let expected = |forecast: &FundingForecast, now, hours| {
            forecast.expected(hour(now), Some(Span::HOUR.times(8)), Span::HOUR.times(hours))
        };
        assert_eq!(expected(&forecast, 0, 24), None);
        forecast.hear(0.0005, hour(8));
        assert!((expected(&forecast, 0, 24).unwrap() - 0.0015).abs() < 1e-15); // at 8, 16, 24
        assert!((expected(&forecast, 0, 23).unwrap() - 0.0010).abs() < 1e-15);
        assert_eq!(expected(&forecast, 0, 7), Some(0.0));
        assert_eq!(expected(&forecast, 8, 24), None, "what was announced is over");
    }

    #[test]
    fn a_rate_falls_back_to_the_usual_one() {
        let mut forecast = FundingForecast::new(100, 0.5);
        for day in 0..50 {
            forecast.hear(0.0001, hour(8 * day));
        }
        forecast.hear(0.0009, hour(400));
        // Excesses of 8, 4 and 2 basis points tenths above the usual 1: 9 + 5 + 3.
        let expected = forecast.expected(hour(393), Some(Span::HOUR.times(8)), Span::HOUR.times(23)).unwrap();
        assert!((expected - 0.0017).abs() < 1e-12, "{expected}");
    }

    #[test]
    fn nonsense_and_yesterdays_news_are_not_heard() {
        let mut forecast = FundingForecast::new(3, 1.0);
        forecast.hear(0.001, hour(16));
        forecast.hear(f64::NAN, hour(24));
        forecast.hear(7.0, hour(24));
        forecast.hear(0.002, hour(8));
        assert_eq!(forecast.expected(hour(9), None, Span::DAY), Some(0.001));
    }
}
