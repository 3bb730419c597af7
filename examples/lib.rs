//! Holds the examples of the workspace as targets; the library itself is empty.
