//! Lakes, files and folders that are not there, not allowed, or damaged.

use std::fs;
use std::path::{Path, PathBuf};

use super::case::{Case, World};
use crate::lake::files_below;

const RUN: &str = "run agentx -q --set base_url=SOURCE --set params.bot_name=demo-bot --to ";

pub(super) fn cases() -> Vec<Case> {
    let to = |to: &str| Case::new(format!("{RUN}{to}").leak());
    let damaged = |command, damage: fn(&Path)| {
        Case::new(command).after(move |folder: &Path, world: &World| {
            let lake = folder.join("lake");
            fs::create_dir(&lake).unwrap();
            world.lake_in(&lake);
            damage(&lake);
        })
    };
    let mut cases: Vec<Case> = [
        "''",
        "ftp://x/y",
        "gs://bucket/x",
        "s3:/x",
        "s3://",
        "file://host/x",
        "file:///%zz",
        "s3://ann:S3cret@bucket/x",
        "/proc/lake",
        "/sys/lake",
    ]
    .map(to)
    .into();
    let store = |url| to("s3://bucket/lake").env("AWS_ENDPOINT_URL", url).env("AWS_ACCESS_KEY_ID", "S3cret");
    let allowed = |url| store(url).env("AWS_SECRET_ACCESS_KEY", "S3cret").env("AWS_ALLOW_HTTP", "true");
    cases.extend([
        to("taken").file("taken", b""),
        to("taken/lake").file("taken", b""),
        store("http://127.0.0.1:9"),
        store("nonsense"),
        store("https://127.0.0.1:9").env("SSL_CERT_FILE", "/no/such").env("SSL_CERT_DIR", "/no/such"),
        allowed("http://127.0.0.1:9"),
        allowed("SCRIPT/403"),
        allowed("SCRIPT/html"),
        Case::new("status --to nowhere"),
        Case::new("verify --to nowhere"),
        Case::new("replay agentx --to nowhere"),
        Case::new("verify convocore --to lake").after(whole),
        Case::new("status convocore --to lake").after(whole),
        Case::new("verify --to lake").env("TMPDIR", "/no/such").after(whole),
    ]);
    cases.extend([
        damaged("status --to lake", |lake| fs::write(newest(lake, "json"), "{").unwrap()),
        damaged("replay agentx --to lake", |lake| fs::write(newest(lake, "json"), "{").unwrap()),
        damaged("verify --to lake", |lake| fs::write(newest(lake, "json"), "{").unwrap()),
        damaged("replay agentx --to lake", |lake| fs::write(newest(lake, "parquet"), "hello").unwrap()),
        damaged("verify --tables-only --to lake", |lake| {
            fs::write(newest(lake, "parquet"), "hello").unwrap()
        }),
        damaged("verify --tables-only --to lake", |lake| fs::remove_file(newest(lake, "parquet")).unwrap()),
        damaged("replay agentx --to lake", |lake| fs::write(newest(lake, "zst"), "hello").unwrap()),
        damaged("replay agentx --to lake", |lake| fs::remove_dir_all(lake.join("raw")).unwrap()),
    ]);
    let flatten = |name: &str| -> &'static str {
        format!("flatten agentx/messages -q {name} --to lake --set params.bot_name=b").leak()
    };
    cases.extend([
        Case::new(flatten("no-such.json")),
        Case::new(flatten(".")),
        Case::new(flatten("a.json.gz")).file("a.json.gz", b"hello"),
        Case::new(flatten("a.jsonl.zst")).file("a.jsonl.zst", b"hello"),
        Case::new(flatten("a.json")).file("a.json", b"PK\x03\x04"),
        Case::new(flatten("a.json")).file("a.json", b"{\"success\":true,\"data\":[1]}"),
        Case::new(flatten("a.json --set on_mismatch=fail")).file(
            "a.json",
            b"{\"success\":true,\"data\":[{\"_id\":\"a\",\"conversationId\":\"c\",\"time\":\"x\"}]}",
        ),
        Case::new("init /proc/x"),
        Case::new("init taken").file("taken", b""),
        Case::new("init .").file("pipelines/agentx.yaml", b"mine"),
        Case::new("man --dir /proc/x"),
        Case::new("man --dir taken").file("taken", b""),
        Case::new("simulate --pages-to /proc/x"),
        Case::new("simulate --port 0 --corpus nowhere"),
        Case::new("simulate --port 0 --corpus ."),
        Case::new("simulate --port 0 --corpus .").file("agentx_messages.jsonl", b"hello"),
        Case::new("simulate --port 0 --corpus .").file("agentx_messages.jsonl.zst", b"hello"),
    ]);
    cases
}

fn whole(folder: &Path, world: &World) {
    fs::create_dir(folder.join("lake")).unwrap();
    world.lake_in(&folder.join("lake"));
}

/// The last file of a kind: of the commits, of the tables, of the landed pages.
fn newest(lake: &Path, kind: &str) -> PathBuf {
    let below = match kind {
        "json" => lake.join("_convolake/agentx/commits"),
        "parquet" => lake.join("messages"),
        _ => lake.join("raw"),
    };
    let mut files: Vec<PathBuf> = files_below(&below);
    files.retain(|path| path.extension().is_some_and(|end| end == kind));
    files.sort();
    files.pop().unwrap()
}
