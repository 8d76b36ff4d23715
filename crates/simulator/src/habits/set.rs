//! The habits of one endpoint.

use serde::{Deserialize, Serialize};

use super::{
    ContentEncoding, CursorLife, DeadIds, End, Envelope, Failure, Heavy, KeyOrder, Lag, Limit, OddValues,
    PageSize, Poison, SignedUrls, UrlLength, WindowLimits,
};

/// What an endpoint is like, beside what its document says. Each habit is off where it is absent; any go together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// It is behind the data, and so behind the other view of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag: Option<Lag>,
    /// Records hold URLs that differ in each answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_urls: Option<SignedUrls>,
    /// Records have their keys in another order in each answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_order: Option<KeyOrder>,
    /// A limit on requests beside the configured one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// How the last page and what is past it look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
    /// Conversations that cannot be asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_ids: Option<DeadIds>,
    /// The longest URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_length: Option<UrlLength>,
    /// A record that strict parsers refuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poison: Option<Poison>,
    /// Windows that are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowLimits>,
    /// How long cursors live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor_life: Option<CursorLife>,
    /// Failures told within an answer of status 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Page sizes that are refused or cut down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<PageSize>,
    /// Records of many megabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heavy: Option<Heavy>,
    /// A `Content-Encoding` over plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<ContentEncoding>,
    /// Values of another type or range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odd_values: Option<OddValues>,
    /// Fields beside the records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Envelope>,
}
