//! An object as a file of blocks, each fetched once.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bytes::Bytes;

use crate::LoadError;
use crate::storage::blocking::block_on;
use crate::storage::locked::locked;
use crate::storage::object::ObjectVersion;
use crate::storage::remote::requests::Requests;

/// What is fetched at the least.
const BLOCK_BYTES: u64 = 256 * 1024;
/// What is fetched at once where reading begins somewhere, and where it goes on from what is there.
const BLOCKS_FIRST: u64 = 4;
const BLOCKS_ONWARD: u64 = 16;
/// Where the footer of a table file is, unless it has very many row groups.
const END_BYTES: usize = 32 * 1024;
const FETCHES_AT_ONCE: usize = 8;

/// A table file in a bucket: its blocks are fetched when they are asked for, and stand on the scratch disk from then
/// on. All of them are of one version; where the object changes meanwhile, reading fails.
#[derive(Debug)]
pub(crate) struct BlockCache {
    requests: Requests,
    name: String,
    n_bytes: u64,
    version: ObjectVersion,
    scratch: PathBuf,
    fetched: Mutex<Fetched>,
}

#[derive(Debug, Default)]
struct Fetched {
    /// By block.
    is_there: Vec<bool>,
    /// Why a block could not be had; kept, as Parquet's errors would make a text of it.
    failure: Option<LoadError>,
}

impl BlockCache {
    /// `scratch` is the path of a file that is not there yet.
    pub(crate) fn new(
        requests: Requests,
        name: String,
        n_bytes: u64,
        version: ObjectVersion,
        scratch: PathBuf,
    ) -> Self {
        let n_blocks = usize::try_from(n_bytes.div_ceil(BLOCK_BYTES)).unwrap_or(usize::MAX);
        let fetched = Mutex::new(Fetched { is_there: vec![false; n_blocks], failure: None });
        Self { requests, name, n_bytes, version, scratch, fetched }
    }

    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    pub(crate) fn name(&self) -> &Path {
        self.name.as_ref()
    }

    /// Why reading failed last.
    pub(crate) fn take_failure(&self) -> Option<LoadError> {
        locked(&self.fetched).failure.take()
    }

    /// Reads at a place, as much as there is up to the length of `into`.
    pub(crate) fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let end = self.n_bytes.min(at.saturating_add(into.len() as u64));
        if at >= end {
            return Ok(0);
        }
        let mut fetched = locked(&self.fetched);
        if let Err(error) = self.fetch(&mut fetched, at..end) {
            let told = std::io::Error::other(error.to_string());
            fetched.failure = Some(error);
            return Err(told);
        }
        drop(fetched);
        let mut file = File::open(&self.scratch)?;
        file.seek(SeekFrom::Start(at))?;
        let n_bytes = usize::try_from(end - at).unwrap_or(into.len());
        file.read_exact(&mut into[..n_bytes])?;
        Ok(n_bytes)
    }

    /// Puts the blocks of a range on the scratch disk, as far as they are not there.
    fn fetch(&self, fetched: &mut Fetched, range: Range<u64>) -> Result<(), LoadError> {
        let n_blocks = fetched.is_there.len() as u64;
        let is_there = |fetched: &Fetched, block: u64| {
            usize::try_from(block).ok().and_then(|block| fetched.is_there.get(block)).copied().unwrap_or(true)
        };
        let mut block = range.start / BLOCK_BYTES;
        while block * BLOCK_BYTES < range.end {
            if is_there(fetched, block) {
                block += 1;
                continue;
            }
            let goes_on = block > 0 && is_there(fetched, block - 1);
            let most = block + if goes_on { BLOCKS_ONWARD } else { BLOCKS_FIRST };
            let mut end = block + 1;
            while end < most.min(n_blocks) && !is_there(fetched, end) {
                end += 1;
            }
            let bytes = block * BLOCK_BYTES..(end * BLOCK_BYTES).min(self.n_bytes);
            let start = bytes.start;
            let content = block_on(self.requests.get_part(&self.name, self.version.clone(), bytes))?;
            self.keep(start, &content)
                .map_err(LoadError::file("keep a part of a table file in", &self.scratch))?;
            for block in block..end {
                if let Some(is_there) =
                    usize::try_from(block).ok().and_then(|block| fetched.is_there.get_mut(block))
                {
                    *is_there = true;
                }
            }
            block = end;
        }
        Ok(())
    }

    fn keep(&self, at: u64, content: &Bytes) -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&self.scratch)?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(content)
    }
}

/// Fetches the ends of files, where Parquet's footers are, several at a time. One that fails is met again when it is
/// read.
pub(crate) fn fetch_ends<'a>(files: impl Iterator<Item = &'a BlockCache> + Send) {
    let files = Mutex::new(files);
    let fetch = || {
        while let Some(file) = { locked(&files).next() } {
            let _ = file.read_at(file.n_bytes().saturating_sub(END_BYTES as u64), &mut [0; END_BYTES]);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..FETCHES_AT_ONCE {
            scope.spawn(fetch);
        }
    });
}

impl Drop for BlockCache {
    fn drop(&mut self) {
        // Nothing stands there where nothing was read; the scratch folder goes as a whole in any case.
        let _ = std::fs::remove_file(&self.scratch);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use proptest::prelude::*;

    use super::*;
    use crate::storage::remote::aws::WORDS;
    use crate::storage::remote::remote_storage::RemoteStorage;
    use crate::storage::{Listed, Storage};

    fn remote(content: &[u8]) -> (tempfile::TempDir, RemoteStorage, BlockCache) {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(InMemory::new());
        let storage = RemoteStorage::over(store.clone(), &WORDS).unwrap();
        block_on(storage.create("t/f", Bytes::copy_from_slice(content))).unwrap();
        let Listed { name, n_bytes, version, .. } = block_on(storage.list("t")).unwrap().remove(0);
        let requests = Requests::to(store, &WORDS).unwrap();
        let file = BlockCache::new(requests, name, n_bytes, version.unwrap(), folder.path().join("blocks"));
        (folder, storage, file)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_read_is_what_stands_there(
            n_bytes in 0usize..3_000_000,
            reads in proptest::collection::vec((0u64..3_000_000, 0usize..600_000), 1..12),
        ) {
            let content: Vec<u8> = (0..n_bytes).map(|at| u8::try_from(at * 31 / 7 % 251).unwrap()).collect();
            let (_folder, _, file) = remote(&content);
            for (at, length) in reads {
                let mut into = vec![0; length];
                let n_read = file.read_at(at, &mut into).unwrap();
                let start = content.len().min(usize::try_from(at).unwrap());
                let end = content.len().min(start + length);
                prop_assert_eq!(&into[..n_read], &content[start..end]);
            }
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_an_error() {
        let (_folder, storage, file) = remote(&vec![7; 3_000_000]);
        let mut into = [0; 10];
        file.read_at(0, &mut into).unwrap();
        block_on(storage.remove(vec!["t/f".into()])).unwrap();
        block_on(storage.create("t/f", vec![8; 3_000_000].into())).unwrap();
        file.read_at(2_900_000, &mut into).unwrap_err();
        assert!(matches!(file.take_failure(), Some(LoadError::Overtaken { .. })));
    }
}
