//! Records that could not become rows, in a file of each run.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::storage::blocking::block_on;
use crate::storage::contract::OpenGate;
use crate::storage::local_file::LocalFile;
use crate::storage::{Expected, LakeStorage, Settled, durable};

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
    lake: LakeStorage,
    /// Where it is staged, by its name within the lake.
    staged: String,
    /// Its own name within the lake.
    object: String,
    writer: Option<zstd::Encoder<'static, BufWriter<File>>>,
    /// What earlier runs quarantined; read with the first record, as most runs have none.
    known: Option<HashSet<u64>>,
    n_lines: u64,
}

impl Quarantine {
    pub(crate) fn new(lake: LakeStorage, staged: String, object: String) -> Self {
        Self { lake, staged, object, writer: None, known: None, n_lines: 0 }
    }

    /// Adds a record; false where an earlier run has done so.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn push(&mut self, line: &QuarantineLine) -> Result<bool, LoadError> {
        let known = match self.known.take() {
            Some(known) => known,
            None => earlier(&self.lake, &self.object)?,
        };
        if self.known.insert(known).contains(&line.identity()) {
            return Ok(false);
        }
        let staged = &self.staged_path();
        let writer = &mut self.writer;
        let failed = |error| LoadError::file("write the quarantine file", staged)(error);
        if writer.is_none() {
            if let Some(folder) = staged.parent() {
                durable::create_folder(folder)?;
            }
            let file = File::create(staged).map_err(failed)?;
            *writer = Some(zstd::Encoder::new(BufWriter::new(file), COMPRESSION_LEVEL).map_err(failed)?);
        }
        if let Some(writer) = writer {
            // In one piece: the compressor takes long over every call.
            let mut bytes = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
            bytes.push(b'\n');
            writer.write_all(&bytes).map_err(failed)?;
            self.n_lines += 1;
        }
        Ok(true)
    }

    /// Publishes the file, if a line was pushed; returns their number.
    ///
    /// # Errors
    /// [`LoadError::File`].
    pub fn finish(mut self) -> Result<u64, LoadError> {
        if let Some(writer) = self.writer.take() {
            let path = self.staged_path();
            let failed = |error| LoadError::file("write the quarantine file", &path)(error);
            let file = writer.finish().map_err(failed)?;
            let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
            file.sync_all().map_err(failed)?;
            block_on(self.publish())?;
        }
        Ok(self.n_lines)
    }

    async fn publish(&self) -> Result<(), LoadError> {
        let Self { lake, staged, object, .. } = self;
        lake.prepare(&[object]).await?;
        let file = LocalFile::at(self.staged_path());
        match lake.publish(&file, object, &Expected::Absent, &OpenGate).await? {
            Settled::Ours(_) => lake.make_durable(&[object, staged]).await,
            Settled::Other(_) => Err(LoadError::ObjectTaken { object: object.clone() }),
        }
    }

    fn staged_path(&self) -> PathBuf {
        self.lake.path(&self.staged)
    }
}

/// What the files beside this one hold. A line that does not read is nobody's, and its record comes once more.
fn earlier(lake: &LakeStorage, object: &str) -> Result<HashSet<u64>, LoadError> {
    let mut known = HashSet::new();
    let folder = object.rsplit_once('/').map_or("", |(folder, _)| folder);
    for listed in block_on(lake.list(folder))? {
        let path = PathBuf::from(&listed.name);
        let failed = |error| LoadError::file("read the quarantine file", &path)(error);
        let file = block_on(lake.file(listed))?.open()?;
        let lines = BufReader::new(zstd::Decoder::new(file.reader(0)).map_err(failed)?).split(b'\n');
        for line in lines {
            let line = line.map_err(failed)?;
            if let Ok(line) = serde_json::from_slice::<QuarantineLine>(&line) {
                known.insert(line.identity());
            }
        }
    }
    Ok(known)
}
