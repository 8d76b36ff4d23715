//! `convolake demo`: every built-in pipeline against a simulator.

use std::sync::Arc;
use std::time::Instant;

use convolake_engine::{
    Budget, Lake, Location, Override, RunRequest, Seams, Stop, SystemClock, builtin_pipelines,
};
use convolake_simulator::{Corpus, Simulator, SimulatorConfig, client_settings};

use crate::arguments::Demo;
use crate::environment::{entropy, runtime};
use crate::progress::Progress;
use crate::render::{bytes, number};
use crate::{render, simulate, terminal};
use convolake_engine::Failure;

const CONVERSATIONS_PER_SCALE: u64 = 500;
const SEED: u64 = 20_241_201;
const MEMORY_BYTES: u64 = 256_000_000;

/// Runs every built-in pipeline into a local lake, and gives the worst exit code.
pub(crate) fn demo(arguments: &Demo) -> Result<u8, Failure> {
    let started = Instant::now();
    let to = arguments.dir.display().to_string();
    let conversations = u64::from(arguments.scale).saturating_mul(CONVERSATIONS_PER_SCALE);
    let runtime = runtime()?;
    let config = SimulatorConfig::new(Corpus::generated(SEED, conversations));
    let simulator = runtime.block_on(Simulator::start(config)).map_err(simulate::refused)?;
    terminal::line(&format!(
        "a simulator serves {} conversations of each source at {}",
        number(conversations),
        simulator.base_url()
    ));
    let mut worst = 0;
    for pipeline in builtin_pipelines() {
        terminal::line(&format!("\nconvolake run {pipeline} --to {to}"));
        let request = RunRequest {
            pipeline: pipeline.to_owned(),
            overrides: overrides(pipeline, &simulator.base_url())?,
            to: to.clone(),
            streams: Vec::new(),
            from: None,
            until: None,
            budget: Budget::default(),
            memory_bytes: MEMORY_BYTES,
            strict: false,
            // Each demo's simulator has a port of its own.
            allow_new_origin: true,
        };
        let seams = Seams {
            clock: Arc::new(SystemClock::start()),
            env: Arc::new(|_| Some(SimulatorConfig::KEY.to_owned())),
            entropy: entropy(),
            stop: Stop::default(),
            observer: Arc::new(Progress::new()),
            after_run: None,
        };
        let report = runtime.block_on(convolake_engine::run(request, seams))?;
        render::run::show(&report);
        worst = worst.max(report.exit_code);
    }
    runtime.block_on(simulator.shutdown());
    show_tables(&to, started)?;
    Ok(worst)
}

fn overrides(pipeline: &str, base_url: &str) -> Result<Vec<Override>, Failure> {
    let settings = client_settings(pipeline).iter().map(|setting| setting.parse().map_err(Failure::other));
    std::iter::once(Ok(Override::new(&["base_url"], base_url))).chain(settings).collect()
}

/// Shows what was written and where, and commands that query it.
fn show_tables(to: &str, started: Instant) -> Result<(), Failure> {
    let lake = Lake::open(&Location::parse(to).map_err(Failure::other)?).map_err(Failure::other)?;
    terminal::line("");
    for pipeline in builtin_pipelines() {
        for (table, totals) in lake.totals(pipeline).map_err(Failure::other)? {
            terminal::line(&format!(
                "{pipeline:10} {table:14} {:>10} rows {:>10} in {} files",
                number(totals.rows),
                bytes(totals.bytes),
                number(totals.files),
            ));
        }
    }
    let root = lake.folder().unwrap_or(to.as_ref()).display().to_string();
    terminal::line(&format!(
        "\n{root} was filled in {:.1} s. To look at it:\n",
        started.elapsed().as_secs_f64()
    ));
    let quoted = root.replace('\'', "''");
    terminal::line(&format!(
        "  duckdb -c \"SELECT source, role, count(*) AS messages FROM read_parquet('{quoted}/messages/**/*.parquet', \
         hive_partitioning = true) GROUP BY ALL ORDER BY ALL\"\n"
    ));
    terminal::line(&format!(
        "  duckdb -c \"SELECT date, count(*) AS conversations, avg(messages_declared) AS messages_each FROM \
         read_parquet('{quoted}/conversations/**/*.parquet', hive_partitioning = true) GROUP BY date ORDER BY date LIMIT 10\"\n"
    ));
    terminal::line(&format!(
        "  pyspark> spark.read.parquet('{quoted}/messages').groupBy('source', 'role').count().show()"
    ));
    Ok(())
}
