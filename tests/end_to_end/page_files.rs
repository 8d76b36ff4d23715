//! Page files as people have them: pipes, other encodings.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::convolake::{Convolake, param};
use crate::lake::Lake;

/// A page with messages `m0` up to `m(n - 1)`, all of one text.
pub(crate) fn page(n: usize, text: &str) -> String {
    let message = |number: usize| {
        format!(
            r#"{{"_id":"m{number}","conversationId":"c{number}","type":"UserInput","userInput":"{text}","time":1740000000}}"#
        )
    };
    let messages: Vec<String> = (0..n).map(message).collect();
    format!("{{\"success\":true,\"data\":[{}]}}\n", messages.join(","))
}

/// A flatten of a file of messages.
pub(crate) fn flatten(file: impl AsRef<Path>, lake: &Lake) -> Convolake {
    Convolake::new(&["flatten", "agentx/messages"]).arg(file).to(lake).set(param("agentx")).without_keys()
}

fn text_of_first(lake: &Lake) -> Value {
    lake.rows("messages").into_iter().find(|row| row["message_id"] == "m0").unwrap()["text"].clone()
}

/// bowtie#2: a page that is known, behind another that touches its rows, is read once more; a pipe is at its end by then, and the
/// older row stayed.
#[test]
fn the_last_page_of_a_pipe_counts_though_it_is_known() {
    let folder = TempDir::new().unwrap();
    let known = folder.path().join("a.jsonl");
    std::fs::write(&known, page(1, "A")).unwrap();
    let lake = Lake::new();
    flatten(&known, &lake).ends(0);
    let piped = page(3, "B") + &page(1, "A");
    for _ in 0..2 {
        flatten("/dev/stdin", &lake).stdin_of(piped.as_bytes()).ends(0);
        assert_eq!(text_of_first(&lake), "A");
        assert_eq!(lake.rows("messages").len(), 3);
    }
    let once = page(9, "C");
    flatten("/dev/stdin", &lake).stdin_of(once.as_bytes()).ends(0);
    let before = lake.table_files();
    flatten("/dev/stdin", &lake).stdin_of(once.as_bytes()).ends(0);
    assert_eq!(lake.table_files(), before);
}

/// A named pipe was opened for a try, which its writer does not survive, and then once more, without an end.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_opened_once() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("f.jsonl");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::write(pipe, page(2, "piped")))
    };
    let lake = Lake::new();
    flatten(&pipe, &lake).ends(0);
    writer.join().unwrap().unwrap();
    assert_eq!(lake.rows("messages").len(), 2);
}

/// whois#291: a file in Latin-1 became rows without its letters, and nobody was told.
#[test]
fn text_that_is_no_utf_8_is_told_of() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("latin1.jsonl");
    let pages = page(1, "plain") + &page(2, "caf\u{e9} M\u{fc}ller");
    let latin1: Vec<u8> = pages.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
    std::fs::write(&file, latin1).unwrap();
    let told = format!("first on {}#2", file.display());
    let words = ["4 characters: no text", "U+FFFD", told.as_str(), "iconv -f"];
    let lake = Lake::new();
    flatten(&file, &lake).args(&["-q"]).ends(0).says(&words);
    // The file is known by now, and so is this of it.
    let ended = flatten(&file, &lake).ends(0);
    ended.says(&words);
    // Text that is fine is told of by nobody.
    std::fs::write(&file, page(2, "caf\u{e9}")).unwrap();
    assert!(!flatten(&file, &lake).ends(0).stderr.contains("U+FFFD"));
}

/// Two pages, as `jq` writes them.
fn pretty() -> String {
    let pages = [page(2, "A"), page(3, "B")];
    let pretty = pages.map(|page| {
        let page: Value = serde_json::from_str(&page).unwrap();
        serde_json::to_string_pretty(&page).unwrap()
    });
    pretty.join("\n") + "\n"
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn utf_16(text: &str) -> Vec<u8> {
    ["\u{feff}", text].concat().encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What a file is called and what it is are two things; all of it went to quarantine.
#[test]
fn a_file_is_read_by_its_first_bytes_whatever_it_is_called() {
    let folder = TempDir::new().unwrap();
    let lines = page(2, "A") + &page(3, "B");
    let compressed = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    let marked = ["\u{feff}", &lines].concat();
    for (name, bytes) in [
        ("gzip.jsonl", gzip(&lines)),
        ("zstd.jsonl", compressed(&lines)),
        ("zstd.json", compressed(&lines)),
        ("plain.jsonl.gz", lines.clone().into_bytes()),
        ("a.jsonl.gzip", gzip(&lines)),
        ("a.jsonl.zstd", compressed(&lines)),
        ("zeros.jsonl.gz", [gzip(&lines), vec![0; 512]].concat()),
        ("pretty.jsonl", pretty().into_bytes()),
        ("pretty.json", pretty().into_bytes()),
        ("pretty.ndjson.gz", gzip(&pretty())),
        ("marked.jsonl", marked.clone().into_bytes()),
        ("marked.json", marked.into_bytes()),
        ("empty_line.json", ["\n", &lines].concat().into_bytes()),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, &bytes).unwrap();
        let lake = Lake::new();
        flatten(&file, &lake).ends(0);
        assert_eq!((text_of_first(&lake), lake.rows("messages").len()), ("B".into(), 3), "{name}");
        let piped = Lake::new();
        flatten("-", &piped).stdin_of(&bytes).ends(0);
        assert_eq!(
            (text_of_first(&piped), piped.rows("messages").len()),
            ("B".into(), 3),
            "{name} by a pipe"
        );
    }
    // A page is named by the line that it begins in.
    let (file, lake) = (folder.path().join("pretty.jsonl"), Lake::new());
    flatten(&file, &lake).ends(0);
    let begins_in = pretty().lines().take_while(|line| *line != "}").count() + 2;
    let page = lake.rows("messages")[0]["page"].as_str().unwrap().to_owned();
    assert_eq!(page, format!("{}#{begins_in}", file.display()));
}

#[test]
fn what_is_not_read_is_called_by_its_name() {
    let folder = TempDir::new().unwrap();
    let lake = Lake::new();
    let write = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let wide = write("wide.jsonl", &utf_16(&page(1, "A")));
    flatten(&wide, &lake).ends(2).says(&["is UTF-16", "iconv -f UTF-16 -t UTF-8"]);
    let behind = write("behind.jsonl.gz", &[gzip(&page(1, "A")), b"rest".to_vec()].concat());
    flatten(&behind, &lake).ends(1).says(&["other bytes stand behind the end of what gzip has compressed"]);
    let text = write("text.jsonl.gz", b"no gzip");
    flatten(&text, &lake).ends(1).says(&["it is not compressed by gzip"]);
    // What most of the quarantined are quarantined for.
    let pages = ["no json\n", "<html>\n", &page(1, "A"), "no json, too\n"].concat();
    let mixed = write("mixed.jsonl", pages.as_bytes());
    let first = format!("first on {}#1", mixed.display());
    flatten(&mixed, &lake).ends(65).says(&["3 of 4 records quarantined", "unreadable_page", &first]);
}
