//! Dead ids: conversations that cannot be asked for, with all that is asked for beside them.

use serde::{Deserialize, Serialize};

use super::refused::Refused;
use super::which::{Chosen, Which};

/// Conversations that the leading view still shows and that this endpoint no longer gives out: a request that names one of
/// them is refused as a whole, and a walk leaves them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadIds {
    /// Which they are.
    pub of: Which,
    /// The status: 404, 403, 400, 500.
    #[serde(default = "not_found")]
    pub status: u16,
}

fn not_found() -> u16 {
    404
}

impl DeadIds {
    pub(super) fn check(&self, dead: &Chosen, asked: &[String]) -> Result<(), Refused> {
        match asked.iter().find(|id| dead.contains(id)) {
            Some(id) => Err(Refused::new("dead_ids", self.status, format!("Conversation not found: {id}"))),
            None => Ok(()),
        }
    }
}
