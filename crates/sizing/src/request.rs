//! Everything that a cap may look at.

use autotrading_domain::{Direction, Holding, Instrument, InstrumentId, Leverage, Money, RegimeLabel, Side};

use crate::{Edge, Refusal, ceiling};

/// One question to the [`Sizer`](crate::Sizer): how much of this instrument, on this side, now?
///
/// Measurements are `f64`; the books are exact. What is not known is `None` or NaN: an enabled rule that needs it
/// opens nothing. [`SizeRequest::new`] starts from a flat position about which nothing else is known.
///
/// ```
/// use autotrading_domain::{Instrument, Side};
/// use autotrading_sizing::SizeRequest;
/// let instrument = Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse()?, "0.001".parse()?)?;
/// let request = SizeRequest { atr: Some(400.0), ..SizeRequest::new(&instrument, Side::Buy, 20_000.0, 10_000.0) };
/// assert_eq!(request.held(), 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SizeRequest<'a> {
    /// What is traded.
    pub instrument: &'a Instrument,
    /// Which way the position is to grow.
    pub side: Side,
    /// Mark price: quote currency per base unit, above zero.
    pub mark: f64,
    /// Wallet plus unrealized profit of the account, in settlement currency, above zero.
    pub equity: f64,
    /// What the books hold of this instrument, before the trade.
    pub holding: Holding,
    /// What carries the position's losses.
    pub margin_mode: MarginMode,
    /// Notional per unit of initial margin, as set at the venue.
    pub leverage: Leverage,
    /// Sum of the absolute notionals of the whole account at mark, this instrument included, in settlement currency.
    pub gross_notional: f64,
    /// Average true range: quote currency per base unit.
    pub atr: Option<f64>,
    /// Standard deviation of this instrument's return over the horizon of the VaR limit, as a fraction.
    pub volatility: Option<f64>,
    /// The same over a year.
    pub annual_volatility: Option<f64>,
    /// What the bet earns per bar; for Kelly.
    pub edge: Option<Edge>,
    /// What the bet earned, bar by bar and in any order, as fractions; for Kelly under a drawdown tolerance. As with the
    /// edge, the bet is the trade that is asked for.
    pub outcomes: Option<&'a [f64]>,
    /// What kind of market it is.
    pub regime: RegimeLabel,
    /// How strong the signal is, in [0, 1].
    pub strength: f64,
    /// Share of the equity that this instrument may use, in [0, 1].
    pub capital_share: f64,
    /// Fall from the high-water mark as a fraction, 0 at the high.
    pub drawdown: f64,
    /// Weight that the strategy has earned in its life cycle, in [0, 1].
    pub life_cycle_weight: f64,
    /// All positions with their covariance; `None` is enough while this instrument is the only one held.
    pub book: Option<BookRisk<'a>>,
    /// Base units traded recently, over a window that the caller chooses.
    pub recent_volume: Option<f64>,
    /// Base units at the best price that the trade would take from.
    pub top_depth: Option<f64>,
}

/// What carries the losses of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarginMode {
    /// Only the margin assigned to the position ([`Holding::isolated_margin`]); what is added brings notional by leverage.
    Isolated,
    /// The whole account.
    Cross {
        /// Wallet balance, in settlement currency.
        wallet: Money,
        /// Maintenance margin of the other positions, in settlement currency.
        other_maintenance: Money,
        /// Unrealized profit of the other positions, in settlement currency.
        other_unrealized: Money,
    },
}

/// The positions of the account and how they move together.
#[derive(Clone, Copy, Debug)]
pub struct BookRisk<'a> {
    /// Signed money of each position at mark (long above zero), in settlement currency; the traded instrument included.
    pub exposures: &'a [f64],
    /// Covariance of returns over the horizon of the VaR limit, row by row: `exposures.len()` squared entries.
    pub covariance: &'a [f64],
    /// The place of the traded instrument in both.
    pub own: usize,
}

impl<'a> BookRisk<'a> {
    /// The covariance row of the traded instrument; its entry at `own` is finite and not below zero.
    ///
    /// # Errors
    /// [`Refusal::Inconsistent`] for a wrong shape, [`Refusal::NotFinite`], [`Refusal::OutOfRange`] below zero.
    pub fn own_row(&self) -> Result<(&'a [f64], f64), Refusal> {
        let size = self.exposures.len();
        let shaped = size.checked_mul(size) == Some(self.covariance.len());
        let row = self.own.checked_mul(size).and_then(|from| self.covariance.get(from..from + size));
        let (Some(row), true) = (row, shaped && self.own < size) else {
            return Err(Refusal::inconsistent("covariance does not have one row and column per exposure"));
        };
        let variance = row.get(self.own).copied().unwrap_or(f64::NAN);
        let variance = ceiling::finite("own variance", variance)?;
        if variance < 0.0 {
            return Err(Refusal::inconsistent("own variance is below zero"));
        }
        Ok((row, variance))
    }
}

impl<'a> SizeRequest<'a> {
    /// A full-strength question about a flat, unlevered, isolated position; nothing else is known yet.
    pub fn new(instrument: &'a Instrument, side: Side, mark: f64, equity: f64) -> Self {
        Self {
            instrument,
            side,
            mark,
            equity,
            holding: Holding::none(InstrumentId::default()),
            margin_mode: MarginMode::Isolated,
            leverage: Leverage::ONE,
            gross_notional: 0.0,
            atr: None,
            volatility: None,
            annual_volatility: None,
            edge: None,
            outcomes: None,
            regime: RegimeLabel::Neutral,
            strength: 1.0,
            capital_share: 1.0,
            drawdown: 0.0,
            life_cycle_weight: 1.0,
            book: None,
            recent_volume: None,
            top_depth: None,
        }
    }

    /// Base units held in the direction of the trade; below zero when held against it.
    pub fn held(&self) -> f64 {
        // Adding zero turns a flat -0 into 0.
        self.side.sign() * self.signed() + 0.0
    }

    /// Base units held, positive long, negative short.
    pub fn signed(&self) -> f64 {
        let size = self.holding.quantity().to_f64();
        if self.holding.direction() == Direction::Short { -size } else { size }
    }

    /// Equity that this instrument may use: `equity * capital_share`, in settlement currency.
    ///
    /// # Errors
    /// Equity not finite or not above zero, share outside [0, 1].
    pub fn capital(&self) -> Result<f64, Refusal> {
        Ok(ceiling::positive("equity", self.equity)? * ceiling::share("capital share", self.capital_share)?)
    }

    /// Absolute notional of all other positions, in settlement currency.
    ///
    /// # Errors
    /// Gross notional or mark not finite.
    pub fn others_notional(&self) -> Result<f64, Refusal> {
        let own = self.signed().abs() * ceiling::positive("mark", self.mark)?;
        let gross = ceiling::finite("gross notional", self.gross_notional)?;
        // Marks of the two may differ in the last digits; the rest is noise, not a position.
        let others = gross - own;
        Ok(if others > 1e-9 * own { others } else { 0.0 })
    }

    /// What no rule can do without.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        ceiling::positive("mark", self.mark)?;
        self.capital().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_counts_against_a_buy_and_for_a_sell() {
        let instrument =
            Instrument::linear_perpetual("sim", "BTCUSDT", "0.1".parse().unwrap(), "0.001".parse().unwrap())
                .unwrap();
        let mut request = SizeRequest::new(&instrument, Side::Buy, 100.0, 1_000.0);
        request.holding.signed = "-1.5".parse().unwrap();
        assert_eq!(request.held(), -1.5);
        request.side = Side::Sell;
        assert_eq!(request.held(), 1.5);
        request.gross_notional = 450.0;
        assert_eq!(request.others_notional(), Ok(300.0));
        request.gross_notional = 149.0; // marked elsewhere, a moment ago
        assert_eq!(request.others_notional(), Ok(0.0));
        request.gross_notional = f64::NAN;
        assert!(request.others_notional().is_err());
    }

    #[test]
    fn a_covariance_of_the_wrong_shape_is_refused() {
        let book = |covariance, own| BookRisk { exposures: &[1.0, 2.0], covariance, own };
        assert!(book(&[1.0, 0.0, 0.0, 1.0], 1).own_row().is_ok());
        for bad in [
            book(&[1.0, 0.0, 0.0], 0),
            book(&[1.0, 0.0, 0.0, 1.0], 2),
            book(&[1.0; 9], 0),
            book(&[], usize::MAX),
        ] {
            assert!(bad.own_row().is_err());
        }
        assert!(book(&[-1.0, 0.0, 0.0, 1.0], 0).own_row().is_err());
        assert!(book(&[f64::NAN, 0.0, 0.0, 1.0], 0).own_row().is_err());
    }
}
