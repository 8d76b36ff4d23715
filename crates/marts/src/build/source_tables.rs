//! The files of one source's tables, and frames of some of them.

use std::collections::{BTreeMap, BTreeSet};

use convolake_engine::EngineError;
use convolake_loader::SeenVersion;
use polars::prelude::*;

use super::state::Month;
use crate::catalog::{Catalog, CatalogTable, Changed, LakeFile};
use crate::derive::{CONVERSATIONS, InputTable, LEADS, MESSAGES, TURNS};
use crate::failure::Failure;

/// The tables that derived tables are made of.
pub(super) const TABLES: [&InputTable; 4] = [&CONVERSATIONS, &TURNS, &MESSAGES, &LEADS];

/// One source's tables at one moment.
pub(super) struct SourceTables<'a> {
    catalog: &'a Catalog,
    source: &'a str,
    tables: BTreeMap<&'static str, CatalogTable>,
    seen: Vec<(LakeFile, SeenVersion)>,
}

impl<'a> SourceTables<'a> {
    pub(super) fn of(catalog: &'a Catalog, source: &'a str) -> Self {
        let of_source = |table: &CatalogTable| {
            let files = table.files.iter().filter(|file| file.source == source).cloned().collect();
            CatalogTable { files, ..table.clone() }
        };
        let found =
            TABLES.iter().filter_map(|input| Some((input.name, of_source(catalog.table(input.name)?))));
        Self { catalog, source, tables: found.collect(), seen: Vec::new() }
    }

    /// Each file's SHA-256 by its name; one of which it is not known has a text that is no other's.
    pub(super) fn inputs(&self) -> BTreeMap<String, String> {
        let files = self.tables.values().flat_map(|table| &table.files);
        let sha256 =
            |file: &LakeFile| file.sha256.clone().unwrap_or_else(|| format!("unknown {:?}", file.bytes));
        files.map(|file| (file.live.partition_name.clone(), sha256(file))).collect()
    }

    /// The files of a table.
    pub(super) fn files(&self, table: &InputTable) -> &[LakeFile] {
        self.tables.get(table.name).map(|table| table.files.as_slice()).unwrap_or_default()
    }

    /// The rows of those files of a table whose month is among these, with the columns that are read, and `month`.
    pub(super) fn rows(
        &mut self,
        table: &InputTable,
        months: &BTreeSet<Month>,
    ) -> Result<LazyFrame, Failure> {
        let files: Vec<LakeFile> =
            self.files(table).iter().filter(|file| months.contains(&month_of(file))).cloned().collect();
        let Some(of_source) = self.tables.get(table.name).filter(|_| !files.is_empty()) else {
            return Ok(table.empty());
        };
        let mut frame = self.catalog.frame_of(of_source, files.clone())?;
        for file in files {
            // Held against the commit before it is read, and once more before what was made of it is published.
            if !self.seen.iter().any(|(seen, _)| seen.name == file.name) {
                let version = file.check().map_err(EngineError::from)?;
                self.seen.push((file, version));
            }
        }
        let there = frame
            .collect_schema()
            .map_err(|error| crate::failure::of_polars("looking at columns", &error))?;
        Ok(table.of(frame, &there))
    }

    /// The months of all files of a table.
    pub(super) fn months(&self, table: &InputTable) -> BTreeSet<Month> {
        self.files(table).iter().map(month_of).collect()
    }

    /// Fails where a run has replaced a file that was read.
    pub(super) fn check_unchanged(&self) -> Result<(), Changed> {
        let live = self.catalog.pipelines.iter().find(|live| live.pipeline == self.source);
        for (file, seen) in &self.seen {
            let is_changed = live.map(|live| live.has_changed(&file.live, seen)).transpose();
            if is_changed.map_err(|error| Changed::Unknown(error.into()))?.unwrap_or(false) {
                return Err(Changed::File(file.name.clone()));
            }
        }
        Ok(())
    }
}

/// The month of a file's rows.
pub(super) fn month_of(file: &LakeFile) -> Month {
    file.month().unwrap_or_default().to_owned()
}
