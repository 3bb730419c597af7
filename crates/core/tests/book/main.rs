//! The whole book: several instruments, what is watched over them, and what outlives a restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing step ends the test")]

#[cfg(test)]
mod floor;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod several_instruments;
#[cfg(test)]
mod shares;
#[cfg(test)]
mod watched;
