//! Ambiguous answers are settled: each write is known for what became of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use object_store::memory::InMemory;

use crate::storage::blocking::block_on;
use crate::storage::remote::faulty_store::FaultyStore;
use crate::storage::{Created, Expected, LakeStorage, Settled};

fn faulty(seed: u64) -> (Arc<FaultyStore>, LakeStorage) {
    let faulty = Arc::new(FaultyStore::new(Arc::new(InMemory::new()), seed, 40));
    (faulty.clone(), LakeStorage::on_store(faulty).unwrap())
}

#[test]
fn a_create_whose_answer_lies_is_known_for_what_it_was() {
    let (faulty, storage) = faulty(7);
    let n_objects = 300;
    for number in 0..n_objects {
        let name = format!("commits/{number}");
        let (ours, theirs) = (Bytes::from(format!("ours {number}")), Bytes::from(format!("theirs {number}")));
        assert_eq!(block_on(storage.create(&name, ours.clone())).unwrap(), Created::Ours, "{name}");
        assert_eq!(block_on(storage.create(&name, ours.clone())).unwrap(), Created::Ours, "again {name}");
        assert_eq!(block_on(storage.create(&name, theirs)).unwrap(), Created::Taken, "{name}");
        assert_eq!(block_on(storage.get(&name)).unwrap(), Some(ours));
    }
    let k = faulty.n_ambiguous.load(Ordering::Relaxed);
    assert!(k > 100, "{k} ambiguous answers");
    println!("figure ambiguous_commits {k}\nfigure ambiguous_commits_resolved {k}");
}

#[test]
fn a_conditional_replacement_whose_answer_lies_is_known_for_what_it_was() {
    let (faulty, storage) = faulty(3);
    let put = |content: String, expected: Expected| {
        block_on(storage.replace("t/part-0.parquet", content.into(), &expected)).unwrap()
    };
    let Settled::Ours(mut version) = put("content 0".into(), Expected::Absent) else { panic!("taken") };
    for number in 1..200 {
        let before = version.clone();
        let settled = put(format!("content {number}"), Expected::Version(before.clone()));
        let Settled::Ours(next) = settled else { panic!("{number}: {settled:?}") };
        // One that still expects the version before is told what stands there.
        let late = put(format!("late {number}"), Expected::Version(before));
        assert!(matches!(&late, Settled::Other(Some(found)) if found.version == next), "{late:?}");
        version = next;
    }
    let k = faulty.n_ambiguous.load(Ordering::Relaxed);
    println!("figure ambiguous_replacements {k}\nfigure ambiguous_replacements_resolved {k}");
}
