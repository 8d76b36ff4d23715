//! Answers of a good status that are failures by what stands in them.

use convolake_model::{AnswerRules, FailedValues, FailureSign};
use serde_json::value::RawValue;

use super::json::{descend, pick};
use super::source_message::{clean_json, usual_message};
use super::usual_signs;

/// Members of a page that tell of failure in the usual way.
pub const USUAL_SIGNS: [&str; 5] = ["errors", "error", "status", "ok", "success"];
/// Texts at `status` that no answer holds but a failed one.
const FAILED_STATUSES: [&str; 8] = ["error", "errored", "err", "fail", "failed", "failure", "ko", "nok"];
/// The most of a value that is shown.
const SHOWN_BYTES_MAX: usize = 40;

/// A sign of failure: what stands where, and the source's words beside it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sign {
    /// As in `"no" stands at /success`; `None` where a plain `false` says it all.
    pub(super) what: Option<String>,
    pub(super) message: Option<String>,
}

/// Errors that an answer names beside its records: a part of what was asked for is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialFailure {
    /// What names them, as in `an array stands at /errors`.
    pub sign: String,
    /// How many there are.
    pub n_errors: usize,
    /// The source's words about one of them.
    pub message: Option<String>,
}

/// What the value at the stream's own `success` says: a failure unless it is `true` or absent.
pub(super) fn of_success(value: Option<&str>, at: impl FnOnce() -> String) -> Option<Sign> {
    match value? {
        "true" => None,
        "false" => Some(Sign { what: None, message: None }),
        other => Some(Sign { what: Some(standing(other, &at())), message: None }),
    }
}

/// A sign that the pipeline names; it counts whatever else the answer holds.
pub(super) fn declared(text: &str, rules: &AnswerRules) -> Option<Sign> {
    rules.failures.iter().find_map(|FailureSign { at, is }| {
        let value = descend(text, &at.keys()?)?;
        let shown: String = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
        let is_sign = match is {
            FailedValues::Any => !is_nothing(value),
            FailedValues::These(texts) => texts.contains(&shown),
            FailedValues::AllBut(texts) => !texts.contains(&shown),
        };
        is_sign.then(|| Sign { what: Some(standing(value, &at.to_string())), message: usual_message(text) })
    })
}

/// The usual signs of failure beside no records. They count only there: with records they speak of a part, or of something
/// else. `records_at` is the first key of the place of the records, which is none of them.
pub(super) fn usual(text: &str, records_at: Option<&str>) -> Option<Sign> {
    if !text.starts_with('{') {
        return None;
    }
    let found = pick(text, &USUAL_SIGNS).ok()?;
    USUAL_SIGNS
        .into_iter()
        .zip(found)
        .find_map(|(name, value)| {
            let value = value.filter(|_| records_at != Some(name))?;
            let is_sign = match name {
                "errors" | "error" => !is_nothing(value),
                "status" => is_failed_status(value),
                _ => value == "false",
            };
            is_sign.then(|| Sign {
                what: Some(standing(value, &format!("/{name}"))),
                message: usual_message(text),
            })
        })
        .or_else(|| usual_signs::beside_none(text, records_at))
}

/// The usual signs of failure beside records.
pub(super) fn beside_records(text: &str, records_at: Option<&str>) -> Option<PartialFailure> {
    let Sign { what, message } = usual(text, records_at)?;
    let errors = descend(text, &["errors"]).filter(|_| records_at != Some("errors"));
    let listed = errors.and_then(|errors| serde_json::from_str::<Vec<&RawValue>>(errors).ok());
    let n_errors = listed.map_or(1, |errors| errors.len().max(1));
    Some(PartialFailure { sign: what.unwrap_or_default(), n_errors, message })
}

/// The signs of failure in an answer that is a record itself, whose other members are its own.
pub(super) fn of_lone_record(text: &str) -> Option<Sign> {
    let found = pick(text, &["ok", "success"]).ok()?;
    let (name, value) =
        ["ok", "success"].into_iter().zip(found).find(|(_, value)| *value == Some("false"))?;
    let what = Some(standing(value?, &format!("/{name}")));
    Some(Sign { what, message: usual_message(text) })
}

/// An error that an answer names.
pub(super) fn error_of(text: &str) -> Option<Sign> {
    let [errors, error, ..] = pick(text, &USUAL_SIGNS).ok()?[..] else { return None };
    let found =
        [("errors", errors), ("error", error)].into_iter().find_map(|(name, value)| Some((name, value?)));
    let (name, value) = found.filter(|(_, value)| !is_nothing(value))?;
    Some(Sign { what: Some(standing(value, &format!("/{name}"))), message: usual_message(text) })
}

/// Null, `false`, 0, and what is empty.
pub(super) fn is_nothing(value: &str) -> bool {
    let inside = |open, close| Some(value.strip_prefix(open)?.strip_suffix(close)?.trim_ascii().is_empty());
    matches!(value, "null" | "false" | "0" | "\"\"")
        || inside('[', ']').or_else(|| inside('{', '}')).unwrap_or(false)
}

/// A word of failure, or an HTTP status of one.
fn is_failed_status(value: &str) -> bool {
    let text: String = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
    let is_code = text.len() == 3 && text.parse::<u16>().is_ok_and(|code| (400..600).contains(&code));
    is_code || FAILED_STATUSES.iter().any(|word| text.eq_ignore_ascii_case(word))
}

pub(super) fn standing(value: &str, at: &str) -> String {
    match (value.as_bytes().first(), value.len() <= SHOWN_BYTES_MAX) {
        (Some(b'['), _) => format!("an array stands at {at}"),
        (Some(b'{'), _) => format!("an object stands at {at}"),
        (Some(b'"'), false) => format!("a text stands at {at}"),
        _ => format!(
            "{} stands at {at}",
            clean_json(value).map_or_else(|| value.to_owned(), |text| format!("\"{text}\""))
        ),
    }
}

#[cfg(test)]
mod tests {
    use convolake_model::Pointer;

    use super::*;

    #[test]
    fn the_usual_signs() {
        for (text, expected) in [
            (r#"{"data": [], "errors": [{"message": "timed out"}]}"#, Some("an array stands at /errors")),
            (r#"{"data": [], "errors": []}"#, None),
            (r#"{"data": [], "errors": [ ]}"#, None),
            (r#"{"data": [], "errors": {}}"#, None),
            (r#"{"data": [], "errors": null, "error": ""}"#, None),
            (r#"{"data": [], "error": "timed out"}"#, Some("\"timed out\" stands at /error")),
            (r#"{"data": [], "error": {"code": 7}}"#, Some("an object stands at /error")),
            (r#"{"data": [], "error": 17}"#, Some("17 stands at /error")),
            (r#"{"data": [], "error": true}"#, Some("true stands at /error")),
            (r#"{"data": [], "error": false}"#, None),
            (r#"{"data": [], "status": "ERROR"}"#, Some("\"ERROR\" stands at /status")),
            (r#"{"data": [], "status": "failed"}"#, Some("\"failed\" stands at /status")),
            (r#"{"data": [], "status": 500}"#, Some("500 stands at /status")),
            (r#"{"data": [], "status": "503"}"#, Some("\"503\" stands at /status")),
            (r#"{"data": [], "status": 200}"#, None),
            (r#"{"data": [], "status": "ok"}"#, None),
            (r#"{"data": [], "status": "open"}"#, None),
            (r#"{"data": [], "ok": false}"#, Some("false stands at /ok")),
            (r#"{"data": [], "ok": true}"#, None),
            (r#"{"data": [], "success": false}"#, Some("false stands at /success")),
            ("[]", None),
        ] {
            let what = usual(text, Some("data")).and_then(|sign| sign.what);
            assert_eq!(what.as_deref(), expected, "{text}");
        }
        assert_eq!(usual(r#"{"errors": [1]}"#, Some("errors")), None, "they are the records");
        let sign = usual(r#"{"data": [], "errors": [{"message": "timed out"}]}"#, None).unwrap();
        assert_eq!(sign.message.as_deref(), Some("timed out"));
    }

    #[test]
    fn signs_that_a_pipeline_names() {
        let sign = |at: &str, is| FailureSign { at: Pointer::parse(at).unwrap(), is };
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let these = |texts: &[&str]| FailedValues::These(owned(texts));
        let all_but = |texts: &[&str]| FailedValues::AllBut(owned(texts));
        for (sign, text, expected) in [
            (sign("/meta/state", these(&["PARTIAL", "7"])), r#"{"meta": {"state": "PARTIAL"}}"#, true),
            (sign("/meta/state", these(&["PARTIAL", "7"])), r#"{"meta": {"state": 7}}"#, true),
            (sign("/meta/state", these(&["PARTIAL", "7"])), r#"{"meta": {"state": "WHOLE"}}"#, false),
            (sign("/meta/state", these(&["PARTIAL"])), r#"{"meta": {}}"#, false),
            (sign("/code", all_but(&["0", "ok"])), r#"{"code": 0}"#, false),
            (sign("/code", all_but(&["0", "ok"])), r#"{"code": "ok"}"#, false),
            (sign("/code", all_but(&["0", "ok"])), r#"{"code": 17}"#, true),
            (sign("/code", all_but(&["0", "ok"])), r#"{"code": null}"#, true),
            (sign("/code", all_but(&["0", "ok"])), r#"{}"#, false),
            (sign("/warnings/0", FailedValues::Any), r#"{"warnings": ["slow"]}"#, true),
            (sign("/warnings", FailedValues::Any), r#"{"warnings": []}"#, false),
        ] {
            let rules = AnswerRules { failures: vec![sign], ..AnswerRules::default() };
            assert_eq!(declared(text, &rules).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn errors_beside_records_are_counted() {
        for (text, expected) in [
            (r#"{"data": [1], "errors": [{"message": "timed out"}, {}]}"#, Some((2, Some("timed out")))),
            (r#"{"data": [1], "errors": {"a": "timed out"}}"#, Some((1, None))),
            (r#"{"data": [1], "error": "timed out"}"#, Some((1, Some("timed out")))),
            (r#"{"data": [1], "ok": false}"#, Some((1, None))),
            (r#"{"data": [1], "errors": []}"#, None),
            (r#"{"data": [1], "status": "ok"}"#, None),
        ] {
            let partial = beside_records(text, Some("data"));
            let found = partial.as_ref().map(|partial| (partial.n_errors, partial.message.as_deref()));
            assert_eq!(found, expected, "{text}");
        }
        let sign = of_lone_record(r#"{"ok": false, "error": "missing_scope"}"#).unwrap();
        assert_eq!(
            (sign.what.as_deref(), sign.message.as_deref()),
            (Some("false stands at /ok"), Some("missing_scope"))
        );
        assert_eq!(of_lone_record(r#"{"ok": true, "error": "x", "status": "error"}"#), None);
    }

    #[test]
    fn only_true_is_success() {
        for (value, what) in [
            (Some("false"), Some(None)),
            (Some("\"false\""), Some(Some("\"false\" stands at /success"))),
            (Some("\"true\""), Some(Some("\"true\" stands at /success"))),
            (Some("\"no\""), Some(Some("\"no\" stands at /success"))),
            (Some("0"), Some(Some("0 stands at /success"))),
            (Some("1"), Some(Some("1 stands at /success"))),
            (Some("null"), Some(Some("null stands at /success"))),
            (Some("{}"), Some(Some("an object stands at /success"))),
            (Some("true"), None),
            (None, None),
        ] {
            let sign = of_success(value, || "/success".to_owned());
            assert_eq!(sign.as_ref().map(|sign| sign.what.as_deref()), what, "{value:?}");
        }
    }
}
