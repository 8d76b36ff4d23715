//! `at` and what belongs to it: `from`, `join`, `map`, `else`.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::schema::written::{ColumnMappingWritten, OneOrMany, OnlyWritten};
use crate::schema::{ColumnSource, Synonyms, Texts};
use crate::{ColumnType, Pointer, PointerStep};

/// The places of a column in the JSON.
pub(super) fn at(
    config: &ConfigText<'_>,
    at: &[&str],
    rows: &Pointer,
    candidates: &OneOrMany<Pointer>,
    written: &ColumnMappingWritten,
    column_type: ColumnType,
) -> Result<ColumnSource, ConfigError> {
    let is_list = column_type == ColumnType::StringList;
    if is_list && written.join.is_some() {
        return Err(config
            .error(at, "`join` makes one text of many, and the column is a list of texts")
            .with_hint(Some("leave `join` out".into())));
    }
    let list = candidates.to_vec();
    if list.is_empty() {
        return Err(config.error(at, "`at` needs at least one place"));
    }
    let optional = matches!(candidates, OneOrMany::Many(_));
    let synonyms = match (&written.map, &written.otherwise) {
        (None, None) => None,
        (map, otherwise) => {
            Some(Synonyms { words: map.clone().unwrap_or_default(), otherwise: otherwise.clone() })
        }
    };
    let is_many = is_list && list.iter().any(Pointer::has_each);
    let join = written.join.clone().or_else(|| is_many.then(String::new));
    let texts = texts(candidates, written);
    let from = match written.from.as_deref() {
        Some("page") => return Ok(ColumnSource::Page { candidates: list, texts, optional, join, synonyms }),
        None => rows.clone(),
        Some("record") => Pointer::root(),
        Some(text) => Pointer::parse(text).map_err(|message| config.error(at, message))?,
    };
    let encloses = from.is_root() || from.steps().last() == Some(&PointerStep::Each);
    if !encloses || rows.strip(&from).is_none() {
        return Err(config
            .error(at, format!("`from: {from}` does not enclose the rows at `{rows}`"))
            .with_hint(Some("write `record`, `page`, or a beginning of `rows` that ends with `*`".into())));
    }
    if !is_list && list.iter().any(Pointer::has_each) != written.join.is_some() {
        return Err(config
            .error(at, "a place with `*` and `join` belong together")
            .with_hint(Some(
                "write `join: \"\\n\"` beside a place such as /steps/*/text; a column of type list<string> needs none".into(),
            )));
    }
    Ok(ColumnSource::At { from, texts, optional, candidates: list, join, synonyms })
}

/// A list of one place is how a column asks for the texts of a place that another column has the numbers of.
fn texts(candidates: &OneOrMany<Pointer>, written: &ColumnMappingWritten) -> Texts {
    let is_list_of_one = matches!(candidates, OneOrMany::Many(list) if list.len() == 1);
    match (written.only, is_list_of_one && written.map.is_none()) {
        (None, false) => Texts::AnyScalar,
        (Some(OnlyWritten::String), _) | (None, true) => Texts::StringsOnly,
    }
}
