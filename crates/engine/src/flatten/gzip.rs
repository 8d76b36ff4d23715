//! Gzip as `gunzip` reads it: several members one behind the other, and zeros behind the last, as tapes and block devices leave them.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// What a member begins with (RFC 1952).
const MEMBER: u8 = 0x1f;

/// The text of all members.
pub(super) struct GzipMembers<R> {
    /// The member under way; `None` behind the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(super) fn new(compressed: R) -> Self {
        Self { member: Some(GzDecoder::new(compressed)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n_bytes = member.read(into)?;
            if n_bytes > 0 || into.is_empty() {
                return Ok(n_bytes);
            }
            let Some(ended) = self.member.take() else { break };
            self.member = next_member(ended.into_inner())?.map(GzDecoder::new);
        }
        Ok(0)
    }
}

/// What comes behind a member, at the next one; `None` where none comes.
fn next_member<R: BufRead>(mut compressed: R) -> io::Result<Option<R>> {
    let mut has_zeros = false;
    loop {
        let bytes = compressed.fill_buf()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        match bytes.iter().position(|byte| *byte != 0) {
            Some(0) if bytes[0] == MEMBER && !has_zeros => return Ok(Some(compressed)),
            Some(_) => {
                return Err(io::Error::new(
                    ErrorKind::InvalidData,
                    "other bytes stand behind the end of what gzip has compressed; cut them off, where they are nothing: gunzip -c FILE > NEW",
                ));
            }
            None => {
                has_zeros = true;
                let n_zeros = bytes.len();
                compressed.consume(n_zeros);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};

    use super::*;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        // A small buffer, so that members and zeros end within it.
        GzipMembers::new(BufReader::with_capacity(7, bytes)).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn members_and_zeros_follow_a_member_and_nothing_else_does() {
        let two = [member("one\n"), member("two\n")].concat();
        assert_eq!(read(&two).unwrap(), "one\ntwo\n");
        assert_eq!(read(&[&two[..], &[0; 1000]].concat()).unwrap(), "one\ntwo\n");
        for behind in [&b"text"[..], b"\0\0text", &[&[0; 3][..], &two].concat()] {
            let error = read(&[&two[..], behind].concat()).unwrap_err();
            assert!(error.to_string().starts_with("other bytes stand behind the end"), "{error}");
        }
        assert_eq!(read(&two[..two.len() - 3]).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
}
