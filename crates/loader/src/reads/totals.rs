//! How much a pipeline has in each table.

use std::collections::BTreeMap;

use crate::publish::commit::Commit;
use crate::snapshot::ManifestRef;
use crate::snapshot::superseded::TableManifests;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::file;
use crate::table::file::{TableFile, TableFileReader};
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

impl TableTotal {
    fn of(manifests: &[ManifestRef]) -> Self {
        manifests.iter().fold(Self::default(), |total, named| Self {
            rows: total.rows + named.rows,
            bytes: total.bytes + named.bytes,
            files: total.files + named.files,
        })
    }
}

/// The size of a pipeline's largest file in each table. Nothing is read where the commit names the files.
///
/// # Errors
/// The store's refusal.
pub(crate) fn largest_files(
    lake: &LakeStorage,
    pipeline: &str,
    head: Option<&Commit>,
) -> Result<BTreeMap<String, u64>, LoadError> {
    let mut largest = BTreeMap::new();
    match named(head) {
        Some(tables) => {
            for (table, manifests) in tables {
                let bytes = manifests.iter().map(|named| named.largest).max();
                largest.extend(bytes.map(|bytes| (table.to_owned(), bytes)));
            }
        }
        None => {
            for table in folders(lake)? {
                let files = file::list(lake, &table, pipeline)?;
                let sizes = files.iter().map(|file| Ok(file.stored()?.n_bytes()));
                let sizes = sizes.collect::<Result<Vec<u64>, LoadError>>()?;
                largest.extend(sizes.into_iter().max().map(|bytes| (table, bytes)));
            }
        }
    }
    Ok(largest)
}

/// What a pipeline has in each table, from this commit, or else from the files' footers.
///
/// # Errors
/// A file that does not read.
pub(crate) fn totals(
    lake: &LakeStorage,
    pipeline: &str,
    head: Option<&Commit>,
) -> Result<BTreeMap<String, TableTotal>, LoadError> {
    let mut totals = BTreeMap::new();
    match named(head) {
        Some(tables) => {
            totals.extend(tables.into_iter().map(|(table, named)| (table.to_owned(), TableTotal::of(named))));
        }
        None => {
            for table in folders(lake)? {
                let total = of_listed(&file::list(lake, &table, pipeline)?)?;
                totals.insert(table, total);
            }
        }
    }
    totals.retain(|_, total| total.files > 0);
    Ok(totals)
}

/// The manifests of all tables; `None` where the commit names none, or there is no commit.
fn named(head: Option<&Commit>) -> Option<TableManifests<'_>> {
    Some(head.filter(|head| head.names_files())?.manifests())
}

/// The names that tables may have among the folders of the root.
pub(crate) fn folders(lake: &LakeStorage) -> Result<Vec<String>, LoadError> {
    let mut names = block_on(lake.entries(""))?;
    names.retain(|name| paths::name("the table", name).is_ok());
    Ok(names)
}

fn of_listed(files: &[TableFile]) -> Result<TableTotal, LoadError> {
    let mut total = TableTotal::default();
    file::fetch_footers(files);
    for file in files {
        let reader = TableFileReader::open(file)?;
        total.rows += reader.n_rows();
        total.bytes += reader.n_bytes();
        total.files += 1;
    }
    Ok(total)
}
