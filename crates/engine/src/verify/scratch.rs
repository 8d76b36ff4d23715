//! The folder in which a verification works, so that whoever ends it on the way can remove it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::lock::Lock;

/// How often a folder is removed that is written to meanwhile, and the pause between.
const ATTEMPTS: usize = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// A folder of its own below TMPDIR, while a verification goes on. Clones are of the same folder.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    folder: Arc<Lock<Option<TempDir>>>,
}

impl Scratch {
    /// Makes it anew, and empty.
    pub(crate) fn open(&self) -> std::io::Result<PathBuf> {
        let mut held = self.folder.hold();
        remove(&mut held);
        let folder = tempfile::Builder::new().prefix("convolake-verify-").tempdir()?;
        let path = folder.path().to_owned();
        *held = Some(folder);
        Ok(path)
    }

    /// Removes it with all that is in it.
    pub(crate) fn remove(&self) {
        remove(&mut self.folder.hold());
    }

    /// Removes it under the hands of whoever works there, then ends the process by `exit`. Until then nobody opens it
    /// anew or is done with it: a verification whose files are gone does not get to tell of them.
    pub fn remove_and_exit(&self, exit: impl FnOnce()) {
        let mut held = self.folder.hold();
        remove(&mut held);
        exit();
    }
}

/// What is written meanwhile fails, or makes the folder once more, so it is removed until it is gone.
fn remove(folder: &mut Option<TempDir>) {
    let Some(path) = folder.take().map(TempDir::keep) else { return };
    for _ in 0..ATTEMPTS {
        let _ = std::fs::remove_dir_all(&path);
        if !path.exists() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

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

    #[test]
    fn nobody_opens_it_anew_while_the_process_ends() {
        let scratch = Scratch::default();
        let path = scratch.open().unwrap();
        let is_open_anew = AtomicBool::new(false);
        std::thread::scope(|threads| {
            scratch.remove_and_exit(|| {
                threads.spawn(|| {
                    scratch.open().unwrap();
                    is_open_anew.store(true, Ordering::SeqCst);
                });
                std::thread::sleep(Duration::from_millis(50));
                assert!(!is_open_anew.load(Ordering::SeqCst));
                assert!(!path.exists());
            });
        });
        assert!(is_open_anew.load(Ordering::SeqCst));
    }
}
