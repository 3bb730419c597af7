//! How much, and what held it back.
