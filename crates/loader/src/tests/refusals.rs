use convolake_model::Table;
use serde_json::json;

use crate::tests::model::{PIPELINE, Page, Scene, Setup, table};
use crate::{LeaseHolder, LoadError, LoadMode};

fn scene() -> (Scene, Page) {
    let mut scene = Scene::new(Setup::REPLACING);
    let page: Page = vec![(0, vec![(0, 0, Some(0))])];
    scene.load_table(LoadMode::Merge, &[(1, &page)], table(""), json!({"watermark": 1.5})).unwrap();
    (scene, page)
}

#[test]
fn a_changed_schema_is_refused_until_the_table_is_rebuilt() {
    let (mut scene, page) = scene();
    let changed = renamed("text");
    let refused = scene.load_table(LoadMode::Merge, &[(2, &page)], changed.clone(), json!({})).unwrap_err();
    assert!(matches!(refused, LoadError::TableChanged { .. }));
    // Nothing has landed, so there is nothing to replay.
    for words in ["only one of them has `body`", "no page of it has landed here", "convolake flatten"] {
        assert!(refused.to_string().contains(words), "{refused}");
    }
    let report = scene.load_table(LoadMode::Rebuild, &[(2, &page)], changed.clone(), json!({})).unwrap();
    assert_eq!(report.tables["messages"].files_written, 1);
    scene.load_table(LoadMode::Merge, &[(3, &page)], changed, json!({})).unwrap();
}

/// The table with another name for a column.
fn renamed(column: &str) -> Table {
    let mut table = table("");
    let columns = std::mem::take(&mut table.columns);
    let name = |name: String| if name == column { "body".to_owned() } else { name };
    table.columns = columns.into_iter().map(|(old, column)| (name(old), column)).collect();
    table
}

/// Commits name the columns of a table once it is loaded, and again when it has grown.
#[test]
fn a_table_grows_by_columns_that_may_be_null() {
    let (mut scene, page) = scene();
    let grown = table("_new: { type: string }");
    scene.load_table(LoadMode::Merge, &[(2, &page)], grown.clone(), json!({})).unwrap();
    let head = scene.lake.head(PIPELINE).unwrap().unwrap();
    assert!(head.tables["messages"].columns.contains(&"_new String optional".to_owned()), "{head:?}");
    let smaller = scene.load_table(LoadMode::Merge, &[(3, &page)], table(""), json!({})).unwrap_err();
    assert!(smaller.to_string().contains("only one of them has `_new`"), "{smaller}");
}

#[test]
fn other_buckets_are_refused() {
    let (mut scene, page) = scene();
    scene.setup.buckets = 2;
    let refused = scene.load(LoadMode::Merge, &[(2, &page)]).unwrap_err();
    assert!(matches!(refused, LoadError::BucketsChanged { stored: 1, wanted: 2, .. }));
}

#[test]
fn a_damaged_head_is_an_error_and_never_no_state() {
    let (mut scene, page) = scene();
    let head = scene.lake.head(PIPELINE).unwrap().unwrap();
    assert_eq!((head.seq, &head.state), (1, &json!({"watermark": 1.5})));
    let path = scene.folder.path().join("_convolake/agentx/commits/00000001.json");
    let good = std::fs::read(&path).unwrap();
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).unwrap();
        assert!(matches!(scene.lake.head(PIPELINE), Err(LoadError::Damaged { .. })), "cut to {length} bytes");
    }
    assert!(scene.load(LoadMode::Merge, &[(2, &page)]).is_err());
    std::fs::write(&path, good).unwrap();
    assert_eq!(scene.lake.head(PIPELINE).unwrap(), Some(head));
}

#[test]
fn a_state_that_moves_is_committed_without_a_table_file() {
    let (mut scene, _) = scene();
    let report = scene.load_table(LoadMode::Merge, &[], table(""), json!({"watermark": 2})).unwrap();
    let commit = report.commit.unwrap();
    assert_eq!((commit.seq, commit.files.len()), (2, 0));
    let head = scene.lake.head(PIPELINE).unwrap().unwrap();
    assert_eq!(head.parent, scene.lake.head(PIPELINE).unwrap().map(|_| commit.parent.unwrap()));
    let report = scene.load_table(LoadMode::Merge, &[], table(""), json!({"watermark": 2})).unwrap();
    assert!(report.commit.is_none());
}

#[test]
fn a_held_lease_is_refused_with_its_holder_and_free_again_afterwards() {
    let (scene, _) = scene();
    let holder = LeaseHolder { run: "r1".into(), pid: 42, since: jiff::Timestamp::UNIX_EPOCH };
    let lease = scene.lake.lease(PIPELINE, &holder).unwrap();
    let refused = scene.lake.lease(PIPELINE, &holder).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "another run holds the lease since 1970-01-01T00:00:00Z: run r1, process 42"
    );
    scene.lake.lease("another", &holder).unwrap();
    drop(lease);
    scene.lake.lease(PIPELINE, &holder).unwrap();
}

#[test]
fn totals_and_lookups_read_what_stands_there() {
    let (scene, _) = scene();
    let totals = scene.lake.totals(PIPELINE).unwrap();
    assert_eq!(totals.keys().collect::<Vec<_>>(), ["messages"]);
    assert_eq!((totals["messages"].rows, totals["messages"].files), (1, 1));
    let rows = scene
        .lake
        .scan("messages", PIPELINE)
        .columns(["message_id", "conversation_id", "text"])
        .batches()
        .unwrap();
    let batches: Vec<_> = rows.map(Result::unwrap).collect();
    let names = |batch: &arrow_array::RecordBatch| {
        batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&batches[0]), ["message_id", "conversation_id", "text"]);
    assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), 1);
    assert_eq!(scene.lake.scan("absent", PIPELINE).columns(["x"]).batches().unwrap().count(), 0);
    assert!(
        scene.lake.scan("messages", PIPELINE).columns(["x"]).batches().unwrap().any(|batch| batch.is_err())
    );
}
