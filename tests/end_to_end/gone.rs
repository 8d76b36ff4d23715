//! Conversations that are gone at the source: told of, and taken away only where the pipeline says so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use convolake_simulator::{Corpus, Fault, FaultKind, Generator, SimulatorConfig, Stream, write_pages};
use serde_json::Value;
use tempfile::TempDir;

use crate::convolake::{Convolake, Ended, param};
use crate::damage::copy_all;
use crate::lake::{Lake, TABLES};
use crate::source::{ONE_AFTER_THE_OTHER, PIPELINES, Source, asked_ids, tidy, unlimited};
use crate::until::until;
use crate::verify::is_sound;

const LIST: Stream = Stream::ConvocoreList;
const EXPORT: Stream = Stream::ConvocoreExport;

/// A run that walks list and export to their ends, always by the same requests.
fn walk(source: &Source, lake: &Lake) -> Convolake {
    Convolake::pull("convocore", source, lake).set(ONE_AFTER_THE_OTHER).set("streams.export.full_walk=0s")
}

/// The same, by a pipeline that takes away what is gone.
fn removing(source: &Source, lake: &Lake) -> Convolake {
    walk(source, lake).set("streams.export.gone=remove")
}

fn filled(source: &Source) -> Lake {
    let lake = Lake::new();
    Convolake::pull("convocore", source, &lake).ends(0);
    lake
}

/// Every so many conversations, of those that a list shows and those it does not.
fn some(source: &Source, every: usize) -> Vec<String> {
    source.ids(EXPORT).into_iter().step_by(every).collect()
}

fn export(ended: &Ended) -> Value {
    let report = ended.report();
    let streams = report["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["stream"] == "export").unwrap().clone()
}

/// How many are gone, and how many of them were removed.
#[track_caller]
fn told(ended: &Ended) -> (u64, u64) {
    let export = export(ended);
    (export["gone"].as_u64().unwrap(), export["removed"].as_u64().unwrap())
}

fn rows_of(lake: &Lake, ids: &[String]) -> usize {
    let ids: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let is_of = |row: &Value| ids.contains(row["conversation_id"].as_str().unwrap());
    TABLES.iter().map(|table| lake.rows(table).iter().filter(|row| is_of(row)).count()).sum()
}

fn tombstones(lake: &Lake) -> Vec<PathBuf> {
    let is_one = |file: &PathBuf| {
        let slice = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        slice.is_some_and(|slice| slice.starts_with("gone."))
    };
    lake.raw_files("convocore", "export").into_iter().filter(is_one).collect()
}

#[track_caller]
fn replays_the_same(lake: &Lake) {
    let before = TABLES.map(|table| lake.rows(table));
    let lake = lake.copy();
    for loss in ["nothing", "tables and commits"] {
        if loss != "nothing" {
            lake.keep_raw_only();
        }
        Convolake::replay("convocore", &lake).ends(0);
        assert_eq!(TABLES.map(|table| lake.rows(table)), before, "rows after the loss of {loss}");
    }
}

#[test]
fn what_is_gone_is_told_of_and_stays() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let before = lake.table_files();
    let ids = some(&source, 20);
    drop(source.running.delete(&ids));
    let ended = walk(&source, &lake).ends(0);
    assert_eq!(told(&ended), (ids.len() as u64, 0), "{ended}");
    assert_eq!(lake.table_files(), before);
    assert_eq!(tombstones(&lake).len(), 0);
    // Before the next walk nobody can know.
    assert_eq!(told(&Convolake::pull("convocore", &source, &lake).ends(0)), (0, 0));
}

#[test]
fn what_is_gone_leaves_all_tables_and_comes_back_with_its_record() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let whole = lake.contents();
    let ids = some(&source, 20);
    let n_rows = rows_of(&lake, &ids);
    let deleted = source.running.delete(&ids);
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(told(&ended), (5, 5), "{ended}");
    let examples = export(&ended)["gone_examples"].clone();
    assert_eq!(examples, Value::from(ids.clone()), "{ended}");
    assert_eq!(ended.total("rows_removed"), n_rows as u64, "{ended}");
    assert_eq!((ended.total("rows_added"), ended.total("rows_changed")), (0, 0), "{ended}");
    assert_eq!(rows_of(&lake, &ids), 0);
    for stream in [LIST, EXPORT] {
        lake.holds_all(&source, stream);
    }
    assert_eq!(tombstones(&lake).len(), 1);
    is_sound(&lake);
    replays_the_same(&lake);

    // Nothing is left to do.
    let before = lake.table_files();
    for again in [removing(&source, &lake), Convolake::pull("convocore", &source, &lake)] {
        let ended = again.ends(0);
        assert_eq!(told(&ended), (0, 0), "{ended}");
        assert_eq!(ended.total("files_written"), 0, "{ended}");
    }
    assert_eq!(lake.table_files(), before);
    assert_eq!(tombstones(&lake).len(), 1);

    source.running.put_back(deleted);
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(ended.total("rows_added"), n_rows as u64, "{ended}");
    lake.holds_just(&whole);
    is_sound(&lake);
    replays_the_same(&lake);
}

/// A source that shows nothing, or far less than before, is more likely broken than emptied.
#[test]
fn a_suspiciously_small_source_takes_nothing_away() {
    for every in [1, 2] {
        let source = Source::tidy(60);
        let lake = filled(&source);
        let before = lake.table_files();
        let ids = some(&source, every);
        drop(source.running.delete(&ids));
        let ended = removing(&source, &lake).ends(1);
        assert_eq!(told(&ended), (ids.len() as u64, 0), "{ended}");
        let refused = format!("nothing was removed: {} of 60 records", ids.len());
        let warnings = export(&ended)["warnings"].to_string();
        for words in [&refused, "`max_gone` allows 10 %", "--set streams.export.max_gone=100"] {
            assert!(warnings.contains(words), "{words}; {ended}");
        }
        assert_eq!(lake.table_files(), before);
        assert_eq!(tombstones(&lake).len(), 0);

        let ended = removing(&source, &lake).set("streams.export.max_gone=100").ends(0);
        assert_eq!(told(&ended), (ids.len() as u64, ids.len() as u64), "{ended}");
        lake.holds_all(&source, EXPORT);
        is_sound(&lake);
    }
}

#[test]
fn only_a_list_and_a_walk_together_take_anything_away() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let before = lake.table_files();
    drop(source.running.delete(&some(&source, 20)));
    for words in [&["--stream", "export"][..], &["--stream", "list"]] {
        let ended = removing(&source, &lake).args(words).ends(0);
        assert_eq!(ended.total("rows_removed"), 0, "{ended}");
    }
    let words = ["backfill", "convocore", "--from", "2020-01-01", "--until", "2026-01-01", "--to"];
    let backfill = Convolake::pulling(&words, "convocore", &source, &lake).set("streams.export.gone=remove");
    assert_eq!(told(&backfill.ends(0)), (0, 0));
    // Neither does a walk that does not come to its end.
    source.fault(Fault::new(EXPORT, 3, 1000, FaultKind::Html));
    let ended = removing(&source, &lake).set("streams.export.full_walk=0s").ends(69);
    assert_eq!(told(&ended), (0, 0), "{ended}");
    source.running.clear_faults();
    assert_eq!(lake.table_files(), before);
    assert_eq!(tombstones(&lake).len(), 0);
    assert_eq!(told(&removing(&source, &lake).ends(0)), (5, 5));
}

/// Pages shift while they are walked, and what both walks have missed may be there all the same.
#[test]
fn what_answers_by_its_id_is_not_gone() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let before = lake.table_files();
    let ids = some(&source, 20);
    let left_out = |stream| {
        let kind = FaultKind::LeaveOut { conversation: ids[1].clone() };
        source.fault(Fault::new(stream, 1, 1000, kind));
    };
    left_out(LIST);
    left_out(EXPORT);
    source.forget();
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(told(&ended), (1, 0), "{ended}");
    assert_eq!(lake.table_files(), before);
    let asked: Vec<String> =
        source.requests(EXPORT).iter().flat_map(|request| asked_ids(&request.query)).collect();
    assert_eq!(asked, ids[1..2]);
    // Those that are gone indeed go, though they were asked for together.
    drop(source.running.delete(&ids[2..]));
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(told(&ended), (4, 3), "{ended}");
    lake.holds_all(&source, EXPORT);
}

#[test]
fn rows_of_flattened_files_are_not_for_the_source_to_take_away() {
    let pages = TempDir::new().unwrap();
    write_pages(pages.path(), &Corpus::Generated(Generator { seed: 5, ..tidy(20) })).unwrap();
    let source = Source::tidy(60);
    let lake = filled(&source);
    Convolake::new(&["flatten", "convocore/export"])
        .arg(pages.path().join("convocore_v2_export.jsonl.zst"))
        .to(&lake)
        .set(param("convocore"))
        .ends(0);
    let before = lake.table_files();
    assert_eq!(lake.rows("conversations").len(), 80);
    assert_eq!(told(&removing(&source, &lake).ends(0)), (0, 0));
    assert_eq!(lake.table_files(), before);
}

#[test]
fn what_is_gone_of_one_agent_stays_with_another() {
    let source = Source::start(SimulatorConfig { agent_id: None, ..unlimited(Corpus::Generated(tidy(60))) });
    let lake = Lake::new();
    Convolake::pull("convocore", &source, &lake).set("params.agent_id=[a1, a2]").ends(0);
    let ids = some(&source, 20);
    let n_rows = rows_of(&lake, &ids);
    drop(source.running.delete(&ids));
    removing(&source, &lake).set("params.agent_id=a1").ends(0);
    assert_eq!(rows_of(&lake, &ids), n_rows / 2);
    for row in lake.rows("leads").into_iter().chain(lake.rows("messages")) {
        assert!(
            row["agent_id"] == "a2" || !ids.contains(&row["conversation_id"].as_str().unwrap().to_owned())
        );
    }
    is_sound(&lake);
    replays_the_same(&lake);
}

/// The process dies when the tombstone is landed and nothing of it is merged: what it has landed is there, and all else
/// is as before.
#[test]
fn a_tombstone_that_was_landed_and_not_merged_is_merged_by_the_next_run() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let ids = some(&source, 20);
    drop(source.running.delete(&ids));
    let through = lake.copy();
    removing(&source, &through).ends(0);
    let copy = || {
        let died = lake.copy();
        copy_all(&through.path().join("raw"), &died.path().join("raw"));
        assert!(rows_of(&died, &ids) > 0);
        assert_eq!(tombstones(&died).len(), 1);
        is_sound(&died);
        died
    };
    let export_only = |lake: &Lake| Convolake::pull("convocore", &source, lake).args(&["--stream", "export"]);
    let next: [&dyn Fn(&Lake) -> Convolake; 3] = [
        &|lake| removing(&source, lake),
        // Whatever the pipeline says now, and whatever streams are pulled: it was landed.
        &|lake| Convolake::pull("convocore", &source, lake),
        &export_only,
    ];
    for run in next {
        let died = copy();
        source.forget();
        let ended = run(&died).ends(0);
        assert_eq!(rows_of(&died, &ids), 0, "{ended}");
        assert_eq!(tombstones(&died).len(), 1, "{ended}");
        let asked =
            source.requests(EXPORT).iter().map(|request| asked_ids(&request.query).len()).sum::<usize>();
        assert_eq!(asked, 0, "what was found gone is not asked for again; {ended}");
        died.holds_just(&through.contents());
        is_sound(&died);
        replays_the_same(&died);
    }
}

/// A conversation that came back before its tombstone was merged: its newer page counts, within one load.
#[test]
fn what_came_back_before_its_tombstone_was_merged_is_there() {
    let source = Source::tidy(60);
    let lake = filled(&source);
    let whole = lake.contents();
    let deleted = source.running.delete(&some(&source, 20));
    let through = lake.copy();
    removing(&source, &through).ends(0);
    source.running.put_back(deleted);
    let next: [&dyn Fn(&Lake) -> Convolake; 2] =
        [&|lake| removing(&source, lake), &|lake| Convolake::pull("convocore", &source, lake)];
    for run in next {
        let died = lake.copy();
        let tombstone = tombstones(&through).remove(0);
        let name = tombstone.strip_prefix(through.path()).unwrap();
        std::fs::create_dir_all(died.path().join(name).parent().unwrap()).unwrap();
        std::fs::copy(&tombstone, died.path().join(name)).unwrap();
        run(&died).ends(0);
        died.holds_just(&whole);
        is_sound(&died);
        replays_the_same(&died);
    }
}

/// What the run was stopped at is taken up: neither list nor export are walked again.
#[test]
fn a_run_that_is_stopped_before_it_is_sure_goes_on_there() {
    let source = Source::of_small_pages(100);
    let lake = filled(&source);
    drop(source.running.delete(&some(&source, 20)));
    source.forget();
    // The source puts off the last request, by the ids of what is gone, until the run is stopped. How many requests come
    // before it depends on how busy the machine is, so that no budget is sure to end just there.
    let later = FaultKind::Status { code: 429, retry_after: Some("300".to_owned()), body: None };
    source.fault(Fault { when: Some("convo_ids=".to_owned()), ..Fault::new(EXPORT, 1, 1000, later) });
    let before = lake.table_files();
    let run = removing(&source, &lake).start();
    until("what is gone is asked for by its ids", || {
        source.requests(EXPORT).iter().any(|request| asked_ids(&request.query).len() == 5)
    });
    run.signal("TERM");
    let ended = run.ends(75);
    assert_eq!(told(&ended), (5, 0), "{ended}");
    assert_eq!(lake.table_files(), before);
    let made = source.running.ledger().requests().len();
    assert!(made > 15, "{made}");
    source.running.clear_faults();
    source.forget();
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(told(&ended), (5, 5), "{ended}");
    let made = source.running.ledger().requests().len();
    assert!(made <= 3, "{made} requests where one was left; {ended}");
    for stream in PIPELINES[1].1 {
        lake.holds_all(&source, stream);
    }
}
