//! A project: read from its files, and checked.

use convolake_model::{ConfigError, MartChecks, Override, Partitions, Pipeline, StreamSchema, Table};
use indexmap::IndexMap;

use crate::project::schema_files::{BUILT_IN, PipelineFile, SchemaFiles};

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
    /// What is expected of marts, by name.
    pub marts: IndexMap<String, MartChecks>,
    /// The fields of the pipeline that were set otherwise than in its file.
    pub overrides: Vec<Override>,
}

impl Project {
    /// What this project is found by in another process: the path of its pipeline's file, or the name of a built-in one.
    pub(crate) fn given_as(&self) -> &str {
        match self.file.ends_with(BUILT_IN) {
            true => &self.pipeline.name,
            false => &self.file,
        }
    }

    /// Loads a pipeline by its built-in name or by the path of its file. Schemas are looked for in the folder
    /// `schemas` beside the file's folder, and among the built-in ones.
    ///
    /// # Errors
    /// The first thing that is wrong with a file, with its line.
    pub fn load(pipeline: &str, overrides: &[Override]) -> Result<Self, ConfigError> {
        let PipelineFile { file, text, schemas: root } = PipelineFile::find(pipeline)?;
        let pipeline = Pipeline::parse(&file, &text, overrides)?;
        let files = SchemaFiles { root };
        let all_tables = files.tables()?;
        let mut schemas: IndexMap<String, StreamSchema> = IndexMap::new();
        let mut tables = IndexMap::new();
        for (name, stream) in &pipeline.streams {
            let (schema_file, text) =
                files.schema(&stream.schema).ok_or_else(|| no_schema(&file, name, &stream.schema))??;
            let schema = StreamSchema::parse(&schema_file, &text, &all_tables)?;
            schema.check_records(&schema_file, &text, &stream.envelope.records)?;
            for mapping in &schema.mappings {
                if let Some((other, _)) = schemas.iter().find(|(_, schema)| feeds(schema, &mapping.table)) {
                    return Err(fed_twice(&schema_file, &mapping.table, other));
                }
                if let Some(table) = all_tables.get(&mapping.table) {
                    let partitions = pipeline.partition_by.map_or(table.partitions, Partitions::Asked);
                    tables.insert(mapping.table.clone(), Table { partitions, ..table.clone() });
                }
            }
            schemas.insert(name.clone(), schema);
        }
        let marts = files.marts(&all_tables)?;
        let project = Self { pipeline, file, schemas, tables, marts, overrides: overrides.to_vec() };
        project.check_declared_counts()?;
        project.check_by_parent()?;
        project.check_deletions()?;
        project.check_set_params(overrides)?;
        project.check_delta_names()?;
        Ok(project)
    }
}

/// True for a schema that fills a table.
pub(crate) fn feeds(schema: &StreamSchema, table: &str) -> bool {
    schema.mappings.iter().any(|mapping| mapping.table == table)
}

fn no_schema(file: &str, stream: &str, schema: &str) -> ConfigError {
    ConfigError::new(file, 0, format!("stream {stream}: there is no schema `{schema}`"))
        .with_hint(Some(format!("add schemas/{schema}.yaml beside the pipelines folder")))
}

fn fed_twice(file: &str, table: &str, other: &str) -> ConfigError {
    ConfigError::new(file, 0, format!("the table {table} is fed by the stream {other} already"))
        .with_hint(Some("one stream feeds one table or several, never two streams the same one".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::builtin;

    /// States in a lake are found by the stream and its params.
    #[test]
    fn every_stream_of_a_built_in_pipeline_has_its_one_param() {
        for (name, param) in [("agentx", "bot_name"), ("convocore", "agent_id")] {
            let set = Override::new(&["params", param], "a1");
            let project = Project::load(name, &[set]).unwrap();
            for stream in project.pipeline.streams.values() {
                let sets = project.param_sets(stream).unwrap();
                assert_eq!(sets, [[(param.to_owned(), "a1".to_owned())].into()], "{name}/{}", stream.name);
            }
            let misspelt = Override::new(&["params", &param.replace('_', "")], "a1");
            let refused = Project::load(name, &[misspelt]).unwrap_err().to_string();
            assert!(refused.contains(&format!("did you mean `{param}`?")), "{refused}");
        }
    }

    /// The words of a source stand in its pipeline, and once more for those who ask by DuckDB alone.
    #[test]
    fn the_sql_of_the_docs_and_the_pipelines_give_words_the_same_meaning() {
        let sql = include_str!("../../../../docs/sql/meaning.sql");
        let rows = sql.lines().filter_map(|line| {
            let row = line.trim().strip_prefix('(')?.trim_end_matches([',', ';']).strip_suffix(')')?;
            let cells = row.split(", ").map(|cell| cell.trim_matches('\'').to_owned());
            Some(cells.collect::<Vec<_>>().join(" "))
        });
        let of_sql: Vec<String> = rows.collect();
        let mut of_yaml = Vec::new();
        for name in builtin::builtin_pipelines() {
            let meaning = Project::load(name, &[]).unwrap().pipeline.meaning;
            let words = meaning.words();
            of_yaml.extend(words.iter().map(|(means, field, word)| format!("{name} {means} {field} {word}")));
            for (gives, pointers) in [("rating", &meaning.rating), ("feedback_text", &meaning.feedback_text)]
            {
                let ranked = pointers.iter().zip(1..);
                of_yaml.extend(ranked.map(|(pointer, rank)| format!("{name} {gives} {rank} {pointer}")));
            }
        }
        let sorted = |mut rows: Vec<String>| {
            rows.sort_unstable();
            rows
        };
        assert!(of_sql.len() > 30, "{of_sql:?}");
        assert_eq!(sorted(of_yaml), sorted(of_sql));
    }

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
