//! Again: nothing new, only what is new, and from the landed pages alone.

use convolake_simulator::{ChangeRequest, Stream};

use crate::convolake::Convolake;
use crate::lake::{Lake, TABLES};
use crate::python;
use crate::source::{PIPELINES, Source, asked_ids, lately};

fn filled(source: &Source) -> Lake {
    let lake = Lake::new();
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, source, &lake).ends(0);
    }
    lake
}

#[test]
fn a_second_run_writes_no_table_file() {
    let source = Source::tidy(300);
    let lake = filled(&source);
    let before = lake.table_files();
    source.forget();
    for (pipeline, streams) in PIPELINES {
        let ended = Convolake::pull(pipeline, &source, &lake).ends(0);
        println!("figure rerun_{pipeline}_files_written {}", ended.total("files_written"));
        let requests: usize = streams.into_iter().map(|stream| source.requests(stream).len()).sum();
        println!("figure rerun_{pipeline}_requests {requests}");
        for name in ["rows_added", "rows_changed", "rows_removed", "files_written"] {
            assert_eq!(ended.total(name), 0, "{pipeline}: {name}; {ended}");
        }
    }
    assert_eq!(lake.table_files(), before);
}

#[test]
fn a_replay_of_the_landed_pages_gives_the_same_rows() {
    let source = Source::tidy(300);
    let lake = filled(&source);
    // Two versions of some records are landed; the newer must win again.
    drop(source.running.change(ChangeRequest { percent: 5.0, seed: 1, at: lately() }));
    for (pipeline, _) in PIPELINES {
        Convolake::pull(pipeline, &source, &lake).ends(0);
    }
    let rows = TABLES.map(|table| lake.rows(table));
    source.forget();
    for loss in ["nothing", "tables and commits"] {
        if loss == "tables and commits" {
            lake.keep_raw_only();
        }
        for (pipeline, _) in PIPELINES {
            Convolake::replay(pipeline, &lake).ends(0);
        }
        for (table, before) in TABLES.iter().zip(&rows) {
            let after = lake.rows(table);
            assert_eq!(after.len(), before.len(), "{table}: rows after the loss of {loss}");
            for (after, before) in after.iter().zip(before) {
                assert_eq!(after, before, "{table} after the loss of {loss}");
            }
        }
    }
    assert_eq!(source.running.ledger().requests(), []);
}

#[test]
fn only_changed_convocore_conversations_are_exported_again() {
    let source = Source::tidy(1000);
    let lake = Lake::new();
    Convolake::pull("convocore", &source, &lake).ends(0);
    let n_messages = lake.rows("messages").len();
    let changed = source.running.change(ChangeRequest { percent: 1.0, seed: 1, at: lately() }).convocore;
    source.forget();

    let ended = Convolake::pull("convocore", &source, &lake).ends(0);
    let mut asked: Vec<String> = source
        .requests(Stream::ConvocoreExport)
        .iter()
        .flat_map(|request| asked_ids(&request.query))
        .collect();
    asked.sort_unstable();
    assert_eq!(asked, changed);
    let most = changed.len().div_ceil(20) + 10;
    assert!(source.requests(Stream::ConvocoreExport).len() <= most);
    let tables = &ended.report()["tables"];
    for table in ["conversations", "leads"] {
        assert_eq!(tables[table]["rows_changed"], changed.len(), "{table}; {ended}");
        assert_eq!(tables[table]["rows_added"], 0, "{table}; {ended}");
    }
    // Each went on by one message, in a turn of its own.
    assert_eq!(lake.rows("messages").len(), n_messages + changed.len());
    python::rebuilds(&source, &PIPELINES[1].1, &lake);
}

#[test]
fn only_new_agentx_messages_are_added() {
    let source = Source::tidy(1000);
    let lake = Lake::new();
    let pull = || Convolake::pull("agentx", &source, &lake);
    // The simulated platform's clock: the generated conversations end in February.
    pull().args(&["--until", "2025-03-01T00:00:00Z"]).ends(0);
    let at = "2025-03-01T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let changed = source.running.change(ChangeRequest { percent: 1.0, seed: 1, at: Some(at) });
    let before = lake.table_files();

    let ended = pull().args(&["--until", "2025-03-01T12:00:00Z"]).ends(0);
    let messages = &ended.report()["tables"]["messages"];
    assert_eq!(messages["rows_added"], changed.agentx.len(), "{ended}");
    assert_eq!(messages["rows_changed"], 0, "{ended}");
    lake.holds_all(&source, Stream::AgentxMessages);
    // The messages are of one day: no other day's file was touched.
    let after = lake.table_files();
    let touched: Vec<_> = after
        .iter()
        .filter(|(path, seen)| before.get(*path) != Some(*seen))
        .filter(|(path, _)| path.starts_with("messages"))
        .collect();
    assert_eq!(touched.len(), 1, "{touched:?}");
}
