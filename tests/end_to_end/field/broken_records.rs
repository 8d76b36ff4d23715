//! Pages with a record that is no JSON, and pages that are torn.

use super::failures_and_ends::{project, records};
use super::script::{Answer, Script};
use crate::lake::Lake;

const CURSOR: &str =
    "{ path: /t, pages: { cursor: /next, param: cursor }, records: /data, id: /id, schema: x/t }";

/// The second page of three holds this between two good records, whenever it is asked for.
fn source(middle: &'static str) -> Script {
    Script::start(move |_, asked| {
        let (first, second) = (records(&[1]), records(&[5]));
        Answer::json(match asked.query("cursor") {
            None => format!(r#"{{"data":[{first}],"next":"c2"}}"#),
            Some("c2") => format!(r#"{{"data":[{},{middle},{}],"next":"c3"}}"#, records(&[2]), records(&[4])),
            Some(_) => format!(r#"{{"data":[{second}],"next":null}}"#),
        })
    })
}

/// brian7704/OpenTAKServer 291, jeroen/jsonlite 281, axios/axios 1409, connexion 1068: the pages behind are asked for.
#[test]
fn a_record_that_is_no_json_costs_itself_and_ends_nothing() {
    for middle in [
        r#"{"id":"3","ce":NaN}"#,
        r#"{"id":"3","ce":-Infinity}"#,
        r#"{"id":"3","ce":+Infinity}"#,
        r#"{"id":"3","ce":+1}"#,
        r#"{"id":"3","ce":01}"#,
        r#"{"id":"3","ce":.5}"#,
        r#"{"id":"3","ce":0x1F}"#,
        r#"{"id":"3","is":True,"no":None}"#,
        r#"{"id":"3","list":[1,,2]}"#,
        r#"{"id":"3",}"#,
        r#"{"id":"3" /* so far */}"#,
        r#"{"id":"3","path":"C:\quiet"}"#,
        r#"{"id":"3","half":"\ud8"}"#,
        "{\"id\":\"3\",\"text\":\"two\nlines\tand a tab\"}",
        r#"{"id":"3","text":"she said "hi" to me"}"#,
        "NaN",
        "undefined",
    ] {
        let (source, lake) = (source(middle), Lake::new());
        let project = project(CURSOR);
        let ended = project.run(&source.base_url(), &lake).ends(65);
        let ids: Vec<String> =
            lake.rows("u").iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), 4, "{middle}: {ids:?}; {ended}");
        let quarantined = lake.quarantined("x");
        assert_eq!(quarantined.len(), 1, "{middle}: {quarantined:?}");
        let reason = quarantined[0]["reason"].as_str().unwrap();
        assert!(reason.starts_with("not_json"), "{middle}: {reason}");
        assert_eq!(source.asked().len(), 3, "{middle}: {ended}");
    }
}

/// A page with an open bracket is a failed request: its stream stops there, and goes on once the page is whole.
#[test]
fn a_page_that_is_torn_is_asked_for_again() {
    for torn in [
        r#"{"data":[{"id":"2","at":"2024-12-01T00:00:02Z"},{"id":"3","ce":NaN"#,
        r#"{"data":[{"id":"2","at":"2024-12-01T00:00:02Z"}],"next":"c"#,
        r#"{"data":[{"id":"2","ce":NaN}]"#,
    ] {
        let source = Script::start(move |n, _| match n {
            0 => Answer::json(torn),
            _ => Answer::json(format!(r#"{{"data":[{}],"next":null}}"#, records(&[2, 3, 4]))),
        });
        let lake = Lake::new();
        project(CURSOR).run(&source.base_url(), &lake).ends(0);
        assert_eq!((lake.rows("u").len(), source.asked().len()), (3, 2), "{torn}");
    }
}

/// The same of a file.
#[test]
fn a_record_that_is_no_json_costs_itself_in_a_file() {
    let lake = Lake::new();
    let project = project(CURSOR);
    let text = format!(r#"{{"data":[{},{{"id":"3","ce":-Infinity}},{}]}}"#, records(&[2]), records(&[4]));
    let file = project.write("page.json", text);
    project.flatten(&[&file], &lake).ends(65);
    assert_eq!((lake.rows("u").len(), lake.quarantined("x").len()), (2, 1));
}
