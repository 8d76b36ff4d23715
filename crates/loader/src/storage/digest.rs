//! SHA-256 of content, in hexadecimal digits.

use std::fmt::Write;
use std::io::Read;

use sha2::{Digest, Sha256};

const READ_BYTES: usize = 256 * 1024;

/// The size of a content and its SHA-256: by this it is known, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContentDigest {
    pub(crate) n_bytes: u64,
    pub(crate) sha256: String,
}

impl ContentDigest {
    /// The digest of what is read to its end.
    pub(crate) fn of(mut content: impl Read) -> std::io::Result<Self> {
        let (mut n_bytes, mut hash) = (0, Sha256::new());
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match content.read(&mut buffer)? {
                0 => return Ok(Self { n_bytes, sha256: hex(&hash.finalize()) }),
                n_read => {
                    n_bytes += n_read as u64;
                    hash.update(&buffer[..n_read]);
                }
            }
        }
    }
}

/// The SHA-256 of bytes, in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
