//! Mappings as written become ones that nothing downstream has to check again. A file is named after what its errors are about.

mod stream_schema;
mod mapping;
mod column;
mod source;
mod at;
mod date_spelling;
mod levels;
mod columns_used;
mod beside;

pub(super) use beside::check_records;
pub(super) use stream_schema::stream_schema;
