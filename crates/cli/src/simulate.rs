//! `convolake simulate`: the export APIs on loopback, or their pages as files.

use std::time::Duration;

use convolake_engine::{Outcome, builtin_pipelines};
use convolake_simulator::{
    Corpus, Generator, RateLimit, Simulator, SimulatorConfig, SimulatorError, client_settings, write_pages,
};

use crate::arguments::Simulate;
use crate::failure::Failure;
use crate::terminal;

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
    config.latency = Duration::from_millis(arguments.latency_ms);
    if let Some(rate) = arguments.agentx_rate {
        config.agentx_rate = Some(RateLimit::per_second(rate));
    }
    let running = Simulator::start(config).await.map_err(refused)?;
    terminal::result(&format!("listening on {}", running.base_url()));
    terminal::line(&format!("every key is `{}`; a client sets, for", SimulatorConfig::KEY));
    for pipeline in builtin_pipelines() {
        terminal::line(&format!("  {pipeline:10} {}", client_settings(pipeline).join(" ")));
    }
    terminal::line("Ctrl-C ends it");
    tokio::signal::ctrl_c().await.map_err(Failure::other)?;
    running.shutdown().await;
    Ok(0)
}

pub(crate) fn refused(error: SimulatorError) -> Failure {
    Failure::Other { message: error.to_string(), hint: None, outcome: Outcome::Failed }
}
