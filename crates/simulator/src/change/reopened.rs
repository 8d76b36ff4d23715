//! Old conversations are answered again.

use super::edit::Edit;
use super::request::{Changed, ReopenRequest};
use super::{agentx, convocore};
use crate::generate::Rng;
use crate::store::{Shelf, Store};
use crate::stream::Stream;

/// The lane of random numbers that says which conversations are answered again.
const REOPENED: u64 = 3;

/// Changes the store. Records of an odd shape, where counts could not be kept consistent, are passed over.
pub(crate) fn reopen(store: &mut Store, request: &ReopenRequest, at: i64) -> Changed {
    let mut rng = Rng::new(request.seed, REOPENED);
    let edit = Edit { at, messages: request.messages, tags: request.tags.as_deref() };
    let most = if request.conversations.is_empty() { request.count } else { usize::MAX };
    let old = candidates(store.shelf(Stream::ConvocoreExport), request, at, &mut rng);
    let convocore = convocore::go_on(store, old, most, edit);
    let old = candidates(store.shelf(Stream::AgentxConversations), request, at, &mut rng);
    let agentx = agentx::go_on(store, old, most, edit);
    Changed { at, convocore, agentx }
}

/// Positions of the conversations that may be answered again, in the order in which they are tried.
fn candidates(shelf: &Shelf, request: &ReopenRequest, at: i64, rng: &mut Rng) -> Vec<usize> {
    if !request.conversations.is_empty() {
        return request.conversations.iter().flat_map(|id| shelf.of_conversation(id)).copied().collect();
    }
    let latest = super::edit::seconds(at.saturating_sub(request.quiet_s));
    let is_old = |position: &usize| shelf.records()[*position].at <= latest;
    let mut positions: Vec<usize> = (0..shelf.records().len()).filter(is_old).collect();
    for last in (1..positions.len()).rev() {
        positions.swap(last, rng.below(last + 1));
    }
    positions
}
