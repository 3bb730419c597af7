//! Replays a market through core against the simulated venue.
