//! A folder of this process for work in progress.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::LoadError;

const PREFIX: &str = "convolake-";
const LOCK: &str = "lock";

/// A folder of this process in TMPDIR, for what a lake elsewhere needs on a disk: spilled rows, table files in the
/// making, parts of stored ones. It goes with its owner; that of a killed process is cleared by the next.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    // Says as long as it is locked that somebody lives here.
    _lock: File,
}

impl Scratch {
    pub(crate) fn new() -> Result<Self, LoadError> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(parent: &Path) -> Result<Self, LoadError> {
        clear_abandoned(parent);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent);
        let folder = folder.map_err(LoadError::file("create a scratch folder in", parent))?;
        let path = folder.path().join(LOCK);
        // Locked before it has its name, or another process could find it in between and take us for dead.
        let unnamed = path.with_extension("new");
        let lock = || -> std::io::Result<File> {
            let lock = File::create(&unnamed)?;
            lock.try_lock()?;
            fs::rename(&unnamed, &path)?;
            Ok(lock)
        };
        let lock = lock().map_err(LoadError::file("lock the scratch folder", &path))?;
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Clears what killed processes left: folders of ours whose lock nobody holds. What cannot be cleared stays.
fn clear_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    let ours = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PREFIX))
    };
    for folder in entries.flatten().map(|entry| entry.path()).filter(ours) {
        // One without a lock file is just being made.
        let Ok(lock) = File::open(folder.join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            tracing::debug!(folder = %folder.display(), "clearing the scratch folder of a killed run");
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_dead_process_is_cleared_and_that_of_a_live_one_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let live = Scratch::new_in(parent.path()).unwrap();
        let dead = parent.path().join("convolake-dead");
        let foreign = parent.path().join("convolake-without-lock");
        fs::create_dir(&dead).unwrap();
        fs::create_dir(&foreign).unwrap();
        File::create(dead.join(LOCK)).unwrap();
        let path = live.path().to_owned();
        drop(Scratch::new_in(parent.path()).unwrap());
        assert!(path.exists() && foreign.exists());
        assert!(!dead.exists());
        drop(live);
        assert!(!path.exists());
    }
}
