//! What came of checks.

use convolake_engine::Outcome;
use convolake_model::Severity;
use jiff::Timestamp;
use serde::Serialize;

/// What came of all checks of a lake: `checks --output json`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ChecksReport {
    /// The format of this report.
    pub(crate) version: u32,
    /// Where the lake is.
    pub(crate) lake: String,
    /// When they were carried out.
    pub(crate) at: Timestamp,
    /// `short` where a check of severity error fails.
    pub(crate) outcome: Outcome,
    /// The process's exit code.
    pub(crate) exit_code: u8,
    /// How many passed, failed, warn, and were not judged.
    pub(crate) counts: Counts,
    /// The tables, pipeline by pipeline.
    pub(crate) tables: Vec<TableChecks>,
    /// Pipelines of the lake whose checks are not known here, and why.
    pub(crate) unknown: Vec<String>,
}

/// How many checks came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// What was expected is so.
    pub(crate) passed: usize,
    /// It is not, and is of severity warn.
    pub(crate) warned: usize,
    /// It is not, and is of severity error.
    pub(crate) failed: usize,
    /// There was too little to judge it by.
    pub(crate) not_judged: usize,
}

/// What came of the checks of one table of one pipeline.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TableChecks {
    /// The pipeline.
    pub(crate) source: String,
    /// The table or mart.
    pub(crate) table: String,
    /// Its checks, in the order of its file.
    pub(crate) checks: Vec<CheckReport>,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CheckReport {
    /// Its name.
    pub(crate) name: String,
    /// The word it is declared by.
    pub(crate) kind: &'static str,
    /// What its failure means.
    pub(crate) severity: Severity,
    /// What came of it.
    pub(crate) outcome: CheckOutcome,
    /// Rows that were looked at.
    pub(crate) rows: u64,
    /// Rows that are not as expected; of `freshness` and `volume`, which no single row fails, 0.
    pub(crate) failing: u64,
    /// What was found, in words.
    pub(crate) words: String,
    /// What is expected, in the words of its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) doc: Option<String>,
    /// Some of the rows that are not as expected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<Example>,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CheckOutcome {
    /// It is as expected.
    Passed,
    /// It is not.
    Failed,
    /// There was too little to judge it by; the words say what.
    NotJudged,
}

/// A row that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Example {
    /// What the row is known by, as in `agent_id=a conversation_id=c`.
    pub(crate) key: String,
    /// What stands there, shortened; `None` for null.
    pub(crate) value: Option<String>,
}

/// What was found of a check, before it is told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) outcome: CheckOutcome,
    pub(crate) rows: u64,
    pub(crate) failing: u64,
    pub(crate) words: String,
    pub(crate) examples: Vec<Example>,
}

impl Found {
    /// What was expected is so.
    pub(crate) fn passed(rows: u64, words: impl Into<String>) -> Self {
        Self { outcome: CheckOutcome::Passed, rows, failing: 0, words: words.into(), examples: Vec::new() }
    }

    /// It is not so of these many rows; 0 where no single row fails.
    pub(crate) fn failed(rows: u64, failing: u64, words: impl Into<String>) -> Self {
        Self { outcome: CheckOutcome::Failed, failing, ..Self::passed(rows, words) }
    }

    /// There is too little to judge it by.
    pub(crate) fn not_judged(rows: u64, words: impl Into<String>) -> Self {
        Self { outcome: CheckOutcome::NotJudged, ..Self::passed(rows, words) }
    }
}

impl ChecksReport {
    /// The format of the report.
    pub(crate) const VERSION: u32 = 1;

    pub(crate) fn new(lake: String, at: Timestamp, tables: Vec<TableChecks>, unknown: Vec<String>) -> Self {
        let mut counts = Counts::default();
        for check in tables.iter().flat_map(|table| &table.checks) {
            let count = match (check.outcome, check.severity) {
                (CheckOutcome::Passed, _) => &mut counts.passed,
                (CheckOutcome::NotJudged, _) => &mut counts.not_judged,
                (CheckOutcome::Failed, Severity::Warn) => &mut counts.warned,
                (CheckOutcome::Failed, Severity::Error) => &mut counts.failed,
            };
            *count += 1;
        }
        let outcome = if counts.failed > 0 { Outcome::Short } else { Outcome::Done };
        let exit_code = outcome.exit_code();
        Self { version: Self::VERSION, lake, at, outcome, exit_code, counts, tables, unknown }
    }
}
