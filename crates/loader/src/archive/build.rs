//! An archive being made, in memory: it is of bounded size.

use bytes::Bytes;

use crate::LoadError;
use crate::archive::table::{ArchiveRef, Frame, Member, Table};
use crate::storage::digest::sha256;

/// What a frame holds, about: some dozens of lines that are much alike, and so little that one is read at the cost of one.
const FRAME_BYTES: usize = if cfg!(test) { 2 << 10 } else { 128 << 10 };
const COMPRESSION_LEVEL: i32 = 9;

/// Gathers members.
#[derive(Debug, Default)]
pub(crate) struct ArchiveBuilder {
    members: Vec<Member>,
    frames: Vec<Frame>,
    /// The frames, one behind the other.
    content: Vec<u8>,
    /// What the frame to come holds so far.
    plain: Vec<u8>,
}

/// An archive that was made.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) named: ArchiveRef,
    pub(crate) content: Bytes,
    /// The names of its members.
    pub(crate) members: Vec<String>,
}

impl ArchiveBuilder {
    /// Adds an object.
    pub(crate) fn add(
        &mut self,
        name: &str,
        fetched_at: Option<i64>,
        content: &[u8],
    ) -> Result<(), LoadError> {
        self.members.push(Member { name: name.to_owned(), bytes: content.len() as u64, fetched_at });
        self.plain.extend_from_slice(content);
        if self.plain.len() >= FRAME_BYTES { self.end_frame() } else { Ok(()) }
    }

    fn end_frame(&mut self) -> Result<(), LoadError> {
        let plain = std::mem::take(&mut self.plain);
        let frame = zstd::bulk::compress(&plain, COMPRESSION_LEVEL)
            .map_err(|error| LoadError::damaged("(an archive)", error))?;
        self.frames.push(Frame { bytes: frame.len() as u64, plain: plain.len() as u64 });
        self.content.extend_from_slice(&frame);
        Ok(())
    }

    /// The names of the first and the last member.
    pub(crate) fn ends(&self) -> Option<(&str, &str)> {
        Some((&self.members.first()?.name, &self.members.last()?.name))
    }

    /// The archive, under a name that its content's SHA-256 is part of.
    pub(crate) fn build(mut self, name: impl FnOnce(&str) -> String) -> Result<Built, LoadError> {
        if !self.plain.is_empty() {
            self.end_frame()?;
        }
        let name = name(&sha256(&self.content));
        let members: Vec<String> = self.members.iter().map(|member| member.name.clone()).collect();
        let mut content = Table::new(self.frames, self.members).encode(&name)?;
        content.extend_from_slice(&self.content);
        let (bytes, sha256) = (content.len() as u64, sha256(&content));
        let named = ArchiveRef { name, bytes, sha256, members: members.len() as u64 };
        Ok(Built { named, content: content.into(), members })
    }
}
