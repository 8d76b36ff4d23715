mod backfill;
mod check;
mod plan;
mod pulling;
mod run;
mod status;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use convolake_engine::{ConfigError, Override};

use crate::failure::Failure;

pub(crate) use backfill::Backfill;
pub(crate) use check::Check;
pub(crate) use plan::Plan;
use pulling::{Terms, Time, Way};
pub(crate) use run::Run;
pub(crate) use status::Status;
use values::{parse_duration, parse_instant, parse_size};

/// Pulls conversation exports out of chat platforms and lays them down as a lake of Parquet tables.
#[derive(Debug, Parser)]
#[command(name = "convolake", version, propagate_version = true, arg_required_else_help = true, after_help = pipelines())]
pub(crate) struct Arguments {
    /// Say more on stderr; twice for every request's details.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every pipeline against a simulated source, and look at the result; needs nothing.
    Demo(Demo),
    /// Pull what is new, from the watermark (first: the pipeline's `begin`) to now.
    Run(Run),
    /// Pull a stretch of time once more, beside the watermark, which stays where it is.
    Backfill(Backfill),
    /// Show what a run would ask for, and how long that takes at the rate limit; touches nothing.
    Plan(Plan),
    /// Find out whether a run would go well: files, key, a page of each stream, the store; keeps nothing.
    Check(Check),
    /// Show how far the lake is: watermarks, rows, completeness, last runs; reads only.
    Status(Status),
    /// Turn page files (.json, .jsonl, .gz, .zst) into tables; no network.
    Flatten(Flatten),
    /// Rebuild every table from the raw zone alone; no request is made.
    Replay(Replay),
    /// Hold a lake against what it promises: files, commits, keys, parents, and every row against the landed pages.
    Verify(Verify),
    /// Print a completion script for a shell.
    Completions(Completions),
    /// Copy pipelines/ and schemas/ out, to edit.
    Init(Init),
    /// Serve the export APIs on loopback.
    Simulate(Simulate),
    /// Ask the lake's tables in SQL, through `convolake-marts`.
    Query(Query),
}

impl Command {
    pub(crate) fn output(&self) -> Output {
        match self {
            Self::Run(run) => run.common.output,
            Self::Flatten(flatten) => flatten.common.output,
            Self::Replay(replay) => replay.common.output,
            Self::Verify(verify) => verify.output,
            Self::Backfill(backfill) => backfill.common.output,
            Self::Check(check) => check.common.output,
            Self::Plan(plan) => plan.common.output,
            Self::Status(status) => status.output,
            Self::Demo(_) | Self::Completions(_) | Self::Init(_) | Self::Simulate(_) | Self::Query(_) => {
                Output::Human
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Words on stderr.
    Human,
    /// The run report as one JSON document on stdout.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Set a field of the pipeline, as in params.agent_id=a1 or base_url=http://127.0.0.1:8080; repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
    /// Memory for the whole process; rows beyond it are spilled to disk.
    #[arg(long, value_name = "SIZE", default_value = "256MB", value_parser = parse_size)]
    pub(crate) memory: u64,
}

impl Common {
    pub(crate) fn overrides(&self) -> Result<Vec<Override>, Failure> {
        let parse = |text: &String| {
            text.parse().map_err(|message: String| ConfigError::new("--set", 0, message).into())
        };
        self.set.iter().map(parse).collect()
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake demo --dir ./lake")]
pub(crate) struct Demo {
    /// The lake's folder.
    #[arg(long, default_value = "lake")]
    pub(crate) dir: PathBuf,
    /// How many conversations the simulator has: 1 is 500 of each source.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) scale: u32,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake flatten convocore/export pages/*.jsonl.zst --to ./lake --set params.agent_id=a1")]
pub(crate) struct Flatten {
    /// Pipeline and stream, as in convocore/export.
    #[arg(value_name = "PIPELINE/STREAM")]
    target: String,
    /// Page files: a page a file (.json) or a line (.jsonl), plain, .gz or .zst.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix (endpoint and keys from the usual `AWS_*` variables).
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

impl Flatten {
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

#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake replay agentx --to ./lake")]
pub(crate) struct Replay {
    /// A built-in pipeline (`convolake --help` names them) or the path of a YAML file.
    pub(crate) pipeline: String,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix (endpoint and keys from the usual `AWS_*` variables).
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Nothing in the lake is changed, and no key is needed. Ends with 0 where all is well, with 1 where something is wrong,
/// and with 75 where a run committed meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake verify --to ./lake
  convolake verify agentx --to ./lake --tables-only --output json")]
pub(crate) struct Verify {
    /// These pipelines only, each a built-in name or the path of a YAML file. By default all that the lake holds; those
    /// that are not built in have to be named.
    #[arg(value_name = "PIPELINE")]
    pub(crate) pipelines: Vec<String>,
    /// The lake: ./dir, file:///dir or s3://bucket/prefix.
    #[arg(long, value_name = "URL")]
    pub(crate) to: String,
    /// Leave out the long part, in which every landed page is flattened once more and each row compared.
    #[arg(long)]
    pub(crate) tables_only: bool,
    /// How the result is shown.
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) output: Output,
    /// Memory for the whole process.
    #[arg(long, value_name = "SIZE", default_value = "256MB", value_parser = parse_size)]
    pub(crate) memory: u64,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake completions bash > ~/.local/share/bash-completion/completions/convolake")]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake init my-lake")]
pub(crate) struct Init {
    /// Where to.
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  convolake simulate --port 8080 --conversations 1000")]
pub(crate) struct Simulate {
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Serve the records of these page files instead of generated ones.
    #[arg(long, value_name = "DIR")]
    pub(crate) corpus: Option<PathBuf>,
    /// How many conversations to generate for each source.
    #[arg(long, default_value_t = 500)]
    pub(crate) conversations: u64,
    /// The same seed, the same data.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many sentences an agent says at once, at most.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(crate) sentences: usize,
    /// Wait before each answer.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency_ms: u64,
    /// Let endpoints with a documented rate limit take this many requests a second instead of 3.
    #[arg(long, value_name = "N")]
    pub(crate) agentx_rate: Option<usize>,
    /// Write the data as page files into this folder, and serve nothing.
    #[arg(long, value_name = "DIR")]
    pub(crate) pages_to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// What `convolake-marts query` takes: --to URL "SQL".
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<String>,
}

fn pipelines() -> String {
    let names: Vec<&str> = convolake_engine::builtin_pipelines().collect();
    format!("Built-in pipelines: {}. A path to a YAML file serves as well.", names.join(", "))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
