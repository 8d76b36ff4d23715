//! What sources usually write into answers of a good status that failed, where the pipeline names nothing.
//!
//! Names are compared by their letters alone, so `error_message`, `ErrorMessage` and `error-message` are one. Beside records
//! only what is plain counts: everything else may speak of one of them.

use super::failure_signs::{Sign, is_nothing, standing};
use super::json::members;
use super::source_message::usual_message;

/// Texts that no answer holds at `status` or `result` but a failed one.
const FAILED_WORDS: [&str; 23] = [
    "aborted",
    "cancelled",
    "canceled",
    "denied",
    "err",
    "error",
    "errored",
    "exception",
    "fail",
    "failed",
    "failure",
    "forbidden",
    "incomplete",
    "ko",
    "nok",
    "partial",
    "ratelimited",
    "throttled",
    "timedout",
    "timeout",
    "unauthorized",
    "unavailable",
    "unsuccessful",
];
/// Texts that mean that nothing went wrong, wherever an error would stand.
const FINE_WORDS: [&str; 9] = ["0", "200", "false", "no", "noerror", "none", "null", "ok", "success"];
/// Members whose own members tell of the answer, too.
const ENVELOPES: [&str; 8] = ["head", "header", "info", "meta", "metadata", "response", "result", "status"];
/// Names under which `true` says that records are missing, as they are written.
const PARTIAL_NAMES: [&str; 7] = [
    "partial",
    "is_partial",
    "isPartial",
    "timed_out",
    "timedOut",
    "incomplete_results",
    "incompleteResults",
];
/// Names under which `false` says that the request failed, as they are written.
const SUCCESS_NAMES: [&str; 2] = ["success", "ok"];

/// What the value of a member tells.
enum Meaning {
    /// That something went wrong, by any value but none.
    Fault,
    /// How it went, by a word or an HTTP status.
    Outcome,
    /// Whether it went well, by a flag.
    Success,
    /// Whether something is missing, by a flag.
    Partial,
}

/// A sign of failure in an answer without records. `records_at` is the first key of the place of the records, which is none.
pub(super) fn beside_none(text: &str, records_at: Option<&str>) -> Option<Sign> {
    of_members(text, records_at, "", Depth::Top).map(|sign| Sign { message: usual_message(text), ..sign })
}

/// A plain sign of failure beside `records`, which is a part of `text`: these are not looked into.
pub(super) fn beside_records(text: &str, records: &str) -> Option<Sign> {
    let start = (records.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let (before, behind) = (text.get(..start)?, text.get(start + records.len()..)?);
    let envelope = format!("{before}[]{behind}");
    let (name, value) = members(&envelope).into_iter().find(|(name, value)| {
        let is_sign = |names: &[&str], sign| names.contains(&name.as_str()) && *value == sign;
        is_sign(&SUCCESS_NAMES, "false") || is_sign(&PARTIAL_NAMES, "true")
    })?;
    Some(Sign { what: Some(standing(value, &format!("/{name}"))), message: usual_message(&envelope) })
}

/// Where in an answer an object stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Top,
    Member,
}

/// A sign among the members of one object but `but`.
fn of_members(object: &str, but: Option<&str>, at: &str, depth: Depth) -> Option<Sign> {
    if !object.starts_with('{') {
        return None;
    }
    members(object).into_iter().filter(|(name, _)| Some(name.as_str()) != but).find_map(|(name, value)| {
        let plain = letters(&name);
        let at = format!("{at}/{name}");
        if depth == Depth::Top && value.starts_with('{') && ENVELOPES.contains(&plain.as_str()) {
            return of_members(value, None, &at, Depth::Member);
        }
        let is_sign = match meaning(&plain)? {
            Meaning::Fault => !is_nothing(value) && !FINE_WORDS.contains(&letters(value).as_str()),
            Meaning::Outcome => is_failed(value),
            Meaning::Success => {
                matches!(letters(value).as_str(), "false" | "0" | "no" | "n") || is_failed(value)
            }
            Meaning::Partial => value == "true",
        };
        is_sign.then(|| Sign { what: Some(standing(value, &at)), message: None })
    })
}

fn meaning(plain: &str) -> Option<Meaning> {
    Some(match plain {
        "error" | "errors" | "err" | "errormessage" | "errormsg" | "errmsg" | "errortext"
        | "errordescription" | "errordetail" | "errordetails" | "errorcode" | "errcode" | "errno"
        | "errortype" | "exception" | "exceptions" | "exceptionmessage" | "fault" | "faultstring"
        | "failure" | "failures" | "failed" | "haserror" | "haserrors" | "iserror" => Meaning::Fault,
        "status" | "state" | "result" | "outcome" | "type" | "statustext" | "statuscode" | "code"
        | "httpcode" | "httpstatus" | "httpstatuscode" | "responsecode" | "resultcode" | "returncode" => {
            Meaning::Outcome
        }
        "ok" | "success" | "succeeded" | "successful" | "issuccess" | "issuccessful" => Meaning::Success,
        "partial" | "ispartial" | "partialresult" | "partialresults" | "timedout" | "incomplete"
        | "incompleteresults" => Meaning::Partial,
        _ => return None,
    })
}

/// A word of failure, `false`, or an HTTP status of one.
fn is_failed(value: &str) -> bool {
    let word = letters(value);
    let is_scalar = !value.starts_with(['{', '[']);
    let is_code = word.len() == 3 && word.parse::<u16>().is_ok_and(|code| (400..600).contains(&code));
    is_scalar && (is_code || value == "false" || FAILED_WORDS.contains(&word.as_str()))
}

/// Letters and digits alone, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, records_at: Option<&str>) -> Option<String> {
        beside_none(text, records_at).and_then(|sign| sign.what)
    }

    #[test]
    fn signs_beside_no_records() {
        for (members, expected) in [
            (r#""errors": [{"message": "timed out"}]"#, Some("an array stands at /errors")),
            (r#""errors": [ ]"#, None),
            (r#""errors": {}"#, None),
            (r#""errors": "text""#, Some("\"text\" stands at /errors")),
            (r#""errors": null, "error": """#, None),
            (r#""error": "none""#, None),
            (r#""error": {"code": 7}"#, Some("an object stands at /error")),
            (r#""error": 17"#, Some("17 stands at /error")),
            (r#""error": false"#, None),
            (r#""Error": "x""#, Some("\"x\" stands at /Error")),
            (r#""error_message": "x""#, Some("\"x\" stands at /error_message")),
            (
                r#""errorMsg": "Account does not exist.""#,
                Some("\"Account does not exist.\" stands at /errorMsg"),
            ),
            (r#""errorCode": 0"#, None),
            (r#""errorCode": "0""#, None),
            (r#""errcode": 40001"#, Some("40001 stands at /errcode")),
            (r#""hasError": true"#, Some("true stands at /hasError")),
            (r#""exception": "Timeout""#, Some("\"Timeout\" stands at /exception")),
            (r#""status": "ERROR""#, Some("\"ERROR\" stands at /status")),
            (r#""status": "timed out""#, Some("\"timed out\" stands at /status")),
            (r#""status": 500"#, Some("500 stands at /status")),
            (r#""status": "503""#, Some("\"503\" stands at /status")),
            (r#""status": false"#, Some("false stands at /status")),
            (r#""status": 200"#, None),
            (r#""status": 0"#, None),
            (r#""status": "open""#, None),
            (r#""status": {"code": 500}"#, Some("500 stands at /status/code")),
            (r#""meta": {"code": 429}"#, Some("429 stands at /meta/code")),
            (r#""meta": {"page": 429}"#, None),
            (r#""code": 500"#, Some("500 stands at /code")),
            (r#""code": 1"#, None),
            (r#""statusCode": 503"#, Some("503 stands at /statusCode")),
            (r#""result": "error""#, Some("\"error\" stands at /result")),
            (r#""type": "error""#, Some("\"error\" stands at /type")),
            (r#""ok": false"#, Some("false stands at /ok")),
            (r#""ok": 0"#, Some("0 stands at /ok")),
            (r#""ok": "false""#, Some("\"false\" stands at /ok")),
            (r#""ok": 1"#, None),
            (r#""success": "no""#, Some("\"no\" stands at /success")),
            (r#""success": null"#, None),
            (r#""success": true, "message": "No records found""#, None),
            (r#""timed_out": true"#, Some("true stands at /timed_out")),
            (r#""timed_out": false"#, None),
        ] {
            assert_eq!(
                told(&format!(r#"{{"data": [], {members}}}"#), Some("data")).as_deref(),
                expected,
                "{members}"
            );
        }
        assert_eq!(told("[]", None), None);
        assert_eq!(told(r#"{"errors": []}"#, Some("errors")), None, "they are the records");
    }

    #[test]
    fn plain_signs_beside_records() {
        for (member, expected) in [
            (r#""timed_out": true"#, Some("true stands at /timed_out")),
            (r#""partial": true"#, Some("true stands at /partial")),
            (r#""partial": "true""#, None),
            (r#""ok": false"#, Some("false stands at /ok")),
            (r#""success": 0"#, None),
            (r#""meta": {"partial": true}"#, None),
        ] {
            let text = format!(r#"{{"data": [{{"partial": true}}], {member}}}"#);
            let sign = beside_records(&text, &text[9..28]).and_then(|sign| sign.what);
            assert_eq!(sign.as_deref(), expected, "{member}");
        }
        let text = r#"{"a": {"data": [1], "ok": false}}"#;
        assert_eq!(beside_records(text, &text[15..18]), None, "not the envelope");
        assert_eq!(beside_records(text, "[1]"), None, "of another text");
    }
}
