//! The lake against its landed pages: both side by side, once the pages are flattened anew.

use std::collections::BTreeSet;
use std::path::Path;

use convolake_loader::{FindingKind, Findings, Lake, Location, Verification};
use convolake_model::Mapping;

use crate::memory::MemoryBudget;
use crate::verify::notes::Notes;
use crate::verify::rebuild::{Rebuild, Rebuilt};
use crate::{EngineError, Project, Seams};

/// Compares the tables of a pipeline with those that its landed pages give.
pub(crate) struct Comparison<'a> {
    pub(crate) project: &'a Project,
    pub(crate) lake: &'a Lake,
    pub(crate) verification: &'a Verification,
    /// An empty folder for the rebuilt tables.
    pub(crate) scratch: &'a Path,
    pub(crate) seams: &'a Seams,
}

impl Comparison<'_> {
    /// Finds rows that landed pages give and the tables lack, and rows that no page gives.
    pub(crate) fn compare(
        &self,
        memory: MemoryBudget,
        findings: &mut Findings,
        notes: &mut Notes,
    ) -> Result<(), EngineError> {
        let all = self.differences("all", &BTreeSet::new(), memory, notes)?;
        let waiting = self.verification.runs_waiting();
        if all.is_empty() || waiting.is_empty() {
            findings.append(all);
            return Ok(());
        }
        // A run that was killed has landed pages and merged none of them. They are no fault: the next run merges them or
        // pulls them again. What differs without them is one.
        let differences = self.differences("merged", &waiting, memory, notes)?;
        notes.add(format!(
            "what {} interrupted runs landed last is not merged yet; the next run, or a replay, does so",
            waiting.len()
        ));
        findings.append(differences);
        Ok(())
    }

    /// Rebuilds without the pages of some runs, and compares. `name` is that of the folder it is done in.
    fn differences(
        &self,
        name: &str,
        without_runs: &BTreeSet<String>,
        memory: MemoryBudget,
        notes: &mut Notes,
    ) -> Result<Findings, EngineError> {
        let mut findings = Findings::default();
        let folder = self.scratch.join(name);
        let beside = Lake::open(&Location::Folder(folder.clone()))?;
        let rebuild = Rebuild {
            project: self.project,
            lake: self.lake,
            verification: self.verification,
            seams: self.seams,
            without_runs,
            memory,
        };
        let rebuilt = rebuild.run(&beside, &mut findings)?;
        match findings.is_empty() {
            true => findings = self.compare_tables(&beside, &rebuilt, notes)?,
            false => notes
                .add("the rows were not held against the landed pages, of which some do not read".to_owned()),
        }
        std::fs::remove_dir_all(&folder).map_err(|source| EngineError::Scratch { path: folder, source })?;
        Ok(findings)
    }

    /// Compares table by table, then what is in quarantine.
    fn compare_tables(
        &self,
        beside: &Lake,
        rebuilt: &Rebuilt,
        notes: &mut Notes,
    ) -> Result<Findings, EngineError> {
        let mut findings = Findings::default();
        let schemas = rebuilt.streams.iter().filter_map(|stream| self.project.schemas.get(stream));
        let table = |mapping: &Mapping| self.project.tables.get(&mapping.table);
        for table in schemas.flat_map(|schema| &schema.mappings).filter_map(table) {
            match self.verification.is_comparable(&table.name) {
                true => findings.append(self.verification.compare(beside, &rebuilt.staged, table)?),
                false => notes.add(format!(
                    "the rows of {} were not held against the landed pages: its files do not read, or not in order",
                    table.name
                )),
            }
        }
        findings.append(self.verification.compare_quarantine(beside)?);
        let has_rows_of_files = self.verification.tables().values().any(|table| table.rows_of_files > 0);
        // A flattened file, or a page that is missing, may hold a newer version of a conversation, without some of its rows.
        let came_later = match (has_rows_of_files, self.verification.has_missing_pages()) {
            (true, _) => "files were flattened into the same tables, and what came later counts",
            (false, true) => "pages are missing, and what came later counts",
            (false, false) => return Ok(findings),
        };
        let missing = findings.take(FindingKind::RowMissing);
        if missing > 0 {
            notes.add(format!("{missing} rows that landed pages give are not there: {came_later}"));
        }
        Ok(findings)
    }
}
