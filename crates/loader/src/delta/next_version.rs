//! The version that comes next: the difference between the files of a commit and those of the log. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::PartitionBy;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::delta::actions::{
    Action, Add, CommitInfo, DIGESTS, ENGINE, Format, MetaData, Protocol, REBUILD, Txn,
};
use crate::delta::state::TableState;
use crate::delta::stats::{self, InstantStats};
use crate::delta::table_schema::{instants, merged, partition_columns};
use crate::storage::digest::hex;
use crate::table::delta_file::DeltaFile;
use crate::table::file::TableFile;
use crate::table::place::Place;

/// What a table is to be after the next version.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) table: &'a str,
    /// What each pipeline that is brought up to date has, by its name.
    pub(crate) parts: BTreeMap<&'a str, WantedPart>,
    pub(crate) schema_string: String,
    pub(crate) partition_by: PartitionBy,
    /// When it is published, in milliseconds since 1970.
    pub(crate) timestamp_ms: i64,
    pub(crate) mode: PublishMode,
}

impl Wanted<'_> {
    /// True for a file of a pipeline that is brought up to date.
    pub(crate) fn is_of_part(&self, (file, _): &(DeltaFile, u64)) -> bool {
        self.parts.contains_key(file.source.as_str())
    }
}

/// The part of a table that one pipeline has.
#[derive(Debug)]
pub(crate) struct WantedPart {
    /// The number of its newest commit.
    pub(crate) seq: u64,
    /// The run that made it.
    pub(crate) run: String,
    /// Tells what its commit says of the table from all else it may say.
    pub(crate) digest: String,
    pub(crate) files: BTreeMap<DeltaFile, WantedFile>,
}

/// A file that the table is to have.
#[derive(Debug, Clone)]
pub(crate) struct WantedFile {
    /// The file of the commit, by its name within the lake: one of the plain tree, or already the one of the table.
    pub(crate) committed: String,
    /// The same, held against the commit once it is looked at.
    pub(crate) committed_file: TableFile,
    pub(crate) n_bytes: u64,
    pub(crate) sha256: String,
    pub(crate) stats: InstantStats,
}

impl WantedFile {
    /// Its path below the table's folder, where it comes with the commit of this number.
    fn path(&self, file: &DeltaFile, seq: u64) -> String {
        match self.committed_file.place {
            Place::Plain => file.path(seq),
            Place::Delta { seq } => file.path(seq),
        }
    }

    /// True where it may be read under this path: a file of the plain tree has a copy there, whichever commit brought it.
    pub(crate) fn may_be(&self, (_, of_path): &(DeltaFile, u64)) -> bool {
        match self.committed_file.place {
            Place::Plain => true,
            Place::Delta { seq } => seq == *of_path,
        }
    }

    /// True where the commit names it in the tree itself, and it lies nowhere else.
    pub(crate) fn is_only_here(&self) -> bool {
        !self.committed_file.place.is_plain()
    }
}

/// Whether what others have made of the table is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublishMode {
    /// Only files of the pipelines are added and removed.
    Follow,
    /// The table has the files of the pipelines, and no others.
    Rebuild,
}

/// The next version, and what has to stand before it does.
#[derive(Debug)]
pub(crate) struct NextVersion {
    pub(crate) number: u64,
    pub(crate) actions: Vec<Action>,
    /// The files it adds, by their paths below the table's folder.
    pub(crate) added: Vec<(String, WantedFile)>,
    pub(crate) n_removed: u64,
}

/// Why there can be no next version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// The table has other columns.
    Columns,
    /// Files of other pipelines are cut into partitions of the other kind.
    Partitions,
}

/// The version that follows; `None` where the table is as it should be.
pub(crate) fn next_version(
    state: Option<&TableState>,
    wanted: &Wanted<'_>,
) -> Result<Option<NextVersion>, Unfit> {
    let empty = TableState::default();
    let before = state.unwrap_or(&empty);
    let mut missing: BTreeMap<&DeltaFile, (&WantedFile, u64)> = BTreeMap::new();
    for part in wanted.parts.values() {
        missing.extend(part.files.iter().map(|(file, wanted)| (file, (wanted, part.seq))));
    }
    let schema_string = schema_string(before, wanted)?;
    let instants = instants(&schema_string);
    let (mut removes, mut restated) = (Vec::new(), Vec::new());
    for (path, add) in &before.files {
        let file = DeltaFile::parse(path);
        let stays = match &file {
            // Twice the same file is one too many.
            Some(parsed) if wanted.is_of_part(parsed) => {
                let may_be = |(wanted, _): &(&WantedFile, u64)| wanted.may_be(parsed);
                let is_wanted = missing.get(&parsed.0).is_some_and(may_be);
                let of_file = if is_wanted { missing.remove(&parsed.0) } else { None };
                let stays = of_file.filter(|(of_file, _)| of_file.n_bytes == add.size);
                if let Some((of_file, _)) = stays.filter(|(of_file, _)| of_file.stats.is_whole()) {
                    let stats = Some(of_file.stats.text(&instants));
                    if stats != add.stats {
                        restated.push(Add { stats, data_change: false, ..add.clone() });
                    }
                }
                stays.is_some()
            }
            _ => wanted.mode == PublishMode::Follow,
        };
        if !stays {
            removes.push(add);
        }
    }
    let metadata = metadata(before.metadata.as_ref(), wanted, schema_string, &instants);
    let protocol = (before.protocol != Some(Protocol::OURS)).then_some(Protocol::OURS);
    if missing.is_empty()
        && removes.is_empty()
        && restated.is_empty()
        && protocol.is_none()
        && metadata.is_none()
        && before.foreign.is_none()
    {
        return Ok(None);
    }
    // A table without files begins with its first file.
    if state.is_none() && missing.is_empty() {
        return Ok(None);
    }
    let number = state.map_or(0, |state| state.version + 1);
    let added: Vec<(String, WantedFile)> =
        missing.iter().map(|(file, (wanted, seq))| (wanted.path(file, *seq), (*wanted).clone())).collect();
    let adds = missing.iter().map(|(file, (of_file, seq))| {
        Action::Add(Add {
            path: of_file.path(file, *seq),
            partition_values: file.partition_values(),
            size: of_file.n_bytes,
            modification_time: wanted.timestamp_ms,
            data_change: true,
            stats: Some(of_file.stats.text(&instants)),
        })
    });
    let timestamp = wanted.timestamp_ms;
    let txns = wanted.parts.iter().map(|(pipeline, part)| {
        Action::Txn(Txn { app_id: app_id(pipeline), version: part.seq, last_updated: Some(timestamp) })
    });
    let mut actions = vec![Action::CommitInfo(commit_info(number, wanted))];
    actions.extend(protocol.map(Action::Protocol));
    actions.extend(metadata.map(Action::MetaData));
    actions.extend(txns);
    let n_removed = removes.len() as u64;
    actions.extend(removes.into_iter().map(|add| Action::Remove(add.removed_at(timestamp))));
    actions.extend(restated.into_iter().map(Action::Add));
    actions.extend(adds);
    Ok(Some(NextVersion { number, actions, added, n_removed }))
}

/// What a pipeline is called in a log.
pub(crate) fn app_id(pipeline: &str) -> String {
    format!("{ENGINE}/{pipeline}")
}

fn commit_info(number: u64, wanted: &Wanted<'_>) -> CommitInfo {
    let operation = match wanted.mode {
        PublishMode::Rebuild => REBUILD,
        PublishMode::Follow => "WRITE",
    };
    let commits: BTreeMap<&str, u64> = wanted.parts.iter().map(|(name, part)| (*name, part.seq)).collect();
    let digests: BTreeMap<&str, &str> =
        wanted.parts.iter().map(|(name, part)| (*name, part.digest.as_str())).collect();
    let runs: Vec<&str> = wanted.parts.values().map(|part| part.run.as_str()).collect();
    CommitInfo {
        timestamp: wanted.timestamp_ms,
        operation: operation.to_owned(),
        operation_parameters: json!({
            "mode": "Append",
            "commits": json!(commits).to_string(),
            DIGESTS: json!(digests).to_string(),
        }),
        engine_info: ENGINE.to_owned(),
        txn_id: uuid(&format!("{number} {} {commits:?}", runs.join(" "))),
    }
}

/// The schema of the table, which has the columns of all pipelines whose files are of it.
fn schema_string(before: &TableState, wanted: &Wanted<'_>) -> Result<String, Unfit> {
    let parsed = before.files.keys().filter_map(|path| DeltaFile::parse(path));
    let others_stay =
        wanted.mode == PublishMode::Follow && { parsed }.any(|parsed| !wanted.is_of_part(&parsed));
    match before.metadata.as_ref().filter(|_| others_stay) {
        None => Ok(wanted.schema_string.clone()),
        Some(stored) if stored.partition_columns != partition_columns(wanted.partition_by) => {
            Err(Unfit::Partitions)
        }
        Some(stored) => merged(&stored.schema_string, &wanted.schema_string).ok_or(Unfit::Columns),
    }
}

/// What the table is, where the next version is to say it anew.
fn metadata(
    before: Option<&MetaData>,
    wanted: &Wanted<'_>,
    schema_string: String,
    instants: &BTreeSet<String>,
) -> Option<MetaData> {
    let named: Vec<&str> = instants.iter().map(String::as_str).collect();
    let property = (stats::PROPERTY.to_owned(), named.join(","));
    let partition_columns = partition_columns(wanted.partition_by);
    let Some(before) = before else {
        return Some(MetaData {
            id: uuid(&format!("{} {}", wanted.table, wanted.timestamp_ms)),
            name: Some(wanted.table.to_owned()),
            format: Format::parquet(),
            schema_string,
            partition_columns,
            configuration: [property].into(),
            created_time: Some(wanted.timestamp_ms),
        });
    };
    let mut configuration = match wanted.mode {
        PublishMode::Follow => before.configuration.clone(),
        PublishMode::Rebuild => BTreeMap::new(),
    };
    configuration.extend([property]);
    let after = MetaData { schema_string, partition_columns, configuration, ..before.clone() };
    (after != *before).then_some(after)
}

/// An identifier in the form of a UUID, of a text.
fn uuid(text: &str) -> String {
    let digits = hex(&Sha256::digest(text.as_bytes()));
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32))
}
