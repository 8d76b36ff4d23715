//! Page files: one page a file (`.json`, unless its lines are values by themselves) or a line (`.jsonl`), compressed (`.gz`, `.zst`) or not. A line may be a
//! bare page body or a line of the raw zone.

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::EngineError;
use crate::flatten::page_buffers::{PageBuffer, PageBuffers};

/// One page of a file.
pub(crate) struct FilePage {
    /// The line in the file, from 1.
    pub(crate) line: u32,
    pub(crate) bytes: Bytes,
}

/// The pages of a file, one after the other; memory holds one at a time.
pub(crate) struct PageFile<'b> {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    is_whole: bool,
    line: u32,
    buffers: &'b PageBuffers,
    /// What was read behind the last line.
    rest: Vec<u8>,
}

/// What is read at once: as much as a decompressor makes at a time, and little against a page, since what stands behind a
/// line's end is copied.
const READ_BYTES: usize = 64 << 10;

impl<'b> PageFile<'b> {
    pub(crate) fn open(path: &Path, buffers: &'b PageBuffers) -> Result<Self, EngineError> {
        let failed = |source| EngineError::ReadFile { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let name =
            path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let (plain, reader): (&str, Box<dyn Read + Send>) = match name.rsplit_once('.') {
            Some((plain, "gz")) => (plain, Box::new(flate2::read::MultiGzDecoder::new(BufReader::new(file)))),
            Some((plain, "zst")) => (plain, Box::new(zstd::Decoder::new(file).map_err(failed)?)),
            _ => (&name, Box::new(file)),
        };
        Ok(Self {
            path: path.to_owned(),
            reader,
            is_whole: plain.ends_with(".json"),
            line: 0,
            buffers,
            rest: Vec::new(),
        })
    }

    pub(crate) fn next(&mut self) -> Result<Option<FilePage>, EngineError> {
        loop {
            let mut buffer = self.buffers.take();
            let read = match self.is_whole {
                true => self.read_whole(&mut buffer),
                false => self.read_line(&mut buffer),
            };
            read.map_err(|source| EngineError::ReadFile { path: self.path.clone(), source })?;
            let bytes = buffer.as_ref();
            if bytes.is_empty() {
                return Ok(None);
            }
            if self.is_whole && self.line == 0 && has_value_a_line(bytes) {
                // A page or a record a line all the same, whatever the file's name says.
                self.reader = Box::new(Cursor::new(buffer));
                self.is_whole = false;
                continue;
            }
            self.line += 1;
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some(FilePage { line: self.line, bytes: Bytes::from_owner(buffer) }));
        }
    }

    fn read_whole(&mut self, buffer: &mut PageBuffer) -> std::io::Result<()> {
        while read_more(&mut *self.reader, buffer)? > 0 {}
        Ok(())
    }

    /// [`BufRead::read_until`] a line's end, without a buffer between and at the speed of `memchr`: a page is a line of
    /// megabytes.
    ///
    /// [`BufRead::read_until`]: std::io::BufRead::read_until
    fn read_line(&mut self, line: &mut PageBuffer) -> std::io::Result<()> {
        line.append(&self.rest);
        self.rest.clear();
        let mut searched = 0;
        loop {
            let read = line.as_ref();
            if let Some(at) = memchr::memchr(b'\n', &read[searched..]) {
                let end = searched + at + 1;
                self.rest.extend_from_slice(&read[end..]);
                line.n_bytes = end;
                return Ok(());
            }
            searched = read.len();
            if read_more(&mut *self.reader, line)? == 0 {
                return Ok(());
            }
        }
    }
}

/// Reads some bytes behind those of a buffer; 0 at the end.
fn read_more(reader: &mut dyn Read, buffer: &mut PageBuffer) -> std::io::Result<usize> {
    loop {
        match reader.read(buffer.room(READ_BYTES)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => {
                let n_bytes = read?;
                buffer.n_bytes += n_bytes;
                return Ok(n_bytes);
            }
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
