//! Hashes of units, as many as there are, and those of them that came more than once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::cells::HashedBuilder;
use crate::LoadError;

/// A set of hashes.
pub(crate) type Hashes = HashSet<u64, HashedBuilder>;

/// Hashes noted one by one; in memory up to the next spill, then in sorted files.
#[derive(Debug, Default)]
pub(crate) struct NotedHashes {
    noted: Vec<u64>,
    files: Vec<PathBuf>,
}

impl NotedHashes {
    pub(crate) fn note(&mut self, hash: u64) {
        self.noted.push(hash);
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<u64>() * self.noted.capacity()
    }

    /// Moves what is in memory to a file.
    pub(crate) fn spill(&mut self, folder: &Path) -> Result<(), LoadError> {
        let path = folder.join(format!("hashes-{:05}", self.files.len()));
        self.noted.sort_unstable();
        let failed = || LoadError::file("spill to", &path);
        let mut file = BufWriter::new(File::create(&path).map_err(failed())?);
        for hash in &self.noted {
            file.write_all(&hash.to_le_bytes()).map_err(failed())?;
        }
        file.flush().map_err(failed())?;
        self.noted = Vec::new();
        self.files.push(path);
        Ok(())
    }

    /// The hashes that were noted more than once.
    pub(crate) fn repeated(&mut self) -> Result<Hashes, LoadError> {
        self.noted.sort_unstable();
        let mut sources: Vec<Box<dyn Iterator<Item = Result<u64, LoadError>>>> =
            vec![Box::new(std::mem::take(&mut self.noted).into_iter().map(Ok))];
        for path in &self.files {
            let failed = || LoadError::file("read the spilled hashes in", path);
            let mut file = BufReader::new(File::open(path).map_err(failed())?);
            sources.push(Box::new(std::iter::from_fn(move || {
                let mut bytes = [0; size_of::<u64>()];
                match file.read_exact(&mut bytes) {
                    Ok(()) => Some(Ok(u64::from_le_bytes(bytes))),
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => None,
                    Err(error) => Some(Err(LoadError::file("read the spilled hashes in", path)(error))),
                }
            })));
        }
        let mut heap = BinaryHeap::new();
        for (at, source) in sources.iter_mut().enumerate() {
            if let Some(first) = source.next().transpose()? {
                heap.push(Reverse((first, at)));
            }
        }
        let mut repeated = Hashes::default();
        let mut last = None;
        while let Some(Reverse((hash, at))) = heap.pop() {
            if last.replace(hash) == Some(hash) {
                repeated.insert(hash);
            }
            if let Some(next) = sources[at].next().transpose()? {
                heap.push(Reverse((next, at)));
            }
        }
        Ok(repeated)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_came_twice(hashes in proptest::collection::vec(0u64..40, 0..40), spills in proptest::collection::vec(any::<bool>(), 40)) {
            let folder = tempfile::tempdir().unwrap();
            let mut noted = NotedHashes::default();
            for (hash, spill) in hashes.iter().zip(spills) {
                noted.note(*hash);
                if spill {
                    noted.spill(folder.path()).unwrap();
                }
            }
            let is_repeated = |hash: &u64| hashes.iter().filter(|other| *other == hash).count() > 1;
            let expected: Hashes = hashes.iter().copied().filter(|hash| is_repeated(hash)).collect();
            prop_assert_eq!(noted.repeated().unwrap(), expected);
        }
    }
}
