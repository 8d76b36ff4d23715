//! Partitions' files, merged and written by several threads.

use std::sync::{Mutex, PoisonError};

use crate::load::partition_sources::{BATCH_BYTES, BATCH_ROWS, PartitionSources, RowSource};
use crate::publish::{Afterwards, StagedContent, StagedFile};
use crate::resolve::changes::PartitionChange;
use crate::rows::coalesce::CoalescerOptions;
use crate::rows::merge::merge;
use crate::snapshot::{FileEntry, FileSummary, RowSummary};
use crate::storage::blocking::block_on;
use crate::storage::locked::locked;
use crate::storage::{LakeStorage, ObjectVersion};
use crate::table::file::TableFileReader;
use crate::table::writer::{TableFileWriter, Written};
use crate::{LoadError, paths};

/// A partition's file to be written.
pub(crate) struct WriteJob<'a> {
    pub(crate) lake: &'a LakeStorage,
    pub(crate) sources: PartitionSources<'a>,
    /// The file's name within the lake.
    pub(crate) target: String,
    pub(crate) change: PartitionChange,
    pub(crate) afterwards: Afterwards,
    /// Where the final file is staged, by its name within the lake.
    pub(crate) staged: String,
    /// Where the one without moving rows is staged.
    pub(crate) staged_without: String,
    /// The version of the partition's stored file.
    pub(crate) replaces: Option<ObjectVersion>,
}

/// A partition's successor, and what the snapshot is to say of it.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) table: String,
    pub(crate) file: StagedFile,
    pub(crate) entry: FileEntry,
}

impl WriteJob<'_> {
    fn run(&self) -> Result<Staged, LoadError> {
        // A partition that loses and gains rows is written twice: it must have lost before others gain, and
        // others must have lost before it gains.
        let PartitionChange { loses, gains } = self.change;
        let without = match loses && gains {
            true => {
                let name = self.staged_without.clone();
                let (written, _) = self.write(&name, true)?;
                Some(StagedContent { name, written })
            }
            false => None,
        };
        let (written, summary) = self.write(&self.staged, false)?;
        // A file that is renamed to its place stays known by what it is known by.
        let stamp = match self.lake.replaces_by_version() {
            true => None,
            false => block_on(self.lake.find(&self.staged))?.map(|found| found.version),
        };
        let entry = FileEntry::written(self.sources.partition, &written, stamp, summary);
        let whole = StagedContent { name: self.staged.clone(), written };
        let (taking, adding) = if loses && !gains { (Some(whole), None) } else { (without, Some(whole)) };
        Ok(Staged {
            table: self.sources.layout.name.clone(),
            file: StagedFile {
                target: self.target.clone(),
                replaces: self.replaces.clone(),
                taking,
                adding,
                afterwards: self.afterwards,
            },
            entry,
        })
    }

    fn write(&self, name: &str, without_moved_in: bool) -> Result<(Written, FileSummary), LoadError> {
        let layout = self.sources.layout;
        let sources = self.sources.sources(without_moved_in)?;
        let max_rows = sources.iter().map(RowSource::max_rows).sum();
        let path = self.lake.path(name);
        let mut writer = TableFileWriter::create(path.clone(), layout, max_rows)?;
        let mut rows = RowSummary::of_table(layout);
        let options = CoalescerOptions {
            table: &layout.name,
            schema: &layout.write_schema,
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
        };
        merge(&layout.order, options, sources, |batch| {
            rows.add(batch);
            writer.write(batch)
        })?;
        let written = writer.finish()?;
        let reader = TableFileReader::open_local(path, written.bytes)?;
        Ok((written, rows.finish().with_instants_of(&reader)))
    }
}

/// Writes all files, the order of the answer being that of the jobs.
pub(crate) fn write_all(jobs: &[WriteJob<'_>], writers: usize) -> Result<Vec<Staged>, LoadError> {
    let next = Mutex::new(jobs.iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    let work = || -> Result<(), LoadError> {
        loop {
            let Some((at, job)) = locked(&next).next() else {
                return Ok(());
            };
            let staged = job.run()?;
            locked(&done).push((at, staged));
        }
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..writers.min(jobs.len())).map(|_| scope.spawn(work)).collect();
        let mut result = work();
        for writer in writers {
            let lost = || std::io::Error::other("a writer of table files has panicked");
            let other = writer
                .join()
                .unwrap_or_else(|_| Err(LoadError::file("write to", paths::STATE.as_ref())(lost())));
            result = result.and(other);
        }
        result
    })?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, staged)| staged).collect())
}
