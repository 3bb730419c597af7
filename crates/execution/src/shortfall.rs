//! What an order cost after it was made, split by cause.

use autotrading_domain::{Side, ValueError};

/// One execution as it is judged afterwards: measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedFill {
    /// Its price, in quote currency per base unit.
    pub price: f64,
    /// How much, in base units.
    pub quantity: f64,
    /// The mid of the market just before it.
    pub mid: f64,
    /// What it cost, in quote currency; a rebate is negative.
    pub fee: f64,
}

/// One order as it is judged afterwards: measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedOrder<'a> {
    /// Which way.
    pub side: Side,
    /// How much was wanted, in base units.
    pub quantity: f64,
    /// The mid when the trade was decided.
    pub decision: f64,
    /// The mid when the order reached the venue.
    pub arrival: f64,
    /// The mid when the order was over.
    pub close: f64,
    /// What our own trading is thought to have moved the price, in basis points of the arrival price, against us when
    /// positive; e.g. from [`predicted_slippage`](crate::predicted_slippage) without the spread.
    pub impact_bps: f64,
    /// Its executions.
    pub fills: &'a [JudgedFill],
}

/// The implementation shortfall of one order (Perold, 1988), by cause. In quote currency, against us when positive.
///
/// With `s` = +1 for a buy and -1 for a sell, sums over the fills `q_i @ p_i` at mids `m_i`, `F` the filled quantity:
///
/// - delay `= F s (arrival - decision)`: the market moved before the order was there;
/// - spread `= sum q_i s (p_i - m_i)`: the price of taking (a gain when resting);
/// - impact `= F arrival impact_bps / 10 000`: our own trading moved the market;
/// - timing `= sum q_i s (m_i - arrival) - impact`: the market moved meanwhile, for other reasons;
/// - fees;
/// - opportunity `= (Q - F) s (close - decision)`: what was not traded went away.
///
/// They sum to the whole shortfall: `sum q_i s (p_i - decision) + (Q - F) s (close - decision) + fees`.
///
/// ```
/// use autotrading_domain::Side;
/// use autotrading_execution::{JudgedFill, JudgedOrder, Shortfall};
///
/// let fills = [JudgedFill { price: 101.5, quantity: 8.0, mid: 101.25, fee: 1.0 }];
/// let order = JudgedOrder {
///     side: Side::Buy, quantity: 10.0, decision: 100.0, arrival: 100.5, close: 103.0, impact_bps: 50.0, fills: &fills,
/// };
/// let cost = Shortfall::of(&order)?;
/// assert_eq!((cost.delay, cost.spread, cost.fees, cost.opportunity), (4.0, 2.0, 1.0, 6.0));
/// assert!((cost.impact - 4.02).abs() < 1e-12 && (cost.timing - 1.98).abs() < 1e-12);
/// assert!((cost.total() - 19.0).abs() < 1e-12); // 8 * 1.5 + 2 * 3 + 1
/// assert!((cost.basis_points() - 190.0).abs() < 1e-9); // of 10 * 100
/// # Ok::<(), autotrading_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// The market moved before the order was there.
    pub delay: f64,
    /// The price of taking.
    pub spread: f64,
    /// Our own trading moved the market.
    pub impact: f64,
    /// The market moved meanwhile, for other reasons.
    pub timing: f64,
    /// Fees.
    pub fees: f64,
    /// What was not traded went away.
    pub opportunity: f64,
    notional: f64,
}

impl Shortfall {
    /// Judges one order.
    ///
    /// # Errors
    /// [`ValueError::NotFinite`] for a price or quantity that is not finite and above zero, or a fee or impact that is
    /// not finite, or fills beyond the order; [`ValueError::Overflow`] when the result is not finite.
    pub fn of(order: &JudgedOrder<'_>) -> Result<Self, ValueError> {
        let sign = order.side.sign();
        for (what, got) in [
            ("quantity", order.quantity),
            ("decision price", order.decision),
            ("arrival price", order.arrival),
            ("closing price", order.close),
        ] {
            checked(what, got, true)?;
        }
        checked("impact", order.impact_bps, false)?;
        let (mut filled, mut spread, mut drift, mut fees) = (0.0, 0.0, 0.0, 0.0);
        for fill in order.fills {
            let quantity = checked("fill quantity", fill.quantity, true)?;
            let mid = checked("mid at the fill", fill.mid, true)?;
            filled += quantity;
            spread += quantity * sign * (checked("fill price", fill.price, true)? - mid);
            drift += quantity * sign * (mid - order.arrival);
            fees += checked("fee", fill.fee, false)?;
        }
        // Sums of doubles may pass the whole by a rounding.
        if filled > order.quantity * (1.0 + 1e-9) {
            return Err(ValueError::NotFinite {
                what: "filled quantity (above the order's)",
                got: filled,
                positive: true,
            });
        }
        let impact = filled * order.arrival * order.impact_bps / 1e4;
        let split = Self {
            delay: filled * sign * (order.arrival - order.decision),
            spread,
            impact,
            timing: drift - impact,
            fees,
            opportunity: (order.quantity - filled).max(0.0) * sign * (order.close - order.decision),
            notional: order.quantity * order.decision,
        };
        if split.total().is_finite() && split.notional.is_finite() {
            Ok(split)
        } else {
            Err(ValueError::Overflow { what: "implementation shortfall" })
        }
    }

    /// The whole shortfall, in quote currency.
    pub const fn total(&self) -> f64 {
        self.delay + self.spread + self.impact + self.timing + self.fees + self.opportunity
    }

    /// The whole shortfall in basis points of what was wanted at the decision price.
    pub const fn basis_points(&self) -> f64 {
        self.total() / self.notional * 1e4
    }
}

fn checked(what: &'static str, got: f64, positive: bool) -> Result<f64, ValueError> {
    let sound = got.is_finite() && (!positive || got > 0.0);
    if sound { Ok(got) } else { Err(ValueError::NotFinite { what, got, positive }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill() -> impl Strategy<Value = JudgedFill> {
        (90.0f64..110.0, 0.01f64..5.0, 90.0f64..110.0, -1.0f64..1.0)
            .prop_map(|(price, quantity, mid, fee)| JudgedFill { price, quantity, mid, fee })
    }

    #[test]
    fn an_order_without_sense_is_refused() {
        let fills = [JudgedFill { price: 100.0, quantity: 2.0, mid: 100.0, fee: 0.0 }];
        let order = JudgedOrder {
            side: Side::Buy,
            quantity: 2.0,
            decision: 100.0,
            arrival: 100.0,
            close: 100.0,
            impact_bps: 0.0,
            fills: &fills,
        };
        assert_eq!(Shortfall::of(&order).unwrap().total(), 0.0);
        assert!(Shortfall::of(&JudgedOrder { quantity: 1.0, ..order }).is_err(), "filled beyond the order");
        assert!(Shortfall::of(&JudgedOrder { decision: 0.0, ..order }).is_err());
        assert!(Shortfall::of(&JudgedOrder { impact_bps: f64::NAN, ..order }).is_err());
        assert!(Shortfall::of(&JudgedOrder { quantity: 1e300, close: 1e300, ..order }).is_err());
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_whole_for_buys_and_sells(
            fills in prop::collection::vec(fill(), 0..8),
            more in 0.01f64..10.0,
            decision in 90.0f64..110.0,
            arrival in 90.0f64..110.0,
            close in 90.0f64..110.0,
            impact_bps in -50.0f64..50.0,
            buys: bool,
        ) {
            let side = if buys { Side::Buy } else { Side::Sell };
            let filled: f64 = fills.iter().map(|fill| fill.quantity).sum();
            let order = JudgedOrder { side, quantity: filled + more, decision, arrival, close, impact_bps, fills: &fills };
            // The obvious way: money out against the paper portfolio that traded all of it at the decision price.
            let paid: f64 = fills.iter().map(|fill| side.sign() * fill.quantity * fill.price + fill.fee).sum();
            let worth = side.sign() * filled * close;
            let paper = side.sign() * order.quantity * (close - decision);
            let whole = paper - (worth - paid);
            prop_assert!((Shortfall::of(&order).unwrap().total() - whole).abs() < 1e-8 * (1.0 + whole.abs() + paid.abs()));
        }
    }
}
