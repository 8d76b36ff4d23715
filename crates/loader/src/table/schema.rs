//! What the lake knows a table's schema by.

use convolake_model::Table;
use sha2::{Digest, Sha256};

use crate::storage::digest::hex;

/// What the lake compares to know a table again.
pub(crate) fn schema_hash(table: &Table) -> String {
    hex(&Sha256::digest(table.fingerprint().as_bytes()))
}
