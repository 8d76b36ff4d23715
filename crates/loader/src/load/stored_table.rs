//! What a table stores: before a load, and in the commit that follows.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use convolake_model::Tree;

use crate::load::present_files::present_files;
use crate::publish::commit::CommittedTable;
use crate::resolve::mode::LoadMode;
use crate::snapshot::{FileEntry, ManifestRef, SummaryColumns, TableSnapshot, TouchedGroups, table_snapshot};
use crate::storage::blocking::block_on;
use crate::table::file;
use crate::table::file::TableFile;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::{LoadError, paths};

/// More new files are looked for in a listing.
const MAX_LOOKED_FOR: usize = 4;

/// What a table stores.
#[derive(Debug)]
pub(crate) struct StoredTable {
    mode: LoadMode,
    /// As the tables are when the load begins.
    snapshot: TableSnapshot,
    /// The files, sorted by partition. In a merge they are not known before [`StoredTable::look_up`].
    pub(crate) files: Vec<TableFile>,
    /// Files of which the manifests do not tell the groups.
    unsummed: BTreeSet<Partition>,
}

impl StoredTable {
    /// A merge goes by the snapshot. A rebuild takes what lies there, and the snapshot for nothing, but in the Delta tree: there files of
    /// earlier commits lie too.
    pub(crate) fn new(
        mode: LoadMode,
        snapshot: TableSnapshot,
        known: Option<&CommittedTable>,
    ) -> Result<Self, LoadError> {
        let files = match (mode, known.map(|known| known.files_in)) {
            (LoadMode::Merge, _) => Vec::new(),
            (LoadMode::Rebuild, Some(Tree::Delta)) => present_files(&snapshot)?,
            (LoadMode::Rebuild, _) => file::list(&snapshot.lake, &snapshot.table, &snapshot.as_of.pipeline)?,
        };
        Ok(Self { mode, snapshot, files, unsummed: BTreeSet::new() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && (self.mode == LoadMode::Rebuild || self.snapshot.n_files() == 0)
    }

    /// Finds the files, and marks those that hold no row of the groups touched.
    pub(crate) fn look_up(&mut self, layout: &TableLayout, touched: &TouchedGroups) -> Result<(), LoadError> {
        let Self { snapshot, files, unsummed, .. } = self;
        let columns = SummaryColumns::of(layout);
        snapshot.each_manifest(|manifest| {
            let is_of_these = manifest.columns == columns;
            for entry in manifest.files {
                let mut file = entry.table_file(&snapshot.lake, &snapshot.table, &snapshot.as_of);
                match entry.summary.groups.filter(|_| is_of_these) {
                    Some(groups) => {
                        file.is_touched = touched.few().is_none_or(|touched| groups.meet(touched))
                    }
                    None => {
                        unsummed.insert(entry.partition);
                    }
                }
                files.push(file);
            }
            Ok(())
        })?;
        let n_touched = files.iter().filter(|file| file.is_touched).count();
        tracing::debug!(table = layout.name, files = files.len(), n_touched, "asked the snapshot");
        Ok(())
    }

    /// Fails where a file stands in the way of one that is new by what is known: it would be written over.
    pub(crate) fn check_absent(&self, targets: &BTreeSet<String>) -> Result<(), LoadError> {
        let TableSnapshot { lake, table, as_of, .. } = &self.snapshot;
        let mut found = Vec::new();
        if targets.len() > MAX_LOOKED_FOR {
            let listed = block_on(lake.list(&paths::table(table, &as_of.pipeline)))?;
            found.extend(listed.into_iter().map(|listed| listed.name).filter(|name| targets.contains(name)));
        } else {
            for target in targets {
                found.extend(block_on(lake.find(target))?.map(|_| target.clone()));
            }
        }
        match found.first() {
            None => Ok(()),
            Some(object) => Err(block_on(as_of.fault(lake, object, "is there"))),
        }
    }

    /// The manifests once these files are written, for the commit of this number.
    pub(crate) fn manifests_with(
        &self,
        layout: &TableLayout,
        mut written: BTreeMap<Partition, FileEntry>,
        seq: u64,
    ) -> Result<Vec<ManifestRef>, LoadError> {
        let columns = SummaryColumns::of(layout);
        // Those of another kind go.
        written.retain(|partition, _| partition.by == layout.partition_by);
        let stay = self.files.iter().filter(|file| file.partition.by == layout.partition_by);
        let others = stay.filter(|file| match self.mode {
            LoadMode::Merge => self.unsummed.contains(&file.partition),
            LoadMode::Rebuild => true,
        });
        for file in others {
            if let Entry::Vacant(left) = written.entry(file.partition) {
                left.insert(FileEntry::of_listed(Some(layout), file)?);
            }
        }
        match self.mode {
            LoadMode::Merge => self.snapshot.with(&columns, written, seq),
            LoadMode::Rebuild => {
                let files: Vec<FileEntry> = written.into_values().collect();
                if self.lists(&columns, &files) {
                    return Ok(self.snapshot.manifests.clone());
                }
                let TableSnapshot { lake, table, as_of, .. } = &self.snapshot;
                table_snapshot::write(lake, &as_of.pipeline, table, &columns, files, seq)
            }
        }
    }

    /// True where the manifests list just these files. Those that do not read list none.
    fn lists(&self, columns: &SummaryColumns, files: &[FileEntry]) -> bool {
        let (mut n_files, mut are_same) = (0, true);
        let read = self.snapshot.each_manifest(|manifest| {
            let of_manifest = files.get(n_files..n_files + manifest.files.len());
            are_same &= manifest.columns == *columns && of_manifest == Some(manifest.files.as_slice());
            n_files += manifest.files.len();
            Ok(())
        });
        read.is_ok() && are_same && n_files == files.len()
    }
}
