//! What lies in a folder of a local disk: its entries, all files below it, and their stamps.

use std::fs::{self, Metadata};
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::LoadError;
use crate::storage::object::{Listed, ObjectVersion};

/// Folders of a lake lie no deeper than this; deeper ones are foreign, and a link to a folder above ends here.
const MAX_DEPTH: usize = 8;

/// All files below a folder of the root, sorted by name.
pub(crate) fn below(root: &Path, folder: &str) -> Result<Vec<Listed>, LoadError> {
    files_below(root, folder, |name| !is_under_way(name))
}

/// Those that are still written, or were when their process was killed.
pub(crate) fn under_way_below(root: &Path, folder: &str) -> Result<Vec<Listed>, LoadError> {
    files_below(root, folder, is_under_way)
}

fn files_below(
    root: &Path,
    folder: &str,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Listed>, LoadError> {
    let mut listed = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in entries(&root.join(&folder))? {
            let name = if folder.is_empty() { entry } else { format!("{folder}/{entry}") };
            let path = root.join(&name);
            let metadata = match fs::metadata(&path) {
                // Removed meanwhile, or a link to nothing.
                Err(error) if error.kind() == NotFound => continue,
                other => other.map_err(LoadError::file("look at", &path))?,
            };
            if metadata.is_dir() && depth < MAX_DEPTH {
                folders.push((name, depth + 1));
            } else if is_wanted(&name) {
                let version = stamp(&path, &metadata)?;
                let written_at =
                    metadata.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
                listed.push(Listed { name, n_bytes: metadata.len(), version: Some(version), written_at });
            }
        }
    }
    listed.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(listed)
}

/// The names in a folder, sorted; none where it is absent or no folder.
pub(crate) fn entries(folder: &Path) -> Result<Vec<String>, LoadError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(Vec::new()),
        other => other.map_err(LoadError::file("list the folder", folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LoadError::file("list the folder", folder))?;
        names.extend(entry.file_name().into_string());
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes the folders below this one that hold no file, at any depth. Links are not followed.
pub(crate) fn remove_empty_below(folder: &Path) -> Result<(), LoadError> {
    empty_below(folder, 0).map(drop)
}

/// The same; true where nothing is left in the folder itself.
fn empty_below(folder: &Path, depth: usize) -> Result<bool, LoadError> {
    let mut is_empty = true;
    for name in entries(folder)? {
        let path = folder.join(name);
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        // Who has put something there meanwhile is heard: a folder that holds anything is not removed.
        is_empty &=
            is_folder && depth < MAX_DEPTH && empty_below(&path, depth + 1)? && fs::remove_dir(&path).is_ok();
    }
    Ok(is_empty)
}

/// The stamp of a file: a file and its successor exist side by side before one is renamed over the other, so their
/// numbers differ; one that was copied or brought back has another number or time.
pub(crate) fn stamp(path: &Path, metadata: &Metadata) -> Result<ObjectVersion, LoadError> {
    let modified = metadata.modified().map_err(LoadError::file("look at", path))?;
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let number = 0;
    Ok(ObjectVersion::new(format!("{}-{}-{number}", metadata.len(), since.as_nanos())))
}

/// True for an object that `object_store` is still writing, or was when its process was killed: `name#1`.
fn is_under_way(name: &str) -> bool {
    let number = name.rsplit_once('#').map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
