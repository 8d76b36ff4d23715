//! `from: page`, `position` and `key`: what is known of a record from around it.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::{ColumnSource, StreamSchema};
use crate::{Pointer, PointerStep};

/// A `*` in a place beside the records is one on the way to them, or its values are joined.
pub(in crate::schema) fn check_records(
    schema: &StreamSchema,
    file: &str,
    text: &str,
    records: &Pointer,
) -> Result<(), ConfigError> {
    let config = ConfigText { file, text, overrides: &[] };
    for mapping in &schema.mappings {
        for (name, column) in &mapping.columns {
            let ColumnSource::Page { candidates, join, .. } = &column.source else { continue };
            let is_astray = |place: &&Pointer| {
                let rest = place.strip(&place.shared_elements(records));
                join.is_none() && rest.is_some_and(|rest| rest.has_each())
            };
            if let Some(place) = candidates.iter().find(is_astray) {
                let at = [mapping.table.as_str(), "columns", name.as_str()];
                return Err(config
                    .error(
                        &at,
                        format!(
                            "`*` in `{place}` is none of the elements that records at `{records}` stand in"
                        ),
                    )
                    .with_hint(Some("begin it as the stream's `records` does, or add `join`".into())));
            }
        }
    }
    Ok(())
}

/// `position: record`.
pub(super) fn position(
    config: &ConfigText<'_>,
    at: &[&str],
    text: &str,
) -> Result<ColumnSource, ConfigError> {
    match text {
        "record" => Ok(ColumnSource::Position),
        other => Err(config
            .error(at, format!("`position: {other}` is no position that is known"))
            .with_hint(Some("write `position: record`; `index` is the position in an array of rows".into()))),
    }
}

/// `key: record`, or the key in an object that `rows` passes.
pub(super) fn key(
    config: &ConfigText<'_>,
    at: &[&str],
    rows: &Pointer,
    text: &str,
) -> Result<ColumnSource, ConfigError> {
    if text == "record" {
        return Ok(ColumnSource::Key(Pointer::root()));
    }
    let object = Pointer::parse(text).map_err(|message| config.error(at, message))?;
    let element = object.join(&Pointer::of(&[PointerStep::Each]));
    if rows.strip(&element).is_none() {
        return Err(config
            .error(at, format!("rows at `{rows}` do not stand in an object `{object}`"))
            .with_hint(Some("write `record`, or a beginning of `rows` without its `/*`".into())));
    }
    Ok(ColumnSource::Key(element))
}
