//! What is fit passes and is left as it was; what is not is told by name.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use object_store::memory::InMemory;

use crate::Location;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::trial::guarantee::Guarantee;
use crate::storage::trial::run::try_out;
use crate::storage::trial::{Trial, try_location};

fn of_folder(folder: &Path) -> Trial {
    try_location(&Location::Folder(folder.to_owned()), "t1").unwrap()
}

#[test]
fn a_usual_folder_keeps_every_guarantee_and_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("not/yet");
    let trial = of_folder(&absent);
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
    let trial = of_folder(Path::new("/proc"));
    assert!(matches!(trial.guarantees[..], [(Guarantee::Write, Some(_))]), "{trial:?}");
}

#[test]
fn a_store_that_keeps_all_is_fit_and_nothing_stays() {
    let storage = LakeStorage::on_store(Arc::new(InMemory::new())).unwrap();
    let outcomes = block_on(try_out(&*storage, "_convolake/probe/p1")).unwrap();
    assert_eq!(outcomes.len(), 8);
    assert!(outcomes.iter().all(|(_, failure)| failure.is_none()), "{outcomes:?}");
    assert_eq!(block_on(storage.list("_convolake")).unwrap(), []);
    for _ in 0..2 {
        block_on(storage.guard()).unwrap();
    }
}
