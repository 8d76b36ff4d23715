use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::USER_AGENT;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::admission::admit;
use super::answer::{Page, Refusal};
use super::misbehave::{instead_of_answer, rendered};
use super::query::Params;
use super::wire::Wire;
use super::world::World;
use super::{agentx, convocore};
use crate::change::ChangeRequest;
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
    pub(super) is_empty: bool,
    pub(super) end: End,
    /// Windows are rounded down to so many seconds.
    pub(super) round_s: Option<i64>,
    pub(super) ignores_window: bool,
}

/// What a page says of what stands behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum End {
    /// What is so.
    #[default]
    True,
    /// That nothing does.
    False,
    /// That something does, but not where.
    Unnamed,
}

impl Twist {
    fn of(fault: Option<&FaultKind>) -> Self {
        let none = Self::default();
        match fault {
            Some(FaultKind::SamePage) => Self { same_page: true, ..none },
            Some(FaultKind::RepeatCursor { back }) => Self { repeat_cursor: Some(*back), ..none },
            Some(FaultKind::EmptyPage) => Self { is_empty: true, ..none },
            Some(FaultKind::NoWayOn) => Self { end: End::Unnamed, ..none },
            Some(FaultKind::FalseEnd) => Self { end: End::False, ..none },
            Some(FaultKind::IgnoresWindow) => Self { ignores_window: true, ..none },
            Some(FaultKind::RoundsWindow { to_s }) => Self { round_s: Some(*to_s), ..none },
            Some(FaultKind::LeaveOut { conversation }) => {
                Self { without: Some(conversation.clone()), ..none }
            }
            Some(FaultKind::LeaveOutTurns { conversation }) => {
                Self { without_turns: Some(conversation.clone()), ..none }
            }
            _ => none,
        }
    }
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
    let user_agent = request.headers().get(USER_AGENT).and_then(|name| Some(name.to_str().ok()?.to_owned()));
    let (entry, arrived) = world.ledger.arrive(Some(stream), uri.path(), query.clone(), user_agent);
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
    if silences(fault.as_ref(), &wire) {
        world.ledger.answered(entry, 0, name, &[]);
        return StatusCode::OK.into_response();
    }
    match fault {
        Some(FaultKind::Drip { bytes, ms }) => wire.drip(bytes, Duration::from_millis(ms)),
        Some(FaultKind::Gone { newest }) => world.lose(stream, newest),
        Some(FaultKind::Change { percent }) => {
            world.change(ChangeRequest { percent, seed: 1, at: None });
        }
        _ => {}
    }
    let twist = Twist::of(fault.as_ref());
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

/// True where the connection is told to give no answer.
fn silences(fault: Option<&FaultKind>, wire: &Wire) -> bool {
    match fault {
        Some(FaultKind::Reset) => wire.cut(),
        Some(FaultKind::HangUp) => wire.hang_up(),
        Some(FaultKind::Mute) => wire.mute(),
        _ => return false,
    }
    true
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
