//! The report of `check`.

use std::collections::BTreeMap;

use convolake_model::{ConfigError, ParamSet};
use serde::Serialize;

use crate::check::given_way::GaveWaySeen;
use crate::{EngineError, Outcome, with_causes};

/// What was found: `check --output json`.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// The format of this report.
    pub version: u32,
    /// The pipeline, as it was asked for.
    pub pipeline: String,
    /// The worst that was found.
    pub outcome: Outcome,
    /// The process's exit code.
    pub exit_code: u8,
    /// What was found, in the order it was looked at.
    pub findings: Vec<Finding>,
    /// A page of each stream, flattened; nothing of it was kept.
    pub streams: Vec<StreamCheck>,
}

impl CheckReport {
    /// The format of the report.
    pub const VERSION: u32 = 1;
}

/// One thing that is as it should be, or is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// How grave it is.
    pub level: Level,
    /// How a run would end because of it.
    pub outcome: Outcome,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The pipeline's file, its schemas and tables, its params.
    Files,
    /// The key.
    Key,
    /// The source's answers.
    Source,
    /// This machine's clock.
    Clock,
    /// What the lake lies in.
    Store,
    /// What the lake holds already.
    Lake,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// A run goes through, but somebody should know.
    Warning,
    /// A run fails.
    Error,
}

/// A page of one stream with one set of params.
#[derive(Debug, Clone, Serialize)]
pub struct StreamCheck {
    /// The stream.
    pub stream: String,
    /// Its params.
    pub params: ParamSet,
    /// What was asked for.
    pub slice: serde_json::Value,
    /// Why no page came, or none that reads.
    pub error: Option<String>,
    /// The page's size.
    pub bytes: u64,
    /// How long the answer took.
    pub seconds: f64,
    /// Records on the page.
    pub records: u64,
    /// The rows they give, by table.
    pub rows: BTreeMap<String, u64>,
    /// Records that would be quarantined.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<RejectSeen>,
    /// Fields no column takes; they would stand in `extra`.
    pub new_fields: Vec<String>,
    /// Columns some values do not fit; these would stand in `extra`.
    pub mismatches: Vec<String>,
    /// Words that are none of those a column is known to hold.
    pub unknown_words: Vec<String>,
    /// Rows that would give way to another of the page, by table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gave_way: Vec<GaveWaySeen>,
}

/// A record that would be quarantined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectSeen {
    /// Why.
    pub reason: String,
    /// Where on the page, as a JSON Pointer.
    pub pointer: String,
}

impl Finding {
    pub(crate) fn ok(subject: Subject, message: impl Into<String>) -> Self {
        let (level, outcome) = (Level::Ok, Outcome::Done);
        Self { subject, level, outcome, message: message.into(), hint: None }
    }

    pub(crate) fn warning(subject: Subject, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let (level, outcome) = (Level::Warning, Outcome::Done);
        Self { subject, level, outcome, message: message.into(), hint: Some(hint.into()) }
    }

    pub(crate) fn error(
        subject: Subject,
        outcome: Outcome,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Self {
        Self { subject, level: Level::Error, outcome, message: message.into(), hint }
    }

    /// What would end a run before it begins.
    pub(crate) fn of(subject: Subject, error: &EngineError) -> Self {
        match error {
            EngineError::Config(ConfigError { file, line, message, hint }) => {
                let place = if *line == 0 { file.clone() } else { format!("{file}:{line}") };
                Self::error(subject, error.outcome(), format!("{place}: {message}"), hint.clone())
            }
            _ => Self::error(subject, error.outcome(), with_causes(error, ": "), None),
        }
    }
}
