//! The bytes of a table file as Parquet reads them.

use std::io::BufReader;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::storage::stored_file::{FileReader, OpenFile};

/// The bytes of a table file, wherever they are.
#[derive(Debug)]
pub(crate) struct TableBytes(pub(crate) OpenFile);

impl Length for TableBytes {
    fn len(&self) -> u64 {
        self.0.n_bytes()
    }
}

impl ChunkReader for TableBytes {
    type T = BufReader<FileReader>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(self.0.reader(start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let mut bytes = vec![0; length];
        match self.0.read_full_at(start, &mut bytes)? == length {
            true => Ok(bytes.into()),
            false => Err(ParquetError::EOF(format!("{length} bytes at {start} reach beyond the file's end"))),
        }
    }
}
