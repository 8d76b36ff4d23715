//! Pagination as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EndWritten;
use crate::Pointer;

/// How one answer leads to the next.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "a block such as `{ number: page }` or `{ cursor: /next, param: cursor }`"
)]
#[schemars(rename = "Pages")]
pub(crate) struct PagesWritten {
    /// Where the answer holds the next cursor.
    pub(crate) cursor: Option<Pointer>,
    /// The query parameter that takes the cursor.
    pub(crate) param: Option<String>,
    /// Where the answer holds the URL of the next page.
    pub(crate) next_link: Option<Pointer>,
    /// The query parameter of the page number.
    pub(crate) number: Option<String>,
    /// The first page's number.
    pub(crate) first: Option<u32>,
    /// Where the answer says whether there is more.
    pub(crate) more: Option<Pointer>,
    /// What stands at `more` where more pages follow: `true`, or `false` for a flag that is true at the end.
    pub(crate) more_is: Option<bool>,
    /// Where the answer holds how many pages there are: the number of the last one, where the first is 1.
    pub(crate) last: Option<Pointer>,
    /// Where the answer holds how many records there are, on all pages together: pages that end after fewer are not complete.
    pub(crate) total: Option<Pointer>,
    /// What else is an end, by the source's own rules, beside an empty page and a way on that is null; it is not warned of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ends: Vec<EndWritten>,
    /// How many records a page may hold.
    pub(crate) size: Option<PageSizeWritten>,
    /// The most pages one chain may have.
    pub(crate) max_pages: Option<u32>,
}

/// The size of a page.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a block such as `{ param: limit, sizes: [100] }`")]
#[schemars(rename = "PageSize")]
pub(crate) struct PageSizeWritten {
    /// The query parameter.
    pub(crate) param: String,
    /// The sizes to try, the largest first; a 400 leads to the next.
    pub(crate) sizes: Vec<u32>,
}
