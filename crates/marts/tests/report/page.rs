//! What stands on the page.

use crate::reported::{Lake, conversation, conversations};

/// The page asks for nothing: no address of anything, and a policy that forbids it.
#[track_caller]
fn stands_by_itself(page: &str) {
    assert!(page.contains("Content-Security-Policy") && page.contains("default-src 'none'"));
    for word in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word}");
    }
    let ids = page.matches("<title id=").count();
    assert_eq!(page.matches("<svg ").count(), ids, "each plot has a title");
}

#[test]
fn a_lake_without_a_row_has_a_page_that_says_so() {
    let page = Lake::new().with(&[]).page();
    stands_by_itself(&page);
    assert!(page.contains("No conversation and no message has a time yet"), "{page}");
    assert!(page.contains("complete up to") || page.contains("No stream has been pulled"), "{page}");
}

#[test]
fn a_lake_of_one_day_has_plots() {
    let page = Lake::new().with(&[conversation("c1", Some("web"), Some(3))]).page();
    stands_by_itself(&page);
    assert!(page.contains("id=\"conversations\""), "{page}");
    assert!(page.contains("2025-01-03"), "{page}");
    assert!(page.contains("is not built; `convolake mart --to"), "it says how to get what is not there");
}

#[test]
fn what_sources_have_written_is_text_and_nothing_else() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&";
    let lake = Lake::new().with(&[
        conversation("c1", Some(evil), Some(3)),
        conversation("</title><script>alert(2)</script>", Some("</style>{{ 7 * 7 }}"), Some(4)),
    ]);
    let page = lake.page();
    assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
    assert!(page.contains("&#60;script&#62;alert(1)") || page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(page.contains("{{ 7 * 7 }}"));
}

#[test]
fn many_channels_are_told_as_the_greatest_and_the_others() {
    let page = Lake::new().with(&conversations(2, 400)).page();
    stands_by_itself(&page);
    assert!(page.contains("others together"), "the rest is one series");
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

#[test]
fn a_source_without_channels_and_rows_without_times_are_told_in_words() {
    let lake = Lake::new().with(&[conversation("c1", None, Some(3)), conversation("c2", None, None)]);
    let page = lake.page();
    assert!(page.contains("1 conversations have no time, and are not in the plot."), "{page}");
    assert!(page.contains("conversations from 2025-01-03 to 2025-01-03"), "{page}");
}

/// A clock that is years ahead does not make the axis years long.
#[test]
fn what_is_yet_to_come_is_left_out_of_the_plots() {
    let lake = Lake::new()
        .with(&[conversation("c1", Some("web"), Some(3)), conversation("c2", Some("web"), Some(2_000))]);
    let page = lake.page();
    assert!(page.contains("Some rows lie in the time to come."), "{page}");
    assert!(page.contains("conversations from 2025-01-03 to 2025-01-03"), "{page}");
}

#[test]
fn a_zone_that_is_none_is_misuse() {
    let lake = Lake::new().with(&[]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_convolake-marts"));
    command
        .args(["report", "--zone", "Nonsense/Zone", "--to"])
        .arg(lake.path())
        .arg("--out")
        .arg(lake.page_path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("`Nonsense/Zone` is no time zone") && said.contains("Europe/Berlin"), "{said}");
    assert!(!lake.page_path().exists());
}
