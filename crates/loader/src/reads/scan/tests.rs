//! Scans of two small files, each of several row groups, and of files without what is asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::*;
use crate::{GroupBatch, Location};

/// An agent, a channel and a number, which tells rows apart.
type Row = (Option<&'static str>, Option<&'static str>, i64);

const ROWS: [&[Row]; 2] = [
    &[
        (Some("a"), Some("web"), 0),
        (Some("a"), None, 1),
        (Some("b"), Some("web"), 2),
        (Some("a"), Some("web"), 3),
        (Some("b"), Some("app"), 4),
        (Some("c"), Some("web"), 5),
    ],
    &[(None, Some("web"), 6), (None, None, 7), (Some("c"), Some("app"), 8)],
];

/// Writes a table file of row groups of two rows.
fn write(folder: &Path, day: usize, rows: &[Row], statistics: EnabledStatistics) {
    let path = folder.join(format!("messages/source=p/date=2025-01-0{}/part-0.parquet", day + 1));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("n", Arc::new(rows.iter().map(|row| Some(row.2)).collect::<Int64Array>()) as ArrayRef, true),
        ("agent_id", Arc::new(rows.iter().map(|row| row.0).collect::<StringArray>()), true),
        ("channel", Arc::new(rows.iter().map(|row| row.1).collect::<StringArray>()), true),
    ])
    .unwrap();
    let properties = WriterProperties::builder()
        .set_statistics_enabled(statistics)
        .set_max_row_group_row_count(Some(2))
        .build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn lake(statistics: EnabledStatistics) -> (tempfile::TempDir, LakeStorage) {
    let folder = tempfile::tempdir().unwrap();
    for (day, rows) in ROWS.iter().enumerate() {
        write(folder.path(), day, rows, statistics);
    }
    let lake = LakeStorage::open(&Location::Folder(folder.path().into())).unwrap();
    (folder, lake)
}

fn numbers(batch: &RecordBatch) -> Vec<i64> {
    batch.column_by_name("n").unwrap().as_primitive::<Int64Type>().values().to_vec()
}

#[test]
fn rows_with_certain_texts_are_read_whatever_statistics_say() {
    type Case = (&'static [(&'static str, &'static str)], &'static [i64]);
    let cases: [Case; 7] = [
        (&[], &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (&[("agent_id", "a")], &[0, 1, 3]),
        (&[("agent_id", "c")], &[5, 8]),
        (&[("channel", "web")], &[0, 2, 3, 5, 6]),
        (&[("agent_id", "b"), ("channel", "app")], &[4]),
        (&[("agent_id", "")], &[]),
        (&[("agent_id", "aa")], &[]),
    ];
    for statistics in [EnabledStatistics::Chunk, EnabledStatistics::None] {
        let (_folder, lake) = lake(statistics);
        for (equal, expected) in cases {
            let scan = Scan::new(lake.clone(), "messages", "p").columns(["n"]);
            let batches = scan.where_equal(equal.iter().copied()).batches().unwrap();
            let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
            assert!(
                batches.iter().all(|batch| batch.num_rows() > 0 && batch.num_columns() == 1),
                "{equal:?}"
            );
            assert_eq!(batches.iter().flat_map(numbers).collect::<Vec<_>>(), expected, "{equal:?}");
        }
    }
}

#[test]
fn columns_come_in_the_order_asked_for_and_none_asked_for_are_rows_to_count() {
    let (_folder, lake) = lake(EnabledStatistics::Chunk);
    let scan = || Scan::new(lake.clone(), "messages", "p");
    for columns in [&["channel", "n", "agent_id"][..], &["n", "channel", "n"], &["agent_id"]] {
        for batch in scan().columns(columns.iter().copied()).batches().unwrap() {
            let batch = batch.unwrap();
            let names: Vec<&str> =
                batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(names, columns);
        }
    }
    let n_rows = |scan: Scan| scan.batches().unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>();
    assert_eq!((n_rows(scan()), n_rows(scan().where_equal([("agent_id", "a")]))), (9, 3));
}

#[test]
fn row_groups_that_cannot_hold_a_text_are_not_read() {
    let (_folder, lake) = lake(EnabledStatistics::Chunk);
    let files = file::list(&lake, "messages", "p").unwrap();
    // Of the first file: (a, a), (b, a), (b, c); of the second: (null, null), (c).
    for (text, expected) in [
        ("a", [Some(vec![0, 1]), Some(vec![])]),
        ("b", [Some(vec![1, 2]), Some(vec![])]),
        ("c", [Some(vec![2]), Some(vec![1])]),
        ("x", [Some(vec![]), Some(vec![])]),
    ] {
        let scan = Scan::new(lake.clone(), "messages", "p").where_equal([("agent_id", text)]);
        let found: Vec<_> =
            files.iter().map(|file| scan.row_groups(&TableFileReader::open(file).unwrap())).collect();
        assert_eq!(found, expected, "{text}");
    }
    let all = Scan::new(lake, "messages", "p").row_groups(&TableFileReader::open(&files[0]).unwrap());
    assert_eq!(all, None);
}

#[test]
fn rows_are_grouped_in_one_pass() {
    let (_folder, lake) = lake(EnabledStatistics::Chunk);
    for (by, equal) in [
        (&["agent_id"][..], &[][..]),
        (&["channel", "agent_id"], &[]),
        (&["channel"], &[("agent_id", "a")]),
        (&["channel"], &[("channel", "web")]),
        (&[], &[]),
    ] {
        let scan = Scan::new(lake.clone(), "messages", "p").columns(["n"]).where_equal(equal.iter().copied());
        let mut found: BTreeMap<Vec<Option<String>>, Vec<i64>> = BTreeMap::new();
        for batch in scan.group_by(by.iter().copied()).unwrap() {
            let GroupBatch { group, rows } = batch.unwrap();
            assert_eq!(rows.num_columns(), 1);
            found.entry(group).or_default().extend(numbers(&rows));
        }
        let value = |row: &Row, column: &str| if column == "agent_id" { row.0 } else { row.1 };
        let mut expected: BTreeMap<Vec<Option<String>>, Vec<i64>> = BTreeMap::new();
        for row in ROWS.iter().copied().flatten() {
            if equal.iter().all(|(column, text)| value(row, column) == Some(*text)) {
                let group = by.iter().map(|column| value(row, column).map(str::to_owned)).collect();
                expected.entry(group).or_default().push(row.2);
            }
        }
        assert_eq!(found, expected, "{by:?} {equal:?}");
    }
}

#[test]
fn what_is_not_there() {
    let (_folder, lake) = lake(EnabledStatistics::Chunk);
    let scan = || Scan::new(lake.clone(), "messages", "p").columns(["n"]);
    assert_eq!(Scan::new(lake.clone(), "turns", "p").columns(["x"]).batches().unwrap().count(), 0);
    assert!(matches!(Scan::new(lake.clone(), "../x", "p").batches(), Err(LoadError::Name { .. })));
    let is_changed = |found: Option<LoadError>| matches!(found, Some(LoadError::SchemaChanged { .. }));
    let first_error = |scan: Scan| scan.batches().unwrap().next().unwrap().err();
    assert!(is_changed(first_error(scan().columns(["x"]))));
    assert!(is_changed(first_error(scan().where_equal([("x", "a")]))));
    assert!(is_changed(first_error(scan().where_equal([("n", "1")]))));
    for column in ["x", "n"] {
        assert!(is_changed(scan().group_by([column]).unwrap().next().unwrap().err()));
    }
}
