//! Tables: their columns, key, partition and order.

use indexmap::IndexMap;

use super::{DataCheck, validate_table};
use crate::{ColumnType, ConfigError, PartitionBy, Partitions};

/// A table: columns, types, key, partition, order. One file owns it, so every file of it has one schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The table's name: the folder in the lake.
    pub name: String,
    /// What a row is.
    pub doc: Option<String>,
    /// The columns by name, in the order of the files.
    pub columns: IndexMap<String, TableColumn>,
    /// The columns that identify a row; required strings or integers.
    pub key: Vec<String>,
    /// Where the date of a row comes from, by which it is filed.
    pub date: DateColumns,
    /// How long a stretch of dates shares a partition.
    pub partitions: Partitions,
    /// The columns a file is sorted by; the key's columns end it, so that the order is total.
    pub order: Vec<String>,
    /// The columns of the key by which rows belong together, as all messages of a conversation do: such rows share a bucket,
    /// and the lake finds them by this. Without `group` in its file these are the first two columns of the key.
    pub group: Vec<String>,
    /// The timestamp column in which the source says when it changed a row's record last; `None` where no column says it. A row
    /// that takes the place of one that changed later is told of.
    pub changed_at: Option<String>,
    /// The rows of other tables that a row belongs to: for each table the columns that hold its key, in the key's order.
    /// A row in which one of them is null refers to none.
    pub references: IndexMap<String, Vec<String>>,
    /// What is expected of its rows, by name. No row depends on it.
    pub checks: IndexMap<String, DataCheck>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// The column's type.
    pub column_type: ColumnType,
    /// True where a row cannot be without it; such a column is not nullable.
    pub required: bool,
    /// How often its values come again.
    pub repeats: Repeats,
    /// What it holds.
    pub doc: Option<String>,
}

/// How often the values of a text column come again; it decides how files store them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// Many rows share a value: a file has a dictionary of them.
    Often,
    /// Hardly any two rows share a value: a file has each as it is.
    Rarely,
}

/// The timestamp columns a row's date is taken from: the first that is not null, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateColumns(pub Vec<String>);

impl Table {
    /// The column that holds, as one JSON object, all that has no column of its own.
    pub const EXTRA: &'static str = "extra";
    /// The column of the instant a row's page was fetched.
    pub const FETCHED_AT: &'static str = "fetched_at";
    /// The column of the raw object and line a row stands in.
    pub const PAGE: &'static str = "page";
    /// The column of a row's date: of the files, or else of the folders they lie in.
    pub const DATE: &'static str = "date";

    /// Reads a table file; the table's name is the file's.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, ConfigError> {
        validate_table::table(name, file, text)
    }

    /// Checks that what the table and its checks refer to is there: the tables, and for each column of their key one of the same type.
    /// The checks then know those keys.
    ///
    /// # Errors
    /// The first reference that is none, with its line in the table's file.
    pub fn check_references(
        &mut self,
        file: &str,
        text: &str,
        tables: &IndexMap<String, Self>,
    ) -> Result<(), ConfigError> {
        validate_table::references(self, file, text, tables)
    }

    /// The group of a table whose file names none.
    pub(super) fn usual_group(key: &[String]) -> &[String] {
        &key[..key.len().min(2)]
    }

    /// True for the columns that say where a row comes from, rather than what the source said.
    pub fn is_lineage(column: &str) -> bool {
        matches!(column, Self::FETCHED_AT | Self::PAGE)
    }

    /// The table without its lineage: what the source said of a row. Which page a row stands on is the same for all rows
    /// of a page, and known beside them until they are written.
    #[must_use]
    pub fn without_lineage(&self) -> Self {
        let mut table = self.clone();
        table.columns.retain(|name, _| !Self::is_lineage(name));
        table
    }

    /// The table as its files have it where they are cut so: by months they have a column of the date, and begin their order
    /// with it, so that a reader of a few days skips the rest.
    #[must_use]
    pub fn in_files(&self, by: PartitionBy) -> Self {
        let mut table = Self { partitions: Partitions::Asked(by), ..self.clone() };
        if by == PartitionBy::Month {
            let date = TableColumn {
                column_type: ColumnType::Date,
                required: false,
                repeats: Repeats::Often,
                doc: Some("The UTC date of the row.".to_owned()),
            };
            table.columns.insert(Self::DATE.to_owned(), date);
            table.order.insert(0, Self::DATE.to_owned());
        }
        table
    }

    /// The columns in their order, as one line each: what the lake compares to know its table again. A group stands in it
    /// only where it is not the usual one: lakes that were written before groups had a name so keep their fingerprints.
    pub fn fingerprint(&self) -> String {
        let columns = self.columns.iter().map(|(name, column)| {
            format!(
                "{name} {:?} {}",
                column.column_type,
                if column.required { "required" } else { "optional" }
            )
        });
        let rest = [
            format!("key {}", self.key.join(" ")),
            format!("{} {}", self.partitions.by().folder_column(), self.date.0.join(" ")),
            format!("order {}", self.order.join(" ")),
        ];
        let is_usual = self.group == Self::usual_group(&self.key);
        let group = (!is_usual).then(|| format!("group {}", self.group.join(" ")));
        columns.chain(rest).chain(group).collect::<Vec<_>>().join("\n")
    }
}
