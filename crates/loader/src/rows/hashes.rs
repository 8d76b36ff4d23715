//! Hashes of units, as many as there are, and those of them that came more than once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::LoadError;
use crate::rows::cells::HashedBuilder;

/// A set of hashes.
pub(crate) type Hashes = HashSet<u64, HashedBuilder>;

/// Files that are read side by side; with more, they are first made one.
const MAX_FILES: usize = 128;

/// Hashes noted one by one; in memory up to the next spill, then in sorted files.
#[derive(Debug, Default)]
pub(crate) struct NotedHashes {
    noted: Vec<u64>,
    files: Vec<PathBuf>,
    n_spills: usize,
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
        if self.files.len() >= MAX_FILES {
            let path = self.next_file(folder);
            write(&path, self.sorted()?)?;
            for file in std::mem::replace(&mut self.files, vec![path]) {
                std::fs::remove_file(&file)
                    .map_err(LoadError::file("remove the spilled hashes in", &file))?;
            }
            self.noted = Vec::new();
            return Ok(());
        }
        self.noted.sort_unstable();
        let path = self.next_file(folder);
        write(&path, std::mem::take(&mut self.noted).into_iter().map(Ok))?;
        self.files.push(path);
        Ok(())
    }

    /// All hashes in ascending order, each as often as it was noted.
    pub(crate) fn sorted(&mut self) -> Result<SortedHashes<'_>, LoadError> {
        self.noted.sort_unstable();
        let mut sources: Vec<Source<'_>> = vec![Box::new(self.noted.iter().copied().map(Ok))];
        for path in &self.files {
            sources.push(Box::new(read(path)?));
        }
        let mut firsts = BinaryHeap::new();
        for (at, source) in sources.iter_mut().enumerate() {
            if let Some(first) = source.next().transpose()? {
                firsts.push(Reverse((first, at)));
            }
        }
        Ok(SortedHashes { sources, firsts })
    }

    /// The hashes that were noted more than once.
    pub(crate) fn repeated(&mut self) -> Result<Hashes, LoadError> {
        let mut repeated = Hashes::default();
        let mut last = None;
        for hash in self.sorted()? {
            let hash = hash?;
            if last.replace(hash) == Some(hash) {
                repeated.insert(hash);
            }
        }
        Ok(repeated)
    }

    fn next_file(&mut self, folder: &Path) -> PathBuf {
        self.n_spills += 1;
        folder.join(format!("hashes-{:05}", self.n_spills))
    }
}

type Source<'a> = Box<dyn Iterator<Item = Result<u64, LoadError>> + 'a>;

/// Noted hashes in ascending order. See [`NotedHashes::sorted`].
pub(crate) struct SortedHashes<'a> {
    sources: Vec<Source<'a>>,
    /// The next hash of each source.
    firsts: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Iterator for SortedHashes<'_> {
    type Item = Result<u64, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((hash, at)) = self.firsts.pop()?;
        match self.sources[at].next() {
            Some(Ok(next)) => self.firsts.push(Reverse((next, at))),
            Some(Err(error)) => return Some(Err(error)),
            None => {}
        }
        Some(Ok(hash))
    }
}

fn write(path: &Path, hashes: impl Iterator<Item = Result<u64, LoadError>>) -> Result<(), LoadError> {
    let failed = || LoadError::file("spill to", path);
    let mut file = BufWriter::new(File::create(path).map_err(failed())?);
    for hash in hashes {
        file.write_all(&hash?.to_le_bytes()).map_err(failed())?;
    }
    file.flush().map_err(failed())
}

fn read(path: &Path) -> Result<impl Iterator<Item = Result<u64, LoadError>> + '_, LoadError> {
    let failed = || LoadError::file("read the spilled hashes in", path);
    let mut file = BufReader::new(File::open(path).map_err(failed())?);
    Ok(std::iter::from_fn(move || {
        let mut bytes = [0; size_of::<u64>()];
        match file.read_exact(&mut bytes) {
            Ok(()) => Some(Ok(u64::from_le_bytes(bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => None,
            Err(error) => Some(Err(failed()(error))),
        }
    }))
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

    #[test]
    fn more_spills_than_files_are_read_side_by_side() {
        let folder = tempfile::tempdir().unwrap();
        let mut noted = NotedHashes::default();
        let hashes = 0..3 * MAX_FILES as u64;
        for hash in hashes.clone().rev() {
            noted.note(hash);
            noted.spill(folder.path()).unwrap();
        }
        assert!(noted.files.len() <= MAX_FILES);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), noted.files.len());
        assert!(noted.sorted().unwrap().map(Result::unwrap).eq(hashes));
    }
}
