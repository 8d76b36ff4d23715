//! The `convolake` binary: arguments, progress, messages. No logic of its own.

mod arguments;
mod demo;
mod failure;
mod init;
mod marts;
mod progress;
mod simulate;
mod summary;
mod terminal;
mod verification;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use convolake_engine::{
    Budget, EngineError, FlattenRequest, ReplayRequest, RunReport, RunRequest, Seams, Stop, SystemClock,
    VerifyRequest,
};

use arguments::{Arguments, Command, Common, Output};
use failure::Failure;
use progress::Progress;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    terminal::log_to_stderr(arguments.verbose);
    let output = arguments.command.output();
    match execute(arguments.command) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            terminal::error(&failure, output);
            ExitCode::from(failure.exit_code())
        }
    }
}

fn execute(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Demo(demo) => demo::demo(&demo),
        Command::Run(run) => {
            let request = RunRequest {
                pipeline: run.pipeline,
                overrides: run.common.overrides()?,
                to: run.to,
                streams: run.streams,
                from: run.from,
                until: run.until,
                budget: Budget::default(),
                memory_bytes: run.common.memory,
                strict: run.strict,
                allow_new_origin: run.allow_new_origin,
            };
            let seams = seams(run.common.output);
            report(&run.common, runtime()?.block_on(convolake_engine::run(request, seams)))
        }
        Command::Flatten(flatten) => {
            let (pipeline, stream) = flatten.pipeline_and_stream()?;
            let request = FlattenRequest {
                pipeline,
                stream,
                overrides: flatten.common.overrides()?,
                files: flatten.files,
                to: flatten.to,
                memory_bytes: flatten.common.memory,
            };
            report(&flatten.common, convolake_engine::flatten(&request, &seams(flatten.common.output)))
        }
        Command::Replay(replay) => {
            let request = ReplayRequest {
                pipeline: replay.pipeline,
                overrides: replay.common.overrides()?,
                to: replay.to,
                memory_bytes: replay.common.memory,
            };
            report(&replay.common, convolake_engine::replay(&request, &seams(replay.common.output)))
        }
        Command::Verify(verify) => {
            let request = VerifyRequest {
                pipelines: verify.pipelines,
                to: verify.to,
                tables_only: verify.tables_only,
                memory_bytes: verify.memory,
            };
            let report = convolake_engine::verify(&request, &seams(verify.output))?;
            match verify.output {
                Output::Json => {
                    terminal::result(&serde_json::to_string_pretty(&report).map_err(Failure::show)?);
                }
                Output::Human => verification::show(&report),
            }
            Ok(report.exit_code)
        }
        Command::Init(init) => init::init(&init.dir),
        Command::Simulate(simulate) => runtime()?.block_on(simulate::simulate(simulate)),
        Command::Query(query) => marts::hand_over("query", &query.rest),
    }
}

/// Shows the report, and gives the exit code it speaks of.
fn report(common: &Common, report: Result<RunReport, EngineError>) -> Result<u8, Failure> {
    let report = report?;
    match common.output {
        Output::Json => terminal::result(&serde_json::to_string_pretty(&report).map_err(Failure::show)?),
        Output::Human => summary::show(&report),
    }
    Ok(report.exit_code)
}

fn seams(output: Output) -> Seams {
    Seams {
        clock: Arc::new(SystemClock::start()),
        env: Arc::new(|name| std::env::var(name).ok()),
        entropy: entropy(),
        stop: Stop::default(),
        observer: Arc::new(Progress::new(output)),
    }
}

/// Random enough that two runs never meet; nothing secret hangs on it.
fn entropy() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::show)
}
