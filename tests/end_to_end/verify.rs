//! `convolake verify`: silent about a sound lake, however it came about; every damage is found under its name, and the
//! remedy it names mends it.

use std::collections::BTreeSet;

use convolake_simulator::{ChangeRequest, Corpus, Generator, SimulatorConfig, write_pages};
use serde_json::Value;
use tempfile::TempDir;

use crate::convolake::{Convolake, Ended, param};
use crate::damage::{self, Damage};
use crate::lake::Lake;
use crate::source::{PIPELINES, Source, lately, odd, tidy, unlimited};
use crate::until::until;

fn verify(lake: &Lake) -> Convolake {
    // What it writes for a while need not wait for a disk either.
    let scratch = lake.path().parent().unwrap().display().to_string();
    Convolake::new(&["verify", "--to"]).arg(lake.path()).json().without_keys().env("TMPDIR", &scratch)
}

#[track_caller]
pub(crate) fn is_sound(lake: &Lake) -> Ended {
    let before = lake.all_files();
    let ended = verify(lake).ends(0);
    assert_eq!(lake.all_files(), before, "nothing is changed by looking");
    ended
}

/// Runs to the end, with the exit code that says whether records were quarantined.
#[track_caller]
fn comes_through(call: Convolake) {
    let ended = call.ends_somehow();
    let report = ended.report();
    let streams = report["streams"].as_array().unwrap();
    let quarantined: u64 = streams.iter().map(|stream| stream["quarantined"].as_u64().unwrap()).sum();
    let expected = if quarantined > 0 { 65 } else { 0 };
    assert_eq!(ended.code, Some(expected), "{quarantined} are quarantined; {ended}");
}

fn filled(source: &Source) -> Lake {
    let lake = Lake::new();
    for (pipeline, _) in PIPELINES {
        comes_through(Convolake::pull(pipeline, source, &lake));
    }
    lake
}

#[test]
fn sound_lakes_are_sound() {
    for corpus in [
        Corpus::Generated(tidy(0)),
        Corpus::Generated(odd(100)),
        Corpus::Generated(Generator { broken_share: 0.1, ..tidy(60) }),
    ] {
        let source = Source::start(SimulatorConfig { page_cap: Some(20), ..unlimited(corpus) });
        let lake = filled(&source);
        let report = is_sound(&lake).report();
        for pipeline in report["pipelines"].as_array().unwrap() {
            for (table, seen) in pipeline["tables"].as_object().unwrap() {
                let rows = lake.rows(table);
                let rows = rows.iter().filter(|row| row["source"] == pipeline["pipeline"]).count();
                assert_eq!(seen["rows"], rows, "{table} of {pipeline}");
            }
        }
        // Records change and their rows move, twice, and everything is made anew.
        for seed in [1, 2] {
            drop(source.running.change(ChangeRequest { percent: 10.0, seed, at: lately() }));
            for (pipeline, _) in PIPELINES {
                comes_through(Convolake::pull(pipeline, &source, &lake));
            }
            is_sound(&lake);
        }
        for (pipeline, _) in PIPELINES {
            comes_through(Convolake::replay(pipeline, &lake));
        }
        is_sound(&lake);
    }
}

#[test]
fn what_a_killed_run_landed_is_no_fault() {
    let source = Source::of_small_pages(100);
    let lake = Lake::new();
    let (pipeline, _) = PIPELINES[0];
    let killed = Convolake::pull(pipeline, &source, &lake).start();
    until("five pages of messages have landed", || lake.raw_files(pipeline, "messages").len() >= 5);
    killed.kill();
    let report = is_sound(&lake).report();
    assert!(report["pipelines"][0]["landed_pages"].as_u64().unwrap() >= 5, "{report}");
    Convolake::pull(pipeline, &source, &lake).ends(0);
    is_sound(&lake);
}

/// Rows of flattened files have no landed page, and are told of as such.
#[test]
fn rows_of_flattened_files_are_counted() {
    let pages = TempDir::new().unwrap();
    write_pages(pages.path(), &Corpus::Generated(odd(50))).unwrap();
    let lake = Lake::new();
    Convolake::new(&["flatten", "agentx/messages"])
        .arg(pages.path().join("agentx_messages.jsonl.zst"))
        .arg("--to")
        .arg(lake.path())
        .set(param("agentx"))
        .ends(0);
    let report = is_sound(&lake).report();
    let messages = &report["pipelines"][0]["tables"]["messages"];
    assert!(messages["rows"].as_u64().unwrap() > 0);
    assert_eq!(messages["rows"], messages["rows_of_files"], "{report}");

    // Together with pulled rows of the same tables, which are held against their pages all the same.
    let source = Source::start(unlimited(Corpus::Generated(Generator { seed: 5, ..tidy(50) })));
    Convolake::pull("agentx", &source, &lake).ends(0);
    is_sound(&lake);
}

/// Where children come of one stream and parents of another, the source may not have given the parent: no fault of the
/// lake, and told of all the same.
#[test]
fn children_whose_parents_were_never_given_are_told_of() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).args(&["--stream", "messages"]).ends(0);
    let report = is_sound(&lake).report();
    let messages = &report["pipelines"][0]["tables"]["messages"];
    assert_eq!(messages["rows_without_parent"]["conversations"], messages["rows"], "{report}");
    let notes = report["pipelines"][0]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("different streams")), "{report}");
    Convolake::pull("agentx", &source, &lake).ends(0);
    let report = is_sound(&lake).report();
    assert_eq!(report["pipelines"][0]["notes"], serde_json::json!([]), "{report}");
}

#[test]
fn damage_to_files_is_found_and_mended() {
    check(&damage::to_files(), &Then::AsItWas);
}

#[test]
fn damage_to_rows_is_found_and_mended() {
    check(&damage::to_rows(), &Then::AsItWas);
}

#[test]
fn damage_to_commits_pages_and_quarantine_is_found() {
    check(&damage::to_the_rest(), &Then::Sound);
}

/// What a lake is once it is mended.
#[derive(PartialEq)]
enum Then {
    /// Row for row.
    AsItWas,
    /// What its landed pages say, which were damaged themselves.
    Sound,
}

/// Every damage is found under its name, without a change to anything, and the remedy that is named mends it.
#[track_caller]
fn check(damages: &[Damage], then: &Then) {
    let broken = Generator { broken_share: 0.05, ..tidy(40) };
    let source = Source::start(unlimited(Corpus::Generated(broken)));
    let sound = filled(&source);
    drop(source.running.change(ChangeRequest { percent: 10.0, seed: 1, at: lately() }));
    for (pipeline, _) in PIPELINES {
        comes_through(Convolake::pull(pipeline, &source, &sound));
    }
    is_sound(&sound);
    let contents = sound.contents();

    let mut wrong = Vec::new();
    for Damage { name, damage, found } in damages {
        let lake = sound.copy();
        damage(&lake);
        let before = lake.all_files();
        let ended = verify(&lake).ends_somehow();
        assert_eq!(lake.all_files(), before, "nothing is changed by looking");
        let kinds = kinds(&ended);
        let expected: BTreeSet<String> = found.iter().map(|kind| (*kind).to_owned()).collect();
        if ended.code != Some(1) || kinds != expected {
            wrong.push(format!("{name}: expected {expected:?}, found {kinds:?}; {ended}"));
            continue;
        }
        if mend(&lake, &ended) {
            let after = verify(&lake).ends_somehow();
            if after.code != Some(0) {
                wrong.push(format!("{name} is not mended by what was said; {ended}; {after}"));
            }
            if *then == Then::AsItWas {
                lake.holds_just(&contents);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn findings(ended: &Ended) -> Vec<Value> {
    let report = ended.report();
    let pipelines = report["pipelines"].as_array().unwrap().iter();
    pipelines.flat_map(|pipeline| pipeline["findings"].as_array().unwrap().clone()).collect()
}

fn kinds(ended: &Ended) -> BTreeSet<String> {
    findings(ended).iter().map(|finding| finding["kind"].as_str().unwrap().to_owned()).collect()
}

/// Does what the remedies say; false where one of them needs a copy of the lake.
fn mend(lake: &Lake, ended: &Ended) -> bool {
    let findings = findings(ended);
    let remedies: BTreeSet<&str> =
        findings.iter().map(|finding| finding["remedy"].as_str().unwrap()).collect();
    if remedies.iter().any(|remedy| remedy.starts_with("restore")) {
        return false;
    }
    for remedy in &remedies {
        if let Some(place) = remedy.strip_prefix("move ").and_then(|rest| rest.split(" out of").next())
            && lake.path().join(place).exists()
        {
            std::fs::remove_file(lake.path().join(place)).unwrap();
        }
    }
    for (pipeline, _) in PIPELINES {
        let command = format!("convolake replay {pipeline} --to {}", lake.path().display());
        if remedies.iter().any(|remedy| remedy.ends_with(&command)) {
            comes_through(Convolake::replay(pipeline, lake));
        }
    }
    true
}

#[test]
fn what_people_read_names_fault_place_and_remedy() {
    let source = Source::tidy(20);
    let lake = filled(&source);
    let sound = Convolake::new(&["verify", "--to"]).arg(lake.path()).ends(0);
    sound.shows(&["the lake is sound", "agentx", "convocore", "messages"]);
    let file = lake.files_of("messages", "agentx").remove(0);
    std::fs::write(&file, "no Parquet").unwrap();
    let name = file.strip_prefix(lake.path()).unwrap().display().to_string();
    let broken = Convolake::new(&["verify", "agentx", "--to"]).arg(lake.path()).ends(1);
    broken.shows(&["file_unreadable", &name, "move messages/", "convolake replay agentx --to", "not sound"]);
    // The other pipeline's part is as it was.
    Convolake::new(&["verify", "convocore", "--to"]).arg(lake.path()).ends(0);
}

#[test]
fn there_must_be_something_to_verify() {
    let source = Source::tidy(5);
    let lake = Lake::new();
    verify(&lake).ends(2).says(&["is no lake: no pipeline has left anything there"]);
    let nowhere = lake.path().join("nowhere");
    Convolake::new(&["verify", "--to"])
        .arg(&nowhere)
        .ends(2)
        .says(&["is no lake: no pipeline has left anything there"]);
    assert!(!nowhere.exists());
    Convolake::pull("agentx", &source, &lake).ends(0);
    verify(&lake).args(&["convocore"]).ends(2).says(&["holds nothing of", "agentx"]);
    std::fs::create_dir_all(lake.path().join("raw/shop")).unwrap();
    verify(&lake).ends(2).says(&["`shop` is no built-in pipeline", "verify PATH/shop.yaml"]);
}

/// A table whose columns were edited is told apart from damage.
#[test]
fn another_schema_is_named() {
    let source = Source::tidy(20);
    let lake = Lake::new();
    Convolake::pull("agentx", &source, &lake).ends(0);
    let folder = TempDir::new().unwrap();
    Convolake::new(&["init", "."]).folder(folder.path()).ends(0);
    let table = folder.path().join("schemas/tables/messages.yaml");
    let text = std::fs::read_to_string(&table).unwrap().replace("  user_action_type: { type: string }\n", "");
    std::fs::write(&table, text).unwrap();
    let mapping = folder.path().join("schemas/agentx/messages.yaml");
    let text = std::fs::read_to_string(&mapping)
        .unwrap()
        .replace("    user_action_type: { at: /userActionType }\n", "");
    std::fs::write(&mapping, text).unwrap();
    let pipeline = folder.path().join("pipelines/agentx.yaml");
    let ended = verify(&lake).args(&[pipeline.to_str().unwrap()]).ends(1);
    assert_eq!(kinds(&ended), BTreeSet::from(["schema_changed".to_owned()]), "{ended}");
}
