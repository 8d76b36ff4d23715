//! Streams that are asked for the rows of chosen parents (`by_parent`): the check that this can work.

use convolake_model::{ByParent, ColumnType, ConfigError, Declares, Stream};

use crate::Project;
use crate::project::declared_counts::declaring_table;
use crate::project::param_columns::param_columns;

impl Project {
    /// `by_parent` serves to fetch again what is short: one stream has to declare how many rows there should be, and of
    /// which parent.
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
        let is_param = |column: &&String| param_columns(mapping).any(|(name, _)| name == *column);
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
