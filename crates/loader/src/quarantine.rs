use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

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

impl QuarantineLine {
    /// What makes it the same record again, whichever page it came on.
    pub(crate) fn identity(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.reason, self.record.to_string()).hash(&mut hasher);
        hasher.finish()
    }
}

/// A run's quarantine file in the making: nothing is seen of it before [`Quarantine::finish`], and nothing ever
/// if no line was pushed. A record that an earlier run has quarantined is not
/// written again.
pub struct Quarantine {
    staged: PathBuf,
    published: PathBuf,
    writer: Option<zstd::Encoder<'static, BufWriter<File>>>,
    /// What earlier runs quarantined; read with the first record, as most runs have none.
    known: Option<HashSet<u64>>,
    n_lines: u64,
}

impl Quarantine {
    pub(crate) fn new(staged: PathBuf, published: PathBuf) -> Self {
        Self { staged, published, writer: None, known: None, n_lines: 0 }
    }

    /// Adds a record; false where an earlier run has done so.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn push(&mut self, line: &QuarantineLine) -> Result<bool, LoadError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => earlier(&self.published)?,
        };
        if self.known.insert(known).contains(&line.identity()) {
            return Ok(false);
        }
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
        Ok(true)
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

/// What the files beside this one hold. A line that does not read is nobody's, and its record comes once more.
fn earlier(published: &Path) -> Result<HashSet<u64>, LoadError> {
    let mut known = HashSet::new();
    let Some(Ok(entries)) = published.parent().map(std::fs::read_dir) else { return Ok(known) };
    for path in entries.flatten().map(|entry| entry.path()) {
        let open = |path: &Path| zstd::Decoder::new(File::open(path)?);
        let file = open(&path).map_err(LoadError::file("read the quarantine file", &path))?;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(LoadError::file("read the quarantine file", &path))?;
            if let Ok(line) = serde_json::from_slice::<QuarantineLine>(&line) {
                known.insert(line.identity());
            }
        }
    }
    Ok(known)
}
