//! An order alone is no approval.
use autotrading_domain::OrderIntent;
use autotrading_risk::Approved;

fn forge(intent: OrderIntent) -> Approved {
    Approved(intent)
}

fn forge_by_constructor(intent: OrderIntent) -> Approved {
    Approved::new(intent)
}

fn forge_by_conversion(intent: OrderIntent) -> Approved {
    intent.into()
}

fn main() {}
