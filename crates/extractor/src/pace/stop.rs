//! Asking a run to end before its work is done.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// Asks a run to end: no further request is made, what has come is kept. Clones share their state.
#[derive(Debug, Clone)]
pub struct Stop {
    reason: Arc<watch::Sender<Option<StopReason>>>,
}

/// Why a run ends before its work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Somebody asked for it.
    Asked,
    /// It made as many requests as it may.
    Requests,
    /// It took as long as it may.
    Duration,
    /// The source's quota for the day or month is used up; other streams may have one of their own.
    Quota,
}

impl fmt::Display for StopReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Asked => "the run was asked to end",
            Self::Requests => "the run has made as many requests as it may",
            Self::Duration => "the run has taken as long as it may",
            Self::Quota => "the quota for this day or month is used up",
        })
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self { reason: Arc::new(watch::Sender::new(None)) }
    }
}

impl Stop {
    /// Asks the run to end. What was said first counts.
    pub fn ask(&self) {
        self.end(StopReason::Asked);
    }

    /// Why the run is to end; `None` while it may go on.
    pub fn reason(&self) -> Option<StopReason> {
        *self.reason.borrow()
    }

    /// Ends the run for this reason, unless another was first.
    pub(super) fn end(&self, reason: StopReason) {
        self.reason.send_if_modified(|known| {
            let is_first = known.is_none();
            known.get_or_insert(reason);
            is_first
        });
    }

    /// Waits until the run is to end.
    pub(super) async fn stopped(&self) -> StopReason {
        let mut watcher = self.reason.subscribe();
        // No lock is held while waiting further.
        let reason = watcher.wait_for(Option::is_some).await.map(|reason| *reason);
        match reason {
            Ok(reason) => reason.unwrap_or(StopReason::Asked),
            // The sender lives as long as `self`.
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts() {
        let stop = Stop::default();
        stop.end(StopReason::Requests);
        stop.ask();
        assert_eq!(stop.reason(), Some(StopReason::Requests));
    }
}
