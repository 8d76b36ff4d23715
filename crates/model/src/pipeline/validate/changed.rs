//! `changed:`: ids that another stream shows as changed.

use indexmap::IndexMap;

use crate::config_error::{ConfigError, did_you_mean};
use crate::config_text::ConfigText;
use crate::pipeline::written::{ChangedWritten, StreamWritten};
use crate::pipeline::{ChangedIds, Comparison, Stream};

/// The ids to ask for.
pub(super) fn changed(changed: &ChangedWritten) -> ChangedIds {
    ChangedIds { list: changed.list.clone(), param: changed.param.clone(), batch: changed.batch.max(1) }
}

/// The other stream lists records, and both say where a record's id stands. The list learns how its records are compared.
pub(super) fn check(
    config: &ConfigText<'_>,
    written: &IndexMap<String, StreamWritten>,
    streams: &mut IndexMap<String, Stream>,
) -> Result<(), ConfigError> {
    for (name, written) in written {
        let Some(changed) = &written.changed else { continue };
        check_list(config, name, streams)?;
        let comparison = Comparison { ignore: changed.ignore.clone(), unordered: changed.unordered.clone() };
        let at = ["streams", name, "changed"];
        if let Some(pointer) = comparison.ignore.iter().chain(&comparison.unordered).find(|at| at.is_root()) {
            return Err(config
                .error(&at, format!("`\"{pointer}\"` is the whole record: name what is left out of it")));
        }
        if let Some(list) = streams.get_mut(&changed.list)
            && list.comparison.replace(comparison.clone()).is_some_and(|other| other != comparison)
        {
            let message = format!("another stream compares the records of `{}` otherwise", changed.list);
            return Err(config.error(&at, message).with_hint(Some(
                "`ignore` and `unordered` are the same for all that ask by one list".into(),
            )));
        }
    }
    Ok(())
}

fn check_list(
    config: &ConfigText<'_>,
    name: &str,
    streams: &IndexMap<String, Stream>,
) -> Result<(), ConfigError> {
    let Some((stream, changed)) =
        streams.get(name).and_then(|stream| Some((stream, stream.changed.as_ref()?)))
    else {
        return Ok(());
    };
    let at = ["streams", name, "changed"];
    let Some(list) = streams.get(&changed.list) else {
        return Err(config
            .error(&at, format!("`list: {}` is no stream of this pipeline", changed.list))
            .with_hint(did_you_mean(&changed.list, streams.keys().map(String::as_str))));
    };
    if list.changed.is_some() {
        return Err(config.error(&at, format!("`{}` takes its own ids from another stream", changed.list)));
    }
    for (stream, who) in [(stream, name), (list, changed.list.as_str())] {
        if stream.id.is_none() {
            return Err(config
                .error(&["streams", who], format!("`{who}` needs `id:`, since records are compared"))
                .with_hint(Some("add the pointer to a record's id, as in `id: /ID`".into())));
        }
    }
    Ok(())
}
