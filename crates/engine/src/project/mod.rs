//! TODO.

pub(crate) mod builtin;
pub(crate) mod declared_counts;
pub(crate) mod load;
pub(crate) mod rows_of_record;
