//! The books, from fills alone.
