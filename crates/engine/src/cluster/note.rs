//! What a task tells the driver beside rows.

use std::collections::BTreeMap;

use convolake_loader::{Folded, PageFinding, QuarantineLine};
use convolake_model::ParamSet;
use serde::{Deserialize, Serialize};

use crate::EngineError;

/// What a task tells beside rows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Landed objects that were read.
    pub(crate) objects: u64,
    /// What came of pages, by stream and params.
    pub(crate) streams: Vec<StreamNote>,
    /// Pages of streams that the pipeline no longer has.
    pub(crate) left_out: BTreeMap<String, u64>,
    /// What a fold has met.
    pub(crate) folded: Folded,
}

/// What came of the pages of one stream with one set of params.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct StreamNote {
    pub(crate) stream: String,
    pub(crate) params: ParamSet,
    pub(crate) pages: u64,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    pub(crate) rows: u64,
    pub(crate) quarantined: Vec<QuarantineLine>,
    /// For each page that has any, what was found.
    pub(crate) findings: Vec<(String, Vec<ToldFinding>)>,
}

/// What was found, how often, and in which record first.
pub(crate) type ToldFinding = (String, u64, u32);

impl Note {
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let json = serde_json::to_vec(self).map_err(|error| failed(&error))?;
        zstd::encode_all(json.as_slice(), 1).map_err(|error| failed(&error))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, EngineError> {
        let json = zstd::decode_all(bytes).map_err(|error| failed(&error))?;
        serde_json::from_slice(&json).map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Worker { message: format!("what a task tells does not read: {error}") }
}

/// A finding as a note has it.
pub(crate) fn told(finding: PageFinding) -> ToldFinding {
    (finding.what.to_string(), finding.count, finding.first)
}

/// A finding of a note.
pub(crate) fn finding((what, count, first): ToldFinding) -> PageFinding {
    PageFinding { what: what.into(), count, first }
}
