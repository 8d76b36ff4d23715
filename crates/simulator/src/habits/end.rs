//! How pages end: what a page past the last one is, and what stands where a cursor would.

use serde::{Deserialize, Serialize};

use super::refused::Refused;
use crate::page::Page;

/// Other ways to say that nothing follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct End {
    /// The status of a page past the last one, where it is not the first: 404, 400, 422.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_end: Option<u16>,
    /// `data` is `null` where there is no record, on a first page too.
    pub null_data: bool,
    /// A page with records carries a cursor in any case, so that the end is a page without records (cursor endpoints).
    pub empty_last_page: bool,
    /// The cursor is never null (cursor endpoints), and this flag stands beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<EndFlag>,
}

/// A flag that tells whether more follows: `hasMore: false`, `end_of_stream: true`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndFlag {
    /// Its name, at the top of the envelope.
    pub name: String,
    /// What it is on the last page; the opposite elsewhere.
    pub at_end: bool,
}

impl End {
    pub(super) fn apply(&self, page: &mut Page) -> Result<(), Refused> {
        let is_empty = page.records.is_empty();
        if let Some(status) = self.past_end
            && is_empty
            && page.lead.is_last
            && !page.lead.is_first
        {
            return Err(Refused::new("end", status, "Invalid page."));
        }
        page.empty_as_null = self.null_data;
        let is_kept = self.flag.is_some() || (self.empty_last_page && !is_empty);
        if let Some((name, behind)) = page.lead.cursor.clone()
            && page.lead.is_last
            && is_kept
        {
            page.set(name, format!("\"{behind}\""));
        }
        if let Some(flag) = &self.flag {
            let value = page.lead.is_last == flag.at_end;
            page.set(&flag.name, value.to_string());
        }
        Ok(())
    }
}
