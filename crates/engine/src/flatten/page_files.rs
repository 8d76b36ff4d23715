//! Page files: one page a file (`.json`, unless its lines are values by themselves) or a line (`.jsonl`), compressed (`.gz`, `.zst`) or not. A line may be a
//! bare page body or a line of the raw zone.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::EngineError;

/// One page of a file.
pub(crate) struct FilePage {
    /// The line in the file, from 1.
    pub(crate) line: u32,
    pub(crate) bytes: Bytes,
}

/// The pages of a file, one after the other; memory holds one at a time.
pub(crate) struct PageFile {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    is_whole: bool,
    line: u32,
    /// Pages of a file are about as long as each other.
    usual_bytes: usize,
}

/// A buffer of this size keeps reading from waiting on the disk at every few lines.
const BUFFER_BYTES: usize = 1 << 20;

impl PageFile {
    pub(crate) fn open(path: &Path) -> Result<Self, EngineError> {
        let failed = |source| EngineError::ReadFile { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let name =
            path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let (plain, reader): (&str, Box<dyn Read + Send>) = match name.rsplit_once('.') {
            Some((plain, "gz")) => (plain, Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file)))),
            Some((plain, "zst")) => (plain, Box::new(zstd::Decoder::new(file).map_err(failed)?)),
            _ => (&name, Box::new(file)),
        };
        let reader = Box::new(BufReader::with_capacity(BUFFER_BYTES, reader));
        Ok(Self {
            path: path.to_owned(),
            reader,
            is_whole: plain.ends_with(".json"),
            line: 0,
            usual_bytes: 0,
        })
    }

    pub(crate) fn next(&mut self) -> Result<Option<FilePage>, EngineError> {
        loop {
            let mut bytes = Vec::with_capacity(self.usual_bytes);
            let read = match self.is_whole {
                true => self.reader.read_to_end(&mut bytes),
                false => read_line(&mut *self.reader, &mut bytes),
            };
            let read = read.map_err(|source| EngineError::ReadFile { path: self.path.clone(), source })?;
            if read == 0 {
                return Ok(None);
            }
            if self.is_whole && self.line == 0 && has_value_a_line(&bytes) {
                // A page or a record a line all the same, whatever the file's name says.
                self.reader = Box::new(Cursor::new(bytes));
                self.is_whole = false;
                continue;
            }
            self.line += 1;
            self.usual_bytes = read + read / 8;
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some(FilePage { line: self.line, bytes: bytes.into() }));
        }
    }
}

/// True where the first line is a JSON object or array by itself, and another begins behind it.
fn has_value_a_line(bytes: &[u8]) -> bool {
    let begins_value = |text: &[u8]| matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    let Some(end) = memchr::memchr(b'\n', bytes) else { return false };
    let (first, rest) = bytes.split_at(end);
    begins_value(first) && begins_value(rest) && serde_json::from_slice::<IgnoredAny>(first).is_ok()
}

/// [`BufRead::read_until`] a line's end, at the speed of `memchr`: a page is a line of megabytes.
fn read_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    loop {
        let read = match reader.fill_buf() {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        let end = memchr::memchr(b'\n', read).map(|at| at + 1);
        let n = end.unwrap_or(read.len());
        line.extend_from_slice(&read[..n]);
        reader.consume(n);
        if end.is_some() || n == 0 {
            return Ok(line.len());
        }
    }
}
