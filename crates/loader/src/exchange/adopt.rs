//! A rebuild whose files others have made.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};

use crate::exchange::file_maker::{Content, FileMade, Stands};
use crate::exchange::fold::Folded;
use crate::load::session::Load;
use crate::load::write::Staged;
use crate::load::{LoadReport, TableReport};
use crate::publish::next_commit::seq_after;
use crate::publish::{Afterwards, StagedContent, StagedFile};
use crate::snapshot::{FileEntry, RowSummary};
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::storage::{LakeStorage, ObjectVersion, durable};
use crate::table::file::TableFileReader;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::table::place::plain_name;
use crate::table::writer::TableFileWriter;
use crate::{FewerRows, LoadError, paths};

/// Staged files on their way to this machine at once.
const FETCHED_AT_ONCE: usize = 4;

impl Load {
    /// [`Load::finish`] of a rebuild that got no rows, but files which others have made of all of them, each table file once. One that
    /// stands there and was not made has no rows any more.
    ///
    /// # Errors
    /// As [`Load::finish`]; [`LoadError::RowsWouldBeLost`] where there are fewer rows than before and that is refused.
    pub fn finish_with_files(
        mut self,
        made: Vec<FileMade>,
        told: Folded,
        fewer_rows: FewerRows,
        state_of: impl FnOnce(&BTreeMap<String, TableReport>) -> Result<serde_json::Value, LoadError>,
        created_at: jiff::Timestamp,
    ) -> Result<LoadReport, LoadError> {
        let touched = self.all_touched();
        let mut of_tables: BTreeMap<String, Vec<FileMade>> = BTreeMap::new();
        for file in made {
            of_tables.entry(file.table.clone()).or_default().push(file);
        }
        let (mut staged, mut kept, mut changes) = (Vec::new(), Vec::new(), BTreeMap::new());
        let loads = std::mem::take(&mut self.tables);
        for load in &loads {
            let layout = &load.layout;
            let made = of_tables.remove(&layout.name).unwrap_or_default();
            let there: BTreeSet<Partition> = made.iter().map(|file| file.entry.partition).collect();
            if there.len() < made.len() {
                return Err(LoadError::misfit(&layout.name, "a file was made twice"));
            }
            let mut count = RowCount::default();
            for file in made {
                count.add(&file);
                match file.stands {
                    Stands::AsItIs => kept.push((layout.name.clone(), file.entry)),
                    Stands::Replaced { version, taking, adding } => {
                        let target = target(&self, layout, file.entry.partition);
                        let content = |content: Content| {
                            let written = content.written();
                            StagedContent { name: content.name, written }
                        };
                        let (taking, adding) = (taking.map(content), adding.map(content));
                        let (replaces, afterwards) = (version, Afterwards::Stays);
                        let file_staged = StagedFile { target, replaces, taking, adding, afterwards };
                        staged.push(Staged { table: file.table, file: file_staged, entry: file.entry });
                    }
                }
            }
            for (nth, file) in load.stored.files.iter().enumerate() {
                if !there.contains(&file.partition) {
                    let n_rows = TableFileReader::open(file)?.n_rows();
                    count.before += n_rows;
                    if n_rows > 0 || file.partition.by != layout.partition_by {
                        let number = format!("empty-{}-{nth:05}", layout.name);
                        let replaces = Some(file.version()?.clone());
                        staged.push(self.emptied(layout, file.partition, replaces, &number)?);
                    }
                }
            }
            count.check(&layout.name, fewer_rows)?;
            changes.insert(layout.name.clone(), count.report());
        }
        if let Some(table) = of_tables.into_keys().next() {
            return Err(LoadError::misfit(&table, "the load has no such table"));
        }
        self.before = loads.into_iter().map(|load| (load.layout, load.stored)).collect();
        let (lake, staging) = (self.lake.clone(), paths::staging(self.lease.pipeline(), &self.run));
        block_on(fetch(&lake, &staged))?;
        let report = self.conclude(
            (staged, kept),
            (changes, told.into_tables()),
            (&touched, 0),
            state_of,
            created_at,
        )?;
        if let Err(error) = clear(&lake, &staging) {
            tracing::warn!(%error, "what attempts have staged and nobody took stays in the lake");
        }
        Ok(report)
    }

    /// The successor of a file without rows.
    fn emptied(
        &self,
        layout: &TableLayout,
        partition: Partition,
        replaces: Option<ObjectVersion>,
        number: &str,
    ) -> Result<Staged, LoadError> {
        let folder = paths::staging(self.lease.pipeline(), &self.run);
        durable::create_folder(&self.lake.path(&folder))?;
        let name = format!("{folder}/{:08}-{number}.staged", seq_after(self.head.as_ref()));
        let path = self.lake.path(&name);
        let written = TableFileWriter::create(path.clone(), layout, 0)?.finish()?;
        let reader = TableFileReader::open_local(path, written.bytes)?;
        let summary = RowSummary::of_table(layout).finish().with_instants_of(&reader);
        let stamp = match self.lake.replaces_by_version() {
            true => None,
            false => block_on(self.lake.find(&name))?.map(|found| found.version),
        };
        let entry = FileEntry::written(partition, &written, stamp, summary);
        let afterwards = match partition.by == layout.partition_by {
            true => Afterwards::Stays,
            false => Afterwards::Goes,
        };
        let taking = Some(StagedContent { name, written });
        let target = target(self, layout, partition);
        let file = StagedFile { target, replaces, taking, adding: None, afterwards };
        Ok(Staged { table: layout.name.clone(), file, entry })
    }
}

/// Brings what tasks have staged in a bucket to this machine, which gives it its names as it does what it has staged itself.
async fn fetch(lake: &LakeStorage, staged: &[Staged]) -> Result<(), LoadError> {
    if !lake.replaces_by_version() {
        return Ok(());
    }
    let contents = staged.iter().flat_map(|staged| staged.file.taking.iter().chain(&staged.file.adding));
    let bring = |StagedContent { name, written }: &StagedContent| {
        let (name, digest) =
            (name.clone(), ContentDigest { n_bytes: written.bytes, sha256: written.sha256.clone() });
        async move { lake.staged(&name, Some(&digest)).await.map(drop) }
    };
    stream::iter(contents.map(bring)).buffer_unordered(FETCHED_AT_ONCE).try_collect().await
}

/// Removes what attempts of tasks have staged that nobody waited for.
fn clear(lake: &LakeStorage, staging: &str) -> Result<(), LoadError> {
    if lake.replaces_by_version() {
        let left: Vec<String> = block_on(lake.list(staging))?.into_iter().map(|listed| listed.name).collect();
        if !left.is_empty() {
            block_on(lake.remove(left))?;
        }
    }
    durable::remove_staging(&lake.path(staging))
}

/// The name of a table file within the lake.
fn target(load: &Load, layout: &TableLayout, partition: Partition) -> String {
    plain_name(&layout.name, load.lease.pipeline(), partition)
}

/// The rows of a table, before and after.
#[derive(Debug, Default)]
struct RowCount {
    before: u64,
    after: u64,
    stayed: u64,
    changed: u64,
}

impl RowCount {
    fn add(&mut self, file: &FileMade) {
        self.before += file.rows_before;
        self.after += file.entry.rows;
        self.stayed += file.rows_stayed;
        self.changed += file.rows_changed;
    }

    fn check(&self, table: &str, fewer_rows: FewerRows) -> Result<(), LoadError> {
        let lost = self.before.saturating_sub(self.after);
        match fewer_rows {
            FewerRows::Refused if lost > 0 => {
                Err(LoadError::RowsWouldBeLost { table: table.to_owned(), lost, example: String::new() })
            }
            _ => Ok(()),
        }
    }

    /// A row that came to one file as another left one counts as changed: it has moved, as far as can be told.
    fn report(&self) -> TableReport {
        let (came, went) = (self.after - self.stayed, self.before - self.stayed);
        let moved = came.min(went);
        TableReport {
            rows_added: came - moved,
            rows_changed: self.changed + moved,
            rows_removed: went - moved,
            ..TableReport::default()
        }
    }
}
