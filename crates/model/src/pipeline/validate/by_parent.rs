//! `by_parent:`: a stream that can be asked for the records of chosen parents.

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::ByParent;
use crate::pipeline::written::StreamWritten;

/// Parents a request, where nothing is said.
const DEFAULT_BATCH: u32 = 1;

pub(super) fn by_parent(
    config: &ConfigText<'_>,
    name: &str,
    written: &StreamWritten,
) -> Result<Option<ByParent>, ConfigError> {
    let at = ["streams", name, "by_parent"];
    let Some(by_parent) = &written.by_parent else { return Ok(None) };
    if written.changed.is_some() {
        return Err(config
            .error(&at, "a stream with `changed` is asked for ids by the `param` that stands there")
            .with_hint(Some("leave `by_parent` out".into())));
    }
    if by_parent.since.is_some() && written.slices.is_none() {
        return Err(config
            .error(&at, "`since` says where a window begins, and the stream has no `slices`")
            .with_hint(Some("leave `since` out".into())));
    }
    if by_parent.batch == Some(0) {
        return Err(config.error(&at, "`batch` is a number of parents above 0"));
    }
    Ok(Some(ByParent {
        param: by_parent.param.clone(),
        batch: by_parent.batch.unwrap_or(DEFAULT_BATCH),
        since: by_parent.since.clone(),
    }))
}
