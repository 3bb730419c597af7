//! An approval is not read from a file.
use autotrading_risk::{Approved, ApprovedChange};

fn main() {
    let _: Approved = serde_json::from_str("{}").unwrap();
    let _: ApprovedChange = serde_json::from_str("{}").unwrap();
}
