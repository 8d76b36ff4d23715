//! The battery: for each guarantee what is done to find out whether it holds.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

use crate::LoadError;
use crate::storage::contract::{Exclusion, OpenGate, Storage, WriteGate};
use crate::storage::digest::sha256;
use crate::storage::durable;
use crate::storage::local_file::LocalFile;
use crate::storage::object::{Created, Expected, Found, ObjectVersion, Settled};
use crate::storage::trial::guarantee::Guarantee;

const FIRST: &[u8] = b"the first content";
const SECOND: &[u8] = b"the second content";

/// Whether a guarantee holds, and if not why.
pub(crate) type Holds = Result<Result<(), String>, LoadError>;

/// Tries out a guarantee with objects below `folder`, where nothing of this guarantee's lies yet.
pub(crate) async fn attempt(storage: &dyn Storage, folder: &str, guarantee: Guarantee) -> Holds {
    match guarantee {
        Guarantee::Write => writes(storage, folder).await,
        Guarantee::ReadAfterWrite => reads_back(storage, folder).await,
        Guarantee::CreateOnce => creates_once(storage, folder).await,
        Guarantee::ReplaceByVersion => replaces_what_is_named(storage, folder).await,
        Guarantee::PublishInOneStep => publishes(storage, folder).await,
        Guarantee::RangeRead => reads_ranges(storage, folder).await,
        Guarantee::ListAfterWrite => lists(storage, folder).await,
        Guarantee::Metadata => keeps_metadata(storage, folder).await,
        Guarantee::MultipartUpload => shows_what_is_complete(storage, folder).await,
        Guarantee::Sync => syncs(storage, folder).await,
        Guarantee::ProcessLock => locks(storage, folder),
        Guarantee::Delete => removes(storage, folder).await,
    }
}

async fn writes(storage: &dyn Storage, folder: &str) -> Holds {
    storage.prepare(&[&format!("{folder}/a/b/file")]).await?;
    local_file(storage, &format!("{folder}/a/b"), "file", FIRST)?;
    holds(true, "")
}

async fn reads_back(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/read-back");
    storage.create(&name, Bytes::from_static(FIRST)).await?;
    holds(is(storage, &name, FIRST).await?, "another content came back")
}

/// The way commits and pages are made.
async fn creates_once(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/once");
    if storage.create(&name, Bytes::from_static(FIRST)).await? != Created::Ours {
        return holds(false, "it is taken for another's");
    }
    let is_taken = storage.create(&name, Bytes::from_static(SECOND)).await? == Created::Taken;
    holds(is_taken && is(storage, &name, FIRST).await?, "the condition was ignored, and it was written over")
}

/// The way leases and table files are replaced.
async fn replaces_what_is_named(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/replaced");
    let replace = async |content: &'static [u8], expected: Expected| {
        storage.replace(&name, Bytes::from_static(content), &expected).await
    };
    let Settled::Ours(version) = replace(FIRST, Expected::Absent).await? else {
        return holds(false, "what was created is not there");
    };
    let other = replace(SECOND, Expected::Version(ObjectVersion::none_has())).await?;
    if !matches!(other, Settled::Other(Some(_))) || !is(storage, &name, FIRST).await? {
        return holds(false, "the condition was ignored, and it was written over");
    }
    if !matches!(replace(SECOND, Expected::Version(version.clone())).await?, Settled::Ours(_)) {
        return holds(false, "the version that stands there is not accepted");
    }
    let stale = replace(FIRST, Expected::Version(version)).await?;
    let is_kept = matches!(stale, Settled::Other(Some(_))) && is(storage, &name, SECOND).await?;
    holds(is_kept, "an old version was accepted")
}

/// The way table files are published.
async fn publishes(storage: &dyn Storage, folder: &str) -> Holds {
    let (staged, name) = (format!("{folder}/staged"), format!("{folder}/published"));
    storage.create(&name, Bytes::from_static(FIRST)).await?;
    let file = local_file(storage, folder, "staged", SECOND)?;
    storage.prepare(&[&name]).await?;
    let settled = storage.publish(&file, &name, &Expected::Anything, &OpenGate).await?;
    storage.make_durable(&[&staged, &name]).await?;
    let is_replaced = matches!(settled, Settled::Ours(_)) && is(storage, &name, SECOND).await?;
    holds(is_replaced, "another content stands there")
}

async fn reads_ranges(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/ranges");
    let replaced = storage.replace(&name, Bytes::from_static(FIRST), &Expected::Absent).await?;
    let start = storage.get_start(&name, 3).await?;
    if start != FIRST[..3] {
        return holds(false, &format!("{} bytes came back for the first 3", start.len()));
    }
    let Settled::Ours(version) = replaced else { return holds(false, "what was created is not there") };
    let listed = crate::storage::Listed {
        name,
        n_bytes: FIRST.len() as u64,
        version: Some(version),
        written_at: None,
    };
    let mut part = [0; 5];
    let file = storage.file(listed).await?.open()?;
    let n_read = file.read_full_at(4, &mut part);
    if let Some(error) = file.take_failure() {
        return Err(error);
    }
    holds(matches!(n_read, Ok(5)) && part == FIRST[4..9], "other bytes came back than stand there")
}

async fn lists(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/listed");
    storage.create(&name, Bytes::from_static(FIRST)).await?;
    let listed = storage.list(folder).await?;
    let is_listed = listed.iter().any(|other| other.name == name && other.n_bytes == FIRST.len() as u64);
    let is_entry = storage.entries(folder).await?.iter().any(|entry| entry == "listed");
    holds(is_listed && is_entry, "it is missing from the list")
}

async fn keeps_metadata(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/metadata");
    storage.replace(&name, Bytes::from_static(FIRST), &Expected::Absent).await?;
    let noted = storage.find(&name).await?.and_then(|found| found.sha256);
    holds(noted == Some(sha256(FIRST)), "it is lost")
}

async fn shows_what_is_complete(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/parts");
    let file = local_file(storage, folder, "large", FIRST)?;
    storage.prepare(&[&name]).await?;
    let gate = Looking { storage, name: &name, has_seen: AtomicBool::new(false) };
    let settled = storage.publish_large(&file, &name, &Expected::Absent, &gate).await?;
    if gate.has_seen.load(Ordering::Relaxed) {
        return holds(false, "it is seen before it is complete");
    }
    let found = storage.find(&name).await?;
    let is_whole = matches!(found, Some(Found { n_bytes, .. }) if n_bytes == FIRST.len() as u64);
    holds(matches!(settled, Settled::Ours(_)) && is_whole, "it is not there when it is complete")
}

async fn syncs(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/synced");
    local_file(storage, folder, "synced", FIRST)?;
    storage.make_durable(&[&name]).await?;
    holds(true, "")
}

fn locks(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/lock");
    let open = || match storage.exclusion(&name) {
        Exclusion::RenewedObject(_) => Ok(None),
        Exclusion::ProcessLock(path) => {
            if let Some(folder) = path.parent() {
                durable::create_folder(folder)?;
            }
            File::create(&path).map(Some).map_err(LoadError::file("open the lock", &path))
        }
    };
    let (Some(first), Some(second)) = (open()?, open()?) else { return holds(true, "") };
    let takes = |file: &File| match file.try_lock() {
        Ok(()) => Ok(true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(LoadError::file("lock", name.as_ref())(error)),
    };
    holds(takes(&first)? && !takes(&second)?, "two hold it at once")
}

async fn removes(storage: &dyn Storage, folder: &str) -> Holds {
    let name = format!("{folder}/removed");
    storage.create(&name, Bytes::from_static(FIRST)).await?;
    match storage.remove(vec![name.clone()]).await {
        Ok(()) => holds(storage.find(&name).await?.is_none(), "what was removed is still there"),
        Err(error) => holds(false, &error.to_string()),
    }
}

/// Looks whether the object is seen before it may be.
#[derive(Debug)]
struct Looking<'a> {
    storage: &'a dyn Storage,
    name: &'a str,
    has_seen: AtomicBool,
}

#[async_trait]
impl WriteGate for Looking<'_> {
    async fn before_visible(&self) -> Result<(), LoadError> {
        let is_seen = self.storage.find(self.name).await?.is_some();
        self.has_seen.store(is_seen, Ordering::Relaxed);
        Ok(())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what an attempt answers")]
fn holds(does_hold: bool, reason: &str) -> Holds {
    Ok(if does_hold { Ok(()) } else { Err(reason.to_owned()) })
}

async fn is(storage: &dyn Storage, name: &str, content: &[u8]) -> Result<bool, LoadError> {
    Ok(storage.get(name).await?.as_deref() == Some(content))
}

/// A synced file on the disk for work in progress.
fn local_file(
    storage: &dyn Storage,
    folder: &str,
    name: &str,
    content: &[u8],
) -> Result<LocalFile, LoadError> {
    let folder = storage.work_folder().join(folder);
    durable::create_folder(&folder)?;
    let path = folder.join(name);
    write(&path, content).map_err(LoadError::file("write", &path))?;
    Ok(LocalFile::at(path))
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
}
