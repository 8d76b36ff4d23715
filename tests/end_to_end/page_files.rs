//! Page files as people have them: pipes, other encodings.

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
