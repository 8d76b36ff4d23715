//! An archive being made, in memory: it is of bounded size.

use bytes::Bytes;

use crate::LoadError;
use crate::archive::table;
use crate::archive::table::{ArchiveRef, Member};
use crate::storage::digest::sha256;

/// Gathers members.
#[derive(Debug, Default)]
pub(crate) struct ArchiveBuilder {
    members: Vec<Member>,
    content: Vec<u8>,
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
    /// Adds an object; `content` is zstd frames.
    pub(crate) fn add(&mut self, name: &str, fetched_at: Option<i64>, content: &[u8]) {
        self.members.push(Member { name: name.to_owned(), bytes: content.len() as u64, fetched_at });
        self.content.extend_from_slice(content);
    }

    /// All members, one behind the other.
    pub(crate) fn content(&self) -> &[u8] {
        &self.content
    }

    /// The names of the first and the last member.
    pub(crate) fn ends(&self) -> Option<(&str, &str)> {
        Some((&self.members.first()?.name, &self.members.last()?.name))
    }

    /// The archive, under this name.
    pub(crate) fn build(self, name: String) -> Result<Built, LoadError> {
        let members = self.members.iter().map(|member| member.name.clone()).collect();
        let n_members = self.members.len() as u64;
        let mut content = table::encode(&name, self.members)?;
        content.extend_from_slice(&self.content);
        let (bytes, sha256) = (content.len() as u64, sha256(&content));
        let named = ArchiveRef { name, bytes, sha256, members: n_members };
        Ok(Built { named, content: content.into(), members })
    }
}
