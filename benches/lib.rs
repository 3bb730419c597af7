//! Holds the benches of the workspace as targets; the library itself is empty.
