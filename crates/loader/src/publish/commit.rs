//! A pipeline's commits: numbered objects that are created once, the newest being its state.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use convolake_model::{PartitionBy, Tree};
use serde::{Deserialize, Serialize};

use crate::archive::ArchiveRef;
use crate::error::DamageCause;
use crate::publish::staged_file::{Afterwards, StagedFile};
use crate::snapshot::superseded::TableManifests;
use crate::snapshot::{KnownPagesRef, ManifestRef, TableSnapshot};
use crate::storage::blocking::block_on;
use crate::storage::{LakeStorage, seal};
use crate::table::expected_file::{AsOf, OnNewer};
use crate::table::field_ids::{FieldIds, field_ids};
use crate::table::layout::TableLayout;
use crate::table::place::partition_name;
use crate::table::schema::column_name;
use crate::table::writer::Written;
use crate::{LoadError, paths};

/// The newest format of commits and intents. A commit of format 1 names no manifests.
pub(crate) const FORMAT_VERSION: u32 = 3;
/// That of commits whose table files all lie in the plain tree, and of their intents.
pub(crate) const ALL_PLAIN: u32 = 2;
/// The first format in which a commit names all live files.
const NAMES_FILES: u32 = 2;

/// One numbered state object of a pipeline. The newest is the pipeline's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Commit {
    /// The format's version.
    pub version: u32,
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// The attempt that wrote it; tells an ambiguous answer's own commit from another's.
    pub attempt: String,
    /// The attempt of the commit before it.
    pub parent: Option<String>,
    /// The run.
    pub run: String,
    /// The number of the lease it was made under, where a lease is an object: it never goes down from commit to commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// When.
    pub created_at: jiff::Timestamp,
    /// The engine's: watermarks and slices by stream and params.
    pub state: serde_json::Value,
    /// What is known of every table ever loaded.
    pub tables: BTreeMap<String, CommittedTable>,
    /// Pages whose rows stand in the tables as they gave them, as far as that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_pages: Option<KnownPagesRef>,
    /// The table files this commit changed.
    pub files: Vec<CommittedFile>,
    /// What holds landed pages, earlier commits and reports that are no longer there by themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archives: Vec<ArchiveRef>,
}

/// How a table's files are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedTable {
    /// The SHA-256 of [`convolake_model::Table::fingerprint`].
    pub schema_hash: String,
    /// Files per partition.
    pub buckets: u32,
    /// How it is cut into partitions; by days in commits of earlier versions.
    #[serde(default = "by_day", skip_serializing_if = "is_by_day")]
    pub partition_by: PartitionBy,
    /// Its columns, in the order of the files: name, type, and whether they may be null. Not in commits of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The numbers of the columns in its files, where their order does not tell: of a table that has grown. Those of columns that are gone stay.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub field_ids: BTreeMap<String, i32>,
    /// The tree that its files lie in.
    #[serde(default = "in_plain", skip_serializing_if = "is_plain")]
    pub files_in: Tree,
    /// What lists its live files, in the order of their partitions; none of them overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manifests: Vec<ManifestRef>,
}

impl CommittedTable {
    /// The names of its columns; none in commits of earlier versions.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|line| column_name(line))
    }
}

impl Commit {
    /// The manifests of all tables.
    pub(crate) fn manifests(&self) -> TableManifests<'_> {
        self.tables.iter().map(|(name, table)| (name.as_str(), table.manifests.as_slice())).collect()
    }

    /// The newest commit that was archived; 0 before the first.
    pub fn last_archived(&self) -> u64 {
        let keys =
            |archive: &ArchiveRef| Some(paths::keys_of_archive("commits", &archive.name)?.1.parse().ok());
        self.archives.iter().filter_map(keys).flatten().max().unwrap_or_default()
    }

    /// The objects it names beside table files: manifests and known pages.
    pub(crate) fn objects(&self, pipeline: &str) -> BTreeSet<String> {
        let of_table = |(table, named): (&str, &[ManifestRef])| -> Vec<String> {
            named.iter().map(|named| paths::manifest(pipeline, table, &named.name)).collect()
        };
        let known = self.known_pages.iter().map(|known| known.object(pipeline));
        self.manifests().into_iter().flat_map(of_table).chain(known).collect()
    }

    /// True where it names all live files of its tables.
    pub fn names_files(&self) -> bool {
        self.version >= NAMES_FILES
    }

    /// The files of a table; `None` where this commit names none. A table that it does not know has no files.
    pub(crate) fn snapshot(
        &self,
        lake: &LakeStorage,
        pipeline: &str,
        table: &str,
        on_newer: OnNewer,
    ) -> Option<TableSnapshot> {
        let manifests = self.tables.get(table).map(|table| table.manifests.clone()).unwrap_or_default();
        let as_of = AsOf { pipeline: pipeline.to_owned(), seq: self.seq, on_newer };
        let (lake, table) = (lake.clone(), table.to_owned());
        self.names_files().then_some(TableSnapshot { lake, table, manifests, as_of })
    }
}

impl CommittedTable {
    /// The table that is committed with this layout after `known`. Where that is the same table, nothing of it changes.
    pub(crate) fn after(known: Option<&Self>, layout: &TableLayout) -> Self {
        match known {
            Some(known) if known.is_of(layout) && known.buckets == layout.buckets => known.clone(),
            _ => Self {
                schema_hash: layout.hash.clone(),
                buckets: layout.buckets,
                partition_by: layout.partition_by,
                columns: layout.table_schema.columns.clone(),
                field_ids: match layout.field_ids == field_ids(&layout.table_schema.columns, &FieldIds::new())
                {
                    true => FieldIds::new(),
                    false => layout.field_ids.clone(),
                },
                files_in: Tree::Plain,
                manifests: Vec::new(),
            },
        }
    }

    /// The numbers of its columns in files; none where it does not tell its columns.
    pub(crate) fn field_ids(&self) -> FieldIds {
        match self.field_ids.is_empty() {
            true => field_ids(&self.columns, &FieldIds::new()),
            false => self.field_ids.clone(),
        }
    }

    /// True where the table has the schema of the layout.
    pub(crate) fn is_of(&self, layout: &TableLayout) -> bool {
        self.schema_hash == layout.hash
    }

    /// Fails where the table is cut into another number of files.
    pub(crate) fn check_buckets(&self, table: &str, wanted: u32) -> Result<(), LoadError> {
        match self.buckets == wanted.max(1) {
            true => Ok(()),
            false => Err(LoadError::BucketsChanged { table: table.to_owned(), stored: self.buckets, wanted }),
        }
    }
}

/// A table file as it stands after a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedFile {
    /// Its name within the lake.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its content.
    pub sha256: String,
}

impl CommittedFile {
    /// The staged files that a commit names.
    pub(crate) fn of_staged(files: &[&StagedFile]) -> Vec<Self> {
        let stay = files.iter().filter(|file| file.afterwards == Afterwards::Stays);
        let file = |file: &&StagedFile| {
            let Written { rows, bytes, sha256 } = file.last()?.written.clone();
            Some(Self { path: file.target.clone(), rows, bytes, sha256 })
        };
        stay.filter_map(file).collect()
    }

    /// The folder of its partition, where it is of this table: `source=agentx/month=2025-04`.
    pub fn partition_of(&self, table: &str) -> Option<String> {
        let name = partition_name(&self.path);
        let (folder, _) = name.strip_prefix(table)?.strip_prefix('/')?.rsplit_once('/')?;
        Some(folder.to_owned())
    }
}

fn by_day() -> PartitionBy {
    PartitionBy::Day
}

fn is_by_day(by: &PartitionBy) -> bool {
    *by == PartitionBy::Day
}

fn in_plain() -> Tree {
    Tree::Plain
}

fn is_plain(tree: &Tree) -> bool {
    *tree == Tree::Plain
}

/// The format that says where the files of these tables lie.
pub(crate) fn format_of(tables: &BTreeMap<String, CommittedTable>) -> u32 {
    match tables.values().all(|table| table.files_in == Tree::Plain) {
        true => ALL_PLAIN,
        false => FORMAT_VERSION,
    }
}

/// The newest commit. Found by listing, as nothing that is overwritten could be trusted after a crash; while this process holds the
/// pipeline's lease, only once.
pub(crate) async fn head(lake: &LakeStorage, pipeline: &str) -> Result<Option<Commit>, LoadError> {
    if let Some((seq, bytes)) = lake.held.get(pipeline) {
        return parse(&bytes, pipeline, seq).map(Some);
    }
    let names = lake.list(&paths::commits(pipeline)).await?;
    let Some(seq) = names.iter().filter_map(|listed| seq_of(&listed.name)).max() else { return Ok(None) };
    let Some(bytes) = lake.get(&paths::commit(pipeline, seq)).await? else { return Ok(None) };
    let commit = parse(&bytes, pipeline, seq)?;
    lake.held.keep(pipeline, seq, bytes);
    Ok(Some(commit))
}

/// A pipeline's newest commit, for who may block.
pub(crate) fn current(lake: &LakeStorage, pipeline: &str) -> Result<Option<Commit>, LoadError> {
    paths::name("the pipeline", pipeline)?;
    block_on(head(lake, pipeline))
}

/// One commit; `None` where there is none by itself: early ones may have been archived.
pub(crate) async fn read(lake: &LakeStorage, pipeline: &str, seq: u64) -> Result<Option<Commit>, LoadError> {
    let bytes = lake.get(&paths::commit(pipeline, seq)).await?;
    bytes.map(|bytes| parse(&bytes, pipeline, seq)).transpose()
}

fn parse(bytes: &[u8], pipeline: &str, seq: u64) -> Result<Commit, LoadError> {
    let object = paths::commit(pipeline, seq);
    open(&object, bytes, seq)
}

/// A commit, by its bytes.
pub(crate) fn open(object: &str, bytes: &[u8], seq: u64) -> Result<Commit, LoadError> {
    let commit: Commit = seal::open(object, bytes, FORMAT_VERSION)?;
    if commit.seq != seq {
        return Err(LoadError::damaged(object, DamageCause::Content("its number is not that of its name")));
    }
    Ok(commit)
}

/// Makes a commit durable, once.
pub(crate) async fn write(lake: &LakeStorage, pipeline: &str, commit: &Commit) -> Result<(), LoadError> {
    let object = paths::commit(pipeline, commit.seq);
    let bytes = Bytes::from(seal::seal(&object, commit)?);
    // Until it stands there for sure, the newest one is to be looked for.
    lake.held.doubt(pipeline);
    lake.create_own(&object, bytes.clone()).await?;
    lake.held.keep(pipeline, commit.seq, bytes);
    Ok(())
}

/// The number in the name of a commit or an intent.
pub(crate) fn seq_of(name: &str) -> Option<u64> {
    name.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}
