//! The page in headless Chromium, light and dark, on a desktop and on a phone.

use std::path::PathBuf;
use std::process::Command;

use crate::reported::{Lake, conversation, conversations};

/// What `tests/interop/page.py` ends with where there is no Chromium.
const SKIPPED: i32 = 77;

#[track_caller]
fn is_sound(lake: &Lake) {
    lake.page();
    let python = std::env::var_os("CONVOLAKE_PYTHON").unwrap_or_else(|| "python3".into());
    // Read at run time, as checkouts may share a build folder.
    let crate_folder =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let script = PathBuf::from(crate_folder).join("../../tests/interop/page.py");
    let Ok(output) = Command::new(python).arg("-B").arg(script).arg(lake.page_path()).output() else {
        eprintln!("skipped: the page is not looked at, since there is no Python");
        return;
    };
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).join("\n");
    eprintln!("{said}");
    if output.status.code() != Some(SKIPPED) {
        assert!(output.status.success(), "{said}");
    }
}

#[test]
fn a_lake_with_all_sections_is_sound() {
    let mut all = conversations(130, 4);
    all.push(conversation("none", None, None));
    is_sound(&Lake::new().with(&all).with_marts());
}

#[test]
fn an_empty_lake_is_sound() {
    is_sound(&Lake::new().with(&[]));
}
