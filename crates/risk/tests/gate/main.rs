//! The pre-trade gate, by intent.

mod closes;
mod controls;
mod desk;
mod memory;
