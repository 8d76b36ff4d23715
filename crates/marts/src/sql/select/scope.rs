//! Which columns can be named in a query, and what they are called in its frame.

use std::collections::BTreeSet;

use polars::prelude::Schema;

/// A column that can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// The table it is of, by its alias; empty where it has none.
    pub(super) table: String,
    pub(super) name: String,
    /// Its name in the frame, which no other has.
    pub(super) key: String,
}

/// The columns of what stands behind `FROM`.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) columns: Vec<Column>,
    /// Columns that a join by `USING` has merged: they come first in `*`, and are meant where no table is named.
    pub(super) merged: Vec<Column>,
    /// Names in the frame that come first where several are meant: those of a subquery, beside those around it.
    pub(super) inner: BTreeSet<String>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// The column of this name in the frame.
    Key(String),
    /// Columns of these tables.
    Several(Vec<String>),
    Nothing,
}

impl Scope {
    /// The columns of one table.
    pub(super) fn of_table(table: &str, schema: &Schema) -> Self {
        let column =
            |name: &str| Column { table: table.to_owned(), name: name.to_owned(), key: name.to_owned() };
        Self {
            columns: schema.iter_names().map(|name| column(name)).collect(),
            merged: Vec::new(),
            inner: BTreeSet::new(),
        }
    }

    /// What a name without a table stands for. A name of the frame stands for itself.
    pub(super) fn find(&self, name: &str) -> Found {
        if let Some(merged) = self.merged.iter().find(|column| column.name == name || column.key == name) {
            return Found::Key(merged.key.clone());
        }
        if self.columns.iter().any(|column| column.key == name) {
            return Found::Key(name.to_owned());
        }
        let mut named: Vec<&Column> = self.columns.iter().filter(|column| column.name == name).collect();
        if named.iter().any(|column| self.inner.contains(&column.key)) {
            named.retain(|column| self.inner.contains(&column.key));
        }
        match named.as_slice() {
            [] => Found::Nothing,
            [one] => Found::Key(one.key.clone()),
            several => Found::Several(several.iter().map(|column| column.table.clone()).collect()),
        }
    }

    /// What a name of a table stands for.
    pub(super) fn find_of(&self, table: &str, name: &str) -> Found {
        let mut columns = self.columns.iter().filter(|column| column.table == table && column.name == name);
        let column =
            columns.clone().find(|column| self.inner.contains(&column.key)).or_else(|| columns.next());
        column.map_or(Found::Nothing, |column| Found::Key(column.key.clone()))
    }

    pub(super) fn has_table(&self, table: &str) -> bool {
        self.columns.iter().any(|column| column.table == table)
    }

    /// The names in the frame.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        self.columns.iter().chain(&self.merged).map(|column| column.key.clone()).collect()
    }

    /// The columns that `*` stands for, each with the name it has there: of names that stand twice, the later say of which table.
    pub(super) fn all(&self) -> Vec<(String, Column)> {
        let is_merged = |column: &&Column| !self.merged.iter().any(|merged| merged.name == column.name);
        let columns = self.merged.iter().chain(self.columns.iter().filter(is_merged));
        let mut taken = BTreeSet::new();
        let mut all = Vec::new();
        for column in columns {
            let name = match taken.insert(column.name.clone()) {
                true => column.name.clone(),
                false => format!("{}:{}", column.name, column.table),
            };
            taken.insert(name.clone());
            all.push((name, column.clone()));
        }
        all
    }
}
