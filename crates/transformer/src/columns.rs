//! One growing column per type; a cell is appended once, or as often as its row has descendants.

use std::{borrow::Cow, sync::Arc};

use arrow_array::ArrayRef;
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use convolake_model::ColumnType;

use crate::arrow::list_element;

/// A value on its way into a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Whole(i64),
    Double(f64),
    Bool(bool),
    Instant(i64),
    Day(i32),
    List(Vec<Option<Cow<'a, str>>>),
}

pub(crate) enum Column {
    Text(StringBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float64(Float64Builder),
    Bool(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
    List(ListBuilder<StringBuilder>),
}

impl Column {
    pub(crate) fn new(column_type: ColumnType) -> Self {
        match column_type {
            ColumnType::String | ColumnType::Json => Self::Text(StringBuilder::new()),
            ColumnType::Int32 => Self::Int32(Int32Builder::new()),
            ColumnType::Int64 => Self::Int64(Int64Builder::new()),
            ColumnType::Float64 => Self::Float64(Float64Builder::new()),
            ColumnType::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnType::Timestamp => Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            ColumnType::Date => Self::Date(Date32Builder::new()),
            ColumnType::StringList => {
                Self::List(ListBuilder::new(StringBuilder::new()).with_field(list_element()))
            }
        }
    }

    /// Appends `cell` once; a cell of another type is null.
    #[inline]
    pub(crate) fn push(&mut self, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Text(builder), Cell::Text(text)) => builder.append_value(text),
            (Self::Int64(builder), Cell::Whole(value)) => builder.append_value(*value),
            (Self::Int32(builder), Cell::Whole(value)) => builder.append_option(i32::try_from(*value).ok()),
            (Self::Float64(builder), Cell::Double(value)) => builder.append_value(*value),
            (Self::Bool(builder), Cell::Bool(value)) => builder.append_value(*value),
            (Self::Timestamp(builder), Cell::Instant(value)) => builder.append_value(*value),
            (Self::Date(builder), Cell::Day(value)) => builder.append_value(*value),
            (Self::List(builder), Cell::List(texts)) => {
                for text in texts {
                    builder.values().append_option(text.as_deref());
                }
                builder.append(true);
            }
            (column, _) => column.push_null(),
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Int32(builder) => builder.append_null(),
            Self::Int64(builder) => builder.append_null(),
            Self::Float64(builder) => builder.append_null(),
            Self::Bool(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::List(builder) => builder.append(false),
        }
    }

    /// Appends what stands in a required column of a row that is about to be dropped.
    pub(crate) fn push_placeholder(&mut self) {
        match self {
            Self::Text(builder) => builder.append_value(""),
            Self::Int32(builder) => builder.append_value(0),
            Self::Int64(builder) => builder.append_value(0),
            Self::Float64(builder) => builder.append_value(0.0),
            Self::Bool(builder) => builder.append_value(false),
            Self::Timestamp(builder) => builder.append_value(0),
            Self::Date(builder) => builder.append_value(0),
            Self::List(builder) => builder.append(true),
        }
    }

    /// The column so far; it is empty afterwards.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Int32(builder) => Arc::new(builder.finish()),
            Self::Int64(builder) => Arc::new(builder.finish()),
            Self::Float64(builder) => Arc::new(builder.finish()),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::List(builder) => Arc::new(builder.finish()),
        }
    }
}
