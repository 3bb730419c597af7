//! No instrument may be more than a share of the equity.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, Refusal, SizeRequest, ceiling};

/// `ceiling = equity * capital_share * share / mark`, in base units; what is held counts.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{Cap, Concentration, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let request = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0);
/// assert_eq!(Concentration::default().ceiling(&request).quantity(), Some(0.1)); // 10 000 * 20 % / 20 000
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Concentration {
    /// Largest notional of one instrument, as a fraction of the equity; 0.20 unless told otherwise.
    pub share: f64,
}

impl Default for Concentration {
    fn default() -> Self {
        Self { share: 0.20 }
    }
}

impl Concentration {
    fn largest(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        Ok(request.capital()? * self.share / ceiling::positive("mark", request.mark)?)
    }
}

impl Cap for Concentration {
    fn name(&self) -> CapName {
        CapName::new("concentration")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).map_or_else(Ceiling::from, Ceiling::at)
    }
}
