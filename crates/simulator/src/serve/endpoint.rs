use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::admission::admit;
use super::answer::{Page, Refusal};
use super::misbehave::{instead_of_answer, rendered};
use super::query::Params;
use super::wire::Wire;
use super::world::World;
use super::{agentx, convocore};
use crate::fault::FaultKind;
use crate::stream::Stream;

/// What a fault changes in how a page is chosen.
#[derive(Debug, Clone, Default)]
pub(super) struct Twist {
    pub(super) same_page: bool,
    pub(super) repeat_cursor: Option<usize>,
    /// The conversation whose records are left out.
    pub(super) without: Option<String>,
    /// The conversation that is exported without its turns.
    pub(super) without_turns: Option<String>,
}

/// Answers one request to an endpoint and writes it into the ledger.
pub(super) async fn answer(
    world: Arc<World>,
    wire: Wire,
    stream: Stream,
    agent_id: Option<String>,
    request: Request,
) -> Response {
    let uri = request.uri();
    let query = redacted(&world, uri);
    let (entry, arrived) = world.ledger.arrive(Some(stream), uri.path(), query.clone());
    // Counted when it arrives, not when its turn to be answered comes.
    let admission = admit(&world, stream, request.headers(), arrived);
    tokio::time::sleep(world.config.latency).await;

    if let Err(refusal) = admission {
        let response = refusal.into_response(stream);
        world.ledger.answered(entry, response.status().as_u16(), None, &[]);
        return response;
    }
    let fault = world.faults.next(stream, &query);
    let name = fault.as_ref().map(FaultKind::name);
    if let Some(FaultKind::Delay { ms }) = fault {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if let Some(response) = fault.as_ref().and_then(instead_of_answer) {
        world.ledger.answered(entry, response.status().as_u16(), name, &[]);
        return response;
    }
    if matches!(fault, Some(FaultKind::Reset)) {
        world.ledger.answered(entry, 0, name, &[]);
        wire.cut();
        return StatusCode::OK.into_response();
    }

    let mut twist = Twist::default();
    match &fault {
        Some(FaultKind::SamePage) => twist.same_page = true,
        Some(FaultKind::RepeatCursor { back }) => twist.repeat_cursor = Some(*back),
        Some(FaultKind::LeaveOut { conversation }) => twist.without = Some(conversation.clone()),
        Some(FaultKind::LeaveOutTurns { conversation }) => twist.without_turns = Some(conversation.clone()),
        _ => {}
    }
    match page(&world, stream, agent_id.as_deref(), uri, twist) {
        Ok(page) => {
            let (response, is_whole) = rendered(&page, fault);
            let keys = if is_whole { page.keys() } else { Vec::new() };
            world.ledger.answered(entry, response.status().as_u16(), name, &keys);
            response
        }
        Err(refusal) => {
            let response = refusal.into_response(stream);
            world.ledger.answered(entry, response.status().as_u16(), name, &[]);
            response
        }
    }
}

fn page(
    world: &World,
    stream: Stream,
    agent_id: Option<&str>,
    uri: &Uri,
    twist: Twist,
) -> Result<Page, Refusal> {
    if let (Some(known), Some(asked)) = (&world.config.agent_id, agent_id)
        && known != asked
    {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Agent not found"));
    }
    let params = Params::of(uri)?;
    match stream {
        Stream::AgentxConversations | Stream::AgentxMessages => agentx::page(world, stream, &params, twist),
        Stream::ConvocoreList => convocore::list(world, &params, twist),
        Stream::ConvocoreExport => convocore::export(world, &params, twist),
    }
}

/// The query without a key that somebody may have put there.
fn redacted(world: &World, uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    [&world.config.agentx_api_key, &world.config.convocore_api_key]
        .into_iter()
        .filter(|key| !key.is_empty())
        .fold(query.to_owned(), |query, key| query.replace(key.as_str(), "***"))
}
