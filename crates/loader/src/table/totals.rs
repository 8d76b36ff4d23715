//! How much a pipeline has in each table.

use std::collections::BTreeMap;

use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::file;
use crate::table::file::TableFileReader;
use crate::{LoadError, paths};

/// How much of a pipeline is in a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableTotal {
    /// Its rows.
    pub rows: u64,
    /// The size of its files.
    pub bytes: u64,
    /// Their number.
    pub files: u64,
}

/// The size of a pipeline's largest file in each table. No file is opened.
///
/// # Errors
/// The store's refusal.
pub(crate) fn largest_files(lake: &LakeStorage, pipeline: &str) -> Result<BTreeMap<String, u64>, LoadError> {
    paths::name("the pipeline", pipeline)?;
    let mut largest = BTreeMap::new();
    for table in tables(lake)? {
        for file in file::list(lake, &table, pipeline)? {
            let bytes = file.file.n_bytes();
            let of_table = largest.entry(table.clone()).or_default();
            *of_table = bytes.max(*of_table);
        }
    }
    Ok(largest)
}

/// The names that tables may have among the folders of the root.
fn tables(lake: &LakeStorage) -> Result<Vec<String>, LoadError> {
    let mut names = block_on(lake.entries(""))?;
    names.retain(|name| paths::name("the table", name).is_ok());
    Ok(names)
}

/// What a pipeline has in each table, from the files' footers.
///
/// # Errors
/// A file that does not read.
pub(crate) fn totals(lake: &LakeStorage, pipeline: &str) -> Result<BTreeMap<String, TableTotal>, LoadError> {
    paths::name("the pipeline", pipeline)?;
    let mut totals = BTreeMap::new();
    for table in tables(lake)? {
        let total = of_table(lake, &table, pipeline)?;
        if total.files > 0 {
            totals.insert(table, total);
        }
    }
    Ok(totals)
}

pub(crate) fn of_table(lake: &LakeStorage, table: &str, pipeline: &str) -> Result<TableTotal, LoadError> {
    let mut total = TableTotal::default();
    let files = file::list(lake, table, pipeline)?;
    file::fetch_footers(&files);
    for file in files {
        let reader = TableFileReader::open(&file)?;
        total.rows += reader.n_rows();
        total.bytes += reader.n_bytes();
        total.files += 1;
    }
    Ok(total)
}
