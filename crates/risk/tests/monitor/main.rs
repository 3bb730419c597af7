//! The portfolio monitor, by intent.

#[cfg(test)]
mod filtered;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod house;
#[cfg(test)]
mod looking;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rough;
