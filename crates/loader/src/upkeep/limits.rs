//! How much is done at once.

/// Members of an archive, at the most: its table is read whole.
pub(crate) const MAX_MEMBERS: usize = 2048;
/// Bytes of an archive, which is made in memory.
pub(crate) const MAX_ARCHIVE_BYTES: u64 = 8 << 20;
/// An object of this size or more stays by itself.
pub(crate) const LARGE_BYTES: u64 = 4 << 20;
/// Archives that one commit names anew.
pub(crate) const ARCHIVES_A_ROUND: usize = 8;
/// Objects that are read at once.
pub(crate) const READS_AT_ONCE: usize = 8;
/// The newest commits, and the newest reports, stay by themselves: readers and runs that go on may be about to read them.
pub(crate) const KEPT: usize = 64;
/// Commits or reports are worth an archive from so many on.
pub(crate) const MIN_BUNDLED: usize = 64;

/// The objects that one upkeep takes up, at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpkeepLimit {
    /// All there are.
    None,
    /// So many of each kind.
    Objects(usize),
}

impl UpkeepLimit {
    pub(crate) const fn objects(self) -> usize {
        match self {
            Self::None => usize::MAX,
            Self::Objects(objects) => objects,
        }
    }
}
