//! The order of the day: one event in, one turn out.
