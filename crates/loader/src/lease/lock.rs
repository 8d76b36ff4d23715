use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::PathBuf;

use super::LeaseHolder;
use crate::{LoadError, durable};

/// A lock of the operating system on a file.
#[derive(Debug)]
pub(super) struct Lock {
    // The lock lives as long as the file is open.
    _file: File,
}

impl Lock {
    pub(super) fn take(path: PathBuf, holder: &LeaseHolder) -> Result<Self, LoadError> {
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
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&mut file)),
            Err(TryLockError::Error(error)) => return Err(LoadError::file("lock the lease", &path)(error)),
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

fn held(file: &mut File) -> LoadError {
    let mut words = String::new();
    // The holder may be writing its words at this moment; that it holds the lock is what counts.
    let read = file.take(4096).read_to_string(&mut words).ok();
    match read.and_then(|_| serde_json::from_str::<LeaseHolder>(&words).ok()) {
        Some(holder) => LoadError::held_by(&holder),
        None => LoadError::LeaseHeld { holder: "a run that has just begun".into(), since: "now".into() },
    }
}
