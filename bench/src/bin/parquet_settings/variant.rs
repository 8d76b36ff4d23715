//! A way to write table files, and the parts it is put together from.

use arrow_schema::DataType;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use crate::input::Input;
use crate::lake::TableFile;

/// What a variant does to the settings of a file.
type Change = Box<dyn Fn(WriterPropertiesBuilder, &TableFile) -> WriterPropertiesBuilder>;

/// A way to write table files: a beginning, and changes to it.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) input: Input,
    changes: Vec<Change>,
}

impl Variant {
    /// All by dictionary, page statistics, filters of the default size: what `ArrowWriter` does by itself, with zstd.
    pub(crate) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), input: Input::Utf8, changes: Vec::new() }
    }

    pub(crate) fn and(
        mut self,
        change: impl Fn(WriterPropertiesBuilder, &TableFile) -> WriterPropertiesBuilder + 'static,
    ) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Does something for those of the columns that a file has.
    pub(crate) fn each(
        self,
        columns: &'static [&'static str],
        change: impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder + 'static,
    ) -> Self {
        self.and(move |builder, file| each(builder, file, columns, &change))
    }

    /// Does something for each column of a type.
    pub(crate) fn of_type(
        self,
        is_meant: fn(&DataType) -> bool,
        change: impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder + 'static,
    ) -> Self {
        self.and(move |builder, file| each(builder, file, &file.of_type(is_meant), &change))
    }

    /// Does something for the ids that have a filter.
    pub(crate) fn ids(
        self,
        change: impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder + 'static,
    ) -> Self {
        self.and(move |builder, file| each(builder, file, &file.ids(), &change))
    }

    pub(crate) fn input(self, input: Input) -> Self {
        Self { input, ..self }
    }

    pub(crate) fn properties(&self, file: &TableFile) -> WriterProperties {
        let builder = WriterProperties::builder()
            .set_compression(zstd(1))
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_max_row_group_row_count(Some(128 * 1024))
            .set_max_row_group_bytes(Some(32 * 1024 * 1024));
        let builder = each(builder, file, &file.ids(), |builder, column| {
            builder.set_column_bloom_filter_enabled(column, true)
        });
        self.changes.iter().fold(builder, |builder, change| change(builder, file)).build()
    }
}

fn each(
    builder: WriterPropertiesBuilder,
    file: &TableFile,
    columns: &[&str],
    change: impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder,
) -> WriterPropertiesBuilder {
    let there = columns.iter().filter(|column| file.schema.index_of(column).is_ok());
    there.fold(builder, |builder, column| change(builder, ColumnPath::from(*column)))
}

/// Columns without a dictionary, under an encoding.
pub(crate) fn without_dictionary(
    encoding: Encoding,
) -> impl Fn(WriterPropertiesBuilder, ColumnPath) -> WriterPropertiesBuilder {
    move |builder, column| {
        builder.set_column_dictionary_enabled(column.clone(), false).set_column_encoding(column, encoding)
    }
}

pub(crate) fn zstd(level: i32) -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(level).unwrap_or_default())
}

pub(crate) fn is_text(data_type: &DataType) -> bool {
    *data_type == DataType::Utf8
}

pub(crate) fn is_number(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::Timestamp(..) | DataType::Date32)
}
