//! Always the same size: for comparisons, where the size must not be part of the result.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, SizeRequest};

/// `ceiling = quantity`, whatever the market does.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{Cap, Fixed, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let request = SizeRequest::new(&instrument, Side::Sell, 20_000.0, 10_000.0);
/// assert_eq!(Fixed { quantity: 1.0 }.ceiling(&request).quantity(), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// Base units.
    pub quantity: f64,
}

impl Cap for Fixed {
    fn name(&self) -> CapName {
        CapName::new("fixed")
    }

    fn ceiling(&self, _: &SizeRequest<'_>) -> Ceiling {
        Ceiling::at(self.quantity)
    }
}
