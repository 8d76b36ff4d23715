//! What becomes of a conversation that goes on.

use std::sync::Arc;

use crate::json_edit::RawObject;

/// The human's words.
pub(super) const SAID: &str = "One more thing, please 🙏";

/// How conversations go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit<'a> {
    /// When the first message comes, in Unix seconds.
    pub(super) at: i64,
    /// How many come, one a second.
    pub(super) messages: u32,
    /// Their tags from then on, where they change.
    pub(super) tags: Option<&'a [String]>,
}

impl Edit<'_> {
    /// When each message comes.
    pub(super) fn times(&self) -> impl Iterator<Item = i64> + use<> {
        self.at..self.at + i64::from(self.messages)
    }

    /// When the last message comes.
    pub(super) fn last(&self) -> i64 {
        self.times().last().unwrap_or(self.at)
    }

    /// Gives an object the tags, whether or not it has some.
    pub(super) fn set_tags(&self, object: &mut RawObject<'_>) {
        if let Some(tags) = self.tags {
            let tags = serde_json::Value::from(tags.to_vec()).to_string();
            object.set("tags", Some(&tags));
        }
    }
}

pub(super) fn sorted_names(keys: impl Iterator<Item = Arc<str>>) -> Vec<String> {
    let mut names: Vec<String> = keys.map(|key| key.to_string()).collect();
    names.sort_unstable();
    names
}

#[expect(clippy::cast_precision_loss, reason = "Unix seconds stay far below 2^53")]
pub(super) fn seconds(at: i64) -> f64 {
    at as f64
}
