//! The lease as a lock of the operating system.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::LoadError;
use crate::lease::held::{LeaseHolder, held_by};
use crate::lease::look::LeaseState;
use crate::storage::durable;

/// How often a lease that is held is asked for again before it counts as another run's, and how long between.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A lock of the operating system on a file.
#[derive(Debug)]
pub(crate) struct Lock {
    // The lock lives as long as the file is open.
    _file: File,
}

impl Lock {
    pub(crate) fn take(path: PathBuf, holder: &LeaseHolder) -> Result<Self, LoadError> {
        if let Some(folder) = path.parent() {
            durable::create_folder(folder)?;
        }
        // Opened without truncation: the words of a live holder stay.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(LoadError::file("open the lease", &path))?;
        let mut looks_left = LOOKS;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                // Somebody may only be looking who holds it.
                Err(TryLockError::WouldBlock) if looks_left > 0 => {
                    looks_left -= 1;
                    std::thread::sleep(BETWEEN_LOOKS);
                }
                Err(TryLockError::WouldBlock) => return Err(held(&mut file)),
                Err(TryLockError::Error(source)) if source.kind() == std::io::ErrorKind::Unsupported => {
                    return Err(LoadError::FileSystemUnfit { path, lacks: "locks (flock)", source });
                }
                Err(TryLockError::Error(error)) => {
                    return Err(LoadError::file("lock the lease", &path)(error));
                }
            }
        }
        let words = serde_json::to_vec(holder).unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(&words))
            .and_then(|()| file.sync_all())
            .map_err(LoadError::file("write the lease", &path))?;
        Ok(Self { _file: file })
    }
}

/// Looks who holds a lease. A shared lock, for an instant, tells whether an exclusive one is there.
pub(crate) fn look(path: &Path) -> Result<LeaseState, LoadError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(LeaseState::Free),
        opened => opened.map_err(LoadError::file("open the lease", path))?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(LeaseState::Free),
        Err(TryLockError::WouldBlock) => Ok(LeaseState::Held(words(&mut file))),
        Err(TryLockError::Error(error)) => Err(LoadError::file("look at the lease", path)(error)),
    }
}

fn words(file: &mut File) -> Option<LeaseHolder> {
    let mut words = String::new();
    // The holder may be writing its words at this moment; that it holds the lock is what counts.
    file.take(4096).read_to_string(&mut words).ok()?;
    serde_json::from_str(&words).ok()
}

fn held(file: &mut File) -> LoadError {
    match words(file) {
        Some(holder) => held_by(&holder),
        None => LoadError::LeaseHeld { holder: "a run that has just begun".into(), since: "now".into() },
    }
}
