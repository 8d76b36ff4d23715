//! The verification of one pipeline and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use convolake_model::{PartitionBy, Table};

use crate::rows::landed_objects::LandedObjects;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::layout::TableLayout;
use crate::verify::compare::Comparison;
use crate::verify::finding::{FindingKind, Findings};
use crate::verify::history::History;
use crate::verify::landed::{Quarantined, landed_objects};
use crate::verify::tables::Tables;
use crate::verify::{delta_tables, history, lake_files};
use crate::{LoadError, paths};

/// A table to verify.
#[derive(Debug, Clone, PartialEq)]
pub struct VerifyTable {
    /// The table.
    pub table: Table,
    /// The tables it refers to whose rows come of the same records: there a row without its parent is a fault. Of
    /// others the source may simply not have given the parent.
    pub certain_parents: BTreeSet<String>,
}

/// What stands in a table that was verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedTable {
    /// Its files.
    pub files: u64,
    /// Its rows, as far as they could be read.
    pub rows: u64,
    /// The size of its files.
    pub bytes: u64,
    /// Rows of page files that were flattened: no landed page answers for them.
    pub rows_of_files: u64,
    /// Rows whose parent is not there, by the parents' table.
    pub rows_without_parent: BTreeMap<String, u64>,
}

/// A pipeline's part of a lake being verified.
#[derive(Debug)]
pub struct Verification {
    lake: LakeStorage,
    pipeline: String,
    marks: Vec<String>,
    history: History,
    landed: LandedObjects,
    quarantined: Quarantined,
    runs: BTreeSet<String>,
    tables: BTreeMap<String, VerifiedTable>,
    findings: Findings,
}

/// The pipelines that have committed, are about to, or have landed a page.
///
/// # Errors
/// The store's refusal to list.
pub(crate) fn pipelines(lake: &LakeStorage) -> Result<BTreeSet<String>, LoadError> {
    let mut names = lake_files::entries(lake, paths::STATE)?;
    names.extend(lake_files::entries(lake, paths::RAW)?);
    let mut pipelines = BTreeSet::new();
    for name in names {
        if is_pipeline(lake, &name)? {
            pipelines.insert(name);
        }
    }
    Ok(pipelines)
}

/// Holds a pipeline's commits, table files and rows against each other and against the raw zone's names. What was
/// found wrong is in the [`Verification`]. `scratch` is an empty folder, `memory_bytes` what hashes of keys may take
/// before they are moved there.
///
/// # Errors
/// What keeps the verification from going on: the store's refusal, a full disk, a lake of a newer convolake.
pub(crate) fn verify(
    lake: &LakeStorage,
    pipeline: &str,
    tables: &[VerifyTable],
    scratch: &Path,
    memory_bytes: usize,
) -> Result<Verification, LoadError> {
    paths::name("the pipeline", pipeline)?;
    let marks = history::marks(lake, pipeline)?;
    let mut findings = Findings::default();
    let history = History::read(lake, pipeline, &mut findings)?;
    let landed = landed_objects(lake, pipeline)?;
    let quarantined = Quarantined::read(lake, pipeline, &mut findings)?;
    let lists: usize = tables.iter().map(|table| 1 + table.table.references.len()).sum();
    let mut reading = Tables {
        lake,
        pipeline,
        history: &history,
        landed: &landed,
        scratch,
        hash_bytes: memory_bytes / lists.max(1),
        findings,
        summaries: BTreeMap::new(),
        runs: BTreeSet::new(),
    };
    let verified = reading.verify(tables)?;
    let Tables { mut findings, mut runs, .. } = reading;
    delta_tables::check(lake, pipeline, history.named_by.as_ref(), &mut findings)?;
    runs.extend(history.runs.iter().cloned());
    Ok(Verification {
        lake: lake.clone(),
        pipeline: pipeline.to_owned(),
        tables: verified,
        marks,
        history,
        landed,
        quarantined,
        runs,
        findings,
    })
}

impl Verification {
    /// The newest commit's number; 0 before the first.
    pub fn head(&self) -> u64 {
        self.history.head
    }

    /// What stands in each table.
    pub fn tables(&self) -> &BTreeMap<String, VerifiedTable> {
        &self.tables
    }

    /// The tables the commits know and nobody asked to verify.
    pub fn tables_left_out(&self) -> impl Iterator<Item = &str> {
        self.history.tables.keys().map(String::as_str).filter(|table| !self.tables.contains_key(*table))
    }

    /// How many pages are landed.
    pub fn landed_pages(&self) -> u64 {
        self.landed.pages()
    }

    /// True where rows name landed pages that are not there.
    pub fn has_missing_pages(&self) -> bool {
        self.findings.counts.contains_key(&FindingKind::PageMissing)
    }

    /// How many intents of finished runs are still there. They are void, and tell nothing.
    pub fn void_intents(&self) -> u64 {
        self.history.void_intents
    }

    /// How many records are in quarantine.
    pub fn quarantined_records(&self) -> u64 {
        self.quarantined.lines
    }

    /// The files a partition of a table is cut into.
    pub fn buckets(&self, table: &str) -> Option<u32> {
        self.history.tables.get(table).map(|table| table.buckets)
    }

    /// How a table is cut into partitions.
    pub fn partition_by(&self, table: &str) -> Option<PartitionBy> {
        self.history.tables.get(table).map(|table| table.partition_by)
    }

    /// The runs that have landed pages and neither committed nor left a row of them: what they landed waits for the
    /// next run.
    pub fn runs_waiting(&self) -> BTreeSet<String> {
        self.landed.runs().difference(&self.runs).cloned().collect()
    }

    /// True where the rows of a table can be compared with rebuilt ones: its files read, and in order.
    pub fn is_comparable(&self, table: &str) -> bool {
        let folder = format!("{}/", paths::table(table, &self.pipeline));
        let only_in_delta = format!("{}/{folder}", paths::DELTA);
        let hinders = |kind| {
            use FindingKind::{FileUnreadable, OrderWrong, SchemaChanged};
            matches!(kind, FileUnreadable | OrderWrong | SchemaChanged)
        };
        let is_of =
            |place: &str| place == table || place.starts_with(&folder) || place.starts_with(&only_in_delta);
        let mut told = self.findings.first.iter();
        let is_full = |kind: &FindingKind| self.findings.counts[kind] > Findings::MAX_OF_A_KIND;
        !told.any(|finding| hinders(finding.kind) && is_of(&finding.place))
            && !self.findings.counts.keys().any(|kind| hinders(*kind) && is_full(kind))
    }

    /// The files of a table that are there, by the names of their partitions.
    fn stored(&self, table: &str) -> Result<BTreeMap<String, String>, LoadError> {
        let listed = lake_files::below(&self.lake, &paths::table(table, &self.pipeline))?;
        let mut stored: BTreeMap<String, String> =
            listed.into_iter().map(|name| (name.clone(), name)).collect();
        for (partition, (file, _)) in self.history.files_of(table, &self.pipeline) {
            if paths::is_of_delta(&file.path) && block_on(self.lake.find(&file.path))?.is_some() {
                stored.insert(partition.to_owned(), file.path.clone());
            }
        }
        Ok(stored)
    }

    /// Holds a table's rows against those that are staged, by these names, in another storage.
    pub(crate) fn compare_rows(
        &self,
        rebuilt: &LakeStorage,
        staged: &BTreeMap<String, String>,
        table: &Table,
    ) -> Result<Findings, LoadError> {
        let partition_by = self.partition_by(&table.name).unwrap_or_else(|| table.partitions.by());
        let layout = TableLayout::new(table, &[], 1, partition_by)?;
        let mut findings = Findings::default();
        let (lake, pipeline, landed) = (&self.lake, self.pipeline.as_str(), &self.landed);
        let has_grown = self.history.grown.contains(&table.name);
        let stored = self.stored(&table.name)?;
        let comparison =
            Comparison { lake, rebuilt, stored, staged, pipeline, layout: &layout, landed, has_grown };
        comparison.compare(&mut findings)?;
        Ok(findings)
    }

    /// The records in quarantine in another storage and not in this one.
    pub(crate) fn records_lost(&self, rebuilt: &LakeStorage) -> Result<Findings, LoadError> {
        let mut findings = Findings::default();
        self.quarantined.lacks(rebuilt, &self.pipeline, &mut findings)?;
        Ok(findings)
    }

    /// All that was found; `None` where a run has committed, or begun to, since the verification began: then what was
    /// read does not belong together.
    ///
    /// # Errors
    /// The store's refusal to list.
    pub fn findings(&self) -> Result<Option<&Findings>, LoadError> {
        let is_still = history::marks(&self.lake, &self.pipeline)? == self.marks;
        Ok(is_still.then_some(&self.findings))
    }
}

/// True for the name of a pipeline that has committed, is about to, or has landed a page.
pub(crate) fn is_pipeline(lake: &LakeStorage, name: &str) -> Result<bool, LoadError> {
    let folders = [paths::commits(name), paths::intents(name), paths::raw_pipeline(name)];
    if paths::name("the pipeline", name).is_err() {
        return Ok(false);
    }
    for folder in &folders {
        if lake_files::is_folder(lake, folder)? {
            return Ok(true);
        }
    }
    Ok(false)
}
