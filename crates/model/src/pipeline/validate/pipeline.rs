//! The pipeline as a whole: its own fields, then its streams, then what streams say of each other.

use indexmap::IndexMap;

use super::stream::Defaults;
use super::{
    auth, base_url, begin, changed, contact, gone, meaning, name, overrides, params, rate_limit, stream,
    timeouts,
};
use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::PipelineWritten;
use crate::pipeline::{Pipeline, Tree};
use crate::{Override, yaml};

/// More files than this in one partition help no reader.
const MAX_BUCKETS: u32 = 1024;
/// Nothing of use comes in less.
const MIN_PAGE_BYTES: u64 = 64 << 10;

/// Reads and validates a pipeline file.
pub(in crate::pipeline) fn pipeline(
    file: &str,
    text: &str,
    overrides: &[Override],
) -> Result<Pipeline, ConfigError> {
    let mut written: PipelineWritten = yaml::parse(file, text)?;
    if !overrides.is_empty() {
        written = overrides::applied(&written, overrides)?;
    }
    let config = ConfigText { file, text, overrides };
    name::check_pipeline(&config, &written.name)?;
    let base_url = base_url::base_url(&config, &["base_url"], &written.base_url)?;
    let base_url_set = overrides.iter().any(|set| set.is_of(&["base_url"]));
    let rate_limit = match &written.rate_limit {
        Some(limit) => rate_limit::rate_limit(&config, &["rate_limit"], limit)?,
        None => rate_limit::DEFAULT,
    };
    let line_of = |name: &str| yaml::line_of(text, &["params", name]);
    let params: IndexMap<_, _> = written
        .params
        .iter()
        .map(|(name, param)| (name.clone(), params::param(param, line_of(name))))
        .collect();
    let defaults = Defaults { base_url: &base_url, base_url_set, rate_limit, params: &params };
    let mut streams = IndexMap::new();
    for (name, stream) in &written.streams {
        name::check(&config, &["streams", name], name)?;
        streams.insert(name.clone(), stream::stream(&config, name, stream, &defaults)?);
    }
    if streams.is_empty() {
        return Err(config.error(&["streams"], "a pipeline needs at least one stream"));
    }
    changed::check(&config, &written.streams, &mut streams)?;
    let auth = auth::auth(&config, &written.auth)?;
    auth::check(&config, &auth, &streams)?;
    gone::check(&config, &streams)?;
    if !(0.0..=100.0).contains(&written.max_quarantined) {
        return Err(config.error(&["max_quarantined"], "a percentage from 0 to 100 was expected"));
    }
    let buckets = written.buckets.unwrap_or(1);
    if !(1..=MAX_BUCKETS).contains(&buckets) {
        return Err(config.error(&["buckets"], format!("a number from 1 to {MAX_BUCKETS} was expected")));
    }
    if written.max_page_bytes.is_some_and(|bytes| bytes < MIN_PAGE_BYTES) {
        return Err(
            config.error(&["max_page_bytes"], format!("at least {MIN_PAGE_BYTES} bytes were expected"))
        );
    }
    let mut publish = written.publish.unwrap_or_else(|| vec![Tree::Plain]);
    publish.sort_unstable();
    publish.dedup();
    if publish.is_empty() {
        let message = "at least one tree is to be named: tables lie nowhere else";
        return Err(config.error(&["publish"], message).with_hint(Some("publish: [plain]".to_owned())));
    }
    let mut marts = written.marts;
    marts.sort_unstable();
    marts.dedup();
    Ok(Pipeline {
        meaning: meaning::meaning(&config, &written.meaning)?,
        marts,
        publish,
        max_page_bytes: written.max_page_bytes,
        auth,
        begin: begin::begin(&config, written.begin.as_deref())?,
        timeouts: timeouts::timeouts(&config, written.timeouts)?,
        contact: written.contact.map(|text| contact::contact(&config, text)).transpose()?,
        on_mismatch: written.on_mismatch,
        max_quarantined: written.max_quarantined / 100.0,
        name: written.name,
        params,
        buckets,
        checks: written.checks,
        partition_by: written.partition_by,
        streams,
    })
}
