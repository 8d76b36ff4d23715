//! Every array of rows has a table above it.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::StreamSchema;
use crate::{Pointer, PointerStep};

/// Every array between the record and a table's rows has a table of its own, so that `extra` has a row to stand in.
pub(super) fn check(config: &ConfigText<'_>, schema: &StreamSchema) -> Result<(), ConfigError> {
    for mapping in &schema.mappings {
        let steps = mapping.rows.steps();
        let mut above = vec![Pointer::root()];
        for (index, step) in steps.iter().enumerate() {
            if *step == PointerStep::Each && index + 1 < steps.len() {
                above.push(Pointer::of(&steps[..=index]));
            }
        }
        if mapping.rows.is_root() {
            continue;
        }
        for level in above {
            if !schema.mappings.iter().any(|other| other.rows == level) {
                let what = if level.is_root() { "the record".to_owned() } else { format!("`{level}`") };
                return Err(config
                    .error(
                        &[&mapping.table],
                        format!("{what} has no table, so its other fields would be lost"),
                    )
                    .with_hint(Some("add a table for it; it may map the key alone".into())));
            }
        }
    }
    for (index, mapping) in schema.mappings.iter().enumerate() {
        if schema.mappings[..index].iter().any(|other| other.rows == mapping.rows) {
            return Err(
                config.error(&[&mapping.table], format!("another table has its rows at `{}`", mapping.rows))
            );
        }
    }
    Ok(())
}
