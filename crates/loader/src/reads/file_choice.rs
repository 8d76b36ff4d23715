//! Which files a scan has to open, by what manifests say of them.

use std::collections::HashSet;

use arrow_array::StringArray;

use crate::LoadError;
use crate::reads::live::LiveFiles;
use crate::snapshot::group_hashes::{ShortHashes, hashes_of_texts};
use crate::snapshot::{FileEntry, SummaryColumns};
use crate::table::file::TableFile;

/// Rules out files by what is told of their rows. In doubt a file is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileChoice {
    /// Only files with a row that has one of these ids.
    pub(crate) ids: Option<WantedIds>,
    /// Only files with an instant in this column that is not before this one, in microseconds.
    pub(crate) since: Option<(String, i64)>,
    /// Only files with a row of one of these groups, by their columns.
    pub(crate) groups: Option<(Vec<String>, ShortHashes)>,
}

/// Rows that hold one of some ids, and given texts in other columns.
#[derive(Debug, Clone)]
pub(crate) struct WantedIds {
    pub(crate) column: String,
    pub(crate) ids: HashSet<String>,
    pub(crate) equal: Vec<(String, String)>,
}

impl WantedIds {
    /// The groups of such rows; `None` where they cannot be told by these columns.
    fn groups(&self, columns: &SummaryColumns) -> Option<ShortHashes> {
        let SummaryColumns { group: columns, are_texts, .. } = columns;
        if !are_texts || !columns.contains(&self.column) {
            return None;
        }
        let texts = |column: &String| -> Option<StringArray> {
            if *column == self.column {
                return Some(self.ids.iter().map(|id| Some(id.as_str())).collect());
            }
            let (_, text) = self.equal.iter().find(|(other, _)| other == column)?;
            Some(self.ids.iter().map(|_| Some(text.as_str())).collect())
        };
        hashes_of_texts(&columns.iter().map(texts).collect::<Option<Vec<_>>>()?)
    }
}

impl FileChoice {
    /// The files that are read, in order.
    pub(crate) fn files(&self, live: LiveFiles) -> Result<Vec<TableFile>, LoadError> {
        let snapshot = match live {
            LiveFiles::Listed(files) => return Ok(files),
            LiveFiles::Committed(snapshot) => snapshot,
        };
        let mut files = Vec::new();
        let mut of_ids: Option<(SummaryColumns, Option<ShortHashes>)> = None;
        snapshot.each_manifest(|manifest| {
            if of_ids.as_ref().is_none_or(|(columns, _)| *columns != manifest.columns) {
                let groups = self.ids.as_ref().and_then(|ids| ids.groups(&manifest.columns));
                of_ids = Some((manifest.columns.clone(), groups));
            }
            let of_ids = of_ids.as_ref().and_then(|(_, groups)| groups.as_ref());
            let groups = self.groups.as_ref().filter(|(columns, _)| *columns == manifest.columns.group);
            let groups = groups.map(|(_, groups)| groups);
            let chosen = manifest.files.iter().filter(|entry| {
                let meets = |groups: &ShortHashes| {
                    entry.summary.groups.as_ref().is_none_or(|of_file| of_file.meet(groups))
                };
                of_ids.is_none_or(meets) && groups.is_none_or(meets) && self.may_be_since(entry)
            });
            files.extend(
                chosen.map(|entry| entry.table_file(&snapshot.lake, &snapshot.table, &snapshot.as_of)),
            );
            Ok(())
        })?;
        Ok(files)
    }

    fn may_be_since(&self, entry: &FileEntry) -> bool {
        let (Some((column, since)), Some(instants)) = (&self.since, &entry.summary.instants) else {
            return true;
        };
        instants.get(column).is_some_and(|(_, greatest)| greatest >= since)
    }
}
