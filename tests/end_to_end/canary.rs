//! The key stands nowhere in what is written, whatever the source does with it.

use std::path::Path;

use convolake_simulator::{Corpus, Fault, FaultKind, SimulatorConfig, Stream};

use crate::convolake::Convolake;
use crate::lake::{Lake, TABLES};
use crate::source::{SMALL_PAGE, Source, tidy, unlimited};

const CANARY: &str = "Canary+Key/7f3a9cD2<e8>b5041";

/// The key as somebody might write it.
fn encodings() -> Vec<(&'static str, Vec<u8>)> {
    let bytes = CANARY.as_bytes();
    let hex = |upper: bool| -> String {
        bytes.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
    };
    let percent = |is_kept: fn(&u8) -> bool| -> String {
        let encode =
            |byte: &u8| if is_kept(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
        bytes.iter().map(encode).collect()
    };
    let escaped: String = CANARY
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_string()
            } else {
                format!("\\u{:04x}", u32::from(letter))
            }
        })
        .collect();
    let html = CANARY.replace('<', "&lt;").replace('>', "&gt;");
    let (first, second) = CANARY.split_at(CANARY.len() / 2);
    let reversed: String = CANARY.chars().rev().collect();
    let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        ("plain", bytes.to_vec()),
        ("base64", base64(bytes, b"+/").into_bytes()),
        ("base64 for URLs", base64(bytes, b"-_").into_bytes()),
        ("hex", hex(false).into_bytes()),
        ("HEX", hex(true).into_bytes()),
        ("percent-encoded", percent(u8::is_ascii_alphanumeric).into_bytes()),
        ("escaped JSON", escaped.into_bytes()),
        ("HTML", html.into_bytes()),
        ("UTF-16", utf16),
        ("reversed", reversed.into_bytes()),
        ("first half", first.as_bytes().to_vec()),
        ("second half", second.as_bytes().to_vec()),
    ]
}

/// Without padding, so that it is found within longer text.
fn base64(bytes: &[u8], last_two: &[u8; 2]) -> String {
    let letter = |six: usize| match six {
        0..26 => b'A' + six as u8,
        26..52 => b'a' + (six - 26) as u8,
        52..62 => b'0' + (six - 52) as u8,
        _ => last_two[six - 62],
    };
    // A rest of one or two bytes depends on what follows.
    let whole = bytes.chunks_exact(3).flat_map(|three| {
        let number = usize::from(three[0]) << 16 | usize::from(three[1]) << 8 | usize::from(three[2]);
        [18, 12, 6, 0].map(|shift| char::from(letter(number >> shift & 63)))
    });
    whole.collect()
}

#[test]
fn the_key_is_in_nothing_that_is_written() {
    let source = Source::start(SimulatorConfig {
        page_cap: Some(SMALL_PAGE),
        agentx_api_key: CANARY.to_owned(),
        convocore_api_key: CANARY.to_owned(),
        ..unlimited(Corpus::Generated(tidy(60)))
    });
    let echo = |code| FaultKind::Status {
        code,
        retry_after: Some(CANARY.to_owned()),
        body: Some(format!(r#"{{"message": "the key {CANARY} is bad", "success": false}}"#)),
    };
    for stream in [Stream::AgentxMessages, Stream::ConvocoreExport] {
        for (from, code) in [(1, 500), (3, 429), (5, 200)] {
            source.fault(Fault::new(stream, from, 1, echo(code)));
        }
    }
    source.fault(Fault::new(Stream::AgentxConversations, 3, 1_000_000, echo(403)));
    let lake = Lake::new();
    let mut written = Vec::new();
    for (pipeline, code) in [("agentx", 77), ("convocore", 0)] {
        let pull = Convolake::pull(pipeline, &source, &lake).args(&["-vv"]);
        let ended = pull.env("AGENTX_API_KEY", CANARY).env("CONVOCORE_API_KEY", CANARY).ends(code);
        assert!(ended.stderr.contains("attempt"), "the log is at its highest level; {ended}");
        written.push((format!("stdout of {pipeline}"), ended.stdout.into_bytes()));
        written.push((format!("stderr of {pipeline}"), ended.stderr.into_bytes()));
    }
    collect(lake.path(), &mut written);
    for table in TABLES {
        written.push((format!("rows of {table}"), serde_json::to_vec(&lake.rows(table)).unwrap()));
    }
    assert!(written.iter().any(|(name, _)| name.contains("/failed/")), "no failed answer was kept");
    let encodings = encodings();
    println!("figure canary_encodings {}", encodings.len());
    println!("figure canary_files {}", written.len());
    let mut hits = Vec::new();
    for (name, bytes) in &written {
        for (encoding, canary) in &encodings {
            if bytes.windows(canary.len()).any(|window| window == canary) {
                hits.push(format!("{encoding} in {name}"));
            }
        }
    }
    println!("figure canary_hits {}", hits.len());
    assert!(hits.is_empty(), "{hits:#?}");
}

/// All files, as they are and, where they are compressed, as they were.
fn collect(folder: &Path, written: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, written);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let name = path.display().to_string();
        if name.ends_with(".zst") {
            written.push((name.clone(), zstd::decode_all(bytes.as_slice()).unwrap()));
        }
        written.push((name, bytes));
    }
}
