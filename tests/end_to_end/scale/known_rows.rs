//! The same page files once more: what that costs, that nothing is written, and that it gives what it would if nobody knew them.

use std::fmt::Write;
use std::path::PathBuf;

use convolake_simulator::{Corpus, write_pages};
use tempfile::TempDir;

use super::figures::Figure;
use crate::convolake::{Convolake, Ended, param};
use crate::lake::{Contents, Lake};
use crate::source::tidy;

/// Page files of so many conversations, flattened twice: CPU seconds a million rows, of the first time and of the second. Once as the
/// simulator makes them, where most pages hold a word or value that is told of each time, and once without such.
pub(super) fn figures(n_conversations: u64) -> Vec<Figure> {
    let of_simulator = cost("simulated pages", &Pages::of_simulator(n_conversations));
    let plain = cost("plain pages", &Pages::plain(n_conversations));
    let first =
        |what: &str, value| Figure::told(&format!("known rows, {what}: CPU s a million, first time"), value);
    let again = |what: &str, value| {
        Figure::at_most(&format!("known rows, {what}: CPU s a million, once more"), value, 1.0)
    };
    [of_simulator, plain]
        .into_iter()
        .flat_map(|(what, seconds)| [first(what, seconds[0]), again(what, seconds[1])])
        .collect()
}

fn cost<'a>(what: &'a str, pages: &Pages) -> (&'a str, [f64; 2]) {
    let lake = Lake::on_disk();
    let mut rows = 0;
    let seconds = [(); 2].map(|()| {
        let before = cpu_seconds();
        let ended = pages.flatten(&lake);
        rows += ended.total("rows_added");
        cpu_seconds() - before
    });
    (what, seconds.map(|seconds| seconds / (rows as f64 / 1e6)))
}

struct Pages {
    folder: TempDir,
}

impl Pages {
    fn of_simulator(n_conversations: u64) -> Self {
        let folder = TempDir::new().unwrap();
        write_pages(folder.path(), &Corpus::Generated(tidy(n_conversations))).unwrap();
        Self { folder }
    }

    /// Twelve messages a conversation, and twenty conversations a page.
    fn plain(n_conversations: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let record = |number: u64| {
            let message = |at: u64| {
                format!(
                    r#"{{"type":"text","payload":"message {at} of {number}, with some words","ts":"2025-01-{:02}T00:00:{at:02}"}}"#,
                    1 + number % 28
                )
            };
            let messages: Vec<String> = (0..12).map(message).collect();
            format!(
                r#"{{"metadata":{{"ID":"c{number}","ts":1735689600}},"turns":[{{"from":"bot","messages":[{}]}}]}}"#,
                messages.join(",")
            )
        };
        let mut pages = String::new();
        for first in (0..n_conversations).step_by(20) {
            let records: Vec<String> = (first..n_conversations.min(first + 20)).map(record).collect();
            writeln!(pages, r#"{{"success":true,"data":[{}]}}"#, records.join(",")).unwrap();
        }
        std::fs::write(folder.path().join("export.jsonl"), pages).unwrap();
        Self { folder }
    }

    fn flatten(&self, lake: &Lake) -> Ended {
        let call = Convolake::new(&["flatten", "convocore/export"]).arg(self.export());
        call.to(lake).set(param("convocore")).json().without_keys().ends(0)
    }

    fn export(&self) -> PathBuf {
        let mut files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.to_str().unwrap().contains("export")).unwrap()
    }
}

/// Of all processes that this one has waited for.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(13).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

/// Page files of a few conversations, in several versions each.
struct Versions {
    folder: TempDir,
    n_written: usize,
}

impl Versions {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), n_written: 0 }
    }

    /// A file with a page of these conversations, each in a version of its own; what stands behind the page makes it another.
    fn file(&mut self, conversations: &[(usize, usize)], behind: &str) -> PathBuf {
        let record = |(id, version): &(usize, usize)| {
            let message = format!(
                r#"{{"type":"text","payload":"v{version}","ts":"2025-01-0{}T00:00:00"}}"#,
                1 + (id + version) % 9
            );
            let messages = vec![message; *version].join(",");
            format!(
                r#"{{"metadata":{{"ID":"c{id}","ts":1735689600}},"turns":[{{"from":"bot","messages":[{messages}]}}]}}"#
            )
        };
        let records: Vec<String> = conversations.iter().map(record).collect();
        let page = format!(r#"{{"success":true,"data":[{}]}}{behind}"#, records.join(","));
        self.n_written += 1;
        let path = self.folder.path().join(format!("{}.json", self.n_written));
        std::fs::write(&path, page).unwrap();
        path
    }
}

fn flatten(files: &[PathBuf], lake: &Lake) -> Ended {
    let call = Convolake::new(&["flatten", "convocore/export"]);
    let call = files.iter().fold(call, |call, file| call.arg(file));
    call.to(lake).set(param("convocore")).json().without_keys().ends(0)
}

fn recalled(ended: &Ended) -> u64 {
    ended.report()["streams"][0]["pages_recalled"].as_u64().unwrap_or_default()
}

/// Without where rows came from.
fn rows(lake: &Lake) -> Contents {
    let mut contents = lake.contents();
    for row in contents.values_mut().flatten() {
        let row = row.as_object_mut().unwrap();
        row.remove("page");
        row.remove("fetched_at");
    }
    contents
}

#[test]
fn the_same_files_once_more_are_left_alone() {
    let (pages, lake) = (Pages::plain(300), Lake::new());
    let first = pages.flatten(&lake);
    assert_eq!(recalled(&first), 0);
    let before = lake.table_files();
    let again = pages.flatten(&lake);
    let n_pages = first.report()["streams"][0]["pages"].as_u64().unwrap();
    assert_eq!((recalled(&again), again.total("files_written")), (n_pages, 0), "{again}");
    assert_eq!(again.report()["commit"], serde_json::Value::Null, "{again}");
    assert_eq!(again.report()["streams"][0]["records"], first.report()["streams"][0]["records"]);
    assert_eq!(lake.table_files(), before);
    Convolake::new(&["verify"]).to(&lake).ends(0);
}

/// Of pages with words and fields of all kinds that are told of.
#[test]
fn the_report_is_that_of_pages_which_were_read() {
    let pages = Pages::of_simulator(120);
    let (known, unknown) = (Lake::new(), Lake::new());
    let first = pages.flatten(&known);
    let again = pages.flatten(&known);
    pages.flatten(&unknown);
    // The same pages, and no byte for byte the same.
    let export = pages.export();
    let text = zstd::decode_all(&*std::fs::read(&export).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap().replace('\n', " \n");
    std::fs::write(&export, zstd::encode_all(text.as_bytes(), 3).unwrap()).unwrap();
    let read = pages.flatten(&unknown);
    let n_pages = first.report()["streams"][0]["pages"].as_u64().unwrap();
    assert_eq!((recalled(&again), recalled(&read)), (n_pages, 0), "{again}");
    assert!(!again.report()["unknown_words"].as_array().unwrap().is_empty(), "{again}");
    let told = |ended: &Ended| {
        let mut report = ended.report();
        for of_run in ["run", "commit", "started_at", "seconds", "lake", "tables"] {
            report.as_object_mut().unwrap().remove(of_run);
        }
        for of_pages in ["bytes", "pages_recalled", "warnings"] {
            report["streams"][0].as_object_mut().unwrap().remove(of_pages);
        }
        report
    };
    assert_eq!(told(&again), told(&read));
    assert_eq!(again.total("rows_added") + again.total("files_written"), 0, "{again}");
}

#[test]
fn a_page_with_a_record_that_gives_no_row_is_looked_at_each_time() {
    let (mut versions, lake) = (Versions::new(), Lake::new());
    let good = versions.file(&[(1, 1)], "");
    let bad = versions.folder.path().join("bad.json");
    std::fs::write(&bad, r#"{"success":true,"data":[{"metadata":{"ID":null},"turns":[]}]}"#).unwrap();
    let flatten = || {
        let call = Convolake::new(&["flatten", "convocore/export"]).arg(&good).arg(&bad);
        call.to(&lake).set(param("convocore")).json().without_keys().ends_somehow()
    };
    let (first, again) = (flatten(), flatten());
    let of = |ended: &Ended, name: &str| ended.report()["streams"][0][name].as_u64().unwrap_or_default();
    assert_eq!((of(&first, "quarantined"), of(&again, "quarantined_earlier")), (1, 1), "{again}");
    assert_eq!(recalled(&again), 1, "{again}");
}

#[test]
fn an_older_page_that_comes_again_wins_as_if_nobody_knew_it() {
    let mut random = 7_u64;
    let mut below = |n: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % n
    };
    // Pages with a conversation of their own each, and some of them with one that others have in another version.
    let pages: Vec<Vec<(usize, usize)>> = (0..8)
        .map(|page| {
            let mut records = vec![(10 + page, 1 + below(3))];
            if page < 5 {
                records.push((page % 2, 1 + page / 2));
            }
            records
        })
        .collect();
    let mut versions = Versions::new();
    let as_they_are: Vec<PathBuf> = pages.iter().map(|page| versions.file(page, "")).collect();
    let (known, unknown) = (Lake::new(), Lake::new());
    let mut n_recalled = 0;
    for call in 0..30 {
        let chosen: Vec<usize> = (0..=below(2)).map(|_| below(pages.len())).collect();
        let files: Vec<PathBuf> = chosen.iter().map(|at| as_they_are[*at].clone()).collect();
        n_recalled += recalled(&flatten(&files, &known));
        let behind = " ".repeat(call + 1);
        let others: Vec<PathBuf> = chosen.iter().map(|at| versions.file(&pages[*at], &behind)).collect();
        assert_eq!(recalled(&flatten(&others, &unknown)), 0);
        assert_eq!(rows(&known), rows(&unknown), "after {chosen:?} of {pages:?}");
    }
    assert!(n_recalled >= 3, "{n_recalled} pages were known");
}
