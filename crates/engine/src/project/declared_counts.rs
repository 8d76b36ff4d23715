//! Counts that records declare (`declares`): where the count stands, and which rows it is of.

use convolake_model::{ConfigError, Declares, Stream, StreamSchema};

use crate::Project;

/// The table that holds the column of a declared count.
pub(crate) fn declaring_table<'a>(schema: &'a StreamSchema, declares: &Declares) -> Option<&'a str> {
    let mut mappings = schema.mappings.iter();
    Some(&mappings.find(|mapping| mapping.columns.contains_key(&declares.column))?.table)
}

impl Project {
    /// The stream that gives the rows a stream's records declare a number of, where it can be asked for those of
    /// chosen ids: what is short is fetched again from it.
    pub(crate) fn refetched_for(&self, declaring: &Stream) -> Option<&Stream> {
        let declares = declaring.declares.as_ref()?;
        let feeding =
            self.pipeline.streams.values().find(|stream| self.feeds(&stream.name, &declares.rows))?;
        let by_own_id = feeding.changed.is_some() && feeding.name == declaring.name;
        (by_own_id || feeding.by_parent.is_some()).then_some(feeding)
    }

    /// Declared counts name columns and tables that are there.
    pub(crate) fn check_declared_counts(&self) -> Result<(), ConfigError> {
        for (name, stream) in &self.pipeline.streams {
            if let Some(declares) = &stream.declares {
                self.check_declares(name, declares).map_err(|(message, hint)| {
                    ConfigError::new(&self.file, 0, format!("stream {name}: {message}")).with_hint(hint)
                })?;
            }
        }
        Ok(())
    }

    fn check_declares(&self, stream: &str, declares: &Declares) -> Result<(), (String, Option<String>)> {
        let Some(table) = declaring_table(&self.schemas[stream], declares) else {
            let message =
                format!("`declares` names the column {}, which its schema does not fill", declares.column);
            return Err((message, None));
        };
        let counted = &declares.rows;
        let Some(rows) = self.tables.get(counted) else {
            let known: Vec<&str> = self.tables.keys().map(String::as_str).collect();
            let message = format!("`declares` counts rows of {counted}, which is no table of this pipeline");
            return Err((message, Some(format!("one of: {}", known.join(", ")))));
        };
        let mut needed = self.tables[table].key.iter().chain(declares.filter.keys());
        match needed.find(|column| !rows.columns.contains_key(*column)) {
            Some(missing) => {
                Err((format!("`declares` counts rows of {counted}, which has no column {missing}"), None))
            }
            None => Ok(()),
        }
    }
}
