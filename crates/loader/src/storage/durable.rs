//! What `object_store` does not do for table files on a local disk: create, sync, rename, and sync the folders,
//! so that a name never outlives a power cut without its content.

use std::collections::BTreeSet;
use std::fs;
use std::fs::File;
use std::path::Path;

use crate::LoadError;

/// Creates a folder and all above it, each durable in its parent.
pub(crate) fn create_folder(path: &Path) -> Result<(), LoadError> {
    create_folders([path])
}

/// [`create_folder`] of several; a parent of many is synced once.
pub(crate) fn create_folders<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), LoadError> {
    let mut created = BTreeSet::new();
    paths.into_iter().try_for_each(|path| create_missing(path, &mut created))?;
    sync_parents(created)
}

/// Creates a folder and all above it that are not there, and tells which were created.
fn create_missing<'a>(path: &'a Path, created: &mut BTreeSet<&'a Path>) -> Result<(), LoadError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_missing(parent, created)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(LoadError::file("create the folder", path)(error)),
        Ok(()) => {
            created.insert(path);
            Ok(())
        }
    }
}

/// Makes the names of files and folders durable; a parent of several is synced once.
pub(crate) fn sync_parents<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), LoadError> {
    let parents: BTreeSet<&Path> = paths.into_iter().filter_map(Path::parent).collect();
    parents.into_iter().try_for_each(sync_folder)
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), LoadError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|folder| folder.sync_all()).map_err(LoadError::file("sync the folder", path))
}

/// Moves a synced file to its name in a folder that is there. Durable once the parents of both are synced.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), LoadError> {
    fs::rename(from, to).map_err(LoadError::file("rename a staged file to", to))
}

/// Gives a synced file a second name in a folder that is there: as a link, or where the file system has none, as a copy. Durable once the
/// parent is synced.
pub(crate) fn link(from: &Path, to: &Path) -> Result<(), LoadError> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let copy = || {
        fs::copy(from, to)?;
        File::open(to)?.sync_all()
    };
    copy().map_err(LoadError::file("copy a table file to", to))
}

/// Removes a folder of work in progress, if it is there.
pub(crate) fn remove_staging(path: &Path) -> Result<(), LoadError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LoadError::file("remove the staging folder", path)(error))
        }
        _ => Ok(()),
    }
}
