//! What commits say a table is to be.

use std::collections::BTreeMap;

use convolake_model::PartitionBy;

use crate::LoadError;
use crate::delta::log::Log;
use crate::delta::next_version::{PublishMode, Unfit, Wanted, WantedFile, WantedPart};
use crate::delta::stats::InstantStats;
use crate::delta::table_schema::{merged, schema_string, unfit_column};
use crate::delta::tree::{DeltaTree, Publication, words};
use crate::publish::commit::{Commit, CommittedTable};
use crate::storage::digest::sha256;
use crate::table::delta_file::DeltaFile;
use crate::table::expected_file::OnNewer;

/// Digits of a digest.
const DIGITS: usize = 32;

impl DeltaTree<'_> {
    /// What a table is to be by these commits; `None` where none of them lists its files.
    pub(crate) fn wanted<'b>(
        &self,
        log: &Log<'b>,
        of: &[Publication<'b>],
        mode: PublishMode,
    ) -> Result<Option<Wanted<'b>>, LoadError> {
        let mut parts = BTreeMap::new();
        let mut columns: Option<(String, PartitionBy)> = None;
        for Publication { lease, commit } in of {
            let (pipeline, Some(table)) = (lease.pipeline(), commit.tables.get(log.table)) else { continue };
            if !commit.names_files() {
                continue;
            }
            let of_table = self.columns(log, table)?;
            let digest = digest(&of_table, table);
            columns = Some(match columns {
                None => (of_table, table.partition_by),
                Some((_, by)) if by != table.partition_by => {
                    return Err(log.unreadable(words(Unfit::Partitions)));
                }
                Some((schema, by)) => {
                    (merged(&schema, &of_table).ok_or_else(|| log.unreadable(words(Unfit::Columns)))?, by)
                }
            });
            let files = self.files(log, pipeline, commit)?;
            parts.insert(pipeline, WantedPart { seq: commit.seq, run: commit.run.clone(), digest, files });
        }
        Ok(columns.map(|(schema_string, partition_by)| Wanted {
            table: log.table,
            parts,
            schema_string,
            partition_by,
            timestamp_ms: self.now.as_millisecond(),
            mode,
        }))
    }

    /// What tells all that a commit says of a table from what another may say; `None` where it lists no files.
    pub(crate) fn digest(&self, log: &Log<'_>, commit: &Commit) -> Result<Option<String>, LoadError> {
        let Some(table) = commit.tables.get(log.table).filter(|_| commit.names_files()) else {
            return Ok(None);
        };
        Ok(Some(digest(&self.columns(log, table)?, table)))
    }

    /// The files of a pipeline's part, as its commit names them.
    pub(crate) fn files(
        &self,
        log: &Log<'_>,
        pipeline: &str,
        commit: &Commit,
    ) -> Result<BTreeMap<DeltaFile, WantedFile>, LoadError> {
        let mut files = BTreeMap::new();
        let Some(snapshot) = commit.snapshot(self.lake, pipeline, log.table, OnNewer::Refuse) else {
            return Ok(files);
        };
        snapshot.each_manifest(|manifest| {
            for entry in manifest.files {
                let key = entry.delta_file(pipeline);
                let file = WantedFile {
                    committed_file: entry.table_file(self.lake, log.table, &snapshot.as_of),
                    committed: entry.name(log.table, pipeline),
                    n_bytes: entry.bytes,
                    stats: InstantStats::new(entry.rows, entry.summary),
                    sha256: entry.sha256,
                };
                files.insert(key, file);
            }
            Ok(())
        })?;
        Ok(files)
    }

    fn columns(&self, log: &Log<'_>, table: &CommittedTable) -> Result<String, LoadError> {
        let unknown = || {
            let reason =
                "the newest commit does not tell its columns; the next run that changes the table does";
            log.unreadable(reason.to_owned())
        };
        if let Some(column) = unfit_column(&table.columns) {
            return Err(LoadError::DeltaColumn { table: log.table.to_owned(), column });
        }
        let schema = schema_string(&table.columns, table.partition_by);
        schema.filter(|_| !table.columns.is_empty()).ok_or_else(unknown)
    }
}

/// Told apart from what the log of the same files said before it told nulls, so that such a log is gone on with.
const TELLS_NULLS: &str = "nulls";

/// A table has the same files and columns where its manifests, which are called by their content, and its schema are the same.
fn digest(schema_string: &str, table: &CommittedTable) -> String {
    let mut text = format!("{TELLS_NULLS}\n{schema_string}");
    for manifest in &table.manifests {
        text.push('\n');
        text.push_str(&manifest.name);
    }
    sha256(text.as_bytes())[..DIGITS].to_owned()
}
