//! Files of derived tables as they are built, and where their rows are read from before they are published.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use convolake_engine::EngineError;
use convolake_loader::{Added, DerivedTables, NewFile};
use convolake_model::{ColumnType, Mart};
use polars::prelude::*;

use super::parquet::{RowsFile, RowsWritten};
use super::report::MartReport;
use super::state::Month;
use crate::catalog::{Catalog, CatalogTable, Kind, LakeFile};
use crate::failure::{Failure, of_polars};

/// The derived tables of a source during a build.
pub(super) struct Built<'a> {
    catalog: &'a Catalog,
    derived: DerivedTables,
    /// As they were before, by name.
    before: BTreeMap<String, CatalogTable>,
    /// Files that are to be published, by table and month; `None` where the table has no rows of the month.
    new: BTreeMap<(Mart, Month), Option<PathBuf>>,
    columns: BTreeMap<String, Vec<(String, ColumnType)>>,
    reports: BTreeMap<Mart, MartReport>,
    /// The months of files that are to be there and are not, by table.
    lost: BTreeMap<String, BTreeSet<Month>>,
}

impl<'a> Built<'a> {
    pub(super) fn new(catalog: &'a Catalog, source: &str, derived: DerivedTables) -> Result<Self, Failure> {
        let live = catalog.lake.live_derived(source).map_err(EngineError::from)?;
        let month = |month: Option<String>| month.unwrap_or_default();
        let of_table = |(table, months): (String, BTreeSet<Option<String>>)| {
            (table, months.into_iter().map(month).collect())
        };
        let lost: BTreeMap<String, BTreeSet<Month>> =
            derived.lost().map_err(EngineError::from)?.into_iter().map(of_table).collect();
        let is_lost = |table: &str, file: &LakeFile| {
            lost.get(table).is_some_and(|months| months.contains(&super::source_tables::month_of(file)))
        };
        let mut before = BTreeMap::new();
        for (name, table) in live.tables {
            let files = table.files.into_iter().map(|file| LakeFile::of_live(source, file));
            let files = files.filter(|file| !is_lost(&name, file)).collect();
            let mut of_mart = CatalogTable::new(&name, Kind::Mart);
            of_mart.add(&crate::catalog::schema(&table.columns), files)?;
            before.insert(name, of_mart);
        }
        let (new, columns, reports) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { catalog, derived, before, new, columns, reports, lost })
    }

    /// The months of which one of these tables has lost a file.
    pub(super) fn lost(&self, is_of: impl Fn(&str) -> bool) -> BTreeSet<Month> {
        let tables = self.lost.iter().filter(|(table, _)| is_of(table));
        tables.flat_map(|(_, months)| months).cloned().collect()
    }

    /// A file for the rows that a table has of a month.
    pub(super) fn begin(&mut self) -> Result<RowsFile, Failure> {
        Ok(RowsFile::new(self.derived.new_path().map_err(EngineError::from)?))
    }

    /// Takes a file with all rows that a table has of a month.
    pub(super) fn add(&mut self, mart: Mart, month: &Month, file: RowsFile) -> Result<(), Failure> {
        let (RowsWritten { n_rows, columns, instants }, path) = file.finish()?;
        self.columns.entry(mart.name().to_owned()).or_insert(columns);
        let file = NewFile {
            table: mart.name().to_owned(),
            month: (!month.is_empty()).then(|| month.clone()),
            path: path.clone(),
            rows: n_rows,
            instants,
        };
        let added = self.derived.add(file).map_err(EngineError::from)?;
        let report = self.reports.entry(mart).or_default();
        report.partitions += 1;
        report.rows += n_rows;
        if added == Added::New {
            report.files += 1;
            self.new.insert((mart, month.clone()), (n_rows > 0).then_some(path));
        }
        Ok(())
    }

    /// The rows of a table as they will be, of these months, with `month`.
    pub(super) fn rows(&self, mart: Mart, months: &BTreeSet<Month>) -> Result<LazyFrame, Failure> {
        let failed = |error: PolarsError| of_polars(&format!("reading {}", mart.name()), &error);
        let mut frames = Vec::new();
        for month in months {
            if let Some(Some(path)) = self.new.get(&(mart, month.clone())) {
                let path = PlRefPath::new(path.to_string_lossy());
                let args = ScanArgsParquet {
                    glob: false,
                    hive_options: polars::io::HiveOptions::new_disabled(),
                    ..Default::default()
                };
                let month =
                    if month.is_empty() { lit(NULL).cast(DataType::String) } else { lit(month.clone()) };
                frames.push(
                    LazyFrame::scan_parquet(path, args).map_err(failed)?.with_column(month.alias("month")),
                );
            }
        }
        if let Some(before) = self.before.get(mart.name()) {
            let is_read = |file: &&LakeFile| {
                let month = super::source_tables::month_of(file);
                months.contains(&month) && !self.new.contains_key(&(mart, month))
            };
            let files: Vec<LakeFile> = before.files.iter().filter(is_read).cloned().collect();
            for file in &files {
                file.check().map_err(EngineError::from)?;
            }
            if !files.is_empty() || frames.is_empty() {
                let columns = before.columns.iter_names().map(|name| col(name.clone())).chain([col("month")]);
                let rows = self.catalog.frame_of(before, files)?;
                frames.push(rows.select(columns.collect::<Vec<_>>()));
            }
        }
        match frames.is_empty() {
            true => Ok(self.no_rows(mart)),
            false => concat(frames, UnionArgs::default()).map_err(failed),
        }
    }

    fn no_rows(&self, mart: Mart) -> LazyFrame {
        let columns = self.columns.get(mart.name()).cloned().unwrap_or_default();
        let mut schema = crate::catalog::schema(&columns);
        for name in crate::derive::KEY.iter().chain(&["month"]) {
            schema.with_column((*name).into(), DataType::String);
        }
        DataFrame::empty_with_schema(&schema).lazy()
    }

    /// The months of which a table has rows, as it will be.
    pub(super) fn months(&self, mart: Mart) -> BTreeSet<Month> {
        let before = self.before.get(mart.name()).into_iter().flat_map(|table| &table.files);
        let mut months: BTreeSet<Month> = before.map(super::source_tables::month_of).collect();
        for ((of, month), file) in &self.new {
            if *of == mart {
                match file {
                    Some(_) => months.insert(month.clone()),
                    None => months.remove(month),
                };
            }
        }
        months
    }

    /// Publishes all of it, in a commit of this instant.
    pub(super) fn publish(
        self,
        state: serde_json::Value,
        now: jiff::Timestamp,
    ) -> Result<BTreeMap<Mart, MartReport>, Failure> {
        let Self { derived, columns, reports, .. } = self;
        derived.publish(&columns, state, now).map_err(EngineError::from)?;
        Ok(reports)
    }

    /// The state of the last build.
    pub(super) fn state(&self) -> Option<&serde_json::Value> {
        self.derived.state()
    }
}
