//! `changed:`: ids that another stream shows as changed.

use indexmap::IndexMap;

use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::pipeline::written::ChangedWritten;
use crate::pipeline::{ChangedIds, Stream};

/// The ids to ask for.
pub(super) fn changed(changed: &ChangedWritten) -> ChangedIds {
    ChangedIds { list: changed.list.clone(), param: changed.param.clone(), batch: changed.batch.max(1) }
}

/// The other stream lists records, and both say where a record's id stands.
pub(super) fn check(config: &ConfigText<'_>, streams: &IndexMap<String, Stream>) -> Result<(), ConfigError> {
    for (name, stream) in streams {
        let Some(changed) = &stream.changed else { continue };
        let at = ["streams", name, "changed"];
        let Some(list) = streams.get(&changed.list) else {
            return Err(config
                .error(&at, format!("`list: {}` is no stream of this pipeline", changed.list))
                .with_hint(did_you_mean(&changed.list, streams.keys().map(String::as_str))));
        };
        if list.changed.is_some() {
            return Err(
                config.error(&at, format!("`{}` takes its own ids from another stream", changed.list))
            );
        }
        for (stream, who) in [(stream, name), (list, &changed.list)] {
            if stream.id.is_none() {
                return Err(config
                    .error(&["streams", who], format!("`{who}` needs `id:`, since records are compared"))
                    .with_hint(Some("add the pointer to a record's id, as in `id: /ID`".into())));
            }
        }
    }
    Ok(())
}
