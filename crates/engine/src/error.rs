//! Why a run could not begin or commit, and the outcome that follows from it.

use std::path::PathBuf;

use convolake_extractor::{ExtractError, FailureKind};
use convolake_loader::{LoadError, RawError};
use convolake_model::{ConfigError, ParamSet};
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
    #[error(
        "the raw zone is damaged, so the tables were left as they are; restore the page from a copy of the lake, or go on without it \
         by `replay --allow-missing`, which keeps the rows that name it"
    )]
    RawPage(#[source] RawError),
    /// Landed pages that rows name are not there.
    #[error(
        "{} missing, and a replay would take {}, as {examples}; nothing \
         was changed\n  hint: restore raw/{pipeline}/ from a copy of the lake, or keep these rows as they are: convolake replay \
         {pipeline} --to {to} --allow-missing",
        pages_are(*pages), rows_away(*rows)
    )]
    PagesMissing {
        /// How many pages.
        pages: u64,
        /// How many rows name them.
        rows: u64,
        /// Some of the pages.
        examples: String,
        /// The pipeline.
        pipeline: String,
        /// The lake.
        to: String,
    },
    /// A page file that cannot be read.
    #[error("reading {path} failed", path = path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A page file that was changed while it was read.
    #[error(
        "{page} is not the page that it was when this flatten began: the file was changed or replaced meanwhile; nothing was \
         committed, call it again once nobody writes to the file"
    )]
    FileChanged {
        /// The page, as file#line.
        page: String,
    },
    /// The folder for temporary files cannot be used.
    #[error("there is no place to work in {path}, the folder for temporary files", path = path.display())]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A value does not fit its column, and the pipeline says `on_mismatch: fail`.
    #[error(
        "a value does not fit {table}.{column} ({first}), and the pipeline says `on_mismatch: fail`; give the column a type that \
         fits, or leave `on_mismatch` out: the value is then null, and stands in `extra`"
    )]
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
    #[error("this is a fault of convolake itself: {message}")]
    Worker {
        /// What is known of it.
        message: String,
    },
}

impl EngineError {
    /// What to do about it, where the text does not say so itself.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Load(LoadError::File { act, source, .. }) if is_refusal(source) => {
                Some(match act.starts_with("read") || act.starts_with("list") {
                    true => "let the user that runs convolake read there",
                    false => "let the user that runs convolake write there, or give another place",
                })
            }
            Self::Load(LoadError::File { source, .. })
                if source.kind() == std::io::ErrorKind::CrossesDevices =>
            {
                Some(
                    "all folders of a lake lie on one file system: mount the whole lake, not single folders of it",
                )
            }
            Self::Load(error) if is_of_full_disk(error) => {
                Some("make room there, then call it again: it goes on with what has landed")
            }
            Self::Load(LoadError::DeltaForeign { .. }) => Some(
                "have nobody else write to delta/, and bring it back to what the lake holds: `convolake publish --to LAKE --rebuild`",
            ),
            Self::Load(LoadError::DeltaAhead { .. }) => Some(
                "where that state is the one to go on with, bring delta/ back to it: `convolake publish --to LAKE --rebuild`; else bring the newer \
                 folders _convolake/ and raw/ back",
            ),
            Self::Load(LoadError::DeltaLog { .. }) => Some(
                "where that does not help, move the folder _delta_log of the table below delta/ away and let `convolake publish --to LAKE` write it anew",
            ),
            Self::Load(LoadError::File { source, .. }) if is_no_folder(source) => {
                Some("a lake is a folder: give another place, or move the file away that stands there")
            }
            Self::Worker { .. } => {
                Some("report it with this text, please; `convolake verify` tells whether the lake is sound")
            }
            Self::Scratch { .. } => {
                Some("let TMPDIR name a folder that the user that runs convolake may write to")
            }
            _ => None,
        }
    }

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
            Self::ReadFile { source, .. } | Self::Scratch { source, .. } if is_refusal(source) => {
                Outcome::Refused
            }
            Self::RawPage(_)
            | Self::PagesMissing { .. }
            | Self::ReadFile { .. }
            | Self::FileChanged { .. }
            | Self::Scratch { .. }
            | Self::Mismatch { .. }
            | Self::Worker { .. } => Outcome::Failed,
        }
    }
}

/// `2 landed pages are`.
pub(crate) fn pages_are(pages: u64) -> String {
    if pages == 1 { "1 landed page is".to_owned() } else { format!("{pages} landed pages are") }
}

/// `the 2 rows away that name them`.
fn rows_away(rows: u64) -> String {
    if rows == 1 {
        "the row away that names it".to_owned()
    } else {
        format!("the {rows} rows away that name them")
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

/// True where the file system does not let this user do something.
fn is_refusal(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
}

/// True where something else stands in place of a folder.
fn is_no_folder(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{AlreadyExists, NotADirectory};
    matches!(error.kind(), AlreadyExists | NotADirectory)
}

/// True where there was no more room to write.
fn is_of_full_disk(error: &LoadError) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    let causes =
        std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| (*error).source());
    let mut of_system = causes.filter_map(|error| error.downcast_ref::<std::io::Error>());
    of_system.any(|error| matches!(error.kind(), StorageFull | QuotaExceeded))
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
        | LoadError::PartitionsChanged { .. }
        | LoadError::OtherTree { .. }
        | LoadError::DeltaColumn { .. }
        | LoadError::Location { .. }
        | LoadError::Endpoint { .. }
        | LoadError::BucketMissing { .. }
        | LoadError::FileSystemUnfit { .. }
        | LoadError::StoreUnfit { .. } => Outcome::Misconfigured,
        LoadError::StoreRefused { .. } => Outcome::Refused,
        LoadError::File { source, .. } if is_refusal(source) => Outcome::Refused,
        LoadError::StoreUnavailable { .. } => Outcome::Unavailable,
        _ => Outcome::Failed,
    }
}

/// An error's text, saying which params it was met with: `stream messages: ..` becomes `stream messages bot_name=b: ..`.
pub(crate) fn with_params(text: &str, params: &ParamSet) -> String {
    let names = param_names(params);
    let named = text.strip_prefix("stream ").and_then(|rest| rest.split_once(':'));
    let (Some((stream, rest)), false) = (named, names.is_empty()) else { return text.to_owned() };
    let doubt =
        if rest.contains(" 404 ") { format!("; does the source know {names}?") } else { String::new() };
    format!("stream {stream} {names}:{rest}{doubt}")
}

/// The params with their values, for people.
pub fn param_names(params: &ParamSet) -> String {
    const LONGEST: usize = 40;
    let shortened = |value: &str| match value.chars().count() > LONGEST {
        true => value.chars().take(LONGEST).chain("..".chars()).collect(),
        false => value.to_owned(),
    };
    let params: Vec<String> =
        params.iter().map(|(name, value)| format!("{name}={}", shortened(value))).collect();
    params.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_params_it_was_met_with() {
        let params = ParamSet::from([("bot_name".to_owned(), "b".to_owned())]);
        for (text, expected) in [
            ("stream s: refused: 401", "stream s bot_name=b: refused: 401"),
            (
                "stream s: the source rejected http://h/ with 404 Not Found: no bot",
                "stream s bot_name=b: the source rejected http://h/ with 404 Not Found: no bot; does the source know bot_name=b?",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(with_params(text, &params), expected);
            assert_eq!(with_params(text, &ParamSet::new()), text);
        }
    }
}
