//! Permission as a value: what only this crate can make.

use autotrading_domain::{Amendment, OrderIntent};

/// Proof that the gate said yes to this very order.
///
/// Only [`RiskGate::review`](crate::RiskGate::review) makes one. It cannot be cloned, converted into being, or read
/// from bytes, so that an approval is used at most once and for nothing but its own order.
#[must_use = "an approval is worth nothing until it is handed to execution"]
#[derive(Debug)]
pub struct Approved(OrderIntent);

impl Approved {
    pub(crate) const fn new(intent: OrderIntent) -> Self {
        Self(intent)
    }

    /// The order that was approved.
    pub const fn intent(&self) -> &OrderIntent {
        &self.0
    }

    /// The order, and with it the end of the approval.
    pub const fn into_intent(self) -> OrderIntent {
        self.0
    }
}

/// Proof that the gate said yes to this very change of a live order; as [`Approved`].
#[must_use = "an approval is worth nothing until it is handed to execution"]
#[derive(Debug)]
pub struct ApprovedChange(Amendment);

impl ApprovedChange {
    pub(crate) const fn new(change: Amendment) -> Self {
        Self(change)
    }

    /// The change that was approved.
    pub const fn change(&self) -> &Amendment {
        &self.0
    }

    /// The change, and with it the end of the approval.
    pub const fn into_change(self) -> Amendment {
        self.0
    }
}
