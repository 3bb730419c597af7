//! The portfolio monitor, by intent.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod house;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rough;
