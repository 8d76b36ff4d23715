//! Ambiguous answers are settled, and of many writers one wins each number.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::storage::blocking::block_on;
use bytes::Bytes;
use object_store::memory::InMemory;

use crate::publish::commit_race_tests::{append, check_dense};
use crate::storage::conditional_put::{Expected, Settled, write};
use crate::storage::faulty_store::FaultyStore;
use crate::storage::objects::{Created, Objects, path};
use crate::storage::seal::sha256;

#[test]
fn a_create_whose_answer_lies_is_known_for_what_it_was() {
    let faulty = Arc::new(FaultyStore::new(Arc::new(InMemory::new()), 7, 40));
    let objects = Objects::of_store(faulty.clone()).unwrap();
    let n_objects = 300;
    for number in 0..n_objects {
        let name = format!("commits/{number}");
        let (ours, theirs) = (Bytes::from(format!("ours {number}")), Bytes::from(format!("theirs {number}")));
        assert_eq!(block_on(objects.create(&name, ours.clone())).unwrap(), Created::Ours, "{name}");
        assert_eq!(block_on(objects.create(&name, ours.clone())).unwrap(), Created::Ours, "again {name}");
        assert_eq!(block_on(objects.create(&name, theirs)).unwrap(), Created::Taken, "{name}");
        assert_eq!(block_on(objects.get(&name)).unwrap(), Some(ours));
    }
    let k = faulty.n_ambiguous.load(Ordering::Relaxed);
    assert!(k > 100, "{k} ambiguous answers");
    println!("figure ambiguous_commits {k}\nfigure ambiguous_commits_resolved {k}");
}

#[test]
fn a_conditional_replacement_whose_answer_lies_is_known_for_what_it_was() {
    let faulty = Arc::new(FaultyStore::new(Arc::new(InMemory::new()), 3, 40));
    let objects = Objects::of_store(faulty.clone()).unwrap();
    let put = |content: String, expected: Expected| {
        let at = path("write", "t/part-0.parquet").unwrap();
        let hash = sha256(content.as_bytes());
        let bytes = Bytes::from(content);
        let write = |store: Arc<dyn object_store::ObjectStore>| async move {
            write(&*store, &at, bytes.into(), &hash, &expected).await
        };
        block_on(objects.run("write", "t", write)).unwrap()
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

#[test]
fn commits_of_many_writers_are_dense_in_a_store_that_lies() {
    const WRITERS: u32 = 8;
    let memory = Arc::new(InMemory::new());
    let start = |seed: u32| {
        let objects = Objects::of_store(Arc::new(FaultyStore::new(memory.clone(), seed.into(), 20))).unwrap();
        std::thread::spawn(move || append(&objects, seed))
    };
    let writers: Vec<_> = (0..WRITERS).map(start).collect();
    let won = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    check_dense(&Objects::of_store(memory).unwrap(), won, WRITERS as usize);
}
