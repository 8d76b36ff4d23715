//! A load that is shared out makes the files that one process makes, on disk and in a store.

use std::sync::Arc;

use convolake_model::Table;
use object_store::memory::InMemory;
use proptest::prelude::*;

use crate::load::{LoadReport, LoadTable};
use crate::tests::history;
use crate::tests::model::{PIPELINE, Page, Scene, Setup, TABLE, expected, table};
use crate::{
    FewerRows, FileMaker, FileRows, Folded, Lake, LeaseHolder, Load, LoadError, LoadMemory, LoadMode,
    Location, Scatter,
};

fn numbered(pages: &[Page]) -> Vec<(u32, &Page)> {
    (1..).zip(pages).collect()
}

/// A rebuild of these pages, shared out to so many parts: each page is a task of its own, each file is made by two attempts, and that of the
/// second counts.
fn shared_out(scene: &Scene, pages: &[(u32, &Page)], n_parts: u32) -> Result<LoadReport, LoadError> {
    let Setup { memory_bytes, buckets, replace, partitions, .. } = scene.setup;
    let since = jiff::Timestamp::UNIX_EPOCH;
    let run = "20261121T120001Z-shared";
    let holder = LeaseHolder { run: run.to_owned(), pid: 1, since };
    let lease = scene.lake.lease(PIPELINE, &holder)?;
    let replace = if replace { vec!["agent_id".into(), "conversation_id".into()] } else { vec![] };
    let table = table("");
    let tables = [LoadTable { table: Table { partitions, ..table.clone() }, replace, keys: scene.keys }];
    let memory = LoadMemory { row_bytes: memory_bytes, writers: 2, merged_runs: 3 };
    let scatter = Scatter::new(&tables, n_parts)?;
    let mut parcels = Vec::new();
    for (number, page) in pages {
        let (version, rows) = scene.rows(&table, *number, page);
        parcels.extend(scatter.split(&rows, &[version])?);
    }
    let scratch = tempfile::tempdir().unwrap();
    let (mut told, mut rows) = (Folded::default(), Vec::<FileRows>::new());
    for part in 0..n_parts {
        let beside = Lake::open(&Location::Folder(scratch.path().join(part.to_string())))?;
        let lease = beside.lease(PIPELINE, &holder)?;
        let mut load = Load::begin(&beside, &lease, run, &tables, LoadMode::Merge, memory, buckets)?;
        for parcel in parcels.iter().rev().filter(|parcel| parcel.part == part) {
            load.push_parcel(&parcel.bytes)?;
        }
        told.add(load.fold(|of_file| {
            rows.push(of_file);
            Ok(())
        })?);
    }
    let mut made = Vec::new();
    for attempt in ["first", "second"] {
        let folder = tempfile::tempdir().unwrap();
        let mut files =
            FileMaker::begin(&scene.lake, (PIPELINE, run, attempt), &tables, buckets, folder.path())?;
        for FileRows { file, bytes } in &rows {
            files.add(file, bytes)?;
        }
        made = files.finish()?;
    }
    let mut load = Load::begin(&scene.lake, &lease, run, &tables, LoadMode::Rebuild, memory, buckets)?;
    load.write_to(scene.trees)?;
    load.finish_with_files(made, told, FewerRows::Allowed, |_| Ok(serde_json::json!({})), since)
}

/// The files that the newest commit names: names, rows, content.
fn files(scene: &Scene) -> Vec<(String, Option<u64>, Option<String>)> {
    let tables = scene.lake.live_tables(PIPELINE).unwrap().tables;
    let files = tables.get(TABLE).into_iter().flat_map(|table| table.files.clone());
    files.map(|file| (file.name.clone(), file.rows, file.sha256.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_files_are_those_of_one_process(
        before in history::pages(),
        after in history::pages(),
        setup in history::setup(),
        n_parts in 1u32..4,
        is_remote: bool,
    ) {
        let scene = || match is_remote {
            true => Scene::in_store(setup, Arc::new(InMemory::new())),
            false => Scene::new(setup),
        };
        let (mut alone, mut shared) = (scene(), scene());
        for scene in [&mut alone, &mut shared] {
            scene.load(LoadMode::Merge, &numbered(&before)).unwrap();
            scene.setup.buckets = 4 - setup.buckets;
        }
        alone.load(LoadMode::Rebuild, &numbered(&after)).unwrap();
        shared_out(&shared, &numbered(&after), n_parts).unwrap();
        prop_assert_eq!(shared.seen(), Ok(expected(setup.replace, &numbered(&after))));
        prop_assert_eq!(files(&alone), files(&shared));
        // Once more, nothing is left to write; in a store, files that were listed are known by other stamps than those that were published.
        let again = shared_out(&shared, &numbered(&after), n_parts).unwrap();
        prop_assert_eq!(again.tables[TABLE].files_written, 0);
        prop_assert!(is_remote || again.commit.is_none());
    }

    /// A parcel that was cut off anywhere is refused, and none makes a panic.
    #[test]
    fn a_parcel_that_is_cut_off_is_refused(pages in history::pages(), setup in history::setup(), cut in 0.0..1.0f64) {
        let scene = Scene::new(setup);
        let replace = if setup.replace { vec!["agent_id".into(), "conversation_id".into()] } else { vec![] };
        let tables = [LoadTable { table: table(""), replace, keys: scene.keys }];
        let scatter = Scatter::new(&tables, 2).unwrap();
        for (number, page) in numbered(&pages) {
            let (version, rows) = scene.rows(&table(""), number, page);
            for parcel in scatter.split(&rows, &[version]).unwrap() {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a few bytes")]
                let end = (parcel.bytes.len() as f64 * cut) as usize;
                prop_assert!(crate::exchange::decode(&parcel.bytes[..end]).is_err());
                prop_assert!(crate::exchange::decode(&parcel.bytes).is_ok());
            }
        }
    }
}
