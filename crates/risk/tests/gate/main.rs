//! The pre-trade gate, by intent.

#[cfg(test)]
mod closes;
#[cfg(test)]
mod clusters;
#[cfg(test)]
mod controls;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod properties;
