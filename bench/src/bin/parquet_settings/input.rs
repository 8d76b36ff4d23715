//! The same rows under other Arrow types.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, RecordBatch, StringViewArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use crate::lake::TableFile;

/// What texts are held in before they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// `Utf8`, as the transformer makes it.
    Utf8,
    /// `Dictionary<Int32, Utf8>` for columns of few values.
    Dictionary,
    /// `Utf8View`.
    View,
}

/// Columns of few values in a row.
const FEW: [&str; 13] = [
    "agent_id",
    "conversation_id",
    "role",
    "type",
    "user_action_type",
    "page",
    "channel",
    "state",
    "locale",
    "assigned_to",
    "user_browser",
    "user_platform",
    "user_image_url",
];

impl Input {
    /// The file with its texts in this type.
    pub(crate) fn convert(self, file: &TableFile) -> Result<TableFile, ArrowError> {
        let is_meant = |field: &Field| {
            *field.data_type() == DataType::Utf8
                && match self {
                    Self::Utf8 => false,
                    Self::Dictionary => FEW.contains(&field.name().as_str()),
                    Self::View => true,
                }
        };
        let meant: Vec<bool> = file.schema.fields().iter().map(|field| is_meant(field)).collect();
        let convert = |array: &ArrayRef| -> ArrayRef {
            let texts = array.as_string::<i32>().iter();
            match self {
                Self::Utf8 => array.clone(),
                Self::Dictionary => Arc::new(texts.collect::<DictionaryArray<Int32Type>>()),
                Self::View => Arc::new(texts.collect::<StringViewArray>()),
            }
        };
        let data_type = match self {
            Self::Utf8 => DataType::Utf8,
            Self::Dictionary => DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()),
            Self::View => DataType::Utf8View,
        };
        let fields = file.schema.fields().iter().zip(&meant).map(|(field, meant)| match meant {
            true => Arc::new(field.as_ref().clone().with_data_type(data_type.clone())),
            false => field.clone(),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let batches = file.batches.iter().map(|batch| {
            let columns = batch.columns().iter().zip(&meant);
            let columns = columns.map(|(array, meant)| if *meant { convert(array) } else { array.clone() });
            RecordBatch::try_new(schema.clone(), columns.collect())
        });
        Ok(TableFile {
            table: file.table.clone(),
            name: file.name.clone(),
            batches: batches.collect::<Result<_, _>>()?,
            n_rows: file.n_rows,
            schema,
        })
    }
}
