//! Failures that are told within an answer of status 200.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::page::Page;

/// Answers of status 200 that say in their envelope that they failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// How they say it.
    pub sign: FailureSign,
    /// The first request that fails, from 1, counted from when the habit is switched on.
    #[serde(default = "one")]
    pub from: u64,
    /// How many in a row fail; all that follow by default.
    #[serde(default = "ever")]
    pub times: u64,
    /// Only requests whose query contains this text; also the only ones counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// How an answer says that it failed. All but `Partial` come with empty data and no cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureSign {
    /// `"success": "false"`
    SuccessText,
    /// `"success": 0`
    SuccessZero,
    /// `"status": "error"`
    StatusError,
    /// `"errors": [{"message": ..}]`
    Errors,
    /// `"error": {"code": .., "message": ..}`
    ErrorObject,
    /// `"partial": true` beside the first half of the records; the cursor leads on behind all of them.
    Partial,
    /// These fields.
    Fields(Map<String, Value>),
}

fn one() -> u64 {
    1
}

fn ever() -> u64 {
    u64::MAX
}

const MESSAGE: &str = r#""backend timed out""#;

impl Failure {
    /// Counts a request in `counted` and says whether it fails.
    pub(super) fn hits(&self, counted: &mut u64, query: &str) -> bool {
        if self.when.as_deref().is_some_and(|text| !query.contains(text)) {
            return false;
        }
        *counted += 1;
        *counted >= self.from && *counted - self.from < self.times
    }

    pub(super) fn apply(&self, page: &mut Page) {
        if self.sign == FailureSign::Partial {
            let kept = page.records.len().div_ceil(2);
            page.records.truncate(kept);
            page.set("partial", "true");
            return;
        }
        page.records.clear();
        if let Some((name, _)) = page.lead.cursor.take() {
            page.set(name, "null");
        }
        if page.tail.iter().any(|(name, _)| name == "hasMore") {
            page.set("hasMore", "false");
        }
        page.head.clear();
        match &self.sign {
            FailureSign::SuccessText => {
                page.set("success", r#""false""#);
                page.set("message", MESSAGE);
            }
            FailureSign::SuccessZero => {
                page.set("success", "0");
                page.set("message", MESSAGE);
            }
            FailureSign::StatusError => {
                page.set("status", r#""error""#);
                page.set("message", MESSAGE);
            }
            FailureSign::Errors => page.set("errors", format!(r#"[{{"message":{MESSAGE}}}]"#)),
            FailureSign::ErrorObject => {
                page.set("error", format!(r#"{{"code":"TIMEOUT","message":{MESSAGE}}}"#));
            }
            FailureSign::Partial => {}
            FailureSign::Fields(fields) => {
                for (name, value) in fields {
                    page.set(name, value.to_string());
                }
            }
        }
    }
}
