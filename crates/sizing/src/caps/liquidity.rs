//! A trade must stay small beside what others trade and offer.

use serde::{Deserialize, Serialize};

use crate::{Cap, CapName, Ceiling, Refusal, SizeRequest, ceiling};

/// `ceiling = held + min(volume_share * recent volume, depth_share * depth at the best price)`, in base units.
///
/// It limits the trade, not the position: what is held has been traded already. A share that is absent does not
/// apply; [`Default`] has both.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::{Cap, Liquidity, SizeRequest};
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let flat = SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0);
/// let request = SizeRequest { recent_volume: Some(50.0), top_depth: Some(8.0), ..flat };
/// assert_eq!(Liquidity::default().ceiling(&request).quantity(), Some(4.0)); // min(10 % of 50, 50 % of 8)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liquidity {
    /// Share of the recent volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_share: Option<f64>,
    /// Share of the depth at the best price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth_share: Option<f64>,
}

impl Default for Liquidity {
    fn default() -> Self {
        Self { volume_share: Some(0.10), depth_share: Some(0.50) }
    }
}

impl Liquidity {
    fn largest(&self, request: &SizeRequest<'_>) -> Result<Ceiling, Refusal> {
        let mut room = f64::INFINITY;
        if let Some(share) = self.volume_share {
            room = share * ceiling::known("recent volume", request.recent_volume)?;
        }
        if let Some(share) = self.depth_share {
            room = room.min(share * ceiling::known("top-of-book depth", request.top_depth)?);
        }
        Ok(if room == f64::INFINITY { Ceiling::Unlimited } else { Ceiling::at(request.held() + room) })
    }
}

impl Cap for Liquidity {
    fn name(&self) -> CapName {
        CapName::new("liquidity")
    }

    fn ceiling(&self, request: &SizeRequest<'_>) -> Ceiling {
        self.largest(request).unwrap_or_else(Ceiling::from)
    }
}

#[cfg(test)]
mod tests {
    use autotrading_domain::{Instrument, Side};

    use super::*;

    #[test]
    fn an_empty_book_or_an_unknown_volume_opens_nothing() {
        let instrument =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        let flat = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
        let ceiling = |volume, depth| {
            Liquidity::default().ceiling(&SizeRequest { recent_volume: volume, top_depth: depth, ..flat })
        };
        assert_eq!(ceiling(Some(10.0), Some(0.0)).quantity(), Some(0.0));
        assert_eq!(ceiling(None, Some(1.0)).quantity(), Some(0.0));
        assert_eq!(ceiling(Some(10.0), Some(1.0)).quantity(), Some(0.5));
        let mut held = SizeRequest { recent_volume: Some(10.0), top_depth: Some(1.0), ..flat };
        held.holding.signed = 2.into();
        assert_eq!(Liquidity::default().ceiling(&held).quantity(), Some(2.5));
        let bars_only = Liquidity { depth_share: None, ..Liquidity::default() };
        assert_eq!(
            bars_only.ceiling(&SizeRequest { recent_volume: Some(10.0), ..flat }).quantity(),
            Some(1.0)
        );
    }
}
