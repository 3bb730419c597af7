//! The market as an algorithm sees it.

use autotrading_domain::{Quote, Side, ValueError};

/// The market as an algorithm sees it: the touch, and how much trades. Measurements, checked once.
///
/// ```
/// use autotrading_domain::Quote;
/// use autotrading_execution::algorithm::MarketView;
///
/// let quote = Quote { bid: 99.99, bid_quantity: 2.0, ask: 100.01, ask_quantity: 3.0 };
/// let market = MarketView::new(quote, 1_000.0, 50.0)?;
/// assert_eq!(market.mid(), 100.0);
/// assert!((market.spread_bps() - 2.0).abs() < 1e-9);
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MarketView {
    quote: Quote,
    volume: f64,
    minute_volume: f64,
}

impl MarketView {
    /// A view from the touch, the volume traded since any fixed moment, and the volume that a minute usually sees (both
    /// in base units).
    ///
    /// # Errors
    /// [`ValueError::NotFinite`] for a price that is not finite and above zero, an amount that is not finite or
    /// negative, and a crossed book.
    pub fn new(quote: Quote, volume: f64, minute_volume: f64) -> Result<Self, ValueError> {
        for (what, got) in [("bid", quote.bid), ("ask", quote.ask)] {
            if !got.is_finite() || got <= 0.0 {
                return Err(ValueError::NotFinite { what, got, positive: true });
            }
        }
        if quote.ask < quote.bid {
            return Err(ValueError::NotFinite { what: "ask (below bid)", got: quote.ask, positive: true });
        }
        let amounts = [
            ("bid quantity", quote.bid_quantity),
            ("ask quantity", quote.ask_quantity),
            ("volume", volume),
            ("volume of a minute", minute_volume),
        ];
        for (what, got) in amounts {
            if !got.is_finite() || got < 0.0 {
                return Err(ValueError::NotFinite { what, got, positive: false });
            }
        }
        Ok(Self { quote, volume, minute_volume })
    }

    /// The best price on the order's own side: where it would rest.
    pub const fn near(&self, side: Side) -> f64 {
        match side {
            Side::Buy => self.quote.bid,
            Side::Sell => self.quote.ask,
        }
    }

    /// The best price on the other side: where it would take.
    pub const fn far(&self, side: Side) -> f64 {
        self.near(side.opposite())
    }

    /// Halfway between bid and ask.
    pub const fn mid(&self) -> f64 {
        f64::midpoint(self.quote.bid, self.quote.ask)
    }

    /// `(ask - bid) / mid`, in basis points.
    pub const fn spread_bps(&self) -> f64 {
        (self.quote.ask - self.quote.bid) / self.mid() * 1e4
    }

    /// What traded since the fixed moment, in base units.
    pub const fn volume(&self) -> f64 {
        self.volume
    }

    /// What a minute usually sees, in base units.
    pub const fn minute_volume(&self) -> f64 {
        self.minute_volume
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_market_without_sense_is_refused_by_name() {
        let view = |bid, ask, volume| {
            MarketView::new(Quote { bid, bid_quantity: 1.0, ask, ask_quantity: 1.0 }, volume, 1.0)
        };
        assert!(view(100.0, 100.0, 0.0).is_ok());
        for (bad, word) in [
            (view(f64::NAN, 100.0, 0.0), "bid"),
            (view(101.0, 100.0, 0.0), "below bid"),
            (view(99.0, f64::INFINITY, 0.0), "ask"),
            (view(99.0, 100.0, -1.0), "volume"),
        ] {
            assert!(bad.unwrap_err().to_string().contains(word), "{word}");
        }
    }
}
