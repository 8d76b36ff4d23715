//! Opening a lake: which tables it has, by the newest commits of all its pipelines.

use std::collections::BTreeMap;

use convolake_engine::{EngineError, Lake, Location};
use convolake_loader::{LiveFile, LiveTables};
use polars::prelude::{LazyFrame, ScanArgsParquet, Schema};

use super::place::Place;
use super::scan;
use super::table::{schema, word};
use super::{CatalogTable, Kind, LakeFile};
use crate::failure::{Failure, of_polars};

/// The tables and marts of a lake at one moment.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// The lake.
    pub(crate) lake: Lake,
    /// Where Polars finds its files.
    pub(crate) place: Place,
    /// What the newest commit of each pipeline names.
    pub(crate) pipelines: Vec<LiveTables>,
    /// What the newest commit of each pipeline's derived tables names.
    pub(crate) derived: Vec<LiveTables>,
    tables: BTreeMap<String, CatalogTable>,
}

impl Catalog {
    /// Opens the lake at a location, as in `./lake` or `s3://bucket/prefix`. No table file is read.
    ///
    /// # Errors
    /// There is no lake; a commit or manifest that does not read; the store's refusal.
    pub(crate) fn open(to: &str) -> Result<Self, Failure> {
        let mut catalog = Self::of_tables(to)?;
        for name in catalog.sources() {
            let live = catalog.lake.live_derived(&name).map_err(EngineError::from)?;
            catalog.take(&live, Kind::Mart)?;
            catalog.derived.push(live);
        }
        Ok(catalog)
    }

    /// [`Catalog::open`], without marts.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub(crate) fn of_tables(to: &str) -> Result<Self, Failure> {
        let location = Location::parse(to).map_err(EngineError::from)?;
        let no_lake = || EngineError::NoLake { to: location.to_string() };
        let (lake, names) = Lake::find_named(&location).map_err(EngineError::from)?.ok_or_else(no_lake)?;
        let mut pipelines = Vec::new();
        for name in names {
            let live = lake.live_tables(&name).map_err(EngineError::from)?;
            if live.commit.is_some() || !live.tables.is_empty() {
                pipelines.push(live);
            }
        }
        if pipelines.is_empty() {
            return Err(no_lake().into());
        }
        let place = Place::of(&location)?;
        let mut catalog = Self { lake, place, pipelines, derived: Vec::new(), tables: BTreeMap::new() };
        for live in catalog.pipelines.clone() {
            catalog.take(&live, Kind::Table)?;
        }
        Ok(catalog)
    }

    /// The pipelines that have something here, by name.
    pub(crate) fn sources(&self) -> Vec<String> {
        self.pipelines.iter().map(|live| live.pipeline.clone()).collect()
    }

    fn take(&mut self, live: &LiveTables, kind: Kind) -> Result<(), Failure> {
        for (name, table) in &live.tables {
            let file = |file: &LiveFile| LakeFile::of_live(&live.pipeline, file.clone());
            let files = table.files.iter().map(file).collect();
            self.add(name, kind, &schema(&table.columns), files)?;
        }
        Ok(())
    }

    /// Adds files of one pipeline to a table or mart. One name may have both: then its rows are those of both.
    ///
    /// # Errors
    /// A column that the name has already, with another type.
    pub(crate) fn add(
        &mut self,
        name: &str,
        kind: Kind,
        columns: &Schema,
        files: Vec<LakeFile>,
    ) -> Result<(), Failure> {
        let table = self.tables.entry(name.to_owned());
        table.or_insert_with(|| CatalogTable::new(name, kind)).add(columns, files)
    }

    /// All tables and marts, by name.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &CatalogTable> {
        self.tables.values()
    }

    /// A table or mart; `None` where there is none of this name.
    pub(crate) fn table(&self, name: &str) -> Option<&CatalogTable> {
        self.tables.get(name)
    }

    /// All rows of a table or mart: `source` first, then the columns of its files, then `date` and `month`.
    ///
    /// # Errors
    /// There is no such table; where only a footer tells the columns, a file that does not read.
    pub(crate) fn frame(&self, name: &str) -> Result<LazyFrame, Failure> {
        let table = self.table(name).ok_or_else(|| {
            let (message, hint) = self.no_table(name);
            Failure::misuse(message, Some(hint))
        })?;
        self.frame_of(table, table.files.clone())
    }

    /// Those rows of a table or mart that lie in these files of it.
    ///
    /// # Errors
    /// As [`Catalog::frame`].
    pub(crate) fn frame_of(&self, table: &CatalogTable, files: Vec<LakeFile>) -> Result<LazyFrame, Failure> {
        let columns = self.columns_of(table)?;
        let table = CatalogTable { files, ..table.clone() };
        scan::frame(&table, &columns, &self.place)
            .map_err(|error| of_polars(&format!("planning to read {}", table.name), &error))
    }

    /// The columns of a table or mart, as [`Catalog::frame`] gives them, each with the name of its type.
    ///
    /// # Errors
    /// As [`Catalog::frame`].
    pub(crate) fn columns(&self, name: &str) -> Result<Vec<(String, String)>, Failure> {
        let schema = self.frame(name)?.collect_schema();
        let schema =
            schema.map_err(|error| of_polars(&format!("looking at the columns of {name}"), &error))?;
        Ok(schema.iter().map(|(name, data_type)| (name.to_string(), word(data_type))).collect())
    }

    /// That there is no such table, and what there is.
    pub(crate) fn no_table(&self, name: &str) -> (String, String) {
        let there: Vec<&str> = self.tables.keys().map(String::as_str).collect();
        let nearest = convolake_engine::nearest_word(name, there.iter().copied());
        let nearest = nearest.map(|nearest| format!("did you mean `{nearest}`? ")).unwrap_or_default();
        let hint = format!("{nearest}the lake has {}", there.join(", "));
        (format!("there is no table `{name}`"), hint)
    }

    /// The columns of a table's files: where its commit does not tell them, those of its last file.
    fn columns_of(&self, table: &CatalogTable) -> Result<Schema, Failure> {
        match table.files.last() {
            Some(last) if table.columns.is_empty() => {
                let args = ScanArgsParquet {
                    cloud_options: self.place.cloud.clone(),
                    glob: false,
                    hive_options: polars::io::HiveOptions::new_disabled(),
                    ..ScanArgsParquet::default()
                };
                let schema = LazyFrame::scan_parquet(self.place.path(&last.name), args)
                    .and_then(|mut frame| frame.collect_schema())
                    .map_err(|error| of_polars(&format!("reading the footer of {}", last.name), &error))?;
                Ok(Schema::clone(&schema))
            }
            _ => Ok(table.columns.clone()),
        }
    }
}
