//! Declared counts: where their column is, and which stream is refetched by id for the rows that are missing.

use convolake_model::ByParent;
use convolake_model::ColumnSource;
use convolake_model::ColumnType;
use convolake_model::ConfigError;
use convolake_model::Declares;
use convolake_model::Stream;
use convolake_model::StreamSchema;

use crate::Project;

/// The table that has the column of a declared count.
pub(crate) fn declaring_table<'a>(schema: &'a StreamSchema, declares: &Declares) -> Option<&'a str> {
    let mut mappings = schema.mappings.iter();
    Some(&mappings.find(|mapping| mapping.columns.contains_key(&declares.column))?.table)
}

impl Project {
    /// The stream whose rows a stream's records declare a number of, where it can be asked for those of chosen ids.
    pub(crate) fn refetched_for(&self, declaring: &Stream) -> Option<&Stream> {
        let declares = declaring.declares.as_ref()?;
        let feeding =
            self.pipeline.streams.values().find(|stream| self.feeds(&stream.name, &declares.rows))?;
        let by_own_id = feeding.changed.is_some() && feeding.name == declaring.name;
        (by_own_id || feeding.by_parent.is_some()).then_some(feeding)
    }

    /// `by_parent` serves to ask again for what is short: somebody declares how much there should be, and of whom.
    pub(crate) fn check_by_parent(&self) -> Result<(), ConfigError> {
        for (name, stream) in &self.pipeline.streams {
            let Some(by_parent) = &stream.by_parent else { continue };
            let wrong = |message: String, hint: String| {
                ConfigError::new(&self.file, 0, format!("stream {name}: {message}")).with_hint(Some(hint))
            };
            let declaring = self.pipeline.streams.values().filter_map(|declaring| {
                let declares = declaring.declares.as_ref()?;
                self.feeds(name, &declares.rows).then_some((declaring, declares))
            });
            let declaring: Vec<(&Stream, &Declares)> = declaring.collect();
            let [(declaring, declares)] = declaring[..] else {
                let message = format!(
                    "`by_parent` asks for what is short of a declared count, and {} streams declare one of its rows",
                    declaring.len()
                );
                return Err(wrong(
                    message,
                    "one stream has `declares`, with `rows` a table of this stream".into(),
                ));
            };
            self.check_parent(declaring, declares, by_parent)
                .map_err(|(message, hint)| wrong(message, hint))?;
        }
        Ok(())
    }

    /// The parent's id is one text, and `since` an instant of its row.
    fn check_parent(
        &self,
        declaring: &Stream,
        declares: &Declares,
        by_parent: &ByParent,
    ) -> Result<(), (String, String)> {
        let schema = &self.schemas[&declaring.name];
        let table = declaring_table(schema, declares).and_then(|table| self.tables.get(table));
        let mapping =
            schema.mappings.iter().find(|mapping| Some(&mapping.table) == table.map(|table| &table.name));
        let (Some(table), Some(mapping)) = (table, mapping) else { return Ok(()) };
        let is_param = |column: &&String| {
            mapping.columns.get(*column).is_some_and(|filled| matches!(filled.source, ColumnSource::Param(_)))
        };
        let own: Vec<&String> = table.key.iter().filter(|column| !is_param(column)).collect();
        let type_of = |column: &str| table.columns.get(column).map(|column| column.column_type);
        if !matches!(own[..], [id] if type_of(id) == Some(ColumnType::String)) {
            return Err((
                format!(
                    "`by_parent` needs one id, and rows of {} have the key [{}]",
                    table.name,
                    table.key.join(", ")
                ),
                "besides params the key has one column, a string".into(),
            ));
        }
        match &by_parent.since {
            Some(since) if type_of(since) != Some(ColumnType::Timestamp) => Err((
                format!("`since: {since}` is no timestamp column of {}", table.name),
                "name the column that says when the parent began, as in `since: started_at`".into(),
            )),
            _ => Ok(()),
        }
    }
}
