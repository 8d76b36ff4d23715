//! JSON that knows whether it is whole: an object whose last field, `checksum`, is the SHA-256 of all before it.
//! A flipped byte, a lost tail and a file of zeros are all found.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;
use crate::storage::digest::sha256;

const FIELD: &[u8] = b",\"checksum\":\"";
const END: &[u8] = b"\"}\n";

/// Writes a struct that serialises to an object with at least one field.
pub(crate) fn seal(object: &str, content: &impl Serialize) -> Result<Vec<u8>, LoadError> {
    let mut bytes = serde_json::to_vec(content).map_err(|error| LoadError::damaged(object, error))?;
    bytes.pop();
    let checksum = sha256(&bytes);
    bytes.extend_from_slice(FIELD);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes.extend_from_slice(END);
    Ok(bytes)
}

/// Reads what [`seal`] wrote. A `version` above `known` is told apart first: a newer format may seal otherwise.
pub(crate) fn open<T: DeserializeOwned>(object: &str, bytes: &[u8], known: u32) -> Result<T, LoadError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    if let Ok(Version { version: found }) = serde_json::from_slice(bytes)
        && found > known
    {
        return Err(LoadError::Newer { object: object.to_owned(), found, known });
    }
    let tail = FIELD.len() + 64 + END.len();
    let broken = |reason| LoadError::damaged(object, DamageCause::Content(reason));
    let (content, tail) =
        bytes.len().checked_sub(tail).map(|at| bytes.split_at(at)).ok_or(broken("it is cut off"))?;
    let checksum = tail.strip_prefix(FIELD).and_then(|tail| tail.strip_suffix(END));
    if checksum != Some(sha256(content).as_bytes()) {
        return Err(broken("its checksum does not match"));
    }
    serde_json::from_slice(bytes).map_err(|error| LoadError::damaged(object, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    struct Content {
        version: u32,
        text: String,
    }

    fn sealed(version: u32) -> Vec<u8> {
        seal("x", &Content { version, text: "a \"checksum\" within".into() }).unwrap()
    }

    #[test]
    fn what_is_sealed_opens() {
        let content: Content = open("x", &sealed(1), 1).unwrap();
        assert_eq!(content.text, "a \"checksum\" within");
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_is_found() {
        let good = sealed(1);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            assert!(open::<Content>("x", &bad, 1).is_err(), "flipped at {at}");
            assert!(open::<Content>("x", &good[..at], 1).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        assert!(matches!(open::<Content>("x", &sealed(2), 1), Err(LoadError::Newer { found: 2, .. })));
    }
}
