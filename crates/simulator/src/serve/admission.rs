use std::sync::PoisonError;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};

use super::answer::Refusal;
use super::world::World;
use crate::stream::Stream;

/// Lets a request in that carries the right key and is within the limit.
pub(super) fn admit(
    world: &World,
    stream: Stream,
    headers: &HeaderMap,
    arrived: Duration,
) -> Result<(), Refusal> {
    if !has_key(world, stream, headers) {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized: API key missing or not valid"));
    }
    world.in_force(stream).admit(arrived, world.wall_s())?;
    let Some(limit) = world.rate(stream) else {
        return Ok(());
    };
    let mut limiter = world.limiters[stream.index()].lock().unwrap_or_else(PoisonError::into_inner);
    limiter.admit(limit, arrived).map_err(|wait| {
        let wait_s = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Refusal::too_many(limit.retry_after.then_some(wait_s.max(1)))
    })
}

fn has_key(world: &World, stream: Stream, headers: &HeaderMap) -> bool {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match stream {
        Stream::AgentxConversations | Stream::AgentxMessages => {
            header("x-api-key") == Some(world.config.agentx_api_key.as_str())
        }
        Stream::ConvocoreList | Stream::ConvocoreExport => header(header::AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .is_some_and(|(scheme, token)| {
                scheme.eq_ignore_ascii_case("bearer") && token == world.config.convocore_api_key
            }),
    }
}
