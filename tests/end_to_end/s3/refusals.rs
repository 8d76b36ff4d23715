//! What cannot be used is refused, with the reason and the remedy, and at once.

use std::time::{Duration, Instant};

use super::store::{Fault, Store};
use crate::convolake::Convolake;
use crate::lake::Lake;
use crate::source::Source;

fn call(source: &Source, lake: &Lake) -> Convolake {
    Convolake::pull("agentx", source, lake)
}

#[test]
fn wrong_keys_a_missing_bucket_and_a_store_out_of_reach_are_told_apart() {
    let source = Source::tidy(5);
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    let refused = call(&source, &lake).env("AWS_SECRET_ACCESS_KEY", "another").ends(77);
    refused.says(&["SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"]);
    for secret in ["store-key", "store-word", "StringToSign"] {
        assert!(!refused.stderr.contains(secret), "{refused}");
    }
    let elsewhere = Lake::in_bucket(&store, "elsewhere", "x");
    call(&source, &elsewhere).ends(2).says(&["there is no bucket of this name", "s3://elsewhere/x"]);
    let started = Instant::now();
    call(&source, &lake).env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").ends(69).says(&["not available"]);
    assert!(started.elapsed() < Duration::from_secs(45), "{:?}", started.elapsed());
    call(&source, &lake).env("AWS_ALLOW_HTTP", "false").ends(2).says(&["AWS_ALLOW_HTTP=true"]);
    assert!(source.running.ledger().requests().is_empty(), "nothing is pulled that could not be kept");
}

#[test]
fn a_store_that_ignores_conditions_is_refused_before_anything_is_pulled() {
    let source = Source::tidy(5);
    let store = Store::without_conditions();
    let lake = Lake::in_store(&store, "lake");
    call(&source, &lake).ends(2).says(&["create", "use a store that does"]);
    assert!(source.running.ledger().requests().is_empty());
    assert!(!lake.path().join("raw").exists());
}

#[test]
fn the_lake_of_a_newer_release_is_refused() {
    let source = Source::tidy(5);
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    let commits = lake.path().join("_convolake/agentx/commits");
    std::fs::create_dir_all(&commits).unwrap();
    std::fs::write(commits.join("00000007.json"), "{\"version\":99,\"new\":\"things\"}").unwrap();
    call(&source, &lake).ends(1).says(&["format version 99", "use a newer convolake"]);
    assert!(source.running.ledger().requests().is_empty());
}

/// `aws/aws-sdk-php#885`: S3 answers 400 `RequestTimeout` where a body comes slowly, and 409 where two writes meet; both ask for the request to be made again.
#[test]
fn what_the_store_asks_to_be_made_again_is() {
    let source = Source::tidy(5);
    let store = Store::start();
    let lake = Lake::in_store(&store, "lake");
    for fault in [Fault::TimedOut, Fault::TimedOut, Fault::Conflict] {
        store.fault(".jsonl.zst", fault);
        store.fault(".parquet", fault);
    }
    call(&source, &lake).ends(0);
    assert!(!lake.rows("messages").is_empty());
}
