//! Under which hash of a list the lake holds each record: what need not be asked for again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use convolake_loader::{Lake, LoadError};
use convolake_model::{ColumnSource, Mapping, ParamSet, StreamSchema, Table};
use jiff::Timestamp;

use crate::lock::Lock;
use crate::project::param_columns::param_values;
use crate::reads::scan::{Files, Scan};

/// Which records are looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// All.
    All,
    /// These at the least.
    Ids(&'a BTreeSet<&'a str>),
    /// Those that were fetched since.
    Since(Timestamp),
}

/// Ids and the hash each was last exported under, for rows of these params: of several rows of an id, as the messages of a
/// conversation are, the newest tells, since those that are gone at the source keep what they were listed under.
pub(crate) fn known(
    lake: &Lake,
    pipeline: &str,
    schema: &StreamSchema,
    params: &ParamSet,
    wanted: Wanted<'_>,
) -> Result<BTreeMap<String, String>, LoadError> {
    let Some(ListedColumn { mapping, hash, id }) = ListedColumn::of(schema) else {
        return Ok(BTreeMap::new());
    };
    let mut known: BTreeMap<String, (Option<Timestamp>, String)> = BTreeMap::new();
    let equal = param_values(mapping, params);
    let columns = &[id, hash, Table::FETCHED_AT];
    let (files, since) = match wanted {
        Wanted::All => (Files::All, None),
        Wanted::Ids(ids) => (Files::WithIds(id, ids), None),
        Wanted::Since(since) => (Files::Since(Table::FETCHED_AT, since), Some(since)),
    };
    let scan = Scan { table: &mapping.table, pipeline, columns, equal: &equal, files };
    scan.for_each(lake, |rows| {
        let versions = rows.texts(id).zip(rows.texts(hash)).zip(rows.instants(Table::FETCHED_AT));
        let is_since = |fetched: Option<Timestamp>| since.is_none_or(|since| fetched >= Some(since));
        let versions = versions.filter(|(_, fetched)| is_since(*fetched));
        for ((id, hash), fetched) in versions {
            let Some((id, hash)) = id.zip(hash) else { continue };
            match known.get_mut(id) {
                Some((newest, _)) if fetched < *newest => {}
                Some((newest, known)) => {
                    *newest = fetched;
                    if known != hash {
                        hash.clone_into(known);
                    }
                }
                None => {
                    known.insert(id.to_owned(), (fetched, hash.to_owned()));
                }
            }
        }
    })?;
    Ok(known.into_iter().map(|(id, (_, hash))| (id, hash)).collect())
}

/// What the lake knows of a stream's records, looked up as it is asked for: of a few ids only the files that may hold them are
/// read.
#[derive(Debug)]
pub(crate) struct KnownVersions {
    lake: Lake,
    pipeline: String,
    schema: StreamSchema,
    params: Arc<ParamSet>,
    found: Lock<Found>,
}

/// What was looked up.
#[derive(Debug, Default)]
struct Found {
    versions: BTreeMap<String, String>,
    ids: BTreeSet<String>,
    is_all: bool,
}

impl KnownVersions {
    pub(crate) fn new(lake: Lake, pipeline: &str, schema: StreamSchema, params: Arc<ParamSet>) -> Self {
        Self { lake, pipeline: pipeline.to_owned(), schema, params, found: Lock::default() }
    }

    /// Looks up those of these ids that were not asked for before; all there are, where `ids` is `None`. Blocks.
    pub(crate) fn look_up<'a>(
        &self,
        ids: Option<impl IntoIterator<Item = &'a str>>,
    ) -> Result<(), LoadError> {
        let mut found = self.found.hold();
        if found.is_all {
            return Ok(());
        }
        let read = |wanted: Wanted<'_>| known(&self.lake, &self.pipeline, &self.schema, &self.params, wanted);
        match ids {
            None => (found.versions, found.is_all) = (read(Wanted::All)?, true),
            Some(ids) => {
                let new: BTreeSet<&str> = ids.into_iter().filter(|id| !found.ids.contains(*id)).collect();
                if !new.is_empty() {
                    let versions = read(Wanted::Ids(&new))?;
                    found.versions.extend(versions);
                    found.ids.extend(new.into_iter().map(str::to_owned));
                }
            }
        }
        Ok(())
    }

    /// True where all there are were looked up.
    pub(crate) fn is_all(&self) -> bool {
        self.found.hold().is_all
    }

    /// The hash of a record that was looked up.
    pub(crate) fn get(&self, id: &str) -> Option<String> {
        self.found.hold().versions.get(id).cloned()
    }

    /// The hashes of all records that were looked up, and of some others.
    pub(crate) fn versions(&self) -> BTreeMap<String, String> {
        self.found.hold().versions.clone()
    }
}

/// The column that keeps a list's hash.
#[derive(Debug)]
pub(crate) struct ListedColumn<'a> {
    pub(crate) mapping: &'a Mapping,
    hash: &'a str,
    /// The column with the id that the hash belongs to.
    pub(crate) id: &'a str,
}

impl<'a> ListedColumn<'a> {
    /// `None` for a stream that no list leads to.
    pub(crate) fn of(schema: &'a StreamSchema) -> Option<Self> {
        schema.mappings.iter().find_map(|mapping| {
            mapping.columns.iter().find_map(|(hash, column)| match &column.source {
                ColumnSource::Listed { by } => Some(Self { mapping, hash, id: by }),
                _ => None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn only_a_stream_that_is_asked_by_list_keeps_its_hash() {
        for (pipeline, stream, expected) in [
            ("convocore", "export", Some(("conversations", "conversation_id"))),
            ("convocore", "list", None),
            ("agentx", "conversations", None),
        ] {
            let project = Project::load(pipeline, &[]).unwrap();
            let column = ListedColumn::of(&project.schemas[stream]);
            let found = column.map(|column| (column.mapping.table.as_str(), column.id));
            assert_eq!(found, expected, "{pipeline} {stream}");
        }
    }
}
