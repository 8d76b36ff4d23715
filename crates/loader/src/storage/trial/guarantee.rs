//! What a lake relies on of its storage, by name.

/// Something a lake relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarantee {
    /// Files and folders can be made.
    Write,
    /// What was written is read back as it was.
    ReadAfterWrite,
    /// An object is created only where there is none.
    CreateOnce,
    /// An object is replaced only in the version that is named.
    ReplaceByVersion,
    /// A file takes the place of another in one step.
    PublishInOneStep,
    /// The beginning of an object, and any other part of it, can be read.
    RangeRead,
    /// What was written is listed at once.
    ListAfterWrite,
    /// An object keeps the metadata it was written with.
    Metadata,
    /// A large object, written in parts, appears when it is complete, and not before.
    MultipartUpload,
    /// What was synced is durable, folders included.
    Sync,
    /// One process at a time holds a lock.
    ProcessLock,
    /// Objects of the protocol's own can be removed; without it they stay, which harms nobody.
    Delete,
}

impl Guarantee {
    /// True where no lake can be written without it.
    pub const fn is_required(self) -> bool {
        !matches!(self, Self::Delete)
    }

    /// The guarantee in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Write => "files and folders can be made",
            Self::ReadAfterWrite => "what is written is read back",
            Self::CreateOnce => "an object is created once",
            Self::ReplaceByVersion => "only the version named is replaced (If-Match)",
            Self::PublishInOneStep => "a file is replaced in one step",
            Self::RangeRead => "ranges are read",
            Self::ListAfterWrite => "what was just written is listed",
            Self::Metadata => "object metadata is kept",
            Self::MultipartUpload => "uploads in parts are visible only when complete",
            Self::Sync => "files and folders can be synced",
            Self::ProcessLock => "one run at a time holds the lock",
            Self::Delete => "objects can be removed",
        }
    }
}
