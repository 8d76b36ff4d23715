//! What becomes of a conversation that goes on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;

use crate::json_edit::RawObject;
use crate::record::Record;
use crate::store::Store;
use crate::stream::Stream;

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

/// Edits the first `most` of the records at these positions of a stream that `edited` has a new text for; their keys.
pub(super) fn edit_records(
    store: &mut Store,
    stream: Stream,
    positions: impl IntoIterator<Item = usize>,
    most: usize,
    edited: impl Fn(&Record) -> Option<Bytes>,
) -> HashSet<Arc<str>> {
    let records = store.shelf(stream).records();
    let mut texts = HashMap::new();
    for record in positions.into_iter().map(|position| &records[position]) {
        if texts.len() == most {
            break;
        }
        if let Some(text) = edited(record) {
            texts.insert(Arc::clone(&record.key), text);
        }
    }
    store.shelf_mut(stream).rewrite(|records| {
        for record in records {
            if let Some(text) = texts.get(&record.key) {
                record.text = text.clone();
            }
        }
    });
    texts.into_keys().collect()
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
