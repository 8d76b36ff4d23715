//! `failed:`, `ends:` and how ids stand in a query: what is known of a stream's answers.

use std::collections::BTreeSet;

use crate::config_error::ConfigError;
use crate::config_text::ConfigText;
use crate::pipeline::written::{FailedWritten, StreamWritten, WordsWritten};
use crate::pipeline::{AnswerRules, EndSign, FailedValues, FailureSign, IdForm};

/// Statuses that tell of the key, of the pace or of a proxy, and never of an end.
const NEVER_AN_END: [u16; 6] = [401, 402, 403, 407, 408, 429];
/// Fewer bytes hold hardly an id.
const QUERY_BYTES_MIN: u32 = 100;

/// What the stream `name` says of its answers.
pub(super) fn answers(
    config: &ConfigText<'_>,
    name: &str,
    written: &StreamWritten,
) -> Result<AnswerRules, ConfigError> {
    let failures =
        written.failed.iter().map(|failed| failure(config, name, failed)).collect::<Result<_, _>>()?;
    let ends: BTreeSet<EndSign> = written.pages.ends.iter().map(|end| end.0).collect();
    let is_no_end = |end: &&EndSign| match end {
        EndSign::Status(status) => !(400..500).contains(status) || NEVER_AN_END.contains(status),
        EndSign::NullRecords | EndSign::AbsentNext | EndSign::Repeat => false,
    };
    if let Some(EndSign::Status(status)) = ends.iter().find(is_no_end) {
        return Err(config
            .error(&["streams", name, "pages", "ends"], format!("{status} is no end of pages"))
            .with_hint(Some(
                "a status from 400 to 499 that tells neither of the key nor of the pace, as 404 or 416"
                    .into(),
            )));
    }
    let (ids, query_bytes) = match (&written.changed, &written.by_parent) {
        (Some(changed), _) => {
            let form =
                id_form(config, &["streams", name, "changed"], changed.separator.as_deref(), changed.repeat)?;
            if changed.query_bytes.is_some_and(|bytes| bytes < QUERY_BYTES_MIN) {
                return Err(config.error(
                    &["streams", name, "changed", "query_bytes"],
                    format!("`query_bytes` is a number of bytes from {QUERY_BYTES_MIN} on"),
                ));
            }
            (form, changed.query_bytes)
        }
        (None, Some(by_parent)) => {
            let at = ["streams", name, "by_parent"];
            (id_form(config, &at, by_parent.separator.as_deref(), by_parent.repeat)?, None)
        }
        (None, None) => (IdForm::default(), None),
    };
    Ok(AnswerRules { failures, ends, ids, query_bytes })
}

fn failure(config: &ConfigText<'_>, name: &str, written: &FailedWritten) -> Result<FailureSign, ConfigError> {
    let at = ["streams", name, "failed"];
    if written.at.has_each() || written.at.is_root() {
        return Err(config
            .error(&at, format!("`at: {}` names one value of an answer; `*` has no meaning here", written.at))
            .with_hint(Some("an element of an array is named by its index, as in `/errors/0`".into())));
    }
    let words = |WordsWritten(words): &WordsWritten| words.clone();
    let is = match (&written.is, &written.not) {
        (None, None) => FailedValues::Any,
        (Some(is), None) => FailedValues::These(words(is)),
        (None, Some(not)) => FailedValues::AllBut(words(not)),
        (Some(_), Some(_)) => {
            return Err(config.error(&at, "`is` and `not` say the same in two ways: one of them"));
        }
    };
    Ok(FailureSign { at: written.at.clone(), is })
}

fn id_form(
    config: &ConfigText<'_>,
    at: &[&str],
    separator: Option<&str>,
    is_repeated: bool,
) -> Result<IdForm, ConfigError> {
    match (separator, is_repeated) {
        (Some(_), true) => Err(config
            .error(at, "with `repeat` each id has a parameter of its own, and nothing stands between them")
            .with_hint(Some("leave `separator` or `repeat` out".into()))),
        (None, true) => Ok(IdForm::Repeated),
        (Some(""), false) => Err(config.error(at, "`separator` is empty, so ids would run into each other")),
        (Some(separator), false) => Ok(IdForm::Joined(separator.to_owned())),
        (None, false) => Ok(IdForm::default()),
    }
}
