//! What became of the Delta tables of a run.

use std::collections::BTreeMap;

use convolake_loader::{DeltaVersion, LoadError};
use serde::Serialize;

use crate::{EngineError, Outcome, with_causes};

/// What became of the Delta tables of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeltaReport {
    /// How it ended: `done`, or as the error says.
    pub outcome: Outcome,
    /// The newest version of each table, and what it brought.
    pub tables: BTreeMap<String, DeltaVersion>,
    /// Why the tables are not at the newest commit, and what helps. The lake itself is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl DeltaReport {
    pub(crate) fn of(done: Result<BTreeMap<String, DeltaVersion>, LoadError>) -> Self {
        match done {
            Ok(tables) => Self { outcome: Outcome::Done, tables, error: None },
            Err(error) => {
                let error = EngineError::from(error);
                let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                let text = with_causes(&error, ": ") + &hint;
                Self { outcome: error.outcome(), tables: BTreeMap::new(), error: Some(text) }
            }
        }
    }
}
