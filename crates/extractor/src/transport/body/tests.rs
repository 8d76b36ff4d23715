//! Bodies in pieces.

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
fn gzip_is_read_where_no_header_says_so() {
    let wire = encoded("gzip", b"{\"data\": []}");
    for word in ["identity", "UTF-8", ""] {
        assert_eq!(read(word, &wire, 1 << 20, 7).unwrap(), "{\"data\": []}", "{word}");
        assert_eq!(read(word, &wire[..wire.len() - 1], 1 << 20, 7), Err(TransportFault::Encoding), "{word}");
    }
    let bomb = encoded("gzip", &vec![0; 32 << 20]);
    assert_eq!(read("identity", &bomb, 256 << 20, 4096), Err(TransportFault::Bomb));
}

#[test]
fn what_is_torn_or_lies_is_no_body() {
    let plain = "{\"data\": [\"text\"]}".repeat(100);
    for encoding in ["gzip", "br", "zstd"] {
        let wire = encoded(encoding, plain.as_bytes());
        for length in [1, wire.len() / 2, wire.len() - 1] {
            let torn = read(encoding, &wire[..length], 1 << 20, 1 << 20);
            assert_eq!(torn, Err(TransportFault::Encoding), "{encoding}, {length} of {} bytes", wire.len());
        }
        assert_eq!(
            read(encoding, plain.as_bytes(), 1 << 20, 64),
            Err(TransportFault::Encoding),
            "{encoding}"
        );
    }
    for unknown in ["compress", "deflate", "UTF-8", "gzip, gzip"] {
        assert_eq!(read(unknown, b"\x78\x9c\xab\x56", 1 << 20, 64), Err(TransportFault::Encoding));
    }
}

#[test]
fn words_that_name_no_encoding_mean_none_where_the_body_reads_so() {
    for word in ["UTF-8", "utf8", "none", "aws-chunked", "binary", "identity", "deflate", "", "none, utf-8"] {
        for body in ["{\"data\": []}", "\u{feff} [1]", "<html>", " {"] {
            assert_eq!(read(word, body.as_bytes(), 1 << 20, 3).unwrap(), body, "{word}");
        }
        let too_large = Err(TransportFault::TooLarge { limit_bytes: 4 });
        assert_eq!(read(word, b"{\"data\": []}", 4, 3), too_large, "{word}");
    }
    let wire = encoded("gzip", b"{}");
    assert_eq!(read("aws-chunked,gzip", &wire, 1 << 20, 3).unwrap(), "{}");
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
