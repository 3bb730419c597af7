//! The program `autotrading`: wiring only.

fn main() {}
