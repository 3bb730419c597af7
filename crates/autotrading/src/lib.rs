//! The whole house behind one door: re-exports the inner crates behind features.
