//! What a venue says and does: the simulated venue.
