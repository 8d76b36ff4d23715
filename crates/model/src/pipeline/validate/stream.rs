//! One stream, field by field.

use indexmap::IndexMap;
use url::Url;

use super::{answers, base_url, by_parent, changed, gone, pages, rate_limit, templates, windows};
use crate::Pointer;
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::StreamWritten;
use crate::pipeline::{Declares, Envelope, Param, RateLimit, Stream};

/// What the pipeline says for all its streams.
pub(super) struct Defaults<'a> {
    pub(super) base_url: &'a Url,
    /// True where the command line sets it.
    pub(super) base_url_set: bool,
    pub(super) rate_limit: RateLimit,
    pub(super) params: &'a IndexMap<String, Param>,
}

/// The stream `name`, each field by itself.
pub(super) fn stream(
    config: &ConfigText<'_>,
    name: &str,
    written: &StreamWritten,
    defaults: &Defaults<'_>,
) -> Result<Stream, ConfigError> {
    let at = |field: &'static str| ["streams", name, field];
    // A base_url set on the command line moves every stream, also one that names its own.
    let base_url = match &written.base_url {
        Some(own) if !defaults.base_url_set => base_url::base_url(config, &at("base_url"), own)?,
        _ => defaults.base_url.clone(),
    };
    let query = templates::query(config, name, written, defaults.params)?;
    let rate_limit = match &written.rate_limit {
        Some(limit) => rate_limit::rate_limit(config, &at("rate_limit"), limit)?,
        None => defaults.rate_limit,
    };
    check_pointers(config, &at, written)?;
    Ok(Stream {
        name: name.to_owned(),
        base_url,
        path: written.path.clone(),
        query,
        windows: written.slices.as_ref().map(windows::windows),
        pages: pages::pages(config, &at("pages"), &written.pages)?,
        envelope: Envelope {
            records: written.records.clone(),
            success: written.success.clone(),
            message: written.message.clone(),
        },
        answers: answers::answers(config, name, written)?,
        comparison: None,
        id: written.id.clone(),
        listed_at: written.listed_at.clone(),
        changed: written.changed.as_ref().map(changed::changed),
        full_walk: written.full_walk,
        gone: gone::gone(config, name, written)?,
        by_parent: by_parent::by_parent(config, name, written)?,
        declares: written.declares.as_ref().map(|declares| Declares {
            column: declares.column.clone(),
            rows: declares.rows.clone(),
            filter: declares.filter.clone(),
        }),
        lookback: windows::lookback(written),
        rate_limit,
        schema: written.schema.clone(),
    })
}

/// `id`, `listed_at`, `at` are one field of a record each, and what is read beside the records is one place of the page.
fn check_pointers<'a>(
    config: &ConfigText<'_>,
    at: &impl Fn(&'static str) -> [&'a str; 3],
    written: &StreamWritten,
) -> Result<(), ConfigError> {
    let filed_at = written.slices.as_ref().and_then(|slices| slices.at.as_ref());
    for (field, pointer) in
        [("id", written.id.as_ref()), ("listed_at", written.listed_at.as_ref()), ("at", filed_at)]
    {
        if pointer.is_some_and(|pointer| pointer.has_each() || pointer.is_root()) {
            return Err(config
                .error(&at(field), format!("`{field}` names one field of a record"))
                .with_hint(Some("an array's element is named by its index, from 0, as in /ids/0".into())));
        }
    }
    for (field, pointer) in [("success", &written.success), ("message", &written.message)] {
        check_place(config, &at(field), field, pointer.as_ref())?;
    }
    Ok(())
}

/// A place beside the records is one: not the page as a whole, and none of many.
pub(super) fn check_place(
    config: &ConfigText<'_>,
    at: &[&str],
    field: &str,
    pointer: Option<&Pointer>,
) -> Result<(), ConfigError> {
    match pointer.filter(|pointer| pointer.has_each() || pointer.is_root()) {
        None => Ok(()),
        Some(_) => Err(config
            .error(at, format!("`{field}` names one value of an answer; `*` has no meaning here"))
            .with_hint(Some("an element of an array is named by its index, as in `/links/0/url`".into()))),
    }
}
