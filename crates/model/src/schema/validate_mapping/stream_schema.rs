//! The mappings of a stream, each by itself and then together.

use indexmap::IndexMap;

use super::{columns_used, levels, mapping};
use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::schema::written::StreamSchemaWritten;
use crate::schema::{StreamSchema, Table};
use crate::yaml;

/// Reads and validates a stream's schema.
pub(in crate::schema) fn stream_schema(
    file: &str,
    text: &str,
    tables: &IndexMap<String, Table>,
) -> Result<StreamSchema, ConfigError> {
    let config = ConfigText { file, text, overrides: &[] };
    let written: StreamSchemaWritten = yaml::parse(file, text)?;
    let mut mappings = Vec::new();
    for (name, mapping) in &written.0 {
        let Some(table) = tables.get(name) else {
            return Err(config
                .error(&[name], format!("`{name}` is no table"))
                .with_hint(did_you_mean(name, tables.keys().map(String::as_str))));
        };
        mappings.push(mapping::mapping(&config, table, mapping)?);
    }
    if mappings.is_empty() {
        return Err(config.error(&[], "a schema needs at least one table"));
    }
    let schema = StreamSchema { mappings };
    levels::check(&config, &schema)?;
    columns_used::check(&config, &schema, tables)?;
    Ok(schema)
}
