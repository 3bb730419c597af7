//! A stop some ATRs away must not cost more than a set share of the equity.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, Refusal, SizeRequest, ceiling};

/// `ceiling = equity * capital_share * risk_per_trade / (multiple * ATR)`, in base units.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{AtrRisk, Cap, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let request = SizeRequest { atr: Some(400.0), ..SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0) };
/// assert_eq!(AtrRisk::default().ceiling(&request).quantity(), Some(0.125)); // 10 000 * 1 % / (2 * 400)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AtrRisk {
    /// Share of the equity that the stop may cost; 0.01 unless told otherwise.
    pub risk_per_trade: f64,
    /// Distance of the stop, in ATR; 2 unless told otherwise.
    pub multiple: f64,
}

impl Default for AtrRisk {
    fn default() -> Self {
        Self { risk_per_trade: 0.01, multiple: 2.0 }
    }
}

impl AtrRisk {
    fn largest(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        let atr = ceiling::known("ATR", request.atr)?;
        Ok(request.capital()? * self.risk_per_trade / (self.multiple * atr))
    }
}

impl Cap for AtrRisk {
    fn name(&self) -> CapName {
        CapName::new("atr_risk")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).map_or_else(Ceiling::from, Ceiling::at)
    }
}
