//! Where things lie in a lake: names only, no I/O. Every name is relative to the lake's root, with `/` between
//! its segments, and each foreign part of it has been checked to be one harmless segment.

use convolake_model::LAKE_FOLDERS;

use crate::LoadError;

/// The folder of everything that is no table: Hive readers and globs pass over names with an underscore.
pub(crate) const STATE: &str = "_convolake";
/// The folder of work in progress, beside those of the pipelines.
const STAGING: &str = "staging";
/// The folder in which a store is tried out, beside those of the pipelines.
const PROBE: &str = "probe";

/// What is written under conditions that do not hold, to see whether the store heeds them.
pub(crate) const GUARD: &str = "_convolake/guard";

/// The folder of what a store is tried out with.
pub(crate) fn trial(name: &str) -> String {
    format!("{STATE}/{PROBE}/{name}")
}

/// True for a name beside those of the pipelines, in the folder of their states.
pub(crate) fn is_no_pipeline(name: &str) -> bool {
    LAKE_FOLDERS.contains(&name)
}

/// Checks a pipeline's, stream's, table's or run's name.
pub(crate) fn name<'a>(what: &'static str, name: &'a str) -> Result<&'a str, LoadError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let hidden = name.starts_with(['_', '.']);
    if name.is_empty() || name.len() > 200 || hidden || !name.bytes().all(fits) {
        return Err(LoadError::Name { what, name: name.to_owned() });
    }
    Ok(name)
}

/// Checks a slice's path segment, which may also hold what encodings are made of.
pub(crate) fn slice(slice: &str) -> Result<&str, LoadError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,=+@%~".contains(&byte);
    if slice.is_empty() || slice.len() > 240 || slice.starts_with('.') || !slice.bytes().all(fits) {
        return Err(LoadError::Name { what: "the slice", name: slice.to_owned() });
    }
    Ok(slice)
}

/// The folder of all that a pipeline has beside tables and pages.
pub(crate) fn state(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}")
}

pub(crate) fn lease(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/lease")
}

pub(crate) fn commits(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/commits")
}

pub(crate) fn commit(pipeline: &str, seq: u64) -> String {
    format!("{STATE}/{pipeline}/commits/{seq:08}.json")
}

pub(crate) fn intents(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/intents")
}

pub(crate) fn intent(pipeline: &str, seq: u64) -> String {
    format!("{STATE}/{pipeline}/intents/{seq:08}.json")
}

pub(crate) fn reports(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/runs")
}

pub(crate) fn report(pipeline: &str, run: &str) -> String {
    format!("{STATE}/{pipeline}/runs/{run}.json")
}

pub(crate) fn failed(pipeline: &str, run: &str, number: u32) -> String {
    format!("{STATE}/{pipeline}/failed/{run}-{number:05}.jsonl.zst")
}

/// Where chunks of a stream's landed pages stand.
pub(crate) fn chunk_index(pipeline: &str, stream: &str) -> String {
    format!("{STATE}/{pipeline}/chunks/{stream}.json.zst")
}

/// The folder of the manifests of a pipeline's tables.
pub(crate) fn manifests(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/manifests")
}

/// What is known of some files of a table.
pub(crate) fn manifest(pipeline: &str, table: &str, name: &str) -> String {
    format!("{STATE}/{pipeline}/manifests/{table}/{name}.json.zst")
}

/// Pages that are known. No table is called so.
pub(crate) fn known_pages(pipeline: &str, name: &str) -> String {
    format!("{STATE}/{pipeline}/manifests/.pages/{name}.zst")
}

/// The folder in which releases that knew no manifests kept which files hold which groups.
pub(crate) fn index(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/index")
}

/// The folder of the raw zone.
pub(crate) const RAW: &str = "raw";

pub(crate) fn raw_pipeline(pipeline: &str) -> String {
    format!("{RAW}/{pipeline}")
}

/// The folder of the archives of landed pages.
pub(crate) fn raw_packs(pipeline: &str) -> String {
    format!("{RAW}/{pipeline}/packs")
}

/// An archive of the pages that these runs, and those between them, have landed. `digest` tells it from others of the same runs.
pub(crate) fn raw_pack(pipeline: &str, first_run: &str, last_run: &str, digest: &str) -> String {
    format!("{RAW}/{pipeline}/packs/{first_run}_{last_run}_{digest}.jsonl.zst")
}

/// The first and the last run of an archive of landed pages.
pub(crate) fn runs_of_pack(object: &str) -> Option<(&str, &str)> {
    let mut parts = object.rsplit('/').next()?.strip_suffix(".jsonl.zst")?.split('_');
    Some((parts.next()?, parts.next()?))
}

/// True for a landed object of its own: one that lies in the folder of a slice.
pub(crate) fn is_raw_object(object: &str) -> bool {
    object.split('/').count() == 5 && object.ends_with(".jsonl.zst")
}

/// The folder of the archives of commits and reports.
pub(crate) fn archives(pipeline: &str) -> String {
    format!("{STATE}/{pipeline}/archive")
}

pub(crate) fn archive(pipeline: &str, name: &str) -> String {
    format!("{STATE}/{pipeline}/archive/{name}.zst")
}

/// The first and the last key of an archive of this kind.
pub(crate) fn keys_of_archive<'a>(kind: &str, object: &'a str) -> Option<(&'a str, &'a str)> {
    let mut parts =
        object.rsplit('/').next()?.strip_suffix(".zst")?.strip_prefix(kind)?.strip_prefix('_')?.split('_');
    Some((parts.next()?, parts.next()?))
}

/// The name of a JSON object in its folder, without what says that it is one.
pub(crate) fn json_stem(object: &str) -> Option<&str> {
    object.rsplit('/').next()?.strip_suffix(".json")
}

pub(crate) fn raw_slice(pipeline: &str, stream: &str, slice: &str) -> String {
    format!("{RAW}/{pipeline}/{stream}/{slice}")
}

pub(crate) fn raw_page(folder: &str, run: &str, seq: u32) -> String {
    format!("{folder}/{run}-{seq:05}.jsonl.zst")
}

/// Run and number of a raw object's name.
pub(crate) fn raw_run_and_seq(object: &str) -> Option<(&str, u32)> {
    let file = object.rsplit('/').next()?.strip_suffix(".jsonl.zst")?;
    let (run, seq) = file.rsplit_once('-')?;
    Some((run, seq.parse().ok()?))
}

/// Stream and slice of a raw object's name.
pub(crate) fn raw_stream_and_slice(object: &str) -> Option<(&str, &str)> {
    let mut segments = object.strip_prefix(RAW)?.strip_prefix('/')?.split('/').skip(1);
    Some((segments.next()?, segments.next()?))
}

pub(crate) fn quarantine_of_pipeline(pipeline: &str) -> String {
    format!("quarantine/{pipeline}")
}

pub(crate) fn quarantine(pipeline: &str, run: &str) -> String {
    format!("quarantine/{pipeline}/{run}.jsonl.zst")
}

pub(crate) fn staging_of_pipeline(pipeline: &str) -> String {
    format!("{STATE}/{STAGING}/{pipeline}")
}

pub(crate) fn staging(pipeline: &str, run: &str) -> String {
    format!("{STATE}/{STAGING}/{pipeline}/{run}")
}

/// The number of the commit for which a file was staged.
pub(crate) fn staged_seq(name: &str) -> Option<u64> {
    let (seq, _) = name.rsplit('/').next()?.strip_suffix(".staged")?.split_once('-')?;
    seq.parse().ok()
}

/// What the derived tables of a source go by where pipelines go by their names; none of these begins with a dot.
pub(crate) fn derived_state(source: &str) -> String {
    format!(".marts/{source}")
}

/// The folder of a source's part of a derived table.
pub(crate) fn derived_table(table: &str, source: &str) -> String {
    format!("marts/{table}/source={source}")
}

/// The folder of the tables whose files are never replaced. No table is called so.
pub(crate) const DELTA: &str = "delta";

/// True for a name in the Delta tree.
pub(crate) fn is_of_delta(name: &str) -> bool {
    name.strip_prefix(DELTA).is_some_and(|rest| rest.starts_with('/'))
}

/// The folder of a Delta table.
pub(crate) fn delta_table(table: &str) -> String {
    format!("{DELTA}/{table}")
}

/// The folder of a Delta table's log.
pub(crate) fn delta_log(table: &str) -> String {
    format!("{DELTA}/{table}/_delta_log")
}

/// A version of a Delta table.
pub(crate) fn delta_version(table: &str, version: u64) -> String {
    format!("{DELTA}/{table}/_delta_log/{version:020}.json")
}

/// A checkpoint of a Delta table.
pub(crate) fn delta_checkpoint(table: &str, version: u64) -> String {
    format!("{DELTA}/{table}/_delta_log/{version:020}.checkpoint.parquet")
}

/// What points to the newest checkpoint of a Delta table.
pub(crate) fn delta_last_checkpoint(table: &str) -> String {
    format!("{DELTA}/{table}/_delta_log/_last_checkpoint")
}

/// The folder of a pipeline's part of a table.
pub(crate) fn table(table: &str, pipeline: &str) -> String {
    format!("{table}/source={pipeline}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_their_folder_or_hide_are_refused() {
        for good in ["agentx", "a-b_c.d", "20261121T120000Z-abcdef"] {
            assert!(name("the run", good).is_ok(), "{good}");
        }
        for bad in ["", "..", ".x", "_x", "a/b", "a\\b", "a b", "ä", "a\0", "%2e%2e"] {
            assert!(name("the run", bad).is_err(), "{bad}");
        }
        assert!(slice("bot_name=a%2Fb,from=1").is_ok());
        for bad in ["..", "a/b", "", "a b"] {
            assert!(slice(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn folders_beside_those_of_pipelines_are_no_pipelines() {
        let guard = GUARD.strip_prefix(STATE).unwrap().trim_start_matches('/');
        assert!([STAGING, PROBE, guard].into_iter().all(is_no_pipeline) && !is_no_pipeline("agentx"));
    }

    #[test]
    fn raw_names_read_back() {
        let object = raw_page("raw/p/s/x", "20261121T120000Z-abcdef", 7);
        assert_eq!(raw_run_and_seq(&object), Some(("20261121T120000Z-abcdef", 7)));
        assert_eq!(raw_run_and_seq("raw/p/s/x/notes.txt"), None);
        assert_eq!(raw_stream_and_slice(&object), Some(("s", "x")));
        assert_eq!(raw_stream_and_slice("pages/p/s/x"), None);
    }
}
