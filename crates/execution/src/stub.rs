//! temporary
#![allow(missing_docs, dead_code)]
use autotrading_domain::*;
pub struct Approved(OrderIntent);
impl Approved {
    pub fn into_intent(self) -> OrderIntent {
        self.0
    }
}
pub struct ApprovedChange(Amendment);
impl ApprovedChange {
    pub fn into_amendment(self) -> Amendment {
        self.0
    }
}
