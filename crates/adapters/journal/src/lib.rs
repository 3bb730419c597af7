//! The journal on disk: append-only, checksummed, chained by hash.
