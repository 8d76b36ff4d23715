//! What an archive says of its members, in a frame that readers of zstd skip.
//!
//! ```text
//! 50 2a 4d 18  length (4 bytes, little-endian)  zstd({"v":1,"members":[{"name":..,"bytes":..},..]})   the first frame
//! the members, each one or more zstd frames, in the order of the table
//! ```

use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;

/// What a skippable frame of zstd begins with.
const MAGIC: [u8; 4] = 0x184d_2a50_u32.to_le_bytes();
/// The bytes before the table.
pub(crate) const HEAD_BYTES: usize = 8;
const VERSION: u32 = 1;
const COMPRESSION_LEVEL: i32 = 3;

/// An archive as a commit names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRef {
    /// Its name within the lake.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its content.
    pub sha256: String,
    /// The objects in it.
    pub members: u64,
}

/// An object in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// What it was called in the lake.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    /// Of a landed page: when it was fetched, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fetched_at: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Table {
    v: u32,
    members: Vec<Member>,
}

/// The first frame of an archive.
pub(crate) fn encode(object: &str, members: Vec<Member>) -> Result<Vec<u8>, LoadError> {
    let table = Table { v: VERSION, members };
    let json = serde_json::to_vec(&table).map_err(|error| LoadError::damaged(object, error))?;
    let table =
        zstd::bulk::compress(&json, COMPRESSION_LEVEL).map_err(|error| LoadError::damaged(object, error))?;
    let too_long = |_| LoadError::damaged(object, DamageCause::Content("its table is too long"));
    let length = u32::try_from(table.len()).map_err(too_long)?.to_le_bytes();
    Ok([&MAGIC[..], &length, &table].concat())
}

/// The length of the table, by the first bytes of an archive.
pub(crate) fn length(object: &str, head: &[u8]) -> Result<usize, LoadError> {
    let length = head.strip_prefix(&MAGIC).and_then(|rest| rest.first_chunk());
    let length =
        length.ok_or_else(|| LoadError::damaged(object, DamageCause::Content("it is no archive")))?;
    Ok(u32::from_le_bytes(*length) as usize)
}

/// The members, in order.
pub(crate) fn decode(object: &str, table: &[u8]) -> Result<Vec<Member>, LoadError> {
    let json = zstd::decode_all(table).map_err(|error| LoadError::damaged(object, error))?;
    let table: Table = serde_json::from_slice(&json).map_err(|error| LoadError::damaged(object, error))?;
    match table.v {
        VERSION => Ok(table.members),
        found => Err(LoadError::Newer { object: object.to_owned(), found, known: VERSION }),
    }
}
