//! The tables that streams feed, as the loader takes them.

use convolake_loader::LoadTable;

use crate::Project;

impl Project {
    /// The tables that these streams feed, each with the columns that are replaced together.
    pub(crate) fn load_tables<'a>(&self, streams: impl IntoIterator<Item = &'a str>) -> Vec<LoadTable> {
        let schemas = streams.into_iter().filter_map(|stream| self.schemas.get(stream));
        let mappings = schemas.flat_map(|schema| &schema.mappings);
        let tables = mappings.filter_map(|mapping| {
            let table = self.tables.get(&mapping.table)?.clone();
            Some(LoadTable { table, replace: mapping.replace.clone() })
        });
        tables.collect()
    }
}
