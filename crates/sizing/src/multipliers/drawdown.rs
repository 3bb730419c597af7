//! Smaller while losing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{CapName, Multiplier, Refusal, SizeRequest, ceiling};

/// `factor = (limit - drawdown) / (limit / 2)`, held within [0, 1]: 1 up to half of the limit, 0 at the limit.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{DrawdownThrottle, Multiplier, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let flat = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0);
/// let factor = |drawdown| DrawdownThrottle { limit: 0.125 }.factor(&SizeRequest { drawdown, ..flat });
/// assert_eq!([factor(0.03125)?, factor(0.09375)?, factor(0.2)?], [1.0, 0.5, 0.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DrawdownThrottle {
    /// The drawdown at which nothing is opened any more, as a fraction; 0.10 unless told otherwise.
    pub limit: f64,
}

impl Default for DrawdownThrottle {
    fn default() -> Self {
        Self { limit: 0.10 }
    }
}

impl Multiplier for DrawdownThrottle {
    fn name(&self) -> CapName {
        CapName::new("drawdown")
    }

    fn factor(&self, request: &SizeRequest<'_>) -> Result<f64, Refusal> {
        let drawdown = ceiling::finite("drawdown", request.drawdown)?;
        if drawdown < 0.0 {
            let (input, expected) = ("drawdown".into(), Cow::Borrowed("0 at the high, above zero below it"));
            return Err(Refusal::OutOfRange { input, got: drawdown, expected });
        }
        Ok(((self.limit - drawdown) / (0.5 * self.limit)).clamp(0.0, 1.0))
    }
}
