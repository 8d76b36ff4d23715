//! Pages become tables in memory, for who reads them by a library: no lake, no lease, no clock.

mod flattened;
mod flattener;
mod table_schema;

pub use crate::in_memory::flattened::{DriftReport, FlatTable, Flattened, RejectedRecord};
pub use crate::in_memory::flattener::{Flattening, MemoryFlattener};
pub use crate::in_memory::table_schema::{TableForm, table_schema};
