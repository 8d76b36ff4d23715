use std::fs::File;
use std::io::BufReader;
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::errors::Result;
use parquet::file::reader::ChunkReader;
use parquet::file::reader::Length;

use crate::storage::remote_file::RemoteFile;

/// What Parquet's reader of a remote file takes at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// The bytes of a table file, wherever they are.
#[derive(Debug)]
pub(crate) enum TableBytes {
    Disk(File),
    Remote(Arc<RemoteFile>),
}

impl Length for TableBytes {
    fn len(&self) -> u64 {
        match self {
            Self::Disk(file) => file.len(),
            Self::Remote(file) => file.n_bytes(),
        }
    }
}

impl ChunkReader for TableBytes {
    type T = TableBytesReader;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(match self {
            Self::Disk(file) => TableBytesReader::Disk(file.get_read(start)?),
            Self::Remote(file) => {
                let reader = RemoteReader { file: Arc::clone(file), at: start };
                TableBytesReader::Remote(BufReader::with_capacity(BUFFER_BYTES, reader))
            }
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self {
            Self::Disk(file) => file.get_bytes(start, length),
            Self::Remote(file) => {
                let mut bytes = vec![0; length];
                if file.read_at(start, &mut bytes)? == length {
                    Ok(bytes.into())
                } else {
                    Err(ParquetError::EOF(format!("{length} bytes at {start} reach beyond the file's end")))
                }
            }
        }
    }
}

/// Bytes from a place on.
pub(crate) enum TableBytesReader {
    Disk(BufReader<File>),
    Remote(BufReader<RemoteReader>),
}

impl Read for TableBytesReader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Disk(reader) => reader.read(into),
            Self::Remote(reader) => reader.read(into),
        }
    }
}

/// A remote file from a place on.
pub(crate) struct RemoteReader {
    file: Arc<RemoteFile>,
    at: u64,
}

impl RemoteReader {
    pub(crate) fn new(file: Arc<RemoteFile>) -> Self {
        Self { file, at: 0 }
    }
}

impl Read for RemoteReader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.file.read_at(self.at, into)?;
        self.at += n_bytes as u64;
        Ok(n_bytes)
    }
}
