//! The tables of a pipeline: their files, then keys and references over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use convolake_model::Tree;

use crate::load::table_check;
use crate::rows::hashes::NotedHashes;
use crate::rows::landed_objects::LandedObjects;
use crate::storage::LakeStorage;
use crate::storage::blocking::block_on;
use crate::table::layout::TableLayout;
use crate::table::partition::Partition;
use crate::verify::finding::{FindingKind, Findings, Remedy};
use crate::verify::history::History;
use crate::verify::keys::Suspects;
use crate::verify::scan::Scan;
use crate::verify::summaries::SummaryHashes;
use crate::verify::{VerifiedTable, VerifyTable, keys, lake_files, summaries};
use crate::{LoadError, paths};

/// The tables of a pipeline while they are verified.
pub(crate) struct Tables<'a> {
    pub(crate) lake: &'a LakeStorage,
    pub(crate) pipeline: &'a str,
    pub(crate) history: &'a History,
    pub(crate) landed: &'a LandedObjects,
    /// Where hashes are spilled, and how much memory they may take before.
    pub(crate) scratch: &'a Path,
    pub(crate) hash_bytes: usize,
    pub(crate) findings: Findings,
    /// What was read of the files that are as the newest commit names them.
    pub(crate) summaries: BTreeMap<String, SummaryHashes>,
    /// The runs whose pages rows name.
    pub(crate) runs: BTreeSet<String>,
}

/// A table whose files were read.
struct Read<'a> {
    table: &'a VerifyTable,
    layout: TableLayout,
    files: Vec<String>,
    /// False where a file could not be read, so that rows it has seem not to be there.
    is_whole: bool,
    keys: NotedHashes,
    references: Vec<(Vec<usize>, NotedHashes)>,
}

impl Tables<'_> {
    /// Looks at every file and every row, then at keys and references over all of them.
    pub(crate) fn verify(
        &mut self,
        tables: &[VerifyTable],
    ) -> Result<BTreeMap<String, VerifiedTable>, LoadError> {
        let mut verified = BTreeMap::new();
        let mut read = Vec::new();
        for table in tables {
            let (report, of_table) = self.read(table)?;
            verified.insert(table.table.name.clone(), report);
            read.push(of_table);
        }
        for table in &mut read {
            let suspects = Suspects::repeated(&mut table.keys)?;
            keys::doubled(self.lake, &table.layout, &table.files, &suspects, &mut self.findings)?;
        }
        for at in 0..read.len() {
            for (number, parent) in read[at].table.table.references.keys().enumerate() {
                let Some(parent_at) = read.iter().position(|other| other.table.table.name == *parent) else {
                    // A pipeline may do without the table.
                    continue;
                };
                let missing = self.without_parent(&mut read, at, number, parent_at)?;
                if let Some(report) = verified.get_mut(&read[at].table.table.name)
                    && missing > 0
                {
                    report.rows_without_parent.insert(parent.clone(), missing);
                }
            }
        }
        Ok(verified)
    }

    fn without_parent(
        &mut self,
        read: &mut [Read<'_>],
        at: usize,
        number: usize,
        parent_at: usize,
    ) -> Result<u64, LoadError> {
        if at == parent_at || !read[parent_at].is_whole {
            return Ok(0);
        }
        let mut children = std::mem::take(&mut read[at].references[number].1);
        let mut parents = std::mem::take(&mut read[parent_at].keys);
        let suspects = Suspects::without_parent(&mut children, &mut parents)?;
        (read[at].references[number].1, read[parent_at].keys) = (children, parents);
        let Read { table, layout, files, references, .. } = &read[at];
        let parent = &read[parent_at].table.table.name;
        if table.certain_parents.contains(parent) {
            let reference = (parent.as_str(), references[number].0.as_slice());
            keys::orphans(self.lake, layout, files, reference, &suspects, &mut self.findings)?;
        }
        Ok(suspects.count)
    }

    /// Reads a table's files, and holds them against the commits.
    fn read<'a>(&mut self, table: &'a VerifyTable) -> Result<(VerifiedTable, Read<'a>), LoadError> {
        let name = table.table.name.as_str();
        let committed = self.history.tables.get(name);
        let buckets = committed.map_or(1, |committed| committed.buckets);
        let partition_by =
            committed.map_or_else(|| table.table.partitions.by(), |committed| committed.partition_by);
        let layout = TableLayout::new(&table.table, &[], buckets, partition_by)?;
        if let Some(committed) = committed
            && !committed.is_of(&layout)
            && !table_check::may_grow(self.lake, self.pipeline, committed, &layout)?
        {
            let detail = format!("commit {} knows {name} with other columns", self.history.head);
            self.findings.add(FindingKind::SchemaChanged, name, detail, Remedy::Replay);
        }
        let positions = |columns: &Vec<String>| -> Vec<usize> {
            columns.iter().filter_map(|column| table.table.columns.get_index_of(column)).collect()
        };
        let references = table.table.references.values();
        let mut scan = Scan {
            layout: &layout,
            buckets,
            landed: self.landed,
            keys: NotedHashes::default(),
            references: references.map(|columns| (positions(columns), NotedHashes::default())).collect(),
            runs: BTreeSet::new(),
            rows_of_files: 0,
        };
        let mut report = VerifiedTable::default();
        let (mut files, mut is_whole) = (Vec::new(), true);
        let folder = self.scratch.join(name);
        std::fs::create_dir_all(&folder).map_err(LoadError::file("create the folder", &folder))?;
        for (file, partition) in self.files(name)? {
            let (n_bytes, rows) = self.file(&mut scan, &file, partition, &folder)?;
            report.files += 1;
            report.bytes += n_bytes;
            report.rows += rows.unwrap_or_default();
            match rows {
                Some(_) => files.push(file),
                None => is_whole = false,
            }
        }
        summaries::check(self, &layout)?;
        report.rows_of_files = scan.rows_of_files;
        let Scan { keys, references, runs, .. } = scan;
        self.runs.extend(runs);
        Ok((report, Read { table, layout, files, is_whole, keys, references }))
    }

    /// The table's files, after telling of those that should not, or should, be there.
    fn files(&mut self, table: &str) -> Result<Vec<(String, Partition)>, LoadError> {
        let folder = format!("{}/", paths::table(table, self.pipeline));
        let (mut files, mut present) = (Vec::new(), BTreeSet::new());
        let committed = self.history.tables.get(table);
        let kind = committed.map(|table| table.partition_by);
        let tree = committed.map_or(Tree::Plain, |table| table.files_in);
        for name in self.names(table)? {
            if is_passed_over(&name) {
                continue;
            }
            let Some(partition) = name.strip_prefix(&folder).and_then(Partition::parse) else {
                let detail = "it is no table file, and readers of the folder may take it for one";
                self.findings.add(FindingKind::FileForeign, name, detail, Remedy::MoveAway);
                continue;
            };
            let is_on_its_way = self.history.is_on_its_way(&name);
            let is_of_other_kind = kind.is_some_and(|kind| kind != partition.by);
            if is_on_its_way && (is_of_other_kind || tree != Tree::Plain) {
                continue;
            }
            if self.history.file(&name).is_none() && !is_on_its_way {
                let detail = match self.history.is_whole {
                    true => "no commit knows it",
                    false => "no commit that reads knows it",
                };
                let remedy = match tree {
                    Tree::Plain => self.remedy_of_file(),
                    Tree::Delta => Remedy::MoveAway,
                };
                self.findings.add(FindingKind::FileUnknown, name.clone(), detail, remedy);
                if tree == Tree::Delta {
                    // Nobody takes it for the table's who goes by commits or by the Delta table.
                    continue;
                }
            }
            present.insert(name.clone());
            files.push((name, partition));
        }
        for (partition, (file, seq)) in self.history.files_of(table, self.pipeline) {
            let partition = partition.strip_prefix(&folder).and_then(Partition::parse);
            // Files of earlier commits lie beside those of the newest one in the Delta tree, and are no fault.
            let is_present = match paths::is_of_delta(&file.path) {
                true => block_on(self.lake.find(&file.path))?.is_some(),
                false => present.contains(&file.path),
            };
            if !is_present {
                let detail = format!("commit {seq} wrote it with {} rows", file.rows);
                self.findings.add(FindingKind::FileMissing, file.path.clone(), detail, Remedy::Replay);
            } else if let Some(partition) = partition.filter(|_| paths::is_of_delta(&file.path)) {
                files.push((file.path.clone(), partition));
            }
        }
        files.sort_unstable_by_key(|(_, partition)| *partition);
        Ok(files)
    }

    /// What helps where a file is not what the commits say, which may lie at the commits.
    pub(crate) fn remedy_of_file(&self) -> Remedy {
        if self.history.is_whole { Remedy::MoveAwayAndReplay } else { Remedy::Restore }
    }

    /// All files in the table's folder that no other pipeline answers for.
    fn names(&self, table: &str) -> Result<Vec<String>, LoadError> {
        let mut names = Vec::new();
        for entry in lake_files::entries(self.lake, table)? {
            let name = format!("{table}/{entry}");
            let other = entry.strip_prefix("source=").filter(|other| *other != self.pipeline);
            if let Some(other) = other
                && crate::verify::is_pipeline(self.lake, other)?
            {
                continue;
            }
            match lake_files::is_folder(self.lake, &name)? {
                true => names.extend(lake_files::below(self.lake, &name)?),
                false => names.push(name),
            }
        }
        Ok(names)
    }
}

/// True for a file that readers of a table's folder pass over: what file systems, file managers and Spark leave there (`.DS_Store`, `.nfs..`, `_SUCCESS`). A glob
/// of names that end in `.parquet` finds those that do.
fn is_passed_over(name: &str) -> bool {
    let mut below_table = name.split('/').skip(1);
    !name.ends_with(".parquet") && below_table.any(|part| part.starts_with(['.', '_']))
}
