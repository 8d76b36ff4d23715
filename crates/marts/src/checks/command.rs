//! The command: each pipeline of the lake, and each of its tables, in turn.

use std::collections::BTreeSet;

use convolake_engine::{EngineError, Project};
use convolake_model::DataCheck;
use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use polars::prelude::LazyFrame;

use super::outcome::{ChecksReport, TableChecks};
use super::table::CheckedTable;
use crate::catalog::{Catalog, CatalogTable, Kind};
use crate::failure::{Failure, of_polars};

/// What is to be checked.
#[derive(Debug, Clone)]
pub(crate) struct ChecksRequest {
    /// Where the lake is.
    pub(crate) to: String,
    /// This pipeline only: its built-in name or the path of one; all of the lake where `None`.
    pub(crate) pipeline: Option<String>,
    /// These tables and marts only; all where empty.
    pub(crate) tables: Vec<String>,
    /// Tables alone, or marts as well.
    pub(crate) which: Which,
    /// What hashes of keys may take, in bytes.
    pub(crate) memory_bytes: u64,
    /// The instant that counts as now.
    pub(crate) now: Timestamp,
}

/// What of a lake is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// What pipelines have landed.
    Tables,
    /// And what is derived from it.
    TablesAndMarts,
}

/// What hashes of keys may take of the memory of a process, in bytes.
pub(crate) const fn share_of_hashes(memory_bytes: u64) -> u64 {
    memory_bytes / 6
}

/// Columns that rows of marts are known by, as far as a mart has them.
const MART_KEY: [&str; 8] =
    ["day", "agent_id", "conversation_id", "turn_index", "reply", "channel", "locale", "asked_at"];

/// Carries out the checks of a lake.
///
/// # Errors
/// There is no lake, no such pipeline or table; a file that does not read.
pub(crate) fn checks(request: &ChecksRequest, catalog: &Catalog) -> Result<ChecksReport, Failure> {
    let given = request.pipeline.as_ref().map(|pipeline| Project::load(pipeline, &[]));
    let given = given.transpose().map_err(EngineError::from)?;
    for table in &request.tables {
        if catalog.table(table).is_none() {
            let (message, hint) = catalog.no_table(table);
            return Err(Failure::misuse(message, Some(hint)));
        }
    }
    let (mut tables, mut unknown) = (Vec::new(), Vec::new());
    for pipeline in &catalog.sources() {
        let project = match &given {
            Some(project) if project.pipeline.name != *pipeline => continue,
            Some(project) => project.clone(),
            None => match Project::load(pipeline, &[]) {
                Ok(project) => project,
                Err(error) => {
                    unknown.push(format!("{pipeline}: its checks are not known: {error}"));
                    continue;
                }
            },
        };
        let of_pipeline = PipelineChecks { request, catalog, project: &project, pipeline };
        tables.extend(of_pipeline.check()?);
    }
    if let (Some(project), true) = (&given, tables.is_empty()) {
        let error =
            EngineError::NoPipeline { to: request.to.clone(), pipeline: project.pipeline.name.clone() };
        if !catalog.pipelines.iter().any(|live| live.pipeline == project.pipeline.name) {
            return Err(error.into());
        }
    }
    Ok(ChecksReport::new(request.to.clone(), request.now, tables, unknown))
}

struct PipelineChecks<'a> {
    request: &'a ChecksRequest,
    catalog: &'a Catalog,
    project: &'a Project,
    pipeline: &'a str,
}

impl PipelineChecks<'_> {
    fn check(&self) -> Result<Vec<TableChecks>, Failure> {
        let head = self.catalog.lake.head(self.pipeline).map_err(EngineError::from)?;
        let as_of = head.map_or(self.request.now, |commit| commit.created_at.min(self.request.now));
        let names: BTreeSet<&str> = self.catalog.tables().map(|table| table.name.as_str()).collect();
        let mut checked = Vec::new();
        for name in names {
            let is_asked =
                self.request.tables.is_empty() || self.request.tables.iter().any(|asked| asked == name);
            if let (true, Some(checks)) = (is_asked, self.checks_of(name)) {
                checked.extend(self.table(name, checks, as_of)?);
            }
        }
        Ok(checked)
    }

    /// What is declared of a table or mart.
    fn checks_of(&self, name: &str) -> Option<&IndexMap<String, DataCheck>> {
        let checks = match self.catalog.table(name)?.kind {
            Kind::Table => &self.project.tables.get(name)?.checks,
            Kind::Mart if self.request.which == Which::Tables => return None,
            Kind::Mart => &self.project.marts.get(name)?.checks,
        };
        (!checks.is_empty()).then_some(checks)
    }

    fn table(
        &self,
        name: &str,
        checks: &IndexMap<String, DataCheck>,
        as_of: Timestamp,
    ) -> Result<Option<TableChecks>, Failure> {
        let Some((mut frame, n_rows)) = self.rows(name)? else { return Ok(None) };
        let act = || format!("reading the columns of {name}");
        let schema = frame.collect_schema().map_err(|error| of_polars(&act(), &error))?;
        let key = match self.project.tables.get(name) {
            Some(table) => table.key.clone(),
            None => MART_KEY
                .iter()
                .filter(|column| schema.contains(column))
                .map(|&column| column.to_owned())
                .collect(),
        };
        let zone = TimeZone::get(&self.project.pipeline.meaning.zone).unwrap_or(TimeZone::UTC);
        let table = CheckedTable {
            source: self.pipeline,
            table: name,
            catalog: self.catalog,
            frame,
            schema: &schema,
            key,
            n_rows,
            other: &|name| self.rows(name),
            now: self.request.now,
            as_of,
            zone: &zone,
            memory_bytes: self.request.memory_bytes,
        };
        let checks = table.check(checks.values())?;
        Ok(Some(TableChecks { source: self.pipeline.to_owned(), table: name.to_owned(), checks }))
    }

    /// The rows of this pipeline in a table, and how many they are; `None` where it has no files there.
    fn rows(&self, name: &str) -> Result<Option<(LazyFrame, u64)>, Failure> {
        let Some(table) = self.catalog.table(name) else { return Ok(None) };
        let is_ours = |table: &CatalogTable| -> Vec<_> {
            table.files.iter().filter(|file| file.source == self.pipeline).cloned().collect()
        };
        let files = is_ours(table);
        if files.is_empty() {
            return Ok(None);
        }
        let n_rows = files.iter().map(|file| file.rows.unwrap_or_default()).sum();
        Ok(Some((self.catalog.frame_of(table, files)?, n_rows)))
    }
}
