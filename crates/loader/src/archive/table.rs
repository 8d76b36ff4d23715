//! What an archive says of its members, in a frame that readers of zstd skip.
//!
//! ```text
//! 50 2a 4d 18  length (4 bytes, little-endian)  zstd({"v":2,"frames":[..],"members":[{"name":..,"bytes":..},..]})   the first frame
//! zstd frames, in the order of the table: the contents of some members each, one behind the other
//! ```
//!
//! `frames` are their sizes, compressed and plain; `bytes` is the size of a member's content. Earlier releases wrote version 1: no
//! `frames`, and a frame a member, whose compressed size `bytes` is.

use serde::{Deserialize, Serialize};

use crate::LoadError;
use crate::error::DamageCause;

/// What a skippable frame of zstd begins with.
const MAGIC: [u8; 4] = 0x184d_2a50_u32.to_le_bytes();
/// The bytes before the table.
pub(crate) const HEAD_BYTES: usize = 8;
const FRAME_A_MEMBER: u32 = 1;
const VERSION: u32 = 2;
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

/// A frame of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frame {
    /// Its size.
    pub(crate) bytes: u64,
    /// The size of what it holds; 0 where that is not known.
    pub(crate) plain: u64,
}

/// What an archive holds, in order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table {
    v: u32,
    #[serde(default)]
    pub(crate) frames: Vec<Frame>,
    pub(crate) members: Vec<Member>,
}

impl Table {
    pub(crate) const fn new(frames: Vec<Frame>, members: Vec<Member>) -> Self {
        Self { v: VERSION, frames, members }
    }

    /// The first frame of an archive.
    pub(crate) fn encode(&self, object: &str) -> Result<Vec<u8>, LoadError> {
        let json = serde_json::to_vec(self).map_err(|error| LoadError::damaged(object, error))?;
        let table = zstd::bulk::compress(&json, COMPRESSION_LEVEL)
            .map_err(|error| LoadError::damaged(object, error))?;
        let too_long = |_| LoadError::damaged(object, DamageCause::Content("its table is too long"));
        let length = u32::try_from(table.len()).map_err(too_long)?.to_le_bytes();
        Ok([&MAGIC[..], &length, &table].concat())
    }

    pub(crate) fn decode(object: &str, table: &[u8]) -> Result<Self, LoadError> {
        let json = zstd::decode_all(table).map_err(|error| LoadError::damaged(object, error))?;
        let table: Self = serde_json::from_slice(&json).map_err(|error| LoadError::damaged(object, error))?;
        match table.v {
            FRAME_A_MEMBER | VERSION => Ok(table),
            found => Err(LoadError::Newer { object: object.to_owned(), found, known: VERSION }),
        }
    }

    /// True where each member is a frame of its own.
    pub(crate) const fn has_frame_a_member(&self) -> bool {
        self.v == FRAME_A_MEMBER
    }
}

/// The length of the table, by the first bytes of an archive.
pub(crate) fn length(object: &str, head: &[u8]) -> Result<usize, LoadError> {
    let length = head.strip_prefix(&MAGIC).and_then(|rest| rest.first_chunk());
    let length =
        length.ok_or_else(|| LoadError::damaged(object, DamageCause::Content("it is no archive")))?;
    Ok(u32::from_le_bytes(*length) as usize)
}
