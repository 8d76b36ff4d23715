use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::index::{Conversations, Seen};
use crate::load::sources::{BATCH_ROWS, Ingredients, Source};
use crate::rows::batch::BATCH_BYTES;
use crate::rows::merge::{Merged, merge};
use crate::table::writer::{TableFileWriter, Written};
use crate::{LoadError, paths};

/// Encoding and compressing is most of a load's time, and this many cores can be had anywhere.
const WRITERS: usize = 2;

/// A partition's file to be written.
pub(crate) struct Job<'a> {
    pub(crate) ingredients: Ingredients<'a>,
    /// The file's name within the lake.
    pub(crate) target: String,
    pub(crate) change: crate::resolve::placed::PartitionChange,
    /// Where the final file is staged, by its name within the lake.
    pub(crate) staged: String,
    /// Where the one without moving rows is staged.
    pub(crate) staged_without: String,
    pub(crate) root: PathBuf,
    /// The version of the file that stands there.
    pub(crate) replaces: Option<String>,
}

/// A partition's successor, staged and durable.
#[derive(Debug)]
pub(crate) struct Staged {
    pub(crate) table: String,
    pub(crate) target: String,
    pub(crate) change: crate::resolve::placed::PartitionChange,
    pub(crate) staged: String,
    /// The file without the rows that move in, where rows also move out.
    pub(crate) without: Option<(String, Written)>,
    /// The version of the file it was merged with, where versions are told apart.
    pub(crate) replaces: Option<String>,
    pub(crate) written: Written,
    /// Whose rows it holds, where that can be told.
    pub(crate) conversations: Option<Conversations>,
}

impl Job<'_> {
    fn run(&self) -> Result<Staged, LoadError> {
        // A partition that loses and gains rows takes a step between: it must have lost before others gain, and
        // others must have lost before it gains.
        let both = self.change.loses && self.change.gains;
        let without = match both {
            true => Some((self.staged_without.clone(), self.write(&self.staged_without, true)?.0)),
            false => None,
        };
        let (written, conversations) = self.write(&self.staged, false)?;
        Ok(Staged {
            table: self.ingredients.layout.name.clone(),
            written,
            conversations,
            target: self.target.clone(),
            change: self.change,
            staged: self.staged.clone(),
            without,
            replaces: self.replaces.clone(),
        })
    }

    fn write(&self, name: &str, stay_only: bool) -> Result<(Written, Option<Conversations>), LoadError> {
        let layout = self.ingredients.layout;
        let sources = self.ingredients.sources(stay_only)?;
        let max_rows = sources.iter().map(Source::max_rows).sum();
        let mut writer = TableFileWriter::create(self.root.join(name), layout, max_rows)?;
        let mut seen = Seen::of(layout);
        let merged = Merged {
            table: &layout.name,
            schema: &layout.write_schema,
            order: &layout.order,
            batch_rows: BATCH_ROWS,
            batch_bytes: BATCH_BYTES,
        };
        merge(&merged, sources, |batch| {
            seen.add(batch);
            writer.write(batch)
        })?;
        Ok((writer.finish()?, seen.finish()))
    }
}

/// Writes all files, the order of the answer being that of the jobs.
pub(crate) fn write_all(jobs: &[Job<'_>]) -> Result<Vec<Staged>, LoadError> {
    let next = Mutex::new(jobs.iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(jobs.len()));
    let work = || -> Result<(), LoadError> {
        loop {
            let Some((at, job)) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else {
                return Ok(());
            };
            let staged = job.run()?;
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, staged));
        }
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..WRITERS.min(jobs.len())).map(|_| scope.spawn(work)).collect();
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
