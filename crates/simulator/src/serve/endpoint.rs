use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, USER_AGENT};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::admission::admit;
use super::answer::Refusal;
use super::misbehave::{Uncompressed, instead_of_answer, rendered};
use super::query::Params;
use super::view::{View, asked, named_conversations};
use super::wire::Wire;
use super::world::World;
use super::{agentx, convocore};
use crate::change::ChangeRequest;
use crate::fault::FaultKind;
use crate::habits::ContentEncoding;
use crate::ledger::Answered;
use crate::page::Page;
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
        return refused(&world, entry, stream, None, refusal);
    }
    let fault = world.faults.next(stream, &query);
    let name = fault.as_ref().map(FaultKind::name);
    if let Some(FaultKind::Delay { ms }) = fault {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
    if let Some(response) = fault.as_ref().and_then(instead_of_answer) {
        world.ledger.answered(entry, Answered::without_page(response.status().as_u16(), name));
        return response;
    }
    if silences(fault.as_ref(), &wire) {
        world.ledger.answered(entry, Answered::without_page(0, name));
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
        Ok(Given { page, habits, content_encoding }) => {
            let keys = page.keys();
            let (mut response, is_whole) = rendered(page, fault);
            if let Some(ContentEncoding(value)) = content_encoding
                && let Ok(value) = HeaderValue::try_from(value)
            {
                response.headers_mut().insert(CONTENT_ENCODING, value);
                response.extensions_mut().insert(Uncompressed);
            }
            let keys = if is_whole { keys } else { Vec::new() };
            world
                .ledger
                .answered(entry, Answered { status: response.status().as_u16(), fault: name, habits, keys });
            response
        }
        Err(refusal) => refused(&world, entry, stream, name, refusal),
    }
}

/// Answers with a refusal and writes it into the ledger.
fn refused(
    world: &World,
    entry: usize,
    stream: Stream,
    fault: Option<&'static str>,
    refusal: Refusal,
) -> Response {
    let habits = refusal.habit().into_iter().collect();
    let response = refusal.into_response(stream);
    let status = response.status().as_u16();
    world.ledger.answered(entry, Answered { status, fault, habits, keys: Vec::new() });
    response
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

/// A page, and what habits had to do with it.
struct Given {
    page: Page,
    habits: Vec<&'static str>,
    content_encoding: Option<ContentEncoding>,
}

fn page(
    world: &World,
    stream: Stream,
    agent_id: Option<&str>,
    uri: &Uri,
    twist: Twist,
) -> Result<Given, Refusal> {
    if let (Some(known), Some(asked)) = (&world.config.agent_id, agent_id)
        && known != asked
    {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "Agent not found"));
    }
    let params = Params::of(uri)?;
    let store = world.store();
    let present = store.shelf(stream);
    // Held until the page is made, so that what habits count and what they show belong to one request.
    let mut in_force = world.in_force(stream);
    let conversations = in_force.resolved(named_conversations(stream, &params), present);
    let asked = asked(world, stream, uri, &params, &conversations);
    in_force.check(&asked)?;
    let (cursor, now, wall_s) = (asked.cursor, asked.now, asked.wall_s);
    let (shown, mut habits) = in_force.view(present, now);
    let view = View {
        shelf: shown.as_deref().unwrap_or(present),
        params: &params,
        conversations: conversations.clone(),
        cap: world.config.page_cap.into_iter().chain(in_force.page_cap()).min(),
    };
    let mut page = match stream {
        Stream::AgentxConversations | Stream::AgentxMessages => agentx::page(world, stream, &view, twist),
        Stream::ConvocoreList => convocore::list(world, &view, twist),
        Stream::ConvocoreExport => convocore::export(&view, twist),
    }?;
    habits.extend(in_force.reshape(&mut page, uri.query().unwrap_or_default(), wall_s)?);
    if let Some(next) = page.given_cursor() {
        in_force.give_cursor(cursor, next, now);
    }
    Ok(Given { page, habits, content_encoding: in_force.content_encoding() })
}

/// The query without a key that somebody may have put there.
fn redacted(world: &World, uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default();
    [&world.config.agentx_api_key, &world.config.convocore_api_key]
        .into_iter()
        .filter(|key| !key.is_empty())
        .fold(query.to_owned(), |query, key| query.replace(key.as_str(), "***"))
}
