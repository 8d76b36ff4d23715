//! A file of the lake that is read at any place, wherever its bytes are: what Parquet reads from.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::LoadError;
use crate::storage::object::ObjectVersion;
use crate::storage::remote::block_cache::{BlockCache, fetch_ends};

/// Read ahead where a file is read on from a place.
const BUFFER_BYTES: usize = 8 * 1024;

/// A file of the lake in one version. Nothing is open, so that many can be held.
#[derive(Debug, Clone)]
pub(crate) struct StoredFile {
    n_bytes: u64,
    version: ObjectVersion,
    bytes: Bytes,
}

/// Where the bytes are.
#[derive(Debug, Clone)]
enum Bytes {
    Disk(PathBuf),
    Blocks(Arc<BlockCache>),
}

impl StoredFile {
    pub(crate) fn on_disk(path: PathBuf, n_bytes: u64, version: ObjectVersion) -> Self {
        Self { n_bytes, version, bytes: Bytes::Disk(path) }
    }

    pub(crate) fn in_blocks(blocks: BlockCache, version: ObjectVersion) -> Self {
        Self { n_bytes: blocks.n_bytes(), version, bytes: Bytes::Blocks(Arc::new(blocks)) }
    }

    /// Its size when it was listed.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Tells it from any other that stood or will stand under its name.
    pub(crate) fn version(&self) -> &ObjectVersion {
        &self.version
    }

    /// For messages.
    pub(crate) fn path(&self) -> &Path {
        match &self.bytes {
            Bytes::Disk(path) => path,
            Bytes::Blocks(blocks) => blocks.name(),
        }
    }

    /// Opens it: on disk what stands under its name at this moment, in a store the version it was listed with.
    pub(crate) fn open(&self) -> Result<OpenFile, LoadError> {
        Ok(match &self.bytes {
            Bytes::Disk(path) => {
                let file = File::open(path).map_err(LoadError::file("open the table file", path))?;
                let metadata = file.metadata().map_err(LoadError::file("look at the table file", path))?;
                OpenFile { n_bytes: metadata.len(), bytes: OpenBytes::Disk(Arc::new(file)) }
            }
            Bytes::Blocks(blocks) => {
                OpenFile { n_bytes: blocks.n_bytes(), bytes: OpenBytes::Blocks(Arc::clone(blocks)) }
            }
        })
    }
}

/// Prepares to read the footers of all these files, where each would be waited for.
pub(crate) fn fetch_footers<'a>(files: impl IntoIterator<Item = &'a StoredFile>) {
    let blocks = files.into_iter().filter_map(|file| match &file.bytes {
        Bytes::Disk(_) => None,
        Bytes::Blocks(blocks) => Some(&**blocks),
    });
    let blocks: Vec<&BlockCache> = blocks.collect();
    if blocks.len() > 1 {
        fetch_ends(blocks.into_iter());
    }
}

/// A file that is open. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct OpenFile {
    n_bytes: u64,
    bytes: OpenBytes,
}

#[derive(Debug, Clone)]
enum OpenBytes {
    Disk(Arc<File>),
    Blocks(Arc<BlockCache>),
}

impl OpenFile {
    pub(crate) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Reads at a place, as much as there is up to the length of `into`, or less.
    pub(crate) fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        match &self.bytes {
            OpenBytes::Disk(file) => read_file_at(file, at, into),
            OpenBytes::Blocks(blocks) => blocks.read_at(at, into),
        }
    }

    /// Reads at a place until `into` is full or the file ends; gives the bytes read.
    pub(crate) fn read_full_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let mut n_read = 0;
        while n_read < into.len() {
            match self.read_at(at + n_read as u64, &mut into[n_read..]) {
                Ok(0) => break,
                Ok(more) => n_read += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(n_read)
    }

    /// The bytes from a place on.
    pub(crate) fn reader(&self, at: u64) -> BufReader<FileReader> {
        BufReader::with_capacity(BUFFER_BYTES, FileReader { file: self.clone(), at })
    }

    /// Why reading failed last, where the error of the read could not carry it.
    pub(crate) fn take_failure(&self) -> Option<LoadError> {
        match &self.bytes {
            OpenBytes::Disk(_) => None,
            OpenBytes::Blocks(blocks) => blocks.take_failure(),
        }
    }
}

/// An open file from a place on.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: OpenFile,
    at: u64,
}

impl Read for FileReader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.file.read_at(self.at, into)?;
        self.at += n_bytes as u64;
        Ok(n_bytes)
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
