//! Page files give the same rows as the run that landed them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use convolake_simulator::{Corpus, write_pages};
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;
use crate::source::{Source, odd, unlimited};

/// Pipeline, stream, and the stem of its page file.
const STREAMS: [(&str, &str, &str); 4] = [
    ("agentx", "conversations", "agentx_conversations"),
    ("agentx", "messages", "agentx_messages"),
    ("convocore", "list", "convocore_v3_list"),
    ("convocore", "export", "convocore_v2_export"),
];

#[track_caller]
fn flatten(pipeline: &str, stream: &str, files: &[PathBuf], lake: &Lake) {
    let mut call = Convolake::new(&["flatten", &format!("{pipeline}/{stream}")]);
    for file in files {
        call = call.arg(file);
    }
    call.to(lake).set(param(pipeline)).json().without_keys().ends(0);
}

#[test]
fn page_files_and_raw_lines_give_the_rows_of_the_run() {
    let corpus = Corpus::Generated(odd(120));
    let pages = TempDir::new().unwrap();
    write_pages(pages.path(), &corpus).unwrap();
    let source = Source::start(unlimited(corpus));
    let run = Lake::new();
    for pipeline in ["agentx", "convocore"] {
        Convolake::pull(pipeline, &source, &run).ends(0);
    }

    let pulled = run.contents();

    let landed = Lake::new();
    for (pipeline, stream, _) in STREAMS {
        flatten(pipeline, stream, &run.raw_files(pipeline, stream), &landed);
    }
    landed.holds_just(&pulled);

    for kinds in [["jsonl.zst", "jsonl", "jsonl.gz", "json"], ["json", "json.gz", "json.zst", "jsonl.gz"]] {
        let lake = Lake::new();
        for ((pipeline, stream, stem), kind) in STREAMS.into_iter().zip(kinds) {
            let files = written(&pages.path().join(format!("{stem}.jsonl.zst")), kind);
            flatten(pipeline, stream, &files, &lake);
        }
        lake.holds_just(&pulled);
    }
}

/// A lake that was filled from page files has nothing to rebuild its tables from: emptying them would be a loss.
#[test]
fn a_replay_without_landed_pages_leaves_the_tables() {
    let pages = TempDir::new().unwrap();
    write_pages(pages.path(), &Corpus::Generated(odd(20))).unwrap();
    let lake = Lake::new();
    flatten("agentx", "messages", &[pages.path().join("agentx_messages.jsonl.zst")], &lake);
    let before = lake.table_files();
    assert!(!before.is_empty());
    Convolake::replay("agentx", &lake).ends(2).says(&["no landed page", "left as they are"]);
    assert_eq!(lake.table_files(), before);

    let source = Source::start(unlimited(Corpus::Generated(odd(20))));
    Convolake::pull("agentx", &source, &lake).args(&["--stream", "conversations"]).ends(0);
    let messages = lake.rows("messages");
    Convolake::replay("agentx", &lake).ends(0);
    assert_eq!(lake.rows("messages"), messages);
}

/// The same pages in another kind of file; `json` is one file a page.
fn written(pages: &Path, kind: &str) -> Vec<PathBuf> {
    let text = zstd::decode_all(File::open(pages).unwrap()).unwrap();
    let stem = pages.with_extension("").with_extension("");
    let place = |number: usize| PathBuf::from(format!("{}-{number}.{kind}", stem.display()));
    let contents: Vec<&[u8]> = match kind.starts_with("jsonl") {
        true => vec![&text],
        false => text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect(),
    };
    let files = contents.iter().enumerate().map(|(number, content)| {
        let file = File::create(place(number)).unwrap();
        write_as(kind, content, file);
        place(number)
    });
    files.collect()
}

fn write_as(kind: &str, content: &[u8], mut file: File) {
    match kind.rsplit('.').next() {
        Some("zst") => zstd::stream::copy_encode(content, file, 3).unwrap(),
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap();
        }
        _ => file.write_all(content).unwrap(),
    }
}
