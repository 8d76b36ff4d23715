//! How the verification reads a lake: names, whole contents, and table files that may be damaged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::storage::blocking::block_on;
use crate::storage::stored_file::StoredFile;
use crate::storage::{LakeStorage, Listed};
use crate::{DamageCause, LoadError};

/// The names of all files below a folder of the lake, sorted.
pub(crate) fn below(lake: &LakeStorage, folder: &str) -> Result<Vec<String>, LoadError> {
    Ok(block_on(lake.list(folder))?.into_iter().map(|listed| listed.name).collect())
}

/// The names of what lies in a folder of the lake; the root's is empty.
pub(crate) fn entries(lake: &LakeStorage, folder: &str) -> Result<Vec<String>, LoadError> {
    block_on(lake.entries(folder))
}

/// True where there is a folder of this name.
pub(crate) fn is_folder(lake: &LakeStorage, folder: &str) -> Result<bool, LoadError> {
    block_on(lake.is_folder(folder))
}

/// An object's bytes; `None` where there is none.
pub(crate) fn object(lake: &LakeStorage, name: &str) -> Result<Option<bytes::Bytes>, LoadError> {
    block_on(lake.get(name))
}

/// A file in the version it has now, which is downloaded once at the most, however often it is read from here.
pub(crate) fn file(lake: &LakeStorage, name: &str) -> Result<StoredFile, LoadError> {
    let gone = || LoadError::damaged(name, DamageCause::Content("it is gone"));
    let found = block_on(lake.find(name))?.ok_or_else(gone)?;
    block_on(lake.file(Listed::found(name, &found)))
}

/// Does something with a file that may be damaged: the reader of Parquet does not promise to end with an error.
pub(crate) fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, LoadError>) -> Result<T, LoadError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        let panicked = std::io::Error::other("the reader of Parquet panicked");
        Err(LoadError::file("read the table file", name.as_ref())(panicked))
    })
}
