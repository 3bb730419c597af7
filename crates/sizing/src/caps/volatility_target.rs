//! The position alone must not move the equity more than a set volatility.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, Refusal, SizeRequest, ceiling};

/// `ceiling = equity * capital_share * annual / (sigma_annual * mark)`, in base units.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{Cap, SizeRequest, VolatilityTarget};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let flat = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0);
/// let request = SizeRequest { annual_volatility: Some(0.8), ..flat };
/// assert_eq!(VolatilityTarget { annual: 0.2 }.ceiling(&request).quantity(), Some(0.125)); // 2 000 / 16 000
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VolatilityTarget {
    /// Standard deviation of the equity over a year that the position may cause; 0.20 unless told otherwise.
    pub annual: f64,
}

impl Default for VolatilityTarget {
    fn default() -> Self {
        Self { annual: 0.20 }
    }
}

impl VolatilityTarget {
    fn largest(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        let sigma = ceiling::known("annual volatility", request.annual_volatility)?;
        Ok(request.capital()? * self.annual / (sigma * ceiling::positive("mark", request.mark)?))
    }
}

impl Cap for VolatilityTarget {
    fn name(&self) -> CapName {
        CapName::new("volatility_target")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).map_or_else(Ceiling::from, Ceiling::at)
    }
}
