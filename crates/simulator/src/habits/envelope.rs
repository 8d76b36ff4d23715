//! Fields beside the records.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::page::Page;

/// Further fields of every answer's envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The fields.
    pub fields: Map<String, Value>,
    /// Where they stand.
    #[serde(default)]
    pub place: Place,
}

/// Where fields of an envelope stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Before `data`.
    #[default]
    Before,
    /// Behind it.
    Behind,
}

impl Envelope {
    pub(super) fn apply(&self, page: &mut Page) {
        let side = match self.place {
            Place::Before => &mut page.head,
            Place::Behind => &mut page.tail,
        };
        side.extend(self.fields.iter().map(|(name, value)| (name.clone(), value.to_string())));
    }
}
