//! Measured shadows of the exact books: what a mark touches, at millions per second.

use autotrading_domain::InstrumentId;
use autotrading_statistics::NeumaierSum;

/// Beyond this a mark is a broken feed. It also keeps every product below the range of a double.
const HIGHEST_MARK: f64 = 1e18;

/// One instrument: its last mark and its quantities, in base units.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    mark: f64,
    /// Long less short.
    net: f64,
    /// Long plus short.
    gross: f64,
    /// Open cost, positive long and negative short.
    signed_cost: f64,
}

/// The shadows of all instruments and their sums. Sums are compensated, so that they do not drift however often they
/// are moved; with a single position they are set anew each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    rows: Vec<Row>,
    held: usize,
    wallet: f64,
    net: NeumaierSum,
    gross: NeumaierSum,
    signed_cost: NeumaierSum,
}

impl Marks {
    pub(crate) fn new(instruments: usize) -> Self {
        Self { rows: vec![Row::default(); instruments], ..Self::default() }
    }

    /// Takes a mark; false when it is not a price (NaN, infinite, zero, negative) or the instrument is unknown.
    #[inline]
    pub(crate) fn mark(&mut self, id: InstrumentId, mark: f64) -> bool {
        let Some(row) = self.rows.get_mut(id.index()) else { return false };
        if !is_price(mark) {
            return false;
        }
        let before = std::mem::replace(&mut row.mark, mark);
        if row.gross == 0.0 {
            return true;
        }
        if self.held == 1 {
            self.net = alone(row.net * mark);
            self.gross = alone(row.gross * mark);
        } else {
            self.net.add(-(row.net * before));
            self.net.add(row.net * mark);
            self.gross.add(-(row.gross * before));
            self.gross.add(row.gross * mark);
        }
        true
    }

    /// Follows the exact books after a fill. An instrument never marked takes the price of the fill.
    pub(crate) fn follow(&mut self, id: InstrumentId, net: f64, gross: f64, signed_cost: f64, price: f64) {
        let Some(row) = self.rows.get_mut(id.index()) else { return };
        let before = *row;
        *row = Row { mark: if before.mark > 0.0 { before.mark } else { price }, net, gross, signed_cost };
        let after = *row;
        self.held = self.held + usize::from(gross > 0.0) - usize::from(before.gross > 0.0);
        if self.held == usize::from(gross > 0.0) {
            // Nothing else is held: what the sums are is known without the past.
            self.net = alone(after.net * after.mark);
            self.gross = alone(after.gross * after.mark);
            self.signed_cost = alone(after.signed_cost);
            return;
        }
        self.net.extend([-(before.net * before.mark), after.net * after.mark]);
        self.gross.extend([-(before.gross * before.mark), after.gross * after.mark]);
        self.signed_cost.extend([-before.signed_cost, after.signed_cost]);
    }

    /// Follows the exact wallet.
    pub(crate) fn set_wallet(&mut self, wallet: f64) {
        self.wallet = wallet;
    }

    /// The last mark of an instrument, or the price of its first fill.
    pub(crate) fn of(&self, id: InstrumentId) -> Option<f64> {
        self.rows.get(id.index()).map(|row| row.mark).filter(|mark| *mark > 0.0)
    }

    pub(crate) fn unrealized(&self) -> f64 {
        self.net.value() - self.signed_cost.value()
    }

    pub(crate) fn equity(&self) -> f64 {
        self.wallet + self.unrealized()
    }

    pub(crate) fn gross_notional(&self) -> f64 {
        self.gross.value()
    }

    pub(crate) fn net_notional(&self) -> f64 {
        self.net.value()
    }

    /// The signed value of one instrument at its last mark.
    pub(crate) fn notional_of(&self, id: InstrumentId) -> f64 {
        self.rows.get(id.index()).map_or(0.0, |row| row.net * row.mark)
    }

    /// The unrealized profit of one instrument at its last mark.
    pub(crate) fn unrealized_of(&self, id: InstrumentId) -> f64 {
        self.rows.get(id.index()).map_or(0.0, |row| row.net * row.mark - row.signed_cost)
    }
}

#[inline]
fn is_price(mark: f64) -> bool {
    mark > 0.0 && mark <= HIGHEST_MARK
}

#[inline]
fn alone(value: f64) -> NeumaierSum {
    let mut sum = NeumaierSum::default();
    sum.add(value);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: InstrumentId = InstrumentId(0);
    const B: InstrumentId = InstrumentId(1);

    #[test]
    fn what_is_no_price_changes_nothing() {
        let mut marks = Marks::new(1);
        marks.follow(A, 2.0, 2.0, 200.0, 100.0);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e300] {
            assert!(!marks.mark(A, bad), "{bad}");
            assert_eq!(marks.equity(), 0.0);
        }
        assert!(!marks.mark(B, 1.0));
        assert!(marks.mark(A, 110.0));
        assert_eq!((marks.unrealized(), marks.net_notional()), (20.0, 220.0));
    }

    #[test]
    fn sums_do_not_drift_over_a_million_marks() {
        let mut marks = Marks::new(2);
        marks.set_wallet(1e6);
        marks.follow(A, 0.1, 0.1, 2_500.0, 25_000.0);
        marks.follow(B, -3.3, 3.3, -6_600.0, 2_000.0);
        for n in 0..1_000_000_u32 {
            marks.mark(A, 25_000.1 + f64::from(n % 977) * 0.1);
            marks.mark(B, 1_999.9 + f64::from(n % 1013) * 0.01);
        }
        marks.mark(A, 25_000.0);
        marks.mark(B, 2_000.0);
        assert_eq!(marks.equity(), 1e6);
        assert_eq!(marks.gross_notional(), 2_500.0 + 3.3 * 2_000.0);
        marks.follow(A, 0.0, 0.0, 0.0, 1.0);
        marks.follow(B, 0.0, 0.0, 0.0, 1.0);
        assert_eq!((marks.gross_notional(), marks.net_notional(), marks.unrealized()), (0.0, 0.0, 0.0));
    }
}
