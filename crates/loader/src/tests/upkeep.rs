//! Upkeep makes few objects of many, loses nothing wherever it is killed, and is seen by nobody who reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::memory::InMemory;
use serde_json::json;

use crate::raw::{LandedName, RawPage};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::remote::faulty_store::FaultyStore;
use crate::tests::crashes::dying_after;
use crate::tests::model::{BY_DAY, PIPELINE, Scene, Setup, TIMES};
use crate::{FindingKind, Lake, LeaseHolder, LoadError, Trees, Upkeep, UpkeepLimit, UpkeepReport, paths};

const N_RUNS: u64 = 140;
const SETUP: Setup =
    Setup { replace: true, memory_bytes: 1 << 20, buckets: 1, partitions: BY_DAY, trees: Trees::Plain };

fn run(n: u64) -> String {
    // Ten runs a day; the last month is still open.
    format!("2026{:02}{:02}T{:02}0000Z-aaaaaa", 8 + n / 50, 1 + n % 50 / 2, n % 10)
}

fn page(n: u64, seq: u32) -> RawPage {
    let records: Vec<String> = (0..30 + n % 7)
        .map(|at| {
            format!(r#"{{"id":{},"text":"{:x}"}}"#, at, (at + n / 9).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        })
        .collect();
    RawPage {
        run: run(n),
        pipeline: PIPELINE.into(),
        stream: "messages".into(),
        slice_id: format!("from={n}"),
        slice: json!({"from": n}),
        params: BTreeMap::new(),
        seq,
        method: "GET".into(),
        url: "http://127.0.0.1/messages".into(),
        status: 200,
        headers: BTreeMap::new(),
        fetched_at: jiff::Timestamp::from_second(i64::try_from(n).unwrap() * 100 + i64::from(seq)).unwrap(),
        body: format!(r#"{{"data":[{}],"seq":{seq}}}"#, records.join(",")).into(),
        listed: BTreeMap::new(),
        gone: Vec::new(),
    }
}

fn pages() -> Vec<RawPage> {
    (0..N_RUNS).flat_map(|n| [page(n, 1), page(n, 2)]).collect()
}

/// A lake of many runs.
fn fill(lake: &Lake) {
    let lease = lease(lake).unwrap();
    let raw = lake.raw();
    for n in 0..N_RUNS {
        for seq in [1, 2] {
            block_on(raw.land(&page(n, seq))).unwrap();
        }
        let state = json!({"n": n});
        lake.commit_state(&lease, &run(n), state, jiff::Timestamp::UNIX_EPOCH).unwrap().unwrap();
        lake.write_report(PIPELINE, &run(n), &json!({"run": run(n)})).unwrap();
    }
    block_on(raw.keep_repeats()).unwrap();
}

fn lease(lake: &Lake) -> Result<crate::Lease, LoadError> {
    let holder = LeaseHolder { run: "r".into(), pid: 1, since: jiff::Timestamp::UNIX_EPOCH };
    lake.lease(PIPELINE, &holder)
}

/// Whether anything is done, or only told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UpkeepMode {
    Do,
    Tell,
}

fn upkeep(lake: &Lake, limit: UpkeepLimit, mode: UpkeepMode) -> Result<UpkeepReport, LoadError> {
    let may_pack = |name: &LandedName| name.run.as_str() < "202610";
    let state = json!({"n": N_RUNS - 1});
    let created_at = jiff::Timestamp::UNIX_EPOCH;
    let asked = Upkeep { run: "20261231T000000Z-aaaaaa", created_at, state, may_pack: &may_pack, limit };
    match mode {
        UpkeepMode::Do => lake.upkeep(&lease(lake)?, &asked),
        UpkeepMode::Tell => lake.upkeep_due(PIPELINE, &asked),
    }
}

/// Everything that was there is there.
fn check(lake: &Lake) {
    let landed: Vec<RawPage> = lake.raw().pages(PIPELINE).unwrap().map(|page| page.unwrap().page).collect();
    assert!(landed == pages(), "{} pages", landed.len());
    let runs: Vec<String> = (0..N_RUNS).rev().map(run).collect();
    assert_eq!(lake.reported_runs(&lake.state_names(PIPELINE).unwrap(), usize::MAX).unwrap(), runs);
    assert_eq!(lake.reported_runs(&lake.state_names(PIPELINE).unwrap(), 3).unwrap(), runs[..3]);
    for run in &runs {
        assert_eq!(lake.stored_report(PIPELINE, run).unwrap().unwrap().report, json!({"run": run}));
    }
    let scratch = tempfile::tempdir().unwrap();
    let verified = lake.verify(PIPELINE, &[], scratch.path(), 1 << 20).unwrap();
    let mut counts = verified.findings().unwrap().unwrap().counts.clone();
    counts.remove(&FindingKind::IntentOpen);
    assert_eq!(counts, BTreeMap::new());
    assert_eq!(verified.landed_pages(), 2 * N_RUNS);
}

fn names(lake: &Lake, folder: &str) -> BTreeSet<String> {
    block_on(lake.storage.list(folder)).unwrap().into_iter().map(|listed| listed.name).collect()
}

fn is_done(lake: &Lake) -> bool {
    let raw = names(lake, &paths::raw_pipeline(PIPELINE));
    let (packs, own): (Vec<&String>, Vec<&String>) = raw.iter().partition(|name| name.contains("/packs/"));
    own.len() == 80
        && packs.len() < 10
        && names(lake, &paths::commits(PIPELINE)).len() < 80
        && names(lake, &paths::reports(PIPELINE)).len() == 64
}

#[test]
fn few_objects_are_made_of_many_and_nothing_is_missed() {
    let mut scene = Scene::new(SETUP);
    fill(&scene.lake);
    check(&scene.lake);
    let told = upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Tell).unwrap();
    assert!(!is_done(&scene.lake));
    let done = upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap();
    assert_eq!((told.pages.objects, told.commits.objects), (done.pages.objects, done.commits.objects));
    assert_eq!((done.pages.objects, done.pages.archives, done.reports.objects), (200, 1, N_RUNS - 64));
    assert!(done.commits.archive_bytes < done.commits.bytes);
    assert!(is_done(&scene.lake));
    check(&scene.lake);
    assert_eq!(empty_folders(&scene.folder.path().join(paths::raw_pipeline(PIPELINE))), 0);
    assert!(upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap().is_empty());
    // What was packed is read by whoever knows its lines, and pages to come refer to what is in it.
    let pack = names(&scene.lake, &paths::raw_packs(PIPELINE)).pop_first().unwrap();
    let lines = zstd::decode_all(&*std::fs::read(scene.folder.path().join(&pack)).unwrap()).unwrap();
    assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), 200);
    scene.lake = Lake::over(scene.lake.storage.clone(), TIMES);
    let again = RawPage { run: "20261130T000000Z-aaaaaa".into(), ..page(3, 1) };
    let at = block_on(scene.lake.raw().land(&again)).unwrap();
    let line = zstd::decode_all(&*std::fs::read(scene.folder.path().join(&at.object)).unwrap()).unwrap();
    assert!(String::from_utf8(line).unwrap().contains(r#""body_pa"#));
    let name = LandedName::of(&at.object).unwrap();
    assert_eq!(block_on(scene.lake.raw().read(&name)).unwrap().page, again);
}

#[test]
fn a_bounded_part_at_a_time_comes_to_the_same_end() {
    let scene = Scene::new(SETUP);
    fill(&scene.lake);
    for _ in 0..4 {
        let done = upkeep(&scene.lake, UpkeepLimit::Objects(64), UpkeepMode::Do).unwrap();
        assert!(done.pages.objects <= 64 && done.commits.objects <= 64 && done.reports.objects <= 64);
    }
    check(&scene.lake);
    assert_eq!(names(&scene.lake, &paths::raw_packs(PIPELINE)).len(), 4);
}

/// Dies at each step in turn; a reader finds all, and the next upkeep comes to the end.
fn survives(open: impl Fn() -> Lake) {
    for steps in 0.. {
        let whole = open();
        let outcome = upkeep(&dying_after(&whole, steps), UpkeepLimit::None, UpkeepMode::Do);
        check(&whole);
        let is_over = outcome.is_ok();
        // The next one dies a step later, and the one after does not.
        let _ = upkeep(&dying_after(&whole, steps + 1), UpkeepLimit::None, UpkeepMode::Do);
        check(&whole);
        upkeep(&whole, UpkeepLimit::None, UpkeepMode::Do).unwrap();
        check(&whole);
        assert!(is_done(&whole), "after {steps} steps");
        if is_over {
            assert!(steps > 5);
            break;
        }
    }
}

#[test]
fn killed_at_any_step_nothing_is_lost() {
    let scene = Scene::new(SETUP);
    fill(&scene.lake);
    let copies = std::cell::RefCell::new(Vec::new());
    survives(|| {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(scene.folder.path(), copy.path());
        let lake = Lake::open(&crate::Location::Folder(copy.path().to_owned())).unwrap();
        copies.borrow_mut().push(copy);
        lake
    });
}

#[test]
fn killed_at_any_step_in_a_store_nothing_is_lost() {
    survives(|| {
        let lake = Lake::over(LakeStorage::on_store(Arc::new(InMemory::new())).unwrap(), TIMES);
        fill(&lake);
        lake
    });
}

#[test]
fn a_store_whose_answers_get_lost_loses_nothing() {
    for seed in 0..12 {
        let memory: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let whole = Lake::over(LakeStorage::on_store(Arc::clone(&memory)).unwrap(), TIMES);
        fill(&whole);
        let faulty = FaultyStore::new(Arc::clone(&memory), seed, 10);
        let faulty = Lake::over(LakeStorage::on_store(Arc::new(faulty)).unwrap(), TIMES);
        let _ = upkeep(&faulty, UpkeepLimit::None, UpkeepMode::Do);
        drop(faulty);
        check(&whole);
        upkeep(&whole, UpkeepLimit::None, UpkeepMode::Do).unwrap();
        check(&whole);
        assert!(is_done(&whole), "seed {seed}");
    }
}

#[test]
fn what_lies_beside_an_archive_and_differs_is_kept_and_told_of() {
    let scene = Scene::new(SETUP);
    fill(&scene.lake);
    let own = names(&scene.lake, &paths::raw_pipeline(PIPELINE)).pop_first().unwrap();
    let before = std::fs::read(scene.folder.path().join(&own)).unwrap();
    upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap();
    let mut other = before.clone();
    *other.last_mut().unwrap() ^= 1;
    std::fs::create_dir_all(scene.folder.path().join(&own).parent().unwrap()).unwrap();
    std::fs::write(scene.folder.path().join(&own), &other).unwrap();
    let error = upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap_err();
    assert!(matches!(error, LoadError::Damaged { .. }), "{error}");
    assert_eq!(std::fs::read(scene.folder.path().join(&own)).unwrap(), other);
    std::fs::write(scene.folder.path().join(&own), &before).unwrap();
    upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap();
    check(&scene.lake);
}

#[test]
fn an_archive_that_is_gone_is_found_by_a_verification() {
    let scene = Scene::new(SETUP);
    fill(&scene.lake);
    upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap();
    let pack = names(&scene.lake, &paths::raw_packs(PIPELINE)).pop_first().unwrap();
    std::fs::remove_file(scene.folder.path().join(&pack)).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let verified = scene.lake.verify(PIPELINE, &[], scratch.path(), 1 << 20).unwrap();
    let findings = verified.findings().unwrap().unwrap();
    assert_eq!(findings.counts.get(&FindingKind::ArchiveDamaged), Some(&1));
    assert_eq!(findings.first[0].place, pack);
}

/// As earlier releases wrote them: a frame a member.
#[test]
fn archives_of_earlier_releases_are_read() {
    let scene = Scene::new(SETUP);
    fill(&scene.lake);
    upkeep(&scene.lake, UpkeepLimit::None, UpkeepMode::Do).unwrap();
    let archives = names(&scene.lake, &paths::raw_packs(PIPELINE)).into_iter();
    let archives = archives.chain(names(&scene.lake, &paths::archives(PIPELINE)));
    let mut n_archives = 0;
    for archive in archives {
        let path = scene.folder.path().join(&archive);
        let content = std::fs::read(&path).unwrap();
        let end = 8 + usize::try_from(u32::from_le_bytes(content[4..8].try_into().unwrap())).unwrap();
        let mut table: serde_json::Value =
            serde_json::from_slice(&zstd::decode_all(&content[8..end]).unwrap()).unwrap();
        assert!(table["frames"].as_array().unwrap().len() > 1, "{archive}");
        let (plain, mut at) = (zstd::decode_all(&content[..]).unwrap(), 0);
        let mut frames = Vec::new();
        for member in table["members"].as_array_mut().unwrap() {
            let n_bytes = usize::try_from(member["bytes"].as_u64().unwrap()).unwrap();
            let frame = zstd::bulk::compress(&plain[at..at + n_bytes], 3).unwrap();
            at += n_bytes;
            member["bytes"] = json!(frame.len());
            frames.extend(frame);
        }
        assert_eq!(at, plain.len());
        let table = json!({"v": 1, "members": table["members"]});
        let table = zstd::bulk::compress(table.to_string().as_bytes(), 3).unwrap();
        let length = u32::try_from(table.len()).unwrap().to_le_bytes();
        std::fs::write(&path, [&content[..4], &length, &table, &frames].concat()).unwrap();
        n_archives += 1;
    }
    assert_eq!(n_archives, 3);
    let lake = Lake::over(scene.lake.storage.clone(), TIMES);
    let landed: Vec<RawPage> = lake.raw().pages(PIPELINE).unwrap().map(|page| page.unwrap().page).collect();
    assert!(landed == pages());
    for n in 0..N_RUNS {
        assert_eq!(lake.stored_report(PIPELINE, &run(n)).unwrap().unwrap().report, json!({"run": run(n)}));
    }
}

fn empty_folders(folder: &std::path::Path) -> usize {
    let entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let below = entries.iter().filter(|path| path.is_dir()).map(|path| empty_folders(path)).sum::<usize>();
    below + usize::from(entries.is_empty())
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
