//! How the cells of a column lie in memory.

use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use convolake_model::ColumnType;

/// How the cells of a column lie in memory. Several column types share one: a `json` column holds texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhysicalType {
    /// Texts: 32-bit offsets and their bytes, which are UTF-8.
    Text,
    /// 32-bit signed integers.
    Int32,
    /// 64-bit signed integers.
    Int64,
    /// IEEE 754 doubles.
    Float64,
    /// Bits.
    Bool,
    /// Instants: 64-bit microseconds since 1970-01-01 UTC.
    Timestamp,
    /// Days: 32-bit numbers since 1970-01-01.
    Date,
    /// Lists of texts: 32-bit offsets, and the column of their elements, a text or null each.
    TextList,
}

/// As what Arrow knows a text. The bytes are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// `Utf8`: in table files, for readers.
    Utf8,
    /// `Binary`: on the way to a file. The transformer has checked the bytes, and Arrow need not check them again.
    Bytes,
}

impl PhysicalType {
    /// Every physical type there is.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Int32,
        Self::Int64,
        Self::Float64,
        Self::Bool,
        Self::Timestamp,
        Self::Date,
        Self::TextList,
    ];

    /// The physical type of a table's column.
    pub const fn of(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::String | ColumnType::Json => Self::Text,
            ColumnType::Int32 => Self::Int32,
            ColumnType::Int64 => Self::Int64,
            ColumnType::Float64 => Self::Float64,
            ColumnType::Bool => Self::Bool,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::Date => Self::Date,
            ColumnType::StringList => Self::TextList,
        }
    }

    /// The physical type of an Arrow array, a text in either form; `None` for a type that no table has.
    #[inline]
    pub fn of_array(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8 | DataType::Binary => Self::Text,
            DataType::Int32 => Self::Int32,
            DataType::Int64 => Self::Int64,
            DataType::Float64 => Self::Float64,
            DataType::Boolean => Self::Bool,
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Timestamp,
            DataType::Date32 => Self::Date,
            DataType::List(element) if *element.data_type() == DataType::Utf8 => Self::TextList,
            _ => return None,
        })
    }

    /// The Arrow type. Elements of lists are `Utf8` in either form: a list is rare, and readers of both forms take it.
    pub fn data_type(self, texts: TextForm) -> DataType {
        match (self, texts) {
            (Self::Text, TextForm::Utf8) => DataType::Utf8,
            (Self::Text, TextForm::Bytes) => DataType::Binary,
            (Self::Int32, _) => DataType::Int32,
            (Self::Int64, _) => DataType::Int64,
            (Self::Float64, _) => DataType::Float64,
            (Self::Bool, _) => DataType::Boolean,
            (Self::Timestamp, _) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            (Self::Date, _) => DataType::Date32,
            (Self::TextList, _) => DataType::List(Arc::new(Self::list_element())),
        }
    }

    /// The field of a list's elements, named as the Parquet format has it.
    pub fn list_element() -> Field {
        Field::new("element", DataType::Utf8, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_known_again_in_either_form() {
        for physical in PhysicalType::ALL {
            for texts in [TextForm::Utf8, TextForm::Bytes] {
                let data_type = physical.data_type(texts);
                assert_eq!(PhysicalType::of_array(&data_type), Some(physical), "{data_type}");
            }
        }
        for other in [DataType::UInt32, DataType::Float32, DataType::LargeUtf8, DataType::Date64] {
            assert_eq!(PhysicalType::of_array(&other), None, "{other}");
        }
    }
}
