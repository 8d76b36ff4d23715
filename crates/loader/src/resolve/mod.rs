//! One row a key: the versions of pushed and stored rows are resolved to the rows that a table is to have.

pub(crate) mod mode;
pub(crate) mod batch_columns;
pub(crate) mod told;
pub(crate) mod changes;
pub(crate) mod row_placer;
pub(crate) mod uncontested;
pub(crate) mod given_way;
pub(crate) mod fold;
pub(crate) mod resolver;
pub(crate) mod sorted_spill;
pub(crate) mod unit_hashes;
pub(crate) mod affected_units;
pub(crate) mod stored_rows;
