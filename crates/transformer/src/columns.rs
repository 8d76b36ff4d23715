//! One growing column per type; a cell is appended once, or as often as its row has descendants.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, PrimitiveBuilder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ArrowPrimitiveType};
use convolake_model::ColumnType;

use crate::arrow::list_element;
use crate::lists;

/// A value on its way into a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Whole(i64),
    Double(f64),
    Bool(bool),
    Instant(i64),
    Day(i32),
    /// A list as it stands in JSON.
    List(&'a str),
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
    /// An empty column with room for `rows` cells and `text_bytes` of text, if it holds text.
    pub(crate) fn with_room(column_type: ColumnType, rows: usize, text_bytes: usize) -> Self {
        match column_type {
            ColumnType::String | ColumnType::Json => {
                Self::Text(StringBuilder::with_capacity(rows, text_bytes))
            }
            ColumnType::Int32 => Self::Int32(Int32Builder::with_capacity(rows)),
            ColumnType::Int64 => Self::Int64(Int64Builder::with_capacity(rows)),
            ColumnType::Float64 => Self::Float64(Float64Builder::with_capacity(rows)),
            ColumnType::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            ColumnType::Timestamp => {
                Self::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone("UTC"))
            }
            ColumnType::Date => Self::Date(Date32Builder::with_capacity(rows)),
            ColumnType::StringList => {
                let texts = StringBuilder::with_capacity(rows, text_bytes);
                Self::List(ListBuilder::with_capacity(texts, rows).with_field(list_element()))
            }
        }
    }

    /// Appends `cell` `n` times; a cell of another type is null.
    #[inline]
    pub(crate) fn push_n(&mut self, cell: &Cell<'_>, n: usize) {
        match (self, cell) {
            (Self::Text(builder), Cell::Text(text)) => builder.append_value_n(text, n),
            (Self::Int64(builder), Cell::Whole(value)) => builder.append_value_n(*value, n),
            (Self::Int32(builder), Cell::Whole(value)) => match i32::try_from(*value) {
                Ok(value) => builder.append_value_n(value, n),
                Err(_) => builder.append_nulls(n),
            },
            (Self::Float64(builder), Cell::Double(value)) => builder.append_value_n(*value, n),
            (Self::Bool(builder), Cell::Bool(value)) => builder.append_n(n, *value),
            (Self::Timestamp(builder), Cell::Instant(value)) => builder.append_value_n(*value, n),
            (Self::Date(builder), Cell::Day(value)) => builder.append_value_n(*value, n),
            (Self::List(builder), Cell::List(raw)) => {
                for _ in 0..n {
                    for text in lists::elements(raw) {
                        builder.values().append_option(text.as_deref());
                    }
                    builder.append(true);
                }
            }
            (column, _) => column.push_nulls(n),
        }
    }

    /// Appends nulls until there are so many cells.
    #[inline]
    pub(crate) fn fill_up(&mut self, len: usize) {
        let missing = len.saturating_sub(self.len());
        if missing > 0 {
            self.push_nulls(missing);
        }
    }

    /// Makes `cell` the one at `row`, those before that have none being null.
    #[inline(always)]
    pub(crate) fn put(&mut self, row: usize, cell: &Cell<'_>) {
        match (self, cell) {
            (Self::Timestamp(builder), Cell::Instant(value)) => put_number(builder, row, *value),
            (Self::Int64(builder), Cell::Whole(value)) => put_number(builder, row, *value),
            (Self::Int32(builder), Cell::Whole(value)) if i32::try_from(*value).is_ok() => {
                put_number(builder, row, i32::try_from(*value).unwrap_or_default());
            }
            (column, cell) => {
                column.fill_up(row);
                column.push_n(cell, 1);
            }
        }
    }

    pub(crate) fn push_nulls(&mut self, n: usize) {
        match self {
            Self::Text(builder) => builder.append_nulls(n),
            Self::Int32(builder) => builder.append_nulls(n),
            Self::Int64(builder) => builder.append_nulls(n),
            Self::Float64(builder) => builder.append_nulls(n),
            Self::Bool(builder) => builder.append_nulls(n),
            Self::Timestamp(builder) => builder.append_nulls(n),
            Self::Date(builder) => builder.append_nulls(n),
            Self::List(builder) => (0..n).for_each(|_| builder.append(false)),
        }
    }

    /// Appends what stands in rows that are about to be dropped: no null, as the column may be a required one.
    pub(crate) fn push_placeholders(&mut self, n: usize) {
        match self {
            Self::Text(builder) => builder.append_value_n("", n),
            Self::Int32(builder) => builder.append_value_n(0, n),
            Self::Int64(builder) => builder.append_value_n(0, n),
            Self::Float64(builder) => builder.append_value_n(0.0, n),
            Self::Bool(builder) => builder.append_n(n, false),
            Self::Timestamp(builder) => builder.append_value_n(0, n),
            Self::Date(builder) => builder.append_value_n(0, n),
            Self::List(builder) => (0..n).for_each(|_| builder.append(true)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        use arrow_array::builder::ArrayBuilder;
        match self {
            Self::Text(builder) => builder.len(),
            Self::Int32(builder) => builder.len(),
            Self::Int64(builder) => builder.len(),
            Self::Float64(builder) => builder.len(),
            Self::Bool(builder) => builder.len(),
            Self::Timestamp(builder) => builder.len(),
            Self::Date(builder) => builder.len(),
            Self::List(builder) => builder.len(),
        }
    }

    /// The memory of the texts so far, as [`Cell::text_bytes`] counts it.
    #[inline]
    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(builder) => builder.values_slice().len(),
            Self::List(builder) => {
                let texts = builder.values_ref();
                texts.values_slice().len() + size_of_val(texts.offsets_slice())
            }
            _ => 0,
        }
    }

    /// The instant in a row of a column of timestamps.
    pub(crate) fn instant(&self, row: usize) -> Option<i64> {
        let Self::Timestamp(builder) = self else { return None };
        let is_valid = |bits: &[u8]| bits.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1);
        builder.validity_slice().is_none_or(is_valid).then(|| builder.values_slice().get(row).copied())?
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

#[inline(always)]
fn put_number<T: ArrowPrimitiveType>(builder: &mut PrimitiveBuilder<T>, row: usize, value: T::Native) {
    let missing = row.saturating_sub(builder.values_slice().len());
    if missing > 0 {
        builder.append_nulls(missing);
    }
    builder.append_value(value);
}

impl Cell<'_> {
    /// The memory of its texts; a list's elements take some also where they are empty.
    pub(crate) fn text_bytes(&self) -> usize {
        const ELEMENT: usize = size_of::<i32>();
        match self {
            Self::Text(text) => text.len(),
            Self::List(raw) => {
                lists::elements(raw).map(|text| ELEMENT + text.map_or(0, |text| text.len())).sum()
            }
            _ => 0,
        }
    }
}
