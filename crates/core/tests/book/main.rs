//! The whole book: several instruments, opinions on several at once, lives of strategies, what is watched over
//! them, and what outlives a restart.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing step ends the test")]

#[cfg(test)]
mod emergencies;
#[cfg(test)]
mod floor;
#[cfg(test)]
mod knowing;
#[cfg(test)]
mod legs;
#[cfg(test)]
mod lives;
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
