//! A table of the tree held against a commit, without a change to it.

use std::collections::BTreeMap;

use convolake_model::Tree;

use crate::delta::log::Log;
use crate::delta::next_version::app_id;
use crate::delta::repair::holds;
use crate::delta::state::TableState;
use crate::delta::tree::DeltaTree;
use crate::publish::commit::{Commit, CommittedTable};
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::storage::digest::ContentDigest;
use crate::table::delta_file::DeltaFile;
use crate::table::partition::Partition;
use crate::{LoadError, paths};

/// What is wrong with a table of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) kind: FlawKind,
    /// The object, by its name within the lake.
    pub(crate) place: String,
    pub(crate) detail: String,
}

/// Its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlawKind {
    /// The log does not read, or needs what this program does not know.
    Unreadable,
    /// Somebody else has changed the table.
    Foreign,
    /// The newest version shows other files than the commit names.
    Behind,
    /// The newest version shows a later commit than the lake has.
    Ahead,
    /// Two files of the newest version are of one partition and bucket.
    Doubled,
    /// A file of the newest version is not there.
    Missing,
    /// A file of the newest version has another content.
    Changed,
}

/// Holds the pipeline's part of a table against its newest commit; nothing where the pipeline has never been published.
pub(crate) fn inspect(
    lake: &LakeStorage,
    table: &str,
    pipeline: &str,
    commit: &Commit,
) -> Result<Vec<Flaw>, LoadError> {
    let (log, folder) = (Log { lake, table }, paths::delta_table(table));
    let flaw = |kind, place: String, detail: String| Flaw { kind, place, detail };
    let state = match block_on(log.read()) {
        Ok(Some(state)) => state,
        Ok(None) => return Ok(unpublished(table, commit)),
        Err(LoadError::DeltaLog { reason, .. }) => {
            return Ok(vec![flaw(FlawKind::Unreadable, paths::delta_log(table), reason)]);
        }
        Err(error) => return Err(error),
    };
    let mut flaws = Vec::new();
    if let Some(foreign) = &state.foreign {
        let place = paths::delta_version(table, foreign.version);
        let words = if foreign.operation.is_empty() { "without a name" } else { &foreign.operation };
        flaws.push(flaw(FlawKind::Foreign, place, format!("somebody else has written it: {words}")));
    }
    let Some((published, _)) = state.commits.get(&app_id(pipeline)) else {
        flaws.extend(unpublished(table, commit));
        return Ok(flaws);
    };
    let tree = DeltaTree { lake, now: commit.created_at };
    let mut wanted = tree.files(&log, pipeline, commit)?;
    let mut n_others = 0;
    let mut of_partition: BTreeMap<Partition, String> = BTreeMap::new();
    for (path, add) in of_pipeline(&state, pipeline) {
        let place = format!("{folder}/{path}");
        let file = DeltaFile::parse(path);
        if let Some(other) =
            file.as_ref().and_then(|(file, _)| of_partition.insert(file.partition, path.to_owned()))
        {
            flaws.push(flaw(FlawKind::Doubled, place.clone(), format!("{other} is of the same partition")));
        }
        let is_wanted =
            |parsed: &(DeltaFile, u64)| wanted.get(&parsed.0).is_some_and(|file| file.may_be(parsed));
        let Some(expected) = file.filter(is_wanted).and_then(|(file, _)| wanted.remove(&file)) else {
            n_others += 1;
            continue;
        };
        if expected.is_only_here() {
            // It is a file of the commit, and looked at as one.
            continue;
        }
        let content = ContentDigest { n_bytes: expected.n_bytes, sha256: expected.sha256 };
        let of_plain = match lake.replaces_by_version() {
            true => None,
            false => block_on(lake.find(&expected.committed))?,
        };
        match block_on(lake.find(&place))? {
            None => {
                flaws.push(flaw(FlawKind::Missing, place, format!("version {} names it", state.version)));
            }
            // Two names of one file of this machine: the plain one is looked at anyway.
            Some(found) if of_plain.is_some_and(|plain| plain.version == found.version) => {}
            Some(_) if add == expected.n_bytes && block_on(holds(lake, &place, &content))? => {}
            Some(_) => {
                let detail = "its content is not what the commit names".to_owned();
                flaws.push(flaw(FlawKind::Changed, place, detail));
            }
        }
    }
    let n_missing = wanted.len();
    if *published > commit.seq {
        let detail = format!(
            "version {} shows commit {published} of {pipeline}, and the newest one there is is {}",
            state.version, commit.seq
        );
        flaws.push(flaw(FlawKind::Ahead, paths::delta_log(table), detail));
    } else if n_missing + n_others > 0 {
        let detail = format!(
            "version {} shows commit {published} of {pipeline} and not {}: {n_missing} files are missing in it, {n_others} are too many",
            state.version, commit.seq
        );
        flaws.push(flaw(FlawKind::Behind, paths::delta_log(table), detail));
    }
    Ok(flaws)
}

/// That no version shows a table whose files lie nowhere else; nothing of one that is published only where somebody asks for it.
fn unpublished(table: &str, commit: &Commit) -> Vec<Flaw> {
    let is_only_here = |table: &&CommittedTable| table.files_in == Tree::Delta && !table.manifests.is_empty();
    let flaw = |_| Flaw {
        kind: FlawKind::Behind,
        place: paths::delta_log(table),
        detail: format!("no version shows commit {}", commit.seq),
    };
    commit.tables.get(table).filter(is_only_here).map(flaw).into_iter().collect()
}

/// The paths and sizes of a pipeline's files.
fn of_pipeline<'a>(state: &'a TableState, pipeline: &str) -> impl Iterator<Item = (&'a str, u64)> {
    let folder = format!("source={pipeline}/");
    let files = state.files.values().filter(move |add| add.path.starts_with(&folder));
    files.map(|add| (add.path.as_str(), add.size))
}
