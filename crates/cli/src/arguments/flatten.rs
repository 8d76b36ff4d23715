//! The arguments of `convolake flatten`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use convolake_engine::ConfigError;

use super::{Common, words};
use convolake_engine::Failure;

/// What `convolake flatten` takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake flatten convocore/export pages/*.jsonl.zst --to ./lake --set params.agent_id=a1")]
pub(crate) struct Flatten {
    /// Pipeline and stream, as in convocore/export.
    #[arg(value_name = "PIPELINE/STREAM", add = ArgValueCompleter::new(words::pipeline_streams))]
    target: String,
    /// Page files: a page a file (.json) or a line (.jsonl), plain or compressed by gzip or zstd; `-` is stdin. Of a record that several
    /// hold, the one named last counts.
    #[arg(required = true, value_parser = page_file)]
    pub(crate) files: Vec<PathBuf>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix (endpoint and keys from the usual `AWS_*` variables).
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `-` is what stdin leads to, as for other tools.
fn page_file(word: &str) -> Result<PathBuf, std::convert::Infallible> {
    Ok(if word == "-" { "/dev/stdin" } else { word }.into())
}

impl Flatten {
    /// The pipeline, where one is named.
    pub(crate) fn pipeline(&self) -> Option<&str> {
        Some(self.target.rsplit_once('/')?.0)
    }

    /// The last `/` parts them, since a pipeline may be a path.
    pub(crate) fn pipeline_and_stream(&self) -> Result<(String, String), Failure> {
        match self.target.rsplit_once('/') {
            Some((pipeline, stream)) if !pipeline.is_empty() && !stream.is_empty() => {
                Ok((pipeline.to_owned(), stream.to_owned()))
            }
            _ => Err(ConfigError::new("PIPELINE/STREAM", 0, format!("`{}` names no stream", self.target))
                .with_hint(Some("write both, as in convocore/export".into()))
                .into()),
        }
    }
}
