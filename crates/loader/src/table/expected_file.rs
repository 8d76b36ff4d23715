//! A table file as a commit names it, held against what stands there before it is read.

use std::sync::OnceLock;

use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::storage::stored_file::StoredFile;
use crate::storage::{LakeStorage, Listed, ObjectVersion};
use crate::{LoadError, paths};

/// The commit that a reader goes by.
#[derive(Debug, Clone)]
pub(crate) struct AsOf {
    pub(crate) pipeline: String,
    pub(crate) seq: u64,
    pub(crate) on_newer: OnNewer,
}

/// What becomes of a file that is another by now, because a later commit is there or about to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnNewer {
    /// It is read as it is: who only looks takes what stands there.
    Follow,
    /// It is an error: who writes has lost the lease.
    Refuse,
}

impl AsOf {
    /// True where a later commit is there, or files of one may be there already.
    pub(crate) async fn is_past(&self, lake: &LakeStorage) -> Result<bool, LoadError> {
        // In this order: an intent goes when its commit is there.
        let next = self.seq + 1;
        Ok(lake.find(&paths::intent(&self.pipeline, next)).await?.is_some()
            || lake.find(&paths::commit(&self.pipeline, next)).await?.is_some())
    }

    /// Why an object of this commit cannot be read: a run has overtaken the reader, or the lake is damaged.
    pub(crate) async fn fault(&self, lake: &LakeStorage, object: &str, found: &'static str) -> LoadError {
        let object = object.to_owned();
        match self.is_past(lake).await {
            Ok(true) => LoadError::Overtaken { object },
            Ok(false) => LoadError::NotAsCommitted { object, found, commit: self.seq },
            Err(error) => error,
        }
    }
}

/// A table file as a commit names it. What stands under its name is looked at once, when it is first asked for.
#[derive(Debug)]
pub(crate) struct ExpectedFile {
    pub(crate) lake: LakeStorage,
    /// Within the lake.
    pub(crate) name: String,
    pub(crate) content: ContentDigest,
    /// What it was known by when it was written, where that stays as it is until the file is replaced.
    pub(crate) stamp: Option<ObjectVersion>,
    pub(crate) as_of: AsOf,
    pub(crate) stored: OnceLock<StoredFile>,
}

impl ExpectedFile {
    /// The file, if it is the one that the commit names.
    pub(crate) fn stored(&self) -> Result<&StoredFile, LoadError> {
        if let Some(stored) = self.stored.get() {
            return Ok(stored);
        }
        let stored = self.look()?;
        Ok(self.stored.get_or_init(|| stored))
    }

    fn look(&self) -> Result<StoredFile, LoadError> {
        let Some(found) = block_on(self.lake.find(&self.name))? else {
            return Err(block_on(self.as_of.fault(&self.lake, &self.name, "is missing")));
        };
        let file = block_on(self.lake.file(Listed::found(&self.name, &found)))?;
        if self.stamp.as_ref() == Some(&found.version) {
            return Ok(file);
        }
        let is_it = found.n_bytes == self.content.n_bytes
            && match found.sha256 {
                Some(noted) => noted == self.content.sha256,
                None => content(&file)? == self.content,
            };
        if is_it {
            return Ok(file);
        }
        match block_on(self.as_of.fault(&self.lake, &self.name, "has another content")) {
            LoadError::Overtaken { .. } if self.as_of.on_newer == OnNewer::Follow => Ok(file),
            fault => Err(fault),
        }
    }
}

/// Size and SHA-256 of a file, by reading it.
pub(crate) fn content(file: &StoredFile) -> Result<ContentDigest, LoadError> {
    ContentDigest::of(file.open()?.reader(0)).map_err(LoadError::file("read the table file", file.path()))
}
