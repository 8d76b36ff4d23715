//! What `object_store` does not do for table files on a local disk: create, sync, rename, and sync the folders,
//! so that a name never outlives a power cut without its content.

use std::fs::{self, File};
use std::path::Path;

use crate::LoadError;

/// Creates a folder and all above it, each durable in its parent.
pub(crate) fn create_folder(path: &Path) -> Result<(), LoadError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_folder(parent)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(LoadError::file("create the folder", path)(error)),
        Ok(()) => sync_parent(path),
    }
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), LoadError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|folder| folder.sync_all()).map_err(LoadError::file("sync the folder", path))
}

/// Moves a synced file to its name, creating the folders on the way, and makes both ends durable.
pub(crate) fn publish(from: &Path, to: &Path) -> Result<(), LoadError> {
    if let Some(folder) = to.parent() {
        create_folder(folder)?;
    }
    fs::rename(from, to).map_err(LoadError::file("rename a staged file to", to))?;
    sync_parent(to)?;
    sync_parent(from)
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

fn sync_parent(path: &Path) -> Result<(), LoadError> {
    path.parent().map_or(Ok(()), sync_folder)
}
