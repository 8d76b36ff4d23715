//! What the lake knows a table's schema by, and how one schema grows from another.

use convolake_model::{ColumnType, Table};
use sha2::{Digest, Sha256};

use crate::storage::digest::hex;

/// What the lake compares to know a table again: a line for each column, in the order of the files, then lines for key, date,
/// order and group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableSchema {
    /// As in `sent_at Timestamp optional`.
    pub(crate) columns: Vec<String>,
    rest: Vec<String>,
}

/// How a line of a column ends that may be null.
pub(crate) const NULLABLE: &str = " optional";

impl TableSchema {
    pub(crate) fn of(table: &Table) -> Self {
        let mut lines: Vec<String> = table.fingerprint().split('\n').map(str::to_owned).collect();
        let rest = lines.split_off(table.columns.len().min(lines.len()));
        Self { columns: lines, rest }
    }

    pub(crate) fn hash(&self) -> String {
        self.hash_with(&self.columns)
    }

    /// The hash of a schema with these columns and the same key, date, order and group.
    fn hash_with(&self, columns: &[String]) -> String {
        let lines: Vec<&str> = columns.iter().chain(&self.rest).map(String::as_str).collect();
        hex(&Sha256::digest(lines.join("\n").as_bytes()))
    }

    /// True where the schema with these columns and this hash is this one without some columns that may be null.
    pub(crate) fn grew_from(&self, columns: &[String], hash: &str) -> bool {
        is_grown(&self.columns, columns) && self.hash_with(columns) == hash
    }

    /// The positions of the columns that a file with this hash and these names of columns lacks; `None` where that is no earlier
    /// schema of the table.
    pub(crate) fn lacking<'a>(&self, hash: &str, names: impl Iterator<Item = &'a str>) -> Option<Vec<usize>> {
        let names: Vec<&str> = names.collect();
        let is_there = |line: &String| names.contains(&column_name(line));
        let columns: Vec<String> = self.columns.iter().filter(|line| is_there(line)).cloned().collect();
        let lacking = (0..self.columns.len()).filter(|at| !is_there(&self.columns[*at])).collect();
        self.grew_from(&columns, hash).then_some(lacking)
    }

    /// The columns of two tables of one name that differ, in words; `None` where none does.
    pub(crate) fn difference(&self, other: &[String]) -> Option<String> {
        let find =
            |lines: &[String], wanted: &str| lines.iter().find(|line| column_name(line) == wanted).cloned();
        for line in &self.columns {
            match find(other, column_name(line)) {
                None => return Some(format!("only one of them has `{}`", column_name(line))),
                Some(found) if found != *line => {
                    return Some(format!("`{}` is {} and {}", column_name(line), kind(line), kind(&found)));
                }
                Some(_) => {}
            }
        }
        let more = other.iter().find(|line| find(&self.columns, column_name(line)).is_none());
        match more {
            Some(line) => Some(format!("only one of them has `{}`", column_name(line))),
            None if self.columns != other => Some("they come in another order".to_owned()),
            None => None,
        }
    }

    /// True where this is the schema with these columns, and perhaps more that may be null.
    pub(crate) fn has_all_of(&self, columns: &[String]) -> bool {
        is_grown(&self.columns, columns)
    }
}

/// True where `older` are some of `newer` in the same order, and all others may be null.
fn is_grown(newer: &[String], older: &[String]) -> bool {
    let mut older = older.iter().peekable();
    let all_fit = newer.iter().all(|line| older.next_if_eq(&line).is_some() || line.ends_with(NULLABLE));
    all_fit && older.next().is_none()
}

/// The name in a column's line.
pub(crate) fn column_name(line: &str) -> &str {
    line.rsplitn(3, ' ').nth(2).unwrap_or(line)
}

/// What the line says besides the name, as a user writes it.
fn kind(line: &str) -> String {
    let words = line.get(column_name(line).len() + 1..).unwrap_or_default();
    let (kind, needed) = words.split_once(' ').unwrap_or((words, ""));
    format!("{}{}", kind.to_lowercase(), if needed == "required" { " and required" } else { "" })
}

/// True for the line of a column that may be null.
pub(crate) fn is_nullable(line: &str) -> bool {
    line.ends_with(NULLABLE)
}

/// The name and the type in a column's line; `None` for a type that this program does not know.
pub(crate) fn stored_column(line: &str) -> Option<(String, ColumnType)> {
    let name = column_name(line);
    let word = line.get(name.len() + 1..)?.split(' ').next()?;
    let column_type = match word {
        "String" => ColumnType::String,
        "Int32" => ColumnType::Int32,
        "Int64" => ColumnType::Int64,
        "Float64" => ColumnType::Float64,
        "Bool" => ColumnType::Bool,
        "Timestamp" => ColumnType::Timestamp,
        "Date" => ColumnType::Date,
        "Json" => ColumnType::Json,
        "StringList" => ColumnType::StringList,
        _ => return None,
    };
    Some((name.to_owned(), column_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[&str]) -> TableSchema {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        TableSchema { columns: owned(columns), rest: owned(&["key id"]) }
    }

    #[test]
    fn a_schema_grows_by_columns_that_may_be_null() {
        let old = schema(&["id String required", "a b Int64 optional"]);
        for (columns, expected) in [
            (&["id String required", "a b Int64 optional"][..], true),
            (&["id String required", "new String optional", "a b Int64 optional", "z Json optional"], true),
            (&["id String required", "a b Int64 optional", "z Json required"], false),
            (&["id String required"], false),
            (&["id String required", "a b String optional"], false),
            (&["a b Int64 optional", "id String required"], false),
        ] {
            assert_eq!(schema(columns).grew_from(&old.columns, &old.hash()), expected, "{columns:?}");
        }
        let other_key = TableSchema { rest: vec!["key a".into()], ..old.clone() };
        assert!(
            !schema(&["id String required", "a b Int64 optional"])
                .grew_from(&other_key.columns, &other_key.hash())
        );
    }

    #[test]
    fn a_file_lacks_columns_that_came_after_it() {
        let old = schema(&["id String required", "a b Int64 optional"]);
        let new = schema(&["id String required", "n String optional", "a b Int64 optional"]);
        assert_eq!(new.lacking(&old.hash(), ["id", "a b"].into_iter()), Some(vec![1]));
        assert_eq!(new.lacking(&new.hash(), ["id", "n", "a b"].into_iter()), Some(vec![]));
        assert_eq!(old.lacking(&new.hash(), ["id", "n", "a b"].into_iter()), None);
        assert_eq!(new.lacking("another", ["id", "a b"].into_iter()), None);
    }

    #[test]
    fn differences_are_told_in_words() {
        let mine = schema(&["id String required", "x Int64 optional"]);
        for (other, expected) in [
            (&["id String required", "x Int64 optional"][..], None),
            (&["id String required", "x String optional"], Some("`x` is int64 and string")),
            (&["id String required"], Some("only one of them has `x`")),
            (
                &["id String required", "x Int64 optional", "y Json optional"],
                Some("only one of them has `y`"),
            ),
            (&["x Int64 optional", "id String required"], Some("they come in another order")),
            (&["id String optional", "x Int64 optional"], Some("`id` is string and required and string")),
        ] {
            assert_eq!(mine.difference(&schema(other).columns).as_deref(), expected, "{other:?}");
        }
    }

    #[test]
    fn a_stored_column_of_any_type_reads_back() {
        use ColumnType::{Bool, Date, Float64, Int32, Int64, Json, String, StringList, Timestamp};
        for column_type in [String, Int32, Int64, Float64, Bool, Timestamp, Date, Json, StringList] {
            for (name, needed) in [("a", "required"), ("a b", "optional")] {
                let line = format!("{name} {column_type:?} {needed}");
                assert_eq!(stored_column(&line), Some((name.to_owned(), column_type)));
            }
        }
        assert_eq!(stored_column("a Uuid optional"), None);
        assert_eq!(stored_column("a"), None);
    }
}
