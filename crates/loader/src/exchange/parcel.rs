//! Rows as bytes: a header in JSON, then Arrow's stream format, each behind its length.
//!
//! A parcel lives no longer than a job, and is read by the same version that wrote it.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt8Type, UInt32Type};
use arrow_array::{ArrayRef, RecordBatch, UInt8Array, UInt32Array};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use convolake_batch::{ParentBatch, ParentExtent, TableBatch};
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::rows::version::PageVersion;

/// What a parcel says of its rows.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    table: String,
    /// When fetched, object, line.
    pages: Vec<(i64, String, u32)>,
    has_parents: bool,
}

/// The columns behind those of the rows.
const NUMBERS: [&str; 2] = ["#page", "#record"];
const EXTENT: &str = "#extent";

/// Rows of pages as bytes. `pages` are those of the batch.
pub(crate) fn encode(batch: &TableBatch, pages: &[PageVersion]) -> Result<Vec<u8>, LoadError> {
    let failed = LoadError::rows("send", &batch.table);
    let header = Header {
        table: batch.table.clone(),
        pages: pages.iter().map(|page| (page.fetched_at_us, page.object.to_string(), page.line)).collect(),
        has_parents: batch.parents.is_some(),
    };
    let written = || -> Result<Vec<u8>, ArrowError> {
        let json = serde_json::to_vec(&header).map_err(|error| ArrowError::JsonError(error.to_string()))?;
        let mut bytes = Vec::new();
        append(&mut bytes, &json);
        append(&mut bytes, &stream(&with_numbers(&batch.rows, &batch.page_ends, &batch.index_in_page)?)?);
        if let Some(parents) = &batch.parents {
            let keys = with_numbers(&parents.keys, &parents.page_ends, &parents.index_in_page)?;
            append(&mut bytes, &stream(&with_extents(&keys, &parents.extents)?)?);
        }
        Ok(bytes)
    };
    written().map_err(failed)
}

/// The rows of a parcel, and their pages.
pub(crate) fn decode(bytes: &[u8]) -> Result<(TableBatch, Vec<PageVersion>), LoadError> {
    let failed = LoadError::rows("receive", "parcel");
    let read = || -> Result<_, ArrowError> {
        let mut rest = bytes;
        let header: Header = serde_json::from_slice(take(&mut rest)?)
            .map_err(|error| ArrowError::JsonError(error.to_string()))?;
        let n_pages = header.pages.len();
        let (rows, page_ends, index_in_page, _) = without_numbers(&one(take(&mut rest)?)?, n_pages, 0)?;
        let parents = match header.has_parents {
            true => {
                let parents = one(take(&mut rest)?)?;
                let (keys, page_ends, index_in_page, extents) = without_numbers(&parents, n_pages, 1)?;
                Some(ParentBatch { keys, index_in_page, page_ends, extents })
            }
            false => None,
        };
        let pages = header.pages.into_iter();
        let pages = pages.map(|(fetched_at_us, object, line)| PageVersion {
            fetched_at_us,
            object: object.into(),
            line,
        });
        Ok((TableBatch { table: header.table, rows, index_in_page, page_ends, parents }, pages.collect()))
    };
    read().map_err(failed)
}

fn append(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    bytes.extend_from_slice(part);
}

fn take<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], ArrowError> {
    let cut = || ArrowError::ParseError("a parcel is cut off".to_owned());
    let (length, behind) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
    let (part, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
    *rest = behind;
    Ok(part)
}

/// A batch in Arrow's stream format.
fn stream(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

fn one(bytes: &[u8]) -> Result<RecordBatch, ArrowError> {
    let mut reader = StreamReader::try_new(Cursor::new(bytes), None)?;
    reader.next().unwrap_or_else(|| Err(ArrowError::ParseError("a parcel without rows".to_owned())))
}

/// Rows with the number of their page, and the index of their record on it.
fn with_numbers(rows: &RecordBatch, page_ends: &[usize], records: &[u32]) -> Result<RecordBatch, ArrowError> {
    let mut pages: Vec<u32> = Vec::with_capacity(rows.num_rows());
    for (page, end) in (0u32..).zip(page_ends) {
        pages.resize(*end, page);
    }
    let numbers: [ArrayRef; 2] =
        [Arc::new(UInt32Array::from(pages)), Arc::new(UInt32Array::from(records.to_vec()))];
    let fields = NUMBERS.map(|name| Field::new(name, DataType::UInt32, false));
    behind(rows, fields.into_iter().zip(numbers))
}

/// Parents with how much of each came.
fn with_extents(parents: &RecordBatch, extents: &[ParentExtent]) -> Result<RecordBatch, ArrowError> {
    let number = |extent: &ParentExtent| match extent {
        ParentExtent::Whole => 0,
        ParentExtent::Part => 1,
        ParentExtent::Gone => 2,
    };
    let numbers: Vec<u8> = match extents.is_empty() {
        true => vec![0; parents.num_rows()],
        false => extents.iter().map(number).collect(),
    };
    let column: ArrayRef = Arc::new(UInt8Array::from(numbers));
    behind(parents, [(Field::new(EXTENT, DataType::UInt8, false), column)])
}

fn behind(
    rows: &RecordBatch,
    more: impl IntoIterator<Item = (Field, ArrayRef)>,
) -> Result<RecordBatch, ArrowError> {
    let mut fields: Vec<_> = rows.schema().fields().iter().cloned().collect();
    let mut columns = rows.columns().to_vec();
    for (field, column) in more {
        fields.push(field.into());
        columns.push(column);
    }
    RecordBatch::try_new(Schema::new(fields).into(), columns)
}

/// Rows, where each page's end, the index of each record, and the extents where there is a column of them.
type Parts = (RecordBatch, Vec<usize>, Vec<u32>, Vec<ParentExtent>);

fn without_numbers(batch: &RecordBatch, n_pages: usize, n_extents: usize) -> Result<Parts, ArrowError> {
    let misfit = || ArrowError::SchemaError("a parcel without the numbers of its rows".to_owned());
    let n_columns = batch.num_columns().checked_sub(NUMBERS.len() + n_extents).ok_or_else(misfit)?;
    let rows = batch.project(&(0..n_columns).collect::<Vec<_>>())?;
    let numbers =
        |at: usize| batch.column(n_columns + at).as_primitive_opt::<UInt32Type>().ok_or_else(misfit);
    let (pages, records) = (numbers(0)?, numbers(1)?);
    let ends = (0..n_pages).map(|page| pages.values().partition_point(|of| (*of as usize) <= page));
    let extents = match n_extents {
        0 => Vec::new(),
        _ => {
            let column = batch.column(n_columns + NUMBERS.len());
            let numbers = column.as_primitive_opt::<UInt8Type>().ok_or_else(misfit)?;
            let extent = |number: &u8| match number {
                1 => ParentExtent::Part,
                2 => ParentExtent::Gone,
                _ => ParentExtent::Whole,
            };
            numbers.values().iter().map(extent).collect()
        }
    };
    Ok((rows, ends.collect(), records.values().to_vec(), extents))
}

/// Sorted rows of a file, in batches of one schema: their number, then Arrow's stream format.
pub(crate) struct SortedParcel {
    schema: SchemaRef,
    n_rows: u64,
    writer: StreamWriter<Vec<u8>>,
}

/// The length of the number of rows that a [`SortedParcel`] begins with, in bytes.
pub(crate) const COUNT_BYTES: usize = 8;

impl SortedParcel {
    pub(crate) fn begin(table: &str, schema: &SchemaRef) -> Result<Self, LoadError> {
        let begun = vec![0; COUNT_BYTES];
        let writer = StreamWriter::try_new(begun, schema).map_err(LoadError::rows("send", table))?;
        Ok(Self { schema: SchemaRef::clone(schema), n_rows: 0, writer })
    }

    pub(crate) fn push(&mut self, table: &str, batch: &RecordBatch) -> Result<(), LoadError> {
        self.n_rows += batch.num_rows() as u64;
        // What a view does not show is not sent.
        let own = arrow_select::concat::concat_batches(&self.schema, [batch]);
        own.and_then(|batch| self.writer.write(&batch)).map_err(LoadError::rows("send", table))
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.writer.get_ref().len()
    }

    pub(crate) fn finish(self, table: &str) -> Result<Vec<u8>, LoadError> {
        let n_rows = self.n_rows.to_le_bytes();
        let mut bytes = self.writer.into_inner().map_err(LoadError::rows("send", table))?;
        bytes[..COUNT_BYTES].copy_from_slice(&n_rows);
        Ok(bytes)
    }
}
