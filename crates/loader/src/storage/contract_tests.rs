//! The contract of a storage as a battery: what every implementation passes, each check with a twin that must fail on a
//! storage that breaks just this promise.

use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::memory::InMemory;

use crate::LoadError;
use crate::storage::blocking::block_on;
use crate::storage::broken_disk::{BrokenDisk, DiskFlaw};
use crate::storage::contract::OpenGate;
use crate::storage::local_disk::LocalDisk;
use crate::storage::local_file::LocalFile;
use crate::storage::remote::aws;
use crate::storage::remote::broken_store::{BrokenStore, Flaw};
use crate::storage::remote::faulty_store::FaultyStore;
use crate::storage::remote::remote_storage::RemoteStorage;
use crate::storage::trial::guarantee::Guarantee;
use crate::storage::trial::{Holds, attempt};
use crate::storage::{Created, Expected, ObjectVersion, Settled, Storage};

#[path = "../../../../tests/end_to_end/s3/store.rs"]
#[expect(dead_code, reason = "tests of the whole product use more of it")]
pub(crate) mod store;

/// A promise that is no [`Guarantee`], as no store is known to break it and no trial asks for it.
type Check = fn(&dyn Storage) -> Result<bool, LoadError>;

const CHECKS: [(&str, Check); 8] = [
    ("what is absent is told as absent", tells_what_is_absent),
    ("lists are sorted, whole, and of one folder", lists_in_order),
    ("entries are folders and objects", tells_entries),
    ("a write made again is known for ours", knows_its_own_again),
    ("versions tell contents apart", tells_versions_apart),
    ("a file is published only where it is expected", publishes_where_expected),
    ("a file is read in one version", reads_one_version),
    ("what is staged is found, and gone already is removed", finds_what_is_staged),
];

/// The guarantees every storage keeps, those it does not rely on included.
const GUARANTEES: [Guarantee; 10] = [
    Guarantee::Write,
    Guarantee::ReadAfterWrite,
    Guarantee::CreateOnce,
    Guarantee::ReplaceByVersion,
    Guarantee::PublishInOneStep,
    Guarantee::RangeRead,
    Guarantee::ListAfterWrite,
    Guarantee::Sync,
    Guarantee::ProcessLock,
    Guarantee::Delete,
];

/// All that a storage does not keep.
fn broken(storage: &dyn Storage) -> Vec<String> {
    let mut broken = Vec::new();
    let guarantees = GUARANTEES.iter().chain(storage.guarantees());
    for (number, guarantee) in guarantees.enumerate() {
        match tried(storage, number, *guarantee) {
            Ok(Ok(())) => {}
            other => broken.push(format!("{guarantee:?}: {other:?}")),
        }
    }
    for (words, check) in CHECKS {
        match check(storage) {
            Ok(true) => {}
            other => broken.push(format!("{words}: {other:?}")),
        }
    }
    broken
}

fn tried(storage: &dyn Storage, number: usize, guarantee: Guarantee) -> Holds {
    block_on(attempt(storage, &format!("trial/{number}"), guarantee))
}

fn remote(store: Arc<dyn ObjectStore>) -> RemoteStorage {
    RemoteStorage::over(store, &aws::WORDS).unwrap()
}

fn disk() -> (tempfile::TempDir, LocalDisk) {
    let folder = tempfile::tempdir().unwrap();
    let disk = LocalDisk::open(folder.path()).unwrap();
    (folder, disk)
}

#[test]
fn a_local_disk_keeps_the_contract() {
    let (_folder, disk) = disk();
    assert_eq!(broken(&disk), [""; 0]);
}

#[test]
fn a_store_in_memory_keeps_the_contract() {
    assert_eq!(broken(&remote(Arc::new(InMemory::new()))), [""; 0]);
}

#[test]
fn a_store_whose_answers_lie_keeps_the_contract() {
    for seed in 0..8 {
        let faulty = FaultyStore::new(Arc::new(InMemory::new()), seed, 30);
        assert_eq!(broken(&remote(Arc::new(faulty))), [""; 0], "seed {seed}");
    }
}

#[test]
fn s3_keeps_the_contract() {
    let server = store::Store::start();
    let settings =
        server.environment().into_iter().fold(AmazonS3Builder::new(), |settings, (name, value)| {
            settings.with_config(name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().unwrap(), value)
        });
    let store = aws::connect_with(settings, store::BUCKET, "contract").unwrap();
    // `s3s-fs` heeds the conditions of writes alone, and not the `If-Match` of a read.
    assert_eq!(broken(&remote(store)), ["a file is read in one version: Ok(false)"]);
}

/// The twins of the guarantees.
#[test]
fn each_guarantee_that_is_broken_is_found() {
    let of_stores = [
        (Guarantee::ReadAfterWrite, Flaw::LosesTheEnd),
        (Guarantee::CreateOnce, Flaw::OverwritesOnCreate),
        (Guarantee::ReplaceByVersion, Flaw::OverwritesOnUpdate),
        (Guarantee::PublishInOneStep, Flaw::LosesTheEnd),
        (Guarantee::RangeRead, Flaw::IgnoresRanges),
        (Guarantee::ListAfterWrite, Flaw::ListsNothing),
        (Guarantee::Metadata, Flaw::LosesMetadata),
        (Guarantee::MultipartUpload, Flaw::ShowsParts),
        (Guarantee::Delete, Flaw::KeepsWhatIsRemoved),
    ];
    for (guarantee, flaw) in of_stores {
        let storage = remote(Arc::new(BrokenStore::with(flaw)));
        let tried = tried(&storage, 0, guarantee);
        assert!(!matches!(tried, Ok(Ok(()))), "{guarantee:?} holds on a store that {flaw:?}");
    }
    let of_disks = [
        (Guarantee::Write, DiskFlaw::IsReadOnly),
        (Guarantee::PublishInOneStep, DiskFlaw::PublishesNothing),
        (Guarantee::Sync, DiskFlaw::DoesNotSync),
        (Guarantee::ProcessLock, DiskFlaw::LocksNobodyOut),
    ];
    for (guarantee, flaw) in of_disks {
        let (_folder, disk) = disk();
        let tried = tried(&BrokenDisk::with(disk, flaw), 0, guarantee);
        assert!(!matches!(tried, Ok(Ok(()))), "{guarantee:?} holds on a disk that {flaw:?}");
    }
}

/// The twins of the checks.
#[test]
fn each_promise_that_is_broken_is_found() {
    let of_stores: [(Check, Flaw); 6] = [
        (tells_what_is_absent, Flaw::KeepsWhatIsRemoved),
        (lists_in_order, Flaw::ListsNothing),
        (tells_entries, Flaw::KeepsWhatIsRemoved),
        (knows_its_own_again, Flaw::LosesMetadata),
        (reads_one_version, Flaw::ReadsAnyVersion),
        (finds_what_is_staged, Flaw::KeepsWhatIsRemoved),
    ];
    for (check, flaw) in of_stores {
        let kept = check(&remote(Arc::new(BrokenStore::with(flaw))));
        assert!(!matches!(kept, Ok(true)), "the twin of {flaw:?} passes");
    }
    let of_disks: [(Check, DiskFlaw); 2] = [
        (tells_versions_apart, DiskFlaw::TellsNoVersionsApart),
        (publishes_where_expected, DiskFlaw::PublishesOverAnything),
    ];
    for (check, flaw) in of_disks {
        let (_folder, disk) = disk();
        let kept = check(&BrokenDisk::with(disk, flaw));
        assert!(!matches!(kept, Ok(true)), "the twin of {flaw:?} passes");
    }
}

fn create(storage: &dyn Storage, name: &str, content: &str) -> Result<Created, LoadError> {
    block_on(storage.create(name, Bytes::from(content.to_owned())))
}

fn remove(storage: &dyn Storage, name: &str) -> Result<(), LoadError> {
    block_on(storage.remove(vec![name.to_owned()]))
}

fn tells_what_is_absent(storage: &dyn Storage) -> Result<bool, LoadError> {
    let name = "absent/object";
    create(storage, name, "text")?;
    remove(storage, name)?;
    Ok(block_on(storage.get(name))?.is_none()
        && block_on(storage.get_with_version(name))?.is_none()
        && block_on(storage.find(name))?.is_none()
        && block_on(storage.list("never/was"))?.is_empty()
        && block_on(storage.entries("never/was"))?.is_empty()
        && !block_on(storage.is_folder("never/was"))?)
}

fn lists_in_order(storage: &dyn Storage) -> Result<bool, LoadError> {
    for name in ["listed/b/2", "listed/a", "listed/b/10", "listed-not/c"] {
        create(storage, name, name)?;
    }
    let listed = block_on(storage.list("listed"))?;
    let names: Vec<&str> = listed.iter().map(|listed| listed.name.as_str()).collect();
    let is_sized = listed.iter().all(|listed| listed.n_bytes == listed.name.len() as u64);
    Ok(names == ["listed/a", "listed/b/10", "listed/b/2"] && is_sized)
}

fn tells_entries(storage: &dyn Storage) -> Result<bool, LoadError> {
    for name in ["entries/folder/x", "entries/object", "entries/removed"] {
        create(storage, name, "text")?;
    }
    remove(storage, "entries/removed")?;
    Ok(block_on(storage.entries("entries"))? == ["folder", "object"]
        && block_on(storage.is_folder("entries/folder"))?
        && !block_on(storage.is_folder("entries/object"))?
        && block_on(storage.entries(""))?.iter().any(|entry| entry == "entries"))
}

fn knows_its_own_again(storage: &dyn Storage) -> Result<bool, LoadError> {
    let name = "again/object";
    let replace = |content: &'static str, expected| {
        block_on(storage.replace(name, Bytes::from_static(content.as_bytes()), &expected))
    };
    let Settled::Ours(version) = replace("one", Expected::Absent)? else { return Ok(false) };
    let is_again = replace("one", Expected::Absent)? == Settled::Ours(version.clone());
    let is_next = matches!(replace("two", Expected::Version(version.clone()))?, Settled::Ours(_));
    let is_next_again = matches!(replace("two", Expected::Version(version))?, Settled::Ours(_));
    let is_created = create(storage, name, "two")? == Created::Ours;
    Ok(is_again && is_next && is_next_again && is_created)
}

fn tells_versions_apart(storage: &dyn Storage) -> Result<bool, LoadError> {
    let name = "versions/object";
    let found = || block_on(storage.find(name)).map(|found| found.map(|found| found.version));
    let replace = |content: &'static str| {
        block_on(storage.replace(name, Bytes::from_static(content.as_bytes()), &Expected::Anything))
    };
    let Settled::Ours(first) = replace("one")? else { return Ok(false) };
    let is_first = found()?.as_ref() == Some(&first);
    let is_read = block_on(storage.get_with_version(name))?.is_some_and(|(_, version)| version == first);
    let listed = block_on(storage.list("versions"))?.remove(0).version;
    let is_listed = listed.is_none_or(|version| version == first);
    let Settled::Ours(second) = replace("two")? else { return Ok(false) };
    Ok(is_first && is_read && is_listed && second != first && found()?.as_ref() == Some(&second))
}

/// A file on the disk for work in progress.
fn work_file(storage: &dyn Storage, name: &str, content: &str) -> LocalFile {
    let path = storage.work_folder().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    LocalFile::at(path)
}

fn publish(
    storage: &dyn Storage,
    name: &str,
    content: &str,
    expected: &Expected,
) -> Result<Settled, LoadError> {
    block_on(async {
        storage.prepare(&[name]).await?;
        let settled =
            storage.publish(&work_file(storage, "work/file", content), name, expected, &OpenGate).await?;
        storage.make_durable(&["work/file", name]).await?;
        Ok(settled)
    })
}

fn publishes_where_expected(storage: &dyn Storage) -> Result<bool, LoadError> {
    let name = "tables/new/part-0";
    let Settled::Ours(first) = publish(storage, name, "one", &Expected::Absent)? else { return Ok(false) };
    let is_there = publish(storage, name, "other", &Expected::Absent)?;
    let stale = Expected::Version(ObjectVersion::none_has());
    let is_stale = publish(storage, name, "other", &stale)?;
    let is_kept = block_on(storage.get(name))?.as_deref() == Some(b"one");
    let second = publish(storage, name, "two", &Expected::Version(first))?;
    let third = publish(storage, name, "three", &Expected::Anything)?;
    let are_ours = matches!((second, third), (Settled::Ours(_), Settled::Ours(_)));
    let is_last = block_on(storage.get(name))?.as_deref() == Some(b"three");
    Ok(matches!((is_there, is_stale), (Settled::Other(Some(_)), Settled::Other(Some(_))))
        && is_kept
        && are_ours
        && is_last)
}

/// Of a file that is replaced while it is read, the rest is of the same version, or there is an error.
fn reads_one_version(storage: &dyn Storage) -> Result<bool, LoadError> {
    let name = "tables/read/part-0";
    let content = |letter: &str| letter.repeat(3_000_000);
    publish(storage, name, &content("a"), &Expected::Absent)?;
    let file = block_on(storage.file(block_on(storage.list("tables/read"))?.remove(0)))?.open()?;
    let mut read = [0; 10];
    file.read_full_at(0, &mut read).unwrap();
    if read != *b"aaaaaaaaaa" || file.n_bytes() != 3_000_000 {
        return Ok(false);
    }
    publish(storage, name, &content("b"), &Expected::Anything)?;
    Ok(match file.read_full_at(2_900_000, &mut read) {
        Ok(n_read) => n_read == 10 && read == *b"aaaaaaaaaa",
        Err(_) => matches!(file.take_failure(), Some(LoadError::Overtaken { .. })),
    })
}

fn finds_what_is_staged(storage: &dyn Storage) -> Result<bool, LoadError> {
    let name = "_convolake/staging/p/r/00000001-00001.staged";
    let file = work_file(storage, name, "staged");
    let content = file.digest()?;
    let found = block_on(storage.staged(name, Some(&content)))?;
    let Some(LocalFile { path, .. }) = found else { return Ok(false) };
    let staged = block_on(storage.publish(&file, name, &Expected::Absent, &OpenGate))?;
    block_on(storage.make_durable(&[name]))?;
    let is_there = block_on(storage.get(name))?.as_deref() == Some(b"staged");
    remove(storage, name)?;
    remove(storage, name)?;
    let is_gone = block_on(storage.find(name))?.is_none();
    Ok(path == file.path && matches!(staged, Settled::Ours(_)) && is_there && is_gone)
}
