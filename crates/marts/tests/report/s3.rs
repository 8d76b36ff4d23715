//! The page of a lake in a bucket.

use std::process::Command;

use crate::lake::Lake;
use crate::moto::Moto;
use crate::reported::conversations;

/// Has the lake's derived tables built, and gives its page.
fn page(lake: &Lake) -> String {
    let call = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
        command.args(words).args(["--to", &lake.to]);
        let output =
            command.envs(lake.environment.iter().map(|(name, value)| (name, value))).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let page = lake.beside("report.html");
    call(&["mart"]);
    call(&["report", "--out", page.to_str().unwrap()]);
    std::fs::read_to_string(page).unwrap()
}

/// The section, from its heading to the one that follows.
#[track_caller]
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let begins = page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    let rest = &page[begins..];
    &rest[..rest.find("</section>").unwrap_or(rest.len())]
}

#[test]
fn a_lake_in_a_bucket_has_the_page_of_one_in_a_folder() {
    let Some(moto) = Moto::start() else { return };
    let (mut bucket, mut folder) = (moto.lake("s3://lakes/some/lake"), Lake::new());
    let rows = serde_json::Value::Array(conversations(40, 2));
    for lake in [&mut bucket, &mut folder] {
        lake.environment.push(("CONVOLAKE_TEST_NOW", "2025-06-11T09:00:00Z".to_owned()));
        lake.flatten("convocore/export", "agent_id=a1", &rows);
    }
    let (found, expected) = (page(&bucket), page(&folder));
    for id in ["volume", "response", "outcomes", "completeness", "hours", "types", "checks"] {
        assert_eq!(section(&found, id), section(&expected, id), "{id}");
    }
    assert!(section(&found, "volume").contains("<svg "), "{found}");
}
