//! Windows whose query parameters take days.

use super::project::OwnProject;
use super::script::{Answer, Script};
use crate::lake::Lake;

/// No window is empty or reversed, neighbours touch, and what happened on any day is asked for.
#[test]
fn windows_of_days_are_never_empty() {
    let source = Script::start(|_, asked| {
        let day = asked.query("from").unwrap();
        Answer::json(format!(r#"{{"data":[{{"id":"{day}","at":"{day}T12:00:00Z"}}]}}"#))
    });
    let project = OwnProject::new(
        "{ path: /t, pages: {}, records: /data, schema: x/t, slices: { window: 1d, from: from, until: until, format: date, lookback: 1d, at: /at } }",
        "u: { columns: { id: { at: /id }, at: { at: /at } } }\n",
    )
    .table("u", &[]);
    let lake = Lake::new();
    let run = |from: &str, until: &str| {
        let call = project.run(&source.base_url(), &lake);
        call.args(&["--from", from, "--until", until]).ends_somehow()
    };
    for (from, until) in
        [("2025-04-01", "2025-04-03T10:30:00Z"), ("2025-04-03T10:30:00Z", "2025-04-03T11:00:00Z")]
    {
        source.forget();
        run(from, until);
        let asked = source.asked();
        assert!(!asked.is_empty());
        for asked in asked {
            let (from, until) = (asked.query("from").unwrap(), asked.query("until").unwrap());
            assert!(from.len() == 10 && until.len() == 10 && from < until, "{asked:?}");
        }
    }
}
