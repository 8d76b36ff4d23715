//! Batches become a lake: raw zone, merge, partitions, commits, lease.
