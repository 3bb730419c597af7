//! An approval is used once.
use autotrading_risk::{Approved, ApprovedChange, RiskGate};

fn twice(approved: Approved) -> (Approved, Approved) {
    (approved.clone(), approved)
}

fn change_twice(approved: ApprovedChange) -> (ApprovedChange, ApprovedChange) {
    (approved.clone(), approved)
}

fn two_gates(gate: RiskGate) -> (RiskGate, RiskGate) {
    (gate.clone(), gate)
}

fn main() {}
