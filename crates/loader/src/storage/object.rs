//! What is said of objects: their versions, what is expected of them, and what became of a write.

use serde::{Deserialize, Serialize};

/// Tells the content under a name from any other that stood or will stand there: a store's e_tag, or on disk a stamp of
/// size, time and inode number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ObjectVersion(String);

impl ObjectVersion {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A version that nothing has.
    pub(crate) fn none_has() -> Self {
        Self::new("\"00000000000000000000000000000000\"")
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) n_bytes: u64,
    /// `None` where listings of the store name no versions.
    pub(crate) version: Option<ObjectVersion>,
    /// When it was written, as far as the storage tells.
    pub(crate) written_at: Option<jiff::Timestamp>,
}

/// What stands under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) version: ObjectVersion,
    pub(crate) n_bytes: u64,
    /// The content's SHA-256 as its writer noted it, where the storage keeps such notes.
    pub(crate) sha256: Option<String>,
}

impl Listed {
    /// What was found under a name, as a listing would have it.
    pub(crate) fn found(name: &str, found: &Found) -> Self {
        let (n_bytes, version) = (found.n_bytes, Some(found.version.clone()));
        Self { name: name.to_owned(), n_bytes, version, written_at: None }
    }
}

/// What a write expects to stand under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing.
    Absent,
    /// This version.
    Version(ObjectVersion),
    /// Whatever stands there: for who alone can write, under a lock that ends with its process.
    Anything,
}

/// What became of an object that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Created {
    /// It stands there with the content given, now or from an earlier attempt.
    Ours,
    /// It stands there with another content.
    Taken,
}

/// What became of a write that expected something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The content stands there, in this version.
    Ours(ObjectVersion),
    /// Something else does, or nothing where something was expected.
    Other(Option<Found>),
}
