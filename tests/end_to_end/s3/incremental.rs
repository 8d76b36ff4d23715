//! What a merge asks for follows what it touches, not what is there.

use std::fmt::Write;
use std::path::PathBuf;

use tempfile::TempDir;

use super::store::Store;
use crate::convolake::{Convolake, Ended, param};
use crate::lake::Lake;

const PARTITIONS: u64 = 1000;
const FIRST_DAY: u64 = 1_700_006_400;

/// Messages of conversations, each on its day, as a page file.
struct Pages {
    folder: TempDir,
    records: String,
}

impl Pages {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), records: String::new() }
    }

    fn add(&mut self, conversation: u64, day: u64, text: &str) {
        for number in 0..2 {
            let time = FIRST_DAY + day * 86_400 + number;
            let separator = if self.records.is_empty() { "" } else { "," };
            write!(
                self.records,
                r#"{separator}{{"_id":"{conversation}-{number}","time":{time},"type":"UserInput","conversationId":"c{conversation}","userInput":"{text}"}}"#,
            )
            .unwrap();
        }
    }

    fn file(&self) -> PathBuf {
        let path = self.folder.path().join("pages.jsonl");
        std::fs::write(&path, format!(r#"{{"success":true,"data":[{}]}}"#, self.records)).unwrap();
        path
    }
}

#[track_caller]
fn flatten(pages: &Pages, lake: &Lake) -> Ended {
    let call = Convolake::new(&["flatten", "agentx/messages", "-vv"]).arg(pages.file());
    call.to(lake).set(param("agentx")).json().without_keys().ends(0)
}

/// A conversation a day.
fn all() -> Pages {
    let mut pages = Pages::new();
    (0..PARTITIONS).for_each(|number| pages.add(number, number, "as it was"));
    pages
}

/// Ten conversations that go on, and one that moves from a day to one long after.
fn changed(text: &str) -> Pages {
    let mut pages = Pages::new();
    (495..505).for_each(|number| pages.add(number, number, text));
    pages.add(300, 700, text);
    pages
}

#[test]
fn an_incremental_merge_asks_for_what_it_touches_and_a_listing() {
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    flatten(&all(), &lake);
    let index = lake.path().join("_convolake/agentx/index");

    // Without an index every file is opened, as it is the first time that there is none.
    std::fs::remove_dir_all(&index).unwrap();
    store.forget();
    let ended = flatten(&changed("another"), &lake);
    let n_without = store.n_requests();
    assert_eq!(ended.total("files_written"), 12, "{ended}");
    assert!(n_without > 1000, "{n_without} requests");

    store.forget();
    let ended = flatten(&changed("a third one"), &lake);
    let n_requests = store.n_requests();
    assert_eq!((ended.total("files_written"), ended.total("rows_changed")), (11, 22), "{ended}");
    ended.says(&["files=1000 n_touched=11"]);
    assert!(n_requests < 150, "{n_requests} requests");

    store.forget();
    let ended = flatten(&changed("a third one"), &lake);
    let n_rerun = store.n_requests();
    assert_eq!(ended.total("files_written"), 0, "{ended}");
    assert!(n_rerun < 100, "{n_rerun} requests");

    // A download for each file.
    store.forget();
    Convolake::new(&["verify", "--tables-only"]).to(&lake).ends(0);
    let n_verify = store.n_requests();
    assert!(n_verify < 1100, "{n_verify} requests");
    println!("figure s3_requests_verify_1000_files {n_verify}");
    assert_eq!(lake.contents()["messages"].len(), 2000);
    println!("figure s3_requests_11_of_1000_partitions_without_index {n_without}");
    println!("figure s3_requests_11_of_1000_partitions {n_requests}");
    println!("figure s3_requests_11_of_1000_partitions_nothing_new {n_rerun}");
}

#[test]
fn on_disk_it_opens_what_it_touches() {
    let lake = Lake::new();
    flatten(&all(), &lake);
    let ended = flatten(&changed("another"), &lake);
    assert_eq!((ended.total("files_written"), ended.total("rows_changed")), (12, 22), "{ended}");
    ended.says(&["files=1000 n_touched=11"]);
    Convolake::new(&["verify", "--tables-only"]).to(&lake).ends(0);
}
