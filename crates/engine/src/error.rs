//! Why a run could not begin or commit, and the outcome that follows from it.

use std::path::PathBuf;

use convolake_extractor::{ExtractError, FailureKind};
use convolake_loader::{LoadError, RawError};
use convolake_model::{ConfigError, ParamSet, io_words};
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
        "{pages} landed pages are missing, and a replay would take the {rows} rows away that name them, as {examples}; nothing \
         was changed\n  hint: restore raw/{pipeline}/ from a copy of the lake, or keep these rows as they are: convolake replay \
         {pipeline} --to {to} --allow-missing"
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
    /// What to do about it, where the text does not say so itself.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Load(LoadError::File { source, .. }) if is_refusal(source) => {
                Some("let the user that runs convolake write there, or give another place")
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
            Self::ReadFile { source, .. } if is_refusal(source) => Outcome::Refused,
            Self::RawPage(_)
            | Self::PagesMissing { .. }
            | Self::ReadFile { .. }
            | Self::Mismatch { .. }
            | Self::Worker { .. } => Outcome::Failed,
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

/// True where the file system does not let this user do something.
fn is_refusal(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
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
        | LoadError::Location { .. }
        | LoadError::BucketMissing { .. }
        | LoadError::StoreUnfit { .. } => Outcome::Misconfigured,
        LoadError::StoreRefused { .. } => Outcome::Refused,
        LoadError::File { source, .. } if is_refusal(source) => Outcome::Refused,
        LoadError::StoreUnavailable { .. } => Outcome::Unavailable,
        _ => Outcome::Failed,
    }
}

/// An error and its causes in one text, joined by `joiner`; a cause whose text is already there is left out.
pub fn with_causes(error: &dyn std::error::Error, joiner: &str) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let message = words(source);
        if !text.contains(&message) {
            text.push_str(joiner);
            text.push_str(&message);
        }
        cause = source.source();
    }
    text
}

/// A cause in words: where it is of a library, without what that says of itself.
fn words(cause: &(dyn std::error::Error + 'static)) -> String {
    if let Some(error) = cause.downcast_ref::<std::io::Error>() {
        return io_words(error);
    }
    if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "it is cut off",
            serde_json::error::Category::Io => "it could not be read",
            serde_json::error::Category::Syntax | serde_json::error::Category::Data => {
                "it is not as it should be"
            }
        };
        return format!("{what}, at line {}, column {}", error.line(), error.column());
    }
    let text = cause.to_string();
    const PREFIXES: [&str; 6] =
        ["Parquet error: ", "Arrow: ", "External: ", "EOF: ", "Io error: ", "Parquet argument error: "];
    let stripped =
        PREFIXES.iter().fold(text.as_str(), |text, prefix| text.strip_prefix(prefix).unwrap_or(text));
    match stripped.contains("Invalid Parquet file") || text.starts_with("EOF: ") {
        true => "it is no Parquet file, or was cut off".to_owned(),
        false => stripped.to_owned(),
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

    #[test]
    fn causes_are_told_in_words() {
        let source = std::io::Error::from_raw_os_error(13);
        let error = EngineError::ReadFile { path: "x".into(), source };
        assert_eq!(with_causes(&error, ": "), "reading x failed: this user is not allowed to");
        let torn = serde_json::from_str::<serde_json::Value>("{\"a\": ").unwrap_err();
        assert_eq!(words(&torn), "it is cut off, at line 1, column 6");
        let wrong = serde_json::from_str::<u8>("[]").unwrap_err();
        assert!(!words(&wrong).contains("invalid type"), "{wrong}");
    }
}
