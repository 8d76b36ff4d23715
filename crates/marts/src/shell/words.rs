//! The words a shell can complete.

use std::collections::BTreeMap;

use polars::sql::keywords::{all_functions, all_keywords};

/// Keywords of SQL, and the tables of a lake with their columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    /// In capitals, with the names of functions; sorted.
    pub(super) keywords: Vec<String>,
    /// The columns of each table.
    pub(super) tables: BTreeMap<String, Vec<String>>,
}

/// Keywords that Polars understands and does not list.
const MORE: [&str; 8] = ["BETWEEN", "DESCRIBE", "ELSE", "END", "EXPLAIN", "IS", "LIKE", "OVER"];

impl Words {
    /// Those of Polars' SQL, and of these tables.
    pub(crate) fn of_tables(tables: BTreeMap<String, Vec<String>>) -> Self {
        let all = all_keywords().into_iter().chain(all_functions()).chain(MORE);
        let mut keywords: Vec<String> = all.map(str::to_ascii_uppercase).collect();
        keywords.sort_unstable();
        keywords.dedup();
        Self { keywords, tables }
    }
}
