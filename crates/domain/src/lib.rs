//! The words of trading and their laws.
