//! A pipeline as written becomes one that nothing downstream has to check again.

mod by_parent;
mod gone;

use std::time::Duration;

use indexmap::IndexMap;
use jiff::{Timestamp, civil};
use url::Url;

use super::written::{
    AuthWritten, PagesWritten, ParamWritten, PipelineWritten, QueryWritten, RateLimitWritten, ScalarWritten,
    StreamWritten, TimeoutsWritten,
};
use super::{
    Auth, ChangedIds, Declares, Envelope, NumberedPages, OpenRecords, PageSize, Pagination, Param, Pipeline,
    RateLimit, RateScope, Stream, Timeouts, Windows,
};
use crate::config_error::{ConfigError, did_you_mean};
use crate::{Override, Span, Template, yaml};

const DEFAULT_RATE: RateLimit = RateLimit { requests_per_second: 2.0, per: RateScope::Stream, quota: None };
const DEFAULT_LOOKBACK: Span = Span::days(2);
const DEFAULT_MAX_PAGES: u32 = 1_000_000;
/// It goes out with every request.
const MAX_CONTACT_BYTES: usize = 200;
/// More files than this in one partition help no reader.
const MAX_BUCKETS: u32 = 1024;

/// Where an error is looked up: the file, its text, and what was set over it.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
    overrides: &'a [Override],
}

impl Place<'_> {
    fn error(&self, path: &[&str], message: impl Into<String>) -> ConfigError {
        match self.overrides.iter().any(|set| set.is_of(path)) {
            true => ConfigError::new(format!("--set {}", path.join(".")), 0, message),
            false => ConfigError::new(self.file, yaml::line_of(self.text, path), message),
        }
    }
}

pub(super) fn pipeline(file: &str, text: &str, overrides: &[Override]) -> Result<Pipeline, ConfigError> {
    let mut written: PipelineWritten = yaml::parse(file, text)?;
    if !overrides.is_empty() {
        written = overridden(&written, overrides)?;
    }
    let place = Place { file, text, overrides };
    check_name(&place, &["name"], &written.name)?;
    let base_url = base_url(&place, &["base_url"], &written.base_url)?;
    let base_url_set = overrides.iter().any(|set| set.is_of(&["base_url"]));
    let rate_limit = match &written.rate_limit {
        Some(limit) => rate_limit(&place, &["rate_limit"], limit)?,
        None => DEFAULT_RATE,
    };
    let line_of = |name: &str| yaml::line_of(text, &["params", name]);
    let params: IndexMap<_, _> =
        written.params.iter().map(|(name, param)| (name.clone(), value_of(param, line_of(name)))).collect();
    let mut streams = IndexMap::new();
    for (name, stream) in &written.streams {
        check_name(&place, &["streams", name], name)?;
        let defaults = Defaults { base_url: &base_url, base_url_set, rate_limit, params: &params };
        streams.insert(name.clone(), self::stream(&place, name, stream, &defaults)?);
    }
    if streams.is_empty() {
        return Err(place.error(&["streams"], "a pipeline needs at least one stream"));
    }
    check_changed(&place, &streams)?;
    gone::check(&place, &streams)?;
    if !(0.0..=100.0).contains(&written.max_quarantined) {
        return Err(place.error(&["max_quarantined"], "a percentage from 0 to 100 was expected"));
    }
    let buckets = written.buckets.unwrap_or(1);
    if !(1..=MAX_BUCKETS).contains(&buckets) {
        return Err(place.error(&["buckets"], format!("a number from 1 to {MAX_BUCKETS} was expected")));
    }
    Ok(Pipeline {
        auth: auth(&place, &written.auth)?,
        begin: begin(&place, written.begin.as_deref())?,
        timeouts: timeouts(&place, written.timeouts)?,
        contact: written.contact.map(|text| contact(&place, text)).transpose()?,
        on_mismatch: written.on_mismatch,
        max_quarantined: written.max_quarantined / 100.0,
        name: written.name,
        params,
        buckets,
        streams,
    })
}

fn overridden(written: &PipelineWritten, overrides: &[Override]) -> Result<PipelineWritten, ConfigError> {
    let failed = |set: &Override, error: &serde_json::Error| {
        let message = error.to_string();
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
        let known: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let hint = unknown.and_then(|(word, _)| did_you_mean(word, known.iter().copied()));
        ConfigError::new(format!("--set {}", set.key()), 0, message).with_hint(hint)
    };
    let mut document = serde_json::to_value(written)
        .map_err(|error| ConfigError::new("the pipeline", 0, error.to_string()))?;
    let mut result = Err(ConfigError::new("--set", 0, "nothing to set"));
    for set in overrides {
        set.apply(&mut document);
        result = serde_json::from_value(document.clone()).map_err(|error| failed(set, &error));
        if result.is_err() {
            break;
        }
    }
    result
}

struct Defaults<'a> {
    base_url: &'a Url,
    base_url_set: bool,
    rate_limit: RateLimit,
    params: &'a IndexMap<String, Param>,
}

fn stream(
    place: &Place<'_>,
    name: &str,
    written: &StreamWritten,
    defaults: &Defaults<'_>,
) -> Result<Stream, ConfigError> {
    let at = |field: &'static str| ["streams", name, field];
    // A base_url set on the command line moves every stream, also one that names its own.
    let base_url = match &written.base_url {
        Some(own) if !defaults.base_url_set => base_url(place, &at("base_url"), own)?,
        _ => defaults.base_url.clone(),
    };
    let query: IndexMap<String, Template> =
        written.query.iter().map(|(k, v)| (k.clone(), query_value(v))).collect();
    for template in query.values().chain([&written.path]) {
        if let Some(unknown) = template.names().find(|name| !defaults.params.contains_key(*name)) {
            let field = if template == &written.path { "path" } else { "query" };
            return Err(place
                .error(&at(field), format!("`{{{unknown}}}` is no param of this pipeline"))
                .with_hint(did_you_mean(unknown, defaults.params.keys().map(String::as_str))));
        }
    }
    let slices = written.slices.as_ref();
    let rate_limit = match &written.rate_limit {
        Some(limit) => rate_limit(place, &at("rate_limit"), limit)?,
        None => defaults.rate_limit,
    };
    if written.records.has_each() {
        return Err(place.error(&at("records"), "`records` names one array; `*` has no meaning here"));
    }
    let filed_at = slices.and_then(|slices| slices.at.as_ref());
    for (field, pointer) in
        [("id", written.id.as_ref()), ("listed_at", written.listed_at.as_ref()), ("at", filed_at)]
    {
        if pointer.is_some_and(|pointer| pointer.has_each() || pointer.is_root()) {
            return Err(place.error(&at(field), format!("`{field}` names one field of a record")));
        }
    }
    Ok(Stream {
        name: name.to_owned(),
        base_url,
        path: written.path.clone(),
        query,
        windows: slices.map(|slices| Windows {
            from: slices.from.clone(),
            until: slices.until.clone(),
            format: slices.format,
            window: slices.window,
            at: slices.at.clone(),
            open: slices.open.as_ref().map(|open| OpenRecords {
                began: open.began.clone(),
                changed: open.changed.clone(),
                quiet: open.quiet,
            }),
        }),
        pages: pagination(place, &at("pages"), &written.pages)?,
        envelope: Envelope {
            records: written.records.clone(),
            success: written.success.clone(),
            message: written.message.clone(),
        },
        id: written.id.clone(),
        listed_at: written.listed_at.clone(),
        changed: written.changed.as_ref().map(|changed| ChangedIds {
            list: changed.list.clone(),
            param: changed.param.clone(),
            batch: changed.batch.max(1),
        }),
        full_walk: written.full_walk,
        gone: gone::gone(place, name, written)?,
        by_parent: by_parent::by_parent(place, name, written)?,
        declares: written.declares.as_ref().map(|declares| Declares {
            column: declares.column.clone(),
            rows: declares.rows.clone(),
            filter: declares.filter.clone(),
        }),
        lookback: slices.and_then(|slices| slices.lookback).or(written.lookback).unwrap_or(DEFAULT_LOOKBACK),
        rate_limit,
        schema: written.schema.clone(),
    })
}

fn check_changed(place: &Place<'_>, streams: &IndexMap<String, Stream>) -> Result<(), ConfigError> {
    for (name, stream) in streams {
        let Some(changed) = &stream.changed else { continue };
        let at = ["streams", name, "changed"];
        let Some(list) = streams.get(&changed.list) else {
            return Err(place
                .error(&at, format!("`list: {}` is no stream of this pipeline", changed.list))
                .with_hint(did_you_mean(&changed.list, streams.keys().map(String::as_str))));
        };
        if list.changed.is_some() {
            return Err(place.error(&at, format!("`{}` takes its own ids from another stream", changed.list)));
        }
        for (stream, who) in [(stream, name), (list, &changed.list)] {
            if stream.id.is_none() {
                return Err(place
                    .error(&["streams", who], format!("`{who}` needs `id:`, since records are compared"))
                    .with_hint(Some("add the pointer to a record's id, as in `id: /ID`".into())));
            }
        }
    }
    Ok(())
}

fn pagination(place: &Place<'_>, at: &[&str], pages: &PagesWritten) -> Result<Pagination, ConfigError> {
    let cursor = match (&pages.cursor, &pages.param) {
        (Some(pointer), Some(param)) => Some((pointer.clone(), param.clone())),
        (None, None) => None,
        (Some(_), None) => {
            return Err(place.error(at, "`cursor` needs `param`, the query parameter that takes it"));
        }
        (None, Some(_)) => {
            return Err(place.error(at, "`param` needs `cursor`, the place of the next cursor"));
        }
    };
    let numbered = pages
        .number
        .as_ref()
        .map(|param| NumberedPages { param: param.clone(), first: pages.first.unwrap_or(1) });
    let size = match &pages.size {
        Some(size) if size.sizes.is_empty() || size.sizes.contains(&0) => {
            return Err(place.error(at, "`sizes` needs at least one page size above 0"));
        }
        Some(size) => Some(PageSize { param: size.param.clone(), sizes: size.sizes.clone() }),
        None => None,
    };
    Ok(Pagination {
        cursor,
        next_link: pages.next_link.clone(),
        numbered,
        more: pages.more.clone(),
        size,
        max_pages: pages.max_pages.unwrap_or(DEFAULT_MAX_PAGES),
    })
}

fn rate_limit(place: &Place<'_>, at: &[&str], written: &RateLimitWritten) -> Result<RateLimit, ConfigError> {
    let rate = written.requests_per_second;
    if !(rate.is_finite() && rate > 0.0 && rate <= 10_000.0) {
        return Err(place.error(at, "`requests_per_second` is a number above 0 and at most 10000"));
    }
    Ok(RateLimit { requests_per_second: rate, per: written.per, quota: written.quota })
}

fn timeouts(place: &Place<'_>, written: TimeoutsWritten) -> Result<Timeouts, ConfigError> {
    let or = |span: Option<Span>, name: &str, usual: Duration| match span.map(Span::as_duration) {
        Some(Duration::ZERO) => {
            Err(place.error(&["timeouts", name], format!("`{name}: 0s` leaves no request any time")))
        }
        Some(duration) => Ok(duration),
        None => Ok(usual),
    };
    Ok(Timeouts {
        connect: or(written.connect, "connect", Timeouts::USUAL.connect)?,
        idle: or(written.idle, "idle", Timeouts::USUAL.idle)?,
        total: or(written.total, "total", Timeouts::USUAL.total)?,
    })
}

/// It stands in a header, within brackets.
fn contact(place: &Place<'_>, text: String) -> Result<String, ConfigError> {
    let is_url = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http" | "mailto")
            && url.username().is_empty()
            && url.password().is_none()
    });
    let fits = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'\\'));
    match is_url && fits && text.len() <= MAX_CONTACT_BYTES {
        true => Ok(text),
        false => Err(place
            .error(&["contact"], format!("`{text}` is no URL that fits in a User-Agent"))
            .with_hint(Some("write https://example.org/your-team or mailto:your-team@example.org".into()))),
    }
}

fn auth(place: &Place<'_>, written: &AuthWritten) -> Result<Auth, ConfigError> {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !token(&written.header) {
        return Err(place.error(&["auth", "header"], format!("`{}` is no name of a header", written.header)));
    }
    if written.env.is_empty() || !written.env.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Err(place
            .error(&["auth", "env"], format!("`{}` is no environment variable", written.env))
            .with_hint(Some(
                "`env` is the variable's name; the key itself never stands in a file of ours".into(),
            )));
    }
    Ok(Auth {
        header: written.header.to_ascii_lowercase(),
        prefix: written.prefix.clone(),
        env: written.env.clone(),
        hint: written.hint.clone(),
        line: yaml::line_of(place.text, &["auth", "env"]),
    })
}

fn base_url(place: &Place<'_>, at: &[&str], text: &str) -> Result<Url, ConfigError> {
    let bad = |why: &str| place.error(at, format!("`{text}` is no base URL: {why}"));
    let with_slash = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
    let url = Url::parse(&with_slash).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(bad("it begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("a key or password never stands in a URL"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("query parameters go under `query:`"));
    }
    Ok(url)
}

fn begin(place: &Place<'_>, text: Option<&str>) -> Result<Timestamp, ConfigError> {
    let Some(text) = text else {
        return Ok(Timestamp::UNIX_EPOCH);
    };
    let midnight = |date: civil::Date| date.to_datetime(civil::Time::midnight());
    let read = text.parse::<Timestamp>().or_else(|_| {
        text.parse::<civil::Date>().map(midnight).and_then(|local| jiff::tz::Offset::UTC.to_timestamp(local))
    });
    read.map_err(|_| place.error(&["begin"], format!("`{text}` is neither a date (2024-01-31) nor RFC 3339")))
}

/// Names stand in paths of the lake and in object names: letters, digits, `_` and `-` only.
fn check_name(place: &Place<'_>, at: &[&str], name: &str) -> Result<(), ConfigError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
    match name.len() {
        1..=64 if name.bytes().all(fits) && name.as_bytes()[0].is_ascii_alphanumeric() => Ok(()),
        _ => Err(place
            .error(at, format!("`{name}` is no name: lower-case letters, digits, `_` and `-`, 64 at most"))),
    }
}

fn value_of(written: &ParamWritten, line: u64) -> Param {
    let text = |scalar: &ScalarWritten| match scalar {
        ScalarWritten::Text(text) => text.clone(),
        ScalarWritten::Number(number) => number.to_string(),
    };
    let (required, doc, values) = match written {
        ParamWritten::Value(value) => (true, None, vec![text(value)]),
        ParamWritten::Values(values) => (true, None, values.iter().map(text).collect()),
        ParamWritten::Spec(spec) => {
            (spec.required, spec.doc.clone(), spec.default.iter().map(text).collect())
        }
    };
    Param { required, doc, values, line }
}

fn query_value(written: &QueryWritten) -> Template {
    match written {
        QueryWritten::Text(template) => template.clone(),
        QueryWritten::Number(number) => Template::text(number.to_string()),
    }
}
