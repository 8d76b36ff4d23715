//! What a project says of its streams: which are chosen, with which params, and how their pages become rows.

use convolake_model::{ConfigError, ParamSet, Stream};
use convolake_transformer::Flattener;

use crate::project::load::feeds;
use crate::{EngineError, Project};

impl Project {
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
        let streams = &self.pipeline.streams;
        if let Some(unknown) = names.iter().find(|name| !streams.contains_key(*name)) {
            let known: Vec<&str> = streams.keys().map(String::as_str).collect();
            let message = format!("`{unknown}` is no stream of this pipeline");
            return Err(ConfigError::new(&self.file, 0, message)
                .with_hint(Some(format!("one of: {}", known.join(", ")))));
        }
        let is_chosen = |stream: &&Stream| names.is_empty() || names.contains(&stream.name);
        Ok(streams.values().filter(is_chosen).collect())
    }

    /// True for a stream that feeds a table.
    pub(crate) fn feeds(&self, stream: &str, table: &str) -> bool {
        self.schemas.get(stream).is_some_and(|schema| feeds(schema, table))
    }

    /// A stream, and the list it takes its ids from: they speak of the same records.
    pub(crate) fn chain_of<'a>(&'a self, stream: &'a Stream) -> impl Iterator<Item = &'a Stream> {
        let list = stream.changed.as_ref().and_then(|changed| self.pipeline.streams.get(&changed.list));
        std::iter::once(stream).chain(list)
    }

    /// What makes rows of a stream's pages.
    pub(crate) fn flattener(&self, stream: &Stream) -> Result<Flattener, EngineError> {
        let failed = |source| EngineError::Compile { schema: stream.schema.clone(), source };
        let schema = &self.schemas[&stream.name];
        Flattener::compile(schema, &self.tables, &stream.envelope, self.pipeline.on_mismatch).map_err(failed)
    }
}
