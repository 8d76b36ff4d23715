//! The folder in which a verification works, so that whoever ends it on the way can remove it.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use crate::lock::Lock;

/// A folder of its own below TMPDIR, while a verification goes on. Clones are of the same folder.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    folder: Arc<Lock<Option<TempDir>>>,
}

impl Scratch {
    /// Makes it anew, and empty.
    pub(crate) fn open(&self) -> std::io::Result<PathBuf> {
        self.remove();
        let folder = tempfile::Builder::new().prefix("convolake-verify-").tempdir()?;
        let path = folder.path().to_owned();
        *self.folder.hold() = Some(folder);
        Ok(path)
    }

    /// Removes it with all that is in it, also under the hands of whoever works there.
    pub fn remove(&self) {
        let folder = self.folder.hold().take();
        if let Some(path) = folder.map(TempDir::keep) {
            // What is written meanwhile fails, or is gone the second time.
            for _ in 0..2 {
                let _ = std::fs::remove_dir_all(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_gone_once_it_is_removed() {
        let scratch = Scratch::default();
        scratch.remove();
        let path = scratch.open().unwrap();
        std::fs::write(path.join("x"), "x").unwrap();
        scratch.clone().remove();
        assert!(!path.exists());
        let path = scratch.open().unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}
