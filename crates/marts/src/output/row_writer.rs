//! Rows for programs: CSV, JSON and Parquet, batch by batch, so that a result of any size is written in little memory.

use std::io::Write;

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column, CsvWriter, DataFrame, DataType, IntoColumn, NamedFrom, ParquetCompression, ParquetWriter,
    PolarsResult, QuoteStyle, Schema, SerWriter, Series,
};
use serde_json::Value;

use super::Format;
use super::cell;

/// Where the bytes go.
pub(crate) type Bytes = Box<dyn Write + Send>;

/// How instants are written in CSV.
const INSTANT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// Takes the rows of a result one batch after another.
pub(crate) enum RowWriter {
    /// Names first, then a line a row.
    Csv { bytes: Bytes, is_begun: bool },
    /// An array of objects.
    Json { bytes: Bytes, n_rows: u64 },
    /// An object a line.
    Ndjson { bytes: Bytes },
    /// A file with row groups.
    Parquet { writer: Box<BatchedWriter<Bytes>> },
}

impl RowWriter {
    /// A writer of rows of this schema; `None` for the form that is for people.
    ///
    /// # Errors
    /// A column that Parquet has no type for.
    pub(crate) fn new(format: Format, bytes: Bytes, schema: &Schema) -> PolarsResult<Option<Self>> {
        Ok(Some(match format {
            Format::Table => return Ok(None),
            Format::Csv => Self::Csv { bytes, is_begun: false },
            Format::Json => Self::Json { bytes, n_rows: 0 },
            Format::Ndjson => Self::Ndjson { bytes },
            Format::Parquet => {
                let writer = ParquetWriter::new(bytes).with_compression(ParquetCompression::Zstd(None));
                Self::Parquet { writer: Box::new(writer.batched(schema)?) }
            }
        }))
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// The bytes are not taken.
    pub(crate) fn write(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        match self {
            Self::Csv { bytes, is_begun } => {
                let mut flat = flat(rows)?;
                CsvWriter::new(bytes)
                    .include_header(!*is_begun)
                    .with_quote_style(QuoteStyle::Necessary)
                    .with_datetime_format(Some(INSTANT.into()))
                    .finish(&mut flat)?;
                *is_begun = true;
            }
            Self::Json { bytes, n_rows } => {
                for row in objects(rows) {
                    let before = if *n_rows == 0 { "[\n" } else { ",\n" };
                    write!(bytes, "{before}{row}")?;
                    *n_rows += 1;
                }
            }
            Self::Ndjson { bytes } => {
                for row in objects(rows) {
                    writeln!(bytes, "{row}")?;
                }
            }
            Self::Parquet { writer } if rows.height() > 0 => writer.write_batch(rows)?,
            Self::Parquet { .. } => {}
        }
        Ok(())
    }

    /// Ends what was written. `empty` has the columns, and no row.
    ///
    /// # Errors
    /// As [`RowWriter::write`].
    pub(crate) fn finish(mut self, empty: &DataFrame) -> PolarsResult<()> {
        if let Self::Csv { is_begun: false, .. } = self {
            self.write(empty)?;
        }
        match self {
            Self::Csv { mut bytes, .. } | Self::Ndjson { mut bytes } => bytes.flush()?,
            Self::Json { mut bytes, n_rows } => {
                bytes.write_all(if n_rows == 0 { b"[]\n" } else { b"\n]\n" })?;
                bytes.flush()?;
            }
            Self::Parquet { writer } => {
                writer.finish()?;
            }
        }
        Ok(())
    }
}

/// Rows as JSON objects, their members in the order of the columns.
fn objects(rows: &DataFrame) -> impl Iterator<Item = String> {
    let names: Vec<String> =
        rows.columns().iter().map(|column| Value::from(column.name().as_str()).to_string()).collect();
    let mut columns: Vec<_> =
        rows.columns().iter().map(|column| column.as_materialized_series().iter()).collect();
    (0..rows.height()).map(move |_| {
        let mut object = String::from("{");
        for (name, column) in names.iter().zip(&mut columns) {
            let cell = column.next().map_or(Value::Null, |value| cell::json(&value));
            let comma = if object.len() > 1 { "," } else { "" };
            object.push_str(&format!("{comma}{name}:{cell}"));
        }
        object.push('}');
        object
    })
}

/// Rows whose lists and the like are JSON texts, as CSV knows none of them; and times without a zone are texts without one.
fn flat(rows: &DataFrame) -> PolarsResult<DataFrame> {
    let column = |column: &Column| match column.dtype() {
        DataType::Duration(_)
        | DataType::List(_)
        | DataType::Struct(_)
        | DataType::Binary
        | DataType::Datetime(_, None) => {
            let series = column.as_materialized_series();
            let texts: Vec<Option<String>> = series.iter().map(|value| cell::text(&value)).collect();
            Series::new(column.name().clone(), texts).into_column()
        }
        _ => column.clone(),
    };
    DataFrame::new(rows.height(), rows.columns().iter().map(column).collect())
}
