//! `gone:` and `max_gone:`: only a stream that can know what is gone may take its rows away.

use indexmap::IndexMap;

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::{GoneWritten, StreamWritten};
use crate::pipeline::{Gone, Stream};

/// Percent of the known records; above, something is more likely wrong with the source than with the records.
const DEFAULT_MAX_GONE: f64 = 10.0;

/// What becomes of the rows of records that are gone.
pub(super) fn gone(
    config: &ConfigText<'_>,
    name: &str,
    written: &StreamWritten,
) -> Result<Gone, ConfigError> {
    let at = ["streams", name, "max_gone"];
    match (written.gone, written.max_gone) {
        (GoneWritten::Keep, None) => Ok(Gone::Keep),
        (GoneWritten::Keep, Some(_)) => Err(config
            .error(&at, "`max_gone` bounds what `gone: remove` takes away")
            .with_hint(Some("add `gone: remove`, or leave `max_gone` out".into()))),
        (GoneWritten::Remove, Some(percent)) if !(percent > 0.0 && percent <= 100.0) => Err(config
            .error(&at, "a percentage above 0 and up to 100 was expected")
            .with_hint(Some("100 takes away whatever is gone; `gone: keep` takes nothing away".into()))),
        (GoneWritten::Remove, percent) => {
            Ok(Gone::Remove { at_most: percent.unwrap_or(DEFAULT_MAX_GONE) / 100.0 })
        }
    }
}

/// What is gone shows only where a list and a walk of all records, both made to their end, lack it.
pub(super) fn check(config: &ConfigText<'_>, streams: &IndexMap<String, Stream>) -> Result<(), ConfigError> {
    let removing = |stream: &&Stream| matches!(stream.gone, Gone::Remove { .. });
    for stream in streams.values().filter(removing) {
        let at = ["streams", &stream.name, "gone"];
        let Some(list) = stream.changed.as_ref().and_then(|changed| streams.get(&changed.list)) else {
            let message = "`gone: remove` needs `changed`: only where a list and a walk of all records both lack a record is it known to be gone";
            let hint = match stream.windows {
                Some(_) => "windows are never asked for all that was once there; leave `gone` out",
                None => "add `changed: { list: .., param: .., batch: .. }`, or leave `gone` out",
            };
            return Err(config.error(&at, message).with_hint(Some(hint.into())));
        };
        // A list that is not sorted is walked to its end each time.
        let is_walked = |stream: &Stream| stream.full_walk.is_some();
        let never = [(stream, is_walked(stream)), (list, is_walked(list) || list.listed_at.is_none())];
        if let Some((never, _)) = never.into_iter().find(|(_, is_walked)| !is_walked) {
            let name = &never.name;
            return Err(config
                .error(
                    &at,
                    format!("`gone: remove` needs `full_walk` of `{name}`: nothing else shows what is gone"),
                )
                .with_hint(Some(format!("add `full_walk: 7d` to the stream `{name}`"))));
        }
    }
    Ok(())
}
