//! A share of all conversations goes on.

use std::collections::HashSet;

use super::edit::Edit;
use super::request::{ChangeRequest, Changed};
use super::{agentx, convocore};
use crate::generate::Rng;
use crate::store::Store;
use crate::stream::Stream;

/// The lane of random numbers that says which conversations change.
const CHANGES: u64 = 1;

/// Changes the store. Records of an odd shape, where counts could not be kept consistent, are left alone.
pub(crate) fn change(store: &mut Store, request: ChangeRequest, at: i64) -> Changed {
    let mut rng = Rng::new(request.seed, CHANGES);
    let edit = Edit { at, messages: 1, tags: None };
    let exported = store.shelf(Stream::ConvocoreExport).records().len();
    let convocore = convocore::go_on(store, chosen(exported, request.percent, &mut rng), usize::MAX, edit);
    let listed = store.shelf(Stream::AgentxConversations).records().len();
    let agentx = agentx::go_on(store, chosen(listed, request.percent, &mut rng), usize::MAX, edit);
    Changed { at, convocore, agentx }
}

/// Positions of the chosen share, each once.
fn chosen(len: usize, percent: f64, rng: &mut Rng) -> HashSet<usize> {
    let mut positions = HashSet::new();
    if len == 0 || percent <= 0.0 {
        return positions;
    }
    for position in 0..len {
        if rng.chance(percent / 100.0) {
            positions.insert(position);
        }
    }
    if positions.is_empty() {
        positions.insert(rng.below(len));
    }
    positions
}
