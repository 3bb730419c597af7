//! Market data in files: readers and writers that lose nothing and say where.
