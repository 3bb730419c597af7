//! What the books are worth at the last marks, measured: the hot path and its readings.

use autotrading_domain::InstrumentId;

use crate::Ledger;

impl Ledger {
    /// A mark price. The hot path: a few operations on measured shadows, no decimal is touched. False when it is no price
    /// (NaN, infinite, zero, negative) or the instrument is unknown; the last mark then stays.
    #[inline]
    pub fn mark(&mut self, id: InstrumentId, mark: f64) -> bool {
        self.marks.mark(id, mark)
    }

    /// The last mark of an instrument, or the price of its first fill before any mark came.
    pub fn mark_of(&self, id: InstrumentId) -> Option<f64> {
        self.marks.of(id)
    }

    /// Wallet plus unrealized profit at the last marks, measured. Settlement currency.
    #[inline]
    pub fn equity_f64(&self) -> f64 {
        self.marks.equity()
    }

    /// Unrealized profit at the last marks, measured. Settlement currency.
    #[inline]
    pub fn unrealized_f64(&self) -> f64 {
        self.marks.unrealized()
    }

    /// Sum of the values of all positions at the last marks, measured. Settlement currency.
    #[inline]
    pub fn gross_notional_f64(&self) -> f64 {
        self.marks.gross_notional()
    }

    /// Longs less shorts at the last marks, measured. Settlement currency.
    #[inline]
    pub fn net_notional_f64(&self) -> f64 {
        self.marks.net_notional()
    }

    /// Value of one instrument's position at its last mark, negative when short, measured. Zero for an unknown one.
    #[inline]
    pub fn notional_f64(&self, id: InstrumentId) -> f64 {
        self.marks.notional_of(id)
    }

    /// Unrealized profit in one instrument at its last mark, measured. Zero for an unknown one.
    #[inline]
    pub fn unrealized_f64_of(&self, id: InstrumentId) -> f64 {
        self.marks.unrealized_of(id)
    }
}
