//! A whole, synced file of this machine that is to become an object.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::LoadError;
use crate::storage::digest::ContentDigest;

/// A whole file of this machine, synced by its writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    /// What it holds, where its writer has told; found by reading where it has to be known.
    pub(crate) digest: Option<ContentDigest>,
}

impl LocalFile {
    /// A file of a content that is not known yet.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), digest: None }
    }

    /// What it holds.
    pub(crate) fn digest(&self) -> Result<ContentDigest, LoadError> {
        match &self.digest {
            Some(known) => Ok(known.clone()),
            None => digest_of(&self.path),
        }
    }
}

/// What a file holds, by reading it.
pub(crate) fn digest_of(path: &Path) -> Result<ContentDigest, LoadError> {
    File::open(path).and_then(ContentDigest::of).map_err(LoadError::file("read", path))
}
