//! Rows as readers know them: texts that the transformer has checked, under Arrow's own type for texts.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, SchemaRef};

/// The rows of a [`crate::TableBatch`] under `schema`, which is [`crate::arrow_schema`] of the same columns with texts as UTF-8. Offsets and
/// bytes are shared with the rows given; the bytes of texts are looked through once.
///
/// # Errors
/// Columns that are not those of the schema, or a text that is no UTF-8, which would be a mistake of ours.
pub fn readable(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |column: &ArrayRef| -> Result<ArrayRef, ArrowError> {
        match column.data_type() {
            DataType::Binary => Ok(Arc::new(StringArray::try_from_binary(column.as_binary().clone())?)),
            _ => Ok(Arc::clone(column)),
        }
    };
    let columns = rows.columns().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(SchemaRef::clone(schema), columns)
}
