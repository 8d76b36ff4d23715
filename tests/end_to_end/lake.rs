//! A lake as its files show it, read with the parquet crate alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use convolake_simulator::Stream;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::damage::copy_all;
use crate::s3::store::{BUCKET, Store};
use crate::source::Source;

pub(crate) const TABLES: [&str; 4] = ["conversations", "leads", "messages", "turns"];

/// The folder of files that Linux keeps in memory.
const MEMORY: &str = "/dev/shm";

/// The rows of each table.
pub(crate) type Contents = BTreeMap<&'static str, Vec<Value>>;

/// A lake in a temporary folder, removed with the test, or in a bucket.
pub(crate) struct Lake {
    path: PathBuf,
    to: String,
    environment: Vec<(&'static str, String)>,
    _folder: Option<TempDir>,
}

/// What of a file changes when it is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    hash: u64,
    modified: SystemTime,
}

impl Lake {
    pub(crate) fn new() -> Self {
        // In memory where there is such a folder: syncing a disk is what tests wait for the longest.
        let folder = Path::new(MEMORY);
        let folder = if folder.is_dir() { TempDir::new_in(folder) } else { TempDir::new() };
        Self::in_folder(folder.unwrap())
    }

    /// A lake on disk, where syncing takes time.
    pub(crate) fn on_disk() -> Self {
        Self::in_folder(TempDir::new().unwrap())
    }

    fn in_folder(folder: TempDir) -> Self {
        let path = folder.path().to_owned();
        let to = path.to_str().unwrap().to_owned();
        Self { path, to, environment: Vec::new(), _folder: Some(folder) }
    }

    /// A lake in a bucket of the store, which keeps its objects as files.
    pub(crate) fn in_store(store: &Store, prefix: &str) -> Self {
        Self::in_bucket(store, BUCKET, prefix)
    }

    /// The same in a bucket that may be missing.
    pub(crate) fn in_bucket(store: &Store, bucket: &str, prefix: &str) -> Self {
        let to = format!("s3://{bucket}/{prefix}");
        Self { path: store.folder_of(prefix), to, environment: store.environment(), _folder: None }
    }

    /// A lake in a bucket whose objects are no files: it is read over the network alone.
    pub(crate) fn elsewhere(to: String, environment: Vec<(&'static str, String)>) -> Self {
        Self { path: PathBuf::new(), to, environment, _folder: None }
    }

    /// Changes the newest commit of a pipeline behind the program's back, and seals it again.
    pub(crate) fn change_newest_commit(&self, pipeline: &str, change: impl FnOnce(&mut Value)) {
        let folder = self.path.join(format!("_convolake/{pipeline}/commits"));
        let newest = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
        let mut commit: Value = serde_json::from_slice(&std::fs::read(&newest).unwrap()).unwrap();
        commit.as_object_mut().unwrap().remove("checksum");
        change(&mut commit);
        let mut sealed = commit.to_string();
        sealed.pop();
        let checksum = Sha256::digest(sealed.as_bytes());
        let checksum: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(&newest, format!("{sealed},\"checksum\":\"{checksum}\"}}\n")).unwrap();
    }

    /// The folder of its files.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its value of `--to`.
    pub(crate) fn to(&self) -> &str {
        &self.to
    }

    /// Environment variables of a call that reaches it.
    pub(crate) fn environment(&self) -> &[(&'static str, String)] {
        &self.environment
    }

    /// All table files, by their path within the lake.
    pub(crate) fn table_files(&self) -> BTreeMap<PathBuf, Seen> {
        let files = TABLES.iter().flat_map(|table| files_below(&self.path().join(table)));
        files.map(|path| self.seen(&path)).collect()
    }

    fn seen(&self, path: &Path) -> (PathBuf, Seen) {
        let mut hasher = DefaultHasher::new();
        std::fs::read(path).unwrap().hash(&mut hasher);
        let modified = path.metadata().unwrap().modified().unwrap();
        let hash = hasher.finish();
        (path.strip_prefix(self.path()).unwrap().to_owned(), Seen { hash, modified })
    }

    /// Another lake with the same files.
    pub(crate) fn copy(&self) -> Self {
        let other = Self::new();
        copy_all(self.path(), other.path());
        other
    }

    /// All files of any kind, by their path within the lake.
    pub(crate) fn all_files(&self) -> BTreeMap<PathBuf, Seen> {
        files_below(self.path()).into_iter().map(|path| self.seen(&path)).collect()
    }

    /// The files of a pipeline's part of a table, by their full path.
    pub(crate) fn files_of(&self, table: &str, pipeline: &str) -> Vec<PathBuf> {
        files_below(&self.path().join(table).join(format!("source={pipeline}")))
    }

    /// The quarantine files of a pipeline.
    pub(crate) fn quarantine_files(&self, pipeline: &str) -> Vec<PathBuf> {
        files_below(&self.path().join("quarantine").join(pipeline))
    }

    /// The landed pages of a stream, oldest name first.
    pub(crate) fn raw_files(&self, pipeline: &str, stream: &str) -> Vec<PathBuf> {
        let mut files = files_below(&self.path().join("raw").join(pipeline).join(stream));
        // A page that is being written, or was when its run died, has another ending.
        files.retain(|path| path.extension().is_some_and(|extension| extension == "zst"));
        files
    }

    /// The lines of all quarantine files of a pipeline.
    pub(crate) fn quarantined(&self, pipeline: &str) -> Vec<Value> {
        let files = self.quarantine_files(pipeline);
        let texts = files.iter().map(|path| zstd::decode_all(File::open(path).unwrap()).unwrap());
        let lines = texts.flat_map(|text| {
            let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            lines.map(|line| serde_json::from_slice(line).unwrap()).collect::<Vec<Value>>()
        });
        lines.collect()
    }

    /// Removes everything but the raw zone.
    pub(crate) fn keep_raw_only(&self) {
        for entry in std::fs::read_dir(self.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap() != "raw" {
                std::fs::remove_dir_all(path).unwrap();
            }
        }
    }

    /// Every row of a table, with `source` and `date` from its path, in one order whatever the files.
    pub(crate) fn rows(&self, table: &str) -> Vec<Value> {
        let mut rows: Vec<Value> = self.rows_by_file(table).into_iter().map(|(_, row)| row).collect();
        rows.sort_by_cached_key(|row| {
            ["source", "conversation_id", "turn_index", "message_index", "message_id"]
                .map(|name| row[name].to_string())
        });
        rows
    }

    /// Every row of a table with its file.
    pub(crate) fn rows_by_file(&self, table: &str) -> Vec<(PathBuf, Value)> {
        let mut rows = Vec::new();
        for path in files_below(&self.path().join(table)) {
            let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
            for row in reader.get_row_iter(None).unwrap() {
                rows.push((path.clone(), whole_row(&path, &row.unwrap())));
            }
        }
        rows
    }

    /// The rows of all tables without the columns that tell where they came from.
    pub(crate) fn contents(&self) -> Contents {
        let bare = |table: &str| {
            let mut rows = self.rows(table);
            rows.iter_mut().for_each(make_bare);
            rows
        };
        TABLES.map(|table| (table, bare(table))).into()
    }

    /// The lake holds these contents, row for row.
    #[track_caller]
    pub(crate) fn holds_just(&self, expected: &Contents) {
        for (table, rows) in self.contents() {
            assert_eq!(rows.len(), expected[table].len(), "rows of {table}");
            for (row, expected) in rows.iter().zip(&expected[table]) {
                assert_eq!(row, expected, "{table}");
            }
        }
    }

    /// The lake holds each record of the stream once, and no other.
    #[track_caller]
    pub(crate) fn holds_all(&self, source: &Source, stream: Stream) {
        let (table, from, column) = match stream {
            Stream::AgentxConversations => ("conversations", "agentx", "conversation_id"),
            Stream::AgentxMessages => ("messages", "agentx", "message_id"),
            Stream::ConvocoreList => ("leads", "convocore", "conversation_id"),
            Stream::ConvocoreExport => ("conversations", "convocore", "conversation_id"),
        };
        let rows = self.rows(table);
        let rows: Vec<&str> = rows
            .iter()
            .filter(|row| row["source"] == from)
            .map(|row| row[column].as_str().unwrap())
            .collect();
        let distinct: BTreeSet<String> = rows.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(rows.len(), distinct.len(), "{}: doubled rows", stream.name());
        let served = source.ids(stream);
        let missing: Vec<&String> = served.difference(&distinct).collect();
        let invented: Vec<&String> = distinct.difference(&served).collect();
        assert!(
            missing.is_empty() && invented.is_empty(),
            "{}: {} rows of {} records; {} missing, as {:?}; {} invented, as {:?}",
            stream.name(),
            rows.len(),
            served.len(),
            missing.len(),
            missing.first(),
            invented.len(),
            invented.first(),
        );
    }
}

/// A row of the file, with what its path tells: `source`, and `month` or `date`.
fn whole_row(path: &Path, row: &Row) -> Value {
    let mut row = object(row);
    row.extend(partition(path));
    Value::Object(row)
}

/// A row of the file without the columns that tell where it came from.
pub(crate) fn bare_row(path: &Path, row: &Row) -> Value {
    let mut row = whole_row(path, row);
    make_bare(&mut row);
    row
}

fn make_bare(row: &mut Value) {
    for name in ["fetched_at", "page", "_listed"] {
        row.as_object_mut().unwrap().remove(name);
    }
}

/// All files, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect();
    files.sort();
    files
}

fn partition(path: &Path) -> Map<String, Value> {
    let names = path.iter().filter_map(|name| name.to_str()?.split_once('='));
    names.map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn object(row: &Row) -> Map<String, Value> {
    row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => json!(value),
        Field::Int(value) => json!(value),
        Field::Long(value) | Field::TimestampMicros(value) => json!(value),
        Field::Double(value) => json!(value),
        // As in the name of a folder.
        Field::Date(_) => json!(field.to_string()),
        Field::Str(value) => json!(value),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        other => panic!("the contract has no column of {other:?}"),
    }
}
