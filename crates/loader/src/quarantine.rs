//! Records that could not become rows, in a file of each run.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::LoadError;
use crate::storage::blocking::block_on;
use crate::storage::contract::OpenGate;
use crate::storage::local_file::LocalFile;
use crate::storage::{Expected, LakeStorage, Settled, durable};

/// Fast rather than small: few records ever come here.
const COMPRESSION_LEVEL: i32 = 3;

/// A record that could not become rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct QuarantineLine {
    /// Why not.
    pub reason: String,
    /// Where the fault stands, from the record (RFC 6901).
    pub pointer: String,
    /// The raw page, as object#line.
    pub page: String,
    /// The record as it stood in the page, letter for letter but for line breaks between its parts, which are blanks. Where it is no
    /// JSON that common readers read, a text with its letters.
    pub record: Box<RawValue>,
    /// How the record is written: as it stood, or in lines that do not say so, as a JSON library writes its value.
    #[serde(default)]
    pub v: RecordForm,
}

/// How a quarantined record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum RecordForm {
    /// Its value: digits beyond a double, and all but one of the members of one name, are gone.
    #[default]
    ByValue,
    /// As it stood in its page.
    Verbatim,
}

impl From<RecordForm> for u8 {
    fn from(form: RecordForm) -> Self {
        match form {
            RecordForm::ByValue => 1,
            RecordForm::Verbatim => 2,
        }
    }
}

impl TryFrom<u8> for RecordForm {
    type Error = String;
    fn try_from(form: u8) -> Result<Self, String> {
        match form {
            1 => Ok(Self::ByValue),
            2 => Ok(Self::Verbatim),
            newer => Err(format!("the line is of form {newer}, of a newer convolake")),
        }
    }
}

impl QuarantineLine {
    /// What makes a line the same record again for the same reason, whichever page it came on.
    fn identity(&self) -> u64 {
        identity(self.v, Some(&self.reason), self.record.get())
    }

    /// True where a line of `known` holds the same record for the same reason.
    fn is_in(&self, known: &HashSet<u64>) -> bool {
        self.identities(Some(&self.reason)).iter().any(|identity| known.contains(identity))
    }

    /// What makes a line the same record again, whatever the reason.
    pub(crate) fn identity_of_record(&self) -> u64 {
        identity(self.v, None, self.record.get())
    }

    /// True where a line of `known` holds the same record, whatever the reason.
    pub(crate) fn is_record_in(&self, known: &HashSet<u64>) -> bool {
        self.identities(None).iter().any(|identity| known.contains(identity))
    }

    /// The identities that an equal line may have: in its own form, and by its value.
    fn identities(&self, reason: Option<&str>) -> [u64; 2] {
        let by_value: Option<serde_json::Value> = serde_json::from_str(self.record.get()).ok();
        let by_value = by_value.map_or_else(String::new, |value| value.to_string());
        [identity(self.v, reason, self.record.get()), identity(RecordForm::ByValue, reason, &by_value)]
    }
}

fn identity(form: RecordForm, reason: Option<&str>, record: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (form, reason, record).hash(&mut hasher);
    hasher.finish()
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
        if line.is_in(self.known.insert(known)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(record: &str, v: RecordForm) -> QuarantineLine {
        let record = RawValue::from_string(record.to_owned()).unwrap();
        QuarantineLine { reason: "no id".into(), pointer: String::new(), page: "a#1".into(), record, v }
    }

    #[test]
    fn a_line_is_known_by_its_letters_and_one_of_the_older_form_by_its_value() {
        use RecordForm::{ByValue, Verbatim};
        let known = |line: QuarantineLine| HashSet::from([line.identity()]);
        let record = line(r#"{"n": 1.10}"#, Verbatim);
        assert!(record.is_in(&known(line(r#"{"n": 1.10}"#, Verbatim))));
        assert!(record.is_in(&known(line(r#"{"n":1.1}"#, ByValue))));
        assert!(!record.is_in(&known(line(r#"{"n":1.1}"#, Verbatim))));
        assert!(!record.is_in(&known(QuarantineLine { reason: "other".into(), ..record.clone() })));
        let other = QuarantineLine { reason: "other".into(), ..record.clone() };
        assert!(record.is_record_in(&HashSet::from([other.identity_of_record()])));
    }

    #[test]
    fn lines_are_written_and_read_with_their_form() {
        let written = serde_json::to_string(&line(r#"{"n": 1.10, "n": 2}"#, RecordForm::Verbatim)).unwrap();
        assert!(written.ends_with(r#""record":{"n": 1.10, "n": 2},"v":2}"#), "{written}");
        let read: QuarantineLine = serde_json::from_str(&written).unwrap();
        assert_eq!((read.record.get(), read.v), (r#"{"n": 1.10, "n": 2}"#, RecordForm::Verbatim));
        let old = r#"{"reason":"x","pointer":"","page":"a#1","record":[1]}"#;
        assert_eq!(serde_json::from_str::<QuarantineLine>(old).unwrap().v, RecordForm::ByValue);
    }
}
