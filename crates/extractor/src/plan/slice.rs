//! A part of a stream that is pulled on its own.

use convolake_model::ParamSet;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Window, slice_id};

/// A part of a stream that can be pulled on its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slice {
    /// The stream as a whole.
    Whole,
    /// What the source files under the instants from `from` up to, but without, `until`.
    Window {
        /// The first instant.
        from: Timestamp,
        /// The instant after the last.
        until: Timestamp,
    },
    /// The records of these ids.
    Ids(Vec<String>),
    /// The records that belong to these parents, where the source wants a window within that window.
    Of {
        /// The parents' ids.
        parents: Vec<String>,
        /// The window.
        within: Option<Window>,
    },
}

impl Slice {
    /// The name of this slice of a stream pulled with `params`: a path segment of `[a-z0-9_.=-]`, at most 200
    /// bytes, another one for each other slice or set of params.
    ///
    /// ```text
    /// whole.agent_id.a1                                           what is asked for, then the params
    /// window.20250401t000000z.20250402t000000z.bot_name.r3-218210
    /// ids.2.=43onvo1.c2.agent_id.a1                               other bytes as `=` and two hex digits
    /// ids.20.=h0123456789abcdef0123456789abcdef.agent_id.a1       many ids: their number and a hash of them all
    /// of.1.c1.agent_id.a1                                         parents, and with a window:
    /// ofwithin.20250401t000000z.20250402t000000z.1.c1.agent_id.a1
    /// ```
    pub fn id(&self, params: &ParamSet) -> String {
        slice_id::encode(self, params)
    }

    /// True where it is of chosen ids, and not of what the stream has whatever its ids.
    pub fn is_by_id(&self) -> bool {
        match self {
            Self::Ids(_) | Self::Of { .. } => true,
            Self::Whole | Self::Window { .. } => false,
        }
    }

    /// Two slices of half as many ids each; `None` for a slice of one id, or of none that were chosen.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let split = |ids: &[String]| {
            let (first, second) = ids.split_at(ids.len() / 2);
            (!first.is_empty()).then(|| [first.to_vec(), second.to_vec()])
        };
        match self {
            Self::Ids(ids) => Some(split(ids)?.map(Self::Ids)),
            Self::Of { parents, within } => {
                Some(split(parents)?.map(|parents| Self::Of { parents, within: *within }))
            }
            Self::Whole | Self::Window { .. } => None,
        }
    }

    /// The slice as JSON: `{"kind": "whole"}`, `{"kind": "window", "from": .., "until": ..}` (RFC 3339),
    /// `{"kind": "ids", "ids": [..]}` or `{"kind": "of", "ids": [..]}`, the last with or without a window's bounds.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Whole => json!({"kind": "whole"}),
            Self::Window { from, until } => {
                json!({"kind": "window", "from": from.to_string(), "until": until.to_string()})
            }
            Self::Ids(ids) => json!({"kind": "ids", "ids": ids}),
            Self::Of { parents, within: None } => json!({"kind": "of", "ids": parents}),
            Self::Of { parents, within: Some(Window { from, until }) } => {
                json!({"kind": "of", "ids": parents, "from": from.to_string(), "until": until.to_string()})
            }
        }
    }

    /// The slice that [`Slice::to_json`] wrote; `None` for any other JSON.
    pub fn from_json(json: &Value) -> Option<Self> {
        let instant = |key: &str| json.get(key)?.as_str()?.parse().ok();
        let ids = || {
            let ids = json.get("ids")?.as_array()?;
            ids.iter().map(|id| id.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        match json.get("kind")?.as_str()? {
            "whole" => Some(Self::Whole),
            "window" => Some(Self::Window { from: instant("from")?, until: instant("until")? }),
            "ids" => ids().map(Self::Ids),
            "of" => {
                let within = match json.get("from") {
                    Some(_) => Some(Window { from: instant("from")?, until: instant("until")? }),
                    None => None,
                };
                Some(Self::Of { parents: ids()?, within })
            }
            _ => None,
        }
    }
}

impl From<Window> for Slice {
    fn from(Window { from, until }: Window) -> Self {
        Self::Window { from, until }
    }
}
