//! A state alone is committed, on a disk and in a store, and only where it is another.

use std::sync::Arc;

use object_store::memory::InMemory;
use serde_json::json;

use crate::lease::LeaseTimes;
use crate::storage::LakeStorage;
use crate::{Lake, LeaseHolder, Location};

fn commits_states(lake: &Lake) {
    let since = jiff::Timestamp::UNIX_EPOCH;
    let lease = lake.lease("agentx", &LeaseHolder { run: "r1".into(), pid: 1, since }).unwrap();
    let commit = |state| lake.commit_state(&lease, "r1", state, since).unwrap();
    let first = commit(json!({"watermark": 1})).unwrap();
    assert_eq!((first.seq, first.parent.as_ref(), first.files.len()), (1, None, 0));
    assert_eq!(commit(json!({"watermark": 1})), None);
    let second = commit(json!({"watermark": 2})).unwrap();
    assert_eq!((second.seq, second.parent.as_ref()), (2, Some(&first.attempt)));
    assert_eq!(lake.head("agentx").unwrap(), Some(second));
}

#[test]
fn a_state_is_committed_on_a_disk() {
    let folder = tempfile::tempdir().unwrap();
    commits_states(&Lake::open(&Location::Folder(folder.path().to_owned())).unwrap());
    assert!(!folder.path().join("_convolake/agentx/intents/00000001.json").exists());
}

#[test]
fn a_state_is_committed_in_a_store() {
    let storage = LakeStorage::on_store(Arc::new(InMemory::new())).unwrap();
    commits_states(&Lake::over(storage, LeaseTimes::USUAL));
}
