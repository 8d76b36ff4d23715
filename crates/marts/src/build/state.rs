//! What is kept of a build for the next one.

use std::collections::{BTreeMap, BTreeSet};

use convolake_model::Mart;
use serde::{Deserialize, Serialize};

/// A month, as in `2025-04`, or an empty text for what has none.
pub(super) type Month = String;

/// What derived tables were made of. It stands in the commit of theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BuildState {
    /// The SHA-256 of all that is not rows: what words mean, the zone, the definitions. Where it is another, all is made anew.
    pub(super) digest: String,
    /// The tables that are built.
    pub(super) marts: BTreeSet<Mart>,
    /// The SHA-256 of each file that was read, by its name within the lake.
    pub(super) inputs: BTreeMap<String, String>,
    /// By table and month of its files, the months of the conversations that have rows there.
    pub(super) reach: Reach,
    /// What each month's conversations were made at.
    pub(super) months: BTreeMap<Month, MonthState>,
}

/// By table and month of its files, the months of the conversations that have rows there, or more.
pub(super) type Reach = BTreeMap<String, BTreeMap<Month, BTreeSet<Month>>>;

/// What is known of the conversations of a month, once they are built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MonthState {
    /// Up to when what is open counted, in microseconds.
    pub(super) as_of: i64,
    /// From when on time alone changes nothing of them, in microseconds; `None` where it never does.
    pub(super) settles_at: Option<i64>,
    /// The months of the days that they count on.
    pub(super) days: BTreeSet<Month>,
}

impl BuildState {
    /// The state of a commit; an empty one before the first, or where it is of another form.
    pub(super) fn read(state: Option<&serde_json::Value>) -> Self {
        state.and_then(|state| Self::deserialize(state).ok()).unwrap_or_default()
    }
}
