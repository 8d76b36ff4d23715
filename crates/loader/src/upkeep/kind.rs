//! What is archived: where it lies, in which order, and what an archive of it is called.

use bytes::Bytes;

use crate::publish::commit;
use crate::raw::fetched_at;
use crate::{LoadError, paths};

/// A kind of small objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pages,
    Commits,
    Reports,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Pages, Self::Commits, Self::Reports];

    /// Where its objects lie.
    pub(crate) fn folder(self, pipeline: &str) -> String {
        match self {
            Self::Pages => paths::raw_pipeline(pipeline),
            Self::Commits => paths::commits(pipeline),
            Self::Reports => paths::reports(pipeline),
        }
    }

    /// Where its archives lie.
    pub(crate) fn archives(self, pipeline: &str) -> String {
        match self {
            Self::Pages => paths::raw_packs(pipeline),
            Self::Commits | Self::Reports => paths::archives(pipeline),
        }
    }

    /// What an object is sorted and found by: its run, or its number with leading zeros. `None` for what is of no such kind.
    pub(crate) fn key(self, object: &str) -> Option<&str> {
        match self {
            Self::Pages if paths::is_raw_object(object) => Some(paths::raw_run_and_seq(object)?.0),
            Self::Pages => None,
            Self::Commits => {
                commit::seq_of(object)?;
                paths::json_stem(object)
            }
            Self::Reports => paths::json_stem(object),
        }
    }

    /// The name of an archive of the objects with keys from `first` to `last`.
    pub(crate) fn archive(self, pipeline: &str, first: &str, last: &str, digest: &str) -> String {
        match self {
            Self::Pages => paths::raw_pack(pipeline, first, last, digest),
            Self::Commits => paths::archive(pipeline, &format!("commits_{first}_{last}_{digest}")),
            Self::Reports => paths::archive(pipeline, &format!("reports_{first}_{last}_{digest}")),
        }
    }

    /// The first and the last key of an archive; `None` where it is of another kind.
    pub(crate) fn keys_of_archive(self, archive: &str) -> Option<(&str, &str)> {
        match self {
            Self::Pages => paths::runs_of_pack(archive),
            Self::Commits => paths::keys_of_archive("commits", archive),
            Self::Reports => paths::keys_of_archive("reports", archive),
        }
    }

    /// What an object holds: a landed one is compressed.
    pub(crate) fn plain(self, object: &str, content: Bytes) -> Result<Bytes, LoadError> {
        match self {
            Self::Pages => {
                let plain = zstd::decode_all(&*content);
                Ok(plain.map_err(|error| LoadError::damaged(object, error))?.into())
            }
            Self::Commits | Self::Reports => Ok(content),
        }
    }

    /// When a page was fetched, in microseconds since 1970.
    pub(crate) fn fetched_at(self, content: &[u8]) -> Option<i64> {
        match self {
            Self::Pages => Some(fetched_at(content)?.as_microsecond()),
            Self::Commits | Self::Reports => None,
        }
    }
}
