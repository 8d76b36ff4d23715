//! What a project says of its streams: which are chosen, with which params, and how their pages become rows.

use std::collections::BTreeSet;

use convolake_loader::PageDigest;
use convolake_model::{ConfigError, Override, ParamSet, Pointer, PointerStep, Stream, Table, nearest_word};
use convolake_transformer::Flattener;
use indexmap::IndexMap;

use crate::project::load::feeds;
use crate::project::param_columns::param_columns;
use crate::{EngineError, Project};

impl Project {
    /// The combinations of the params that a stream names, each to be pulled on its own. Streams that speak of the same
    /// records share them: a list and those that ask by it, a stream that declares counts and those whose rows it counts.
    ///
    /// # Errors
    /// A required param without a value, or an empty value.
    pub fn param_sets(&self, stream: &Stream) -> Result<Vec<ParamSet>, ConfigError> {
        let relatives = self.relatives(stream);
        let named = relatives.iter().flat_map(|relative| self.params_named_by(relative)).collect();
        self.pipeline.param_sets(&self.file, &named)
    }

    /// Checks that the params which overrides set are named by any stream.
    pub(crate) fn check_set_params(&self, overrides: &[Override]) -> Result<(), ConfigError> {
        let streams = self.pipeline.streams.values();
        let named = streams.flat_map(|stream| self.params_named_by(stream)).collect();
        self.pipeline.check_set_params(overrides, &named)
    }

    /// The params in a stream's path and query, and in columns of its schema.
    fn params_named_by<'a>(&'a self, stream: &'a Stream) -> impl Iterator<Item = &'a str> {
        let templates = stream.query.values().chain([&stream.path]);
        let mappings = self.schemas.get(&stream.name).into_iter().flat_map(|schema| &schema.mappings);
        let of_columns = mappings.flat_map(param_columns).map(|(_, param)| param);
        templates.flat_map(|template| template.names()).chain(of_columns)
    }

    /// A stream and all that are related to it, over any number of steps.
    fn relatives<'a>(&'a self, stream: &'a Stream) -> Vec<&'a Stream> {
        let mut found: BTreeSet<&str> = [stream.name.as_str()].into();
        let mut relatives = vec![stream];
        let mut n_seen = 0;
        while let Some(relative) = relatives.get(n_seen).copied() {
            n_seen += 1;
            for other in self.pipeline.streams.values() {
                let is_related = self.refers(relative, other) || self.refers(other, relative);
                if is_related && found.insert(&other.name) {
                    relatives.push(other);
                }
            }
        }
        relatives
    }

    /// True where a stream asks by what the other lists, or counts its rows.
    fn refers(&self, stream: &Stream, other: &Stream) -> bool {
        stream.changed.as_ref().is_some_and(|changed| changed.list == other.name)
            || stream.declares.as_ref().is_some_and(|declares| self.feeds(&other.name, &declares.rows))
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
            let hint = match nearest_word(unknown, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of: {}", known.join(", ")),
            };
            return Err(ConfigError::new(&self.file, 0, message).with_hint(Some(hint)));
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
        let flattener = Flattener::compile(schema, &self.tables, &stream.envelope, self.pipeline.on_mismatch)
            .map_err(failed)?;
        Ok(flattener.knowing(&places_read(stream)))
    }

    /// Tells this way to flatten a stream's pages from any other: another schema, other tables, another release.
    pub(crate) fn flattening_digest(&self, stream: &Stream) -> PageDigest {
        let schema = &self.schemas[&stream.name];
        // What is expected of rows makes none of them another.
        let without_checks = |table: &Table| Table { checks: IndexMap::new(), ..table.clone() };
        let tables =
            schema.mappings.iter().map(|mapping| self.tables.get(&mapping.table).map(without_checks));
        let tables: Vec<_> = tables.collect();
        let way = (schema, tables, &stream.envelope, self.pipeline.on_mismatch, &stream.declares);
        PageDigest::of(env!("CARGO_PKG_VERSION").as_bytes(), format!("{}{way:?}", stream.name).as_bytes())
    }
}

/// Places of an answer that are read beside its records, so that what stands there is no news: the ways to the next page, and
/// the usual signs of failure.
fn places_read(stream: &Stream) -> Vec<Pointer> {
    let pages = &stream.pages;
    let cursor = pages.cursor.as_ref().map(|(pointer, _)| pointer);
    let counts = [pages.last.as_ref(), pages.total.as_ref()];
    let ways = [cursor, pages.next_link.as_ref(), pages.more.as_ref()].into_iter().chain(counts);
    let failures = stream.answers.failures.iter().map(|sign| &sign.at);
    let own = ways.flatten().chain(failures).cloned();
    // Where the answer itself is the record, it has nothing beside.
    let has_root = !stream.envelope.records.is_root();
    let signs = convolake_extractor::USUAL_SIGNS.into_iter().filter(|_| has_root);
    own.chain(signs.map(|name| Pointer::of(&[PointerStep::Key(name.to_owned())]))).collect()
}
