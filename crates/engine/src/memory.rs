//! The memory of a command, shared out once: whoever holds bytes gets its share here and nowhere else.
//!
//! | while | holds | share |
//! | --- | --- | --- |
//! | always | code, runtimes, threads, the allocator's own | [`PROCESS_BYTES`] |
//! | pages come | bodies under way, landed and flattened | a third |
//! | pages come | rows gathered by workers | a quarter, at most 4 MiB each |
//! | pages come, rows are resolved | rows of the load, spilled beyond half of it | three eighths |
//! | files are written | a row group for each writer, a batch for each merged run | all that is left |
//!
//! Pages are done with before files are written, so these take turns. A file that is uploaded in one request is held whole,
//! which is why a lake in an object store needs more at the least.

use convolake_loader::{LoadMemory, Location};
use convolake_model::ConfigError;

/// What a command takes besides the shares, measured over runs of both platforms: code, threads, connections, compressors,
/// and what the allocator keeps.
const PROCESS_BYTES: u64 = 72_000_000;
/// The least that works where the lake is a folder of this machine.
const LEAST_BYTES: u64 = 160_000_000;
/// The least that works where table files are uploaded.
const LEAST_UPLOADING_BYTES: u64 = 224_000_000;
/// What a byte of a body costs while its page is under way: the body, the raw line it is landed in, that line compressed.
const BYTES_PER_BODY_BYTE: u64 = 3;
/// No body may be larger unless the pipeline says so: what is larger is no usual page of conversations.
const MAX_BODY_BYTES: u64 = 64 << 20;
/// Rows that a worker gathers before it pushes them, at the most.
const MAX_GATHERED_BYTES: u64 = 4 << 20;
/// What is gathered stands in growing columns, and once more in the batch that is made of them.
const BYTES_PER_GATHERED_BYTE: u64 = 3;
/// What completeness holds of a row that declares a count.
const COUNTED_ROW_BYTES: u64 = 96;
/// A pass over the tables for so many rows is no longer worth splitting.
const MAX_COUNTED_ROWS: u64 = 500_000;

/// The memory of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemoryBudget {
    /// What there is besides the process itself.
    shared_bytes: u64,
}

impl MemoryBudget {
    /// For commands that hold no more than a page.
    pub(crate) const USUAL: Self = Self { shared_bytes: 256_000_000 - PROCESS_BYTES };

    /// The budget of `--memory` for a lake at this location.
    ///
    /// # Errors
    /// It is less than the least that works.
    pub(crate) fn new(memory_bytes: u64, to: &str) -> Result<Self, ConfigError> {
        let is_uploading = matches!(Location::parse(to), Ok(Location::Bucket { .. }));
        let least = if is_uploading { LEAST_UPLOADING_BYTES } else { LEAST_BYTES };
        if memory_bytes < least {
            let what = if is_uploading { "a lake in an object store" } else { "a lake in a folder" };
            let message = format!("{memory_bytes} bytes are too little for {what}");
            return Err(ConfigError::new("--memory", 0, message)
                .with_hint(Some(format!("the least that works is --memory {}MB", least / 1_000_000))));
        }
        Ok(Self { shared_bytes: memory_bytes - PROCESS_BYTES })
    }

    /// The bytes of all bodies that are under way at once.
    pub(crate) fn body_bytes(self) -> u64 {
        self.shared_bytes / 3 / BYTES_PER_BODY_BYTE
    }

    /// The largest body that is taken, in bytes, where the pipeline says so much or nothing.
    ///
    /// # Errors
    /// It says more than there is memory for.
    pub(crate) fn max_body_bytes(self, of_pipeline: Option<u64>) -> Result<u64, ConfigError> {
        let room = self.shared_bytes / BYTES_PER_BODY_BYTE;
        match of_pipeline {
            None => Ok(room.min(MAX_BODY_BYTES)),
            Some(bytes) if bytes <= room => Ok(bytes),
            Some(bytes) => {
                let least = bytes.saturating_mul(BYTES_PER_BODY_BYTE).saturating_add(PROCESS_BYTES);
                let message = format!("the memory has no room for a page of {bytes} bytes");
                let hint = format!("it takes --memory {}MB", least.div_ceil(1_000_000));
                Err(ConfigError::new("max_page_bytes", 0, message).with_hint(Some(hint)))
            }
        }
    }

    /// The bytes of rows that each of so many workers gathers.
    pub(crate) fn gathered_bytes(self, n_workers: usize) -> usize {
        let each = self.shared_bytes / 4 / BYTES_PER_GATHERED_BYTE / (n_workers.max(1) as u64);
        usize::try_from(each.min(MAX_GATHERED_BYTES)).unwrap_or(usize::MAX)
    }

    /// What the load may hold.
    pub(crate) fn load(self) -> LoadMemory {
        let row_bytes = self.shared_bytes / 8 * 3;
        // Rows that were not spilled stay in memory while files are written.
        let writing_bytes = self.shared_bytes - row_bytes / 2;
        let writers = at_most(writing_bytes / LoadMemory::WRITER_BYTES, 1, LoadMemory::MAX_WRITERS);
        let left = writing_bytes.saturating_sub(writers as u64 * LoadMemory::WRITER_BYTES);
        let runs = left / LoadMemory::RUN_BYTES / (writers as u64);
        LoadMemory {
            row_bytes: usize::try_from(row_bytes).unwrap_or(usize::MAX),
            writers,
            merged_runs: at_most(runs, LoadMemory::MIN_MERGED_RUNS, LoadMemory::MAX_MERGED_RUNS),
        }
    }

    /// The bytes of hashes that `verify` holds before it moves them to files.
    pub(crate) fn hash_bytes(self) -> usize {
        usize::try_from(self.shared_bytes / 4).unwrap_or(usize::MAX)
    }

    /// How many rows with declared counts are counted in one pass over the tables.
    pub(crate) fn counted_rows(self) -> u64 {
        (self.shared_bytes / 4 / COUNTED_ROW_BYTES).min(MAX_COUNTED_ROWS)
    }
}

fn at_most(number: u64, least: usize, most: usize) -> usize {
    usize::try_from(number).unwrap_or(most).clamp(least, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_is_refused_with_the_least_that_works() {
        for (megabytes, to, least) in [
            (159, "lake", Some("--memory 160MB")),
            (160, "lake", None),
            (223, "s3://bucket/lake", Some("--memory 224MB")),
            (224, "s3://bucket/lake", None),
        ] {
            let refused = MemoryBudget::new(megabytes * 1_000_000, to).err().map(|error| error.to_string());
            assert_eq!(refused.is_some(), least.is_some(), "{megabytes}");
            assert!(refused.unwrap_or_default().contains(least.unwrap_or_default()), "{megabytes}");
        }
    }

    #[test]
    fn what_is_held_at_one_time_adds_up() {
        for megabytes in [160, 200, 256, 1_000, 16_000] {
            let budget = MemoryBudget::new(megabytes * 1_000_000, "lake").unwrap();
            let load = budget.load();
            let rows = load.row_bytes as u64 / 2;
            let gathered = 2 * budget.gathered_bytes(2) as u64 * BYTES_PER_GATHERED_BYTE;
            let pulling = budget.body_bytes() * BYTES_PER_BODY_BYTE + gathered + rows;
            assert!(pulling <= budget.shared_bytes, "{megabytes}: {pulling}");
            let writers = load.writers as u64;
            let writing = rows
                + writers * LoadMemory::WRITER_BYTES
                + writers * load.merged_runs as u64 * LoadMemory::RUN_BYTES;
            // At the least, one writer alone takes what is left.
            let most = budget.shared_bytes.max(rows + LoadMemory::WRITER_BYTES + 4 * LoadMemory::RUN_BYTES);
            assert!(writing <= most, "{megabytes}: {writing} {load:?}");
            assert!(budget.counted_rows() > 50_000);
        }
        let usual = MemoryBudget::new(256_000_000, "lake").unwrap();
        assert_eq!((usual.load().writers, usual.load().merged_runs), (2, 62));
    }
}
