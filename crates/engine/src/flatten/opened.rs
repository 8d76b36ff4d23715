//! A page file by its first bytes: what compresses it, and how its text is encoded. Its name decides where they do not.

use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use convolake_model::ConfigError;

use crate::EngineError;
use crate::flatten::gzip::GzipMembers;

/// So many first bytes tell what a file is.
const HEAD_BYTES: usize = 4;
/// RFC 1952.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// RFC 8878; a skippable frame begins with `0x184D2A5?`, little-endian.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const ZSTD_SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];
const UTF_8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// What compresses a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// The text of a page file.
pub(super) struct Opened {
    /// Gives the text behind `head`.
    pub(super) reader: Box<dyn Read + Send>,
    /// The first bytes of the text, without a byte order mark.
    pub(super) head: Vec<u8>,
    /// True where the name says that the file is one page.
    pub(super) is_named_whole: bool,
}

impl Opened {
    /// Opens a file and reads its first bytes.
    ///
    /// # Errors
    /// It cannot be read; its text is UTF-16 or UTF-32.
    pub(super) fn open(path: &Path) -> Result<Self, EngineError> {
        let failed = |source| EngineError::ReadFile { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(failed)?;
        let head = head(&mut file).map_err(failed)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let (plain, named) = by_name(&name);
        let compression = by_head(&head).unwrap_or(match is_text(&head) {
            true => Compression::None,
            false => named,
        });
        if let Some(words) = is_other(&head, compression) {
            return Err(failed(io::Error::new(ErrorKind::InvalidData, words)));
        }
        let bytes = Cursor::new(head).chain(file);
        let mut reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(bytes),
            Compression::Gzip => Box::new(GzipMembers::new(BufReader::new(bytes))),
            Compression::Zstd => Box::new(zstd::Decoder::new(bytes).map_err(failed)?),
        };
        let mut head = self::head(&mut reader).map_err(failed)?;
        if let Some(encoding) = wide_encoding(&head) {
            return Err(ConfigError::new(
                path.display().to_string(),
                0,
                format!("this file is {encoding}, and pages are UTF-8; nothing was written"),
            )
            .with_hint(Some(format!("convert it: iconv -f {encoding} -t UTF-8 FILE")))
            .into());
        }
        if head.starts_with(UTF_8_MARK) {
            head.drain(..UTF_8_MARK.len());
        }
        Ok(Self { reader, head, is_named_whole: plain.ends_with(".json") })
    }
}

/// The first bytes, fewer where there are no more.
fn head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    reader.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// A name without what says how the file is compressed, and what it says.
fn by_name(name: &str) -> (&str, Compression) {
    match name.rsplit_once('.') {
        Some((plain, "gz" | "gzip")) => (plain, Compression::Gzip),
        Some((plain, "zst" | "zstd")) => (plain, Compression::Zstd),
        _ => (name, Compression::None),
    }
}

fn by_head(head: &[u8]) -> Option<Compression> {
    if head.starts_with(GZIP) {
        return Some(Compression::Gzip);
    }
    let is_skippable = head.first().is_some_and(|first| first & 0xf0 == 0x50) && head[1..] == *ZSTD_SKIPPABLE;
    (head.starts_with(ZSTD) || is_skippable).then_some(Compression::Zstd)
}

/// That a file is not compressed as its name says, where its first bytes show it.
fn is_other(head: &[u8], compression: Compression) -> Option<&'static str> {
    match (compression, head.len() >= GZIP.len() && by_head(head) != Some(compression)) {
        (Compression::Gzip, true) => Some("it is not compressed by gzip"),
        (Compression::Zstd, true) => Some("it is not compressed by zstd"),
        _ => None,
    }
}

/// True where text that may be JSON begins.
fn is_text(head: &[u8]) -> bool {
    head.starts_with(UTF_8_MARK)
        || wide_encoding(head).is_some()
        || head.first().is_some_and(|first| b"{[\" \t\r\n".contains(first))
}

/// The encoding of a text whose letters are two or four bytes each; JSON begins with an ASCII letter.
fn wide_encoding(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [b'{' | b'[', 0, second, 0] if *second != 0 => Some("UTF-16LE"),
        [0, b'{' | b'[', 0, second] if *second != 0 => Some("UTF-16BE"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_before_the_name() {
        for (head, expected) in [
            (&[0x1f, 0x8b, 8, 0][..], Some(Compression::Gzip)),
            (ZSTD, Some(Compression::Zstd)),
            (&[0x5a, 0x2a, 0x4d, 0x18], Some(Compression::Zstd)),
            (&[0x5a], None),
            (b"{\"a\"", None),
            (b"", None),
        ] {
            assert_eq!(by_head(head), expected, "{head:?}");
        }
        for (name, expected) in [
            ("a.json.gz", ("a.json", Compression::Gzip)),
            ("a.jsonl.gzip", ("a.jsonl", Compression::Gzip)),
            ("a.zstd", ("a", Compression::Zstd)),
            ("gz", ("gz", Compression::None)),
        ] {
            assert_eq!(by_name(name), expected);
        }
    }

    #[test]
    fn wide_encodings_are_named() {
        for (head, expected) in [
            (&[0xff, 0xfe, b'{', 0][..], Some("UTF-16")),
            (&[0xfe, 0xff, 0, b'{'], Some("UTF-16")),
            (&[0xff, 0xfe, 0, 0], Some("UTF-32")),
            (b"{\0\"\0", Some("UTF-16LE")),
            (b"\0[\0{", Some("UTF-16BE")),
            (b"{\"a\"", None),
            (b"{", None),
        ] {
            assert_eq!(wide_encoding(head), expected, "{head:?}");
        }
    }
}
