//! Limits on the windows of time that can be asked for.

use serde::{Deserialize, Serialize};

use super::refused::Refused;

/// What windows are refused, with 400 and a message, by the endpoints of AgentX. A bound with a fraction of a second always is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WindowLimits {
    /// The widest window, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widest_s: Option<i64>,
    /// Whether a bound in the future is refused.
    pub refuses_future: bool,
    /// How far the server's clock is ahead of the machine's, in seconds; negative where it is behind.
    pub clock_s: i64,
}

impl WindowLimits {
    /// Judges the window from `start` to `end`, all in Unix seconds.
    #[expect(clippy::cast_precision_loss, reason = "Unix seconds stay far below 2^53")]
    pub(super) fn check(self, start: i64, end: i64, wall_s: f64) -> Result<(), Refused> {
        let refused = |message| Err(Refused::new("window", 400, message));
        if let Some(widest_s) = self.widest_s
            && end.saturating_sub(start) > widest_s
        {
            return refused(format!("the time range must not exceed {widest_s} seconds"));
        }
        let now = wall_s + self.clock_s as f64;
        for (name, at) in [("start_time", start), ("end_time", end)] {
            if self.refuses_future && at as f64 > now {
                return refused(format!("{name} must not be in the future"));
            }
        }
        Ok(())
    }
}
