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
/// Brotli decodes into a buffer of this size.
const BUFFER_BYTES: usize = 64 << 10;

/// Takes a body in piece by piece.
pub(crate) struct BodyReader {
    decoder: Decoder,
}

enum Decoder {
    Plain(Capped),
    Gzip(MultiGzDecoder<Capped>),
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
        let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
        let encoding = encodings.next().map(|value| value.as_bytes().trim_ascii().to_ascii_lowercase());
        let is_encoded = encoding.as_deref().is_some_and(|encoding| !matches!(encoding, b"" | b"identity"));
        let capped = Capped { bytes: Vec::new(), limit_bytes, wire_bytes: 0, is_encoded, fault: None };
        let unknown =
            || TransportError::with_source(TransportFault::Encoding, "an encoding that was not asked for");
        if encodings.next().is_some() {
            return Err(unknown());
        }
        let decoder = match encoding.as_deref() {
            None | Some(b"" | b"identity") => Decoder::Plain(capped),
            Some(b"gzip" | b"x-gzip") => Decoder::Gzip(MultiGzDecoder::new(capped)),
            Some(b"br") => Decoder::Brotli(Box::new(brotli::DecompressorWriter::new(capped, BUFFER_BYTES))),
            Some(b"zstd") => Decoder::Zstd(
                zstd::stream::write::Decoder::new(capped)
                    .map_err(|error| TransportError::with_source(TransportFault::Encoding, error))?,
            ),
            Some(_) => return Err(unknown()),
        };
        Ok(Self { decoder })
    }

    /// Takes the next piece in.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), TransportError> {
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
        Ok(Bytes::from(std::mem::take(&mut self.capped().bytes)))
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
pub(crate) mod tests {
    use super::*;

    /// `plain` in a content encoding.
    pub(crate) fn encoded(encoding: &str, plain: &[u8]) -> Vec<u8> {
        match encoding {
            "gzip" => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
                encoder.write_all(plain).unwrap();
                encoder.finish().unwrap()
            }
            "br" => {
                let mut bytes = Vec::new();
                brotli::CompressorWriter::new(&mut bytes, 4096, 5, 22).write_all(plain).unwrap();
                bytes
            }
            "zstd" => zstd::encode_all(plain, 3).unwrap(),
            _ => plain.to_vec(),
        }
    }

    fn read(encoding: &str, wire: &[u8], limit_bytes: u64, piece: usize) -> Result<Bytes, TransportFault> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        let mut reader = BodyReader::new(&headers, limit_bytes).map_err(|error| error.fault)?;
        for piece in wire.chunks(piece) {
            reader.push(piece).map_err(|error| error.fault)?;
        }
        reader.finish().map_err(|error| error.fault)
    }

    #[test]
    fn every_encoding_in_pieces_of_any_size() {
        let plain = "{\"data\": [\"text\", \"text\", \"ü\"]}".repeat(100);
        for encoding in ["identity", "gzip", "br", "zstd"] {
            let wire = encoded(encoding, plain.as_bytes());
            for piece in [1, 7, 1 << 20] {
                assert_eq!(read(encoding, &wire, 1 << 20, piece).unwrap(), plain.as_bytes(), "{encoding}");
            }
            assert_eq!(read(encoding, b"", 1 << 20, 1).unwrap(), "", "{encoding}: nothing is an empty body");
        }
        let members = [encoded("gzip", b"one, "), encoded("gzip", b"two")].concat();
        assert_eq!(read("gzip", &members, 1 << 20, 3).unwrap(), "one, two");
    }

    #[test]
    fn what_is_torn_or_lies_is_no_body() {
        let plain = "{\"data\": [\"text\"]}".repeat(100);
        for encoding in ["gzip", "br", "zstd"] {
            let wire = encoded(encoding, plain.as_bytes());
            for length in [1, wire.len() / 2, wire.len() - 1] {
                let torn = read(encoding, &wire[..length], 1 << 20, 1 << 20);
                assert_eq!(
                    torn,
                    Err(TransportFault::Encoding),
                    "{encoding}, {length} of {} bytes",
                    wire.len()
                );
            }
            assert_eq!(
                read(encoding, plain.as_bytes(), 1 << 20, 64),
                Err(TransportFault::Encoding),
                "{encoding}"
            );
        }
        for unknown in ["compress", "deflate", "gzip, gzip"] {
            assert_eq!(read(unknown, b"{}", 1 << 20, 64), Err(TransportFault::Encoding));
        }
    }

    #[test]
    fn bombs_and_giants_stop_at_the_limit() {
        let zeros = vec![0; 32 << 20];
        for encoding in ["gzip", "br", "zstd"] {
            let bomb = encoded(encoding, &zeros);
            assert_eq!(read(encoding, &bomb, 256 << 20, 4096), Err(TransportFault::Bomb), "{encoding}");
            let too_large = Err(TransportFault::TooLarge { limit_bytes: 1 << 20 });
            assert_eq!(read(encoding, &bomb, 1 << 20, 4096), too_large, "{encoding}");
        }
        assert_eq!(read("identity", &zeros, 32 << 20, 4096).map(|body| body.len()), Ok(32 << 20));
    }
}
