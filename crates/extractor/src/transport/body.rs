//! Decoding a body as it comes off the wire, under a limit of bytes and of the ratio they grow by. Pure.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::{TransportError, TransportFault};

/// What is asked of sources.
pub(crate) const ACCEPT_ENCODING: &str = "gzip, br, zstd";
/// Below this many bytes no ratio is suspicious.
const RATIO_FREE_BYTES: u64 = 8 << 20;
/// JSON of the most repetitive kind shrinks to a few hundredths; bombs to a thousandth and far below.
const RATIO_MAX: u64 = 500;
/// The bytes that gzip begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Brotli decodes into a buffer of this size.
const BUFFER_BYTES: usize = 64 << 10;

/// Takes a body in piece by piece.
pub(crate) struct BodyReader {
    decoder: Decoder,
    /// True where the headers name an encoding that is none, or none that was asked for: then the body is plain if it reads so.
    is_unknown: bool,
}

enum Decoder {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
    Brotli(Box<brotli::DecompressorWriter<Capped>>),
    Zstd(zstd::stream::write::Decoder<'static, Capped>),
}

/// Decoded bytes, up to a limit.
struct Capped {
    bytes: Vec<u8>,
    limit_bytes: u64,
    wire_bytes: u64,
    is_encoded: bool,
    fault: Option<TransportFault>,
}

impl BodyReader {
    /// A reader for the encoding the headers name, of a body of at most `limit_bytes` decoded bytes.
    pub(crate) fn new(headers: &HeaderMap, limit_bytes: u64) -> Result<Self, TransportError> {
        let (encoding, is_unknown) = match encoding_of(headers) {
            Encoding::Known(name) => (name, false),
            Encoding::Unknown => (KnownEncoding::Identity, true),
            Encoding::Layered => {
                let fault = TransportFault::Encoding;
                return Err(TransportError::with_source(fault, "an encoding within another, unasked"));
            }
        };
        let is_encoded = encoding != KnownEncoding::Identity;
        let capped = Capped { bytes: Vec::new(), limit_bytes, wire_bytes: 0, is_encoded, fault: None };
        let decoder = match encoding {
            KnownEncoding::Identity => Decoder::Plain(capped),
            KnownEncoding::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(capped))),
            KnownEncoding::Brotli => {
                Decoder::Brotli(Box::new(brotli::DecompressorWriter::new(capped, BUFFER_BYTES)))
            }
            KnownEncoding::Zstd => Decoder::Zstd(
                zstd::stream::write::Decoder::new(capped)
                    .map_err(|error| TransportError::with_source(TransportFault::Encoding, error))?,
            ),
        };
        Ok(Self { decoder, is_unknown })
    }

    /// Takes the next piece in.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), TransportError> {
        if let Decoder::Plain(capped) = &mut self.decoder
            && capped.wire_bytes == 0
            && piece.starts_with(&GZIP_MAGIC)
        {
            // No JSON begins so: the header that should say it is missing, or the export is a file of this kind.
            let (limit_bytes, bytes) = (capped.limit_bytes, Vec::new());
            let capped = Capped { bytes, limit_bytes, wire_bytes: 0, is_encoded: true, fault: None };
            self.decoder = Decoder::Gzip(Box::new(MultiGzDecoder::new(capped)));
        }
        self.capped().wire_bytes += piece.len() as u64;
        let written = match &mut self.decoder {
            Decoder::Plain(capped) => capped.write_all(piece),
            Decoder::Gzip(decoder) => decoder.write_all(piece),
            Decoder::Brotli(decoder) => decoder.write_all(piece),
            Decoder::Zstd(decoder) => decoder.write_all(piece),
        };
        written.map_err(|error| self.error(error))
    }

    /// The whole body.
    pub(crate) fn finish(mut self) -> Result<Bytes, TransportError> {
        // No bytes are an empty body in any encoding.
        if self.capped().wire_bytes == 0 {
            return Ok(Bytes::new());
        }
        let finished = match &mut self.decoder {
            Decoder::Plain(_) => Ok(()),
            Decoder::Gzip(decoder) => decoder.try_finish(),
            Decoder::Brotli(decoder) => decoder.close(),
            Decoder::Zstd(decoder) => decoder.do_finish(),
        };
        finished.map_err(|error| self.error(error))?;
        let bytes = Bytes::from(std::mem::take(&mut self.capped().bytes));
        match self.is_unknown && !begins_like_json(&bytes) {
            true => {
                let fault = TransportFault::Encoding;
                Err(TransportError::with_source(fault, "an encoding that was not asked for"))
            }
            false => Ok(bytes),
        }
    }

    fn error(&mut self, source: io::Error) -> TransportError {
        match self.capped().fault {
            Some(fault) => TransportError::new(fault),
            None => TransportError::with_source(TransportFault::Encoding, source),
        }
    }

    fn capped(&mut self) -> &mut Capped {
        match &mut self.decoder {
            Decoder::Plain(capped) => capped,
            Decoder::Gzip(decoder) => decoder.get_mut(),
            Decoder::Brotli(decoder) => decoder.get_mut(),
            Decoder::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

/// What the headers say of the body's encoding.
enum Encoding {
    Known(KnownEncoding),
    /// A word that names no encoding we know, as `UTF-8`, `none` or `aws-chunked`.
    Unknown,
    /// One within another.
    Layered,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KnownEncoding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

fn encoding_of(headers: &HeaderMap) -> Encoding {
    let words = headers.get_all(CONTENT_ENCODING).iter();
    let words = words.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let (mut known, mut is_unknown) = (Vec::new(), false);
    for word in words.map(|word| word.trim_ascii().to_ascii_lowercase()) {
        match word.as_slice() {
            b"" | b"identity" => {}
            b"gzip" | b"x-gzip" => known.push(KnownEncoding::Gzip),
            b"br" => known.push(KnownEncoding::Brotli),
            b"zstd" => known.push(KnownEncoding::Zstd),
            _ => is_unknown = true,
        }
    }
    match (known.as_slice(), is_unknown) {
        ([], true) => Encoding::Unknown,
        ([], false) => Encoding::Known(KnownEncoding::Identity),
        // Beside an encoding that is one, such a word says nothing.
        ([one], _) => Encoding::Known(*one),
        _ => Encoding::Layered,
    }
}

/// True for a body that begins as JSON does, and for a page for people, which is told of as such.
fn begins_like_json(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    matches!(body.trim_ascii_start().first(), None | Some(b'{' | b'[' | b'"' | b'<'))
}

impl Write for Capped {
    fn write(&mut self, decoded: &[u8]) -> io::Result<usize> {
        let length = (self.bytes.len() + decoded.len()) as u64;
        let ratio_limit = RATIO_FREE_BYTES.max(self.wire_bytes.saturating_mul(RATIO_MAX));
        self.fault = match self.fault {
            None if length > self.limit_bytes => {
                Some(TransportFault::TooLarge { limit_bytes: self.limit_bytes })
            }
            None if self.is_encoded && length > ratio_limit => Some(TransportFault::Bomb),
            before => before,
        };
        if self.fault.is_some() {
            return Err(io::Error::other("over the limit"));
        }
        self.bytes.extend_from_slice(decoded);
        Ok(decoded.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
