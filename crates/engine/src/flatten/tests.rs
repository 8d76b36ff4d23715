use std::collections::BTreeSet;
use std::sync::Arc;

use convolake_extractor::{Stop, SystemClock};
use convolake_loader::{Lake, Location};

use crate::flatten::command::{FlattenRequest, flatten};
use crate::reads::scan::{Files, Scan};
use crate::{Event, Observer, Seams};

struct Nobody;

impl Observer for Nobody {
    fn on(&self, _: &Event<'_>) {}
}

fn seams() -> Seams {
    Seams {
        clock: Arc::new(SystemClock::start()),
        env: Arc::new(|_| None),
        entropy: 1,
        stop: Stop::default(),
        observer: Arc::new(Nobody),
        after_run: None,
    }
}

fn page(number: usize) -> String {
    format!(
        r#"{{"success":true,"data":[{{"_id":"m{number}","conversationId":"c{number}","type":"UserInput","userInput":"hello","time":1740000000}}]}}"#
    )
}

/// More pages than wait at the workers, one of which cannot be read: every record is in a table or in quarantine, and
/// a scan finds the rows by their params.
#[test]
fn page_files_become_rows_that_a_scan_finds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.jsonl");
    let mut pages: Vec<String> = (0..40).map(page).collect();
    pages.insert(20, "no page".to_owned());
    std::fs::write(&file, pages.join("\n")).unwrap();
    let to = folder.path().join("lake").display().to_string();
    let request = FlattenRequest {
        pipeline: "agentx".to_owned(),
        stream: "messages".to_owned(),
        overrides: vec!["params.bot_name=a".parse().unwrap()],
        files: vec![file],
        to: to.clone(),
        memory_bytes: 256_000_000,
    };
    let report = flatten(&request, &seams()).unwrap();
    let stream = &report.streams[0];
    assert_eq!((stream.pages, stream.records, stream.quarantined), (41, 41, 1));
    assert_eq!(report.tables["messages"].rows_added, 40);

    let lake = Lake::find(&Location::parse(&to).unwrap()).unwrap().unwrap();
    for (agent, n_rows) in [("a", 40), ("b", 0)] {
        let equal = [("agent_id", agent)];
        let (columns, files) = (&["message_id"], Files::All);
        let scan = Scan { table: "messages", pipeline: "agentx", columns, equal: &equal, files };
        let mut ids = BTreeSet::new();
        scan.for_each(&lake, |rows| {
            ids.extend(rows.texts("message_id").flatten().map(str::to_owned));
        })
        .unwrap();
        assert_eq!(ids.len(), n_rows, "{agent}");
    }
}
