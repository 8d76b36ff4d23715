//! Which conversations a habit concerns.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::store::Shelf;

/// A choice of conversations, made once, when the habit is switched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Every one, later ones included.
    All,
    /// None.
    None,
    /// So many of the newest of the leading view (convocore's list, AgentX's conversations).
    Newest(usize),
    /// Every so-manieth of the leading view, counted from its newest.
    Every(usize),
    /// Those with these ids.
    Conversations(Vec<String>),
}

impl Which {
    pub(super) fn newest_one() -> Self {
        Self::Newest(1)
    }

    pub(super) fn all() -> Self {
        Self::All
    }

    pub(super) fn none() -> Self {
        Self::None
    }

    /// The choice, `leading` being the shelf of the leading view.
    pub(super) fn chosen(&self, leading: &Shelf) -> Chosen {
        match self {
            Self::All => Chosen::All,
            Self::None => Chosen::default(),
            Self::Newest(count) => Chosen::Some(leading.conversations().into_iter().take(*count).collect()),
            Self::Every(step) => {
                Chosen::Some(leading.conversations().into_iter().step_by((*step).max(1)).collect())
            }
            Self::Conversations(ids) => Chosen::Some(ids.iter().map(|id| id.as_str().into()).collect()),
        }
    }
}

/// The ids that were chosen.
#[derive(Debug, Clone)]
pub(super) enum Chosen {
    All,
    Some(HashSet<Arc<str>>),
}

impl Default for Chosen {
    fn default() -> Self {
        Self::Some(HashSet::new())
    }
}

impl Chosen {
    pub(super) fn contains(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(ids) => ids.contains(id),
        }
    }

    /// One record of each chosen conversation: the first in served order.
    pub(super) fn first_records(&self, shelf: &Shelf) -> Self {
        let Self::Some(ids) = self else { return Self::All };
        let first = |id: &Arc<str>| shelf.of_conversation(id).first();
        Self::Some(ids.iter().filter_map(first).map(|&at| Arc::clone(&shelf.records()[at].key)).collect())
    }

    /// The ids in order; `None` for all.
    pub(super) fn ids(&self) -> Option<Vec<String>> {
        let Self::Some(ids) = self else { return None };
        let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        ids.sort_unstable();
        Some(ids)
    }
}
