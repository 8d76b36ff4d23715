use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{LoadError, durable};

/// Fast rather than small: few records ever come here.
const COMPRESSION_LEVEL: i32 = 3;

/// A record that could not become rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuarantineLine {
    /// Why not.
    pub reason: String,
    /// Where the fault stands, from the record (RFC 6901).
    pub pointer: String,
    /// The raw page, as object#line.
    pub page: String,
    /// The record; a text where it is no JSON.
    pub record: serde_json::Value,
}

/// A run's quarantine file in the making: nothing is seen of it before [`Quarantine::finish`], and nothing ever
/// if no line was pushed.
pub struct Quarantine {
    staged: PathBuf,
    published: PathBuf,
    writer: Option<zstd::Encoder<'static, BufWriter<File>>>,
    n_lines: u64,
}

impl Quarantine {
    pub(crate) fn new(staged: PathBuf, published: PathBuf) -> Self {
        Self { staged, published, writer: None, n_lines: 0 }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn push(&mut self, line: &QuarantineLine) -> Result<(), LoadError> {
        let Self { staged, writer, .. } = self;
        let failed = |error| LoadError::file("write the quarantine file", staged)(error);
        if writer.is_none() {
            if let Some(folder) = staged.parent() {
                durable::create_folder(folder)?;
            }
            let file = File::create(&*staged).map_err(failed)?;
            *writer = Some(zstd::Encoder::new(BufWriter::new(file), COMPRESSION_LEVEL).map_err(failed)?);
        }
        if let Some(writer) = writer {
            serde_json::to_writer(&mut *writer, line).map_err(|error| failed(error.into()))?;
            writer.write_all(b"\n").map_err(failed)?;
            self.n_lines += 1;
        }
        Ok(())
    }

    /// Publishes the file, if a line was pushed; returns their number.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn finish(self) -> Result<u64, LoadError> {
        if let Some(writer) = self.writer {
            let failed = |error| LoadError::file("write the quarantine file", &self.staged)(error);
            let file = writer.finish().map_err(failed)?;
            let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)?;
            durable::publish(&self.staged, &self.published)?;
        }
        Ok(self.n_lines)
    }
}
