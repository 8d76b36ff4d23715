//! The `convolake` binary: arguments, progress, messages. No logic of its own.

mod arguments;
mod check;
mod demo;
mod failure;
mod init;
mod layout;
mod marts;
mod plan;
mod signals;
mod progress;
mod simulate;
mod status;
mod summary;
mod terminal;
mod verification;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use convolake_engine::{
    BackfillRequest, CheckRequest, EngineError, FlattenRequest, PlanRequest, ReplayRequest, RunReport,
    RunRequest, Seams, StatusRequest, Stop, SystemClock, VerifyRequest,
};

use arguments::{Arguments, Command, Common, Output};
use failure::Failure;
use progress::Progress;

/// The system's allocator keeps much of what is freed: a merge of 2 GB of pages took 275 MiB with it, and takes 199 with this one. Huge
/// pages are left to the system (`no_thp`): with them memory that is free counts as used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
                pipeline: run.way.pipeline,
                overrides: run.common.overrides()?,
                to: run.way.to,
                streams: run.way.streams,
                from: run.time.from,
                until: run.time.until,
                budget: run.terms.budget(),
                memory_bytes: run.common.memory,
                strict: run.terms.strict,
                allow_new_origin: run.terms.allow_new_origin,
            };
            pull(&run.common, |seams| convolake_engine::run(request, seams))
        }
        Command::Backfill(backfill) => {
            let request = BackfillRequest {
                pipeline: backfill.way.pipeline,
                overrides: backfill.common.overrides()?,
                to: backfill.way.to,
                streams: backfill.way.streams,
                from: backfill.from,
                until: backfill.until,
                budget: backfill.terms.budget(),
                memory_bytes: backfill.common.memory,
                strict: backfill.terms.strict,
                allow_new_origin: backfill.terms.allow_new_origin,
            };
            pull(&backfill.common, |seams| convolake_engine::backfill(request, seams))
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
            show(verify.output, &report, verification::text, report.exit_code)
        }
        Command::Plan(arguments) => {
            let request = PlanRequest {
                pipeline: arguments.way.pipeline,
                overrides: arguments.common.overrides()?,
                to: arguments.way.to,
                streams: arguments.way.streams,
                from: arguments.time.from,
                until: arguments.time.until,
                probe: arguments.probe,
            };
            let seams = seams(arguments.common.output);
            let report = runtime()?.block_on(convolake_engine::plan(request, seams))?;
            show(arguments.common.output, &report, plan::text, report.exit_code)
        }
        Command::Check(arguments) => {
            let request = CheckRequest {
                pipeline: arguments.pipeline,
                overrides: arguments.common.overrides()?,
                to: arguments.to,
                streams: arguments.streams,
            };
            let seams = seams(arguments.common.output);
            let report = runtime()?.block_on(convolake_engine::check(request, seams))?;
            show(arguments.common.output, &report, check::text, report.exit_code)
        }
        Command::Status(arguments) => {
            let request = StatusRequest {
                to: arguments.to,
                pipeline: arguments.pipeline,
                runs: usize::from(arguments.runs),
            };
            let clock = SystemClock::start();
            let report = runtime()?.block_on(convolake_engine::status(request, &clock))?;
            show(arguments.output, &report, status::text, 0)
        }
        Command::Completions(completions) => {
            let mut script = Vec::new();
            clap_complete::generate(completions.shell, &mut Arguments::command(), "convolake", &mut script);
            terminal::result(String::from_utf8_lossy(&script).trim_end());
            Ok(0)
        }
        Command::Init(init) => init::init(&init.dir),
        Command::Simulate(simulate) => runtime()?.block_on(simulate::simulate(simulate)),
        Command::Query(query) => marts::hand_over("query", &query.rest),
    }
}

/// Pulls until it is through, or a signal comes.
fn pull<T>(common: &Common, begin: impl FnOnce(Seams) -> T) -> Result<u8, Failure>
where
    T: Future<Output = Result<RunReport, EngineError>>,
{
    let seams = seams(common.output);
    let ended = runtime()?.block_on(async {
        signals::heed(seams.stop.clone())?;
        Ok::<_, Failure>(begin(seams).await)
    })?;
    report(common, ended)
}

/// Shows what was asked for, on stdout, and gives the exit code back.
fn show<T: serde::Serialize>(
    output: Output,
    report: &T,
    text: fn(&T) -> String,
    exit_code: u8,
) -> Result<u8, Failure> {
    terminal::result(&match output {
        Output::Json => serde_json::to_string_pretty(report).map_err(Failure::show)?,
        Output::Human => text(report),
    });
    Ok(exit_code)
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
