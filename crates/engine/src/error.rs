//! Why a run could not begin or commit, and the outcome that follows from it.

use std::path::PathBuf;

use convolake_extractor::{ExtractError, FailureKind};
use convolake_loader::{LoadError, RawError};
use convolake_model::ConfigError;
use convolake_transformer::CompileError;

use crate::Outcome;

/// Why a run could not begin, or could not end in a commit.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A pipeline or schema file, or what was asked for.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A schema that cannot be compiled.
    #[error("schema {schema}")]
    Compile {
        /// The schema.
        schema: String,
        /// Why not.
        source: CompileError,
    },
    /// The source.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The lake.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A landed page that no longer reads.
    #[error("the raw zone is damaged, so the tables were left as they are")]
    RawPage(#[source] RawError),
    /// A page file that cannot be read.
    #[error("reading {path} failed", path = path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A value does not fit its column, and the pipeline says `on_mismatch: fail`.
    #[error("a value does not fit {table}.{column} ({first}), and the pipeline says `on_mismatch: fail`")]
    Mismatch {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The first place.
        first: String,
    },
    /// Nothing of a lake is there.
    #[error(
        "{to} is no lake: no pipeline has left anything there\n  hint: `convolake run PIPELINE --to {to}` makes one"
    )]
    NoLake {
        /// Where it was looked for.
        to: String,
    },
    /// The lake has nothing of a pipeline.
    #[error(
        "the lake {to} has nothing of the pipeline {pipeline}\n  hint: `convolake status --to {to}` shows what it has"
    )]
    NoPipeline {
        /// The lake.
        to: String,
        /// The pipeline.
        pipeline: String,
    },
    /// A worker ended without its result.
    #[error("a worker of the run stopped: {message}")]
    Worker {
        /// What is known of it.
        message: String,
    },
}

impl EngineError {
    /// How a run that ends with this error ended.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Config(_) | Self::Compile { .. } | Self::NoLake { .. } | Self::NoPipeline { .. } => {
                Outcome::Misconfigured
            }
            Self::Extract(error) => outcome_of(error),
            Self::Load(error) => load_outcome(error),
            Self::ReadFile { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Outcome::Misconfigured
            }
            Self::RawPage(_) | Self::ReadFile { .. } | Self::Mismatch { .. } | Self::Worker { .. } => {
                Outcome::Failed
            }
        }
    }
}

/// How a stream that stops with this error ended.
pub(crate) fn outcome_of(error: &ExtractError) -> Outcome {
    match error.kind() {
        FailureKind::Config => Outcome::Misconfigured,
        FailureKind::Refused => Outcome::Refused,
        FailureKind::Unavailable => Outcome::Unavailable,
        FailureKind::Stopped => Outcome::Busy,
        FailureKind::Failed => Outcome::Failed,
    }
}

fn load_outcome(error: &LoadError) -> Outcome {
    match error {
        // Another run lives, or did what this one was about to: what is left is for the next.
        LoadError::LeaseHeld { .. } | LoadError::LeaseLost { .. } | LoadError::Overtaken { .. } => {
            Outcome::Busy
        }
        LoadError::SchemaChanged { .. }
        | LoadError::TableChanged { .. }
        | LoadError::OtherPipeline { .. }
        | LoadError::BucketsChanged { .. }
        | LoadError::Location { .. }
        | LoadError::BucketMissing { .. }
        | LoadError::StoreUnfit { .. } => Outcome::Misconfigured,
        LoadError::StoreRefused { .. } => Outcome::Refused,
        LoadError::StoreUnavailable { .. } => Outcome::Unavailable,
        _ => Outcome::Failed,
    }
}

/// An error and its causes in one text, joined by `joiner`; a cause whose text is already there is left out.
pub fn with_causes(error: &dyn std::error::Error, joiner: &str) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let message = source.to_string();
        if !text.contains(&message) {
            text.push_str(joiner);
            text.push_str(&message);
        }
        cause = source.source();
    }
    text
}
