//! Cursors that die.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// How long a cursor lives. The same page of the same query gives the same cursor again, which lives anew then; one that was
/// never given out is dead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CursorLife {
    /// For so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// A chain has at most so many pages; the cursor of the last of them is dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u64>,
    /// The status of a refusal.
    #[serde(default = "gone")]
    pub status: u16,
}

fn gone() -> u16 {
    410
}

/// The cursors that were given out.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    given: HashMap<String, Given>,
    /// Whether there were others, which are dead.
    killed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Given {
    at: Duration,
    /// How many pages lead to it.
    pages: u64,
}

impl Cursors {
    /// Judges the cursor of a request.
    pub(super) fn check(&self, life: Option<CursorLife>, asked: &str, now: Duration) -> Result<(), Refused> {
        let is_alive = match (self.given.get(asked), life) {
            (None, None) => !self.killed,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (Some(given), Some(life)) => {
                let age_s = now.saturating_sub(given.at).as_secs_f64();
                life.seconds.is_none_or(|seconds| age_s <= seconds)
                    && life.pages.is_none_or(|pages| given.pages < pages)
            }
        };
        let status = life.map_or_else(gone, |life| life.status);
        match is_alive {
            true => Ok(()),
            false => Err(Refused::new("cursor_life", status, "cursor has expired")),
        }
    }

    /// Notes a cursor that is given out with the answer to a request with the cursor `asked`.
    pub(super) fn give(&mut self, asked: Option<&str>, next: &str, now: Duration) {
        let pages = asked.and_then(|asked| self.given.get(asked)).map_or(0, |given| given.pages) + 1;
        self.given.insert(next.to_owned(), Given { at: now, pages });
    }

    /// All that were given out so far are dead, also those of before a restart.
    pub(super) fn kill(&mut self) {
        self.given.clear();
        self.killed = true;
    }
}
