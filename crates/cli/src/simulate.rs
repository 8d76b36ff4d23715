use std::time::Duration;

use convolake_engine::Outcome;
use convolake_simulator::{Corpus, RateLimit, Simulator, SimulatorConfig, SimulatorError, write_pages};

use crate::arguments::Simulate;
use crate::failure::Failure;
use crate::terminal;

/// Serves the export APIs until interrupted.
pub(crate) async fn simulate(arguments: Simulate) -> Result<u8, Failure> {
    let corpus = match arguments.corpus {
        Some(folder) => Corpus::Folder(folder),
        None => Corpus::generated(arguments.seed, arguments.conversations),
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
    let (agentx_key, convocore_key) = (config.agentx_api_key.clone(), config.convocore_api_key.clone());
    let running = Simulator::start(config).await.map_err(refused)?;
    terminal::result(&format!("listening on {}", running.base_url()));
    terminal::line(&format!(
        "the keys are AGENTX_API_KEY={agentx_key} and CONVOCORE_API_KEY={convocore_key};"
    ));
    terminal::line("the ids are params.bot_name=demo-bot and params.agent_id=demo-agent; Ctrl-C ends it");
    tokio::signal::ctrl_c().await.map_err(Failure::show)?;
    running.shutdown().await;
    Ok(0)
}

pub(crate) fn refused(error: SimulatorError) -> Failure {
    Failure::Other { message: error.to_string(), hint: None, outcome: Outcome::Failed }
}
