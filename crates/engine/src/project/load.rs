use std::borrow::Cow;
use std::path::Path;
use std::path::PathBuf;

use convolake_model::ConfigError;
use convolake_model::Gone;
use convolake_model::Override;
use convolake_model::ParamSet;
use convolake_model::Pipeline;
use convolake_model::Stream;
use convolake_model::StreamSchema;
use convolake_model::Table;
use convolake_transformer::Flattener;
use indexmap::IndexMap;

use crate::error::EngineError;
use crate::project::builtin;
use crate::project::declared_counts::declaring_table;

/// A pipeline with everything it names: its streams' schemas and the tables they feed.
#[derive(Debug, Clone)]
pub struct Project {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The pipeline file's name, for messages.
    pub file: String,
    /// The schemas by stream.
    pub schemas: IndexMap<String, StreamSchema>,
    /// The tables the streams feed, by name.
    pub tables: IndexMap<String, Table>,
}

impl Project {
    /// Loads a pipeline by its built-in name or by the path of its file. Schemas are looked for in the folder
    /// `schemas` beside the file's folder, and among the built-in ones.
    ///
    /// # Errors
    /// The first thing that is wrong with a file, with its line.
    pub fn load(pipeline: &str, overrides: &[Override]) -> Result<Self, ConfigError> {
        let is_path =
            pipeline.contains(['/', '\\']) || pipeline.ends_with(".yaml") || pipeline.ends_with(".yml");
        let (file, text, root) = match is_path {
            true => {
                let root = Path::new(pipeline).parent().map(|folder| folder.join("..").join("schemas"));
                (pipeline.to_owned(), Cow::Owned(read(Path::new(pipeline))?), root)
            }
            false => {
                let path = format!("pipelines/{pipeline}.yaml");
                let text = builtin::text(&path).ok_or_else(|| unknown(pipeline))?;
                (path, Cow::Borrowed(text), None)
            }
        };
        let pipeline = Pipeline::parse(&file, &text, overrides)?;
        let schema_files = SchemaFiles { root };
        let all_tables = schema_files.tables()?;
        let mut schemas = IndexMap::new();
        let mut tables = IndexMap::new();
        for (name, stream) in &pipeline.streams {
            let (schema_file, text) = schema_files.stream(&stream.schema).ok_or_else(|| {
                ConfigError::new(&file, 0, format!("stream {name}: there is no schema `{}`", stream.schema))
                    .with_hint(Some(format!(
                        "add schemas/{}.yaml beside the pipelines folder",
                        stream.schema
                    )))
            })??;
            let schema = StreamSchema::parse(&schema_file, &text, &all_tables)?;
            for mapping in &schema.mappings {
                if let Some((other, _)) = schemas
                    .iter()
                    .find(|(_, schema): &(&String, &StreamSchema)| feeds(schema, &mapping.table))
                {
                    return Err(ConfigError::new(
                        &schema_file,
                        0,
                        format!("the table {} is fed by the stream {other} already", mapping.table),
                    )
                    .with_hint(Some(
                        "one stream feeds one table or several, never two streams the same one".into(),
                    )));
                }
                if let Some(table) = all_tables.get(&mapping.table) {
                    tables.insert(mapping.table.clone(), table.clone());
                }
            }
            schemas.insert(name.clone(), schema);
        }
        let project = Self { pipeline, file, schemas, tables };
        project.check_declared()?;
        project.check_by_parent()?;
        for stream in project.pipeline.streams.values() {
            if let Gone::Remove { .. } = stream.gone {
                project.rows_of_record(stream)?;
            }
        }
        Ok(project)
    }

    /// The combinations of params, each to be pulled on its own.
    ///
    /// # Errors
    /// A required param without a value.
    pub fn param_sets(&self) -> Result<Vec<ParamSet>, ConfigError> {
        self.pipeline.param_sets(&self.file)
    }

    /// The streams chosen by name, or all.
    ///
    /// # Errors
    /// A name that is none.
    pub fn chosen<'a>(&'a self, names: &[String]) -> Result<Vec<&'a Stream>, ConfigError> {
        if let Some(unknown) = names.iter().find(|name| !self.pipeline.streams.contains_key(*name)) {
            let known: Vec<&str> = self.pipeline.streams.keys().map(String::as_str).collect();
            return Err(ConfigError::new(
                &self.file,
                0,
                format!("`{unknown}` is no stream of this pipeline"),
            )
            .with_hint(Some(format!("one of: {}", known.join(", ")))));
        }
        let is_chosen = |stream: &&Stream| names.is_empty() || names.contains(&stream.name);
        Ok(self.pipeline.streams.values().filter(is_chosen).collect())
    }

    /// True for a stream that feeds a table.
    pub(crate) fn feeds(&self, stream: &str, table: &str) -> bool {
        self.schemas.get(stream).is_some_and(|schema| feeds(schema, table))
    }

    /// Declared counts name columns that are there.
    fn check_declared(&self) -> Result<(), ConfigError> {
        for (name, stream) in &self.pipeline.streams {
            let Some(declares) = &stream.declares else { continue };
            let wrong =
                |message: String| ConfigError::new(&self.file, 0, format!("stream {name}: {message}"));
            let Some(table) = declaring_table(&self.schemas[name], declares) else {
                return Err(wrong(format!(
                    "`declares` names the column {}, which its schema does not fill",
                    declares.column
                )));
            };
            let Some(rows) = self.tables.get(&declares.rows) else {
                let known: Vec<&str> = self.tables.keys().map(String::as_str).collect();
                return Err(wrong(format!(
                    "`declares` counts rows of {}, which is no table of this pipeline",
                    declares.rows
                ))
                .with_hint(Some(format!("one of: {}", known.join(", ")))));
            };
            let needed = self.tables[table].key.iter().chain(declares.filter.keys());
            if let Some(missing) = needed.into_iter().find(|column| !rows.columns.contains_key(*column)) {
                return Err(wrong(format!(
                    "`declares` counts rows of {}, which has no column {missing}",
                    declares.rows
                )));
            }
        }
        Ok(())
    }

    pub(crate) fn flattener(&self, stream: &Stream) -> Result<Flattener, EngineError> {
        let failed = |source| EngineError::Compile { schema: stream.schema.clone(), source };
        let schema = &self.schemas[&stream.name];
        Flattener::compile(schema, &self.tables, &stream.envelope, self.pipeline.on_mismatch).map_err(failed)
    }
}

fn feeds(schema: &StreamSchema, table: &str) -> bool {
    schema.mappings.iter().any(|mapping| mapping.table == table)
}

fn unknown(pipeline: &str) -> ConfigError {
    let known: Vec<&str> = builtin::builtin_pipelines().collect();
    ConfigError::new("PIPELINE", 0, format!("`{pipeline}` is no built-in pipeline"))
        .with_hint(Some(format!("built in are {}; or give the path of a YAML file", known.join(" and "))))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| {
        ConfigError::new(path.display().to_string(), 0, format!("cannot be read: {error}"))
            .with_hint(Some("`convolake init DIR` copies the built-in files out, to edit".into()))
    })
}

/// Where schema files are looked for: a folder, then the built-in ones.
struct SchemaFiles {
    root: Option<PathBuf>,
}

impl SchemaFiles {
    fn stream(&self, schema: &str) -> Option<Result<(String, Cow<'static, str>), ConfigError>> {
        let own =
            self.root.as_ref().map(|root| root.join(format!("{schema}.yaml"))).filter(|path| path.is_file());
        match own {
            Some(path) => Some(read(&path).map(|text| (path.display().to_string(), Cow::Owned(text)))),
            None => {
                let path = format!("schemas/{schema}.yaml");
                builtin::text(&path).map(|text| Ok((path, Cow::Borrowed(text))))
            }
        }
    }

    fn tables(&self) -> Result<IndexMap<String, Table>, ConfigError> {
        let mut files: IndexMap<String, (String, Cow<'static, str>)> = IndexMap::new();
        for (path, text) in builtin::BUILTIN_FILES {
            if let Some(name) = table_name(path.strip_prefix("schemas/tables/")) {
                files.insert(name.to_owned(), ((*path).to_owned(), Cow::Borrowed(*text)));
            }
        }
        let own = self.root.as_ref().and_then(|root| std::fs::read_dir(root.join("tables")).ok());
        for path in own.into_iter().flatten().flatten().map(|entry| entry.path()) {
            if let Some(name) = table_name(path.file_name().and_then(|name| name.to_str())) {
                files.insert(name.to_owned(), (path.display().to_string(), Cow::Owned(read(&path)?)));
            }
        }
        let parse = |(name, (file, text)): (&String, &(String, Cow<'static, str>))| {
            Ok((name.clone(), Table::parse(name, file, text)?))
        };
        let tables: IndexMap<String, Table> = files.iter().map(parse).collect::<Result<_, ConfigError>>()?;
        for (table, (file, text)) in tables.values().zip(files.values()) {
            table.check_references(file, text, &tables)?;
        }
        Ok(tables)
    }
}

fn table_name(file: Option<&str>) -> Option<&str> {
    file?.strip_suffix(".yaml")
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn the_built_in_files_belong_together() {
        for name in builtin::builtin_pipelines() {
            let project = Project::load(name, &[]).unwrap();
            for stream in project.pipeline.streams.values() {
                project.flattener(stream).unwrap();
            }
        }
    }
}
