//! A growing column of any type: a cell is appended once, or as often as its row has descendants.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{ArrayBuilder, BooleanBuilder, ListBuilder, StringBuilder};
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_schema::ArrowError;
use convolake_batch::PhysicalType;
use convolake_model::ColumnType;

use super::cell::Cell;
use super::number::NumberColumn;
use super::text::TextColumn;
use crate::json::list;

/// The cells of one column so far, by physical type.
pub(crate) enum Column {
    Text(TextColumn),
    Int32(NumberColumn<Int32Type>),
    Int64(NumberColumn<Int64Type>),
    Float64(NumberColumn<Float64Type>),
    Bool(BooleanBuilder),
    Timestamp(NumberColumn<TimestampMicrosecondType>),
    Date(NumberColumn<Date32Type>),
    List(ListBuilder<StringBuilder>),
}

impl Column {
    /// An empty column with room for `rows` cells and `text_bytes` of text, if it holds text.
    pub(crate) fn with_room(column_type: ColumnType, rows: usize, text_bytes: usize) -> Self {
        match PhysicalType::of(column_type) {
            PhysicalType::Text => Self::Text(TextColumn::with_room(rows, text_bytes)),
            PhysicalType::Int32 => Self::Int32(NumberColumn::with_room(rows)),
            PhysicalType::Int64 => Self::Int64(NumberColumn::with_room(rows)),
            PhysicalType::Float64 => Self::Float64(NumberColumn::with_room(rows)),
            PhysicalType::Bool => Self::Bool(BooleanBuilder::with_capacity(rows)),
            PhysicalType::Timestamp => Self::Timestamp(NumberColumn::with_room(rows)),
            PhysicalType::Date => Self::Date(NumberColumn::with_room(rows)),
            PhysicalType::TextList => {
                let texts = StringBuilder::with_capacity(rows, text_bytes);
                Self::List(ListBuilder::with_capacity(texts, rows).with_field(PhysicalType::list_element()))
            }
        }
    }

    /// Appends `cell` `n` times; a cell of another type is null.
    pub(crate) fn push_n(&mut self, cell: &Cell<'_>, n: usize) {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => column.append_n(text, n),
            (Self::Int64(column), Cell::Integer(value)) => column.append_n(*value, n),
            (Self::Int32(column), Cell::Integer(value)) => match i32::try_from(*value) {
                Ok(value) => column.append_n(value, n),
                Err(_) => column.append_nulls(n),
            },
            (Self::Float64(column), Cell::Double(value)) => column.append_n(*value, n),
            (Self::Bool(builder), Cell::Bool(value)) => builder.append_n(n, *value),
            (Self::Timestamp(column), Cell::Instant(value)) => column.append_n(*value, n),
            (Self::Date(column), Cell::Day(value)) => column.append_n(*value, n),
            (Self::List(builder), Cell::List(raw)) => {
                for _ in 0..n {
                    for text in list::elements(raw) {
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
            (Self::Timestamp(column), Cell::Instant(value)) => column.put(row, *value),
            (Self::Int64(column), Cell::Integer(value)) => column.put(row, *value),
            (Self::Int32(column), Cell::Integer(value)) if i32::try_from(*value).is_ok() => {
                column.put(row, i32::try_from(*value).unwrap_or_default());
            }
            (column, cell) => {
                column.fill_up(row);
                column.push_n(cell, 1);
            }
        }
    }

    /// Appends `n` nulls.
    pub(crate) fn push_nulls(&mut self, n: usize) {
        match self {
            Self::Text(column) => column.append_nulls(n),
            Self::Int32(column) => column.append_nulls(n),
            Self::Int64(column) => column.append_nulls(n),
            Self::Float64(column) => column.append_nulls(n),
            Self::Bool(builder) => builder.append_nulls(n),
            Self::Timestamp(column) => column.append_nulls(n),
            Self::Date(column) => column.append_nulls(n),
            Self::List(builder) => (0..n).for_each(|_| builder.append(false)),
        }
    }

    /// Appends what stands in rows that are about to be dropped: no null, as the column may be a required one.
    pub(crate) fn push_placeholders(&mut self, n: usize) {
        match self {
            Self::Text(column) => column.append_n("", n),
            Self::Int32(column) => column.append_n(0, n),
            Self::Int64(column) => column.append_n(0, n),
            Self::Float64(column) => column.append_n(0.0, n),
            Self::Bool(builder) => builder.append_n(n, false),
            Self::Timestamp(column) => column.append_n(0, n),
            Self::Date(column) => column.append_n(0, n),
            Self::List(builder) => (0..n).for_each(|_| builder.append(true)),
        }
    }

    /// The number of cells.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(column) => column.len(),
            Self::Int32(column) => column.len(),
            Self::Int64(column) => column.len(),
            Self::Float64(column) => column.len(),
            Self::Bool(builder) => builder.len(),
            Self::Timestamp(column) => column.len(),
            Self::Date(column) => column.len(),
            Self::List(builder) => builder.len(),
        }
    }

    /// The memory of the texts so far, as [`Cell::text_bytes`] counts it.
    #[inline]
    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(column) => column.n_bytes(),
            Self::List(builder) => {
                let texts = builder.values_ref();
                texts.values_slice().len() + size_of_val(texts.offsets_slice())
            }
            _ => 0,
        }
    }

    /// The column so far; it is empty afterwards.
    pub(crate) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(column) => Arc::new(column.take()?),
            Self::Int32(column) => Arc::new(column.take()),
            Self::Int64(column) => Arc::new(column.take()),
            Self::Float64(column) => Arc::new(column.take()),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Timestamp(column) => Arc::new(column.take().with_timezone("UTC")),
            Self::Date(column) => Arc::new(column.take()),
            Self::List(builder) => Arc::new(builder.finish()),
        })
    }
}
