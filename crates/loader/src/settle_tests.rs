//! Ambiguous answers are settled, and of many writers one wins each number.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::blocking::block_on;
use bytes::Bytes;
use object_store::memory::InMemory;

use crate::faulty_store::FaultyStore;
use crate::objects::{Created, Objects, path};
use crate::seal::sha256;
use crate::settle::{Expected, Settled, write};
use crate::{Lake, Location, commit, layout};

const PIPELINE: &str = "agentx";

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
    println!("figure ambiguous_commits_resolved {k} of {k}");
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
    println!("figure ambiguous_replacements_resolved {k} of {k}");
}

/// Eight writers append 25 commits each, and each number has one winner.
fn writers_race(objects: &[Objects]) {
    const EACH: usize = 25;
    let writers: Vec<_> = objects
        .iter()
        .cloned()
        .enumerate()
        .map(|(writer, objects)| {
            std::thread::spawn(move || {
                let mut won = Vec::new();
                let mut seq = 1;
                while won.len() < EACH {
                    let name = layout::commit(PIPELINE, seq);
                    let content = Bytes::from(format!("{writer} {seq} {}", won.len()));
                    if block_on(objects.create(&name, content)).unwrap() == Created::Ours {
                        won.push(seq);
                    }
                    seq += 1;
                }
                won
            })
        })
        .collect();
    let mut won: Vec<u64> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
    won.sort_unstable();
    let dense: Vec<u64> = (1..=(objects.len() * EACH) as u64).collect();
    assert_eq!(won, dense, "each number has one winner, and none is left out");
    let listed = block_on(objects[0].list(&layout::commits(PIPELINE))).unwrap();
    let listed: Vec<u64> = listed.iter().filter_map(|name| commit::seq_of(name)).collect();
    assert_eq!(listed, dense);
}

#[test]
fn commits_of_many_writers_are_dense_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(&Location::Folder(folder.path().to_owned())).unwrap();
    writers_race(&std::array::from_fn::<_, 8, _>(|_| lake.objects.clone()));
    println!("figure concurrent_commits_on_disk 200");
}

#[test]
fn commits_of_many_writers_are_dense_in_a_store_that_lies() {
    let memory = Arc::new(InMemory::new());
    let writers: Vec<Objects> = (0..8)
        .map(|seed| Objects::of_store(Arc::new(FaultyStore::new(memory.clone(), seed, 20))).unwrap())
        .collect();
    writers_race(&writers);
    println!("figure concurrent_commits_in_store 200");
}
