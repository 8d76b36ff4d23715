//! Whether a folder keeps what a lake in it relies on: tried out in a folder of its own, which is gone afterwards.

use std::fs;
use std::fs::File;
use std::fs::TryLockError;
use std::io::Error;
use std::io::ErrorKind;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;

use crate::LoadError;
use crate::storage::blocking::block_on;
use crate::storage::durable;
use crate::storage::objects::{Created, Objects};

/// What came of trying out where a lake lies or will lie.
#[derive(Debug)]
pub struct StoreTrial {
    /// Where it was tried out: the lake's folder, or the nearest one above that is there.
    pub place: String,
    /// Each guarantee, and why it does not hold.
    pub guarantees: Vec<(StoreGuarantee, Option<TrialFailure>)>,
    /// The space that is left, where the system tells.
    pub free_bytes: Option<u64>,
}

/// What a lake relies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreGuarantee {
    /// Files and folders can be made.
    Write,
    /// An object that is there is never written over by one that is to be created.
    CreateOnce,
    /// A file takes the place of another in one step.
    Replace,
    /// What was synced is durable, folders included.
    Sync,
    /// One process at a time holds a lock.
    Lock,
}

impl StoreGuarantee {
    /// The guarantee in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Write => "files and folders can be made",
            Self::CreateOnce => "an object is created once",
            Self::Replace => "a file is replaced in one step",
            Self::Sync => "files and folders can be synced",
            Self::Lock => "one run at a time holds the lock",
        }
    }
}

/// Why a guarantee does not hold.
#[derive(Debug)]
pub enum TrialFailure {
    /// The store does not let us.
    Refused(Error),
    /// It could not be tried out.
    Failed(LoadError),
    /// It was tried out, and does not hold.
    Broken,
}

impl StoreTrial {
    /// Tries out whether a lake in this folder would keep its promises. Blocks.
    pub fn of_folder(folder: &Path) -> Self {
        let place = nearest(folder);
        let trial = place.join(format!(".convolake-check-{}", std::process::id()));
        let guarantees = match fs::create_dir(&trial) {
            Ok(()) => try_out(&trial),
            Err(error) => vec![(StoreGuarantee::Write, Some(failed("create a folder in", &place, error)))],
        };
        // It could not be made, or all of it is ours.
        drop(fs::remove_dir_all(&trial));
        Self { free_bytes: fs4::available_space(&place).ok(), place: place.display().to_string(), guarantees }
    }
}

/// The folder, or the nearest above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let found = folder.ancestors().find(|folder| folder.is_dir());
    found.filter(|found| !found.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn try_out(folder: &Path) -> Vec<(StoreGuarantee, Option<TrialFailure>)> {
    type Attempt = fn(&Path) -> Result<bool, LoadError>;
    let attempts: [(StoreGuarantee, Attempt); 5] = [
        (StoreGuarantee::Write, writes),
        (StoreGuarantee::CreateOnce, creates_once),
        (StoreGuarantee::Replace, replaces),
        (StoreGuarantee::Sync, syncs),
        (StoreGuarantee::Lock, locks),
    ];
    let failure = |held: Result<bool, LoadError>| match held {
        Ok(true) => None,
        Ok(false) => Some(TrialFailure::Broken),
        Err(LoadError::File { act, path, source }) => Some(failed(act, &path, source)),
        Err(error) => Some(TrialFailure::Failed(error)),
    };
    attempts.into_iter().map(|(guarantee, attempt)| (guarantee, failure(attempt(folder)))).collect()
}

fn failed(act: &'static str, path: &Path, error: Error) -> TrialFailure {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => TrialFailure::Refused(error),
        _ => TrialFailure::Failed(LoadError::file(act, path)(error)),
    }
}

fn writes(folder: &Path) -> Result<bool, LoadError> {
    durable::create_folder(&folder.join("a/b"))?;
    write(&folder.join("a/b/file"), b"text")?;
    Ok(true)
}

/// The way commits and pages are made.
fn creates_once(folder: &Path) -> Result<bool, LoadError> {
    let store = LocalFileSystem::new_with_prefix(folder).map_err(LoadError::object("open", ""))?;
    let objects = Objects::of_files(Arc::new(store.with_fsync(true)));
    let create = |text: &'static [u8]| block_on(objects.create("once", Bytes::from_static(text)));
    Ok(create(b"one")? == Created::Ours && create(b"two")? == Created::Taken)
}

/// The way table files are published.
fn replaces(folder: &Path) -> Result<bool, LoadError> {
    let (from, to) = (folder.join("staged"), folder.join("published"));
    write(&to, b"before")?;
    write(&from, b"after")?;
    durable::publish(&from, &to)?;
    let found = fs::read(&to).map_err(LoadError::file("read", &to))?;
    Ok(found == b"after" && !from.exists())
}

fn syncs(folder: &Path) -> Result<bool, LoadError> {
    let path = folder.join("synced");
    write(&path, b"text")?;
    durable::sync_folder(folder)?;
    Ok(true)
}

fn locks(folder: &Path) -> Result<bool, LoadError> {
    let path = folder.join("lock");
    let open = || File::create(&path).map_err(LoadError::file("open the lock", &path));
    let (first, second) = (open()?, open()?);
    let held = |file: &File| match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(LoadError::file("lock", &path)(error)),
    };
    Ok(held(&first)? && !held(&second)?)
}

fn write(path: &Path, content: &[u8]) -> Result<(), LoadError> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.map_err(LoadError::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_folder_keeps_every_guarantee_and_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("not/yet");
        let trial = StoreTrial::of_folder(&absent);
        assert_eq!(trial.place, folder.path().display().to_string());
        assert!(trial.free_bytes.is_some_and(|bytes| bytes > 0));
        assert_eq!(trial.guarantees.len(), 5);
        for (guarantee, failure) in &trial.guarantees {
            assert!(failure.is_none(), "{guarantee:?}: {failure:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_folder_for_writing_is_found_out() {
        // Nobody writes there, not even root.
        let trial = StoreTrial::of_folder(Path::new("/proc"));
        assert!(matches!(trial.guarantees[..], [(StoreGuarantee::Write, Some(_))]), "{trial:?}");
    }
}
