//! How a load ends: its files are published, by one commit.

use std::collections::BTreeMap;

use crate::load::report::{LoadReport, TableReport};
use crate::load::session::Load;
use crate::load::trees;
use crate::load::write::Staged;
use crate::publish::commit::{Commit, CommittedFile, CommittedTable};
use crate::publish::first_manifests::remove_index;
use crate::publish::next_commit::{Changes, next_commit, seq_after};
use crate::publish::{InPlace, Publisher, StagedFile};
use crate::resolve::told::TableTold;
use crate::snapshot::{FileEntry, TouchedGroups, superseded};
use crate::storage::durable;
use crate::{LoadError, paths};

impl Load {
    /// Publishes staged files, and commits; `kept` are files that stand as they are to stand, and were not read again. `touched` are the
    /// groups that changed, with how many units came more than once.
    pub(crate) fn conclude(
        mut self,
        (mut staged, kept): (Vec<Staged>, Vec<(String, FileEntry)>),
        (changes, told): (BTreeMap<String, TableReport>, BTreeMap<String, TableTold>),
        (touched, n_repeated): (&TouchedGroups, u64),
        state_of: impl FnOnce(&BTreeMap<String, TableReport>) -> Result<serde_json::Value, LoadError>,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        let seq = seq_after(self.head.as_ref());
        trees::name(&self.lake, self.lease.pipeline(), seq, self.trees, &mut staged)?;
        let tables = self.tables_after(&staged, kept)?;
        let known_pages = std::mem::take(&mut self.pages).finish(
            &self.lake,
            self.lease.pipeline(),
            seq,
            touched,
            n_repeated,
        )?;
        let files: Vec<&StagedFile> = staged.iter().map(|staged| &staged.file).collect();
        let (run, pipeline) = (self.run.as_str(), self.lease.pipeline());
        let state = state_of(&changes)?;
        let committed = CommittedFile::of_staged(&files);
        let to_commit =
            Changes { run, state, created_at, tables, known_pages, files: committed, archives: &[] };
        let commit = next_commit(self.head.as_ref(), &self.lease, to_commit)?;
        if let Some(commit) = &commit {
            InPlace::new(&self.lake, &self.lease).publish(&files, commit.clone())?;
            if let Err(error) = self.clear_superseded(commit) {
                tracing::warn!(%error, "what the commit takes the place of stays in the lake");
            }
        }
        durable::remove_staging(&self.spill_folder)?;
        // Stays while another file of the run is in the making; the next lease clears it.
        let _ = std::fs::remove_dir(self.lake.path(&paths::staging(pipeline, run)));
        let mut report = LoadReport { tables: changes, told, commit };
        for (table, report) in &mut report.tables {
            let of_table = staged.iter().filter(|staged| staged.table == *table);
            for content in of_table.filter_map(|staged| staged.file.last()) {
                report.files_written += 1;
                report.bytes_written += content.written.bytes;
            }
        }
        Ok(report)
    }

    /// All tables of the pipeline, as they are once these files are published.
    fn tables_after(
        &self,
        staged: &[Staged],
        kept: Vec<(String, FileEntry)>,
    ) -> Result<BTreeMap<String, CommittedTable>, LoadError> {
        let mut tables = self.base.clone();
        let mut of_kept: BTreeMap<String, Vec<FileEntry>> = BTreeMap::new();
        for (table, entry) in kept {
            of_kept.entry(table).or_default().push(entry);
        }
        for (layout, stored) in &self.before {
            let of_table = staged.iter().filter(|staged| staged.table == layout.name);
            let kept = of_kept.remove(&layout.name).unwrap_or_default();
            let entries = of_table.map(|staged| staged.entry.clone()).chain(kept);
            let written = entries.map(|entry| (entry.partition, entry)).collect();
            let manifests = stored.manifests_with(layout, written, seq_after(self.head.as_ref()))?;
            let known = self.head.as_ref().and_then(|head| head.tables.get(&layout.name));
            let files_in = self.trees.files_in();
            let table = CommittedTable { files_in, manifests, ..CommittedTable::after(known, layout) };
            tables.insert(layout.name.clone(), table);
        }
        Ok(tables)
    }

    /// Removes what nothing refers to once this commit is durable.
    fn clear_superseded(&self, commit: &Commit) -> Result<(), LoadError> {
        let pipeline = self.lease.pipeline();
        match &self.head {
            Some(head) if head.names_files() => {
                superseded::remove_superseded(&self.lake, &head.objects(pipeline), &commit.objects(pipeline))
            }
            _ => remove_index(&self.lake, pipeline),
        }
    }
}
