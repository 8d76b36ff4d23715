//! `convolake simulate`: the export APIs on loopback, or their pages as files.

use std::time::Duration;

use convolake_engine::{Outcome, builtin_pipelines, with_causes};
use convolake_simulator::{
    Corpus, Generator, HabitPlan, RateLimit, Simulator, SimulatorConfig, SimulatorError, client_settings,
    write_pages,
};

use crate::arguments::Simulate;
use crate::terminal;
use convolake_engine::Failure;

const HABIT_HINT: &str = "write ENDPOINT.HABIT.FIELD=VALUE, as in convocore_export.lag.requests=5; the endpoints are \
    agentx_conversations, agentx_messages, convocore_list, convocore_export, and * for all";

/// Serves the export APIs until interrupted.
pub(crate) async fn simulate(arguments: Simulate) -> Result<u8, Failure> {
    let corpus = match arguments.corpus {
        Some(folder) => Corpus::Folder(folder),
        None => Corpus::Generated(Generator {
            sentences: arguments.sentences,
            ..Generator::new(arguments.seed, arguments.conversations)
        }),
    };
    if let Some(folder) = arguments.pages_to {
        write_pages(&folder, &corpus).map_err(refused)?;
        terminal::line(&format!("wrote page files to {}", folder.display()));
        return Ok(0);
    }
    let mut config = SimulatorConfig::new(corpus);
    config.port = arguments.port;
    config.habits = habits(&arguments.habits)?;
    config.latency = Duration::from_millis(arguments.latency_ms);
    if let Some(rate) = arguments.agentx_rate {
        config.agentx_rate = Some(RateLimit::per_second(rate));
    }
    let running = Simulator::start(config).await.map_err(refused)?;
    // Who waits for this line may have stopped reading behind it.
    let _: terminal::Delivery = terminal::text(&format!("listening on {}", running.base_url()));
    terminal::line(&format!("every key is `{}`; a client sets, for", SimulatorConfig::KEY));
    for pipeline in builtin_pipelines() {
        terminal::line(&format!("  {pipeline:10} {}", client_settings(pipeline).join(" ")));
    }
    terminal::line("Ctrl-C ends it");
    tokio::signal::ctrl_c().await.map_err(Failure::other)?;
    running.shutdown().await;
    Ok(0)
}

/// The habits that the command line sets, one after the other.
fn habits(settings: &[String]) -> Result<HabitPlan, Failure> {
    settings.iter().try_fold(HabitPlan::default(), |plan, setting| {
        plan.set(setting).map_err(|error| Failure::Other {
            message: format!("--habit {setting}: {}", with_causes(&error, ": ")),
            hint: Some(HABIT_HINT.to_owned()),
            outcome: Outcome::Misconfigured,
        })
    })
}

pub(crate) fn refused(error: SimulatorError) -> Failure {
    let hint = match &error {
        SimulatorError::Bind { .. } => Some("choose another port with --port, or 0 for a free one"),
        SimulatorError::NoFolder { .. } | SimulatorError::NoPages { .. } => Some(
            "`convolake simulate --pages-to DIR` writes such a folder (a corpus file may end in .zst, too)",
        ),
        SimulatorError::WritePages { .. } => Some("give --pages-to a folder that can be written to"),
        _ => None,
    };
    Failure::Other {
        message: with_causes(&error, ": "),
        hint: hint.map(str::to_owned),
        outcome: Outcome::Failed,
    }
}
