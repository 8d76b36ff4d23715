//! What a request asks for, and the data it is answered from.

use axum::http::Uri;

use super::query::Params;
use super::world::World;
use crate::habits::Asked;
use crate::store::Shelf;
use crate::stream::Stream;

/// A request beside the records that it may see.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) shelf: &'a Shelf,
    pub(super) params: &'a Params,
    /// The conversations asked for by id, by the ids that the shelf knows.
    pub(super) conversations: Vec<String>,
    /// The most records of a page.
    pub(super) cap: Option<usize>,
}

impl View<'_> {
    /// A page size as it is kept to.
    pub(super) fn capped(&self, size: usize) -> usize {
        self.cap.map_or(size, |cap| size.min(cap.max(1)))
    }
}

/// The conversations that a request names.
pub(super) fn named_conversations(stream: Stream, params: &Params) -> Vec<String> {
    let split = |ids: &str| ids.split(',').map(|id| id.trim().to_owned()).collect::<Vec<_>>();
    let ids = match stream {
        Stream::ConvocoreExport => params.text("convo_ids").map(split),
        Stream::AgentxMessages => params.text("conversation_id").map(|id| vec![id.to_owned()]),
        Stream::AgentxConversations | Stream::ConvocoreList => None,
    };
    ids.unwrap_or_default().into_iter().filter(|id| !id.is_empty()).collect()
}

/// The request as habits look at it.
pub(super) fn asked<'a>(
    world: &World,
    stream: Stream,
    uri: &Uri,
    params: &'a Params,
    conversations: &'a [String],
) -> Asked<'a> {
    let number = |name| params.text(name).and_then(|value| value.parse::<i64>().ok());
    let size = match stream {
        Stream::AgentxConversations | Stream::AgentxMessages => "per_page",
        Stream::ConvocoreList | Stream::ConvocoreExport => "limit",
    };
    Asked {
        url_bytes: uri.path_and_query().map_or(0, |text| text.as_str().len()),
        cursor: params.text("cursor").filter(|cursor| !cursor.is_empty()),
        page_size: params.text(size).and_then(|value| value.parse().ok()),
        window: number("start_time").zip(number("end_time")),
        conversations,
        now: world.ledger.now(),
        wall_s: world.wall_s(),
    }
}
