//! Page bytes become Arrow batches: compiled schema, one pass, no I/O.
