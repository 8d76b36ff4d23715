//! Page sizes: what is refused, and what is given instead of what was asked for.

use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// How page sizes are taken (`limit` of convocore, `per_page` of AgentX).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSize {
    /// A size above this is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_above: Option<usize>,
    /// The status of a refusal: 422, 413, 400.
    #[serde(default = "unprocessable")]
    pub status: u16,
    /// Pages have at most so many records, whatever was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<usize>,
}

fn unprocessable() -> u16 {
    422
}

impl PageSize {
    pub(super) fn check(self, asked: Option<usize>) -> Result<(), Refused> {
        match (self.refused_above, asked) {
            (Some(most), Some(asked)) if asked > most => {
                let message = format!("the page size must be less than or equal to {most}");
                Err(Refused::new("page_size", self.status, message))
            }
            _ => Ok(()),
        }
    }
}
