//! Walks an approved order through its life.
