//! What a merge asks for follows what it touches, not what is there.

use std::fmt::Write;
use std::path::PathBuf;

use tempfile::TempDir;

use super::store::Store;
use crate::convolake::{Convolake, Ended, param};
use crate::lake::Lake;
use crate::source::Source;

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
    call.to(lake).set(param("agentx")).set("partition_by=day").json().without_keys().ends(0)
}

/// A conversation a day.
fn all() -> Pages {
    days(PARTITIONS)
}

fn days(n_days: u64) -> Pages {
    let mut pages = Pages::new();
    (0..n_days).for_each(|number| pages.add(number, number, "as it was"));
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
fn an_incremental_merge_asks_for_what_it_touches() {
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    flatten(&all(), &lake);
    let ended = flatten(&changed("another"), &lake);
    assert_eq!(ended.total("files_written"), 12, "{ended}");

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

    // A download for each file, and its key columns once more.
    store.forget();
    Convolake::new(&["verify", "--tables-only"]).to(&lake).ends(0);
    let n_verify = store.n_requests();
    assert!(n_verify < 1100, "{n_verify} requests");
    println!("figure s3_requests_verify_1000_files {n_verify}");
    assert_eq!(lake.contents()["messages"].len(), 2000);
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

/// The requests of a run with nothing new, and of `status`, in a lake of so many partitions.
fn idle_requests(n_days: u64) -> [usize; 2] {
    let (store, source) = (Store::start(), Source::tidy(5));
    let lake = Lake::in_store(&store, "lake");
    flatten(&days(n_days), &lake);
    let pull = || Convolake::pull("agentx", &source, &lake).ends(0);
    pull();
    pull();
    store.forget();
    let ended = pull();
    assert_eq!(ended.total("files_written"), 0, "{ended}");
    let of_run = store.n_requests();
    store.forget();
    Convolake::new(&["status"]).to(&lake).ends(0);
    [of_run, store.n_requests()]
}

#[test]
fn a_run_with_nothing_new_costs_the_same_whatever_there_is() {
    let (small, large) = (idle_requests(50), idle_requests(200));
    println!("figure s3_requests_idle_run {}", large[0]);
    println!("figure s3_requests_status {}", large[1]);
    for (small, large) in small.into_iter().zip(large) {
        // A lease may be renewed once more.
        assert!(
            large.abs_diff(small) <= 2,
            "{small} requests in a small lake, {large} in one four times as large"
        );
    }
}
