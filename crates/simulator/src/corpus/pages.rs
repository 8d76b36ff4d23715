use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::config::Corpus;
use crate::error::SimulatorError;
use crate::store::Store;
use crate::stream::Stream;

const ZSTD_LEVEL: i32 = 3;

/// Writes the page files of a corpus as they would have been pulled: one page body a line, the largest pages
/// the documents allow, cursors null on the last page only. The folder is made where it is missing.
pub fn write_pages(folder: &Path, corpus: &Corpus) -> Result<(), SimulatorError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| SimulatorError::WritePages { path: folder.to_owned(), source })?;
    let files = Stream::ALL.map(|stream| folder.join(format!("{}.jsonl.zst", stream.file_stem())));
    let store = super::load(corpus)?;
    for (stream, path) in Stream::ALL.into_iter().zip(files) {
        write_stream(&path, &store, stream).map_err(|source| failed(path, source))?;
    }
    Ok(())
}

fn failed(path: PathBuf, source: std::io::Error) -> SimulatorError {
    SimulatorError::WritePages { path, source }
}

fn write_stream(path: &Path, store: &Store, stream: Stream) -> std::io::Result<()> {
    let mut file = zstd::Encoder::new(BufWriter::new(File::create(path)?), ZSTD_LEVEL)?;
    let records = store.shelf(stream).records();
    let n_pages = records.len().div_ceil(stream.largest_page()).max(1);
    for page in 0..n_pages {
        let first = page * stream.largest_page();
        let past = records.len().min(first + stream.largest_page());
        file.write_all(b"{")?;
        for (name, value) in stream.envelope_fields() {
            write!(file, "\"{name}\":{value},")?;
        }
        file.write_all(b"\"data\":")?;
        for (index, record) in records[first..past].iter().enumerate() {
            file.write_all(if index == 0 { b"[" } else { b"," })?;
            file.write_all(&record.text)?;
        }
        if first == past {
            file.write_all(b"[")?;
        }
        let tail = match stream {
            Stream::ConvocoreList | Stream::ConvocoreExport => "]}\n".to_owned(),
            _ if page + 1 == n_pages => "],\"cursor\":null}\n".to_owned(),
            _ => format!("],\"cursor\":\"page-{}\"}}\n", page + 2),
        };
        file.write_all(tail.as_bytes())?;
    }
    file.finish()?.flush()
}
