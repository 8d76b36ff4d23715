//! What counts as gone, and what is not taken away.

use convolake_simulator::{Corpus, Fault, FaultKind, Generator, SimulatorConfig, write_pages};
use tempfile::TempDir;

use super::scene::{
    EXPORT, LIST, every_nth, export, filled, gone_and_removed, removing, replays_the_same, rows_of,
    tombstones, walk,
};
use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::{Source, asked_ids, tidy, unlimited};
use crate::verify::is_sound;

#[test]
fn what_is_gone_is_told_of_and_stays() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let before = lake.table_files();
    let ids = every_nth(&source, 20);
    drop(source.running.delete(&ids));
    let ended = walk(&source, &lake).ends(0);
    assert_eq!(gone_and_removed(&ended), (ids.len() as u64, 0), "{ended}");
    assert_eq!(lake.table_files(), before);
    assert_eq!(tombstones(&lake).len(), 0);
    // Before the next walk nobody can know.
    assert_eq!(gone_and_removed(&Convolake::pull("convocore", &source, &lake).ends(0)), (0, 0));
}

#[test]
fn only_a_list_and_a_walk_together_take_anything_away() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let before = lake.table_files();
    drop(source.running.delete(&every_nth(&source, 20)));
    for words in [&["--stream", "export"][..], &["--stream", "list"]] {
        let ended = removing(&source, &lake).args(words).ends(0);
        assert_eq!(ended.total("rows_removed"), 0, "{ended}");
    }
    let words = ["backfill", "convocore", "--from", "2020-01-01", "--until", "2026-01-01", "--to"];
    let backfill = Convolake::pulling(&words, "convocore", &source, &lake).set("streams.export.gone=remove");
    assert_eq!(gone_and_removed(&backfill.ends(0)), (0, 0));
    // Neither does a walk that does not come to its end.
    source.fault(Fault::new(EXPORT, 3, 1000, FaultKind::Html));
    let ended = removing(&source, &lake).set("streams.export.full_walk=0s").ends(69);
    assert_eq!(gone_and_removed(&ended), (0, 0), "{ended}");
    source.running.clear_faults();
    assert_eq!(lake.table_files(), before);
    assert_eq!(tombstones(&lake).len(), 0);
    assert_eq!(gone_and_removed(&removing(&source, &lake).ends(0)), (5, 5));
}

/// Pages shift while they are walked, and what both walks have missed may be there all the same.
#[test]
fn what_answers_by_its_id_is_not_gone() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let before = lake.table_files();
    let ids = every_nth(&source, 20);
    let left_out = |stream| {
        let kind = FaultKind::LeaveOut { conversation: ids[1].clone() };
        source.fault(Fault::new(stream, 1, 1000, kind));
    };
    left_out(LIST);
    left_out(EXPORT);
    source.forget();
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(gone_and_removed(&ended), (1, 0), "{ended}");
    assert_eq!(lake.table_files(), before);
    let asked: Vec<String> =
        source.requests(EXPORT).iter().flat_map(|request| asked_ids(&request.query)).collect();
    assert_eq!(asked, ids[1..2]);
    // Those that are gone indeed go, though they were asked for together.
    drop(source.running.delete(&ids[2..]));
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(gone_and_removed(&ended), (4, 3), "{ended}");
    lake.holds_all(&source, EXPORT);
}

/// A source that shows nothing, or far less than before, is more likely broken than emptied.
#[test]
fn a_suspiciously_small_source_takes_nothing_away() {
    for every in [1, 2] {
        let source = Source::tidy(60);
        let lake = filled(&source);
        let before = lake.table_files();
        let ids = every_nth(&source, every);
        drop(source.running.delete(&ids));
        let ended = removing(&source, &lake).ends(1);
        assert_eq!(gone_and_removed(&ended), (ids.len() as u64, 0), "{ended}");
        let refused = format!("nothing was removed: {} of 60 records", ids.len());
        let warnings = export(&ended)["warnings"].to_string();
        for words in [&refused, "`max_gone` allows 10 %", "--set streams.export.max_gone=100"] {
            assert!(warnings.contains(words), "{words}; {ended}");
        }
        assert_eq!(lake.table_files(), before);
        assert_eq!(tombstones(&lake).len(), 0);

        let ended = removing(&source, &lake).set("streams.export.max_gone=100").ends(0);
        assert_eq!(gone_and_removed(&ended), (ids.len() as u64, ids.len() as u64), "{ended}");
        lake.holds_all(&source, EXPORT);
        is_sound(&lake);
    }
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
    assert_eq!(gone_and_removed(&removing(&source, &lake).ends(0)), (0, 0));
    assert_eq!(lake.table_files(), before);
}

#[test]
fn what_is_gone_of_one_agent_stays_with_another() {
    let source = Source::start(SimulatorConfig { agent_id: None, ..unlimited(Corpus::Generated(tidy(60))) });
    let lake = Lake::new();
    Convolake::pull("convocore", &source, &lake).set("params.agent_id=[a1, a2]").ends(0);
    let ids = every_nth(&source, 20);
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
