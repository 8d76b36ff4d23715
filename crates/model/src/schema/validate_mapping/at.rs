//! `at` and what belongs to it: `from`, `join`, `map`, `else`.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::written::{ColumnMappingWritten, OneOrMany, OnlyWritten};
use crate::schema::{ColumnSource, Synonyms, Texts};
use crate::{Pointer, PointerStep};

/// The places of a column in the JSON.
pub(super) fn at(
    config: &ConfigText<'_>,
    at: &[&str],
    rows: &Pointer,
    candidates: &OneOrMany<Pointer>,
    written: &ColumnMappingWritten,
) -> Result<ColumnSource, ConfigError> {
    let from = match written.from.as_deref() {
        None => rows.clone(),
        Some("record") => Pointer::root(),
        Some(text) => Pointer::parse(text).map_err(|message| config.error(at, message))?,
    };
    let encloses = from.is_root() || from.steps().last() == Some(&PointerStep::Each);
    if !encloses || rows.strip(&from).is_none() {
        return Err(config
            .error(at, format!("`from: {from}` does not enclose the rows at `{rows}`"))
            .with_hint(Some("write `record`, or a beginning of `rows` that ends with `*`".into())));
    }
    let list = candidates.to_vec();
    if list.is_empty() {
        return Err(config.error(at, "`at` needs at least one place"));
    }
    let eaches =
        |pointer: &Pointer| pointer.steps().iter().filter(|step| **step == PointerStep::Each).count();
    if list.iter().any(|pointer| eaches(pointer) > 1) {
        return Err(config.error(at, "`at` may hold one `*` at most"));
    }
    if list.iter().any(Pointer::has_each) != written.join.is_some() {
        return Err(config
            .error(at, "a place with `*` and `join` belong together")
            .with_hint(Some("write `join: \"\\n\"` beside a place such as /steps/*/text".into())));
    }
    let synonyms = match (&written.map, &written.otherwise) {
        (None, None) => None,
        (map, otherwise) => {
            Some(Synonyms { words: map.clone().unwrap_or_default(), otherwise: otherwise.clone() })
        }
    };
    Ok(ColumnSource::At {
        texts: texts(candidates, written),
        from,
        optional: matches!(candidates, OneOrMany::Many(_)),
        candidates: list,
        join: written.join.clone(),
        synonyms,
    })
}

/// A list of one place is how a column asks for the texts of a place that another column has the numbers of.
fn texts(candidates: &OneOrMany<Pointer>, written: &ColumnMappingWritten) -> Texts {
    let is_list_of_one = matches!(candidates, OneOrMany::Many(list) if list.len() == 1);
    match (written.only, is_list_of_one && written.map.is_none()) {
        (None, false) => Texts::AnyScalar,
        (Some(OnlyWritten::String), _) | (None, true) => Texts::StringsOnly,
    }
}
