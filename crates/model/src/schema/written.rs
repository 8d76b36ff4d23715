//! Tables and mappings as written: what serde reads, and what the JSON Schemas for editors are made from.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, IntoDeserializer, SeqAccess, Visitor};

use super::checks::CheckWritten;
use super::{Repeats, UnixUnit, mapping::UsualSpelling};
use crate::{ColumnType, Pointer, Template};

/// A table: columns, types, key, partition, order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Table")]
pub(crate) struct TableWritten {
    /// What a row is.
    pub(crate) doc: Option<String>,
    /// The columns that identify a row.
    pub(crate) key: Vec<String>,
    /// The partition.
    pub(crate) partition: PartitionWritten,
    /// The columns a file is sorted by.
    pub(crate) order: Vec<String>,
    /// The columns of the key by which rows belong together, as all messages of a conversation do: such rows share a bucket,
    /// and the lake finds them by this. Without it, the first two columns of the key.
    pub(crate) group: Option<Vec<String>>,
    /// The timestamp column in which the source says when it changed a record last. A row that takes the place of one that changed
    /// later, as a cache or an old file gives it, is told of.
    pub(crate) changed_at: Option<String>,
    /// The rows of other tables that a row belongs to: a table, and the columns that hold its key.
    #[serde(default)]
    pub(crate) references: IndexMap<String, Vec<String>>,
    /// What is expected of the rows, by names that you choose; `convolake checks` holds them against it.
    #[serde(default)]
    pub(crate) checks: IndexMap<String, CheckWritten>,
    /// The columns, in the order of the files.
    pub(crate) columns: IndexMap<String, TableColumnWritten>,
}

/// The partition of a table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Partition", extend("minProperties" = 1, "maxProperties" = 1))]
pub(crate) struct PartitionWritten {
    /// A partition a month, and a column `date` in the files. The timestamp columns the date is taken from: the first that is
    /// not null.
    pub(crate) month: Option<OneOrMany<String>>,
    /// A partition a day, for tables of very many rows. The timestamp columns the date is taken from: the first that is not
    /// null.
    pub(crate) date: Option<OneOrMany<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TableColumn")]
pub(crate) struct TableColumnWritten {
    /// The column's type.
    #[serde(rename = "type")]
    pub(crate) column_type: ColumnType,
    /// True where a row cannot be without it.
    #[serde(default)]
    pub(crate) required: bool,
    /// How often the values of a text come again: `often`, or `rarely`, as with what people write. JSON does rarely.
    pub(crate) repeats: Option<Repeats>,
    /// What it holds.
    pub(crate) doc: Option<String>,
}

/// How a stream's records become rows: a mapping for each table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "StreamSchema")]
pub(crate) struct StreamSchemaWritten(pub(crate) IndexMap<String, MappingWritten>);

/// How records become rows of one table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Mapping")]
pub(crate) struct MappingWritten {
    /// Where a record's rows stand, as in `/turns/*`; without it, the record is the row.
    #[serde(default)]
    pub(crate) rows: Pointer,
    /// A newly exported parent, known by these columns, replaces all rows it had.
    #[serde(default)]
    pub(crate) replace: Vec<String>,
    /// The block whose fields stand in `extra` under their own names.
    #[serde(default)]
    pub(crate) extra_base: Pointer,
    /// An element that is no object is read as if it stood in an object at this place.
    pub(crate) bare_element: Option<Pointer>,
    /// The columns.
    pub(crate) columns: IndexMap<String, ColumnMappingWritten>,
}

/// How one column is filled: exactly one of `at`, `param`, `index`, `template`, `count`, `least`, `greatest`, `listed`,
/// `position`, `key`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ColumnMapping")]
pub(crate) struct ColumnMappingWritten {
    /// A place in the JSON; a list: the first that fits, and none is no mismatch. For a string column a text that is not empty comes
    /// before one that is.
    pub(crate) at: Option<OneOrMany<Pointer>>,
    /// The enclosing element that `at` is relative to, as in `/turns/*`, or `record`; with `page`, the page around the
    /// records, in which `*` on the way to them is the element that the record stands in.
    pub(crate) from: Option<String>,
    /// What joins the texts of a place with `*`. Where the elements themselves are among the places, as in
    /// `[/text, /text/*, /text/*/text]`, each element gives the first of them that is a text, in the order of the elements.
    pub(crate) join: Option<String>,
    /// `string`: numbers and booleans are not for this string column. Without it they are taken as they are written.
    pub(crate) only: Option<OnlyWritten>,
    /// Words that stand for others.
    pub(crate) map: Option<IndexMap<String, String>>,
    /// The word for all others; what is absent or null stays null.
    #[serde(rename = "else")]
    pub(crate) otherwise: Option<String>,
    /// The words it is known to hold; any other is reported as drift, and stands in the column all the same.
    #[serde(default)]
    pub(crate) known: Vec<String>,
    /// What a bare number counts.
    pub(crate) unit: Option<UnixUnit>,
    /// The source's usual spelling of a date, which the column gives back exactly.
    pub(crate) usual: Option<UsualSpelling>,
    /// The zone of a date without one, as in `+02:00` or `Europe/Berlin`.
    pub(crate) zone: Option<String>,
    /// A param of the pipeline.
    pub(crate) param: Option<String>,
    /// The position in this array of the record, as in `/turns`.
    pub(crate) index: Option<Pointer>,
    /// Columns of the same row in a text.
    pub(crate) template: Option<Template>,
    /// The number of elements of this array.
    pub(crate) count: Option<Pointer>,
    /// The least value of a `table.column` below this row.
    pub(crate) least: Option<String>,
    /// The greatest value of a `table.column` below this row.
    pub(crate) greatest: Option<String>,
    /// The hash of the list record of the id in this column.
    pub(crate) listed: Option<String>,
    /// `record`: the position of the record among those of its page, from 0; in a file with a record a line, the line's.
    pub(crate) position: Option<String>,
    /// The key in this object of the record, as in `/mapping`, of the element that the row stands in; `record`: the key of
    /// the record itself. In an array, the index as text.
    pub(crate) key: Option<String>,
}

/// The one kind of value a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Only")]
pub(crate) enum OnlyWritten {
    /// JSON strings.
    String,
}

/// One or a list of them.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum OneOrMany<T> {
    /// One.
    One(T),
    /// A list.
    Many(Vec<T>),
}

// Not `untagged`, which would say of neither why it does not read.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a text or a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(text.into_deserializer()).map(OneOrMany::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut many = Vec::new();
        while let Some(one) = list.next_element()? {
            many.push(one);
        }
        Ok(OneOrMany::Many(many))
    }
}

impl<T: Clone> OneOrMany<T> {
    pub(crate) fn to_vec(&self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Many(many) => many.clone(),
        }
    }
}
