//! Derived tables are published whole or not at all, and nobody who looks at pipelines meets them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use convolake_model::ColumnType;
use object_store::memory::InMemory;

use crate::storage::LakeStorage;
use crate::tests::model::TIMES;
use crate::{Added, FindingKind, Lake, LeaseHolder, LoadError, Location, NewFile, Remedy};

/// A file of a table and month, with its content; without content it goes.
type File<'a> = (&'a str, Option<&'a str>, &'a str);

fn build(lake: &Lake, run: &str, files: &[File<'_>]) -> Result<Vec<Added>, LoadError> {
    let holder = LeaseHolder { run: run.into(), pid: 1, since: jiff::Timestamp::UNIX_EPOCH };
    let mut derived = lake.derive("agentx", &holder)?;
    let mut added = Vec::new();
    let mut columns = BTreeMap::new();
    for (table, month, content) in files {
        let path = derived.new_path()?;
        std::fs::write(&path, content).unwrap();
        let (table, month) = ((*table).to_owned(), month.map(str::to_owned));
        columns.insert(table.clone(), vec![("day".to_owned(), ColumnType::Date)]);
        let rows = u64::try_from(content.len()).unwrap();
        added.push(derived.add(NewFile { table, month, path, rows, instants: BTreeMap::new() })?);
    }
    derived.publish(&columns, serde_json::json!({ "files": files.len() }), jiff::Timestamp::UNIX_EPOCH)?;
    Ok(added)
}

/// The contents by name, and what the newest commit says of them.
fn seen(lake: &Lake) -> (BTreeMap<String, String>, Option<u64>) {
    let listed = pollster::block_on(lake.storage.list("marts")).unwrap();
    let content = |name: String| {
        let bytes = pollster::block_on(lake.storage.get(&name)).unwrap().unwrap();
        (name, String::from_utf8(bytes.to_vec()).unwrap())
    };
    let files = listed.into_iter().map(|listed| content(listed.name)).collect();
    let head = pollster::block_on(crate::publish::commit::head(&lake.storage, ".marts/agentx")).unwrap();
    (files, head.map(|head| head.tables.values().flat_map(|table| &table.manifests).map(|of| of.files).sum()))
}

const BEFORE: [File<'_>; 3] =
    [("daily", Some("2025-01"), "a"), ("daily", Some("2025-02"), "b"), ("stats", None, "c")];
const AFTER: [File<'_>; 4] = [
    ("daily", Some("2025-01"), "a"),
    ("daily", Some("2025-02"), ""),
    ("daily", Some("2025-03"), "d"),
    ("stats", None, "ce"),
];

fn whole() -> BTreeMap<String, String> {
    [
        ("marts/daily/source=agentx/month=2025-01/part-0.parquet", "a"),
        ("marts/daily/source=agentx/month=2025-03/part-0.parquet", "d"),
        ("marts/stats/source=agentx/month=__HIVE_DEFAULT_PARTITION__/part-0.parquet", "ce"),
    ]
    .map(|(name, content)| (name.to_owned(), content.to_owned()))
    .into()
}

fn dying_after(lake: &Lake, steps: usize) -> Lake {
    let left = AtomicUsize::new(steps);
    let step = move |_: &'static str| {
        let alive =
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if alive { Ok(()) } else { Err(std::io::ErrorKind::Interrupted.into()) }
    };
    Lake::over(lake.storage.interrupted(Arc::new(step)), TIMES)
}

fn lakes() -> [(Lake, Option<tempfile::TempDir>); 2] {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = Lake::open(&Location::Folder(folder.path().join("lake"))).unwrap();
    let store = LakeStorage::on_store(Arc::new(InMemory::new())).unwrap();
    [(on_disk, Some(folder)), (Lake::over(store, TIMES), None)]
}

#[test]
fn a_build_that_dies_at_any_step_is_whole_or_not_there_after_the_next() {
    for steps in 0..40 {
        for (lake, _folder) in lakes() {
            build(&lake, "20250101T000000Z-a", &BEFORE).unwrap();
            let old = seen(&lake);
            assert_eq!((old.0.len(), old.1), (3, Some(3)));
            let is_done = build(&dying_after(&lake, steps), "20250102T000000Z-b", &AFTER).is_ok();
            // Whoever builds next brings it to its end or clears it.
            let holder =
                LeaseHolder { run: "20250103T000000Z-c".into(), pid: 1, since: jiff::Timestamp::UNIX_EPOCH };
            drop(lake.derive("agentx", &holder).unwrap());
            let found = seen(&lake);
            assert!(found == old || found == (whole(), Some(3)), "after {steps} steps: {found:?}");
            assert!(!is_done || found.0 == whole(), "after {steps} steps");
            build(&lake, "20250104T000000Z-d", &AFTER).unwrap();
            assert_eq!(seen(&lake), (whole(), Some(3)), "after {steps} steps");
            // In a store, what was staged for a commit that another build made is void once that is there.
            drop(lake.derive("agentx", &holder).unwrap());
            let staged = pollster::block_on(lake.storage.list("_convolake/staging")).unwrap();
            assert_eq!(staged, []);
        }
    }
}

#[test]
fn what_is_as_it_was_is_not_written_and_what_is_missing_is() {
    for (lake, folder) in lakes() {
        assert_eq!(build(&lake, "r1", &BEFORE).unwrap(), [Added::New; 3]);
        assert_eq!(build(&lake, "r2", &BEFORE).unwrap(), [Added::Unchanged; 3]);
        let name = "marts/daily/source=agentx/month=2025-01/part-0.parquet";
        pollster::block_on(lake.storage.remove(vec![name.to_owned()])).unwrap();
        let again = build(&lake, "r3", &BEFORE).unwrap();
        assert_eq!(again, [Added::New, Added::Unchanged, Added::Unchanged], "{folder:?}");
        for run in 4..9 {
            let content = "x".repeat(run);
            build(&lake, &format!("r{run}"), &[("daily", Some("2025-01"), &content)]).unwrap();
        }
        let commits = pollster::block_on(lake.storage.list("_convolake/.marts/agentx/commits")).unwrap();
        assert_eq!(commits.len(), 4);
    }
}

#[test]
fn builds_keep_each_other_out_and_are_no_pipeline() {
    for (lake, _folder) in lakes() {
        build(&lake, "r1", &BEFORE).unwrap();
        assert_eq!(lake.pipelines().unwrap().len(), 0);
        let holder = |run: &str| LeaseHolder { run: run.into(), pid: 1, since: jiff::Timestamp::UNIX_EPOCH };
        let _building = lake.derive("agentx", &holder("r2")).unwrap();
        assert!(matches!(lake.derive("agentx", &holder("r3")), Err(LoadError::LeaseHeld { .. })));
        lake.derive("convocore", &holder("r3")).unwrap();
        lake.lease("agentx", &holder("r4")).unwrap();
    }
}

/// What `verify_derived` finds: kind, place and what helps.
fn found(lake: &Lake) -> Vec<(FindingKind, String, Remedy)> {
    let findings = lake.verify_derived("agentx").unwrap().unwrap();
    findings.first.into_iter().map(|finding| (finding.kind, finding.place, finding.remedy)).collect()
}

#[test]
fn what_is_not_as_the_commit_says_is_found() {
    let folder = tempfile::TempDir::new().unwrap();
    let lake = Lake::open(&Location::Folder(folder.path().to_owned())).unwrap();
    assert_eq!(found(&lake), [], "before the first build");
    build(&lake, "1", &BEFORE).unwrap();
    assert_eq!(found(&lake), []);

    let file = |name: &str| folder.path().join(name);
    let (january, february, march) = (
        "marts/daily/source=agentx/month=2025-01/part-0.parquet",
        "marts/daily/source=agentx/month=2025-02/part-0.parquet",
        "marts/daily/source=agentx/month=2025-03/part-0.parquet",
    );
    // As long as it was, and another; gone; and one that nobody built.
    std::fs::write(file(january), "x").unwrap();
    std::fs::rename(file(february), file("elsewhere")).unwrap();
    std::fs::create_dir_all(file(march).parent().unwrap()).unwrap();
    std::fs::write(file(march), "d").unwrap();
    assert_eq!(
        found(&lake),
        [
            (FindingKind::FileUnknown, march.to_owned(), Remedy::MoveAway),
            (FindingKind::FileChanged, january.to_owned(), Remedy::Derive),
            (FindingKind::FileMissing, february.to_owned(), Remedy::Derive),
        ]
    );
    // What helps, helps.
    std::fs::remove_file(file(march)).unwrap();
    build(&lake, "2", &BEFORE).unwrap();
    assert_eq!(found(&lake), []);

    let state = "_convolake/.marts/agentx".to_owned();
    let commits = std::fs::read_dir(file("_convolake/.marts/agentx/commits")).unwrap();
    let newest = commits.map(|entry| entry.unwrap().path()).max().unwrap();
    std::fs::write(newest, "{}").unwrap();
    assert_eq!(found(&lake), [(FindingKind::CommitDamaged, state.clone(), Remedy::MoveAwayAndDerive)]);
    std::fs::rename(file(&state), file("its state")).unwrap();
    build(&lake, "3", &BEFORE).unwrap();
    assert_eq!(found(&lake), []);
}
