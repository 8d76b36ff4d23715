//! What may happen to a lake behind its back.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

use crate::lake::{Lake, files_below};

/// A damage, and the kinds of findings that `verify` has for it.
pub(crate) struct Damage {
    pub(crate) name: &'static str,
    pub(crate) damage: fn(&Lake),
    pub(crate) found: &'static [&'static str],
}

const fn damage(name: &'static str, damage: fn(&Lake), found: &'static [&'static str]) -> Damage {
    Damage { name, damage, found }
}

/// Damages to table files as such.
pub(crate) fn to_files() -> Vec<Damage> {
    vec![
        damage(
            "a file is cut off",
            |lake| cut(&largest(lake, "messages", "agentx")),
            &["file_changed", "file_unreadable"],
        ),
        damage(
            "a file is zeros",
            |lake| zero(&largest(lake, "messages", "convocore")),
            &["file_changed", "file_unreadable"],
        ),
        damage(
            "a file is gone",
            |lake| remove(&largest(lake, "messages", "agentx")),
            &["file_missing", "row_missing"],
        ),
        damage(
            "a file of parents is gone",
            |lake| remove(&largest(lake, "turns", "convocore")),
            &["file_missing", "parent_missing", "row_missing"],
        ),
        damage(
            "a file is there twice",
            |lake| {
                let file = largest(lake, "messages", "agentx");
                copy(&file, &file.parent().unwrap().with_file_name("month=1999-12").join("part-0.parquet"));
            },
            &["file_unknown", "key_doubled", "partition_wrong", "row_unaccounted"],
        ),
        damage(
            "a foreign file lies in a partition",
            |lake| {
                let file = largest(lake, "leads", "convocore");
                copy(&file, &file.with_file_name("copy.parquet"));
            },
            &["file_foreign"],
        ),
        damage(
            "a foreign file lies beside the pipelines",
            |lake| {
                copy(
                    &largest(lake, "leads", "convocore"),
                    &lake.path().join("leads/date=1999-12-31/x.parquet"),
                );
            },
            &["file_foreign"],
        ),
        damage(
            "two partitions are exchanged",
            |lake| exchange(&lake.files_of("messages", "agentx")[..2]),
            &["file_changed", "partition_wrong", "row_missing", "row_unaccounted"],
        ),
    ]
}

/// Damages to rows within files that can be read.
pub(crate) fn to_rows() -> Vec<Damage> {
    vec![
        damage(
            "rows are in another order",
            |lake| rewrite(&largest(lake, "messages", "agentx"), Change::Turn),
            &["file_changed", "order_wrong"],
        ),
        damage(
            "a row is there twice in its file",
            |lake| rewrite(&largest(lake, "messages", "convocore"), Change::Double),
            &["file_changed", "key_doubled", "row_unaccounted"],
        ),
        damage(
            "a row is gone",
            |lake| rewrite(&largest(lake, "messages", "agentx"), Change::Drop),
            &["file_changed", "row_missing"],
        ),
        damage(
            "a conversation's row is gone",
            |lake| rewrite(&largest(lake, "conversations", "convocore"), Change::Drop),
            &["file_changed", "parent_missing", "row_missing"],
        ),
        damage(
            "a file was written by another program",
            |lake| rewrite(&largest(lake, "leads", "convocore"), Change::Nothing),
            &["file_changed"],
        ),
        damage(
            "a file has lost its schema's name",
            |lake| rewrite(&largest(lake, "leads", "convocore"), Change::Unmark),
            &["file_changed", "schema_changed"],
        ),
    ]
}

/// Damages to commits, landed pages and quarantine.
pub(crate) fn to_the_rest() -> Vec<Damage> {
    vec![
        // All files are known by the newest one.
        damage("a commit is gone", |lake| remove(&commit(lake, 1)), &["commit_missing"]),
        damage("a commit is changed", |lake| flip(&commit(lake, 3)), &["commit_damaged"]),
        damage("a manifest is gone", |lake| remove(&manifest(lake)), &["manifest_damaged"]),
        damage("a manifest is changed", |lake| flip(&manifest(lake)), &["manifest_damaged"]),
        damage(
            "a commit is another's",
            |lake| {
                copy(&commit(lake, 1), &commit(lake, 2));
            },
            &["commit_damaged"],
        ),
        damage(
            "an intent is damaged",
            |lake| {
                let intents = lake.path().join("_convolake/agentx/intents");
                fs::create_dir_all(&intents).unwrap();
                fs::write(intents.join("00000009.json"), "{}").unwrap();
            },
            &["commit_damaged"],
        ),
        damage(
            "a landed page is gone",
            |lake| remove(&lake.raw_files("convocore", "export")[0]),
            // Rows that name it are told of with it, and once.
            &["page_missing"],
        ),
        damage(
            "a landed page is cut off",
            |lake| cut(&lake.raw_files("agentx", "messages")[0]),
            &["page_unreadable"],
        ),
        damage(
            "a landed page says something else",
            |lake| say_otherwise(&lake.raw_files("agentx", "messages")),
            &["row_differs"],
        ),
        damage(
            "the quarantine is gone",
            |lake| lake.quarantine_files("agentx").iter().for_each(|file| remove(file)),
            &["record_lost"],
        ),
        damage(
            "the quarantine is cut off",
            |lake| cut(&lake.quarantine_files("agentx")[0]),
            &["quarantine_unreadable", "record_lost"],
        ),
    ]
}

enum Change {
    Nothing,
    Turn,
    Double,
    Drop,
    Unmark,
}

/// Rewrites a file with the same columns.
fn rewrite(path: &Path, change: Change) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let (schema, footer) = (reader.schema().clone(), reader.metadata().file_metadata().clone());
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    let marks = match change {
        Change::Unmark => None,
        _ => footer.key_value_metadata().cloned(),
    };
    let marks =
        marks.map(|marks| marks.into_iter().filter(|mark| mark.key.starts_with("convolake")).collect());
    let properties = WriterProperties::builder().set_key_value_metadata(marks).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, Some(properties)).unwrap();
    for batch in batches {
        let n_rows = batch.num_rows();
        match change {
            Change::Nothing | Change::Unmark => writer.write(&batch).unwrap(),
            Change::Turn => {
                assert!(n_rows > 1, "{} is too small to be turned", path.display());
                (0..n_rows).rev().for_each(|row| writer.write(&batch.slice(row, 1)).unwrap());
            }
            Change::Double => {
                writer.write(&batch.slice(0, 1)).unwrap();
                writer.write(&batch).unwrap();
            }
            Change::Drop => writer.write(&batch.slice(1, n_rows - 1)).unwrap(),
        }
    }
    writer.close().unwrap();
}

fn largest(lake: &Lake, table: &str, pipeline: &str) -> PathBuf {
    let files = lake.files_of(table, pipeline);
    files.into_iter().max_by_key(|file| file.metadata().unwrap().len()).unwrap()
}

fn commit(lake: &Lake, seq: u32) -> PathBuf {
    lake.path().join(format!("_convolake/agentx/commits/{seq:08}.json"))
}

fn manifest(lake: &Lake) -> PathBuf {
    let all = files_below(&lake.path().join("_convolake/agentx/manifests/messages"));
    all.into_iter().next().unwrap()
}

fn cut(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
}

fn zero(path: &Path) {
    let n_bytes = path.metadata().unwrap().len();
    fs::write(path, vec![0; usize::try_from(n_bytes).unwrap()]).unwrap();
}

fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap();
}

fn exchange(files: &[PathBuf]) {
    let contents: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    fs::write(&files[0], &contents[1]).unwrap();
    fs::write(&files[1], &contents[0]).unwrap();
}

/// The page with another text in a person's message.
fn say_otherwise(pages: &[PathBuf]) {
    let said = r#"\"userInput\":\""#;
    let read = |path: &PathBuf| {
        let line = String::from_utf8(zstd::decode_all(File::open(path).unwrap()).unwrap()).unwrap();
        line.contains(said).then(|| (path.clone(), line))
    };
    // Some pages have no messages.
    let (path, line) = pages.iter().find_map(read).unwrap();
    let line = line.replacen(said, &format!("{said}Or rather, "), 1);
    fs::write(path, zstd::encode_all(line.as_bytes(), 3).unwrap()).unwrap();
}

/// Copies all files below a folder into another one.
pub(crate) fn copy_all(from: &Path, to: &Path) {
    for file in files_below(from) {
        copy(&file, &to.join(file.strip_prefix(from).unwrap()));
    }
}
