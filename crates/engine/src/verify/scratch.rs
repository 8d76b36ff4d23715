//! The folder in which a verification works, so that whoever ends it on the way can remove it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::lock::Lock;

/// How often who ends a verification looks whether it has given up, and the pause between.
const LOOKS: usize = 1000;
const PAUSE: Duration = Duration::from_millis(1);

/// A folder of its own below TMPDIR, while a verification goes on. Clones are of the same folder.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    folder: Arc<Lock<Option<TempDir>>>,
    /// Whether the verification works there no more.
    is_left: Arc<AtomicBool>,
}

impl Scratch {
    /// Makes it anew, and empty.
    pub(crate) fn open(&self) -> std::io::Result<PathBuf> {
        self.remove();
        let mut held = self.folder.hold();
        let folder = tempfile::Builder::new().prefix("convolake-verify-").tempdir()?;
        self.is_left.store(false, Ordering::SeqCst);
        let path = folder.path().to_owned();
        *held = Some(folder);
        Ok(path)
    }

    /// Leaves it, and removes it with all that is in it.
    pub(crate) fn remove(&self) {
        self.is_left.store(true, Ordering::SeqCst);
        self.folder.hold().take();
    }

    /// Removes it under the hands of whoever works there, then ends the process by `exit`. Until then nobody opens it
    /// anew or is done with it: a verification whose files are gone does not get to tell of them.
    pub fn remove_and_exit(&self, exit: impl FnOnce()) {
        let mut held = self.folder.hold();
        if let Some(path) = held.take().map(TempDir::keep) {
            bar(&path);
            // What works there finds its files gone, and gives up, unless it computes for long.
            for _ in 0..LOOKS {
                if self.is_left.load(Ordering::SeqCst) {
                    break;
                }
                std::thread::sleep(PAUSE);
            }
            let _ = fs::remove_file(&path);
        }
        exit();
    }
}

/// Removes a folder and puts an empty file in its place, so that nothing is made there once more. It is moved aside
/// first: a folder that is written to all the while cannot be emptied.
fn bar(path: &Path) {
    let mut aside = Vec::new();
    for number in 0..LOOKS {
        let name = path.with_extension(number.to_string());
        if fs::rename(path, &name).is_ok() {
            aside.push(name);
        }
        if fs::File::create_new(path).is_ok() {
            break;
        }
    }
    for folder in aside {
        let _ = fs::remove_dir_all(folder);
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

    /// As the writer of a lake does, which makes the folders above its files.
    #[test]
    fn who_writes_there_meanwhile_leaves_nothing() {
        for _ in 0..5 {
            let scratch = Scratch::default();
            let path = scratch.open().unwrap();
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    let mut numbers = 0..;
                    while fs::create_dir_all(path.join(format!("a/b/{}", numbers.next().unwrap()))).is_ok() {}
                    scratch.remove();
                });
                while !path.join("a/b/9").exists() {}
                scratch.remove_and_exit(|| {
                    assert!(!path.exists());
                });
            });
            assert!(!path.exists());
        }
    }
}
