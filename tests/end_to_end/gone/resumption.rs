//! Runs that end between finding what is gone and taking it away.

use convolake_simulator::{Fault, FaultKind};

use super::scene::{
    EXPORT, every_nth, filled, gone_and_removed, removing, replays_the_same, rows_of, tombstones,
};
use crate::convolake::Convolake;
use crate::damage::copy_all;
use crate::lake::Lake;
use crate::source::{PIPELINES, Source, asked_ids};
use crate::until::until;
use crate::verify::is_sound;

/// The process dies when the tombstone is landed and nothing of it is merged: what it has landed is there, and all else
/// is as before.
#[test]
fn a_tombstone_that_was_landed_and_not_merged_is_merged_by_the_next_run() {
    let source = Source::tidy(100);
    let lake = filled(&source);
    let ids = every_nth(&source, 20);
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
    let deleted = source.running.delete(&every_nth(&source, 20));
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
    drop(source.running.delete(&every_nth(&source, 20)));
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
    assert_eq!(gone_and_removed(&ended), (5, 0), "{ended}");
    assert_eq!(lake.table_files(), before);
    let made = source.running.ledger().requests().len();
    assert!(made > 15, "{made}");
    source.running.clear_faults();
    source.forget();
    let ended = removing(&source, &lake).ends(0);
    assert_eq!(gone_and_removed(&ended), (5, 5), "{ended}");
    let made = source.running.ledger().requests().len();
    assert!(made <= 3, "{made} requests where one was left; {ended}");
    for stream in PIPELINES[1].1 {
        lake.holds_all(&source, stream);
    }
}
