//! Page files: one page a file (`.json`) or a line (any other name), compressed (gzip, zstd) or not; where a text shows otherwise, as it
//! shows. A page may be a bare body or a line of the raw zone.

use std::io::{Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::EngineError;
use crate::flatten::documents::{Depth, PagesLie};
use crate::flatten::opened::Opened;
use crate::flatten::page_buffers::{PageBuffer, PageBuffers};

/// One page of a file.
pub(crate) struct FilePage {
    /// The line in the file that it begins in, from 1.
    pub(crate) line: u32,
    pub(crate) bytes: Bytes,
}

/// The pages of a file, one after the other; memory holds one at a time.
pub(crate) struct PageFile<'b> {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    pages_lie: PagesLie,
    /// The lines that were read, or gone by.
    lines: u32,
    /// True once how pages lie is known.
    has_begun: bool,
    buffers: &'b PageBuffers,
    /// What was read behind the last line.
    rest: Vec<u8>,
}

/// What is read at once: as much as a decompressor makes at a time, and little against a page, since what stands behind a
/// line's end is copied.
const READ_BYTES: usize = 64 << 10;

impl<'b> PageFile<'b> {
    pub(crate) fn open(path: &Path, buffers: &'b PageBuffers) -> Result<Self, EngineError> {
        let Opened { reader, head, is_named_whole } = Opened::open(path)?;
        let pages_lie = if is_named_whole { PagesLie::Whole } else { PagesLie::InLines };
        Ok(Self { path: path.to_owned(), reader, pages_lie, lines: 0, has_begun: false, buffers, rest: head })
    }

    pub(crate) fn next(&mut self) -> Result<Option<FilePage>, EngineError> {
        loop {
            let mut buffer = self.buffers.take();
            let read = match self.pages_lie {
                PagesLie::Whole => self.read_whole(&mut buffer),
                PagesLie::InLines => self.read_line(&mut buffer),
                PagesLie::OverLines => self.read_document(&mut buffer),
            };
            let line = read.map_err(|source| EngineError::ReadFile { path: self.path.clone(), source })?;
            let bytes = buffer.as_ref();
            if bytes.is_empty() {
                return Ok(None);
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if !std::mem::replace(&mut self.has_begun, true) {
                let lie = match self.pages_lie {
                    PagesLie::Whole => PagesLie::in_whole(bytes),
                    _ => PagesLie::by_first_line(bytes),
                };
                if lie != self.pages_lie {
                    // Whatever the file's name says: read once more, as they lie.
                    self.pages_lie = lie;
                    self.lines = line - 1;
                    let behind = std::mem::take(&mut self.rest);
                    let reader = std::mem::replace(&mut self.reader, Box::new(std::io::empty()));
                    self.reader = Box::new(Cursor::new(buffer).chain(Cursor::new(behind)).chain(reader));
                    continue;
                }
            }
            return Ok(Some(FilePage { line, bytes: Bytes::from_owner(buffer) }));
        }
    }

    /// All there is; it begins in the first line.
    fn read_whole(&mut self, buffer: &mut PageBuffer) -> std::io::Result<u32> {
        buffer.append(&self.rest);
        self.rest.clear();
        while read_more(&mut *self.reader, buffer)? > 0 {}
        Ok(1)
    }

    /// A document that may go over several lines, with blank ones before it; gives the line that it begins in.
    fn read_document(&mut self, document: &mut PageBuffer) -> std::io::Result<u32> {
        let (mut depth, mut begins_in) = (Depth::default(), None);
        loop {
            let begin = document.n_bytes;
            let line = self.read_line(document)?;
            let read = &document.as_ref()[begin..];
            if read.is_empty() {
                return Ok(begins_in.unwrap_or(line));
            }
            if begins_in.is_none() && read.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if depth.has_ended_after(read) {
                return Ok(begins_in.unwrap_or(line));
            }
            begins_in.get_or_insert(line);
        }
    }

    /// [`BufRead::read_until`] a line's end, without a buffer between and at the speed of `memchr`: a page is a line of
    /// megabytes. Gives the line's number.
    ///
    /// [`BufRead::read_until`]: std::io::BufRead::read_until
    fn read_line(&mut self, line: &mut PageBuffer) -> std::io::Result<u32> {
        self.lines += 1;
        let mut searched = line.n_bytes;
        line.append(&self.rest);
        self.rest.clear();
        loop {
            let read = line.as_ref();
            if let Some(at) = memchr::memchr(b'\n', &read[searched..]) {
                let end = searched + at + 1;
                self.rest.extend_from_slice(&read[end..]);
                line.n_bytes = end;
                return Ok(self.lines);
            }
            searched = read.len();
            if read_more(&mut *self.reader, line)? == 0 {
                return Ok(self.lines);
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
