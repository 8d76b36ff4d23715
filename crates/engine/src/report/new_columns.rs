//! Columns that came to a table with a run. Files of before lack them, and not all readers look beyond the first file.

use std::collections::{BTreeMap, BTreeSet};

use convolake_loader::{Commit, CommittedTable};
use serde::Serialize;

/// The columns that a table has since this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewColumns {
    /// Their names.
    pub columns: Vec<String>,
    /// The files that have them.
    pub files_with: u64,
    /// All files of the table.
    pub files: u64,
    /// What writes them into all files.
    pub remedy: String,
}

impl NewColumns {
    /// Of all tables that a commit has grown, by table; none of a table all of whose files it has written.
    pub(crate) fn of(
        before: Option<&Commit>,
        after: Option<&Commit>,
        pipeline: &str,
    ) -> BTreeMap<String, Self> {
        let (Some(before), Some(after)) = (before, after) else { return BTreeMap::new() };
        let of_table = |(name, table): (&String, &CommittedTable)| {
            let known: BTreeSet<&str> = before.tables.get(name)?.column_names().collect();
            let new = table.column_names().filter(|column| !known.contains(column));
            let columns: Vec<String> = new.map(str::to_owned).collect();
            let files: u64 = table.manifests.iter().map(|manifest| manifest.files).sum();
            let files_with =
                after.files.iter().filter(|file| file.partition_of(name).is_some()).count() as u64;
            // Commits of early releases do not tell their columns.
            let is_told = !known.is_empty() && !columns.is_empty() && files_with < files;
            let remedy = format!("convolake replay {pipeline}");
            is_told.then(|| (name.clone(), Self { columns, files_with, files, remedy }))
        };
        after.tables.iter().filter_map(of_table).collect()
    }
}
