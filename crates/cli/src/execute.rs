//! From arguments to a request of the engine, and from its report to text and exit code.

use std::sync::Arc;
use std::time::Duration;

use convolake_engine::{
    BackfillRequest, CheckRequest, EngineError, Failure, FlattenRequest, MartsProgram, MissingPages,
    PipelinePlace, PlanRequest, PublishRequest, Rebuild, ReplayRequest, RunReport, RunRequest, Scratch,
    Seams, StatusRequest, UpkeepRequest, VacuumRequest, VerifyRequest,
};

use crate::arguments::{Command, Common, Output};
use crate::environment::{clock, runtime, seams};
use crate::terminal::Delivery;
use crate::{demo, init, manual, render, signals, simulate, terminal};
use jiff::SignedDuration;

/// How long a `flatten` keeps freed memory: its stages take turns with it within much less. Threads that land pages would each keep
/// what they had, so a command that lands none does this alone.
const FREED_MEMORY_KEPT: Duration = Duration::from_secs(1);

/// Runs the command, and gives its exit code.
pub(crate) fn execute(command: Command) -> Result<u8, Failure> {
    tell_pipeline(&command);
    match command {
        Command::Demo(demo) => demo::demo(&demo),
        Command::Run(run) => {
            let request = RunRequest {
                pipeline: run.target.pipeline,
                overrides: run.common.overrides()?,
                to: run.target.to,
                streams: run.target.streams,
                from: run.time_range.from,
                until: run.time_range.until,
                budget: run.limits.budget(),
                memory_bytes: run.common.memory,
                strict: run.limits.strict,
                allow_new_origin: run.limits.allow_new_origin,
            };
            pull(&run.common, |seams| convolake_engine::run(request, seams))
        }
        Command::Backfill(backfill) => {
            let request = BackfillRequest {
                pipeline: backfill.target.pipeline,
                overrides: backfill.common.overrides()?,
                to: backfill.target.to,
                streams: backfill.target.streams,
                from: backfill.from,
                until: backfill.until,
                budget: backfill.limits.budget(),
                memory_bytes: backfill.common.memory,
                strict: backfill.limits.strict,
                allow_new_origin: backfill.limits.allow_new_origin,
            };
            pull(&backfill.common, |seams| convolake_engine::backfill(request, seams))
        }
        Command::Flatten(flatten) => {
            convolake_allocator::keep_freed_memory(FREED_MEMORY_KEPT);
            let (pipeline, stream) = flatten.pipeline_and_stream()?;
            let request = FlattenRequest {
                pipeline,
                stream,
                overrides: flatten.common.overrides()?,
                files: flatten.files,
                to: flatten.to,
                memory_bytes: flatten.common.memory,
            };
            report(&flatten.common, convolake_engine::flatten(&request, &writing(&flatten.common)))
        }
        Command::Replay(replay) => {
            let request = ReplayRequest {
                pipeline: replay.pipeline,
                overrides: replay.common.overrides()?,
                to: replay.to,
                missing_pages: match replay.allow_missing {
                    true => MissingPages::KeepRows,
                    false => MissingPages::Refuse,
                },
                memory_bytes: replay.common.memory,
            };
            report(&replay.common, convolake_engine::replay(&request, &writing(&replay.common)))
        }
        Command::Verify(verify) => {
            let scratch = Scratch::default();
            let runtime = runtime()?;
            runtime.block_on(async { signals::end_after(scratch.clone()) })?;
            let request = VerifyRequest {
                scratch,
                pipelines: verify.pipelines,
                to: verify.to,
                tables_only: verify.tables_only,
                memory_bytes: verify.memory,
            };
            let report = convolake_engine::verify(&request, &seams())?;
            show_trouble(verify.output, &report, render::verify::text, report.exit_code)
        }
        Command::Upkeep(arguments) => {
            let request = UpkeepRequest {
                to: arguments.to,
                pipelines: arguments.pipelines,
                dry_run: arguments.dry_run,
            };
            let report = convolake_engine::upkeep(&request, &seams())?;
            show_trouble(arguments.output, &report, render::upkeep::text, report.exit_code)
        }
        Command::Publish(arguments) => {
            let rebuild = if arguments.rebuild { Rebuild::Yes } else { Rebuild::No };
            let request = PublishRequest { to: arguments.to, pipelines: arguments.pipelines, rebuild };
            let report = convolake_engine::publish(&request, &seams())?;
            show(arguments.output, &report, render::delta::published, report.exit_code)
        }
        Command::Vacuum(arguments) => {
            let request = VacuumRequest {
                to: arguments.to,
                kept_for: SignedDuration::from_hours(24 * i64::from(arguments.days)),
                dry_run: arguments.dry_run,
            };
            let report = convolake_engine::vacuum(&request, &seams())?;
            show(arguments.output, &report, render::delta::vacuumed, report.exit_code)
        }
        Command::Plan(arguments) => {
            let request = PlanRequest {
                pipeline: arguments.target.pipeline,
                overrides: arguments.common.overrides()?,
                to: arguments.target.to,
                streams: arguments.target.streams,
                from: arguments.time_range.from,
                until: arguments.time_range.until,
                probe: arguments.probe,
            };
            let seams = seams();
            let report = runtime()?.block_on(convolake_engine::plan(request, seams))?;
            show(arguments.common.output, &report, render::plan::text, report.exit_code)
        }
        Command::Check(arguments) => {
            let request = CheckRequest {
                pipeline: arguments.pipeline,
                overrides: arguments.common.overrides()?,
                to: arguments.to,
                streams: arguments.streams,
            };
            let seams = seams();
            let report = runtime()?.block_on(convolake_engine::check(request, seams))?;
            show(arguments.common.output, &report, render::check::text, report.exit_code)
        }
        Command::Status(arguments) => {
            let request = StatusRequest {
                to: arguments.to,
                pipeline: arguments.pipeline,
                runs: usize::from(arguments.runs),
                fail_if_older_than: arguments.fail_if_older_than,
            };
            let report = runtime()?.block_on(convolake_engine::status(request, &clock()))?;
            show(arguments.output, &report, render::status::text, report.exit_code)
        }
        Command::Completions(completions) => manual::completions(completions.shell),
        Command::Man(man) => manual::man(man.dir.as_deref()),
        Command::Init(init) => init::init(&init.dir),
        Command::Simulate(simulate) => runtime()?.block_on(simulate::simulate(simulate)),
        Command::Query(query) => hand_over("query", &query.rest),
        Command::Mart(mart) => hand_over("mart", &mart.rest),
        Command::Checks(checks) => hand_over("checks", &checks.rest),
        Command::Report(report) => hand_over("report", &report.rest),
    }
}

/// The seams of a command that writes, with who carries out what follows it.
fn writing(common: &Common) -> Seams {
    Seams { after_run: Some(Arc::new(MartsProgram { memory_bytes: common.memory })), ..seams() }
}

/// Has `convolake-marts` carry a command out.
fn hand_over(command: &str, rest: &[String]) -> Result<u8, Failure> {
    convolake_engine::hand_over(&terminal::same_voice(), command, rest)
}

/// Says where the pipeline is from that goes by the name of a built-in one.
fn tell_pipeline(command: &Command) {
    let asked = match command {
        Command::Run(run) => Some(run.target.pipeline.as_str()),
        Command::Backfill(backfill) => Some(backfill.target.pipeline.as_str()),
        Command::Plan(plan) => Some(plan.target.pipeline.as_str()),
        Command::Check(check) => Some(check.pipeline.as_str()),
        Command::Replay(replay) => Some(replay.pipeline.as_str()),
        Command::Flatten(flatten) => flatten.pipeline(),
        Command::Status(status) => status.pipeline.as_deref(),
        _ => None,
    };
    if let Some(PipelinePlace::OwnFile { path, hides_built_in: true }) = asked.map(PipelinePlace::of) {
        let path = path.display();
        terminal::line(&format!("going by the file {path}, not by the built-in pipeline of that name"));
    }
}

/// Runs a command that pulls: to its end, or until a signal comes.
fn pull<T>(common: &Common, begin: impl FnOnce(Seams) -> T) -> Result<u8, Failure>
where
    T: Future<Output = Result<RunReport, EngineError>>,
{
    let seams = writing(common);
    let ended = runtime()?.block_on(async {
        signals::forward(seams.stop.clone())?;
        Ok::<_, Failure>(begin(seams).await)
    })?;
    report(common, ended)
}

/// Shows a report on stdout, in the form asked for, and gives the exit code.
fn show<T: serde::Serialize>(
    output: Output,
    report: &T,
    text: fn(&T) -> String,
    exit_code: u8,
) -> Result<u8, Failure> {
    let delivery = match output {
        Output::Json => document(report)?,
        Output::Human => terminal::text(&text(report)),
    };
    Ok(delivery.exit_code(exit_code))
}

/// [`show`], of a command that is called for what it does: with `-q` people are told only of what is wrong.
fn show_trouble<T: serde::Serialize>(
    output: Output,
    report: &T,
    text: fn(&T) -> String,
    exit_code: u8,
) -> Result<u8, Failure> {
    match output == Output::Human && exit_code == 0 && terminal::is_quiet() {
        true => Ok(exit_code),
        false => show(output, report, text, exit_code),
    }
}

/// Shows the report of a run (as text on stderr, as JSON on stdout), and gives its exit code.
fn report(common: &Common, report: Result<RunReport, EngineError>) -> Result<u8, Failure> {
    let report = report?;
    let delivery = match common.output {
        Output::Json => document(&report)?,
        Output::Human => {
            render::run::show(&report);
            Delivery::Delivered
        }
    };
    render::run::tell_machines(&report);
    Ok(delivery.exit_code(report.exit_code))
}

fn document(report: &impl serde::Serialize) -> Result<Delivery, Failure> {
    Ok(terminal::result(&serde_json::to_string_pretty(report).map_err(Failure::other)?))
}
